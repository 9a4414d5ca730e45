"""Segments whose timestamps are older than what the receiver has seen."""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]
CLOSE = {"kind": "fin", "closed_first": "client", "complete": True}
OLD = -5000     # ticks of a millisecond

scenario("paws_old_data",
         "a data segment strays for 1.5 s and comes after its repetition",
         client=ASK + [send(300), sleep(0.7), send(300), sleep(0.8),
                       inject("stray"), sleep(0.2), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[steal("client data", "stray", skip=1, at=BEFORE_TAP)],
         expect=[finding("paws_failure", end="server", segment="data",
                         outcome="rejected", reaction="dsack",
                         only_at=("middle", "server"))],
         close=CLOSE, ip=(4, 6))

scenario("paws_new_data",
         "new data with an old timestamp is refused, its repetition accepted",
         client=ASK + [sleep(0.1), send(300), sleep(0.6), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[alter("client data", tsval_by=OLD, skip=1, at=BEFORE_TAP)],
         expect=[finding("paws_failure", end="server", segment="data",
                         outcome="rejected", reaction="dup_ack",
                         only_at=("middle", "server"))],
         close=CLOSE)

scenario("paws_new_data_behind",
         "the timestamp is spoilt behind the tap: only the server can tell",
         client=ASK + [sleep(0.1), send(300), sleep(0.6), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[alter("client data", tsval_by=OLD, skip=1)], store=PLACES,
         expect=[finding("paws_failure", end="server", segment="data",
                         outcome="rejected", only_at=("server",))],
         close=CLOSE)

scenario("paws_fin", "the FIN has an old timestamp and is refused twice",
         client=ASK + [sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[alter("client FIN", tsval_by=OLD, times=2, at=BEFORE_TAP)],
         expect=[finding("paws_failure", end="server", segment="fin",
                         outcome="rejected", only_at=("middle", "server")),
                 finding("fin_retransmission", end="client", copies=2)],
         close=CLOSE)

scenario("paws_starved", "the same data is refused five times",
         client=ASK + [sleep(0.1), send(300), sleep(4), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[alter("client data", tsval_by=OLD, skip=1, times=5,
                        at=BEFORE_TAP)],
         expect=[finding("paws_failure", end="server", segment="data",
                         outcome="rejected", count=at_least(3),
                         only_at=("middle", "server"))],
         close=CLOSE)

scenario("paws_one_tick",
         "a timestamp one tick behind is within Linux's tolerance",
         client=ASK + [send(300), send(300), sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[alter("client data", tsval_by=-1, skip=2, at=BEFORE_TAP)],
         close=CLOSE)

scenario("paws_harmless_duplicates",
         "data arrives twice at once, with the same timestamp",
         client=ASK + [send(300), sleep(0.1), send(300), sleep(0.1), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[duplicate("client data", after=0.0003, times=3,
                            at=BEFORE_TAP)], close=CLOSE)

scenario("paws_late_duplicates",
         "copies of data arrive 0.3 s after the original: old but harmless",
         client=ASK + [send(300), sleep(0.1), send(300), sleep(0.6), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[duplicate("client data", after=0.3, times=2, skip=1,
                            at=BEFORE_TAP)],
         may=[finding("paws_failure", end="server", segment="data",
                      outcome="rejected", reaction="dsack")], close=CLOSE)

scenario("paws_syn",
         "a SYN with an old timestamp meets TIME_WAIT and is refused",
         talks=[talk([connect(source_port=40000), send(200), drain(), close(),
                      sleep(0.5), connect(source_port=40000), send(200),
                      drain(), close()],
                     [recv(200), send(1000), close()],
                     expect=[finding("paws_failure", end="server",
                                     segment="syn", outcome="rejected",
                                     only_at=("middle", "server"),
                                     incarnation=None)],
                     may=[finding("tuple_reuse", incarnation=None),
                          finding("half_open_cleanup", incarnation=None),
                          finding("time_wait_assassination",
                                  incarnation=None)])],
         network=[alter("client SYN", tsval_by=-100000, skip=1,
                        at=BEFORE_TAP)])
