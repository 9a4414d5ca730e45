"""An RST of an earlier incarnation comes back in a later one."""
from tcplab.words import *

PORT = 40000
FIRST = [connect(source_port=PORT), send(200), recv(1000), drain(), close()]
AGAIN = [sleep(0.4), connect(source_port=PORT), send(200), recv(1000)]
ABORTS = [recv(200), send(1000), sleep(0.2), abort()]
REUSED = finding("tuple_reuse", incarnation=None)
ABORTED = finding("abortive_close", incarnation=1)


def stale(name, story, at, rst, close_2, after_rst, server_2, more=()):
    scenario(f"stale_rst_{name}", story,
             talks=[talk(FIRST + AGAIN + [sleep(0.2), inject("old", **at),
                                          sleep(0.3)] + after_rst,
                         (ABORTS, server_2),
                         expect=[ABORTED,
                                 finding("stale_rst", end="client",
                                         incarnation=2, rst_incarnation=1,
                                         only_at=("client", "middle"), **rst)],
                         may=[REUSED, *more],
                         close={1: {"kind": "reset", "reset_by": "server"},
                                2: close_2})],
             network=[keep("server RST", "old")])


ORDERLY = {"kind": "fin", "closed_first": "client", "complete": True}
STAYS = [recv(200), send(1000), drain(), sleep(0.1), close()]

stale("ignored", "far outside the window: nothing happens", {},
      {"outcome": "ignored", "position": "out_of_window"}, ORDERLY,
      [send(100), sleep(0.1), close()], STAYS)

stale("challenged", "inside the window: a challenge ACK, the connection lives",
      {"seq": "rcv_nxt+1000"},
      {"outcome": "challenged", "position": "in_window"}, ORDERLY,
      [send(100), sleep(0.1), close()], STAYS)

stale("fatal", "exactly on RCV.NXT: the connection dies",
      {"seq": "rcv_nxt"}, {"outcome": "killed", "position": "exact"}, {},
      [], [recv(200), send(1000), sleep(0.8), send(500), sleep(0.2), close()],
      [finding("abortive_close", incarnation=2),
       finding("data_after_close", incarnation=2)])

scenario("stale_rst_not_legitimate",
         "the second incarnation of a four-tuple is reset in its own right",
         talks=[talk(FIRST + AGAIN + [drain(), close()], ABORTS,
                     expect=[ABORTED,
                             finding("abortive_close", incarnation=2)],
                     may=[REUSED],
                     close={1: {"kind": "reset", "reset_by": "server"},
                            2: {"kind": "reset", "reset_by": "server"}})])

scenario("stale_rst_of_syn",
         "the refusal of a SYN comes after its repetition was accepted",
         talks=[talk([connect(), send(200), recv(1000), inject("old"),
                      sleep(0.3), send(100), sleep(0.1), close()],
                     [recv(200), send(1000), drain(), close()],
                     expect=[finding("stale_rst", end="client", rst_of="syn",
                                     outcome="ignored",
                                     only_at=("client", "middle"))],
                     close=ORDERLY)],
         listeners={80: None}, director=[sleep(0.5), listen()],
         network=[steal("server RST", "old", at=BEFORE_TAP)])

scenario("stale_rst_third_party",
         "an RST from a stranger: no earlier incarnation, another TTL",
         talks=[talk([connect(), send(200), recv(1000), sleep(0.2),
                      forge("server", "R", seq="rcv_nxt", ttl=37), sleep(0.2),
                      close()],
                     [recv(200), send(1000), sleep(0.7), send(300),
                      sleep(0.2), close()],
                     expect=[finding("third_party_rst", end="client",
                                     only_at=("client", "middle"))],
                     may=[finding("abortive_close"),
                          finding("data_after_close")])])
