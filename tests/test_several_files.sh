#!/bin/sh
# Connections that span capture files: every frame that is named is the packet
# of that number in the file that is named with it.

. tests/lib/tap.sh
tcpclose=${TCPCLOSE:-build/tcpclose}
command -v python3 >/dev/null || { echo "needs python3"; exit 77; }

across() {
	how=$1
	shift
	python3 tests/cut_captures.py "$how" "$tcpclose" "$scratch" "$@"
}

it "each packet in a file of its own is told apart from all others" \
	across alone testdata/*.pcap
it "in whichever order its files are named" \
	across backwards testdata/fin_*.pcap testdata/*simultaneous*.pcap \
	testdata/reuse_*.pcap testdata/stale_*.pcap testdata/time_wait_*.pcap
it "wherever a capture is cut in two, the same packets are named" \
	across twice testdata/fin_lost_client_thrice.pcap \
	testdata/last_ack_lost_behind.pcap \
	testdata/reuse_client_time_wait.pcap \
	testdata/stale_rst_challenged.pcap testdata/paws_syn.pcap \
	testdata/orderly_simultaneous.pcap testdata/close_wait_leak.pcap \
	testdata/fin_wait_2_timeout.pcap \
	testdata/time_wait_assassination.pcap

# Frames 10 to 13: the FIN, its ACK, its copy, and the ACK of that.
capture=testdata/last_ack_lost_behind.pcap
split_at_11() {
	editcap -F nsecpcap -r $capture "$scratch/a.pcap" 1-11 &&
		editcap -F nsecpcap $capture "$scratch/b.pcap" 1-11 &&
		"$tcpclose" -q -r "$scratch/a.pcap" -r "$scratch/b.pcap" "$@"
}

# What Wireshark sees in the file where the finding says it is.
judged_by_wireshark() {
	split_at_11 --findings lost_final_ack -o ndjson:- |
		jq -r 'select(.finding) | [.frames, .frame_sources] |
			transpose[] | @tsv' >"$scratch/named" &&
		[ "$(wc -l <"$scratch/named")" -eq 4 ] || return
	while read -r frame file; do
		tshark -r "$file" -Y "frame.number == $frame" -T fields \
			-e frame.time_epoch -e tcp.flags || return
	done <"$scratch/named" >"$scratch/seen"
	tshark -r $capture -Y "frame.number in {10..13}" -T fields \
		-e frame.time_epoch -e tcp.flags | cmp - "$scratch/seen"
}

named_in_text() {
	says 0 "frames 10, 11 of $scratch/a.pcap and 1, 2 of $scratch/b.pcap" \
		split_at_11
}


# The end of the story, and what it says of the host, is in a file whose name
# is no UTF-8.
report_names_theirs() {
	c=testdata/peer_silent_5.pcap
	odd=$scratch/$(printf 'b\377.pcap')
	editcap -F nsecpcap -r $c "$scratch/a.pcap" 1-9 &&
		editcap -F nsecpcap $c "$odd" 1-9 &&
		"$tcpclose" -q -r "$scratch/a.pcap" -r "$odd" -o json:- \
			-o "ndjson:$scratch/records" --events tcp_host \
			>"$scratch/report" &&
		jq -c '.summary.hosts[].settings[] |
			[.name, .frame, .frame_source]' <"$scratch/report" |
		sort >"$scratch/told" &&
		jq -c 'select(.settings) | .settings | to_entries[] |
			[.key, .value.frame, .value.frame_source]' \
			<"$scratch/records" | sort | cmp - "$scratch/told" &&
		cat "$scratch/told" && grep -q "b.*pcap" "$scratch/told"
}

for tool in editcap tshark jq; do
	command -v $tool >/dev/null && continue
	n_tests=$((n_tests + 1))
	echo "ok $n_tests - judged by Wireshark # SKIP there is no $tool"
	finish
	exit
done
it "Wireshark has those packets in the files that are named" \
	judged_by_wireshark
it "the text report names the files" named_in_text
it "the json report names them as the records do" report_names_theirs
finish
