#!/bin/sh
# What the program writes, and what becomes of an output that fails.

. tests/lib/tap.sh

t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
command -v jq >/dev/null || { echo "needs jq"; exit 77; }

good=testdata/orderly_client_first.pcap
bad=testdata/last_ack_lost_behind.pcap # has findings
out=$scratch/out
mkdir "$out"

# run ARGUMENT...: a run over the troubled capture that must end well.
run() {
	"$t" -r "$bad" "$@"
}

is_ndjson() {
	[ -s "$1" ] && jq -e .event_type "$1" >/dev/null
}

# The event types of a file, one of each, in one line.
types() {
	jq -r .event_type "$1" | sort -u | tr '\n' ' '
}

follows_the_ending() {
	run -o "$out/a.ndjson" -o "$out/a.jsonl" -o "$out/a.json" \
		-o "$out/a.txt" || return 1
	is_ndjson "$out/a.ndjson" && cmp "$out/a.ndjson" "$out/a.jsonl" &&
		jq -e .summary "$out/a.json" >/dev/null &&
		grep -q "How connections ended" "$out/a.txt"
}

empties_the_file() {
	head -c 100000 /dev/zero >"$out/old.ndjson"
	run -o "$out/old.ndjson" && is_ndjson "$out/old.ndjson"
}

writes_the_default_events() {
	run -o "$out/e.ndjson" &&
		[ "$(types "$out/e.ndjson")" = \
			"run stats tcp_close tcp_finding tcp_route tcp_service " ]
}

writes_the_events_asked_for() {
	run -o "$out/e.ndjson" --events tcp_state,run &&
		[ "$(types "$out/e.ndjson")" = "run tcp_state " ]
}

begins_with_run_and_ends_with_stats() {
	run -o "$out/e.ndjson" &&
		head -n 1 "$out/e.ndjson" | jq -e '.event_type == "run"' &&
		tail -n 1 "$out/e.ndjson" |
		jq -e '.event_type == "stats" and .final'
}

names_inputs_filter_and_options() {
	run --time-wait 120 --linger 60 --only-troubled -o "$out/r.ndjson" tcp &&
		head -n 1 "$out/r.ndjson" | jq -e --arg in "$bad" \
			'.inputs == [$in] and .filter == "tcp" and
			 .options == ["--only-troubled", "--time-wait 120"] and
			 .link_types == ["ethernet"] and .input_count == 1 and
			 (.libraries | length) > 5'
}

narrows_findings() {
	run --findings fin_retransmission -o "$out/f.ndjson" &&
		[ "$(jq -r 'select(.finding).finding' "$out/f.ndjson" |
			sort -u)" = fin_retransmission ]
}

leaves_out_what_is_not_troubled() {
	"$t" -r "$good" --only-troubled -o "$out/o.ndjson" &&
		[ "$(types "$out/o.ndjson")" = \
			"run stats tcp_route tcp_service " ]
}

# The accounts are of all connections, whichever of them are written.
accounts_are_of_all() {
	accounts='select(.event_type | test("tcp_(route|service|host)"))'
	"$t" -r "$good" -o "$out/all.ndjson" -o "$out/all.json" &&
		"$t" -r "$good" --only-troubled -o "$out/few.ndjson" \
			-o "$out/few.json" || return 1
	for file in all few; do
		jq -c "$accounts" "$out/$file.ndjson" >"$out/$file"
		jq -c .summary.offenders "$out/$file.json" >>"$out/$file"
	done
	grep -q tcp_route "$out/all" && cmp "$out/all" "$out/few"
}

narrows_by_severity() {
	run --min-severity error -o "$out/s.ndjson" &&
		[ "$(types "$out/s.ndjson")" = \
			"run stats tcp_close tcp_route tcp_service " ]
}

says_the_same_twice() {
	"$t" -r testdata -o "$out/1.ndjson" -o "$out/1.json" -o "$out/1.txt" &&
		"$t" -r testdata -o "$out/2.ndjson" -o "$out/2.json" \
			-o "$out/2.txt" &&
		cmp "$out/1.ndjson" "$out/2.ndjson" &&
		cmp "$out/1.json" "$out/2.json" && cmp "$out/1.txt" "$out/2.txt"
}

