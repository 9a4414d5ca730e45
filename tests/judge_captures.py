"""Judge what tcpclose says of captures by what others say of them.

    judge_captures.py QUESTION TCPCLOSE FOLDER CAPTURE...

FOLDER holds what tcpclose said, NAME.ndjson and NAME.json for each capture.

streams       Wireshark: the first and last frame of every tcp.stream, and how
              many frames it has
fins          Wireshark: how many FINs of each end are retransmissions
filters       Wireshark: each finding's display filter shows its frames
schemas       jsonschema: every record, and every report
community_id  the published specification of Community ID, version 1
"""
import base64
import collections
import fnmatch
import hashlib
import ipaddress
import json
import pathlib
import struct
import subprocess
import sys

FLAGS = ("tcp.analysis.retransmission", "tcp.analysis.fast_retransmission",
         "tcp.analysis.spurious_retransmission")
WRONG_SHOWN = 40
LOAD = 1 << 30  # the number of requests whose answer says nothing
COLUMNS = ("tcp.stream", "tcp.srcport", "tcp.flags.fin", *FLAGS)

# Where Wireshark means something else by these words, and why.
AT_WRAP = "the number after the FIN is 0, which Wireshark takes for none"
BY_RST = "an RST of an old life lies ahead of the FIN, and Wireshark counts it in"
STREAMS_DIFFER = {}
FINS_DIFFER = {
    "*_wrapped.pcap 0 server": AT_WRAP,
    "orderly_last_fin_twice.pcap 0 server": "the network repeated the packet",
    "stale_rst_challenged.pcap 1 server": BY_RST,
    "trouble.pcapng 9 server": BY_RST,
    "*.twice.pcap 0 *": "Wireshark does not see that the capture repeats all",
    "*.short.pcap 0 *": "Wireshark does not analyse headers that are cut",
    "*_fin_lost.shuffled.pcap 0 server": "the FIN comes after its copy",
    "pair_simultaneous_fin_lost.client.pcap 0 server":
        "the first FIN did not pass here; Wireshark infers it",
}


class Capture:
    def __init__(self, folder, path):
        self.path = pathlib.Path(path).resolve()
        self.name = self.path.name
        self.ndjson = folder / f"{self.name}.ndjson"
        self.report = folder / f"{self.name}.json"
        self.records = [json.loads(line)
                        for line in self.ndjson.read_text().splitlines()]

    def of_type(self, event_type):
        return [r for r in self.records if r["event_type"] == event_type]


class Verdict:
    """What was compared, and what was wrong with it."""

    def __init__(self):
        self.compared, self.wrong, self.excused = 0, [], set()

    def expect(self, what, ours, theirs, excuses=()):
        self.compared += 1
        matching = [e for e in excuses if fnmatch.fnmatch(what, e)]
        if ours != theirs and matching:
            self.excused.update(matching)
        elif ours != theirs:
            self.wrong.append(f"{what}: tcpclose {ours}, judge {theirs}")

    def give(self, least, excuses=()):
        for what in set(excuses) - self.excused:
            self.wrong.append(f"{what}: agrees now, needs no excuse")
        for line in self.wrong[:WRONG_SHOWN]:
            print(line)
        print(f"{len(self.wrong)} wrong")
        print(f"{self.compared} compared")
        return 0 if not self.wrong and self.compared >= least else 1


def ask_wireshark(questions):
    """Answers to (capture path, arguments of `frames`), in order."""
    lines, loaded = [], None
    for n, (path, arguments) in enumerate(questions):
        if path != loaded:
            lines.append(request(LOAD, "load", {"file": str(path)}))
            loaded = path
        lines.append(request(n + 1, "frames", arguments))
    sharkd = subprocess.run(["sharkd", "-"], input="\n".join(lines) + "\n",
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            encoding="utf-8", check=True)
    answers = map(json.loads, filter(None, sharkd.stdout.split("\n")))
    return {a["id"] - 1: a for a in answers if a["id"] != LOAD}


def request(number, method, params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                       "params": params})


def all_frames(captures):
    """For each capture, what Wireshark says of each frame. It takes seconds,
    so the answer is kept for the next question."""
    kept = captures[0].ndjson.parent / "frames"
    if not kept.exists():
        columns = {f"column{i}": f"{name}:1"
                   for i, name in enumerate(COLUMNS)}
        answers = ask_wireshark([(c.path, columns) for c in captures])
        kept.write_text(json.dumps(
            [[(frame["num"], dict(zip(COLUMNS, frame["c"])))
              for frame in answers[n]["result"]]
             for n in range(len(captures))]))
    return zip(captures, json.loads(kept.read_text()))


