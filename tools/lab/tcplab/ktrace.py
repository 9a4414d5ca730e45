"""
The kernel's own account: a tracefs instance that belongs to one run.

Four events are recorded: every change of a full socket's state, every
retransmission, every RST sent and received. The trace is system-wide, so lines
are kept only if they name the run's own server address. Times are
CLOCK_MONOTONIC in the trace and are turned into CLOCK_REALTIME, which the
captures use.
"""

import os
import re
import tempfile
import time

from .netns import check, libc

EVENTS = ("sock/inet_sock_set_state", "tcp/tcp_retransmit_skb",
          "tcp/tcp_send_reset", "tcp/tcp_receive_reset")
PREFIX = "tcpclose-lab-"
MNT_DETACH = 2
LINE = re.compile(r"\s(\d+)\.(\d{6}): (\w+): (.*)")
FIELD = re.compile(r"(\w+)=(\S+)")
SOCKADDR = re.compile(r"^(?:\[(.*)\]|([^:]*)):(\d+)$")


def tracefs():
    """
    A path to tracefs that leaves no mount behind: an existing mount, or one
    made here, opened, and detached at once, so it lives with the descriptor.
    """
    with open("/proc/self/mounts", encoding="ascii") as mounts:
        for line in mounts:
            _, point, kind = line.split()[:3]
            path = hold(point) if kind == "tracefs" else None
            if path:
                return path
    point = tempfile.mkdtemp(prefix=PREFIX)
    check(libc.mount(b"tracefs", point.encode(), b"tracefs", 0, None),
          "mount tracefs")
    path = hold(point)
    libc.umount2(point.encode(), MNT_DETACH)
    os.rmdir(point)
    return path


def hold(point):
    """
    A path that lasts to what is mounted there; None if that is no tracefs, or
    none any longer: another run may be about to detach its own.
    """
    try:
        fd = os.open(point, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    path = f"/proc/self/fd/{fd}"
    if os.path.isdir(f"{path}/instances"):
        return path
    os.close(fd)
    return None


def sweep(root):
    """Remove instances whose process is gone (killed before it could)."""
    for entry in os.listdir(f"{root}/instances"):
        if not entry.startswith(PREFIX):
            continue
        if not os.path.exists(f"/proc/{entry[len(PREFIX):]}"):
            try:
                os.rmdir(f"{root}/instances/{entry}")
            except OSError:
                pass


class Trace:
    """A trace instance; `lines` grows with parsed events at each drain()."""

    def __init__(self, ports, address):
        root = tracefs()
        sweep(root)
        self.address = address
        self.lines = []
        self.rest = ""
        self.dir = f"{root}/instances/{PREFIX}{os.getpid()}"
        os.mkdir(self.dir)
        self._write("trace_clock", "mono")
        self._write("buffer_size_kb", "256")
        wanted = " || ".join(f"sport == {p} || dport == {p}" for p in ports)
        for event in EVENTS:
            if event != "tcp/tcp_send_reset":
                self._write(f"events/{event}/filter", wanted)
            self._write(f"events/{event}/enable", "1")
        self.pipe = os.open(f"{self.dir}/trace_pipe",
                            os.O_RDONLY | os.O_NONBLOCK)
        self.offset = time.time_ns() - time.clock_gettime_ns(
            time.CLOCK_MONOTONIC)

    def _write(self, name, value):
        with open(f"{self.dir}/{name}", "w", encoding="ascii") as f:
            f.write(value)

    def drain(self):
        """Take what the kernel has written so far."""
        try:
            while data := os.read(self.pipe, 65536):
                self.rest += data.decode("ascii", "replace")
        except BlockingIOError:
            pass
        *whole, self.rest = self.rest.split("\n")
        for line in whole:
            event = self._parse(line)
            if event and self.address in (event["src"][0], event["dst"][0]):
                self.lines.append(event)

    def _parse(self, line):
        found = LINE.search(line)
        if not found:
            return None
        sec, usec, event, text = found.groups()
        f = dict(FIELD.findall(text))
        out = {"time_ns": int(sec) * 10**9 + int(usec) * 1000 + self.offset,
               "event": event}
        if event == "tcp_send_reset":
            out["src"], out["dst"] = endpoint(f["src"]), endpoint(f["dest"])
            out["reason"] = f.get("reason", "").lower()
            out["state"] = state_name(f["state"])
            return out
        six = "6" if f["family"] == "AF_INET6" else ""
        v6 = "v6" if six else ""
        out["src"] = (f["saddr" + v6], int(f["sport"]))
        out["dst"] = (f["daddr" + v6], int(f["dport"]))
        for key in ("oldstate", "newstate", "state"):
            if key in f:
                out[key] = state_name(f[key])
        return out

    def close(self):
        """Stop recording and give the instance back."""
        self._write("tracing_on", "0")
        self.drain()
        os.close(self.pipe)
        os.rmdir(self.dir)


def endpoint(text):
    """`192.0.2.1:80` or `[2001:db8::1]:80`."""
    found = SOCKADDR.match(text)
    return (found[1] or found[2], int(found[3])) if found else ("", 0)


def state_name(text):
    names = {"fin_wait1": "fin_wait_1", "fin_wait2": "fin_wait_2",
             "syn_recv": "syn_received", "new_syn_recv": "syn_received",
             "close": "closed", "unknown": "none"}
    plain = text.lower().removeprefix("tcp_")
    return names.get(plain, plain)
