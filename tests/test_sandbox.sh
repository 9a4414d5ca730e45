#!/bin/sh
# The program gives up its rights before it reads, and can do all the same
# what it is asked for: on an interface of a namespace made for it, and with
# captures. TCPCLOSE names the program. Without root, or with a program that
# has no sandbox, a part is skipped.

t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
command -v jq >/dev/null || { echo "needs jq"; exit 77; }
if "$t" -V | grep -q "no sandbox"; then
	echo "this build has no sandbox"
	exit 77
fi
is_root=$([ "$(id -u)" -ne 0 ] || echo yes)
if [ -n "$is_root" ] && [ -z "$LIVE_NAMESPACE" ]; then
	unshare -n true 2>/dev/null || { echo "needs namespaces"; exit 77; }
	LIVE_NAMESPACE=1 exec unshare -n "$0"
fi

. tests/lib/tap.sh

good=testdata/orderly_client_first.pcap
out=$scratch/out
mkdir "$out"
cp "$t" "$scratch/tcpclose" && chmod 755 "$scratch/tcpclose"

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

# begin FILE ARGUMENT...: a live capture that writes there; it has begun when
# the file has a record.
begin() {
	file=$1
	shift
	"$t" -i lo -o "$file" "$@" 2>"$scratch/words" &
	pid=$!
	wait_for 50 test -s "$file" || { cat "$scratch/words"; return 1; }
}

end() {
	status=0
	kill -INT "$pid" && wait "$pid" || status=$?
	cat "$scratch/words"
	return $status
}

# is NAME VALUE...: a line of the process's status.
is() {
	grep -E "^($1)" "/proc/$pid/status"
	name=$1
	shift
	[ "$(sed -n "s/^$name:[[:space:]]*//p" "/proc/$pid/status" |
		tr '\t' ' ')" = "$*" ]
}

protections() {
	jq -r 'select(.event_type == "run") | .sandbox // [] | join(" ")' "$@"
}

gives_up_all() {
	begin "$out/live.ndjson" || return
	is Uid 65534 65534 65534 65534 && is NoNewPrivs 1 && is Seccomp 2 &&
		is CapPrm 0000000000000000 && is CapEff 0000000000000000 &&
		is CapBnd 0000000000000000 && is Threads 1
	given_up=$?
	end && [ $given_up -eq 0 ] &&
		protections "$out/live.ndjson" | grep -x \
			"user:nobody no_new_privs no_capabilities landlock:[0-9]* seccomp"
}

# Traffic after the rights are gone; what it makes is nobody's.
goes_on_after_hup() {
	begin "$out/hup.ndjson" --linger 0.5 &&
		mv "$out/hup.ndjson" "$out/hup.1" &&
		kill -HUP "$pid" && wait_for 30 test -e "$out/hup.ndjson" &&
		tests/talk_live.py 5080 rst &&
		wait_for 40 grep '"tcp_close"' "$out/hup.ndjson"
	went_on=$?
	end && [ $went_on -eq 0 ] &&
		[ "$(stat -c %U "$out/hup.1" "$out/hup.ndjson" | uniq)" = nobody ]
}

warns_of_directories() {
	mkdir -m 755 "$scratch/closed" && begin "$scratch/closed/x.ndjson" &&
		end | grep "closed/x.ndjson: warning: HUP will fail"
}

# A file that is replaced needs its directory, and is nobody's from the start:
# in a directory like /tmp only its owner may replace it.
replaces() {
	mkdir -m 1777 "$scratch/sticky" &&
		"$t" -r "$good" -o "$scratch/sticky/x.prom" &&
		grep tcpclose_ "$scratch/sticky/x.prom" &&
		[ "$(stat -c %U "$scratch/sticky/x.prom")" = nobody ]
}

becomes_another() {
	chmod 755 "$scratch/closed" && chown daemon "$scratch/closed" &&
		begin "$scratch/closed/d.ndjson" -Z daemon &&
		[ "$(stat -c %U "/proc/$pid/task" "$scratch/closed/d.ndjson" |
			uniq)" = daemon ]
	became=$?
	end && [ $became -eq 0 ] && [ ! -s "$scratch/words" ] &&
		protections "$scratch/closed/d.ndjson" | grep "user:daemon"
}

