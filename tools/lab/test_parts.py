#!/usr/bin/env python3
"""Tests of the lab's parts that need neither root nor a network."""

import os
import tempfile
import unittest

from tcplab import derive, ktrace, pcap
from tcplab.frame import ACK, FIN, PSH, RST, Frame, checksum
from tcplab.lives import lives_of
from tcplab.sockdiag import Sock
from tcplab.track import Track
from tcplab.truth import Samples, lives_of as lives_of_events

TESTDATA = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "..", "..", "testdata")
CLIENT, SERVER = ("198.51.100.1", 40000), ("203.0.113.1", 80)


def frames(name):
    return [Frame(data) for _, data, size
            in pcap.read_pcap(os.path.join(TESTDATA, name + ".pcap"))
            if size == len(data)]


def tcp_sum(frame):
    """Zero if the TCP checksum is right."""
    size = frame.data_at + frame.payload - frame.tcp
    pseudo = frame.raw[26:34] if frame.ip_version == 4 else frame.raw[22:54]
    return checksum(bytes(pseudo) + bytes([0, 6, size >> 8, size & 255])
                    + bytes(frame.raw[frame.tcp:frame.tcp + size]))


class Frames(unittest.TestCase):
    def test_recorded_checksums_are_right(self):
        for name in ("orderly_client_first", "orderly_client_first_v6"):
            for frame in frames(name):
                self.assertEqual(tcp_sum(frame), 0)

    def test_an_edited_frame_has_right_checksums_again(self):
        for name in ("orderly_client_first", "orderly_client_first_v6"):
            frame = frames(name)[-1]
            before = frame.seq, frame.tsval
            frame.edit(seq_by=5, tsval_by=-7, window=0, ttl=9)
            self.assertEqual((frame.seq, frame.tsval),
                             (before[0] + 5, before[1] - 7))
            self.assertEqual(tcp_sum(frame), 0)

    def test_a_bare_rst_has_neither_options_nor_payload(self):
        frame = frames("orderly_client_first")[-1].edit(bare=True, flags=RST)
        self.assertEqual((frame.payload, frame.tsval, frame.letters),
                         (0, None, "R"))
        self.assertEqual(tcp_sum(frame), 0)

    def test_a_long_segment_is_cut_as_a_network_card_would(self):
        frame = frames("orderly_client_first")[-1]
        frame.raw += b"x" * 3000
        frame.put16(16, frame.u16(16) + 3000)
        frame.edit(flags=ACK | PSH | FIN)
        pieces = frame.cut()
        self.assertEqual([p.payload for p in pieces], [1448, 1448, 104])
        self.assertEqual([p.letters for p in pieces], [".", ".", "FP."])
        self.assertEqual([p.seq - frame.seq for p in pieces], [0, 1448, 2896])
        self.assertEqual([tcp_sum(p) for p in pieces], [0, 0, 0])


class Tracks(unittest.TestCase):
    def test_the_words_name_the_segments_of_a_close(self):
        track, kinds = Track(0), []
        for frame in frames("orderly_client_first"):
            by = "server" if frame.sport == 80 else "client"
            track.ends[by].sent(frame)
            kinds.append([kind for kind in ("SYN", "SYN+ACK", "FIN",
                                            "ACK of FIN", "last ACK")
                          if track.is_kind(frame, by, kind)])
        self.assertEqual(kinds[:2], [["SYN"], ["SYN+ACK"]])
        self.assertEqual(kinds[-4:], [["FIN"], ["ACK of FIN"],
                                      ["FIN", "ACK of FIN"],
                                      ["ACK of FIN", "last ACK"]])


