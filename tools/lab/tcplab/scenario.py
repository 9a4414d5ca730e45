"""
A scenario as data: what applications do, what the network does, and what an
analyzer must say. Files in scenarios/ call scenario(); load() collects them.
"""

import importlib.util
import os

from .steps import close, connect, drain, recv, send, sleep

PLACES = ("client", "middle", "server")
REGISTRY = {}


class Talk:
    """
    One client program and the servers that it meets, in order of acceptance.

    client    steps; usually connect() first
    server    steps for each accepted connection, or a tuple of step lists: the
              last one serves all that follow
    port      the server's port
    start     seconds after the run's start
    expect    findings that must be made; `may`: that may be made
    close     subset of the tcp_close record's close object, by incarnation
    hidden    ends whose last state the wire does not show: a wrong presumption
              is forgiven, a wrong certainty is not
    """

    def __init__(self, client, server=(), port=80, start=0.0, expect=(),
                 may=(), close=None, hidden=()):
        self.client, self.port, self.start = client, port, start
        self.servers = server if isinstance(server, tuple) else (server,)
        self.expect, self.may = list(expect), list(may)
        self.hidden = list(hidden)
        close = close or {}
        by_life = all(isinstance(key, int) for key in close)
        self.close = close if by_life else {1: close}

    def server_steps(self, nth):
        return self.servers[min(nth, len(self.servers) - 1)]


class Scenario:
    def __init__(self, name, story, talks, network=(), director=(),
                 sysctls=None, listeners=None, delays=(0.002, 0.008), ip=4,
                 derive=None, seconds=30, linger=0.3, settle=6,
                 store=("middle",), pcapng=False, oracle=False,
                 offload=False, betrays=()):
        self.name, self.story, self.talks = name, story, talks
        self.network, self.director = list(network), list(director)
        self.sysctls = sysctls or {}
        self.listeners = {t.port: {} for t in talks}
        self.listeners.update(listeners or {})
        self.delays = {"client": delays[0], "server": delays[1]}
        self.derive = derive or {}
        self.ip, self.seconds, self.linger = ip, seconds, linger
        self.settle = settle
        self.store, self.pcapng, self.oracle = store, pcapng, oracle
        self.offload = offload
        self.betrays = list(betrays)


def talk(client, server=(), **more):
    """One conversation, see Talk."""
    return Talk(client, server, **more)


def scenario(name, story, talks=None, ip=(4,), **more):
    """
    Register a scenario. `talks`, or client=, server=, expect=, may=, close=,
    hidden= of its only talk. `ip` (4, 6) makes two scenarios, the second with
    `_v6` behind its name.
    `listeners` {port: options} with None for a port where nobody listens;
    `sysctls` {"tcp_sack": 0} for both ends or {"server": {...}}; `derive`
    {"late": from_packet(5)} makes late.pcap out of middle.pcap. A run ends
    `linger` seconds after all steps are done and no FIN is being repeated any
    more (but `settle` seconds are the most to wait for that).
    """
    if talks is None:
        own = ("client", "server", "expect", "may", "close", "port", "hidden")
        talks = [Talk(**{k: more.pop(k) for k in own if k in more})]
    for version in ip if isinstance(ip, tuple) else (ip,):
        full = name if version == 4 else name + "_v6"
        if full in REGISTRY:
            raise ValueError(f"two scenarios are named {full}")
        REGISTRY[full] = Scenario(full, story, talks, ip=version, **more)


def finding(name, only_at=PLACES, incarnation=1, **fields):
    """
    A finding, with the fields that matter. A field may be by_place(...);
    `only_at` lists the captures that can show it.
    """
    return {"finding": name, "incarnation": incarnation,
            "only_at": list(only_at), "fields": fields}


def betrayed(end, setting, only_at=PLACES):
    """A sysctl that the wire betrays, for `betrays` of a scenario."""
    return {"end": end, "setting": setting, "only_at": list(only_at)}


def by_place(**values):
    """A value that depends on where the capture was made."""
    return {"by_place": values}


def one_of(*values):
    """Any of these values will do."""
    return {"one_of": list(values)}


def healthy(start, closer="client"):
    """A small talk without trouble: the rest of the world goes on."""
    first, second = [drain(), sleep(0.05), close()], [sleep(0.05), close()]
    if closer == "client":
        first, second = second, first
    return Talk([connect(), send(100), recv(300)] + first,
                [recv(100), send(300)] + second, start=start,
                close={"kind": "fin", "closed_first": closer,
                       "complete": True})


def at_least(value):
    """A number not below `value`."""
    return {"at_least": value}


def load(folder):
    """Read all scenario files; returns {name: Scenario} in order of name."""
    for file in sorted(os.listdir(folder)):
        if file.endswith(".py"):
            spec = importlib.util.spec_from_file_location(
                "scenario_" + file[:-3], os.path.join(folder, file))
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return dict(sorted(REGISTRY.items()))
