"""A receiver that does not read, and a sender that has closed meanwhile."""
from tcplab.words import *

SMALL = dict(rcvbuf=4096)
MUCH = 12000
LISTEN = {80: {"sndbuf": 65536}}
ASK = [connect(**SMALL), send(200)]
GIVE = [recv(200), send(MUCH), close()]

scenario("zero_window_pin_released",
         "the server closed with data unsent; the reader returns after 9 s",
         client=ASK + [sleep(9), drain(), close()], server=GIVE,
         listeners=LISTEN,
         expect=[finding("fin_wait_1_pin", end="server", fin="held_back",
                         outcome="released", probes=at_least(3))],
         close={"kind": "fin", "closed_first": "server", "complete": True},
         ip=(4, 6))

scenario("zero_window_pin_killed",
         "the server closed with data unsent; the reader dies after 9 s",
         client=ASK + [sleep(9), close()], server=GIVE, listeners=LISTEN,
         expect=[finding("fin_wait_1_pin", end="server", fin="not_visible",
                         outcome="reset", probes=at_least(3)),
                 finding("abortive_close")],
         close={"kind": "reset", "reset_by": "client"})

scenario("zero_window_pin_stuck",
         "the server closed with data unsent; nobody reads for 20 s",
         client=ASK + [sleep(20)], server=GIVE, listeners=LISTEN,
         linger=0, settle=0,
         expect=[finding("fin_wait_1_pin", end="server", fin="not_visible",
                         outcome="undecided", probes=at_least(3))])

scenario("zero_window_pin_destroyed",
         "the pinned orphan is killed with `ss -K` after 9 s",
         client=ASK + [sleep(11), close()],
         server=GIVE + [sleep(9), kill_socket()], listeners=LISTEN,
         expect=[finding("fin_wait_1_pin", end="server", fin="not_visible",
                         outcome="reset", probes=at_least(3)),
                 finding("abortive_close")],
         close={"kind": "reset", "reset_by": "server"})

scenario("zero_window_pin_gave_up",
         "tcp_rto_max_ms 2000: the pinned orphan gives up after some 5 s",
         client=ASK + [sleep(9), send(100), sleep(0.3), close()], server=GIVE,
         listeners=LISTEN, sysctls={"server": {"tcp_rto_max_ms": 2000}},
         expect=[finding("fin_wait_1_pin", end="server", fin="not_visible",
                         outcome="gave_up", probes=at_least(3))],
         may=[finding("abortive_close"), finding("data_after_close")])

scenario("zero_window_innocent",
         "the reader pauses 4 s; the connection stays open and goes on",
         client=ASK + [sleep(4), recv(MUCH), send(50), drain(), close()],
         server=[recv(200), send(MUCH), recv(50), close()], listeners=LISTEN,
         close={"kind": "fin", "closed_first": "server", "complete": True})

scenario("zero_window_short_pin",
         "the server closed with data unsent; the reader returns after 1.5 s",
         client=ASK + [sleep(1.5), drain(), close()], server=GIVE,
         listeners=LISTEN, may=[finding("fin_wait_1_pin", end="server")],
         close={"kind": "fin", "closed_first": "server", "complete": True})

scenario("zero_window_held_by_app",
         "shutdown() with data unsent: the program still holds the socket",
         client=ASK + [sleep(9), drain(), close()],
         server=[recv(200), send(MUCH), shutdown(), drain(), close()],
         listeners=LISTEN,
         expect=[finding("fin_wait_1_pin", end="server", fin="held_back",
                         outcome="released", probes=at_least(3))],
         close={"kind": "fin", "closed_first": "server", "complete": True})

scenario("zero_window_capped",
         "shutdown() and tcp_rto_max_ms 1000: soon probes come every second",
         client=ASK + [sleep(7), drain(), close()],
         server=[recv(200), send(MUCH), shutdown(), drain(), close()],
         listeners=LISTEN, sysctls={"server": {"tcp_rto_max_ms": 1000}},
         betrays=[betrayed("server", "tcp_rto_max_ms")],
         expect=[finding("fin_wait_1_pin", end="server", fin="held_back",
                         outcome="released", probes=at_least(5))],
         close={"kind": "fin", "closed_first": "server", "complete": True})

scenario("zero_window_close_wait",
         "the client shut down first; the pinned orphan is in LAST_ACK",
         client=ASK + [shutdown(), sleep(9), drain(), close()],
         server=[recv(200), drain(), send(MUCH), close()], listeners=LISTEN,
         expect=[finding("fin_wait_1_pin", end="server", fin="held_back",
                         outcome="released", probes=at_least(3))],
         close={"kind": "fin", "closed_first": "client", "complete": True})

scenario("zero_window_bare_fin",
         "all data taken, the window closed: a bare FIN is held back",
         client=ASK + [sleep(9), drain(), close()],
         server=[recv(200), send(4369 - 1), sleep(1), close()],
         listeners=LISTEN,
         expect=[finding("fin_wait_1_pin", end="server", fin="held_back",
                         outcome="released", probes=at_least(3))],
         close={"kind": "fin", "closed_first": "server", "complete": True})

scenario("zero_window_fin_on_wire",
         "the client's ACKs say window 0 and stop short of the FIN",
         client=ASK + [recv(3000), sleep(9), close()],
         server=[recv(200), send(3000), sleep(0.2), close()],
         listeners=LISTEN, sysctls={"tcp_sack": 0},
         network=[notice("server FIN", "closing", at=BEFORE_TAP),
                  notice("server FIN", "enough", skip=5, at=BEFORE_TAP),
                  alter("client pure ACK", window=0, ack_by=-1, times=None,
                        since="closing", until="enough", at=BEFORE_TAP)],
         expect=[finding("fin_wait_1_pin", end="server", fin="on_wire",
                         outcome="released", only_at=("middle", "server"))],
         may=[finding("fin_retransmission", end="server")],
         close={"kind": "fin", "closed_first": "server", "complete": True})

scenario("zero_window_pin_wrapped",
         "a pinned FIN_WAIT1 whose numbers wrap while the window is closed",
         client=ASK + [sleep(9), drain(), close()], server=GIVE,
         listeners=LISTEN, network=[shift("server", 2**32 - 4370)],
         expect=[finding("fin_wait_1_pin", end="server", fin="held_back",
                         outcome="released", probes=at_least(3))],
         close={"kind": "fin", "closed_first": "server", "complete": True})