stays_root() {
	begin "$out/root.ndjson" -Z root && is Uid 0 0 0 0 && is Seccomp 2 &&
		is CapEff 0000000000000002
	stayed=$?
	end && [ $stayed -eq 0 ]
}

gives_up_nothing() {
	begin "$out/no.ndjson" --no-sandbox && is Uid 0 0 0 0 &&
		is Seccomp 0 && is NoNewPrivs 0
	gave=$?
	end && [ $gave -eq 0 ] && [ -z "$(protections "$out/no.ndjson")" ]
}

# Files that only root may read, more than are kept open before their turn.
many=$scratch/many
make_many() {
	mkdir -m 711 "$many" && for i in $(seq 30); do
		cp "$good" "$many/$i.pcap" && gzip -c "$good" >"$many/$i.gz"
	done
	chmod 600 "$many"/*
}

connections() {
	jq -s 'map(select(.event_type == "tcp_close")) | length' "$@"
}

reads_what_nobody_may() {
	make_many && "$t" -r "$many" -o "$out/many.ndjson" &&
		protections "$out/many.ndjson" | grep "user:nobody" &&
		[ "$(connections "$out/many.ndjson")" = 1 ]
}

# 60 files, but 150 descriptors, of which 128 are spared.
few_descriptors() (
	# shellcheck disable=SC3045 # not POSIX's, but every Linux shell's
	ulimit -n 150
	exec "$@"
)

if [ -n "$is_root" ] && command -v python3 >/dev/null; then
	ip link set lo up
	it "gives up all rights of root on an interface" gives_up_all
	it "opens its output anew after HUP" goes_on_after_hup
	it "warns of a directory where nothing can be opened anew" \
		warns_of_directories
	it "replaces what it made in a directory for all" replaces
	it "tells a directory where nothing can be replaced" says 1 \
		"x.prom: cannot be replaced, as its directory is closed" \
		"$t" -r "$good" -o "$scratch/closed/x.prom"
	it "becomes another user, whose files it makes" becomes_another
	it "stays root when told, with less" stays_root
	it "gives up nothing when told" gives_up_nothing
	it "reads captures that only root may read" reads_what_nobody_may
	it "says if they are too many to be held open" \
		says 1 "too many captures to hold them open" \
		few_descriptors "$t" -r "$many"
	chmod 644 "$many"/*
	it "opens again what others may read" \
		says 0 "closed first" few_descriptors "$t" -r "$many"
	it "stays root for what only root may read" \
		says 0 "closed first" few_descriptors "$t" -r "$many" -Z root
fi

protects_reading() {
	"$t" -r "$good" -o ndjson:- | protections | grep "landlock.*seccomp"
}
it "gives up rights before it reads a capture" protects_reading
it "resolves names in a filter before it gives up files" \
	says 0 "1 connection" "$t" -r "$good" tcp port http or host localhost or tcp
it "reads a compressed pipe" \
	says 0 "1 connection" sh -c "gzip -c $good | $t -r -"
it "reads a named pipe" sh -c "mkfifo $scratch/fifo &&
	{ cat $good >$scratch/fifo & } && $t -r $scratch/fifo -r $good |
	grep 'packets (3'"
it "tells a user that is not there" \
	says 2 "-Z nosuch: there is no such user" "$t" -r "$good" -Z nosuch

as_user() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$scratch/tcpclose" "$@"
}
user_reads() {
	as_user -r - -o "$out/user.ndjson" <"$good" &&
		protections "$out/user.ndjson" | grep \
			"^no_new_privs no_capabilities landlock.*seccomp"
}
if [ -n "$is_root" ] && setpriv --version >/dev/null 2>&1; then
	it "protects the runs of every user" user_reads
	it "lets only root become another" says 2 "only root can become" \
		as_user -r - -Z daemon <"$good"
	it "takes the user that it is" says 0 "1 connection" \
		as_user -r - -Z nobody <"$good"
fi
finish
