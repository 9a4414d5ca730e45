"""
Scenarios drawn from a seed: what the applications do, who closes first and
how, how long the way is, and what gets lost, late or doubled. What must be
found is worked out afterwards, see oracle.py.
"""

import random
import re

from .rules import BEFORE_TAP, BEHIND_TAP, delay, drop, duplicate
from .scenario import Scenario, Talk
from .steps import (abort, close, connect, drain, recv, send, shutdown, sleep)

NAME = re.compile(r"random_(\d+)(?:-(\d+))?")
FAULTY = ("client FIN", "server FIN", "client ACK of FIN",
          "server ACK of FIN", "client last ACK", "server last ACK",
          "client data", "server data", "any segment")


def names(word):
    """`random_7` or `random_1-20`: the names meant, none if neither."""
    found = NAME.fullmatch(word)
    if not found:
        return []
    first, last = int(found[1]), int(found[2] or found[1])
    return [f"random_{n}" for n in range(first, last + 1)]


def closing(rng):
    """How the one who closes first goes about it."""
    return rng.choice([[close()], [close()], [shutdown(), drain(), close()],
                       [shutdown(), drain(), close()], [abort()]])


def following(rng):
    """What the other does when the FIN comes, or before."""
    pause = sleep(rng.choice([0, 0.01, 0.1, 0.3, 1.0]))
    return rng.choice([[drain(), pause, close()], [drain(), pause, close()],
                       [drain(), close()], [pause, close()],
                       [drain(), abort()],
                       [drain(), send(rng.randint(1, 2000)), pause, close()]])


def one_talk(rng, start):
    """A talk of one to three rounds, then a close."""
    client, server = [connect()], []
    for _ in range(rng.randint(1, 3)):
        ask, answer = rng.randint(1, 2000), rng.randint(1, 4000)
        client += [send(ask), recv(answer)]
        server += [recv(ask), send(answer)]
    pause = sleep(rng.choice([0, 0.005, 0.05, 0.2]))
    first, second = [pause] + closing(rng), following(rng)
    if rng.random() < 0.5:
        return Talk(client + first, server + second, start=start)
    return Talk(client + second, server + first, start=start)


def one_fault(rng, talk):
    """Something that the network does to a talk."""
    what = rng.choice(FAULTY)
    when = {"talk": talk, "at": rng.choice([BEFORE_TAP, BEHIND_TAP]),
            "skip": rng.choice([0, 0, 0, 1, 2])}
    deed = rng.random()
    if deed < 0.7:
        return drop(what, times=rng.choice([1, 1, 1, 2, 3]), **when)
    if deed < 0.85:
        return delay(what, rng.choice([0.01, 0.05, 0.2, 0.5]), **when)
    return duplicate(what, rng.choice([0.0005, 0.02, 0.3]), **when)


def crowd(seed, count, seconds, fault_rate):
    """Talks that begin within `seconds`, and the faults they meet."""
    rng = random.Random(seed)
    talks = [one_talk(rng, rng.uniform(0, seconds)) for _ in range(count)]
    faults = [one_fault(rng, n) for n in range(count)
              for _ in range(2) if rng.random() < fault_rate]
    return talks, faults


def draw(name):
    """The scenario `random_SEED`."""
    seed = int(NAME.fullmatch(name)[1])
    rng = random.Random(-seed - 1)
    talks, faults = crowd(seed, 12, 2.0, 0.4)
    return Scenario(
        name, f"drawn by chance from seed {seed}", talks, network=faults,
        delays=(rng.choice([0.0, 0.002, 0.02]),
                rng.choice([0.002, 0.01, 0.04])),
        sysctls={"tcp_timestamps": rng.choice([0, 1, 1, 1]),
                 "tcp_sack": rng.choice([0, 1, 1, 1])},
        ip=rng.choice([4, 6]), seconds=60, settle=20, store=(), oracle=True)
