#!/bin/sh
# --kernel-states, on real sockets in a network namespace made for it; ss and
# sysctl are the judges. Needs root and libmnl; without, it is skipped. TCPCLOSE
# names the program.

t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
for tool in jq python3 ip unshare ss sysctl; do
	command -v $tool >/dev/null || { echo "needs $tool"; exit 77; }
done
"$t" --version | grep -q libmnl || { echo "built without libmnl"; exit 77; }
if [ -z "$LIVE_NAMESPACE" ]; then
	unshare -n true 2>/dev/null || { echo "needs namespaces"; exit 77; }
	LIVE_NAMESPACE=1 exec unshare -n "$0"
fi

. tests/lib/tap.sh

ip link set lo up
out=$scratch/x.ndjson

# wait_for TENTHS COMMAND...: until it succeeds.
wait_for() {
	tries=$1
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$tries" -gt 0 ] || return 1
		tries=$((tries - 1))
		sleep 0.1
	done
}

count_ss() {
	ss -Htan | awk '
	BEGIN {
		split("SYN-SENT SYN-RECV ESTAB FIN-WAIT-1 FIN-WAIT-2 CLOSING " \
		      "TIME-WAIT CLOSE-WAIT LAST-ACK", said)
		split("syn_sent syn_received established fin_wait_1 fin_wait_2 " \
		      "closing time_wait close_wait last_ack", name)
	}
	{ n[$1]++ }
	END {
		for (i = 1; i <= 9; i++)
			printf "%s\"%s\":%d", (i > 1 ? "," : "{"), name[i], n[said[i]]
		print "}"
	}'
}

# The sockets are held, so ss sees what the stats record does.
"$t" -q -i lo --kernel-states --linger 1 -o "$out" -o "$scratch/x.txt" &
pid=$!
wait_for 50 test -s "$out"
tests/talk_held.py 5300 30 pin stall close_wait half &
held=$!
tests/talk_live.py 5310 fin fin fin
opened=no
wait_for 100 grep '"phase":"open"' "$out" && opened=yes
count_ss >"$scratch/ss.json"
kill -USR1 "$pid"
wait_for 20 grep '"final":false' "$out"
status=0
kill -INT "$pid" && wait "$pid" || status=$?
kill "$held"
wait "$held" 2>/dev/null

# All records, the finished ones of the pin, and the one that USR1 asked for.
show() {
	cat "$out" "$scratch/ss.json" "$scratch/x.txt"
	jq -se "$1" "$out"
}

ends_well() {
	show 'last | .event_type == "stats" and .final' && [ "$status" -eq 0 ]
}
it "ends well" ends_well

pin='map(select(.finding == "fin_wait_1_pin"))'
tells_pin() {
	[ "$opened" = yes ] && show "$pin"' | map(.phase) == ["open", "closed"]
		and all(.confidence == "certain" and .server.port == 5300
			and .fin_wait_1_pin.fin == "not_visible"
			and .fin_wait_1_pin.close_shown_by == "kernel"
			and .kernel.end == "server"
			and .kernel.state == "fin_wait_1"
			and .kernel.timer == "probe"
			and .kernel.timer_expires_us > 0
			and .kernel.send_queue_bytes > 1
			and .kernel.send_window_bytes == 0
			and .kernel.orphaned)'
}
it "tells a pin whose FIN is not on the wire as certain" tells_pin

dismisses() {
	show "$pin"' | all(.server.port != 5301)' &&
		show 'last.findings_dismissed == 1
			and (map(select(.server.port == 5301
				and .event_type == "tcp_close"))
				| length == 1 and all(has("findings") | not))'
}
it "dismisses a stall of a program that has not closed" dismisses

agrees_with_ss() {
	cat "$out" "$scratch/ss.json"
	jq -se --slurpfile ss "$scratch/ss.json" \
		'map(select(.event_type == "stats" and .final == false)) | length == 1
			and (.[0].host_states | . == $ss[0]
				and .established == 3 and .fin_wait_1 == 1
				and .fin_wait_2 == 2 and .close_wait == 2
				and .time_wait == 3)' "$out"
}
it "counts the sockets of the host as ss does" agrees_with_ss

agrees_with_sysctl() {
	for name in tcp_fin_timeout tcp_orphan_retries tcp_tw_reuse \
		tcp_max_tw_buckets tcp_max_orphans tcp_rfc1337 \
		ip_local_port_range; do
		# shellcheck disable=SC2046 # one number or two
		set -- $(sysctl -n net.ipv4.$name 2>/dev/null)
		wanted=null
		[ $# -eq 0 ] || wanted=$1
		[ $# -le 1 ] || wanted="[$1,$2]"
		jq -se "last.host_sysctls.$name == $wanted" "$out" ||
			{ echo "$name is $wanted"; return 1; }
	done
	show 'last.host_sysctls.tcp_fin_timeout > 0'
}
it "tells the sysctls as sysctl does" agrees_with_sysctl

says_in_text() {
	show true
	grep -q "the kernel says: the server is in FIN-WAIT-1, held by no" \
		"$scratch/x.txt" &&
		grep -q "sockets: 3 ESTAB, 1 FIN-WAIT-1" "$scratch/x.txt" &&
		grep -q "tcp_orphan_retries 0: acts as 8" "$scratch/x.txt"
}
it "says it in text too" says_in_text

# Records against the schemas, by another's implementation.
are_valid() {
	python3 - "$out" <<-'END'
	import json, sys
	from jsonschema import Draft202012Validator
	for line in open(sys.argv[1]):
	    record = json.loads(line)
	    schema = json.load(open(f"schemas/{record['event_type']}.json"))
	    Draft202012Validator(schema).validate(record)
	END
}
if python3 -c 'import jsonschema' 2>/dev/null; then
	it "writes records that the schemas allow" are_valid
fi
it "says that a file has no sockets" \
	says 2 "--kernel-states: sockets of now say nothing about a file" \
	"$t" -r testdata/orderly_client_first.pcap --kernel-states
finish
