#!/bin/sh
# tools/check, which sums up all other tests, against programs that end in
# every way a test can.

. tests/lib/tap.sh

# ends WANTED-STATUS WANTED-LINE SCRIPT...: runs the scripts as tests.
ends() {
	want=$1 line=$2 n=0
	shift 2
	rm -rf "$scratch/t"
	mkdir "$scratch/t"
	for script; do
		n=$((n + 1))
		printf '#!/bin/sh\n%s\n' "$script" >"$scratch/t/$n.sh"
		chmod +x "$scratch/t/$n.sh"
	done
	says "$want" "$line" env -u V TEST_TIMEOUT=1 \
		tools/check "$scratch/t" "$scratch"/t/*.sh
}

tap='echo 1..2; echo "ok 1 - a"; '

it "sums up what several programs say" \
	ends 0 '3 passed, 0 failed, 0 skipped' "$tap echo 'ok 2 - b'" true
it "fails when one test of a program did" \
	ends 1 '1 passed, 1 failed, 0 skipped' "$tap echo 'not ok 2 - b'"
it "shows why a test failed" \
	ends 1 '# 1 != 2' "$tap echo 'not ok 2 - b'; echo '# 1 != 2'"
it "names a test that was skipped, and why" \
	ends 0 'SKIP 1.sh: needs root' 'echo needs root; exit 77'
it "counts a skipped test as skipped" \
	ends 0 '1 passed, 0 failed, 1 skipped' 'exit 77' true
it "takes cmocka's word for a skip" \
	ends 0 '1 passed, 0 failed, 1 skipped' "$tap echo 'not ok 2 # SKIP b'"
it "does not call it a success when all were skipped and none ran" \
	ends 0 '0 passed, 0 failed, 1 skipped' 'exit 77'
it "fails a program that crashes in the middle" \
	ends 1 '1 passed, 1 failed, 0 skipped' "$tap kill -ABRT \$\$"
it "fails a program that leaves in the middle with status 0" \
	ends 1 '1 passed, 1 failed, 0 skipped' "$tap exit 0"
it "fails a program whose sanitizer complains at the end" \
	ends 1 '2 passed, 1 failed, 0 skipped' "$tap echo 'ok 2 - b'; exit 23"
it "fails a group that could not be set up" \
	ends 1 '0 passed, 2 failed, 0 skipped' 'echo 1..2; echo "not ok 0 - x"'
it "fails a script that stops before its plan" \
	ends 1 '1 passed, 1 failed, 0 skipped' 'echo "ok 1 - a"'
it "fails a program that runs no test" ends 1 'ran no test' 'echo 1..0'
it "fails a program that never ends" \
	ends 1 'ran out of time' 'sleep 10'
it "fails a script that cannot be run" \
	says 1 '0 passed, 1 failed' tools/check "$scratch" "$scratch/absent"
it "fails when there is nothing to run" \
	says 1 'no test has that name' tools/check "$scratch"
finish
