#!/usr/bin/env python3
"""A stand-in for OpenSearch that takes bulk requests on loopback.

usage: bulk_server.py PORT_FILE DOCUMENTS

Listens on a port of its own choice, which it writes to PORT_FILE. Each
document becomes a line of DOCUMENTS: index, id (or -), and the document as it
came. An action that OpenSearch would refuse (a _type, an empty _id) is
answered with 400 and written as REFUSED. Ends when it is terminated.
"""
import http.server
import json
import sys
import threading


class Bulk(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def do_HEAD(self):
        self.answer({})

    do_GET = do_HEAD

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        lines = [line for line in body.split("\n") if line]
        items = []
        # Requests come side by side, and long ones are written in pieces.
        with writing, open(sys.argv[2], "a", encoding="utf-8") as documents:
            for action, document in zip(lines[::2], lines[1::2]):
                action = json.loads(action)["index"]
                good = action.keys() <= {"_index", "_id"} and \
                    action.get("_id") != "" and self.path == "/_bulk"
                words = (action["_index"], action.get("_id", "-"), document)
                print(*(words if good else ("REFUSED",) + words),
                      file=documents)
                items.append({"index": {"status": 201 if good else 400}})
        self.answer({"errors": any(i["index"]["status"] != 201 for i in items),
                     "items": items})

    def log_message(self, *words):
        pass


writing = threading.Lock()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bulk)
with open(sys.argv[1], "w", encoding="utf-8") as port_file:
    print(server.server_address[1], file=port_file)
server.serve_forever()
