#!/bin/sh
# The systemd unit: is it one, does it give little away, and can the program
# work with no more than that? TCPCLOSE names the program.

t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
command -v systemd-analyze >/dev/null || { echo "needs systemd-analyze"; exit 77; }
if [ "$(id -u)" -eq 0 ] && [ -z "$LIVE_NAMESPACE" ] &&
	unshare -n true 2>/dev/null; then
	LIVE_NAMESPACE=1 exec unshare -n "$0"
fi

. tests/lib/tap.sh

cp "$t" "$scratch/tcpclose" && chmod 755 "$scratch/tcpclose"
unit=$scratch/tcpclose@.service
sed "s|@BINDIR@|$scratch|" "tools/systemd/tcpclose@.service.in" >"$unit"
chmod 644 "$unit"

# It says nothing, or what is wrong; its status has not always told.
is_sound() {
	words=$(systemd-analyze verify --man=no "$unit" 2>&1)
	[ -z "$words" ] || { printf '%s\n' "$words"; return 1; }
}
it "is a unit without a mistake" is_sound

# On the scale of 10; the rest is for capturing packets.
it "is exposed by no more than 2.0" systemd-analyze security --offline=true \
	--threshold=20 "$unit"

# The value of the last line NAME=value.
value() {
	sed -n "s/^$1=//p" "$unit" | tail -n 1
}

# With the capability that the unit gives, and no other, for a user that is
# nobody; in promiscuous mode, as it is by default.
begins() {
	mkdir "$scratch/log"
	cap=+$(value AmbientCapabilities | tr A-Z a-z | sed 's/^cap_//')
	setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
		--inh-caps "-all,$cap" --ambient-caps "-all,$cap" \
		--bounding-set "-all,$cap" \
		"$scratch/tcpclose" -i lo -o "$scratch/log/lo.ndjson" &
	pid=$!
	n=0
	until [ -s "$scratch/log/lo.ndjson" ] || [ $n -eq 50 ]; do
		n=$((n + 1))
		sleep 0.1
	done
	grep -E "^(Cap|NoNew)" "/proc/$pid/status"
	# A build that sanitizers watch gives up nothing (tcpclose -V).
	grep -q "^CapEff:[[:space:]]*0000000000000000" "/proc/$pid/status" ||
		"$t" -V | grep -q "no sandbox"
	dropped=$?
	kill -INT "$pid" && wait "$pid" && [ $dropped -eq 0 ] &&
		grep '"final":true' "$scratch/log/lo.ndjson"
}
if [ -n "$LIVE_NAMESPACE" ] && setpriv --version >/dev/null 2>&1; then
	ip link set lo up
	it "captures with the unit's one capability, and drops it" begins
fi
finish
