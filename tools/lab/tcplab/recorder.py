"""
Capture at an end: an AF_PACKET socket in that end's namespace, times taken by
the kernel as tcpdump would have them, TCP only.
"""

import socket
import struct

from .frame import Frame
from .pcap import PcapWriter

ETH_P_ALL = 3
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
SO_TIMESTAMPNS = 35
BUFFER = 8 << 20


def packet_socket(ns, interface, outgoing):
    """A raw socket on `interface`; `outgoing`: also see what is sent there."""
    s = ns.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setblocking(False)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    if not outgoing:
        s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.bind((interface, ETH_P_ALL))
    return s


class Recorder:
    """Writes every TCP frame that passes `interface` to a pcap file."""

    def __init__(self, ns, interface, path):
        self.socket = packet_socket(ns, interface, outgoing=True)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.writer = PcapWriter(path)

    def drain(self):
        try:
            while True:
                data, notes, _, _ = self.socket.recvmsg(70000, 64)
                if not Frame.carries_tcp(data):
                    continue
                sec, nsec = struct.unpack("ll", notes[0][2])
                self.writer.packet(sec * 10**9 + nsec, data, len(data))
        except BlockingIOError:
            pass

    def close(self):
        self.drain()
        self.socket.close()
        self.writer.close()
