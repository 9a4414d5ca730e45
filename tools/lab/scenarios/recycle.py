"""
tcp_tw_recycle is gone from Linux, so the relay does what it did: it drops
SYNs of an address whose timestamps are behind that address's latest.
"""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000), sleep(0.1), close()]
ANSWER = [recv(200), send(1000), drain(), close()]

scenario("recycle_drops_syn",
         "two hosts behind one address: the slower clock's SYNs are dropped",
         talks=[talk(ASK, ANSWER, start=0.0),
                talk([connect(give_up=6), close()], start=0.6,
                     expect=[finding("syn_timestamp_drop", end="client",
                                     only_at=("middle", "server"))],
                     close={"kind": "unanswered"}),
                talk(ASK, ANSWER, start=1.2), talk(ASK, ANSWER, start=4.0)],
         network=[alter("client SYN", tsval_by=-3600000, talk=1, times=None,
                        at=BEFORE_TAP),
                  drop("client SYN", talk=1, times=None)],
         sysctls={"client": {"tcp_timestamps": 2}})
