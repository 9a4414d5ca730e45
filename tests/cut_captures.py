#!/usr/bin/env python3
"""Whether a capture that was cut into files gives what the whole one gives.

usage: cut_captures.py HOW PROGRAM SCRATCH CAPTURE...

alone      each packet in a file of its own, so that all have the same number
backwards  the same, with the last file named first: only time has an order
twice      into two files, at each packet in turn

Every number of a frame, with the file that the record names for it, must be
that packet of the whole; all else must be the same. Nothing is known here of
what a record means: a key that ends in "frame" holds the number of a frame,
"frames" a list of them, and the same key with "_source" or "frame_sources"
the file, where it is not "source".
"""
import json
import pathlib
import struct
import subprocess
import sys

EVENTS = "tcp_close,tcp_finding,tcp_state,tcp_host"
# Of two files there is no number of a frame to filter by, and no one source.
WITHOUT = ("source", "filter", "frame_sources")
PACKETS = 200  # files are open all at once
PORTS = "40000-40019"  # so few that a small capture exhausts them


class Capture:
    """A little-endian pcap file: its header, and its records with times."""

    def __init__(self, path):
        whole = path.read_bytes()
        self.path = path
        self.header, self.records, self.times = whole[:24], [], []
        at = 24
        while at < len(whole):
            second, fraction, size, _ = struct.unpack_from("<IIII", whole, at)
            self.times.append((second, fraction))
            self.records.append(whole[at:at + 16 + size])
            at += 16 + size

    def is_in_order(self, how):
        """Packets of one time come in the order of the files."""
        times = set(self.times) if how == "backwards" else self.times
        return self.times == sorted(times)

    def cut(self, scratch, sizes):
        """Files of so many packets each; and the number in the whole of the
        packet before each file, by its name."""
        before, files = 0, {}
        for i, size in enumerate(sizes):
            path = scratch / f"{i}.pcap"
            path.write_bytes(self.header + b"".join(
                self.records[before:before + size]))
            files[str(path)] = before
            before += size
        return files


def said(program, paths):
    arguments = [program, "-q", "--no-sandbox", "--events", EVENTS,
                 "--port-range", PORTS, "-o", "ndjson:-"]
    for path in paths:
        arguments += ["-r", str(path)]
    out = subprocess.run(arguments, check=True, capture_output=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def joined(thing, files, source):
    """The same with numbers of frames as in the whole."""
    if isinstance(thing, list):
        return [joined(item, files, source) for item in thing]
    if not isinstance(thing, dict):
        return thing
    result = {}
    for key, value in thing.items():
        if key in WITHOUT or key.endswith("frame_source"):
            continue
        if key == "frames":
            names = thing.get("frame_sources", [source] * len(value))
            assert len(names) == len(value), thing
            value = [n + files[name] for n, name in zip(value, names)]
        elif key.endswith("frame"):
            value += files[thing.get(key + "_source", source)]
        else:
            value = joined(value, files, source)
        result[key] = value
    return result


def compare(capture, whole, program, scratch, sizes, how):
    files = capture.cut(scratch, sizes)
    records = said(program, sorted(files, key=files.get,
                                   reverse=how == "backwards"))
    for record in records:
        if "frame.number" in record.get("filter", ""):
            sys.exit(f"{capture.path}: {sizes}: {record['filter']}")
    cut = [joined(r, files, r.get("source")) for r in records]
    if len(cut) != len(whole):
        sys.exit(f"{capture.path}: {sizes}: {len(cut)} records, "
                 f"not {len(whole)}")
    for is_so, should_be in zip(cut, whole):
        if is_so != should_be:
            sys.exit(f"{capture.path}: {sizes}: {json.dumps(is_so)}, not "
                     f"{json.dumps(should_be)}")
    return sum("frame_sources" in r for r in records)


def main(how, program, scratch, *paths):
    scratch = pathlib.Path(scratch)
    n_runs = n_across = 0
    for path in paths:
        capture = Capture(pathlib.Path(path))
        n = len(capture.records)
        if not capture.is_in_order(how) or not 1 < n <= PACKETS:
            continue
        whole = [joined(r, {path: 0}, path) for r in said(program, [path])]
        ways = [[at, n - at] for at in range(1, n)] if how == "twice" \
            else [[1] * n]
        for sizes in ways:
            n_across += compare(capture, whole, program, scratch, sizes, how)
            n_runs += 1
    print(f"{n_runs} runs, {n_across} findings across files")
    if 2 * n_across < n_runs:
        sys.exit("too few findings across files to tell")


if __name__ == "__main__":
    main(*sys.argv[1:])
