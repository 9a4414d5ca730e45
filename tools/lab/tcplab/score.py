"""
The analyzer's records against the kernel's account and the scenario's wishes.

For each capture: findings missed and findings made without cause, fields of
`close`, and each end's state when the capture ends. What a capture cannot show
is not asked for, and the note says why.
"""

from .frame import RST
from .hosts import hosts_of
from .lives import lives_of
from .records import sort_records

FULL = ("client", "middle", "server")
SLACK = 0.1     # s: the last segment is on its way when the capture ends


class Verdict:
    """What came out for one capture."""

    def __init__(self, name):
        self.name = name
        self.good = {}      # kind -> how often it was right
        self.bad = []       # (kind, sentence)
        self.notes = []

    def right(self, kind):
        self.good[kind] = self.good.get(kind, 0) + 1

    def wrong(self, kind, text):
        self.bad.append((kind, text))


def asked(wish, place):
    """A wished value, once the place is known; None if there is none."""
    if isinstance(wish, dict) and "by_place" in wish:
        return wish["by_place"].get(place)
    return wish


def agrees(value, wish):
    if isinstance(wish, dict) and "one_of" in wish:
        return value in wish["one_of"]
    if isinstance(wish, dict) and "at_least" in wish:
        return isinstance(value, int) and value >= wish["at_least"]
    return value == wish


def differences(record, wishes, place):
    """Fields of the record that are not as wished, as `name=got (wished)`."""
    own = record.get(record.get("finding"), {})
    out = []
    for field, wish in wishes.items():
        wish = asked(wish, place)
        got = record.get(field, own.get(field))
        if wish is not None and not agrees(got, wish):
            out.append(f"{field}={got} (wished: {wish})")
    return out


def meets(wish, life_key):
    port, incarnation = life_key
    return (wish["client_port"] == port
            and wish["incarnation"] in (None, incarnation))


def judge_findings(verdict, truth, place, lives, found):
    """Every wish against the records, then every record against the wishes."""
    present = [life.key for life in lives if life.frames]
    records = [(key, r) for key, kinds in found.items()
               for r in kinds.get("tcp_finding", [])]
    for wish in truth["expect"]:
        if not wish["must"]:
            continue
        if not any(meets(wish, key) for key in present):
            verdict.notes.append(f"{wish['finding']}: its connection is not "
                                 "in this capture")
        elif place not in wish["only_at"]:
            verdict.notes.append(f"{wish['finding']}: not asked, {place} "
                                 "cannot show it")
        else:
            judge_wish(verdict, wish, place, records)
    for key, record in records:
        judge_record(verdict, truth, place, key, record)


def judge_wish(verdict, wish, place, records):
    name = wish["finding"]
    same = [differences(r, wish["fields"], place) for key, r in records
            if r["finding"] == name and meets(wish, key)]
    if not same:
        verdict.wrong("missed", f"{name} of port {wish['client_port']}")
    elif all(same):
        verdict.wrong("fields", f"{name}: {', '.join(min(same, key=len))}")
    else:
        verdict.right("found")


def judge_record(verdict, truth, place, key, record):
    """A finding that no wish explains is false; worse if it was certain."""
    name = record["finding"]
    wishes = [w for w in truth["expect"]
              if w["finding"] == name and meets(w, key)]
    if any(w["must"] for w in wishes):
        return
    if any(not differences(record, w["fields"], place) for w in wishes):
        return
    kind = ("certain_false" if record.get("confidence") == "certain"
            else "false")
    verdict.wrong(kind, f"{name} of {record.get('end')}, port {key[0]}: "
                        f"{record.get('message', '')}")


def judge_close(verdict, place, life, record):
    """The close object against the scenario's wishes, full captures only."""
    if place not in FULL:
        return
    got = record.get("close", {})
    for field, wish in life.connection["close"].items():
        wish = asked(wish, place)
        if wish is None:
            continue
        if agrees(got.get(field), wish):
            verdict.right("close")
        else:
            verdict.wrong("close", f"port {life.key[0]}: close.{field}="
                                   f"{got.get(field)} (wished: {wish})")


