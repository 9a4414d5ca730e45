#!/bin/sh
# tools/lint/layers against small trees that break one rule each.

. tests/lib/tap.sh

# tree FILE LINE: a tree with this one file, in $scratch/tree.
tree() {
	rm -rf "$scratch/tree"
	mkdir -p "$scratch/tree/include" "$scratch/tree/src" \
		"$scratch/tree/$(dirname "$1")"
	printf '/* A file. */\n%s\n' "$2" >"$scratch/tree/$1"
}

refused() {
	tree "$1" "$2"
	says 1 "$1:$3" tools/lint/layers "$scratch/tree"
}

allowed() {
	tree "$1" "$2"
	says 0 "" tools/lint/layers "$scratch/tree"
}

it "base must not include tcp" \
	refused src/base/seq.h '#include "tcp/end.h"' \
	'2: base must not include tcp (tcp/end.h)'
it "tcp must not include flow" \
	refused src/tcp/end.c '#include "flow/table.h"' '2: tcp must'
it "tcp sees segments" allowed src/tcp/end.c '#include "decode/segment.h"'
it "tcp sees no other part of decode" \
	refused src/tcp/end.c '#include "decode/decode.h"' '2: tcp must'
it "flow may decode" allowed src/flow/table.c '#include "decode/decode.h"'
it "capture and decode are neighbours, not floors" \
	refused src/decode/ip.c '#include "capture/capture.h"' '2: decode must'
it "detect must not write" \
	refused src/detect/pin.c '#include "write/text.h"' '2: detect must'
it "a list is held to the rules, too" \
	refused src/record/events.def '#include "detect/detectors.def"' \
	'2: record must'
it "nobody in the library includes cli" \
	refused src/analyzer.c '#include "cli/options.h"' '2: analyzer must'
it "the analyzer sees every room" \
	allowed src/analyzer.c '#include "detect/detector.h"'
it "cli sees the analyzer's header" allowed src/cli/main.c '#include "analyzer.h"'
it "cli does not reach for the model" \
	refused src/cli/main.c '#include "tcp/end.h"' '2: cli must'
it "the public headers stand alone" \
	refused include/tcpclose/error.h '#include "base/seq.h"' '2: public must'
it "everybody sees the public headers" \
	allowed src/base/error.h '#include "tcpclose/error.h"'
it "angle brackets hide nothing" \
	refused src/base/seq.h '#  include <flow/table.h>' '2: base must'
it "the system's headers are free" allowed src/base/ip.c '#include <sys/time.h>'
it "a path through .. is refused" \
	refused src/base/seq.c '#include "../tcp/end.h"' '2: "../tcp/end.h"'
it "a name without its folder is refused" \
	refused src/base/seq.c '#include "seq.h"' '2: base must'
it "a folder that no rule knows is refused" \
	refused src/helpers/x.c '#include <stdio.h>' '1: src/helpers is in no layer'
it "a clean tree is passed without a word" says 0 "" tools/lint/layers .
finish
