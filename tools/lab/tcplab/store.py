"""
Captures fit to be kept: each with a sidecar that holds the kernel's verdict,
and a README that says where each came from. Nothing in them names a machine.
"""

import json
import os

from .pcap import read_pcap, write_pcap, write_pcapng

LIMIT = 100_000     # bytes
SIDECAR = ".truth.json"
COUNTERS = ("TW", "TWRecycled", "TCPTimeWaitOverflow", "PAWSEstab",
            "PAWSTimewait", "PAWSActive", "PAWSOldAck", "TCPChallengeACK",
            "TCPSYNChallenge", "TCPACKSkipped", "TCPAbort", "TCPWinProbe",
            "TCPKeepAlive", "TCPLossProbes", "TCPTimeouts", "TCPDSACK",
            "TCPToZeroWindow", "TCPFromZeroWindow", "TcpOutRsts",
            "TcpEstabResets", "TcpRetransSegs", "TcpAttemptFails")
INTRO = """\
# Captures from the laboratory

Real Linux stacks talked to each other through a relay that lost, delayed,
altered and injected segments on purpose; `tools/lab` did it and can do it
again (`tools/lab/lab record`). Each capture was made where its line says: at
the client's interface, in the middle (on the relay, between what it did
`before_tap` and `behind_tap`), or at the server's interface; a word after a
colon names how the middle capture was made worse afterwards, of which the
network knows nothing. Packets are cut at 160 bytes; addresses are from the
documentation prefixes.

`NAME.truth.json` beside a capture is the kernels' own account of the same
run: for each incarnation the path of states of both ends with times in seconds
since `start_ns` (taken from `sock:inet_sock_set_state`, and for TIME_WAIT and
orphans in FIN_WAIT2 from sock_diag, every 20 ms), the TCP counters that
changed, what the network did, and what an analyzer must (`must`) or may say.

| capture | packets | kernel | where | what happened |
|---|---|---|---|---|
"""


def wanted_counters(counters):
    """Counters that speak of closing, without their group's name."""
    return {name.removeprefix("TcpExt"): value
            for name, value in counters.items()
            if any(name.removeprefix("TcpExt").startswith(w)
                   for w in COUNTERS)}


def compact(truth, place):
    """The truth file without what only a developer of the lab looks at."""
    keep = ("scenario", "story", "ip_version", "kernel", "start_ns",
            "duration", "delays", "sysctls", "connections", "expect",
            "network", "resets_sent", "resets_received")
    out = {"place": place, **{key: truth[key] for key in keep}}
    out["retransmits"] = [[r["t"], r["end"], r["client_port"], r["state"]]
                          for r in truth["retransmits"]]
    if truth["betrays"]:
        out.update({key: truth[key] for key in ("hosts", "betrays")})
    out["counters"] = {end: wanted_counters(values)
                       for end, values in truth["counters"].items()}
    return out


def write_sidecar(path, truth):
    """One key a line, one item of a list a line: diffs stay readable."""
    lines = []
    for key, value in truth.items():
        text = json.dumps(value)
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(json.dumps(v) for v in value) + "]"
        lines.append(f" {json.dumps(key)}: {text}")
    with open(path, "w", encoding="ascii") as f:
        f.write("{\n" + ",\n".join(lines) + "\n}\n")


def store_one(run_folder, place, out, scenario, truth):
    """Copy one capture and write its sidecar."""
    packets = list(read_pcap(os.path.join(run_folder, place + ".pcap")))
    stem = truth["scenario"] + ("" if place == "middle" else "." + place)
    name = stem + (".pcapng" if scenario.pcapng else ".pcap")
    path = os.path.join(out, name)
    if scenario.pcapng:
        write_pcapng(path, packets, place)
    else:
        write_pcap(path, packets)
    if os.path.getsize(path) > LIMIT:
        raise ValueError(f"{path} is larger than {LIMIT} bytes")
    where = f"middle: {place}" if place in scenario.derive else place
    write_sidecar(os.path.join(out, stem + SIDECAR),
                  {"capture": name, "packets": len(packets), "where": where,
                   **compact(truth, place)})


def write_readme(out):
    """One line for each capture that has a sidecar."""
    lines = []
    for file in sorted(os.listdir(out)):
        if file.endswith(SIDECAR):
            with open(os.path.join(out, file), encoding="ascii") as f:
                t = json.load(f)
            lines.append(f"| `{t['capture']}` | {t['packets']} | Linux "
                         f"{t['kernel']} | {t['where']} | {t['story']} |\n")
    with open(os.path.join(out, "README.md"), "w", encoding="ascii") as f:
        f.write(INTRO + "".join(lines))


def store(scenarios, runs, out):
    """Store what `runs`/<scenario>/ holds of these scenarios."""
    os.makedirs(out, exist_ok=True)
    count = 0
    for scenario in scenarios:
        folder = os.path.join(runs, scenario.name)
        with open(os.path.join(folder, "truth.json"), encoding="ascii") as f:
            truth = json.load(f)
        for place in (*scenario.store, *scenario.derive):
            store_one(folder, place, out, scenario, truth)
            count += 1
    write_readme(out)
    return count