# Of several files, a frame number alone names no packet: what a host betrays
# names the connection that showed it, whose record names the file.
settings_name_their_connections() {
	for f in fin_wait_2_timeout peer_silent_2 reuse_chosen_ports \
		time_wait_protected_often; do
		set -- "$@" -r "testdata/$f.pcap"
	done
	"$t" "$@" -o ndjson:- | jq -s -e '
		map(select(.event_type == "tcp_close") | .flow_id) as $closed
		| map(select(.event_type == "tcp_host") | .settings[]?)
		| (length >= 4) and all(.[]; .flow_id | IN($closed[]))'
}

# A packed capture, piped or in a file, says what the plain one says.
says_the_same_packed() {
	gzip -c "$bad" >"$out/p.pcap.gz"
	plain='del(.source, .inputs, .formats)'
	run -o ndjson:- | jq -c "$plain" >"$out/plain"
	"$t" -r "$out/p.pcap.gz" -o ndjson:- | jq -c "$plain" >"$out/packed"
	"$t" -r - -o ndjson:- <"$out/p.pcap.gz" | jq -c "$plain" >"$out/piped"
	[ -s "$out/plain" ] && cmp "$out/plain" "$out/packed" &&
		cmp "$out/plain" "$out/piped"
}

it "writes the format that the ending says" follows_the_ending
it "writes the format that the prefix says" \
	sh -c "$t -r $bad -o ndjson:$out/x.txt && jq -e . $out/x.txt"
it "writes text to standard output by itself" says 0 "closed first" run
it "writes ndjson to standard output" \
	sh -c "$t -r $bad -o ndjson:- | jq -e .event_type"
it "empties a file that is there" empties_the_file
it "writes the default records" writes_the_default_events
it "writes the records asked for" writes_the_events_asked_for
it "begins with run and ends with stats" begins_with_run_and_ends_with_stats
it "names inputs, filter and options in run" names_inputs_filter_and_options
it "writes only the findings asked for" narrows_findings
it "writes only connections with trouble" leaves_out_what_is_not_troubled
it "keeps accounts of all connections" accounts_are_of_all
it "names the connection that shows a host's setting" \
	settings_name_their_connections
it "leaves out findings below a severity" narrows_by_severity
it "says the same when asked twice" says_the_same_twice
it "says the same of a packed capture" says_the_same_packed

it "says that html is not built yet" \
	says 2 "not built yet" run -o "$out/x.html"
it "says that pcapng is not built yet" \
	says 2 "not built yet" run -o "$out/x.pcapng"
it "asks for a format that cannot be told" \
	says 2 "which format?" run -o "$out/x.dat"
it "wants a file after the format" says 2 "no file after" run -o ndjson:
it "refuses two outputs to standard output" \
	says 2 "two outputs to standard output" run -o text:- -o ndjson:-
it "refuses the same file twice" \
	says 2 "another output already" run -o "$out/z.txt" -o "json:$out/z.txt"

spares_the_capture() {
	cp "$bad" "$out/c.pcap"
	says 2 "this is the capture to be read" \
		"$t" -r "$out/c.pcap" -o "text:$out/c.pcap" &&
		cmp "$bad" "$out/c.pcap"
}
it "does not write over the capture it reads" spares_the_capture

spares_yesterday() {
	echo yesterday >"$out/y.txt"
	says 1 "cannot open" "$t" -r "$out/absent.pcap" -o "$out/y.txt" &&
		grep -q yesterday "$out/y.txt"
}
it "does not touch an output if nothing can be read" spares_yesterday

# Whether it is a capture is known only after the outputs were opened.
spares_if_no_capture() {
	says 1 "no pcap or pcapng capture" "$t" -r tests/lib/tap.sh \
		-o "$out/y.txt" -o "$out/never.json" &&
		[ "$(cat "$out/y.txt")" = yesterday ] && [ ! -e "$out/never.json" ]
}
it "leaves no trace in outputs if nothing is a capture" spares_if_no_capture

# Standard input is there only once, which is no reason to give up the others.
goes_on_beside_stdin() {
	says 1 "absent.pcap: cannot open" "$t" -r "$out/absent.pcap" -r - \
		-o "$out/in.ndjson" <"$bad" &&
		[ "$(types "$out/in.ndjson")" = \
			"run stats tcp_close tcp_finding tcp_route tcp_service " ]
}
it "reads standard input though another input is missing" \
	goes_on_beside_stdin
it "tells an output that cannot be created" \
	says 1 "cannot create" run -o "$out/absent/x.txt"

