"""
Two things at once, and near misses: what looks like one trouble but is
another, or none.
"""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]
CLOSE = {"kind": "fin", "closed_first": "client", "complete": True}
CLIENT_CLOSES = dict(client=ASK + [sleep(0.1), close()],
                     server=ANSWER + [drain(), sleep(0.2), close()])

scenario("pair_fin_and_last_ack",
         "the server's FIN is lost once, then the ACK of its repetition",
         **CLIENT_CLOSES,
         network=[drop("server FIN"), drop("client last ACK")], close=CLOSE,
         expect=[finding("fin_retransmission", end="server",
                         copies=by_place(client=1, middle=2, server=2)),
                 finding("lost_final_ack", end="server", outcome="recovered",
                         only_at=("client", "middle"))])

scenario("pair_both_fins_lost", "both FINs are lost once", **CLIENT_CLOSES,
         network=[drop("client FIN"), drop("server FIN")], close=CLOSE,
         expect=[finding("fin_retransmission", end="client", copies=1,
                         only_at=("client", "middle")),
                 finding("fin_retransmission", end="server", copies=1,
                         only_at=("middle", "server"))])

scenario("pair_both_acks_lost", "both ACKs of the FINs are lost once",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.8), close()],
         network=[drop("server ACK of FIN"), drop("client last ACK")],
         close=CLOSE,
         expect=[finding("fin_retransmission", end="client", copies=1),
                 finding("lost_final_ack", end="server",
                         only_at=("client", "middle")),
                 finding("fin_retransmission", end="server", copies=1)])

scenario("pair_first_ack_lost_three_segments",
         "FIN+ACK is lost: the client's FIN is repeated, the server's too",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), close()], network=[drop("server FIN")],
         close=CLOSE,
         expect=[finding("fin_retransmission", end="server",
                         only_at=("middle", "server"))],
         may=[finding("fin_retransmission", end="client"),
              finding("lost_final_ack")])

scenario("pair_simultaneous_fin_lost",
         "the FINs cross and one of them is lost",
         client=ASK + [wait("now"), close()],
         server=ANSWER + [wait("now"), close()],
         director=[sleep(0.3), tell("now")], network=[drop("server FIN")],
         store=PLACES,
         expect=[finding("fin_retransmission", end="server",
                         only_at=("middle", "server"))],
         may=[finding("simultaneous_close"), finding("lost_final_ack"),
              finding("fin_retransmission", end="client")])

scenario("near_data_lost_mid_way",
         "data is lost in mid-connection and repaired; the close is orderly",
         client=ASK + [send(3000), recv(5000), sleep(0.2), close()],
         server=ANSWER + [recv(3000), send(5000), drain(), close()],
         network=[drop("server data", skip=2), drop("client data", skip=1)],
         close=CLOSE)

scenario("near_reordered",
         "data overtakes data all the time; nothing is old by PAWS",
         client=ASK + [send(9000), recv(9000), sleep(0.2), close()],
         server=ANSWER + [recv(9000), send(9000), drain(), close()],
         network=[delay("any data", 0.004, skip=n, at=BEFORE_TAP)
                  for n in (2, 4, 7, 9, 11)],
         close=CLOSE, may=[finding("paws_failure", severity="info")])

scenario("near_long_way",
         "300 ms of round trip: nothing is repeated, only slow",
         **CLIENT_CLOSES, delays=(0.05, 0.1), close=CLOSE)

scenario("near_no_delay", "both ends and the relay on one wire",
         **CLIENT_CLOSES, delays=(0.0, 0.0), close=CLOSE)

scenario("near_idle_before_close", "three idle seconds before the close",
         client=ASK + [sleep(3), close()],
         server=ANSWER + [drain(), close()], close=CLOSE)

scenario("near_slow_server",
         "half-closed for three seconds: CLOSE_WAIT, but no leak",
         client=ASK + [shutdown(), drain(), close()],
         server=ANSWER + [drain(), sleep(3), send(100), close()], close=CLOSE)

scenario("near_nothing_said", "opened and closed without a byte",
         client=[connect(), sleep(0.1), close()], server=[drain(), close()],
         close=CLOSE, ip=(4, 6))

scenario("near_close_at_once", "the client closes before the server accepts",
         client=[connect(), close()], server=[sleep(0.2), drain(), close()],
         close=CLOSE)

scenario("near_server_closes_at_once",
         "the server closes before the client has spoken",
         client=[connect(), sleep(0.1), drain(), close()], server=[close()],
         close={**CLOSE, "closed_first": "server"})

scenario("near_half_open_data",
         "the server was killed with its RST lost; data then meets nobody",
         client=ASK + [sleep(0.5), send(300), drain(), close()],
         server=ANSWER + [sleep(0.1), abort()],
         network=[drop("server RST", at=BEFORE_TAP)],
         may=[finding("abortive_close", end="client")],
         close={"kind": "reset", "reset_by": "server"})
