# shellcheck shell=sh
# Live captures on the loopback of namespaces of their own, into $out, for tests:
# source this first of all. Needs root; without, the test is skipped.

t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
for tool in jq python3 ip unshare mount; do
	command -v $tool >/dev/null || { echo "needs $tool"; exit 77; }
done
if [ -z "$LIVE_NAMESPACE" ]; then
	apart="unshare -nmpf --mount-proc --kill-child"
	$apart true 2>/dev/null || { echo "needs namespaces"; exit 77; }
	LIVE_NAMESPACE=1 exec $apart "$0"
fi

. tests/lib/tap.sh

ip link set lo up
port=5080

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

fresh() {
	out=$scratch/$n_tests
	words=$out/words
	mkdir "$out"
}

# Begin a capture that reports soon; it has begun when there is something in a
# file of the pattern $1.
capture() {
	begun=$1
	shift
	"$t" -i lo --linger 0.2 "$@" >"$out/stdout" 2>"$words" &
	pid=$!
	wait_for 50 has_begun
}

has_begun() {
	for file in $begun; do
		[ -s "$file" ] && return
	done
	return 1
}

# load N: connections, each of which is a tcp_close
load() {
	port=$((port + 1))
	tests/talk_live.py $port "load:$1"
}

# end_capture SIGNAL STATUS; the kernel hands packets over in blocks.
end_capture() {
	status=0
	sleep 0.3
	kill -"$1" "$pid" && wait "$pid" || status=$?
	cat "$words"
	[ "$status" -eq "$2" ]
}

closes() {
	grep -hc '"event_type":"tcp_close"' "$@" |
		awk '{ n += $1 } END { print n + 0 }'
}

# Every file: whole lines, first a run record.
stand_by_themselves() {
	for file in "$@"; do
		head -n 1 "$file" | jq -e '.event_type == "run"' &&
			jq -e .event_type "$file" >"$scratch/types" || return
	done
}
