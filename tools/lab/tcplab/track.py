"""
What the relay remembers of a connection: just enough to recognise `the last
ACK` or to hit RCV.NXT exactly. It is not a model of TCP; the kernels are.
"""

import re

from .frame import ACK, FIN, RST, SYN

HALF = 1 << 31
OTHER = {"client": "server", "server": "client"}


def at_or_after(a, b):
    """a >= b modulo 2^32."""
    return (a - b) & 0xFFFFFFFF < HALF


class End:
    """The numbers one end has sent in the present incarnation."""

    def __init__(self):
        self.iss = None
        self.snd_nxt = None
        self.rcv_nxt = None     # highest ACK it sent: what the peer may rely on
        self.fin_end = None     # the number after its FIN
        self.last = None        # its latest frame, a template for forgeries

    def sent(self, frame):
        if frame.flags & SYN:
            self.iss = frame.seq
            self.fin_end = self.rcv_nxt = None
            self.snd_nxt = frame.end_seq
        if frame.flags & RST or self.snd_nxt is None:
            return
        if at_or_after(frame.end_seq, self.snd_nxt):
            self.snd_nxt = frame.end_seq
        if frame.flags & FIN:
            self.fin_end = frame.end_seq
        if frame.flags & ACK and (self.rcv_nxt is None or
                                  at_or_after(frame.ack, self.rcv_nxt)):
            self.rcv_nxt = frame.ack
        self.last = frame


class Track:
    """Both ends of one four-tuple, and by how much the relay moves numbers."""

    def __init__(self, talk):
        self.talk = talk
        self.ends = {"client": End(), "server": End()}
        self.offset = {"client": 0, "server": 0}

    def is_kind(self, frame, by, kind):
        """Whether `frame`, sent by end `by`, is what the words `kind` say."""
        return KINDS[kind](frame, self.ends[by], self.ends[OTHER[by]])

    def number(self, text, receiver):
        """`rcv_nxt+1000`, `snd_nxt`: numbers of the end that is to receive."""
        if isinstance(text, int):
            return text
        name, by = re.fullmatch(r"(\w+?)([+-]\d+)?", text).groups()
        return (getattr(self.ends[receiver], name) + int(by or 0)) & 0xFFFFFFFF

    def relative(self, frame, by):
        """SEQ and ACK as tcpdump prints them, or None while unknown."""
        mine, peer = self.ends[by].iss, self.ends[OTHER[by]].iss
        seq = None if mine is None else (frame.seq - mine) & 0xFFFFFFFF
        ack = None if peer is None else (frame.ack - peer) & 0xFFFFFFFF
        return seq, ack


def acks_fin(frame, own, peer):
    return (peer.fin_end is not None and frame.flags & ACK
            and not frame.flags & RST
            and at_or_after(frame.ack, peer.fin_end))


# The words for segments in rules: `client FIN`, `server last ACK`.
KINDS = {
    "segment": lambda f, own, peer: True,
    "SYN": lambda f, own, peer: f.flags & (SYN | ACK) == SYN,
    "SYN+ACK": lambda f, own, peer: f.flags & (SYN | ACK) == SYN | ACK,
    "FIN": lambda f, own, peer: f.flags & FIN,
    "RST": lambda f, own, peer: f.flags & RST,
    "data": lambda f, own, peer: f.payload > 0,
    "pure ACK": lambda f, own, peer:
        not f.payload and not f.flags & (SYN | FIN | RST),
    "ACK of FIN": acks_fin,
    "last ACK": lambda f, own, peer: acks_fin(f, own, peer)
        and own.fin_end is not None and not f.flags & FIN,
}
