"""
The command line.

Exit status: 0 done and as expected; 1 something went otherwise than expected;
2 usage; 130 interrupted; 77 this machine cannot run the lab (no root, or not
Linux).
"""

import argparse
import os
import signal
import sys
import tempfile

from . import chance
from . import scenario as scenarios
from .farm import run_many
from .netns import Unsupported
from .scorecard import score_all
from .store import store

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(HOME))
TESTDATA = os.path.join(ROOT, "testdata")
ANALYZER = os.path.join(ROOT, "build", "tcpclose")
CANNOT_RUN = 77


def cannot_run():
    """Why this machine cannot run the lab, or None."""
    if sys.platform != "linux":
        return "the lab needs Linux: it tests Linux's own TCP"
    if os.geteuid() != 0:
        return "the lab needs root: it makes network namespaces"
    return None


def chosen(known, words):
    """The scenarios that the words on the command line mean."""
    if not words:
        return list(known)
    found = []
    for word in words:
        drawn = chance.names(word)
        known.update((name, chance.draw(name)) for name in drawn)
        found += drawn or [n for n in known if n == word
                           or word.endswith("*") and n.startswith(word[:-1])]
    if not found:
        sys.exit(f"lab: no scenario is named {' '.join(words)}")
    return found


def do_list(known, args):
    for name in chosen(known, args.names):
        print(f"{name:34} {known[name].story}")
    return 0


def do_run(known, args):
    names = chosen(known, args.names)
    failed, _ = run_many(names, args.out, args.jobs,
                         {n: known[n].seconds for n in names})
    return 1 if failed else 0


def do_record(known, args):
    """Run scenarios, or take --from an earlier run, and store captures."""
    names = [n for n in chosen(known, args.names) if known[n].store]
    with tempfile.TemporaryDirectory(prefix="tcpclose-lab-") as temporary:
        runs = args.runs or temporary
        if not args.runs:
            failed, skipped = run_many(names, runs, args.jobs,
                                       {n: known[n].seconds for n in names})
            if failed:
                return 1
            names = [n for n in names if n not in skipped]
        count = store([known[n] for n in names], runs, args.out)
    print(f"stored {count} captures in {args.out}")
    return 0


def do_score(known, args):
    """Score stored captures, or --fresh ones, or --from an earlier run."""
    if not os.access(args.analyzer, os.X_OK):
        print(f"lab: no analyzer at {args.analyzer}", file=sys.stderr)
        return 2
    names, failed = set(chosen(known, args.names)), []
    with tempfile.TemporaryDirectory(prefix="tcpclose-lab-") as temporary:
        folder = args.runs or TESTDATA
        if args.fresh:
            folder = temporary
            failed, _ = run_many(names, folder, args.jobs,
                                 {n: known[n].seconds for n in names})
        wrong = score_all([folder], args.analyzer, lambda s: s in names
                          or not args.names, args.verbose)
    return 1 if wrong or failed else 0


def do_one(known, args):
    """What run_many starts for each scenario."""
    from .run import run_scenario
    scenario = known[chosen(known, args.names)[0]]
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, lambda signum, _: sys.exit(128 + signum))
    signal.alarm(int(scenario.seconds + 20))
    try:
        run_scenario(scenario, args.out)
    except Unsupported as why:
        print(why, file=sys.stderr)
        return CANNOT_RUN
    return 0


COMMANDS = {"list": (do_list, "name the scenarios"),
            "run": (do_run, "run scenarios and keep captures and truth"),
            "record": (do_record, "run scenarios and store small captures"),
            "score": (do_score, "compare an analyzer with the kernels"),
            "one": (do_one, "run one scenario in this process")}
NEED_ROOT = ("run", "one", "record")


def parser():
    p = argparse.ArgumentParser(prog="lab", description=__doc__.split("\n")[1])
    sub = p.add_subparsers(dest="command", required=True)
    for name, (_, text) in COMMANDS.items():
        c = sub.add_parser(name, help=text)
        c.add_argument("names", nargs="*",
                       help="scenarios; `fin_*` and `random_1-20` work")
        c.add_argument("--out", default="lab-captures", help="folder")
        c.add_argument("--from", dest="runs", help="folder of earlier runs")
        c.add_argument("--analyzer", default=ANALYZER)
        c.add_argument("--fresh", action="store_true", help="run, then score")
        c.add_argument("-v", "--verbose", action="store_true")
        c.add_argument("-j", "--jobs", type=int, default=6)
    return p


def main():
    args = parser().parse_args()
    needs_root = args.fresh or args.command in NEED_ROOT and not args.runs
    if needs_root and (why := cannot_run()):
        print(f"lab: CANNOT RUN: {why}", file=sys.stderr)
        return CANNOT_RUN
    known = scenarios.load(os.path.join(HOME, "scenarios"))
    try:
        return COMMANDS[args.command][0](known, args)
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
