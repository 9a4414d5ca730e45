#!/bin/sh
# Rotated outputs of captures: what is cut where, and what the files are called.

. tests/lib/tap.sh

t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
command -v jq >/dev/null || { echo "needs jq"; exit 77; }

# Begin anew in an empty directory.
fresh() {
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	out=$scratch/out
}

run() {
	"$t" -r testdata -q "$@"
}

fresh
run -o "$scratch/whole.ndjson"
whole=$scratch/whole.ndjson

# The records of files in their order, without those that begin later files.
records() {
	cat "$@" | jq -c 'select(.event_type != "run" or (.part | not))'
}

# Whole lines, a run record first, and not much longer than SIZE.
stands_by_itself() {
	head -n 1 "$1" | jq -e '.event_type == "run"' >/dev/null &&
		jq -e .event_type "$1" >/dev/null &&
		[ "$(tail -c 1 "$1" | od -An -tx1)" = " 0a" ] &&
		[ "$(wc -c <"$1")" -lt $((65536 + 8192)) ]
}

cuts_by_size() {
	fresh
	run -C 64k -o "$out/x.ndjson" || return
	n=$(find "$out" -type f | wc -l)
	[ "$n" -gt 3 ] || return
	set -- "$out/x.ndjson"
	i=1
	while [ $i -lt "$n" ]; do
		set -- "$@" "$out/x.ndjson$i"
		i=$((i + 1))
	done
	for file in "$@"; do
		echo "$file"
		stands_by_itself "$file" || return
	done
	records "$@" >"$scratch/cut"
	jq -c . "$whole" | cmp - "$scratch/cut" &&
		[ "$(head -qn 1 "$@" | jq -c '.part // 1' | tail -n 1)" = "$n" ]
}
it "cuts records by size, and loses none" cuts_by_size

