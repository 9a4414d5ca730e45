"""A FIN is lost: the end that sent it repeats it until it is acknowledged."""
from tcplab.words import *

ASK = [connect(), send(200), recv(1000)]
ANSWER = [recv(200), send(1000)]
SERVER_CLOSES = dict(client=ASK + [drain(), sleep(0.1), close()],
                     server=ANSWER + [sleep(0.1), close()])
CLIENT_CLOSES = dict(client=ASK + [sleep(0.1), close()],
                     server=ANSWER + [drain(), sleep(0.1), close()])
ORDERLY = {"kind": "fin", "complete": True}


def repeated(end, copies, only_at):
    return finding("fin_retransmission", end=end, cause="fin_lost",
                   copies=copies, outcome="acked", only_at=only_at)


scenario("fin_lost_server_once", "the server's FIN is lost behind the tap",
         **SERVER_CLOSES, network=[drop("server FIN")], store=PLACES,
         expect=[repeated("server", 1, ("middle", "server"))],
         close={**ORDERLY, "closed_first": "server"}, ip=(4, 6))

scenario("fin_lost_server_twice", "the server's FIN is lost twice",
         **SERVER_CLOSES, network=[drop("server FIN", times=2)],
         expect=[repeated("server", 2, ("middle", "server"))],
         close={**ORDERLY, "closed_first": "server"})

scenario("fin_lost_server_before_tap",
         "the server's FIN is lost before the tap sees it",
         **SERVER_CLOSES, network=[drop("server FIN", at=BEFORE_TAP)],
         expect=[repeated("server", 1, ("server",))],
         close={**ORDERLY, "closed_first": "server"})

scenario("fin_lost_client_once", "the client's FIN is lost behind the tap",
         **CLIENT_CLOSES, network=[drop("client FIN")],
         expect=[repeated("client", 1, ("client", "middle"))],
         close={**ORDERLY, "closed_first": "client"}, ip=(4, 6))

scenario("fin_lost_client_thrice", "the client's FIN is lost three times",
         **CLIENT_CLOSES, network=[drop("client FIN", times=3)],
         expect=[repeated("client", 3, ("client", "middle"))],
         close={**ORDERLY, "closed_first": "client"})

scenario("fin_lost_second_closer",
         "the client closes first, and the server's FIN is lost",
         **CLIENT_CLOSES, network=[drop("server FIN")],
         expect=[repeated("server", 1, ("middle", "server"))],
         close={**ORDERLY, "closed_first": "client"})

scenario("fin_lost_with_data", "the lost FIN rides on data",
         client=ASK + [sleep(0.1), send(77, more=True), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[drop("client FIN")],
         expect=[repeated("client", 1, ("client", "middle"))],
         close={**ORDERLY, "closed_first": "client"})

scenario("fin_lost_after_data",
         "data and FIN are both lost, and repeated as one segment",
         client=ASK + [sleep(0.1), send(77), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[drop("client data", skip=1), drop("client FIN", times=2)],
         expect=[finding("fin_retransmission", end="client",
                         only_at=("client", "middle"), outcome="acked")],
         close={**ORDERLY, "closed_first": "client"})

scenario("fin_lost_no_timestamps", "a lost FIN without timestamps",
         **CLIENT_CLOSES, network=[drop("client FIN")],
         sysctls={"tcp_timestamps": 0},
         expect=[finding("fin_retransmission", end="client", copies=1,
                         cause=one_of("fin_lost", "unknown"), outcome="acked",
                         only_at=("client", "middle"))])

scenario("fin_lost_no_sack", "a lost FIN without SACK: no tail-loss probe",
         **CLIENT_CLOSES, network=[drop("client FIN", times=2)],
         sysctls={"tcp_sack": 0},
         expect=[finding("fin_retransmission", end="client", copies=2,
                         cause=one_of("fin_lost", "unknown"), outcome="acked",
                         only_at=("client", "middle"))])

scenario("fin_lost_wrapped", "a lost FIN has the last number before the wrap",
         **SERVER_CLOSES,
         network=[shift("server", 2**32 - 1002), drop("server FIN")],
         expect=[repeated("server", 1, ("middle", "server"))],
         close={**ORDERLY, "closed_first": "server"})

scenario("fin_lost_behind_hole",
         "data ahead of the FIN is lost three times; the FIN arrives",
         client=ASK + [sleep(0.1), send(400), sleep(0.005), close()],
         server=ANSWER + [drain(), sleep(0.1), close()],
         network=[drop("client data", skip=1, times=3)],
         may=[finding("fin_retransmission", end="client")],
         close={**ORDERLY, "closed_first": "client"})
