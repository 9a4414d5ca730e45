"""Closes without trouble: nothing may be found but what is named here."""
from tcplab.words import *

ORDERLY = {"kind": "fin", "complete": True}
CLIENT_FIRST = {**ORDERLY, "closed_first": "client"}
SERVER_FIRST = {**ORDERLY, "closed_first": "server"}
ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]

scenario("orderly_client_first", "the client closes first, four segments",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.2), close()],
         close=CLIENT_FIRST, ip=(4, 6))

scenario("orderly_server_first", "the server closes first, four segments",
         client=ASK + [drain(), sleep(0.2), close()],
         server=ANSWER + [sleep(0.1), close()],
         close=SERVER_FIRST, ip=(4, 6))

scenario("orderly_three_segments", "the second FIN carries the first's ACK",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), close()],
         close=CLIENT_FIRST, ip=(4, 6))

scenario("orderly_simultaneous", "the FINs cross: both ends pass CLOSING",
         client=ASK + [wait("now"), close()],
         server=ANSWER + [wait("now"), close()],
         director=[sleep(0.3), tell("now")],
         expect=[finding("simultaneous_close", end="both")],
         close={**ORDERLY, "closed_first": "both"}, ip=(4, 6))

scenario("orderly_half_close",
         "the client shuts its side down, data flow back for a second",
         client=ASK + [sleep(0.1), shutdown(), drain(), close()],
         server=ANSWER + [drain()] + [send(500), sleep(0.25)] * 4 + [close()],
         close=CLIENT_FIRST, ip=(4, 6))

scenario("orderly_fin_with_data", "both FINs ride on data",
         client=ASK + [sleep(0.1), send(77, more=True), shutdown(), drain(),
                       close()],
         server=ANSWER + [drain(), send(99, more=True), close()],
         close=CLIENT_FIRST, ip=(4, 6))

scenario("orderly_no_timestamps", "an orderly close without timestamps",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         sysctls={"tcp_timestamps": 0}, close=CLIENT_FIRST)

scenario("orderly_no_sack", "an orderly close without SACK",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         sysctls={"tcp_sack": 0}, close=CLIENT_FIRST)

scenario("orderly_no_scaling", "an orderly close without window scaling",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         sysctls={"tcp_window_scaling": 0}, close=CLIENT_FIRST)

scenario("orderly_keep_alive",
         "an idle connection with keep-alives, then an orderly close",
         client=[connect(keepalive=1, keepidle=1, keepintvl=1), send(200),
                 recv(1000), sleep(4.5), close()],
         server=ANSWER + [drain(), close()], close=CLIENT_FIRST)

scenario("orderly_wrapped",
         "both ends' sequence numbers wrap in mid-connection",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[shift("client", 2**32 - 100), shift("server", 2**32 - 500)],
         close=CLIENT_FIRST)

scenario("orderly_wrapped_at_fin",
         "the FINs themselves have the last number before the wrap",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[shift("client", 2**32 - 202), shift("server", 2**32 - 1002)],
         close=CLIENT_FIRST)

scenario("orderly_data_lost_before_fin",
         "data ahead of the FIN is lost: the FIN waits behind the hole",
         client=[connect(), send(200), recv(1000), send(400), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[drop("client data", skip=1)], close=CLIENT_FIRST,
         may=[finding("fin_retransmission", cause="behind_hole")])

scenario("orderly_fin_overtakes_data",
         "the FIN arrives before the data it follows",
         client=[connect(), send(200), recv(1000), send(400), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[delay("client data", 0.03, skip=1, at=BEFORE_TAP)],
         close=CLIENT_FIRST)

scenario("orderly_duplicates",
         "data and FIN of the client are delivered twice at once",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[duplicate("client segment", after=0.0005, times=3, skip=1,
                            at=BEFORE_TAP)], close=CLIENT_FIRST,
         may=[finding("fin_retransmission", cause="spurious")])

scenario("orderly_last_fin_twice",
         "a copy of the last FIN is acknowledged, which draws an RST that "
         "ends TIME_WAIT",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[duplicate("server FIN", after=0.2, at=BEFORE_TAP)],
         close=CLIENT_FIRST,
         expect=[finding("time_wait_assassination", end="client")],
         may=[finding("fin_retransmission", end="server"),
              finding("lost_final_ack", end="server"),
              finding("abortive_close")])

scenario("orderly_last_ack_twice",
         "a copy of the last ACK draws an RST that ends TIME_WAIT",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[duplicate("client last ACK", after=0.2, at=BEFORE_TAP)],
         close=CLIENT_FIRST,
         expect=[finding("time_wait_assassination", end="client")],
         may=[finding("abortive_close")])
