#!/bin/sh
# Live outputs that go on in other files: rotated, moved away, found again.

. tests/lib/live.sh

rotates_under_load() {
	fresh
	capture "$out/x-*.ndjson" -C 300k -G 1 -o "$out/x-%s.ndjson" &&
		load 1500 && sleep 0.3 && load 1000 &&
		end_capture INT 0 || return
	ls "$out"
	[ "$(find "$out" -name 'x-*' | wc -l)" -gt 5 ] &&
		stand_by_themselves "$out"/x-* &&
		[ "$(closes "$out"/x-*)" = 2500 ]
}
it "rotates under load by time and size, and loses no record" \
	rotates_under_load

# -W files of a second each, though no packet comes.
rotates_idle() {
	fresh
	"$t" -i lo -G 1 -W 2 -o "$out/x-%s.ndjson" -o "$out/x-%s.json" \
		-o "$out/x-%s.txt" || return
	ls "$out"
	[ "$(find "$out" -name '*.ndjson' | wc -l)" = 2 ] &&
		stand_by_themselves "$out"/*.ndjson || return
	for file in "$out"/*.ndjson; do
		tail -n 1 "$file" | jq -e '.event_type == "stats"' || return
	done
	[ "$(cat "$out"/*.json | jq -s 'map(.run.part)' -c)" = "[null,2]" ] &&
		[ "$(grep -l "no TCP connections" "$out"/*.txt | wc -l)" = 2 ]
}
it "rotates when nothing happens, and ends after -W files" rotates_idle

# As logrotate does without copytruncate: rename, make a new one, tell.
logrotate() {
	for i in 1 2 3 4; do
		mv "$out/x.ndjson" "$out/x.ndjson.$i" &&
			mv "$out/x.json" "$out/x.json.$i" &&
			: >"$out/x.ndjson" && : >"$out/x.json" &&
			kill -HUP "$pid" &&
			wait_for 30 test -s "$out/x.ndjson" || return
		sleep 0.1
	done
}

survives_logrotate() {
	fresh
	capture "$out/x.ndjson" -o "$out/x.ndjson" -o "$out/x.json" || return
	load 3000 &
	loading=$!
	logrotate && wait $loading && end_capture TERM 0 &&
		stand_by_themselves "$out"/x.ndjson* || return
	jq -c '[.run.part, .summary.by_kind.reset]' "$out"/x.json*
	[ "$(closes "$out"/x.ndjson*)" = 3000 ] &&
		[ "$(cat "$out"/x.json* | jq -s \
			'map(.summary.by_kind.reset) | add')" = 3000 ] &&
		[ "$(cat "$out"/x.json* | jq '.connections | length' |
			paste -sd+ | bc)" = 3000 ]
}
it "loses nothing when its files are moved away and HUP comes" \
	survives_logrotate

keeps_what_is_not_moved() {
	fresh
	capture "$out/y.ndjson" -o "$out/x.json" -o "$out/y.ndjson" &&
		load 10 && sleep 0.5 &&
		kill -HUP "$pid" && sleep 0.3 && load 10 && end_capture INT 0 &&
		jq -e '.connections | length == 20' "$out/x.json"
}
it "goes on in files that are still there at HUP" keeps_what_is_not_moved

# What a killed run left is continued, but for its half a line.
has_begun_twice() {
	[ "$(grep -c '"event_type":"run"' "$out/x.ndjson")" = 2 ]
}

begin_again() {
	"$t" -i lo --linger 0.2 -o "$out/x.ndjson" >"$out/stdout" 2>"$words" &
	pid=$!
	wait_for 50 has_begun_twice
}

continues() {
	fresh
	capture "$out/x.ndjson" -o "$out/x.ndjson" && load 20 &&
		wait_for 50 grep tcp_close "$out/x.ndjson" &&
		kill -9 "$pid"
	wait "$pid"
	echo "ended with $?"
	before=$(closes "$out/x.ndjson")
	printf '{"event_type":"tcp_close","brok' >>"$out/x.ndjson"
	begin_again && load 20 && end_capture INT 0 && [ "$before" -gt 0 ] &&
		[ "$(closes "$out/x.ndjson")" = $((before + 20)) ] &&
		[ "$(grep -c '"event_type":"run"' "$out/x.ndjson")" = 2 ] &&
		stand_by_themselves "$out/x.ndjson"
}
it "continues what a killed run left, and cuts off its half a line" continues

refuses_the_file_of_another() {
	fresh
	capture "$out/x.ndjson" -o "$out/x.ndjson" &&
		says 2 "another run writes to this" \
			"$t" -i lo -o "$out/x.ndjson" && end_capture INT 0
}
it "does not write into the file of another run" refuses_the_file_of_another
finish
