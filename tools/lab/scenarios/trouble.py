"""The demonstration: every chief trouble beside healthy talks, one capture."""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]
FIXED = [connect(source_port=40000), send(200), recv(1000)]
CLOSE = {"kind": "fin", "complete": True}
CLIENT_FIRST = {**CLOSE, "closed_first": "client"}
SERVER_FIRST = {**CLOSE, "closed_first": "server"}

LOST_ACK = talk(
    ASK + [sleep(0.1), close()], ANSWER + [drain(), sleep(0.2), close()],
    start=0.4, close=CLIENT_FIRST,
    expect=[finding("lost_final_ack", end="server", outcome="recovered",
                    fin_copies=2, lost=by_place(client="behind_tap",
                                                middle="behind_tap",
                                                server="before_tap")),
            finding("fin_retransmission", end="server", cause="ack_lost")])

LOST_FIN = talk(
    ASK + [drain(), sleep(0.1), close()], ANSWER + [sleep(0.1), close()],
    start=0.9, close=SERVER_FIRST,
    expect=[finding("fin_retransmission", end="server", cause="fin_lost",
                    copies=2, outcome="acked", only_at=("middle", "server"))])

PIN = talk(
    [connect(rcvbuf=4096), send(200), sleep(9.5), drain(), close()],
    [recv(200), send(12000), close()], port=443, start=1.3,
    close=SERVER_FIRST,
    expect=[finding("fin_wait_1_pin", end="server", fin="held_back",
                    outcome="released", probes=at_least(3))])

PAWS = talk(
    ASK + [sleep(0.1), send(300), sleep(1.3), close()],
    ANSWER + [drain(), sleep(0.1), close()], start=2.0, close=CLIENT_FIRST,
    expect=[finding("paws_failure", end="server", segment="data",
                    outcome="rejected", only_at=("middle", "server"))])

STALE = talk(
    FIXED + [drain(), close(), sleep(0.5)] + FIXED
    + [sleep(0.2), inject("old", seq="rcv_nxt+1000"), sleep(0.3), send(100),
       sleep(0.1), close()],
    (ANSWER + [sleep(0.2), abort()], ANSWER + [drain(), sleep(0.1), close()]),
    start=3.0, close={1: {"kind": "reset", "reset_by": "server"},
                      2: CLIENT_FIRST},
    expect=[finding("abortive_close", incarnation=1),
            finding("stale_rst", end="client", incarnation=2,
                    rst_incarnation=1, outcome="challenged",
                    position="in_window", only_at=("client", "middle"))],
    may=[finding("tuple_reuse", incarnation=None)])

scenario("trouble",
         "a lost last ACK, a lost FIN, a pinned FIN_WAIT1, a PAWS failure and "
         "a stale RST among healthy connections",
         talks=[LOST_ACK, LOST_FIN, PIN, PAWS, STALE]
         + [healthy(t) for t in (0.0, 1.0, 2.6, 12.0)]
         + [healthy(t, "server") for t in (0.2, 6.0)],
         listeners={443: {"sndbuf": 65536}},
         network=[drop("client last ACK", talk=0, times=2),
                  drop("server FIN", talk=1, times=2),
                  alter("client data", tsval_by=-5000, talk=3, skip=1, times=2,
                        at=BEFORE_TAP),
                  keep("server RST", "old", talk=4)],
         delays=(0.003, 0.02), pcapng=True)
