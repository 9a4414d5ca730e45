"""What one capture shows of each incarnation that the truth knows."""

from .frame import FIN, Frame
from .track import at_or_after

# Linux enters these when close() is called, though the FIN may wait behind
# data that a closed window holds back: for the wire they are still the others.
BEFORE_FIN = {"fin_wait_1": "established", "last_ack": "close_wait"}
FOREVER = 1e18


class Life:
    """
    One incarnation in one capture.

    until    when the four-tuple's next incarnation begins
    frames   [(seconds since the run's start, sender's end, Frame)]
    """

    def __init__(self, connection, until):
        self.connection, self.until = connection, until
        self.begin = connection["ends"]["client"]["path"][0][0]
        self.frames = []
        self.key = (connection["client"]["port"], connection["incarnation"])

    def last(self, end=None):
        """When the last frame passed, of that end or of any; None if none."""
        times = [t for t, by, _ in self.frames if end in (None, by)]
        return times[-1] if times else None

    def fins(self, end):
        """Times of that end's FINs."""
        return [t for t, by, f in self.frames if by == end and f.flags & FIN]

    def first_fin(self, end):
        """The first FIN of that end that the capture has, or None."""
        found = [f for _, by, f in self.frames if by == end and f.flags & FIN]
        return found[0] if found else None

    def fins_cross(self):
        """Whether neither end's first FIN acknowledges the other's."""
        mine, other = self.first_fin("client"), self.first_fin("server")
        return bool(mine and other
                    and not at_or_after(mine.ack, other.end_seq)
                    and not at_or_after(other.ack, mine.end_seq))

    def count(self, end, flag=0, distinct=False):
        """
        How many frames of that end have a flag (0: any) set; `distinct`: those
        that nothing tells apart count once (RSTs have no IP-ID nor TSval).
        """
        found = [(f.ip_id, bytes(f.raw[f.tcp:])) for _, by, f in self.frames
                 if by == end and (not flag or f.flags & flag)]
        return len(set(found) if distinct else found)

    @property
    def alone(self):
        """Whether its four-tuple had no other incarnation."""
        return self.key[1] == 1 and self.until == FOREVER

    def path(self, end):
        """[[seconds, state]], empty where that end never had a socket."""
        return self.connection["ends"].get(end, {"path": []})["path"]

    def states(self, end, since, until):
        """The kernel's states of an end between two times, as wire words."""
        path = self.path(end)
        held = [s for (t, s), (after, _)
                in zip(path, path[1:] + [[FOREVER, ""]])
                if t <= until and after >= since]
        if not self.fins(end):
            held += [BEFORE_FIN[s] for s in held if s in BEFORE_FIN]
        return held


def endpoint(connection, end):
    return connection[end]["ip"], connection[end]["port"]


def lives_of(truth, packets):
    """The truth's incarnations with what the capture shows of each."""
    lives, by_tuple = [], {}
    for c in reversed(truth["connections"]):
        key = (endpoint(c, "client"), endpoint(c, "server"))
        later = by_tuple.setdefault(key, [])
        later.insert(0, Life(c, later[0].begin if later else FOREVER))
        lives.insert(0, later[0])
    for time_ns, data, _ in packets:
        frame, t = Frame(data), (time_ns - truth["start_ns"]) / 1e9
        source, target = (frame.src, frame.sport), (frame.dst, frame.dport)
        for by, key in (("client", (source, target)),
                        ("server", (target, source))):
            for life in by_tuple.get(key, []):
                if life.begin <= t < life.until:
                    life.frames.append((t, by, frame))
    return lives
