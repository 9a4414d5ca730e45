"""
Captures that are worse than what was recorded: begun late, one direction
only, or with packets missing. The network did nothing of this.
"""

from .frame import Frame
from .pcap import read_pcap, write_pcap


def from_packet(first):
    """The capture begins with packet `first`."""
    return lambda number, frame, server: number >= first


def only(end):
    """Only what that end sent was captured."""
    return lambda number, frame, server: (frame.src == server) == (
        end == "server")


def without(*numbers):
    """The capture missed these packets."""
    return lambda number, frame, server: number not in numbers


def derive(source, target, keeps, server):
    """Write those packets of `source` to `target` that `keeps` likes."""
    write_pcap(target, [
        (time_ns, data, size) for number, (time_ns, data, size)
        in enumerate(read_pcap(source), 1)
        if keeps(number, Frame(data), server)])
