"""
TCP frames as the relay needs them: read a few fields, change some, mend the
checksums. Ethernet with IPv4 or IPv6 without extension headers, which is all
that the lab's own kernels send.
"""

import socket
import struct

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
ETHERTYPE_IP = {0x0800: 4, 0x86DD: 6}
TCP = 6
OPT_SACK, OPT_TIMESTAMP = 5, 8


def checksum(data):
    """The Internet checksum, RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Frame:
    """
    One Ethernet frame that carries TCP. `raw` is the truth; the fields are
    read from it when asked for, and edits go straight into it.
    """

    def __init__(self, raw):
        self.raw = bytearray(raw)
        self.ip_version = ETHERTYPE_IP[struct.unpack_from("!H", raw, 12)[0]]
        self.tcp = 14 + (40 if self.ip_version == 6 else (raw[14] & 15) * 4)

    @staticmethod
    def carries_tcp(raw):
        kind = ETHERTYPE_IP.get(struct.unpack_from("!H", raw, 12)[0])
        return kind is not None and raw[20 if kind == 6 else 23] == TCP

    def copy(self):
        return Frame(bytes(self.raw))

    def u16(self, at):
        return struct.unpack_from("!H", self.raw, at)[0]

    def u32(self, at):
        return struct.unpack_from("!I", self.raw, at)[0]

    def put16(self, at, value):
        struct.pack_into("!H", self.raw, at, value & 0xFFFF)

    def put32(self, at, value):
        struct.pack_into("!I", self.raw, at, value & 0xFFFFFFFF)

    @property
    def src(self):
        return self._ip(22 if self.ip_version == 6 else 26)

    @property
    def dst(self):
        return self._ip(38 if self.ip_version == 6 else 30)

    def _ip(self, at):
        if self.ip_version == 6:
            return socket.inet_ntop(socket.AF_INET6,
                                    bytes(self.raw[at:at + 16]))
        return socket.inet_ntop(socket.AF_INET, bytes(self.raw[at:at + 4]))

    sport = property(lambda self: self.u16(self.tcp))
    dport = property(lambda self: self.u16(self.tcp + 2))
    seq = property(lambda self: self.u32(self.tcp + 4))
    ack = property(lambda self: self.u32(self.tcp + 8))
    flags = property(lambda self: self.raw[self.tcp + 13])
    ip_id = property(lambda self:
                     self.u16(18) if self.ip_version == 4 else None)
    window = property(lambda self: self.u16(self.tcp + 14))
    data_at = property(lambda self:
                       self.tcp + (self.raw[self.tcp + 12] >> 4) * 4)

    @property
    def payload(self):
        """Payload length from the IP header: Ethernet may have padded."""
        if self.ip_version == 6:
            end = 54 + self.u16(18)
        else:
            end = 14 + self.u16(16)
        return end - self.data_at

    @property
    def seq_len(self):
        """SEG.LEN of RFC 9293: payload and SYN and FIN."""
        return self.payload + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def end_seq(self):
        return (self.seq + self.seq_len) & 0xFFFFFFFF

    def option(self, kind):
        """Where TCP option `kind` has its body, and how long; or None."""
        at, end = self.tcp + 20, self.data_at
        while at < end and self.raw[at] != 0:
            if self.raw[at] == 1:
                at += 1
                continue
            size = self.raw[at + 1]
            if self.raw[at] == kind:
                return at + 2, size - 2
            at += max(size, 2)
        return None

    @property
    def tsval(self):
        found = self.option(OPT_TIMESTAMP)
        return self.u32(found[0]) if found else None

    @property
    def letters(self):
        return "".join(letter for bit, letter in
                       ((SYN, "S"), (FIN, "F"), (RST, "R"), (PSH, "P"),
                        (ACK, ".")) if self.flags & bit)

    def edit(self, **fields):
        """
        Rewrite header fields and mend the checksums: seq, ack, flags, window,
        tsval, ttl, ip_id as absolute values; seq_by, ack_by, tsval_by as
        differences; bare=True removes payload and options.
        """
        if fields.pop("bare", False):
            self._strip()
        stamp = self.option(OPT_TIMESTAMP)
        places = {"seq": self.tcp + 4, "ack": self.tcp + 8}
        if stamp:
            places["tsval"] = stamp[0]
        for field, at in places.items():
            if field in fields:
                self.put32(at, fields[field])
            self.put32(at, self.u32(at) + fields.get(field + "_by", 0))
        if "flags" in fields:
            self.raw[self.tcp + 13] = fields["flags"]
        if "window" in fields:
            self.put16(self.tcp + 14, fields["window"])
        if "ttl" in fields:
            self.raw[21 if self.ip_version == 6 else 22] = fields["ttl"]
        if "ip_id" in fields and self.ip_version == 4:
            self.put16(18, fields["ip_id"])
        self.mend()
        return self

    def cut(self, mtu=1500):
        """
        The segments a network card would make of this one: IP packets of at
        most `mtu` bytes, FIN and PSH on the last, checksums whole.
        """
        total, head = self.payload, self.data_at
        size = mtu + 14 - head
        pieces = []
        for at in range(0, total or 1, size):
            last = at + size >= total
            body = self.raw[head + at:head + min(at + size, total)]
            piece = Frame(bytes(self.raw[:head] + body))
            if piece.ip_version == 6:
                piece.put16(18, head - 54 + len(body))
            else:
                piece.put16(16, head - 14 + len(body))
                piece.put16(18, self.u16(18) + len(pieces))
            flags = self.flags if last else self.flags & ~(FIN | PSH)
            pieces.append(piece.edit(seq=self.seq + at, flags=flags))
        return pieces

    def shift_sack(self, by):
        """Move the edges of SACK blocks, for a relay that moves numbers."""
        found = self.option(OPT_SACK)
        if found:
            for at in range(found[0], found[0] + found[1], 4):
                self.put32(at, self.u32(at) + by)

    def _strip(self):
        del self.raw[self.tcp + 20:]
        self.raw[self.tcp + 12] = 5 << 4
        if self.ip_version == 6:
            self.put16(18, 20)
        else:
            self.put16(16, self.tcp - 14 + 20)

    def mend(self):
        """Set both checksums right again."""
        raw, tcp = self.raw, self.tcp
        size = self.data_at + self.payload - tcp
        if self.ip_version == 4:
            self.put16(24, 0)
            self.put16(24, checksum(bytes(raw[14:tcp])))
            pseudo = bytes(raw[26:34])
        else:
            pseudo = bytes(raw[22:54])
        self.put16(tcp + 16, 0)
        self.put16(tcp + 16, checksum(pseudo + struct.pack("!HH", TCP, size)
                                      + bytes(raw[tcp:tcp + size])))
