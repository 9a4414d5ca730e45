#!/usr/bin/env python3
"""Connections on loopback that are held in one state, for tests of live
capture.

usage: talk_held.py SERVER_PORT SECONDS WAY...

Each WAY is a connection, on the ports from SERVER_PORT on; all are held for
SECONDS. `pin`: the client does not read, the server's buffers are full, and it
closes. `stall`: as pin, but the server does not close. `close_wait`: the client
closes, the server does not. `half`: the server shuts its side down, and the
client does not.
"""
import socket
import sys
import time


def connect(port):
    with socket.create_server(("127.0.0.1", port)) as listener:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
    return client, server


def fill(server):
    server.setblocking(False)
    try:
        while True:
            server.send(b"x" * 65536)
    except BlockingIOError:
        pass


def begin(port, way):
    client, server = connect(port)
    if way in ("pin", "stall"):
        fill(server)
    if way == "pin":
        server.close()
    elif way == "close_wait":
        client.close()
    elif way == "half":
        server.shutdown(socket.SHUT_WR)
    return client, server


first, seconds, *ways = sys.argv[1:]
held = [begin(int(first) + i, way) for i, way in enumerate(ways)]
time.sleep(float(seconds))
