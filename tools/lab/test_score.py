#!/usr/bin/env python3
"""
Tests of the scoring, without root and without the analyzer: records are made
from the kernel's account, then spoilt one way at a time.
"""

import json
import os
import unittest

from tcplab.hosts import hosts_of
from tcplab.pcap import read_capture
from tcplab.score import judge

TESTDATA = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "..", "..", "testdata")


def stored(name):
    with open(os.path.join(TESTDATA, name + ".truth.json"),
              encoding="ascii") as f:
        truth = json.load(f)
    return truth, list(read_capture(os.path.join(TESTDATA, truth["capture"])))


def plain(value, place):
    """A value that meets a wish."""
    if isinstance(value, dict):
        if "by_place" in value:
            return value["by_place"].get(place)
        return value["one_of"][0] if "one_of" in value else value["at_least"]
    return value


def state_at(connection, end, t):
    """The kernel's state at time `t`; closed where there never was a socket."""
    path = connection["ends"].get(end, {"path": []})["path"]
    return ([state for when, state in path if when <= t] or ["closed"])[-1]


def perfect(truth, packets, place="middle"):
    """The records of an analyzer that knows everything."""
    records = []
    end_time = (packets[-1][0] - truth["start_ns"]) / 1e9 + 0.05
    for c in truth["connections"]:
        ends = {end: {**c[end], "state_grade": "presumed",
                      "state": state_at(c, end, end_time)}
                for end in ("client", "server")}
        records.append({"event_type": "tcp_close", **ends,
                        "incarnation": c["incarnation"],
                        "close": {k: plain(v, place)
                                  for k, v in c["close"].items()}})
        for wish in truth["expect"]:
            if (wish["must"] and place in wish["only_at"]
                    and wish["client_port"] == c["client"]["port"]
                    and wish["incarnation"] in (None, c["incarnation"])):
                fields = {k: plain(v, place)
                          for k, v in wish["fields"].items()}
                records.append({"event_type": "tcp_finding",
                                "finding": wish["finding"],
                                "confidence": "certain",
                                "client": c["client"], "server": c["server"],
                                "incarnation": c["incarnation"],
                                wish["finding"]: fields,
                                **{k: fields[k] for k in ("end", "outcome")
                                   if k in fields}})
    return records + [host_record(truth, wish["end"], wish["setting"])
                      for wish in truth.get("betrays", [])]


def host_record(truth, end, name):
    """A tcp_host record that tells a setting as it is."""
    ip, settings = next((ip, settings) for ip, (whose, settings)
                        in hosts_of(truth).items() if whose == end)
    return {"event_type": "tcp_host", "host": {"ip": ip}, "settings": {
        name: {"at_least": settings[name], "at_most": settings[name],
               "confidence": "likely"}}}


def kinds(truth, packets, records):
    verdict = judge("test", truth, "middle", packets, records)
    return [kind for kind, _ in verdict.bad]


