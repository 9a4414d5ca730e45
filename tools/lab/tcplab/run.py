"""
One run of one scenario: three namespaces, the relay, three captures, the
kernel's account, all in one thread; leaves client.pcap, middle.pcap,
server.pcap and truth.json in a folder.
"""

import asyncio
import contextlib
import json
import os
import platform
import socket
import time

from . import netns
from .counters import Counters
from .derive import derive
from .ktrace import Trace
from .hosts import settings_of
from .oracle import PLACES, add_wishes
from .pcap import read_pcap
from .recorder import Recorder
from .relay import Relay
from .sockdiag import SockDiag
from .steps import Actor, set_options
from .truth import Samples, build_truth

MACS = {end: bytes([2, 0, 0, 0, 0, n])
        for end, n in (("client", 1), ("server", 2))}
# Documentation prefixes (RFC 5737, RFC 3849); the slot makes them unique.
ADDRESSES = {4: {"client": "198.51.100.{}", "server": "203.0.113.{}"},
             6: {"client": "2001:db8:c::{:x}", "server": "2001:db8:5::{:x}"}}
QUIET = {"client": "eth0", "server": "eth0"}
POLL = 0.02
PASSING = ("fin_wait_1", "closing", "last_ack", "syn_sent", "syn_received")
EHASH = 512     # sock_diag walks the whole table: keep it small


class Slot:
    """
    A number from 1 to 250 that no other run on this machine has, so that
    events in the system-wide trace can be told apart. An abstract socket is
    the lock: it goes with the process.
    """

    def __init__(self):
        for self.number in range(1, 251):
            self.lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                self.lock.bind(f"\0tcpclose-lab-{self.number}")
                return
            except OSError:
                self.lock.close()
        raise RuntimeError("250 runs at once: no slot is free")


