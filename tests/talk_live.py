#!/usr/bin/env python3
"""Real connections on loopback, for tests of live capture.

usage: talk_live.py SERVER_PORT WAY...

Each WAY is a connection: `fin` ends with FINs from both, client first; `rst`
is aborted by the client; `late_fin` is as fin, but the server answers the
client's FIN only after a second and a half; `load:N` is N connections as fast
as they can be made, each aborted by the client, so that no port rests.
"""
import socket
import struct
import sys
import time

ABORT = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close() sends RST


def connect(port):
    with socket.create_server(("127.0.0.1", port)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    return client, server


def talk(port, way):
    client, server = connect(port)
    client.sendall(b"x" * 1000)
    server.recv(2000)
    if way == "rst":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    client.close()
    time.sleep(1.5 if way == "late_fin" else 0.02)
    server.close()


def load(port, n):
    with socket.create_server(("127.0.0.1", port)) as listener:
        address = listener.getsockname()
        for _ in range(n):
            client = socket.create_connection(address)
            server, _ = listener.accept()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            client.close()
            server.close()


for each in sys.argv[2:]:
    if each.startswith("load:"):
        load(int(sys.argv[1]), int(each[5:]))
    else:
        talk(int(sys.argv[1]), each)
