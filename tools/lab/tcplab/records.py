"""
The analyzer's records of one capture, sorted by connection: which connection
of the truth a record means, and in whose words its ends are named.
"""

import json
import subprocess

EVENTS = "tcp_close,tcp_finding,tcp_state,tcp_host,stats,run"
SWAP = {"client": "server", "server": "client"}
TIMEOUT = 120


def ask_analyzer(analyzer, capture):
    """Run the analyzer over a capture; returns its records."""
    done = subprocess.run(
        [analyzer, "-r", capture, "-o", "ndjson:-", "--events", EVENTS],
        capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{analyzer} ended with {done.returncode}: "
                           f"{done.stderr.strip()[-500:]}")
    return parse(done.stdout)


def parse(text):
    return [json.loads(line) for line in text.splitlines() if line]


def key_of(record):
    """(client, server) as the record has it, or None for stats and run."""
    try:
        return tuple((record[end]["ip"], record[end]["port"])
                     for end in ("client", "server"))
    except KeyError:
        return None


def swapped(record):
    """The record with client and server exchanged: late captures may guess."""
    out = dict(record)
    out["client"], out["server"] = record["server"], record["client"]
    if record.get("end") in SWAP:
        out["end"] = SWAP[record["end"]]
    close = dict(record.get("close", {}))
    for field in ("closed_first", "reset_by"):
        if close.get(field) in SWAP:
            close[field] = SWAP[close[field]]
    if close:
        out["close"] = close
    return out


def sort_records(records, truth):
    """
    {(client port, incarnation): {event_type: [records]}}, and the records of
    connections that the truth does not know.
    """
    known = {((c["client"]["ip"], c["client"]["port"]),
              (c["server"]["ip"], c["server"]["port"]))
             for c in truth["connections"]}
    found, strange = {}, []
    for record in records:
        key = key_of(record)
        if key is None or record.get("phase") == "open":
            continue
        if key not in known and key[::-1] in known:
            record, key = swapped(record), key[::-1]
        if key not in known:
            strange.append(record)
            continue
        life = (key[0][1], record.get("incarnation", 1))
        found.setdefault(life, {}).setdefault(
            record["event_type"], []).append(record)
    return found, strange
