"""TIME_WAIT cut short or absent, FIN_WAIT2 timed out, CLOSE_WAIT leaked."""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]
SERVER = ANSWER + [drain(), sleep(0.1), close()]
# At the server the last ACK never shows, only an RST in its place.
UNSEEN = {"kind": by_place(client="fin", middle="fin"),
          "closed_first": "client"}
CLOSE = {"kind": "fin", "closed_first": "client"}
RESET = [finding("lost_final_ack", end="server", outcome="reset",
                 only_at=("client", "middle")),
         finding("time_wait_missing", end="client",
                 only_at=("client", "middle")),
         finding("fin_retransmission", end="server", copies=1)]

scenario("time_wait_no_room",
         "tcp_max_tw_buckets is 0 and the last ACK is lost",
         client=ASK + [sleep(0.1), shutdown(), drain(), close()],
         server=SERVER, close=UNSEEN, network=[drop("client last ACK")],
         sysctls={"client": {"tcp_max_tw_buckets": 0}},
         expect=RESET, may=[finding("abortive_close")])

scenario("fin_wait_2_no_room",
         "tcp_max_tw_buckets is 0: an orphan has no FIN_WAIT2 either",
         client=ASK + [sleep(0.1), close()], server=SERVER,
         sysctls={"client": {"tcp_max_tw_buckets": 0}},
         expect=[finding("fin_wait_2_timeout", end="client")],
         may=[finding("time_wait_missing", end="client"),
              finding("abortive_close")])

scenario("time_wait_killed",
         "the last ACK is lost and TIME_WAIT is killed with `ss -K`",
         client=ASK + [sleep(0.1), close(), wait("acked"), sleep(0.05),
                       kill_socket()],
         server=SERVER, close=UNSEEN,
         network=[notice("client last ACK", "acked", at=BEFORE_TAP),
                  drop("client last ACK")],
         expect=RESET, may=[finding("abortive_close")])

scenario("time_wait_assassination",
         "old data meets TIME_WAIT; the answer's RST ends it (RFC 1337)",
         client=ASK + [sleep(0.1), close(), sleep(0.6), inject("stray"),
                       sleep(0.3)],
         server=SERVER, close=CLOSE, network=[keep("server data", "stray")],
         expect=[finding("time_wait_assassination", end="client")],
         may=[finding("old_duplicate"), finding("paws_failure"),
              finding("abortive_close")])

scenario("time_wait_protected",
         "the same with tcp_rfc1337: TIME_WAIT ignores the RST",
         client=ASK + [sleep(0.1), close(), sleep(0.6), inject("stray"),
                       sleep(0.3)],
         server=SERVER, close=CLOSE, network=[keep("server data", "stray")],
         sysctls={"client": {"tcp_rfc1337": 1}}, hidden=("client",),
         may=[finding("time_wait_assassination", end="client",
                      confidence="likely"),
              finding("time_wait_assassination", end="client",
                      confidence="possible"),
              finding("old_duplicate"), finding("paws_failure"),
              finding("abortive_close")])

STRAYS = [sleep(0.6), inject("stray")]

scenario("time_wait_protected_often",
         "with tcp_rfc1337, TIME_WAIT answers old data again after each RST",
         client=ASK + [sleep(0.1), close()] + STRAYS * 3 + [sleep(0.3)],
         server=SERVER, close=CLOSE, network=[keep("server data", "stray")],
         sysctls={"client": {"tcp_rfc1337": 1}}, hidden=("client",),
         betrays=[betrayed("client", "tcp_rfc1337")],
         may=[finding("time_wait_assassination", end="client",
                      confidence="possible"),
              finding("old_duplicate"), finding("paws_failure"),
              finding("abortive_close")])

scenario("time_wait_assassination_seen",
         "old data twice: the second meets nobody, for an RST ended TIME_WAIT",
         client=ASK + [sleep(0.1), close()] + STRAYS * 2 + [sleep(0.3)],
         server=SERVER, close=CLOSE, network=[keep("server data", "stray")],
         betrays=[betrayed("client", "tcp_rfc1337")],
         expect=[finding("time_wait_assassination", end="client",
                         outcome="confirmed")],
         may=[finding("old_duplicate"), finding("paws_failure"),
              finding("abortive_close"), finding("data_after_close")])

scenario("fin_wait_2_timeout",
         "tcp_fin_timeout 2: the server's FIN after 4 s is reset",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(4), close(), sleep(0.2)],
         sysctls={"client": {"tcp_fin_timeout": 2}},
         expect=[finding("fin_wait_2_timeout", end="client")],
         may=[finding("abortive_close")])

scenario("fin_wait_2_timeout_data",
         "tcp_fin_timeout 2: the server's data after 4 s is reset",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(4), send(300), sleep(0.2), close()],
         sysctls={"client": {"tcp_fin_timeout": 2}},
         may=[finding("fin_wait_2_timeout", end="client"),
              finding("data_after_close", end="client"),
              finding("abortive_close")])

scenario("fin_wait_2_patient",
         "after shutdown() FIN_WAIT2 waits as long as the program does",
         client=ASK + [sleep(0.1), shutdown(), drain(), close()],
         server=ANSWER + [drain(), sleep(4), close()],
         sysctls={"client": {"tcp_fin_timeout": 2}},
         close={**CLOSE, "complete": True})

scenario("close_wait_leak",
         "the server never closes; the client's FIN_WAIT2 runs out",
         talks=[talk(ASK + [sleep(0.1), close()],
                     ANSWER + [drain(), sleep(69)],
                     expect=[finding("close_wait_leak", end="server")],
                     close={**CLOSE, "complete": False}),
                healthy(5), healthy(68)], seconds=90)
