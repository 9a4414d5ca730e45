"""
The peer vanishes: a FIN is repeated until the kernel gives the orphan up.
Later healthy talks show how much time has passed without an answer.
"""
from tcplab.words import *

GONE = {1: 4.5, 2: 9, 3: 12, 5: 25}      # tcp_orphan_retries: seconds to wait
COPIES = {1: 3, 2: 3, 3: 4, 5: 6}

for retries, seconds in GONE.items():
    scenario(f"peer_silent_{retries}",
             f"nothing reaches the client any more, orphan_retries {retries}",
             talks=[talk([connect(), send(200), recv(1000), sleep(0.1),
                          tell("gone"), sleep(seconds)],
                         [recv(200), send(1000), sleep(0.2), close()],
                         expect=[finding("fin_retransmission", end="server",
                                         cause="peer_gone", outcome="gave_up",
                                         copies=at_least(COPIES[retries]),
                                         only_at=("middle", "server"))],
                         may=[finding("fin_retransmission", end="server")],
                         hidden=("client",),
                         close={"kind": by_place(client="open", middle="fin",
                                                 server="fin"),
                                "complete": False}),
                    healthy(seconds - 0.3)],
             network=[drop("server FIN", times=None, talk=0),
                      drop("client segment", times=None, since="gone", talk=0,
                           at=BEFORE_TAP)],
             sysctls={"server": {"tcp_orphan_retries": retries}}, seconds=40)

scenario("peer_silent_last_ack",
         "the peer vanishes after its own FIN: an orphan in LAST_ACK",
         talks=[talk([connect(), send(200), recv(1000), close(), sleep(9)],
                     [recv(200), send(1000), drain(), tell("gone"),
                      sleep(0.2), close()],
                     expect=[finding("fin_retransmission", end="server",
                                     outcome="gave_up", copies=at_least(3),
                                     only_at=("server", "middle"))],
                     may=[finding("lost_final_ack", end="server")],
                     hidden=("client",),
                     close={"kind": "fin", "closed_first": "client"}),
                healthy(8.7)],
         network=[drop("server FIN", times=None, talk=0)],
         sysctls={"server": {"tcp_orphan_retries": 2}})

scenario("peer_silent_capped",
         "nothing reaches the client; tcp_rto_max_ms 1000, orphan_retries 6",
         talks=[talk([connect(), send(200), recv(1000), sleep(0.1),
                      tell("gone"), sleep(9)],
                     [recv(200), send(1000), sleep(0.2), close()],
                     expect=[finding("fin_retransmission", end="server",
                                     cause="peer_gone", outcome="gave_up",
                                     copies=at_least(6),
                                     only_at=("middle", "server"))],
                     may=[finding("fin_retransmission", end="server")],
                     hidden=("client",),
                     close={"kind": by_place(client="open", middle="fin",
                                             server="fin"),
                            "complete": False}),
                healthy(8.7)],
         network=[drop("server FIN", times=None, talk=0),
                  drop("client segment", times=None, since="gone", talk=0,
                       at=BEFORE_TAP)],
         sysctls={"server": {"tcp_rto_max_ms": 1000, "tcp_orphan_retries": 6}},
         betrays=[betrayed("server", name, only_at=("middle", "server"))
                  for name in ("tcp_rto_max_ms", "tcp_orphan_retries")])