def judge_state(verdict, truth, place, life, end, record, capture_end):
    """
    The last state of one end. A certain one is proven by what the end itself
    sent, so it must have held since then; any other must have held since the
    connection's last packet. Both may be outdated by a timer that the wire
    does not show.
    """
    state = record.get(end, {}).get("state")
    grade = record.get(end, {}).get("state_grade")
    if end not in life.connection["ends"] or place not in FULL:
        return
    transit = 1.5 * sum(truth["delays"].values()) + 0.01
    seen = life.last(end) if grade == "certain" else None
    since = life.last() if seen is None else seen - transit
    until = min(capture_end, life.until) + SLACK + transit
    held = life.states(end, since, until)
    if state == "unknown":
        verdict.right("unknown")
    elif state in held:
        verdict.right("state")
    elif end in life.connection["hidden"] and grade != "certain":
        verdict.notes.append(f"{end} is not {state}, but no wire shows it")
    else:
        kind = "certain_state" if grade == "certain" else "state"
        verdict.wrong(kind, f"port {life.key[0]}: {end} is {state} ({grade}), "
                            f"the kernel says {' '.join(held)}")


def judge_counts(verdict, life, end, record):
    """
    Packets and RSTs of an end, counted in the capture by other means; what is
    there twice to the last bit may count once (two ports may have seen it).
    """
    for field, flag in (("packets", 0), ("rst_sent", RST)):
        counted, got = life.count(end, flag), record.get(end, {}).get(field)
        least = life.count(end, flag, distinct=True)
        if got is None or least <= got <= counted:
            verdict.right("count")
        else:
            verdict.wrong("count", f"port {life.key[0]}: {end}.{field}={got}, "
                                   f"the capture has {counted}")


def judge_steps(verdict, life, records):
    """No certain transition into a state that the kernel never was in."""
    for record in records:
        end = record.get("end")
        if end not in life.connection["ends"] or record.get("rolled_back"):
            continue
        held = life.states(end, -1e18, 1e18)
        if record.get("grade") != "certain" or record["to"] in held:
            verdict.right("step")
        else:
            verdict.wrong("certain_step", f"port {life.key[0]}: {end} went to "
                          f"{record['to']} in frame {record.get('frame')}, "
                          f"the kernel: {' '.join(held)}")


def judge_settings(verdict, truth, place, records):
    """
    What the analyzer says of a host's settings against what they were. A
    pattern may be read wrongly where it is called `possible`.
    """
    hosts, shown = hosts_of(truth), set()
    for record in (r for r in records if r["event_type"] == "tcp_host"):
        ip = record["host"]["ip"]
        end, true = hosts.get(ip, (ip, {}))
        for name, seen in record.get("settings", {}).items():
            shown.add((end, name))
            value = true.get(name)
            says = (f"{end}: {name} is {seen['at_least']} to "
                    f"{seen['at_most']} ({seen['confidence']}), the kernel's "
                    f"is {value}")
            if (value is not None
                    and seen["at_least"] <= value <= seen["at_most"]):
                verdict.right("setting")
            elif seen["confidence"] == "possible":
                verdict.notes.append(says)
            else:
                verdict.wrong("setting", says)
    for wish in truth.get("betrays", []):
        if place not in wish["only_at"]:
            verdict.notes.append(f"{wish['setting']}: not asked, {place} "
                                 "cannot show it")
        elif (wish["end"], wish["setting"]) not in shown:
            verdict.wrong("missed", f"{wish['setting']} of {wish['end']}")


def judge(name, truth, place, packets, records):
    """Compare one capture's records with its truth."""
    verdict = Verdict(name)
    lives = lives_of(truth, packets)
    found, strange = sort_records(records, truth)
    capture_end = (packets[-1][0] - truth["start_ns"]) / 1e9 if packets else 0
    for record in strange:
        verdict.wrong("strange", f"{record['event_type']} of a connection "
                                 "that never was")
    judge_findings(verdict, truth, place, lives, found)
    judge_settings(verdict, truth, place, records)
    for life in lives:
        if not life.frames:
            continue
        kinds = found.get(life.key, {})
        closes = kinds.get("tcp_close", [])
        if len(closes) != 1:
            verdict.wrong("records", f"port {life.key[0]}, incarnation "
                          f"{life.key[1]}: {len(closes)} tcp_close records")
        for record in closes[:1]:
            judge_close(verdict, place, life, record)
            for end in ("client", "server"):
                judge_state(verdict, truth, place, life, end, record,
                            capture_end)
                if life.alone:
                    judge_counts(verdict, life, end, record)
        judge_steps(verdict, life, kinds.get("tcp_state", []))
    return verdict
