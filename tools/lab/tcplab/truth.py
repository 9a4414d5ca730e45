"""
The kernel's verdict: one ordered path of states for each end of each
incarnation, made of two sources.

- The trace tells every change of a full socket, to the microsecond.
- sock_diag, asked every 20 ms, tells of the mini-sockets: when the trace says
  `closed`, the socket may really have become TIME_WAIT or an orphan's
  FIN_WAIT2, and only the samples know.
"""

SETTLE = 1_000_000      # ns a sample must be younger than the event it judges


class Samples:
    """What sock_diag showed, kept only where it changed."""

    def __init__(self):
        self.seen = {}      # (end, client, server) -> [(time_ns, Sock or None)]
        self.times = {"client": [], "server": []}

    def add(self, end, time_ns, socks):
        self.times[end].append(time_ns)
        present = {}
        for sock in socks:
            pair = (sock.local, sock.remote)
            if end == "server":
                pair = pair[::-1]
            present[(end, *pair)] = sock
        for key, sock in present.items():
            changes = self.seen.setdefault(key, [(0, None)])
            last = changes[-1][1]
            if not last or (last.state, last.mini) != (sock.state, sock.mini):
                changes.append((time_ns, sock))
        for key, changes in self.seen.items():
            if key[0] == end and key not in present and changes[-1][1]:
                changes.append((time_ns, None))

    def at(self, key, time_ns):
        """The socket in the first sample taken at or after `time_ns`."""
        times = [t for t in self.times[key[0]] if t >= time_ns]
        if not times:
            return None, None
        found = [s for t, s in self.seen.get(key, [(0, None)]) if t <= times[0]]
        return times[0], found[-1]

    def changes(self, key, after, before):
        return [(t, s) for t, s in self.seen.get(key, [])
                if after < t < before]


class Life:
    """One end of one incarnation: its path of states."""

    def __init__(self, start):
        self.start = start
        self.path = []

    def enter(self, time_ns, state):
        if not self.path or self.path[-1][1] != state:
            self.path.append((time_ns, state))


def lives_of(events, key, samples):
    """Cut the events of one end of one four-tuple into lives, with paths."""
    lives = []
    for event in events:
        if event["newstate"] in ("syn_sent", "syn_received"):
            lives.append(Life(event["time_ns"]))
        elif not lives or event["oldstate"] != lives[-1].path[-1][1]:
            continue    # another socket of that port, whose connect() failed
        lives[-1].enter(event["time_ns"], event["newstate"])
    bounds = [life.start for life in lives[1:]] + [2**63]
    for life, bound in zip(lives, bounds):
        add_mini(life, key, bound, samples)
    return lives


def add_mini(life, key, bound, samples):
    """Replace a `closed` that was really the start of a mini-socket."""
    closed_at, state = life.path[-1]
    if state != "closed":
        return
    seen_at, sock = samples.at(key, closed_at + SETTLE)
    if not sock or not sock.mini or seen_at >= bound:
        return
    life.path.pop()
    life.enter(closed_at, sock.state)
    for time_ns, later in samples.changes(key, seen_at, bound):
        if later and not later.mini:
            break
        life.enter(time_ns, later.state if later else "closed")
        if not later:
            break
    if bound < 2**63:
        life.enter(bound, "closed")


def pair_lives(lives):
    """Attach each server life to the client life during which it began."""
    pairs = [{"client": life} for life in lives["client"]]
    for life in lives["server"]:
        earlier = [p for p in pairs if p["client"].start <= life.start]
        if earlier:
            earlier[-1]["server"] = life
    return pairs


def by_tuple(run):
    """
    State changes sorted by four-tuple and end. The kernel enters SYN_SENT
    before it has chosen a port, so that event cannot name its four-tuple: the
    applications' connect() calls stand in for it.
    """
    tuples = {}
    for time_ns, client, server in run.opened:
        tuples.setdefault((client, server), {"client": [], "server": []})[
            "client"].append({"time_ns": time_ns, "oldstate": "closed",
                              "newstate": "syn_sent"})
    for event in run.trace.lines:
        if (event["event"] == "inet_sock_set_state"
                and event["newstate"] != "syn_sent"):
            end, pair = owner(event, run)
            if pair in tuples:
                tuples[pair][end].append(event)
    for ends in tuples.values():
        for events in ends.values():
            events.sort(key=lambda e: e["time_ns"])
    return tuples


def owner(event, run):
    """Which end's socket an event is about, and its four-tuple."""
    if event["src"][0] == run.addresses["server"]:
        return "server", (event["dst"], event["src"])
    return "client", (event["src"], event["dst"])


def build_truth(run, ended, complete, counters):
    """The truth file's content."""
    def rel(time_ns):
        return round((time_ns - run.started) / 1e9, 6)

    def lines(event):
        return [brief(e, run, rel) for e in run.trace.lines
                if e["event"] == event]

    def timed(log):
        return [{"t": rel(entry.pop("time_ns")), **entry} for entry in log]

    return {
        "scenario": run.scenario.name, "story": run.scenario.story,
        "ip_version": run.scenario.ip, "complete": complete,
        "start_ns": run.started, "duration": rel(ended),
        "delays": run.scenario.delays, "sysctls": run.scenario.sysctls,
        "hosts": {end: {"ip": run.addresses[end],
                        "settings": run.settings[end]}
                  for end in ("client", "server")},
        "betrays": run.scenario.betrays,
        "connections": connections(run, rel),
        "expect": expectations(run),
        "retransmits": lines("tcp_retransmit_skb"),
        "resets_sent": lines("tcp_send_reset"),
        "resets_received": lines("tcp_receive_reset"),
        "network": timed(run.relay.log), "applications": timed(run.app_log),
        "counters": counters}


def brief(event, run, rel):
    end, pair = owner(event, run)
    line = {"t": rel(event["time_ns"]), "end": end, "client_port": pair[0][1]}
    line.update({k: event[k] for k in ("state", "reason") if k in event})
    return line


def connections(run, rel):
    """Every incarnation of every four-tuple, in order of its connect()."""
    found = []
    for pair, events in by_tuple(run).items():
        lives = {end: lives_of(events[end], (end, *pair), run.samples)
                 for end in events}
        for number, ends in enumerate(pair_lives(lives), 1):
            found.append(connection(run, pair, number, ends, rel))
    found.sort(key=lambda c: c["ends"]["client"]["path"][0][0])
    return found


def connection(run, pair, number, ends, rel):
    """One incarnation as the truth file has it."""
    talk = run.client_ports.get(pair[0][1])
    spec = run.scenario.talks[talk]
    return {
        "talk": talk, "incarnation": number,
        "client": {"ip": pair[0][0], "port": pair[0][1]},
        "server": {"ip": pair[1][0], "port": pair[1][1]},
        "close": spec.close.get(number, {}), "hidden": spec.hidden,
        "ends": {end: {"path": [[rel(t), s] for t, s in life.path],
                       "last_state": life.path[-1][1]}
                 for end, life in ends.items()}}


def expectations(run):
    """What the scenario asks for, with talks turned into client ports."""
    out = []
    for port, talk in sorted(run.client_ports.items()):
        spec = run.scenario.talks[talk]
        for must, wanted in ((True, spec.expect), (False, spec.may)):
            out.extend({"client_port": port, "must": must, **w}
                       for w in wanted)
    return out