class Derived(unittest.TestCase):
    packets = [(n * 10**6, bytes([n]) * 60, 60) for n in range(1, 5)]

    def numbers(self, worsen):
        return [data[0] for _, data, _ in worsen(self.packets, "")]

    def test_each_way_to_spoil_a_capture(self):
        self.assertEqual(self.numbers(derive.from_packet(3)), [3, 4])
        self.assertEqual(self.numbers(derive.without(2, 3)), [1, 4])
        self.assertEqual(self.numbers(derive.out_of_order(2)), [1, 3, 2, 4])
        self.assertEqual(self.numbers(derive.seen_twice()),
                         [1, 1, 2, 2, 3, 3, 4, 4])
        self.assertEqual(len(derive.cut_to(54)(self.packets, "")[0][1]), 54)

    def test_both_formats_give_back_what_was_written(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, write in (("a.pcap", pcap.write_pcap),
                                ("a.pcapng", lambda path, packets:
                                 pcap.write_pcapng(path, packets, "middle"))):
                path = os.path.join(folder, name)
                write(path, self.packets)
                self.assertEqual(list(pcap.read_capture(path)), self.packets)


class Truth(unittest.TestCase):
    def events(self, *states):
        return [{"time_ns": n * 10**9, "oldstate": old, "newstate": new}
                for n, (old, new) in enumerate(zip(states, states[1:]), 1)]

    def path(self, events, samples):
        lives = lives_of_events(events, ("client", CLIENT, SERVER), samples)
        return [[state for _, state in life.path] for life in lives]

    def test_closed_is_time_wait_if_sock_diag_shows_one(self):
        samples = Samples()
        sock = Sock(CLIENT, SERVER, "time_wait", True, 0, 0, 0)
        samples.add("client", 6 * 10**9 + 10**7, [sock])
        samples.add("client", 9 * 10**9, [])
        events = self.events("closed", "syn_sent", "established", "fin_wait_1",
                             "fin_wait_2", "closed", "closed")[:5]
        for event in events:
            event["time_ns"] += 10**9
        self.assertEqual(self.path(events, samples),
                         [["syn_sent", "established", "fin_wait_1",
                           "fin_wait_2", "time_wait", "closed"]])

    def test_closed_is_closed_if_sock_diag_shows_nothing(self):
        samples = Samples()
        samples.add("client", 8 * 10**9, [])
        self.assertEqual(self.path(self.events("closed", "syn_sent", "closed"),
                                   samples), [["syn_sent", "closed"]])

    def test_a_second_connect_is_a_second_life(self):
        events = self.events("closed", "syn_sent", "closed", "syn_sent")
        self.assertEqual(len(self.path(events, Samples())), 2)

    def test_a_failed_connect_of_the_same_port_is_not_this_life(self):
        events = self.events("closed", "syn_sent", "established")
        events += [{"time_ns": 5 * 10**9, "oldstate": "syn_sent",
                    "newstate": "closed"}]
        self.assertEqual(self.path(events, Samples()),
                         [["syn_sent", "established"]])

    def test_frames_belong_to_the_life_they_were_sent_in(self):
        ends = [{"client": {"path": [[t, "syn_sent"]]}} for t in (0.0, 5.0)]
        truth = {"start_ns": 0, "connections": [
            {"client": {"ip": CLIENT[0], "port": CLIENT[1]},
             "server": {"ip": SERVER[0], "port": SERVER[1]},
             "incarnation": n + 1, "ends": ends[n]} for n in (0, 1)]}
        frame = frames("orderly_client_first")[0]
        truth["connections"][0]["client"].update(ip=frame.src,
                                                 port=frame.sport)
        truth["connections"][1]["client"].update(ip=frame.src,
                                                 port=frame.sport)
        for c in truth["connections"]:
            c["server"].update(ip=frame.dst, port=frame.dport)
        raw = bytes(frame.raw)
        lives = lives_of(truth, [(10**9, raw, 74), (6 * 10**9, raw, 74)])
        self.assertEqual([len(life.frames) for life in lives], [1, 1])


class Traces(unittest.TestCase):
    def test_what_is_no_tracefs_any_longer_is_not_held(self):
        with tempfile.TemporaryDirectory() as point:
            self.assertIsNone(ktrace.hold(point))
            self.assertIsNone(ktrace.hold(point + "/gone"))
            os.mkdir(point + "/instances")
            self.assertTrue(os.path.isdir(ktrace.hold(point)))


if __name__ == "__main__":
    unittest.main()
