"""
Network namespaces without names, and the wires between them.

A namespace here is a file descriptor, nothing else: when the process ends,
however it ends, the kernel takes the namespace, its interfaces and its sockets
away. Interfaces, addresses, routes and neighbours are set by rtnetlink
directly, offloads by the ethtool ioctl, so neither iproute2 nor ethtool is
needed.
"""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNET = 0x40000000
HERE = "/proc/thread-self/ns/net"

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    """Turn a failed libc call into OSError; returns the result otherwise."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


class Unsupported(Exception):
    """This kernel lacks something that a scenario needs."""


class Namespace:
    """One network namespace. Sockets made in it stay in it for ever."""

    def __init__(self):
        home = os.open(HERE, os.O_RDONLY)
        try:
            check(libc.unshare(CLONE_NEWNET), "unshare")
            self.fd = os.open(HERE, os.O_RDONLY)
        finally:
            check(libc.setns(home, CLONE_NEWNET), "setns")
            os.close(home)

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in this namespace for the block's duration."""
        home = os.open(HERE, os.O_RDONLY)
        check(libc.setns(self.fd, CLONE_NEWNET), "setns")
        try:
            yield self
        finally:
            check(libc.setns(home, CLONE_NEWNET), "setns")
            os.close(home)

    def socket(self, *args):
        with self.entered():
            return socket.socket(*args)

    def read(self, path):
        """A file below /proc whose content depends on the namespace."""
        with self.entered(), open(path, encoding="ascii") as f:
            return f.read()

    def sysctl(self, name, value=None):
        """Set net.* `name` (written with slashes); returns what it then is."""
        path = f"/proc/sys/net/{name}"
        with self.entered():
            if not os.path.exists(path):
                raise Unsupported(f"no sysctl net/{name}")
        if value is not None:
            with self.entered(), open(path, "w", encoding="ascii") as f:
                f.write(str(value))
        return self.read(path).strip()


# --- rtnetlink -------------------------------------------------------------

RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWNEIGH = 16, 20, 24, 28
NLM_REQUEST_ACK, NLM_CREATE = 0x5, 0x400
IFF_UP = 1
IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_NET_NS_FD = 1, 3, 18, 28
INFO_KIND, INFO_DATA, VETH_PEER = 1, 2, 1
IFA_ADDRESS, IFA_LOCAL, IFA_F_NODAD = 1, 2, 0x02
RTA_DST, RTA_OIF = 1, 4
NDA_DST, NDA_LLADDR, NUD_PERMANENT = 1, 2, 0x80
RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_LINK, RTN_UNICAST = 254, 4, 253, 1


def attribute(kind, *parts):
    """A netlink attribute, padded to four bytes."""
    body = b"".join(parts)
    pad = -len(body) % 4
    return struct.pack("HH", 4 + len(body), kind) + body + bytes(pad)


def request(ns, kind, body, flags=NLM_CREATE):
    """Send one rtnetlink request and wait for its acknowledgement."""
    head = struct.pack("IHHII", 16 + len(body), kind,
                       NLM_REQUEST_ACK | flags, 1, 0)
    with ns.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.send(head + body)
        answer = s.recv(4096)
    code = struct.unpack_from("i", answer, 16)[0]
    if code:
        raise OSError(-code, f"rtnetlink request {kind}: {os.strerror(-code)}")


def link_body(index=0, flags=0):
    return struct.pack("BxHiII", 0, 0, index, flags, flags)


def name(text):
    return attribute(IFLA_IFNAME, text.encode() + b"\0")


def join(ns_a, if_a, mac_a, ns_b, if_b, mac_b):
    """A veth pair with one plug in each namespace, both up."""
    peer = attribute(VETH_PEER, link_body(), name(if_b),
                     attribute(IFLA_ADDRESS, mac_b),
                     attribute(IFLA_NET_NS_FD, struct.pack("i", ns_b.fd)))
    info = attribute(IFLA_LINKINFO, attribute(INFO_KIND, b"veth"),
                     attribute(INFO_DATA, peer))
    request(ns_a, RTM_NEWLINK, link_body() + name(if_a)
            + attribute(IFLA_ADDRESS, mac_a) + info)
    for ns, interface in ((ns_a, if_a), (ns_b, if_b)):
        set_up(ns, interface)


def index_of(ns, interface):
    with ns.entered():
        return socket.if_nametoindex(interface)


def set_up(ns, interface):
    request(ns, RTM_NEWLINK, link_body(index_of(ns, interface), IFF_UP), 0)


def pack_ip(ip):
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return family, socket.inet_pton(family, ip)


def add_address(ns, interface, ip):
    """A host address: everything else is reached through add_neighbour()."""
    family, raw = pack_ip(ip)
    body = struct.pack("BBBBi", family, len(raw) * 8, IFA_F_NODAD, 0,
                       index_of(ns, interface))
    request(ns, RTM_NEWADDR, body + attribute(IFA_LOCAL, raw)
            + attribute(IFA_ADDRESS, raw))


def add_neighbour(ns, interface, ip, mac):
    """Route `ip` out of `interface` and pin its MAC address: no ARP, no ND."""
    family, raw = pack_ip(ip)
    index = index_of(ns, interface)
    request(ns, RTM_NEWNEIGH, struct.pack("BxHiHBB", family, 0, index,
                                          NUD_PERMANENT, 0, 0)
            + attribute(NDA_DST, raw) + attribute(NDA_LLADDR, mac))
    request(ns, RTM_NEWROUTE, struct.pack(
        "BBBBBBBBI", family, len(raw) * 8, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC,
        RT_SCOPE_LINK, RTN_UNICAST, 0)
        + attribute(RTA_DST, raw) + attribute(RTA_OIF, struct.pack("i", index)))


# --- offloads --------------------------------------------------------------

SIOCETHTOOL = 0x8946
TX_CHECKSUM, TSO, GSO, GRO = 0x17, 0x1f, 0x24, 0x2c


def switch_off(ns, interface, *features):
    """
    Switch offloads off, so that what is captured is what the wire would carry:
    whole checksums and segments no longer than the MSS.
    """
    with ns.socket(socket.AF_INET, socket.SOCK_DGRAM, 0) as s:
        for feature in features:
            value = ctypes.create_string_buffer(struct.pack("II", feature, 0))
            ifreq = struct.pack("16sP16x", interface.encode(),
                                ctypes.addressof(value))
            fcntl.ioctl(s, SIOCETHTOOL, ifreq)
