#!/bin/sh
# Metrics of captures: promtool takes them, they say what the records say, and
# nobody ever sees half of them. TCPCLOSE names the program.

. tests/lib/tap.sh
t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }

trouble=testdata/trouble.pcapng
m=$scratch/m
mkdir "$m"

# judged SENTENCE TOOL COMMAND...: skipped, and loudly, without the tool.
judged() {
	sentence=$1 tool=$2
	shift 2
	if command -v "$tool" >/dev/null; then
		it "$sentence" "$@"
	else
		n_tests=$((n_tests + 1))
		echo "ok $n_tests - $sentence # SKIP $tool is not there:" \
			"NOBODY judged this"
	fi
}

# A capture without a packet.
no_packets() {
	head -c 24 testdata/orderly_client_first.pcap >"$m/none.pcap"
	echo "$m/none.pcap"
}

promtool_takes() {
	"$t" -q -r "$1" -o "$m/x.prom" && promtool check metrics <"$m/x.prom"
}

says_the_same() {
	"$t" -q -r "$1" -o "$m/y.prom" -o "$m/y.ndjson" &&
		tests/judge_metrics.py "$m/y.prom" "$m/y.ndjson"
}

judged "promtool finds nothing to say about a capture of troubles" \
	promtool promtool_takes $trouble
judged "nor about all captures together" promtool promtool_takes testdata
judged "nor about a capture without packets" \
	promtool promtool_takes "$(no_packets)"
for capture in $trouble testdata "$m/none.pcap" testdata/port_exhaustion.pcap \
	testdata/bad_view_abort.shuffled.pcap; do
	judged "metrics of $(basename "$capture") say what its records say" \
		python3 says_the_same "$capture"
done

prints_once() {
	[ "$("$t" -r $trouble -o prom:- | grep -c '^tcpclose_packets_total ')" \
		= 1 ]
}
it "prints them once to standard output" prints_once

all_may_read() {
	(umask 077 && "$t" -q -r $trouble -o "$m/u.prom") &&
		[ "$(stat -c %a "$m/u.prom")" = 644 ]
}
it "makes a file that all may read" all_may_read
it "leaves nothing else beside it" \
	[ "$(find "$m" -name 'u.*')" = "$m/u.prom" ]

# The capture, another output, and a file that two names lead to.
is_spared() {
	cp $trouble "$m/c.pcapng"
	says 2 "this is the capture to be read" \
		"$t" -r "$m/c.pcapng" -o "prom:$m/c.pcapng" &&
		cmp $trouble "$m/c.pcapng"
}
it "does not replace the capture it reads" is_spared
it "refuses a file that is another output" says 2 "another output already" \
	"$t" -r $trouble -o "$m/two.json" -o "prom:$m/two.json"
it "refuses it the other way round" says 2 "another output already" \
	"$t" -r $trouble -o "prom:$m/three" -o "json:$m/./three"
it "tells a folder that is not there" says 1 "cannot create" \
	"$t" -r $trouble -o "$m/absent/x.prom"
if [ -c /dev/full ]; then
	it "tells a device that takes nothing" says 1 "/dev/full: cannot write" \
		"$t" -q -r $trouble -o prom:/dev/full
fi

# Waits up to 5 s for a command to succeed.
wait_for() {
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.05
	done
}

# A run that waits for more packets in a pipe.
begin_waiting() {
	rm -f "$m"/w.*
	mkfifo "$m/pipe"
	"$t" -q -r - -o "$m/w.prom" -o "$m/w.ndjson" <"$m/pipe" &
	waiting=$!
	exec 9>"$m/pipe"
	cat testdata/orderly_client_first.pcap >&9
	wait_for test -s "$m/w.ndjson"
}

end_waiting() {
	kill -"$1" "$waiting"
	status=0
	wait "$waiting" || status=$?
	exec 9>&-
	rm -f "$m/pipe"
	return "$status"
}

# More packets let a signal be seen: the read that waits is not broken off.
more_packets() {
	tail -c +25 testdata/orderly_client_first.pcap >&9
}

# First line to last: what promtool would not miss.
is_whole() {
	head -n 1 "$1" | grep -q '^# HELP tcpclose_build_info ' &&
		tail -n 1 "$1" | grep -q '^tcpclose_findings_total{.*} [0-9]*$' &&
		[ "$(grep -c . "$1")" -gt 200 ]
}

packets() {
	sed -n 's/^tcpclose_packets_total //p' "$m/w.prom"
}

# Statistics over and over, while the file is read over and over; then the
# program is killed in the midst of it.
is_whole_whenever_read() {
	begin_waiting && kill -USR1 "$waiting" && more_packets &&
		wait_for is_whole "$m/w.prom" || return
	n_read=0
	while [ $n_read -lt 60 ]; do
		kill -USR1 "$waiting" && more_packets || return
		cat "$m/w.prom" >"$m/seen.prom"
		is_whole "$m/seen.prom" || return
		[ -z "$(find "$m" -name 'w*.prom' ! -name w.prom)" ] || return
		n_read=$((n_read + 1))
	done
	kill -USR1 "$waiting" && more_packets
	! end_waiting KILL && [ $status -eq 137 ] && is_whole "$m/w.prom" &&
		[ "$(packets)" -gt 100 ]
}
it "is whole whenever it is read, and after the program was killed" \
	is_whole_whenever_read

goes_on_after_kill() {
	echo "half a li" >"$m/w.prom.new"
	"$t" -q -r $trouble -o "$m/w.prom" && is_whole "$m/w.prom" &&
		[ ! -e "$m/w.prom.new" ] && [ "$(packets)" = 169 ]
}
it "is whole again after the next run" goes_on_after_kill

is_not_rotated() {
	begin_waiting && kill -HUP "$waiting" && more_packets &&
		kill -USR1 "$waiting" && more_packets &&
		wait_for is_whole "$m/w.prom" && end_waiting INT &&
		is_whole "$m/w.prom"
}
it "stays where it is at HUP" is_not_rotated
finish
