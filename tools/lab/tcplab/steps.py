"""
What applications do, one word a step. A step is a coroutine function that is
given the actor (who holds the socket); `OSError`s are written down and the
actor goes on, as programs that ignore errors do.
"""

import asyncio
import errno
import socket
import struct
import time

from .frame import ACK, FIN, RST, SYN

FLAGS = {"S": SYN, "F": FIN, "R": RST, ".": ACK}
SOCKET_OPTIONS = {"rcvbuf": (socket.SOL_SOCKET, socket.SO_RCVBUF),
                  "sndbuf": (socket.SOL_SOCKET, socket.SO_SNDBUF),
                  "nodelay": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
                  "user_timeout": (socket.IPPROTO_TCP, 18),
                  "linger2": (socket.IPPROTO_TCP, socket.TCP_LINGER2),
                  "maxseg": (socket.IPPROTO_TCP, socket.TCP_MAXSEG),
                  "keepalive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                  "keepidle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                  "keepintvl": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
                  "keepcnt": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT)}


def set_options(sock, options):
    for name, value in options.items():
        sock.setsockopt(*SOCKET_OPTIONS[name], value)


class Actor:
    """One who does steps: a client, an accepted server socket, the director."""

    def __init__(self, run, end, talk, sock=None):
        self.run, self.end, self.talk, self.sock = run, end, talk, sock
        self.local = sock.getsockname()[:2] if sock else None
        self.remote = sock.getpeername()[:2] if sock else None

    async def do(self, steps):
        for step in steps:
            try:
                await step(self)
            except (OSError, EOFError, asyncio.TimeoutError) as error:
                code = getattr(error, "errno", None)
                self.note(step.__qualname__.split(".")[0],
                          errno.errorcode.get(code, type(error).__name__))

    def note(self, step, error):
        self.run.app_log.append({"time_ns": time.time_ns(), "end": self.end,
                                 "talk": self.talk, "step": step,
                                 "error": error})


def connect(source_port=None, give_up=None, **options):
    """Open the connection; from a fixed port, or one that the kernel picks."""
    async def step(actor):
        loop = asyncio.get_running_loop()
        sock = actor.run.client_socket()
        set_options(sock, options)
        if source_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((actor.run.addresses["client"], source_port))
            actor.run.client_ports[source_port] = actor.talk
        actor.sock = sock
        port = actor.run.scenario.talks[actor.talk].port
        began = time.time_ns()
        result = sock.connect_ex((actor.run.addresses["server"], port))
        if result not in (0, errno.EINPROGRESS):
            raise OSError(result, "connect")
        actor.local = sock.getsockname()[:2]
        actor.remote = (actor.run.addresses["server"], port)
        actor.run.client_ports[actor.local[1]] = actor.talk
        actor.run.opened.append((began, actor.local, actor.remote))
        done = loop.create_future()
        loop.add_writer(sock, lambda: done.done() or done.set_result(None))
        try:
            await asyncio.wait_for(done, give_up)
        finally:
            loop.remove_writer(sock)
        result = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if result:
            raise OSError(result, "connect")
    return step


def options(**values):
    """Set socket options on the open socket."""
    async def step(actor):
        set_options(actor.sock, values)
    return step


def send(size, more=False):
    """
    Send `size` bytes; done when the kernel has taken them all. `more` holds
    them back (MSG_MORE), so that a close() puts its FIN on them.
    """
    async def step(actor):
        if more:
            actor.sock.send(b"x" * size, socket.MSG_MORE)
            return
        await asyncio.get_running_loop().sock_sendall(actor.sock, b"x" * size)
    return step


def recv(size):
    """Read until `size` bytes have come."""
    async def step(actor):
        left = size
        while left > 0:
            data = await asyncio.get_running_loop().sock_recv(actor.sock, left)
            if not data:
                raise EOFError
            left -= len(data)
    return step


def drain():
    """Read until the peer's FIN."""
    async def step(actor):
        while await asyncio.get_running_loop().sock_recv(actor.sock, 65536):
            pass
    return step


def close():
    """close(), or the process ends: the socket becomes an orphan."""
    async def step(actor):
        actor.sock.close()
    return step


def shutdown():
    """shutdown(SHUT_WR): FIN, and the socket stays in the program's hands."""
    async def step(actor):
        actor.sock.shutdown(socket.SHUT_WR)
    return step


def abort():
    """close() with linger 0: RST."""
    async def step(actor):
        actor.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              struct.pack("ii", 1, 0))
        actor.sock.close()
    return step


def kill_socket(end=None):
    """`ss -K` on the actor's socket, be it an orphan or in TIME_WAIT."""
    async def step(actor):
        code = actor.run.diag[end or actor.end].destroy(actor.local,
                                                        actor.remote)
        if code:
            raise OSError(code, "SOCK_DESTROY")
    return step


def sleep(seconds):
    async def step(actor):
        await asyncio.sleep(seconds)
    return step


def tell(event):
    """The event happens."""
    async def step(actor):
        actor.run.relay.events.happen(event)
    return step


def wait(event, give_up=None):
    """Wait for an event."""
    async def step(actor):
        await asyncio.wait_for(actor.run.relay.events.wait(event), give_up)
    return step


def inject(name, at="before_tap", **edits):
    """
    The network delivers a kept segment. Edits as frame.Frame.edit; seq and ack
    may be `rcv_nxt+1000` or `snd_nxt`, numbers of the end that receives.
    """
    async def step(actor):
        actor.run.relay.inject(name, at, edits)
    return step


def forge(by, letters, talk=None, at="before_tap", **edits):
    """The network delivers a segment that `by` never sent."""
    async def step(actor):
        flags = sum(FLAGS[letter] for letter in letters)
        actor.run.relay.forge(by, flags, actor.talk if talk is None else talk,
                              at, edits)
    return step


def listen(port=80):
    """The server host begins to listen again."""
    async def step(actor):
        actor.run.listen(port)
    return step


def unlisten(port=80):
    """The server host stops listening; open connections live on."""
    async def step(actor):
        actor.run.unlisten(port)
    return step


def sysctl(end, name, value):
    """Change net.ipv4.`name` at one end while the lab runs."""
    async def step(actor):
        actor.run.ends[end].sysctl(f"ipv4/{name}", value)
    return step
