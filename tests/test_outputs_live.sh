#!/bin/sh
# Live outputs that fill up, wait, or lose their readers.

. tests/lib/live.sh

# A disk of 400 KiB, full with the records of some hundred connections.
small_disk() {
	mkdir "$out/disk" && mount -t tmpfs -o size=400k none "$out/disk"
}

waits_for_room() {
	fresh
	small_disk && capture "$out/disk/x.ndjson" -o "$out/disk/x.ndjson" \
		-o "$out/y.ndjson" && load 600 &&
		wait_for 30 grep "No space left" "$words" || return
	[ "$(tail -c 1 "$out/disk/x.ndjson" | od -An -tx1)" = " 0a" ] &&
		kill -USR1 "$pid" &&
		wait_for 20 grep '"outputs_failing":1' "$out/y.ndjson" &&
		mv "$out/disk/x.ndjson" "$out/disk/first.ndjson" &&
		kill -HUP "$pid" && wait_for 20 test -e "$out/disk/x.ndjson" &&
		mount -o remount,size=8m "$out/disk" &&
		wait_for 30 grep "can be written to again" "$words" &&
		end_capture INT 0 || return
	[ "$(grep -c "No space left" "$words")" = 1 ] &&
		[ "$(closes "$out"/disk/*)" = 600 ] &&
		stand_by_themselves "$out"/disk/* &&
		[ "$(closes "$out/y.ndjson")" = 600 ]
}
it "waits for room on a full disk, also across HUP, and loses nothing" \
	waits_for_room

# The queue of 16 MiB overflows; what is lost is counted, and the reader of the
# third output has it all.
both_full() {
	[ "$(grep -c "records are dropped" "$words")" = 2 ]
}

# A reader that takes nothing until it is told to.
slow_reader() {
	(
		wait_for 200 test -e "$out/go"
		cat
	) <"$1" >"$2" 2>"$out/reader" &
	reader=$!
}

lines() {
	cat "$@" | wc -l
}

drops_and_counts() {
	fresh
	small_disk && mkfifo "$out/pipe"
	slow_reader "$out/pipe" "$out/x.ndjson"
	capture "$out/y.ndjson" -o "ndjson:$out/pipe" -o "$out/y.ndjson" \
		-o "$out/disk/x.ndjson" --events run,stats,tcp_close,tcp_state &&
		load 4500 && wait_for 50 both_full &&
		mount -o remount,size=40m "$out/disk" && touch "$out/go" &&
		wait_for 30 grep "can be written to again" "$words" &&
		load 10 && end_capture INT 1 || return
	wait $reader
	stand_by_themselves "$out/x.ndjson" "$out/disk/x.ndjson" &&
		tail -n 1 "$out/x.ndjson" | jq -e .final &&
		tail -n 1 "$out/disk/x.ndjson" | jq -e .final &&
		lost=$(tail -n 1 "$out/y.ndjson" | jq .output_lost_records) &&
		echo "$lost lost" && [ "$(closes "$out/y.ndjson")" = 4510 ] &&
		[ $(($(lines "$out/x.ndjson" "$out/disk/x.ndjson") + lost)) -eq \
			$((2 * $(lines "$out/y.ndjson"))) ]
}
it "drops whole records for a slow reader and a full disk, and counts them" \
	drops_and_counts

# The reader takes nothing at all, also when the run is to end.
ends_with_a_stuck_reader() {
	fresh
	mkfifo "$out/pipe"
	# shellcheck disable=SC2217 # it is there to read nothing
	sleep 60 <"$out/pipe" >"$out/sleep" &
	reader=$!
	capture "$out/y.ndjson" -o "ndjson:$out/pipe" -o "$out/y.ndjson" &&
		load 300 && sleep 0.5 && kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	kill $reader
	cat "$words"
	[ $status -eq 1 ] && [ "$(closes "$out/y.ndjson")" = 300 ] &&
		grep "pipe: [0-9]* records were lost" "$words"
}
it "ends though a reader is stuck, and tells what was lost" \
	ends_with_a_stuck_reader

finds_another_reader() {
	fresh
	mkfifo "$out/pipe"
	head -n 1 <"$out/pipe" >"$out/first" 2>"$out/reader" &
	capture "$out/y.ndjson" -o "ndjson:$out/pipe" -o "$out/y.ndjson" &&
		wait_for 20 test -s "$out/first" && load 50 &&
		wait_for 30 grep "its reader left; waiting" "$words" || return
	cat <"$out/pipe" >"$out/second" 2>"$out/reader" &
	reader=$!
	load 50 && wait_for 30 test -s "$out/second" && end_capture INT 0 &&
		wait $reader || return
	cat "$out/first" "$out/second" >"$out/all"
	[ "$(closes "$out/all")" = 100 ] && stand_by_themselves "$out/all"
}
it "keeps records for the next reader of a named pipe" finds_another_reader

goes_on_without_a_reader() {
	fresh
	mkfifo "$out/pipe"
	head -n 1 <"$out/pipe" >"$out/x.ndjson" 2>"$out/reader" &
	"$t" -i lo --linger 0.2 -o ndjson:- -o "$out/y.ndjson" 2>"$words" \
		>"$out/pipe" &
	pid=$!
	wait_for 50 test -s "$out/x.ndjson" && load 50 &&
		wait_for 40 grep "the other outputs go on" "$words" &&
		load 50 && sleep 0.5 || return
	end_capture INT 0 && [ "$(closes "$out/y.ndjson")" = 100 ] &&
		[ "$(grep -c "its reader left" "$words")" = 1 ] &&
		tail -n 1 "$out/y.ndjson" |
		jq -e '.final and .outputs_failing == 1 and
			.output_lost_records > 90'
}
it "goes on without the reader of standard output" goes_on_without_a_reader
umount "$scratch"/*/disk
finish
