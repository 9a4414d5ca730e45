#!/usr/bin/env python3
"""A bad close on loopback, and how soon its finding is told.

usage: told_live.py RECORDS SERVER_PORT WAY

RECORDS is what tcpclose writes meanwhile. WAY is a trouble:

  unread     the server closes with a request unread, which resets: told at once
  last_ack   the last ACK is dropped behind the tap (needs nft): told with the
             first copy of the FIN
  fin        the client's FIN is dropped there: told with its second copy

Prints how long after the packet that makes it true the `open` record could be
read. That must be a second at most, in one of three trials: the machine may be
busy with something else.
"""
import contextlib
import datetime
import json
import os
import socket
import subprocess
import sys
import time

BOUND = 1.0
PATIENCE = 8.0


def connect(port):
    with socket.create_server(("127.0.0.1", port)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    return client, server


@contextlib.contextmanager
def dropped(what):
    """Segments that match pass the tap, and are dropped behind it."""
    rules = "\n".join([
        "table inet told {", "chain in {",
        "type filter hook input priority 0;", f"{what} drop", "}", "}", ""])
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
    try:
        yield
    finally:
        subprocess.run(["nft", "delete", "table", "inet", "told"], check=True)


def unread(port, wait):
    client, server = connect(port)
    client.sendall(b"x" * 1000)
    time.sleep(0.05)
    server.close()
    told = wait("abortive_close")
    client.close()
    return told


def last_ack(port, wait):
    client, server = connect(port)
    client.close()
    time.sleep(0.05)
    with dropped(f"tcp dport {port} tcp flags == ack"):
        server.close()
        return wait("lost_final_ack")


def fin(port, wait):
    client, server = connect(port)
    with dropped(f"tcp dport {port} tcp flags & fin == fin"):
        client.close()
        told = wait("fin_retransmission")
    server.close()
    return told


def seconds(timestamp):
    whole, fraction = timestamp.rstrip("Z").split(".")
    utc = datetime.datetime.fromisoformat(whole + "+00:00")
    return utc.timestamp() + int(fraction) / 1e9


class Records:
    """Lines that are complete, as they come."""

    def __init__(self, path):
        self.file = open(path, encoding="utf-8")
        self.file.seek(0, os.SEEK_END)
        self.rest = ""

    def wait(self, finding, port):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.rest += self.file.readline()
            if not self.rest.endswith("\n"):
                time.sleep(0.005)
                continue
            record, self.rest = json.loads(self.rest), ""
            if (record.get("finding") == finding
                    and record["phase"] == "open"
                    and record["server"]["port"] == port):
                return time.time() - seconds(record["last_timestamp"])
        return PATIENCE


def main():
    path, port, way = sys.argv[1], int(sys.argv[2]), globals()[sys.argv[3]]
    for trial in range(3):
        records = Records(path)
        late = way(port + trial,
                   lambda finding: records.wait(finding, port + trial))
        print(f"{way.__name__}: told {late:.3f} s after it was true")
        if late <= BOUND:
            return 0
    return 1


sys.exit(main())
