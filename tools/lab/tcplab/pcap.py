"""
Capture files: write pcap (nanoseconds) and pcapng, read back what was written.
"""

import struct

LINKTYPE_ETHERNET = 1
SNAPLEN = 160
PCAP_NS = 0xA1B23C4D


class PcapWriter:
    """A pcap file with nanosecond times; flushed packet by packet."""

    def __init__(self, path, snaplen=SNAPLEN):
        self.snaplen = snaplen
        self.count = 0
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", PCAP_NS, 2, 4, 0, 0, snaplen,
                                    LINKTYPE_ETHERNET))

    def packet(self, time_ns, data, wire_length):
        """Append one packet; returns its number, the first being 1."""
        data = bytes(data[:self.snaplen])
        self.file.write(struct.pack("<IIII", time_ns // 10**9, time_ns % 10**9,
                                    len(data), wire_length) + data)
        self.count += 1
        return self.count

    def close(self):
        self.file.close()


def read_pcap(path):
    """Yield (time_ns, data, wire_length) from a file that PcapWriter wrote."""
    with open(path, "rb") as f:
        if struct.unpack("<I20x", f.read(24))[0] != PCAP_NS:
            raise ValueError(f"{path}: not a little-endian nanosecond pcap")
        while head := f.read(16):
            sec, nsec, caplen, wirelen = struct.unpack("<IIII", head)
            yield sec * 10**9 + nsec, f.read(caplen), wirelen


def write_pcap(path, packets, snaplen=SNAPLEN):
    writer = PcapWriter(path, snaplen)
    for time_ns, data, wire_length in packets:
        writer.packet(time_ns, data, wire_length)
    writer.close()


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def option(code, value):
    pad = bytes(-len(value) % 4)
    return struct.pack("<HH", code, len(value)) + value + pad


def write_pcapng(path, packets, interface, snaplen=SNAPLEN):
    """One section, one Ethernet interface, nanosecond resolution."""
    with open(path, "wb") as f:
        f.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        f.write(block(1, struct.pack("<HHI", LINKTYPE_ETHERNET, 0, snaplen)
                      + option(2, interface.encode()) + option(9, b"\x09")
                      + option(0, b"")))
        for time_ns, data, wire_length in packets:
            f.write(block(6, struct.pack("<IIIII", 0, time_ns >> 32,
                                         time_ns & 0xFFFFFFFF, len(data),
                                         wire_length) + data))


def read_pcapng(path):
    """Yield (time_ns, data, wire_length) from what write_pcapng wrote."""
    with open(path, "rb") as f:
        while head := f.read(8):
            kind, size = struct.unpack("<II", head)
            body = f.read(size - 8)
            if kind == 6:
                high, low, caplen, wirelen = struct.unpack_from("<IIII", body,
                                                                4)
                yield (high << 32) + low, body[20:20 + caplen], wirelen


def read_capture(path):
    """Either format, by the file's name."""
    return read_pcapng(path) if path.endswith("ng") else read_pcap(path)