writes_over_the_oldest() {
	fresh
	run -C 64k -W 3 -o "$out/x.ndjson" || return
	[ "$(cd "$out" && echo ./*)" = \
		"./x.ndjson0 ./x.ndjson1 ./x.ndjson2" ] || return
	for file in "$out"/*; do
		stands_by_itself "$file" || return
	done
	# shellcheck disable=SC2046 # names without spaces
	records $(jq -r 'select(.part) | "\(.part) \(input_filename)"' \
		"$out"/* | sort -n | cut -d' ' -f2) >"$scratch/cut"
	n=$(wc -l <"$scratch/cut")
	[ "$n" -gt 100 ] && tail -n "$n" "$whole" | jq -c . |
		cmp - "$scratch/cut"
}
it "keeps a ring of files with the newest records" writes_over_the_oldest

numbers_sort() {
	fresh
	run -C 8k -W 12 -o "$out/x.ndjson" &&
		[ -e "$out/x.ndjson00" ] && [ -e "$out/x.ndjson11" ] &&
		[ "$(find "$out" -type f | wc -l)" -eq 12 ]
}
it "numbers a ring so that its names sort" numbers_sort

keeps_reports_whole() {
	fresh
	run -C 64k -o "$out/x.ndjson" -o "$out/x.json" -o "$out/x.txt" &&
		[ -e "$out/x.ndjson1" ] && [ ! -e "$out/x.json1" ] &&
		jq -e '.connections | length > 100' "$out/x.json"
}
it "does not cut reports by size" keeps_reports_whole

# A command that notes what it was given, and what it was run as.
cat >"$scratch/note" <<'COMMAND'
#!/bin/sh
echo "$1 $(wc -l <"$1") $(ps -o ni= -p $$) $(id -un)" >>"${0%/*}/noted"
COMMAND
chmod +x "$scratch/note"

runs_a_command() {
	fresh
	rm -f "$scratch/noted"
	run -C 64k -z "$scratch/note" -o "$out/x.ndjson" || return
	cat "$scratch/noted"
	[ "$(wc -l <"$scratch/noted")" -eq "$(find "$out" -type f | wc -l)" ] ||
		return
	while read -r file lines nice user; do
		[ "$(wc -l <"$file")" -eq "$lines" ] && [ "$nice" -eq 19 ] &&
			[ "$(stat -c %U "$file")" = "$user" ] || return
	done <"$scratch/noted"
	[ "$(cut -d' ' -f1 "$scratch/noted" | sort -u | wc -l)" -eq \
		"$(wc -l <"$scratch/noted")" ]
}
it "runs a command once on each finished file, as who made it" runs_a_command

packs() {
	fresh
	run -C 64k -z gzip -o "$out/x.ndjson" &&
		[ ! -e "$out/x.ndjson" ] &&
		[ "$(gzip -dc "$out"/*.gz | grep -vc '"part"')" -eq \
			"$(wc -l <"$whole")" ]
}
command -v gzip >/dev/null && it "packs finished files" packs

it "tells a command that fails" \
	says 0 "exit status 1" "$t" -r testdata -q -C 64k -z false \
	-o "$scratch/f.ndjson"
it "tells a command that is not there" \
	says 0 "cannot run: No such file" "$t" -r testdata -q -C 64k \
	-z "$scratch/absent" -o "$scratch/g.ndjson"

refuses() {
	words=$1
	shift
	says 2 "$words" "$t" -r testdata "$@"
}
it "wants a time in the names of -G" \
	refuses "-G needs a time in the name" -G 60 -o "$scratch/h.ndjson"
it "takes no time in the name of a directory" \
	refuses "not of its directory" -G 60 -o "$scratch/%H/h.ndjson"
it "refuses a ring of names with a time" refuses "leave the time out" \
	-G 60 -C 1 -W 3 -o "$scratch/h-%H.ndjson"
it "wants something to rotate by time" \
	refuses "standard output is not rotated" -G 60
it "wants something to cut by size" \
	refuses "there is no ndjson output to a file" -C 1 -o "$scratch/h.json"
it "wants rotation for -z" refuses "-z: outputs are not rotated" -z gzip
it "wants rotation for -W" refuses "-W: outputs are not rotated" -W 3
it "wants a second at least" refuses "at least 1 second" -G 0.5
it "wants room for a record" refuses "at least 8k" -C 1k

if [ "$(id -u)" -eq 0 ] && ! "$t" -V | grep -q "no sandbox"; then
	mkdir -m 755 "$scratch/closed"
	it "tells a directory where the next file could not be made" \
		says 1 "cannot be rotated, as its directory is closed" \
		"$t" -r testdata -C 64k -o "$scratch/closed/x.ndjson"
fi

spares_the_others() {
	fresh
		says 1 "x.ndjson1: this is another output already" \
		"$t" -r testdata -q -C 64k -o "$out/x.ndjson" \
		-o "json:$out/x.ndjson1" && jq -e .run "$out/x.ndjson1" && records "$out"/x.ndjson "$out"/x.ndjson[2-9] >"$out/r" &&
		jq -c . "$whole" | cmp - "$out/r"
}
it "goes on in the old file where the next cannot be had" spares_the_others

# A capture that takes a while, of one that is repeated.
lengthen() {
	tail -c +25 "$1" >"$scratch/more"
	for _ in 1 2 3 4 5 6 7 8 9 10 11; do
		cat "$scratch/more" "$scratch/more" >"$scratch/twice"
		mv "$scratch/twice" "$scratch/more"
	done
	head -c 24 "$1" | cat - "$scratch/more" >"$scratch/long.pcap"
}

# A run that is killed with SIGKILL while it writes.
killed() {
	"$t" -r "$scratch/long.pcap" -q --events tcp_close,tcp_state,run \
		-o "$out/a.ndjson" -o "$out/b.ndjson" -o "$out/c.ndjson" &
	pid=$!
	until [ -s "$out/c.ndjson" ]; do
		sleep 0.01
	done
	sleep "$1"
	kill -9 $pid || return
	wait $pid
	[ $? -eq 137 ]
}

# The keeper of lines has the file locked until it has done.
ends_in_a_line() {
	flock -w 2 "$1" tail -c 1 "$1" >"$scratch/end" &&
		[ -s "$scratch/end" ] &&
		[ "$(od -An -tx1 "$scratch/end")" = " 0a" ]
}

leaves_whole_lines() {
	lengthen testdata/reuse_soon_and_often.pcap
	for i in 00 01 02 03 04; do
		for k in 1 3 5 6 7 9; do
			fresh
			killed "0.$i$k" || return
			for file in "$out"/*; do
				ends_in_a_line "$file" || return
			done
		done
	done
}
command -v flock >/dev/null &&
	it "leaves whole lines if it is killed" leaves_whole_lines
finish
