"""
The relay: frames come in from one end, wait out that side's delay, meet the
rules before the tap, pass the tap (the middle capture), meet the rules behind
it, wait out the other side's delay, and go out.

    client ---delay---[rules before]---TAP---[rules behind]---delay--- server

One thread, one event loop; a frame's order is kept unless a rule breaks it.
"""

import asyncio
import heapq
import itertools
import time

from .frame import Frame, RST
from .pcap import PcapWriter
from .recorder import packet_socket
from .rules import BEFORE_TAP, BEHIND_TAP, Shift
from .track import OTHER, Track


class Clock:
    """Things to do later, in order of time, equal times first in first out."""

    def __init__(self, loop):
        self.loop = loop
        self.heap = []
        self.order = itertools.count()
        self.timer = None

    def after(self, seconds, call):
        when = self.loop.time() + seconds
        heapq.heappush(self.heap, (when, next(self.order), call))
        if self.heap[0][2] is call:
            self._set_timer()

    def _set_timer(self):
        if self.timer:
            self.timer.cancel()
        self.timer = self.loop.call_at(self.heap[0][0], self._due)

    def _due(self):
        self.timer = None
        while self.heap and self.heap[0][0] <= self.loop.time():
            heapq.heappop(self.heap)[2]()
        if self.heap:
            self._set_timer()


class Events:
    """Named things that happen once, told by applications and rules."""

    def __init__(self):
        self.known = {}
        self.calls = {}

    def _event(self, name):
        return self.known.setdefault(name, asyncio.Event())

    def happen(self, name):
        self._event(name).set()
        for call in self.calls.pop(name, []):
            call()

    def happened(self, name):
        return name in self.known and self.known[name].is_set()

    def call(self, name, call):
        if self.happened(name):
            call()
        else:
            self.calls.setdefault(name, []).append(call)

    async def wait(self, name):
        await self._event(name).wait()


class Passage:
    """One frame on its way through the rules of one place."""

    def __init__(self, relay, track, by, frame, number=None):
        self.relay, self.track, self.by, self.frame = relay, track, by, frame
        self.number = number    # in the middle capture, once past the tap
        self.place = BEHIND_TAP if number else BEFORE_TAP
        self.next_rule = 0

    def twin(self):
        twin = Passage(self.relay, self.track, self.by, self.frame.copy(),
                       self.number)
        twin.next_rule = self.next_rule
        return twin

    def go_on(self):
        """Meet the rules that are left, then leave the place."""
        rules = self.relay.rules[self.place]
        while self.next_rule < len(rules):
            rule = rules[self.next_rule]
            self.next_rule += 1
            if rule.wants(self.relay, self):
                self.relay.note(rule.says, self)
                rule.deed(self.relay, self)
                return
        if self.place == BEFORE_TAP:
            self.relay.pass_tap(self)
        else:
            self.relay.leave(self)


class Relay:
    """
    plugs    {"client": (namespace, interface), "server": ...}
    delays   seconds from the tap to each end, one way
    talk_of  talk_of(client address, client port): number of the talk or None
    """

    def __init__(self, plugs, path, rules, delays, offload, talk_of):
        loop = asyncio.get_running_loop()
        self.clock, self.events = Clock(loop), Events()
        self.kept, self.log, self.tracks = {}, [], {}
        self.delays, self.talk_of = delays, talk_of
        # With offloads on, segments arrive uncut and their checksums unmade.
        self.cut = Frame.cut if offload else (lambda f: [f])
        self.writer = PcapWriter(path)
        self.shifts = [r for r in rules if isinstance(r, Shift)]
        armed = [r.armed() for r in rules if not isinstance(r, Shift)]
        self.rules = {place: [r for r in armed if r.at == place]
                      for place in (BEFORE_TAP, BEHIND_TAP)}
        self.sockets = {}
        for end, (ns, interface) in plugs.items():
            self.sockets[end] = packet_socket(ns, interface, outgoing=False)
            loop.add_reader(self.sockets[end], self._readable, end)

    def _readable(self, end):
        try:
            while True:
                raw = self.sockets[end].recv(70000)
                if Frame.carries_tcp(raw):
                    for frame in self.cut(Frame(raw)):
                        self._enter(end, frame)
        except BlockingIOError:
            pass

    def _enter(self, by, frame):
        track = self.track_of(frame, by)
        for shift in self.shifts:
            shift.enter(track, by, frame)
        passage = Passage(self, track, by, frame)
        self.clock.after(self.delays[by], lambda: self._arrive(passage))

    def _arrive(self, passage):
        passage.track.ends[passage.by].sent(passage.frame)
        passage.go_on()

    def track_of(self, frame, by):
        client = (frame.src, frame.sport)
        server = (frame.dst, frame.dport)
        if by == "server":
            client, server = server, client
        if (client, server) not in self.tracks:
            self.tracks[client, server] = Track(self.talk_of(*client))
        return self.tracks[client, server]

    def track_of_talk(self, talk):
        """The talk's latest four-tuple."""
        return [t for t in self.tracks.values() if t.talk == talk][-1]

    def pass_tap(self, passage):
        raw = passage.frame.raw
        number = self.writer.packet(time.time_ns(), raw, len(raw))
        Passage(self, passage.track, passage.by, passage.frame, number).go_on()

    def leave(self, passage):
        def send():
            frame = passage.frame
            if self.shifts:
                Shift.leave(passage.track, passage.by, frame)
            self.sockets[OTHER[passage.by]].send(frame.raw)
        self.clock.after(self.delays[OTHER[passage.by]], send)

    def note(self, says, passage):
        frame = passage.frame
        seq, ack = passage.track.relative(frame, passage.by)
        self.log.append({
            "time_ns": time.time_ns(), "did": says, "at": passage.place,
            "talk": passage.track.talk, "by": passage.by,
            "flags": frame.letters, "seq": seq, "ack": ack,
            "len": frame.payload, "frame": passage.number})

    def inject(self, name, at, edits):
        """Send a kept frame on its way, edited."""
        track, by, frame = self.kept[name]
        self._inject(track, by, frame.copy(), at, edits, f"injected {name}")

    def forge(self, by, flags, talk, at, edits):
        """Send a segment that `by` never sent, made from its latest one."""
        track = self.track_of_talk(talk)
        template = track.ends[by].last
        self._inject(track, by, template.copy(), at,
                     {"bare": flags == RST, **edits, "flags": flags}, "forged")

    def _inject(self, track, by, frame, at, edits, says):
        receiver = OTHER[by]
        edits = {key: track.number(value, receiver)
                 if key in ("seq", "ack") else value
                 for key, value in edits.items()}
        frame.edit(**edits)
        passage = Passage(self, track, by, frame)
        passage.place = at
        passage.next_rule = len(self.rules[at])
        self.note(says, passage)
        passage.go_on()

    def close(self):
        loop = asyncio.get_running_loop()
        for s in self.sockets.values():
            loop.remove_reader(s)
            s.close()
        self.writer.close()
