#!/bin/sh
# What tcpclose says of testdata/ before judges that know nothing of it:
# Wireshark, jsonschema, and the Community ID specification.

. tests/lib/tap.sh
tcpclose=${TCPCLOSE:-build/tcpclose}
events=tcp_close,tcp_finding,tcp_state,tcp_route,tcp_service,tcp_host,stats,run

# Debian's interpreter first: that is where python3-jsonschema goes.
python=python3
for candidate in /usr/bin/python3 python3; do
	if "$candidate" -c 'import jsonschema' 2>/dev/null; then
		python=$candidate
		break
	fi
done
command -v "$python" >/dev/null || {
	echo "python3 is not there: NOBODY judged what captures give"
	exit 77
}

say_all() {
	for capture in testdata/*.pcap*; do
		name=$scratch/$(basename "$capture")
		"$tcpclose" -q -r "$capture" --events $events \
			-o "$name.ndjson" -o "$name.json" || return 1
	done
}

# judged SENTENCE QUESTION NEEDS COMMAND...: skipped without what it needs.
judged() {
	sentence=$1 question=$2 needs=$3
	shift 3
	if "$@" >/dev/null 2>&1; then
		it "$sentence" "$python" tests/judge_captures.py "$question" \
			"$tcpclose" "$scratch" testdata/*.pcap*
	else
		n_tests=$((n_tests + 1))
		echo "ok $n_tests - $sentence # SKIP $needs is not there:" \
			"NOBODY judged this"
	fi
}

it "every capture gives records and a report" say_all
judged "streams have Wireshark's numbers, first and last frames" \
	streams sharkd command -v sharkd
judged "FINs are retransmissions where Wireshark says so" \
	fins sharkd command -v sharkd
judged "Wireshark takes each finding's filter and shows its frames" \
	filters sharkd command -v sharkd
judged "every record and report is valid against its schema" \
	schemas python3-jsonschema "$python" -c 'import jsonschema'
judged "community_id is as its specification computes it" \
	community_id python3 "$python" -c 'import hashlib'
finish
