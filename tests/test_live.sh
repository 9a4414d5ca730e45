#!/bin/sh
# Live capture, of real connections on the loopback of a network namespace
# made for it. Needs root; without, it is skipped. TCPCLOSE names the program.

. tests/lib/live.sh

# Begin a capture into $out; it has begun when its run record is there.
capture() {
	out=$scratch/$n_tests.ndjson
	"$t" -q -o "$out" "$@" &
	pid=$!
	wait_for 50 test -s "$out"
}

# End the capture; it ends well, and its last record is complete.
stop_capture() {
	status=0
	kill -INT "$pid" && wait "$pid" || status=$?
	cat "$out"
	[ "$status" -eq 0 ] && tail -n 1 "$out" | jq -e .final
}

talk() {
	port=$((port + 1)) # no four-tuple is used again
	tests/talk_live.py $port "$@"
}

count() {
	jq -s --arg type "$1" \
		'map(select(.event_type == $type)) | length' "$out"
}

is_reported() {
	grep -q '"tcp_close"' "$out"
}

reports_soon() {
	capture -i lo --linger 0.5 && talk rst &&
		wait_for 40 is_reported && stop_capture &&
		grep '"kind":"reset"' "$out" &&
		[ "$(count tcp_close)" = 1 ]
}
it "reports a connection soon after its end, though nothing follows it" \
	reports_soon

sees_real_closes() {
	capture -i lo && talk fin rst fin && sleep 0.5 && stop_capture &&
		[ "$(count tcp_close)" = 3 ] &&
		[ "$(grep -c '"kind":"fin"' "$out")" = 2 ]
}
it "reports at INT what is still held" sees_real_closes

sees_any() {
	capture -i any && talk fin && sleep 0.5 && stop_capture &&
		[ "$(count tcp_close)" = 1 ] &&
		grep linux_sll2 "$out"
}
it "captures from all interfaces at once" sees_any

filters() {
	capture -i lo tcp port $((port + 2)) && talk fin && talk rst &&
		sleep 0.5 && stop_capture &&
		[ "$(count tcp_close)" = 1 ] && grep '"kind":"reset"' "$out"
}
it "filters in the kernel" filters

counts() {
	capture -i lo -c 5 && talk fin && wait_for 30 test ! -d "/proc/$pid/fd" &&
		wait "$pid" && tail -n 1 "$out" | jq -e '.packets == 5'
}
it "ends after a number of packets" counts

cuts() {
	capture -i lo -s 96 -B 1024 -p --immediate-mode && talk fin &&
		sleep 0.5 && stop_capture && [ "$(count tcp_close)" = 1 ] &&
		grep '"complete":true' "$out"
}
it "takes snap length, buffer and modes" cuts

says_stats() {
	capture -i lo && kill -USR1 "$pid" &&
		wait_for 20 grep '"final":false' "$out" && stop_capture
}
it "writes statistics at USR1 on a silent interface" says_stats

comes_back() {
	ip link add close0 type veth peer name close1 &&
		ip link set close1 up && ip link set close0 up || return
	out=$scratch/down.ndjson
	"$t" -i close0 -o "$out" 2>"$scratch/down.txt" &
	pid=$!
	wait_for 50 test -s "$out" && ip link set close0 down &&
		wait_for 20 grep "is down" "$scratch/down.txt" &&
		ip link set close0 up &&
		wait_for 20 grep "is up again" "$scratch/down.txt" &&
		stop_capture
}
it "goes on when an interface comes back" comes_back

tells_gone() {
	out=$scratch/gone.ndjson
	"$t" -i close0 -o "$out" 2>"$scratch/gone.txt" &
	pid=$!
	wait_for 50 test -s "$out" && ip link del close0 || return
	status=0
	wait "$pid" || status=$?
	cat "$scratch/gone.txt" "$out"
	[ $status -eq 1 ] && grep "close0: the interface is gone" \
		"$scratch/gone.txt" && tail -n 1 "$out" | jq -e .final
}
it "tells of an interface that is gone, and reports" tells_gone

# Segments with FIN pass the tap on loopback, and are dropped behind it.
drop_fins() {
	nft -f - <<RULES
table inet live {
	chain in {
		type filter hook input priority 0;
		tcp flags & fin == fin drop
	}
}
RULES
}

tells_while_it_lasts() {
	drop_fins || return
	capture -i lo && talk fin && wait_for 60 grep '"phase":"open"' "$out"
	found=$?
	nft delete table inet live
	stop_capture && [ $found -eq 0 ] || return
	grep -q '"phase":"closed"' "$out" || return
	jq -s 'map(select(.event_type == "tcp_finding")) |
		group_by(.event_id) | map(map(.phase)) |
		all(. == ["open", "closed"] or . == ["closed"])' "$out" |
		grep true
}
if command -v nft >/dev/null; then
	it "tells a trouble while it lasts, and again when it is over" \
		tells_while_it_lasts
fi

it "lists the interfaces" says 0 ".lo [Up, Running, Loopback" "$t" -D
it "tells an interface that is not there" \
	says 1 "nosuch0: there is no such interface" "$t" -i nosuch0
it "tells a wrong filter" says 2 "capture filter" "$t" -i lo tcp prot 80

if setpriv --version >/dev/null 2>&1; then
	chmod 755 "$scratch" && cp "$t" "$scratch/tcpclose"
	it "says what permission is missing" says 1 "cap_net_raw" \
		setpriv --reuid 65534 --clear-groups "$scratch/tcpclose" -i lo
fi
finish
