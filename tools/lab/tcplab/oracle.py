"""
Wishes for scenarios that chance made: nobody knows beforehand what will
happen, but the three captures and the kernels together tell afterwards.

Only what they tell beyond doubt becomes a `must`; what may follow from it is
a `may`; all else is false.
"""

from .frame import ACK, RST
from .lives import lives_of
from .track import OTHER, at_or_after

PLACES = ("client", "middle", "server")
# Reasons of an RST that a socket's owner brought about (enum sk_rst_reason).
ABORTS = ("tcp_state", "tcp_abort_on_close", "tcp_abort_on_linger",
          "tcp_abort_on_memory", "tcp_keepalive_timeout",
          "tcp_disconnect_with_data")
# Deeds of the network after which an ACK that did not come was lost indeed.
HARMLESS = ("dropped", "noticed", "copied")
CONSEQUENCES = ("abortive_close", "data_after_close", "paws_failure",
                "time_wait_assassination", "fin_wait_2_timeout",
                "time_wait_missing")


def wish(life, name, must, only_at=PLACES, **fields):
    return {"client_port": life.key[0], "incarnation": life.key[1],
            "must": must, "finding": name, "only_at": list(only_at),
            "fields": fields}


def fin_copies(views, end, muddled):
    """
    A repeated FIN, where it passes at least twice. What the network doubled
    or delayed beyond the repetition may be taken for one, or not.
    """
    copies = {place: len(life.fins(end)) - 1 for place, life in views.items()}
    seen = {place: n for place, n in copies.items() if n > 0}
    if not seen:
        return []
    return [wish(views["middle"], "fin_retransmission", not muddled, seen,
                 end=end, **({} if muddled else
                             {"copies": {"by_place": seen}}))]


def covering_acks(life, end):
    """Times at which an ACK of `end`'s FIN passes."""
    fin_ends = [f.end_seq for _, by, f in life.frames
                if by == end and f.letters.startswith("F")]
    return [t for t, by, f in life.frames if fin_ends and by == OTHER[end]
            and f.flags & ACK and not f.flags & RST
            and at_or_after(f.ack, fin_ends[0])]


def lost_last_ack(views, end, transit, delayed):
    """
    `end` repeated its FIN in LAST_ACK or CLOSING though the other had sent
    the ACK at least a way's time before, and no ACK had come.
    """
    sent = covering_acks(views[OTHER[end]], end)
    came = covering_acks(views[end], end)
    waits = [t for t, s in views[end].path(end) if s in ("last_ack", "closing")]
    fins = views[end].fins(end)
    copies = [t for t in fins[1:] if sent and waits
              and sent[0] + transit < t < (came[0] if came else 1e18)]
    if not copies:
        crossed = sent and waits and len(fins) > 1
        return [wish(views["middle"], "lost_final_ack", False, end=end)
                ] if crossed else []
    saw = [place for place in PLACES if place != end
           and any(t < copies[0] for t in covering_acks(views[place], end))]
    return [wish(views["middle"], "lost_final_ack", not delayed, saw, end=end,
                 **({} if delayed else
                    {"lost": {"by_place": dict.fromkeys(saw, "behind_tap")}}))]


def simultaneous(views):
    """
    Both in CLOSING: certainly, where the first FINs are seen to cross. Both in
    FIN_WAIT1: perhaps.
    """
    life = views["middle"]
    states = [{s for _, s in life.path(end)} for end in OTHER]
    saw = [place for place, view in views.items() if view.fins_cross()]
    if all("closing" in s for s in states):
        return [wish(life, "simultaneous_close", bool(saw), saw, end="both")]
    if all("fin_wait_1" in s for s in states):
        return [wish(life, "simultaneous_close", False)]
    return []


def aborted(truth, views):
    """An RST that an owner brought about, where it passes."""
    out = []
    for reset in truth["resets_sent"]:
        life = views["middle"]
        if (reset["client_port"] != life.key[0]
                or not life.begin <= reset["t"] < life.until
                or reset["reason"] not in ABORTS):
            continue
        saw = [place for place, life in views.items()
               if any(f.flags & RST and by == reset["end"]
                      for _, by, f in life.frames)]
        out.append(wish(life, "abortive_close", bool(saw), saw,
                        end=OTHER[reset["end"]]))
    return out


def close_fields(truth, views):
    """What tcp_close must say; nothing where RSTs make it a matter of taste."""
    life = views["middle"]
    port = life.key[0]
    if any(r["client_port"] == port for r in truth["resets_sent"]):
        return {}
    first = [end for end in OTHER
             if "fin_wait_1" in {s for _, s in life.path(end)}]
    if not first or not all(life.path(end) for end in OTHER):
        return {}
    saw = [place for place, view in views.items()
           if (view.fins_cross() if len(first) == 2 else view.fins(first[0]))]
    word = "both" if len(first) == 2 else first[0]
    return {"kind": {"by_place": dict.fromkeys(saw, "fin")},
            "closed_first": {"by_place": dict.fromkeys(saw, word)}}


def reopened(views):
    """A port that the kernel chose again, which it may at any time."""
    life = views["middle"]
    return [wish(life, "tuple_reuse", False)] if life.key[1] > 1 else []


def add_wishes(truth, captures):
    """Fill in truth["expect"] and every connection's `close`."""
    views = {place: lives_of(truth, packets)
             for place, packets in captures.items()}
    transit = 1.5 * sum(truth["delays"].values()) + 0.01
    late = {n["talk"] for n in truth["network"]
            if not n["did"].startswith(HARMLESS)}
    for number, connection in enumerate(truth["connections"]):
        view = {place: lives[number] for place, lives in views.items()}
        life = view["middle"]
        connection["close"] = close_fields(truth, view)
        muddled = connection["talk"] in late
        connection["hidden"] = list(OTHER) if muddled else []
        for end in OTHER:
            truth["expect"] += fin_copies(view, end, muddled)
            truth["expect"] += lost_last_ack(view, end, transit, muddled)
        truth["expect"] += simultaneous(view) + aborted(truth, view)
        truth["expect"] += reopened(view)
        truth["expect"] += [wish(life, name, False) for name in CONSEQUENCES]
