"""A four-tuple lives again while one end still remembers its last life."""
from tcplab.words import *

PORT = 40000
OPEN = [connect(source_port=PORT), send(200), recv(1000)]
CLIENT_CLOSES = [sleep(0.1), close()]
SERVER = [recv(200), send(1000), drain(), sleep(0.1), close()]
ORDERLY = {"kind": "fin", "complete": True}
BOTH = {n: {**ORDERLY, "closed_first": "client"} for n in (1, 2)}


def reused(into, fingerprint, **more):
    return finding("tuple_reuse", end="client", incarnation=2, into=into,
                   fingerprint=fingerprint, outcome="accepted", **more)


scenario("reuse_client_time_wait",
         "the client, in TIME_WAIT, connects again from its fixed port",
         talks=[talk(OPEN + CLIENT_CLOSES + [sleep(0.8)] + OPEN
                     + CLIENT_CLOSES, SERVER, close=BOTH,
                     expect=[reused("time_wait", "tw_reuse")])], ip=(4, 6))

scenario("reuse_server_time_wait",
         "the server closed first; its TIME_WAIT accepts the new SYN",
         talks=[talk([*OPEN, drain(), close(), sleep(0.5)] + OPEN
                     + [drain(), close()],
                     [recv(200), send(1000), sleep(0.1), close()],
                     close={n: {**ORDERLY, "closed_first": "server"}
                            for n in (1, 2)},
                     expect=[reused("time_wait", "server_reopened")])])

scenario("reuse_chosen_port",
         "the kernel has one port only and takes it out of TIME_WAIT",
         talks=[talk([connect(), send(200), recv(1000)] + CLIENT_CLOSES
                     + [sleep(1.6), connect(), send(200), recv(1000)]
                     + CLIENT_CLOSES, SERVER, close=BOTH,
                     expect=[reused("time_wait", "tw_reuse")])],
         sysctls={"client": {"tcp_tw_reuse": 1,
                             "ip_local_port_range": "40000 40000"}})

scenario("reuse_chosen_ports",
         "the kernel has two ports only and takes both out of TIME_WAIT",
         talks=[talk(([connect(), send(200), recv(1000)] + CLIENT_CLOSES) * 2
                     + [sleep(1.6)]
                     + ([connect(), send(200), recv(1000)] + CLIENT_CLOSES) * 2,
                     SERVER, close=BOTH,
                     expect=[reused("time_wait", "tw_reuse")])],
         sysctls={"client": {"tcp_tw_reuse": 1,
                             "ip_local_port_range": "40000 40001"}},
         betrays=[betrayed("client", "tcp_tw_reuse")])

scenario("reuse_after_reset", "a fixed port is used again after an RST",
         talks=[talk([*OPEN, sleep(0.1), abort(), sleep(0.3)] + OPEN
                     + CLIENT_CLOSES, SERVER,
                     close={1: {"kind": "reset", "reset_by": "client"},
                            2: BOTH[2]},
                     expect=[finding("abortive_close", end="server")],
                     may=[finding("tuple_reuse", incarnation=2)])])

scenario("reuse_into_last_ack",
         "last ACKs are lost, TIME_WAIT is killed, the client comes back",
         talks=[talk(OPEN + CLIENT_CLOSES + [wait("lost"), kill_socket()]
                     + OPEN + CLIENT_CLOSES, SERVER,
                     expect=[finding("half_open_cleanup", end="server",
                                     incarnation=None),
                             finding("lost_final_ack", end="server",
                                     incarnation=1, outcome="reused",
                                     only_at=("client", "middle")),
                             finding("fin_retransmission", end="server",
                                     incarnation=1, copies=2)],
                     may=[finding("tuple_reuse", incarnation=2)],
                     close={2: BOTH[2]})],
         network=[notice("client last ACK", "lost", skip=2, at=BEFORE_TAP),
                  drop("client last ACK", times=3)])

scenario("reuse_last_ack_pending",
         "last ACKs are lost; the client comes back out of its TIME_WAIT",
         talks=[talk(OPEN + CLIENT_CLOSES + [wait("lost")] + OPEN
                     + CLIENT_CLOSES, SERVER,
                     expect=[finding("half_open_cleanup", end="server",
                                     incarnation=None),
                             finding("lost_final_ack", end="server",
                                     incarnation=1, outcome="reused",
                                     only_at=("client", "middle")),
                             finding("fin_retransmission", end="server",
                                     incarnation=1, copies=2)],
                     may=[finding("tuple_reuse", incarnation=2)],
                     close={2: BOTH[2]})],
         network=[notice("client last ACK", "lost", skip=2, at=BEFORE_TAP),
                  drop("client last ACK", times=3)])

scenario("reuse_soon_and_often",
         "one port, four lives, none longer than a breath",
         talks=[talk((OPEN + [close(), sleep(0.1)]) * 4,
                     [recv(200), send(1000), drain(), close()],
                     close={n: {**ORDERLY, "closed_first": "client"}
                            for n in (1, 2, 3, 4)},
                     may=[finding("tuple_reuse", incarnation=None)])])

scenario("reuse_half_open",
         "the client vanishes and comes back: the server holds the old life",
         talks=[talk([*OPEN, tell("gone"), sleep(0.1), abort(), sleep(0.4)]
                     + OPEN + CLIENT_CLOSES, SERVER,
                     expect=[finding("half_open_cleanup", end="server",
                                     incarnation=None)],
                     may=[finding("tuple_reuse", incarnation=2),
                          finding("abortive_close", incarnation=1)],
                     close={2: BOTH[2]})],
         network=[drop("client RST", at=BEFORE_TAP)])

scenario("reuse_old_data",
         "a data segment of the first life strays into the second",
         talks=[talk(OPEN + CLIENT_CLOSES + [sleep(0.5)] + OPEN
                     + [sleep(0.2), inject("stray"), sleep(0.2)]
                     + CLIENT_CLOSES, SERVER, close=BOTH,
                     expect=[finding("old_duplicate", end="server",
                                     incarnation=2,
                                     only_at=("middle", "server"))],
                     may=[finding("tuple_reuse", incarnation=2),
                          finding("paws_failure", incarnation=2)])],
         network=[keep("client data", "stray")])

scenario("port_exhaustion",
         "20 ports, 40 connections: the rest cannot even send a SYN",
         talks=[talk([connect(), send(50), recv(50), close()],
                     [recv(50), send(50), drain(), close()],
                     start=0.05 * n,
                     may=[finding("port_exhaustion", end="client")])
                for n in range(40)],
         sysctls={"client": {"ip_local_port_range": "40000 40019",
                             "tcp_tw_reuse": 0}})
