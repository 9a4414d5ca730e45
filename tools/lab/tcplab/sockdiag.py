"""
Socket states by sock_diag netlink: the only place where the kernel shows its
mini-sockets (TIME_WAIT, and the FIN_WAIT2 of an orphan), and the call behind
`ss -K`.
"""

import socket
import struct
from collections import namedtuple

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY, SOCK_DESTROY = 20, 21
DUMP, ACKED = 0x301, 0x5
NO_COOKIE = 0xFFFFFFFF
TIMER_TIME_WAIT = 3

# include/net/tcp_states.h, in the spelling of the records.
STATES = {1: "established", 2: "syn_sent", 3: "syn_received", 4: "fin_wait_1",
          5: "fin_wait_2", 6: "time_wait", 7: "closed", 8: "close_wait",
          9: "last_ack", 10: "listen", 11: "closing", 12: "syn_received"}
LISTEN = 10

# local, remote: (ip, port); mini: a mini-socket; retrans, rqueue, wqueue as ss
Sock = namedtuple("Sock", "local remote state mini retrans rqueue wqueue")


class SockDiag:
    """A sock_diag channel into one namespace."""

    def __init__(self, ns, family):
        self.family = family
        self.width = 16 if family == socket.AF_INET6 else 4
        self.socket = ns.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                NETLINK_SOCK_DIAG)

    def _request(self, kind, flags, states, ident):
        body = struct.pack("BBxxI", self.family, socket.IPPROTO_TCP, states)
        body += ident
        self.socket.send(struct.pack("IHHII", 16 + len(body), kind, flags, 1, 0)
                         + body)

    def dump(self):
        """All TCP sockets of the namespace but the listening ones."""
        self._request(SOCK_DIAG_BY_FAMILY, DUMP, 0xFFFFFFFF & ~(1 << LISTEN),
                      bytes(48))
        found = []
        while True:
            data = self.socket.recv(65536)
            at = 0
            while at + 16 <= len(data):
                size, kind = struct.unpack_from("IH", data, at)
                if kind == SOCK_DIAG_BY_FAMILY:
                    found.append(self._parse(data, at + 16))
                else:
                    return found
                at += (size + 3) & ~3

    def _parse(self, data, at):
        state, timer, retrans = struct.unpack_from("xBBB", data, at)
        sport, dport = struct.unpack_from("!HH", data, at + 4)
        src = data[at + 8:at + 8 + self.width]
        dst = data[at + 24:at + 24 + self.width]
        rqueue, wqueue = struct.unpack_from("II", data, at + 56)
        return Sock((socket.inet_ntop(self.family, src), sport),
                    (socket.inet_ntop(self.family, dst), dport),
                    STATES[state], timer == TIMER_TIME_WAIT, retrans, rqueue,
                    wqueue)

    def destroy(self, local, remote):
        """What `ss -K` does. Returns 0 or an errno value."""
        ident = struct.pack("!HH", local[1], remote[1])
        for ip in (local[0], remote[0]):
            ident += socket.inet_pton(self.family, ip).ljust(16, b"\0")
        ident += struct.pack("III", 0, NO_COOKIE, NO_COOKIE)
        self._request(SOCK_DESTROY, ACKED, 0xFFFFFFFF, ident)
        code = struct.unpack_from("i", self.socket.recv(65536), 16)[0]
        return -code
