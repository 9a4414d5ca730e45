"""
Segments as hosts see them with offloads on: longer than the MSS, merged, and
with unfinished checksums. The relay cuts them up as a network card would.
"""
from tcplab.words import *

scenario("offload_orderly", "an orderly close with TSO and GRO at both ends",
         client=[connect(), send(200), recv(30000), sleep(0.1), close()],
         server=[recv(200), send(30000), drain(), close()], offload=True,
         close={"kind": "fin", "closed_first": "client", "complete": True})

scenario("offload_fin_lost",
         "a FIN on a long segment is lost, with TSO and GRO at both ends",
         client=[connect(), send(200), drain(), sleep(0.1), close()],
         server=[recv(200), send(30000), send(9000, more=True), close()],
         network=[drop("server FIN")], offload=True,
         expect=[finding("fin_retransmission", end="server", outcome="acked",
                         only_at=("middle", "server"))],
         close={"kind": "fin", "closed_first": "server", "complete": True})
