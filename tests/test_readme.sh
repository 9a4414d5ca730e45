#!/bin/sh
# README.md keeps its word: what it shows is what the program prints, what it
# tells people to type works, and what it names is there.

. tests/lib/tap.sh

t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
for tool in jq bash; do
	command -v $tool >/dev/null || { echo "needs $tool"; exit 77; }
done
root=$PWD
program=$(realpath "$t")

mkdir "$scratch/bin" "$scratch/desk"
ln -s "$program" "$scratch/bin/tcpclose"

# blocks LANGUAGE: each fenced block of that language into $scratch/LANGUAGE.N
blocks() {
	awk -v into="$scratch/$1." -v fence="\`\`\`$1" '
	$0 == fence  { inside = 1; n++; next }
	/^```$/      { inside = 0 }
	inside       { print >(into n) }' README.md
}

works() {
	cd "$scratch/desk" || return 1
	cp "$root/testdata/trouble.pcapng" x.pcap
	words=$(PATH=$scratch/bin:$PATH bash -eo pipefail "$1" 2>"$scratch/err")
	status=$?
	printf '%s\n' "$words"
	cat "$scratch/err"
	cd "$root" || return 1
	[ "$status" -eq 0 ] && [ ! -s "$scratch/err" ]
}

it "shows what the program prints" tools/readme --check "$t"

blocks sh
for block in "$scratch"/sh.*; do
	it "tells people to type what works: $(grep -m1 tcpclose "$block")" \
		works "$block"
done

# What a build takes depends on what is there: tcpclose.pc names it.
libraries() {
	make -s build/tcpclose.pc &&
		sed -n 's/^Requires.private: *//p' build/tcpclose.pc
}

# The client of the library, linked where the library is an ordinary one.
client_works() {
	cp "$scratch/c.1" "$scratch/client.c"
	# shellcheck disable=SC2046 # lists of flags
	"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -Iinclude \
		"$scratch/client.c" -o "$scratch/client" \
		"$(dirname "$program")/libtcpclose.a" \
		$(pkg-config --libs $(libraries)) -lm &&
		says 0 "lost_final_ack at the server" "$scratch/client" \
			testdata/last_ack_lost_behind.pcap &&
		says 1 "absent: cannot open" "$scratch/client" absent
}
blocks c
case $program in
*/release/*) it "shows a client that compiles and runs" client_works ;;
esac

names_what_is_there() {
	grep -o '](\([^):]*\))' README.md | tr -d '()]' >"$scratch/named"
	grep -o '`\(src\|include\|tools\|tests\|testdata\)/[^` ]*`' README.md |
		tr -d '\`' | grep -v NAME >>"$scratch/named"
	[ -s "$scratch/named" ] || return 1
	while read -r path; do
		[ -e "$path" ] || { echo "$path is not there"; return 1; }
	done <"$scratch/named"
}
it "names files that are there" names_what_is_there

names_targets_that_are_there() {
	grep -o '\(^\|`\)make [a-z]*' README.md | tr -d '\`' |
		sort -u | while read -r _ target; do
		grep -q "^$target:" Makefile ||
			{ echo "make $target is no target"; return 1; }
	done
}
it "names targets that are there" names_targets_that_are_there
finish