def judge_streams(captures):
    verdict = Verdict()
    for capture, frames in all_frames(captures):
        theirs = collections.defaultdict(list)
        for number, said in frames:
            theirs[int(said["tcp.stream"])].append(number)
        ours = {r["stream"]: r for r in capture.of_type("tcp_close")}
        verdict.expect(f"{capture.name}: streams", sorted(ours),
                       sorted(theirs), STREAMS_DIFFER)
        for stream in sorted(set(ours) & set(theirs)):
            close, numbers = ours[stream], theirs[stream]
            packets = close["client"]["packets"] + close["server"]["packets"]
            if len(ours) == 1:  # a packet that was captured twice counts once
                packets += capture.of_type("stats")[-1]["capture_duplicates"]
            verdict.expect(f"{capture.name} {stream}",
                           (close["first_frame"], close["last_frame"], packets),
                           (numbers[0], numbers[-1], len(numbers)),
                           STREAMS_DIFFER)
    return verdict.give(150, STREAMS_DIFFER)


def judge_fins(captures):
    verdict = Verdict()
    for capture, frames in all_frames(captures):
        theirs = collections.Counter()
        for _, said in frames:
            if said["tcp.flags.fin"] == "Set" and \
                    any(said[flag] for flag in FLAGS):
                theirs[int(said["tcp.stream"]), int(said["tcp.srcport"])] += 1
        for close in capture.of_type("tcp_close"):
            for end in "client", "server":
                key = close["stream"], close[end]["port"]
                verdict.expect(f"{capture.name} {close['stream']} {end}",
                               close[end]["fin_retransmits"], theirs[key],
                               FINS_DIFFER)
    return verdict.give(300, FINS_DIFFER)


def judge_filters(captures):
    verdict = Verdict()
    asked = [(c, f) for c in captures for f in c.of_type("tcp_finding")]
    # sharkd remembers what a filter showed, also of the capture before: the
    # blanks make every filter a new one.
    answers = ask_wireshark([(c.path, {"filter": f["filter"] + " " * n})
                             for n, (c, f) in enumerate(asked)])
    for n, (capture, finding) in enumerate(asked):
        shown = [a["num"] for a in answers[n].get("result", [])]
        what = f"{capture.name}: {finding['filter']}"
        if "frame.number" in finding["filter"]:
            verdict.expect(what, sorted(set(finding["frames"])), shown)
        else:
            missing = set(finding["frames"]) - set(shown)
            verdict.expect(what, sorted(missing), [])
    return verdict.give(60)


def schema_of(tcpclose, name):
    from jsonschema import Draft202012Validator, FormatChecker
    text = subprocess.run([tcpclose, "--schema", name], check=True,
                          stdout=subprocess.PIPE).stdout
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def judge_schemas(captures, tcpclose):
    verdict, schemas = Verdict(), {}
    for capture in captures:
        report = json.loads(capture.report.read_text())
        one_each = {**report, "connections": report["connections"][:1],
                    "findings": report["findings"][:1]}
        for name, data in [("report", one_each)] + [
                (r["event_type"], r) for r in capture.records]:
            if name not in schemas:
                schemas[name] = schema_of(tcpclose, name)
            wrong = [f"{e.json_path}: {e.message}"
                     for e in schemas[name].iter_errors(data)]
            verdict.expect(f"{capture.name} {name}", wrong, [])
        for part, event in ("connections", "tcp_close"), \
                ("findings", "tcp_finding"):
            verdict.expect(f"{capture.name} {part} of the report",
                           report[part], capture.of_type(event))
    for line in (line for c in captures
                 for line in c.ndjson.read_bytes().split(b"\n")):
        verdict.expect("a line of at most 8 KiB", len(line) < 8192, True)
    verdict.expect("all schemas are needed", len(schemas), 9)
    return verdict.give(1000)


def community_id(record):
    """https://github.com/corelight/community-id-spec, section "Technical
    details", for TCP with seed 0."""
    ends = sorted((ipaddress.ip_address(record[end]["ip"]).packed,
                   record[end]["port"]) for end in ("client", "server"))
    (src, sport), (dst, dport) = ends
    data = struct.pack("!H", 0) + src + dst + struct.pack(
        "!BBHH", 6, 0, sport, dport)
    return "1:" + base64.b64encode(hashlib.sha1(data).digest()).decode()


def judge_community_id(captures):
    verdict = Verdict()
    for capture in captures:
        for record in capture.records:
            if "community_id" in record:
                verdict.expect(f"{capture.name} {record['stream']}",
                               record["community_id"], community_id(record))
    return verdict.give(300)


def main():
    question, tcpclose, folder, *paths = sys.argv[1:]
    captures = [Capture(pathlib.Path(folder), path) for path in paths]
    if question == "schemas":
        return judge_schemas(captures, tcpclose)
    return {"streams": judge_streams, "fins": judge_fins,
            "filters": judge_filters,
            "community_id": judge_community_id}[question](captures)


if __name__ == "__main__":
    sys.exit(main())
