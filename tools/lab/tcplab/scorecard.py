"""
Scoring many captures and printing the sum. Stored captures need no root;
fresh ones are a run's folder with truth.json in it.
"""

import json
import os

from .pcap import read_capture
from .records import ask_analyzer
from .score import judge
from .store import SIDECAR

PLACES = ("client", "middle", "server")


def load(path):
    with open(path, encoding="ascii") as f:
        return json.load(f)


def captures_in(folder):
    """
    Yield (name, truth, place, path) of stored captures in `folder`, or of
    runs in it or below it.
    """
    for file in sorted(os.listdir(folder)):
        path = os.path.join(folder, file)
        if file == "truth.json":
            yield from captures_of_run(folder)
        elif file.endswith(SIDECAR):
            truth = load(path)
            yield (file.removesuffix(SIDECAR), truth, truth["place"],
                   os.path.join(folder, truth["capture"]))
        elif os.path.isdir(path):
            yield from captures_in(path)


def captures_of_run(folder):
    truth = load(os.path.join(folder, "truth.json"))
    for file in sorted(os.listdir(folder)):
        place, ending = os.path.splitext(file)
        if ending == ".pcap":
            yield (f"{truth['scenario']} at {place}", truth, place,
                   os.path.join(folder, file))


def score_all(folders, analyzer, wanted=lambda scenario: True, verbose=False):
    """Print what is wrong and the sums; returns how much was wrong."""
    good, bad, count = {}, {}, 0
    for folder in folders:
        for name, truth, place, path in captures_in(folder):
            if not wanted(truth["scenario"]):
                continue
            count += 1
            verdict = score_one(name, truth, place, path, analyzer)
            show(verdict, verbose)
            for kind, number in verdict.good.items():
                good[kind] = good.get(kind, 0) + number
            for kind, _ in verdict.bad:
                bad[kind] = bad.get(kind, 0) + 1
    print(f"{count} captures; right: {sums(good)}; wrong: {sums(bad)}")
    return sum(bad.values())


def score_one(name, truth, place, path, analyzer):
    packets = list(read_capture(path))
    try:
        records = ask_analyzer(analyzer, path)
    except (RuntimeError, ValueError) as error:
        verdict = judge(name, {**truth, "connections": [], "expect": []},
                        place, packets, [])
        verdict.wrong("analyzer", str(error))
        return verdict
    return judge(name, truth, place, packets, records)


def show(verdict, verbose):
    if verdict.bad or verbose:
        print(f"{'WRONG' if verdict.bad else 'right'} {verdict.name}")
    for kind, text in verdict.bad:
        print(f"    {kind}: {text}")
    if verbose:
        for note in verdict.notes:
            print(f"    ({note})")


def sums(table):
    return ", ".join(f"{k} {n}" for k, n in sorted(table.items())) or "nothing"
