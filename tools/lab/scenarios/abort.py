"""Connections that end otherwise than by FIN, or never begin."""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]


def reset(by):
    return {"kind": "reset", "reset_by": by}


scenario("abort_linger_client", "the client closes with linger 0",
         client=ASK + [sleep(0.1), abort()],
         server=ANSWER + [drain(), close()],
         expect=[finding("abortive_close", end="server")],
         close=reset("client"), ip=(4, 6))

scenario("abort_linger_server", "the server closes with linger 0",
         client=ASK + [drain(), close()],
         server=ANSWER + [sleep(0.1), abort()],
         expect=[finding("abortive_close", end="client")],
         close=reset("server"))

scenario("abort_unread", "the server closes with data unread",
         client=ASK + [send(500), drain(), close()],
         server=ANSWER + [sleep(0.2), close()],
         expect=[finding("abortive_close", end="client")],
         close=reset("server"), ip=(4, 6))

scenario("abort_after_fin", "the client shuts down, the server then aborts",
         client=ASK + [shutdown(), drain(), close()],
         server=ANSWER + [drain(), sleep(0.2), abort()],
         expect=[finding("abortive_close", end="client")])

scenario("abort_data_after_close",
         "the client closes wholly while the server still sends",
         client=ASK + [close()],
         server=ANSWER + [sleep(0.3), send(500), sleep(0.3), close()],
         expect=[finding("data_after_close", end="client")],
         may=[finding("abortive_close")])

scenario("abort_refused", "nobody listens", client=[connect(), close()],
         listeners={80: None}, close={"kind": "refused"}, ip=(4, 6))

scenario("abort_unanswered", "the SYN and its repetitions get no answer",
         client=[connect(give_up=4.0), close()], server=[],
         network=[drop("client SYN", times=None)],
         close={"kind": "unanswered"})

scenario("abort_keep_alive",
         "keep-alives stay unanswered: the client gives up",
         client=[connect(keepalive=1, keepidle=1, keepintvl=1, keepcnt=2),
                 send(200), recv(1000), tell("gone"), drain(), close(),
                 sleep(0.3)],
         server=ANSWER + [drain(), close()],
         network=[drop("client pure ACK", times=None, since="gone")],
         expect=[finding("abortive_close", end="server")],
         close=reset("client"))

scenario("abort_killed_socket", "`ss -K` ends an established connection",
         client=ASK + [sleep(0.2), kill_socket(), sleep(0.2), close()],
         server=ANSWER + [drain(), close()],
         expect=[finding("abortive_close", end="server")],
         close=reset("client"))

scenario("open_at_end", "the capture ends while the connection is open",
         client=ASK + [sleep(0.5)], server=ANSWER + [sleep(0.5)],
         linger=0, settle=0,
         close={"kind": "open"})

scenario("open_half", "the capture ends while one side is shut down",
         client=ASK + [shutdown(), sleep(0.8)],
         server=ANSWER + [sleep(0.8)], linger=0, settle=0,
         close={"kind": "fin", "closed_first": "client", "complete": False})
