#!/bin/sh
# The stored captures against the kernel's verdict beside each: the score that
# the laboratory gives, held where there is no root. And the laboratory's own
# tests.
set -u
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "python3 is not there" >&2; exit 77; }

echo "1..3"
status=0
n=0
check() {
	what=$1
	n=$((n + 1))
	shift
	if said=$("$@" 2>&1); then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		echo "$said" | tail -n 40 | sed 's/^/# /'
		status=1
	fi
}

check "verdicts_agree_with_the_kernels_on_every_stored_capture" \
	tools/lab/lab score --analyzer "$TCPCLOSE"
check "the_score_is_counted_right" python3 tools/lab/test_score.py
check "the_parts_of_the_laboratory_work" python3 tools/lab/test_parts.py
exit $status
