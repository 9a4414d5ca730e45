"""The ACK of a FIN is lost: the FIN is repeated though it had arrived."""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]
CLIENT_CLOSES = dict(client=ASK + [sleep(0.1), close()],
                     server=ANSWER + [drain(), sleep(0.2), close()])
CLOSE = {"kind": "fin", "closed_first": "client", "complete": True}


def last_ack(copies, middle, outcome="recovered"):
    """The client's last ACK is lost; the client's tap always saw it."""
    return [finding("lost_final_ack", end="server", outcome=outcome,
                    fin_copies=copies,
                    lost=by_place(client="behind_tap", middle=middle,
                                  server="before_tap")),
            finding("fin_retransmission", end="server", cause="ack_lost",
                    copies=copies)]


scenario("last_ack_lost_behind", "the last ACK passes the tap and is lost",
         **CLIENT_CLOSES, network=[drop("client last ACK")], store=PLACES,
         expect=last_ack(1, "behind_tap"), close=CLOSE, ip=(4, 6))

scenario("last_ack_lost_before", "the last ACK is lost before the tap",
         **CLIENT_CLOSES, network=[drop("client last ACK", at=BEFORE_TAP)],
         expect=last_ack(1, "before_tap"), close=CLOSE, ip=(4, 6))

scenario("last_ack_lost_thrice", "the last ACK is lost three times",
         **CLIENT_CLOSES, network=[drop("client last ACK", times=3)],
         expect=last_ack(3, "behind_tap"), close=CLOSE)

scenario("last_ack_lost_thrice_before",
         "the last ACK is lost three times before the tap",
         **CLIENT_CLOSES,
         network=[drop("client last ACK", times=3, at=BEFORE_TAP)],
         expect=last_ack(3, "before_tap"), close=CLOSE)

scenario("last_ack_lost_by_server",
         "the server closes first, and its last ACK is lost behind the tap",
         client=ASK + [drain(), sleep(0.2), close()],
         server=ANSWER + [sleep(0.1), close()],
         network=[drop("server last ACK")],
         expect=[finding("lost_final_ack", end="client", outcome="recovered",
                         fin_copies=1,
                         lost=by_place(client="before_tap",
                                       middle="behind_tap",
                                       server="behind_tap")),
                 finding("fin_retransmission", end="client", cause="ack_lost",
                         copies=1)],
         close={**CLOSE, "closed_first": "server"})

scenario("last_ack_late",
         "the last ACK is 0.4 s late; the close is done before it comes",
         **CLIENT_CLOSES, network=[delay("client last ACK", 0.4)],
         may=[finding("lost_final_ack", end="server"),
              finding("fin_retransmission", end="server"),
              finding("time_wait_assassination", end="client"),
              finding("abortive_close"), finding("stale_rst")],
         close=CLOSE)

scenario("last_ack_crossing",
         "a last ACK so late that it crosses the repeated FIN: no loss",
         **CLIENT_CLOSES, delays=(0.002, 0.1),
         network=[delay("client last ACK", 0.35)], hidden=("server",),
         may=[finding("lost_final_ack", end="server", confidence="possible"),
              finding("lost_final_ack", end="server", confidence="likely"),
              finding("fin_retransmission", end="server"),
              finding("time_wait_assassination", end="client"),
              finding("abortive_close")],
         close=CLOSE)

scenario("last_ack_lost_no_timestamps",
         "the last ACK is lost behind the tap, without timestamps",
         **CLIENT_CLOSES, network=[drop("client last ACK")],
         sysctls={"tcp_timestamps": 0},
         expect=[finding("lost_final_ack", end="server", outcome="recovered",
                         only_at=("client", "middle"), lost="behind_tap"),
                 finding("fin_retransmission", end="server",
                         cause=one_of("ack_lost", "unknown"), copies=1)],
         close=CLOSE)

scenario("last_ack_lost_wrapped",
         "the last ACK is lost; its number is the first after the wrap",
         **CLIENT_CLOSES,
         network=[shift("server", 2**32 - 1002), drop("client last ACK")],
         expect=last_ack(1, "behind_tap"), close=CLOSE)

scenario("last_ack_lost_closing",
         "the FINs cross, and the ACK of the client's FIN is lost",
         client=ASK + [wait("now"), close()],
         server=ANSWER + [wait("now"), close()],
         director=[sleep(0.3), tell("now")],
         network=[drop("server last ACK")],
         expect=[finding("simultaneous_close", end="both"),
                 finding("fin_retransmission", end="client", copies=1),
                 finding("lost_final_ack", end="client", lost="behind_tap",
                         only_at=("middle", "server"))],
         may=[finding("lost_final_ack", end="client")],
         close={**CLOSE, "closed_first": "both"})

scenario("first_ack_lost",
         "the ACK of the first FIN is lost; the server stays in CLOSE_WAIT",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.8), close()],
         network=[drop("server ACK of FIN")],
         expect=[finding("fin_retransmission", end="client", cause="ack_lost",
                         copies=1, outcome="acked")], close=CLOSE, ip=(4, 6))

scenario("first_ack_lost_before",
         "the ACK of the first FIN is lost before the tap",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.8), close()],
         network=[drop("server ACK of FIN", at=BEFORE_TAP)],
         expect=[finding("fin_retransmission", end="client", cause="ack_lost",
                         copies=1, outcome="acked")], close=CLOSE)
