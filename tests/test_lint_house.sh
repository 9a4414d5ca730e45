#!/bin/sh
# tools/lint/house against small trees that break one rule each.

. tests/lib/tap.sh

# refused FILE TEXT WORDS
refused() {
	rm -rf "$scratch/tree"
	mkdir -p "$scratch/tree/include" "$scratch/tree/src/base" \
		"$scratch/tree/tests" "$scratch/tree/tools"
	printf '%s\n' "$2" >"$scratch/tree/$1"
	says 1 "$1:$3" tools/lint/house "$scratch/tree"
}

it "a file has 500 lines at most" \
	refused src/base/seq.c "$(seq 501)" '501: over 500 lines'
it "nothing is left for later" \
	refused src/base/seq.c "/* TO""DO: wrap */" '1: unfinished'
it "a header is guarded by its own path" \
	refused src/base/seq.h '#ifndef SEQ_H' \
	'1: the guard should be TCPCLOSE_BASE_SEQ_H'
it "this tree is passed without a word" says 0 "" tools/lint/house .
finish
