#!/bin/sh
# Live findings of real connections, closed badly in a network namespace made
# for it: told within a second, and less sure where the kernel dropped packets.
# Needs root; without, it is skipped. TCPCLOSE names the program.

. tests/lib/live.sh

out=$scratch/told.ndjson

# capture OPTION...: it has begun when its run record is there.
capture() {
	"$t" -q -i lo -o "$out" "$@" &
	pid=$!
	wait_for 50 test -s "$out"
}

stop_capture() {
	status=0
	kill -INT "$pid" && wait "$pid" || status=$?
	return $status
}

# Each open one is closed, once, and none is left.
all_are_closed() {
	jq -es 'map(select(.event_type == "tcp_finding")) |
		group_by(.event_id) | map(map(.phase)) |
		all(. == ["open", "closed"] or . == ["closed"])' "$out"
}

tells() {
	rm -f "$out"
	capture --linger 0.5 || return
	tests/told_live.py "$out" "$2" "$1"
	told=$?
	stop_capture && [ $told -eq 0 ] && all_are_closed
}
it "tells within a second that a request was reset unread" tells unread 5100
if command -v nft >/dev/null; then
	it "tells a lost last ACK within a second" tells last_ack 5110
	it "tells a FIN that is repeated within a second" tells fin 5120
fi

# More than the buffer holds, while nobody empties it.
flood() {
	kill -STOP "$pid"
	python3 - <<-'FLOOD'
		import socket
		to = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for _ in range(20000):
		    to.sendto(b"x" * 200, ("127.0.0.1", 9))
	FLOOD
	kill -CONT "$pid"
}

is_closed() {
	jq -es --argjson port "$1" \
		'any(.event_type == "tcp_close" and .server.port == $port)' \
		"$out"
}

# of PORT FIELD: of the finding about the server's port, at its end
of() {
	jq -rs --argjson port "$1" "map(select(.server.port == \$port)) |
		map(select(.phase == \"closed\" or .close)) | add | .$2" "$out"
}

weighs_drops() {
	rm -f "$out"
	capture --linger 1 -B 64 || return
	tests/told_live.py "$out" 5130 unread && wait_for 50 is_closed 5130 &&
		tests/told_live.py "$out" 5140 unread && flood && sleep 1.2
	stop_capture || return
	cat "$out"
	tail -n 1 "$out" | jq -e '.dropped.kernel > 0' &&
		[ "$(of 5130 confidence)" = certain ] &&
		[ "$(of 5130 capture_loss)" != true ] &&
		[ "$(of 5140 confidence)" = likely ] &&
		[ "$(of 5140 capture_loss)" = true ]
}
it "is less sure of what it found while the kernel dropped packets" \
	weighs_drops
finish
