"""Closes without trouble: the analyzer must find nothing."""
from tcplab.words import *

ASK, ANSWER = 200, 1000

scenario(
    "orderly_client_first", "the client closes first, four segments",
    client=[connect(), send(ASK), recv(ANSWER), sleep(0.1), close()],
    server=[recv(ASK), send(ANSWER), drain(), sleep(0.2), close()],
    close={"kind": "fin", "closed_first": "client", "complete": True},
    ip=(4, 6))
