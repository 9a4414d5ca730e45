#!/bin/sh
# Metrics of a live capture on the loopback of a network namespace made for it.
# Needs root; without, it is skipped. TCPCLOSE names the program.

command -v promtool >/dev/null || { echo "needs promtool"; exit 77; }
. tests/lib/live.sh

m=$scratch/m
mkdir "$m"

says_line() {
	grep -q "^tcpclose_$1\$" "$m/x.prom"
}

# Before any packet came, everything that is counted is there.
begins_with_0() {
	promtool check metrics <"$m/x.prom" || return
	for line in 'packets_total{interface="lo"} 0' \
		'dropped_packets_total{by="kernel",interface="lo"} 0' \
		'dropped_packets_total{by="interface",interface="lo"} 0' \
		'connections_reported_total{kind="fin",interface="lo"} 0' \
		'findings_opened_total{finding="lost_final_ack",interface="lo"} 0'
	do
		says_line "$line" || { echo "no $line"; return 1; }
	done
}

# No stats record is due for a minute, and nobody asks for one.
counts_soon() {
	tests/talk_live.py 5080 fin rst &&
		wait_for 90 says_line 'connections_total{interface="lo"} 2' &&
		! grep '"stats"' "$m/x.ndjson"
}

says_what_records_say() {
	says_line 'connections_reported_total{kind="reset",interface="lo"} 1' &&
		promtool check metrics <"$m/x.prom" &&
		tests/judge_metrics.py "$m/x.prom" "$m/x.ndjson"
}

"$t" -q -i lo --linger 0 -o "$m/x.prom" -o "$m/x.ndjson" tcp &
pid=$!
trap 'kill $pid 2>/dev/null; rm -rf "$scratch"' EXIT
wait_for 50 test -s "$m/x.prom"
it "begins with 0 before the first packet" begins_with_0
it "counts what happened without being asked" counts_soon
kill -INT "$pid"
ended=0
wait "$pid" || ended=$?
it "ends well" [ $ended -eq 0 ]
it "says at the end what the records say" says_what_records_say
finish
