"""
What the network does to segments: one class, a handful of deeds.

A rule names a segment in words (`server FIN`, see track.KINDS), where it acts
(before the tap, so the middle capture knows nothing of it, or behind it), how
often, and since or until which event.
"""

from .track import OTHER

BEFORE_TAP, BEHIND_TAP = "before_tap", "behind_tap"


class Rule:
    """
    what    `client FIN`: an end and a kind of segment
    at      BEFORE_TAP or BEHIND_TAP
    skip    how many such segments pass untouched first
    times   how often the rule acts; None is for ever
    talk    only in this talk (number), None is in all
    since   the rule sleeps until this event, `until`: it ends with this one
    deed    deed(relay, passage): what to do; calls passage.go_on() or does not
    says    what the truth file says was done
    """

    def __init__(self, what, deed, says, at=BEHIND_TAP, times=1, skip=0,
                 talk=None, since=None, until=None):
        self.by, self.kind = what.split(" ", 1)
        self.deed, self.says, self.at = deed, says, at
        self.times, self.skip = times, skip
        self.talk, self.since, self.until = talk, since, until

    def armed(self):
        """A copy with its own counters: a scenario may be run twice."""
        rule = Rule.__new__(Rule)
        rule.__dict__.update(self.__dict__)
        return rule

    def wants(self, relay, passage):
        """Whether the rule acts on this segment now; counts it if so."""
        if self.times == 0 or self.by not in (passage.by, "any"):
            return False
        if self.talk not in (None, passage.track.talk):
            return False
        if self.since and not relay.events.happened(self.since):
            return False
        if self.until and relay.events.happened(self.until):
            return False
        if not passage.track.is_kind(passage.frame, passage.by, self.kind):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


def drop(what, **when):
    """The segment is lost."""
    return Rule(what, lambda relay, p: None, "dropped", **when)


def delay(what, seconds, **when):
    """The segment is late; others overtake it."""
    def deed(relay, p):
        relay.clock.after(seconds, p.go_on)
    return Rule(what, deed, f"delayed {seconds} s", **when)


def hold(what, until_event, **when):
    """The segment is held back until an event."""
    def deed(relay, p):
        relay.events.call(until_event, p.go_on)
    return Rule(what, deed, f"held until {until_event}", **when)


def duplicate(what, after=0.0, **when):
    """The segment passes, and once more some time later."""
    def deed(relay, p):
        relay.clock.after(after, p.twin().go_on)
        p.go_on()
    return Rule(what, deed, f"duplicated after {after} s", **when)


def alter(what, **fields):
    """Header fields are rewritten (frame.Frame.edit), checksums mended."""
    when = {k: fields.pop(k) for k in ("at", "times", "skip", "talk", "since",
                                       "until") if k in fields}

    def deed(relay, p):
        p.frame.edit(**fields)
        p.go_on()
    return Rule(what, deed, f"altered {fields}", **when)


def keep(what, name, **when):
    """The segment passes; a copy is kept for inject(name)."""
    def deed(relay, p):
        relay.kept[name] = (p.track, p.by, p.frame.copy())
        p.go_on()
    return Rule(what, deed, f"copied as {name}", **when)


def steal(what, name, **when):
    """The segment is lost, but comes back by inject(name)."""
    def deed(relay, p):
        relay.kept[name] = (p.track, p.by, p.frame.copy())
    return Rule(what, deed, f"stolen as {name}", **when)


def notice(what, event, **when):
    """The segment passes, and the event happens."""
    def deed(relay, p):
        relay.events.happen(event)
        p.go_on()
    return Rule(what, deed, f"noticed as {event}", **when)


class Shift:
    """
    Move all sequence numbers of one end so that its ISS becomes `iss`, for all
    that are beyond that end: how a wrap is made, since a kernel's ISN cannot
    be chosen.
    """

    def __init__(self, by, iss):
        self.by, self.iss = by, iss

    def enter(self, track, by, frame):
        """A frame from an end comes in."""
        if by != self.by:
            return
        if frame.letters.startswith("S"):
            track.offset[by] = (self.iss - frame.seq) & 0xFFFFFFFF
        frame.edit(seq_by=track.offset[by])

    @staticmethod
    def leave(track, by, frame):
        """A frame goes out towards the other end."""
        offset = track.offset[OTHER[by]]
        if offset and "." in frame.letters:
            frame.shift_sack(-offset)
            frame.edit(ack_by=-offset)


def shift(by, iss):
    """See Shift."""
    return Shift(by, iss)