class Scoring(unittest.TestCase):
    def setUp(self):
        self.truth, self.packets = stored("last_ack_lost_behind")
        self.records = perfect(self.truth, self.packets)

    def score(self):
        return kinds(self.truth, self.packets, self.records)

    def finding(self):
        return next(r for r in self.records if "finding" in r)

    def test_the_kernels_own_account_is_right(self):
        self.assertEqual(self.score(), [])

    def test_a_finding_that_was_not_made_is_missed(self):
        self.records.remove(self.finding())
        self.assertEqual(self.score(), ["missed"])

    def test_a_finding_with_a_wrong_field_is_told_so(self):
        record = self.finding()
        record[record["finding"]]["lost"] = "unknown"
        self.assertEqual(self.score(), ["fields"])

    def test_a_finding_without_cause_is_false(self):
        self.records.append({**self.finding(), "finding": "stale_rst",
                             "confidence": "likely"})
        self.assertEqual(self.score(), ["false"])

    def test_a_certain_finding_without_cause_is_worse(self):
        self.records.append({**self.finding(), "finding": "stale_rst"})
        self.assertEqual(self.score(), ["certain_false"])

    def test_a_wrong_state_is_wrong(self):
        self.records[0]["client"]["state"] = "close_wait"
        self.assertEqual(self.score(), ["state"])

    def test_a_certain_wrong_state_is_worse(self):
        self.records[0]["client"].update(state="close_wait",
                                         state_grade="certain")
        self.assertEqual(self.score(), ["certain_state"])

    def test_not_to_know_a_state_is_not_wrong(self):
        self.records[0]["client"]["state"] = "unknown"
        self.assertEqual(self.score(), [])

    def test_a_wrong_first_closer_is_wrong(self):
        self.records[0]["close"] = {**self.records[0]["close"],
                                    "closed_first": "server"}
        self.assertEqual(self.score(), ["close"])

    def test_ends_may_be_exchanged_if_all_else_is_too(self):
        for i, r in enumerate(self.records):
            self.records[i] = {**r, "client": r["server"],
                               "server": r["client"]}
        self.records[0]["close"] = {**self.records[0]["close"],
                                    "closed_first": "server"}
        for r in self.records[1:]:
            r["end"] = "client"
        self.assertEqual(self.score(), [])

    def test_a_connection_that_never_was_is_strange(self):
        self.records.append({**self.records[0],
                             "client": {"ip": "192.0.2.1", "port": 9}})
        self.assertEqual(self.score(), ["strange"])

    def test_a_missing_close_record_is_told(self):
        self.records.pop(0)
        self.assertEqual(self.score(), ["records"])

    def test_a_certain_step_into_a_state_that_never_was(self):
        self.records.append({**self.finding(), "event_type": "tcp_state",
                             "end": "client", "grade": "certain",
                             "to": "closing", "frame": 3})
        self.assertEqual(self.score(), ["certain_step"])

    def test_a_setting_in_the_range_is_right(self):
        host = host_record(self.truth, "server", "tcp_fin_timeout")
        host["settings"]["tcp_fin_timeout"].update(at_least=0, at_most=61)
        self.records.append(host)
        self.assertEqual(self.score(), [])

    def test_a_setting_out_of_the_range_is_wrong_unless_only_possible(self):
        host = host_record(self.truth, "server", "tcp_orphan_retries")
        seen = host["settings"]["tcp_orphan_retries"]
        self.assertEqual(seen["at_least"], 8)   # what 0 counts as
        seen["at_most"] = seen["at_least"] = 7
        self.records.append(host)
        self.assertEqual(self.score(), ["setting"])
        seen["confidence"] = "possible"
        self.assertEqual(self.score(), [])

    def test_a_setting_of_a_stranger_is_wrong(self):
        host = host_record(self.truth, "server", "tcp_rfc1337")
        host["host"]["ip"] = "192.0.2.1"
        self.records.append(host)
        self.assertEqual(self.score(), ["setting"])

    def test_a_setting_that_was_not_told_is_missed(self):
        self.truth["betrays"] = [{"end": "client", "setting": "tcp_rfc1337",
                                  "only_at": ["client", "middle"]}]
        self.assertEqual(self.score(), ["missed"])
        self.truth["betrays"][0]["only_at"] = ["client"]
        self.assertEqual(self.score(), [])

    def test_settings_are_the_kernels_or_what_the_scenario_changed(self):
        truth, _ = stored("peer_silent_capped")
        server = truth["connections"][0]["server"]["ip"]
        for known in (truth["hosts"], None):
            truth["hosts"] = known
            end, settings = hosts_of(truth)[server]
            self.assertEqual((end, settings["tcp_rto_max_ms"],
                              settings["tcp_fin_timeout"]),
                             ("server", 1000, 60))

    def test_all_stored_truths_agree_with_themselves(self):
        for file in sorted(os.listdir(TESTDATA)):
            name = file.removesuffix(".truth.json")
            if name == file:
                continue
            truth, packets = stored(name)
            if truth["place"] == "middle":
                with self.subTest(name):
                    records = perfect(truth, packets)
                    self.assertEqual(kinds(truth, packets, records), [])


if __name__ == "__main__":
    unittest.main()
