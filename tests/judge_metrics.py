#!/usr/bin/env python3
"""Whether a file of metrics says what the records of the same run say.

usage: judge_metrics.py METRICS.prom RECORDS.ndjson

It knows the names of both, and nothing of how either is made: a metric that is
missing, that is there without a record to match, or that says something else
is told.
"""
import collections
import datetime
import json
import re
import sys

SAMPLE = re.compile(r'(\w+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
BOUNDS = ["0.001", "0.01", "0.1", "0.5", "1", "5", "10", "60", "120", "600",
          "+Inf"]
SEVERITIES = ["info", "notice", "warning", "error"]
# Objects of stats: the metric, and the label that tells their fields apart.
OBJECTS = {
    "decode": ("decoded_packets_total", "verdict"),
    "dropped": ("dropped_packets_total", "by"),
    "ends": ("ends", "state"),
    "ends_peak": ("ends_peak", "state"),
    "time_waits": ("time_waits", "end"),
    "evicted": ("evicted_total", "kind"),
}
COUNTERS = {
    "packets": "packets_total", "bytes": "packet_bytes_total",
    "tcp_segments": "tcp_segments_total",
    "time_reversals": "time_reversals_total",
    "capture_duplicates": "capture_duplicates_total",
    "truncated_files": "truncated_files_total",
    "connections": "connections_total",
    "findings_held_back": "findings_held_back_total",
}
GAUGES = {name: name for name in ("connections_open", "past_incarnations",
                                  "memory_bytes", "memory_limit_bytes")}
WORDS = {
    "kind": ("connections_reported_total", "kind"),
    "closed_first": ("closed_first_total", "end"),
    "reset_by": ("resets_total", "reset_by"),
    "end_reason": ("end_reasons_total", "end_reason"),
    "conn_state": ("conn_states_total", "conn_state"),
}


def read_metrics(path, interface):
    found = {}
    for line in open(path, encoding="utf-8"):
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.fullmatch(line.rstrip("\n")).groups()
        labels = dict(LABEL.findall(labels or ""))
        if interface and labels.pop("interface", None) != interface:
            sys.exit(f"{path}: {line.strip()}: not of interface {interface}")
        key = (name.removeprefix("tcpclose_"), tuple(sorted(labels.items())))
        if not name.startswith("tcpclose_") or key in found:
            sys.exit(f"{path}: {line.strip()}: a wrong name, or twice")
        found[key] = value
    return found


def nanoseconds(timestamp):
    whole, fraction = timestamp.rstrip("Z").split(".")
    moment = datetime.datetime.fromisoformat(whole + "+00:00")
    return int(moment.timestamp()) * 10**9 + int(fraction)


def seconds(ns):
    return f"{ns // 10**9}.{ns % 10**9:09d}"


def of_stats(stats, expect):
    for field, name in (COUNTERS | GAUGES).items():
        if field in stats:
            expect[name, ()] = str(stats[field])
    for field, (name, label) in OBJECTS.items():
        for key, value in stats.get(field, {}).items():
            expect[name, ((label, key),)] = str(value)
    for field in "first_packet", "last_packet":
        if field in stats:
            expect[field + "_timestamp_seconds", ()] = seconds(
                nanoseconds(stats[field]))


def of_closes(closes, expect):
    total_us = 0
    durations = []
    for close in closes:
        for field, (name, label) in WORDS.items():
            if field in close["close"]:
                expect[name, ((label, close["close"][field]),)] += 1
        if "duration_us" in close["close"]:
            durations.append(close["close"]["duration_us"])
    for bound in BOUNDS:
        below = sum(us <= float(bound) * 1e6 for us in durations)
        expect["close_duration_seconds_bucket", (("le", bound),)] = below
    expect["close_duration_seconds_count", ()] = len(durations)
    return sum(durations)


def of_findings(findings, expect):
    for f in findings:
        if f.get("outcome") == "withdrawn":
            key = ("finding", f["finding"])
            expect["findings_withdrawn_total", (key,)] += 1
        elif f["phase"] == "closed":
            key = ("finding", f["finding"]), ("severity", f["severity"])
            expect["findings_total", key] += 1
        else:
            key = ("finding", f["finding"])
            expect["findings_opened_total", (key,)] += 1


def compare(found, expect):
    bad = 0
    for key, value in found.items():
        wanted = str(expect.get(key, 0))
        if wanted != value:
            print(f"{key}: the metric is {value}, the records say {wanted}")
            bad = 1
    for key in expect.keys() - found.keys():
        print(f"{key}: no such metric; the records say {expect[key]}")
        bad = 1
    return bad


def main():
    records = [json.loads(line) for line in open(sys.argv[2],
                                                 encoding="utf-8")]
    of = collections.defaultdict(list)
    for record in records:
        of[record["event_type"]].append(record)
    run, stats = of["run"][0], of["stats"][-1]
    found = read_metrics(sys.argv[1],
                         run["inputs"][0] if run.get("live") else None)
    expect = collections.defaultdict(int)
    expect["build_info", (("version", run["version"]),)] = "1"
    of_stats(stats, expect)
    total_us = of_closes(of["tcp_close"], expect)
    of_findings(of["tcp_finding"], expect)
    # Records have microseconds, the sum is of nanoseconds.
    total = float(found.pop(("close_duration_seconds_sum", ())))
    if abs(total - total_us / 1e6) > 1e-6 * (len(of["tcp_close"]) + 1):
        print(f"sum of close durations: {total} s, not {total_us} us")
        return 1
    if len(found) < 150:
        print(f"no more than {len(found)} samples")
        return 1
    return compare(found, expect)


if __name__ == "__main__":
    sys.exit(main())