class Run:
    """The world of one scenario while it lasts."""

    def __init__(self, scenario, folder):
        self.scenario, self.folder = scenario, folder
        self.slot = Slot()
        self.addresses = {end: text.format(self.slot.number) for end, text
                          in ADDRESSES[scenario.ip].items()}
        self.family = socket.AF_INET6 if scenario.ip == 6 else socket.AF_INET
        self.client_ports = {}      # port of a client -> talk
        self.accepted = {}          # talk -> how often
        self.opened = []            # (time_ns, client, server) of connect()s
        self.app_log, self.tasks, self.listening = [], [], {}

    def path(self, place):
        return os.path.join(self.folder, place + ".pcap")

    # --- building ---------------------------------------------------------

    def build(self):
        """Namespaces, wires, addresses, sysctls."""
        self.middle = netns.Namespace()
        with contextlib.suppress(netns.Unsupported):    # Linux 6.1
            self.middle.sysctl("ipv4/tcp_child_ehash_entries", EHASH)
        with self.middle.entered():
            self.ends = {end: netns.Namespace() for end in MACS}
        for end, ns in self.ends.items():
            self._build_end(end, ns)
        for end, settings in self._sysctls():
            for name, value in settings.items():
                self.ends[end].sysctl(f"ipv4/{name}", value)
        self.settings = {end: settings_of(ns) for end, ns in self.ends.items()}

    def _build_end(self, end, ns):
        other = "server" if end == "client" else "client"
        plug = f"to-{end}"
        mac = bytes([2, 0, 0, 0, 1, MACS[end][5]])
        netns.set_up(ns, "lo")
        for space in (ns, self.middle):
            space.sysctl("ipv6/conf/default/router_solicitations", 0)
        netns.join(ns, QUIET[end], MACS[end], self.middle, plug, mac)
        if not self.scenario.offload:
            netns.switch_off(ns, QUIET[end], netns.TX_CHECKSUM, netns.TSO,
                             netns.GSO, netns.GRO)
        netns.add_address(ns, QUIET[end], self.addresses[end])
        netns.add_neighbour(ns, QUIET[end], self.addresses[other], MACS[other])

    def _sysctls(self):
        given = self.scenario.sysctls
        if not set(given) & {"client", "server"}:
            given = {"client": given, "server": given}
        return given.items()

    # --- sockets for the steps --------------------------------------------

    def client_socket(self):
        sock = self.ends["client"].socket(self.family, socket.SOCK_STREAM)
        sock.setblocking(False)
        return sock

    def listen(self, port):
        sock = self.ends["server"].socket(self.family, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        set_options(sock, self.scenario.listeners[port] or {})
        sock.bind((self.addresses["server"], port))
        sock.listen(1024)
        task = asyncio.create_task(self._accept(sock))
        self.listening[port] = (sock, task)

    def unlisten(self, port):
        sock, task = self.listening.pop(port)
        task.cancel()
        asyncio.get_running_loop().remove_reader(sock)
        sock.close()

    async def _accept(self, listener):
        while True:
            sock, peer = await asyncio.get_running_loop().sock_accept(listener)
            talk = self.client_ports[peer[1]]
            nth = self.accepted.get(talk, 0)
            self.accepted[talk] = nth + 1
            steps = self.scenario.talks[talk].server_steps(nth)
            self._start(Actor(self, "server", talk, sock), steps)

    def _start(self, actor, steps, delay=0.0):
        async def work():
            await asyncio.sleep(delay)
            await actor.do(steps)
        actor.task = asyncio.create_task(work())
        self.tasks.append(actor)    # the actor keeps the socket open

    # --- the run ----------------------------------------------------------

    async def play(self):
        """Record, act, wait, stop; returns the truth."""
        with contextlib.ExitStack() as stack:
            self._instruments(stack)
            poller = asyncio.create_task(self._poll())
            try:
                await asyncio.wait_for(self._act(), self.scenario.seconds)
                complete = True
            except asyncio.TimeoutError:
                complete = False
            poller.cancel()
            self._look()
            self.trace.drain()
            ended = time.time_ns()
            counted = {end: c.changes() for end, c in self.counters.items()}
        return build_truth(self, ended, complete, counted)

    def _instruments(self, stack):
        ports = sorted(self.scenario.listeners)
        self.trace = Trace(ports, self.addresses["server"])
        stack.callback(self.trace.close)
        self.samples, self.unsettled = Samples(), False
        self.diag = {end: SockDiag(ns, self.family)
                     for end, ns in self.ends.items()}
        self.counters = {end: Counters(ns) for end, ns in self.ends.items()}
        self.recorders = [Recorder(ns, QUIET[end], self.path(end))
                          for end, ns in self.ends.items()]
        for recorder in self.recorders:
            stack.callback(recorder.close)
            asyncio.get_running_loop().add_reader(recorder.socket,
                                                  recorder.drain)
        self.relay = Relay({end: (self.middle, f"to-{end}") for end in MACS},
                           self.path("middle"), self.scenario.network,
                           self.scenario.delays, self.scenario.offload,
                           lambda ip, port: self.client_ports.get(port))
        stack.callback(self.relay.close)
        self.started = time.time_ns()

    async def _act(self):
        for port, options in self.scenario.listeners.items():
            if options is not None:
                self.listen(port)
        for number, talk in enumerate(self.scenario.talks):
            self._start(Actor(self, "client", number), talk.client, talk.start)
        if self.scenario.director:
            self._start(Actor(self, "director", 0), self.scenario.director)
        await self._applications()
        try:
            await asyncio.wait_for(self._settled(), self.scenario.settle)
        except asyncio.TimeoutError:
            pass
        await asyncio.sleep(self.scenario.linger)
        for actor in self.tasks:
            actor.task.result()

    async def _applications(self):
        """Until nobody has anything left to do."""
        while busy := [a.task for a in self.tasks if not a.task.done()]:
            await asyncio.wait(busy)
            await asyncio.sleep(0.1)    # what is on its way may be accepted

    async def _settled(self):
        """Until no kernel repeats anything and the relay holds nothing."""
        while self.relay.clock.heap or self.unsettled:
            await asyncio.sleep(POLL)

    async def _poll(self):
        while True:
            self._look()
            self.trace.drain()
            await asyncio.sleep(POLL)

    def _look(self):
        self.unsettled = False
        for end, diag in self.diag.items():
            began = time.time_ns()
            socks = diag.dump()
            self.samples.add(end, began, socks)
            self.unsettled |= any(s.state in PASSING for s in socks)


def kernel_version():
    """Only what matters to a reader of a stored capture: `6.18`."""
    return ".".join(platform.release().split(".")[:2])


def run_scenario(scenario, folder):
    """Run it; captures and truth.json are in `folder` afterwards."""
    os.makedirs(folder, exist_ok=True)
    run = Run(scenario, folder)
    run.build()
    truth = asyncio.run(run.play())
    truth["kernel"] = kernel_version()
    for name, worsen in scenario.derive.items():
        derive(run.path("middle"), run.path(name), worsen,
               run.addresses["server"])
    if scenario.oracle:
        add_wishes(truth, {place: list(read_pcap(run.path(place)))
                           for place in PLACES})
    with open(os.path.join(folder, "truth.json"), "w", encoding="ascii") as f:
        json.dump(truth, f, indent=1)
        f.write("\n")
