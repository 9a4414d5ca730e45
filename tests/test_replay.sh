#!/bin/sh
# Every capture of testdata/ gives what it gave before, or the commit says why
# not and brings what `make golden` wrote.

command -v jq >/dev/null || {
	echo "jq is not there: what captures give was NOT compared"
	exit 77
}
. tests/lib/tap.sh

# same FILE: as it was generated is as it is kept.
same() {
	diff -u "tests/golden/$1" "$scratch/$1"
}

it "every capture is read" tests/golden/make "$scratch" testdata/*.pcap*
for file in tests/golden/*.txt tests/golden/*.prom; do
	it "$(basename "$file" .txt) is as it was" same "$(basename "$file")"
done
it "no report is missing among the golden ones" \
	[ "$(ls "$scratch")" = "$(cd tests/golden && ls -- *.txt *.prom | sort)" ]
finish
