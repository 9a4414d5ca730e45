"""
The chief troubles as bad captures show them. What such a capture still shows
may be said; what never was must not.
"""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]
CLIENT_CLOSES = dict(client=ASK + [sleep(0.1), close()],
                     server=ANSWER + [drain(), sleep(0.2), close()])
SERVER_CLOSES = dict(client=ASK + [drain(), sleep(0.2), close()],
                     server=ANSWER + [sleep(0.1), close()])
BAD = {"late": from_packet(8), "client_only": only("client"),
       "server_only": only("server"), "short": cut_to(54),
       "twice": seen_twice(), "shuffled": out_of_order(3, 8, 10)}
FIN_REPEATED = finding("fin_retransmission", end="server")

scenario("bad_view_orderly", "an orderly close, seen badly", **CLIENT_CLOSES,
         derive=BAD)

scenario("bad_view_fin_lost", "a lost FIN, seen badly", **SERVER_CLOSES,
         network=[drop("server FIN")], derive=BAD,
         may=[FIN_REPEATED])

scenario("bad_view_first_ack_lost", "the lost ACK of a FIN, seen badly",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.8), close()],
         network=[drop("server ACK of FIN")], derive=BAD,
         may=[finding("fin_retransmission", end="client")])

scenario("bad_view_last_ack_lost", "a lost last ACK, seen badly",
         **CLIENT_CLOSES, network=[drop("client last ACK")], derive=BAD,
         may=[FIN_REPEATED, finding("lost_final_ack", end="server")])

scenario("bad_view_pin", "a pinned FIN_WAIT1, seen badly",
         client=[connect(rcvbuf=4096), send(200), sleep(9), drain(), close()],
         server=[recv(200), send(12000), close()],
         listeners={80: {"sndbuf": 65536}}, derive=BAD,
         may=[finding("fin_wait_1_pin", end="server")])

scenario("bad_view_abort", "an abort, seen badly",
         client=ASK + [sleep(0.1), abort()], server=ANSWER + [drain(), close()],
         derive=BAD, may=[finding("abortive_close", end="server")])

scenario("bad_view_paws", "data refused by PAWS, seen badly",
         client=ASK + [sleep(0.1), send(300), sleep(0.6), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[alter("client data", tsval_by=-5000, skip=1,
                        at=BEFORE_TAP)],
         derive=BAD, may=[finding("paws_failure", end="server")])
