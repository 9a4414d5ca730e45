"""
Captures that are worse than what was recorded: begun late, one direction
only, packets missing, cut short, seen twice or out of order. The network did
nothing of this, so a capture must not make an analyzer say that it did.

Each function returns one that turns a list of (time_ns, data, wire_length)
into another; `server` is the server's address.
"""

from .frame import Frame
from .pcap import read_pcap, write_pcap

COPY_AFTER = 20_000     # ns between a packet and its copy from another port


def from_packet(first):
    """The capture begins with packet `first`."""
    return lambda packets, server: packets[first - 1:]


def only(end):
    """Only what that end sent was captured."""
    return lambda packets, server: [
        p for p in packets
        if (Frame(p[1]).src == server) == (end == "server")]


def without(*numbers):
    """The capture missed these packets."""
    return lambda packets, server: [
        p for number, p in enumerate(packets, 1) if number not in numbers]


def cut_to(snaplen):
    """Only the first bytes of each packet were kept."""
    return lambda packets, server: [
        (time_ns, data[:snaplen], size) for time_ns, data, size in packets]


def seen_twice():
    """Every packet is captured on two ports."""
    return lambda packets, server: sorted(
        packets + [(t + COPY_AFTER, data, size) for t, data, size in packets],
        key=lambda p: p[0])


def out_of_order(*numbers):
    """These packets stand in the file behind the ones that followed them."""
    def swap(packets, server):
        packets = list(packets)
        for n in numbers:
            packets[n - 1:n + 1] = packets[n - 1:n + 1][::-1]
        return packets
    return swap


def derive(source, target, worsen, server):
    write_pcap(target, worsen(list(read_pcap(source)), server))