once() {
	says 1 "/dev/full: cannot write" "$t" -r testdata -q \
		-o ndjson:/dev/full -o "$out/full.json" || return 1
	[ "$(printf '%s\n' "$heard" | wc -l)" -eq 1 ] &&
		jq -e .summary "$out/full.json" >/dev/null
}
if [ -c /dev/full ]; then
	it "tells once that an output fails, and completes the others" once
fi

# The reader of the pipe leaves after ten bytes; nothing is said of it.
ends_quietly() {
	{ "$t" -r testdata -o ndjson:- -o "$out/q.json"
	  echo $? >"$out/status"; } 2>"$out/words" | head -c 10 >/dev/null
	[ "$(cat "$out/status")" = 0 ] && [ ! -s "$out/words" ] &&
		jq -e .summary "$out/q.json" >/dev/null
}
it "ends quietly when the reader of a pipe leaves" ends_quietly
it "helps into a pipe whose reader leaves" \
	sh -c "$t --manual | head -n 1 | grep Dd"

# Waits up to 5 s for a command to succeed.
wait_for() {
	n=0
	until "$@" 2>/dev/null; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.05
	done
}

# A run that waits for more packets in a pipe is sent SIGNAL.
begin_waiting() {
	rm -f "$out/pipe" "$out/live.ndjson"
	mkfifo "$out/pipe"
	"$t" -r - -o "$out/live.ndjson" <"$out/pipe" &
	waiting=$!
	exec 9>"$out/pipe"
	cat "$good" >&9
	wait_for test -s "$out/live.ndjson"
}

end_waiting() {
	kill -"$1" "$waiting"
	status=0
	wait "$waiting" || status=$?
	exec 9>&-
	return "$status"
}

reports_when_stopped() {
	begin_waiting && end_waiting "$1" &&
		tail -n 1 "$out/live.ndjson" | jq -e .final &&
		grep '"tcp_close"' "$out/live.ndjson"
}
it "reports what was read when it is interrupted" reports_when_stopped INT
it "reports what was read when it is terminated" reports_when_stopped TERM

# The packets of a capture without its header.
more_packets() {
	tail -c +25 "$bad" >&9
}

goes_on_in_a_new_file() {
	begin_waiting && mv "$out/live.ndjson" "$out/old.ndjson" &&
		kill -HUP "$waiting" && more_packets &&
		wait_for test -e "$out/live.ndjson" && end_waiting INT &&
		is_ndjson "$out/old.ndjson" &&
		tail -n 1 "$out/live.ndjson" | jq -e .final
}
it "goes on in a new file after HUP" goes_on_in_a_new_file

writes_stats_now() {
	begin_waiting && kill -USR1 "$waiting" && more_packets &&
		wait_for grep '"final":false' "$out/live.ndjson" &&
		end_waiting INT
}
it "writes statistics after USR1" writes_stats_now

# A later account takes the place of an earlier one by its id.
writes_accounts_with_them() {
	begin_waiting && kill -USR1 "$waiting" && more_packets &&
		wait_for grep '"tcp_route".*"final":false' "$out/live.ndjson" &&
		end_waiting INT || return 1
	jq -s -e 'map(select(.event_type == "tcp_route"))
		| group_by(.event_id)
		| (map(length) | max) == 2 and all(.[]; last.final)' \
		"$out/live.ndjson"
}
it "writes accounts so far with them" writes_accounts_with_them

esc=$(printf '\033')
it "has no colour in a file" \
	sh -c "$t -r $bad -o $out/n.txt && ! grep -q '$esc' $out/n.txt"
it "has colour when told" sh -c "$t -r $bad --color always | grep -q '$esc'"
it "shows no progress where there is no terminal" \
	sh -c "! $t -r testdata 2>&1 >/dev/null | grep ."
if script -qec true /dev/null >/dev/null 2>&1; then # a terminal can be had
	colour() {
		script -qec "env TERM=xterm $* $t -r $bad" /dev/null |
			grep -q "$esc\[[0-9]*m"
	}
	it "has colour on a terminal" colour
	it "has no colour if NO_COLOR is set" sh -c \
		"! script -qec 'env NO_COLOR=1 $t -r $bad' /dev/null |
			grep '$esc\[[0-9;]*m'"
fi
it "tells with -v what was read" \
	says 0 "$good: pcap, " "$t" -v -r "$good"
finish
