#!/bin/sh
# The command line: what it takes, how it answers what it does not take, and
# the status it ends with. TCPCLOSE names the program.

. tests/lib/tap.sh

t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
command -v jq >/dev/null || { echo "needs jq"; exit 77; }
command -v python3 >/dev/null || { echo "needs python3"; exit 77; }

good=testdata/orderly_client_first.pcap
bad=testdata/last_ack_lost_behind.pcap # has findings
head -c 500 "$good" >"$scratch/cut.pcap"
mkdir "$scratch/dir" "$scratch/empty"
cp "$good" "$scratch/dir/a.pcap"
cp "$bad" "$scratch/dir/b.pcap"
echo "no capture" >"$scratch/dir/README"

# Usage: one line on standard error, status 2.
refuses() {
	text=$1
	shift
	says 2 "$text" "$t" "$@" || return 1
	[ "$(printf '%s\n' "$heard" | wc -l)" -eq 1 ] || return 1
	case $heard in
	"tcpclose: "*) ;;
	*) return 1 ;;
	esac
}

# The summary's number of connections in a json report on standard output.
connections() {
	want=$1
	shift
	n=$("$t" "$@" -o json:- | jq .summary.connections) || return 1
	echo "$n connections, not $want"
	[ "$n" = "$want" ]
}

it "says what to do when there is nothing to read" \
	refuses "name a capture with -r FILE"
it "guesses the option that was meant" refuses "did you mean --read?" --raed x
it "guesses the end of an option" refuses "did you mean --verbose?" --verbsoe
it "answers a letter that is no option" refuses "there is no option -x" -x
it "names the argument that is missing" refuses "-r needs an argument: FILE" -r
it "tells that an option takes no argument" \
	refuses "--quiet takes no argument" --quiet=3
it "takes the beginning of an option for the option" \
	says 0 "connection" "$t" --rea "$good"
it "does not guess what is far from everything" \
	refuses "see tcpclose --help" --zzzzzzzz
it "guesses the finding that was meant" \
	refuses "did you mean lost_final_ack?" --findings lost_last_ack -r "$good"
it "guesses the record that was meant" \
	refuses "did you mean tcp_close?" --events stats,tcp_clsoe -r "$good"
it "lists the severities" \
	refuses "one of info, notice, warning, error" --min-severity dire
it "wants two ports" refuses "give two ports" --port-range 60999-32768
it "wants ports that exist" refuses "give two ports" --port-range 1-65536
it "wants seconds" refuses "give seconds" --time-wait soon
it "wants no negative seconds" refuses "give seconds" --linger=-1
it "wants no endless seconds" refuses "give seconds" --idle-timeout inf
it "wants a size" refuses "give a size" --max-memory 3X
it "wants a size that fits" refuses "give a size" --max-memory 99999999999G
it "wants a size that is of use" refuses "at least 1M" --max-memory 12k
it "takes a size with a suffix" \
	says 0 "connection" "$t" -r "$good" --max-memory 2M
it "wants a count" refuses "whole number" -c 0 -r "$good"
it "does not take half an option for a whole one" refuses "one of none, all" -k al
it "tells a wrong filter" refuses "tcp prot 80" -r "$good" tcp prot 80
it "wants one filter, not two" refuses "leave one out" -r "$good" -F x tcp
it "knows what is meant by a capture without -r" \
	refuses "did you mean -r $good?" "$good"
it "reads files or captures live, not both" \
	refuses "both -i and -r" -i lo -r "$good"
it "knows the most that can be captured of a packet" \
	refuses "-s: give at most 262144" -i lo -s 262145
it "knows how large the capture buffer may be" \
	refuses "-B: give at most 2097151" -i lo -B 2097152
if script -qec true /dev/null >/dev/null 2>&1; then # a terminal can be had
	it "reads no capture from a terminal" \
		says 2 "standard input is a terminal" \
		script -qec "$t -r -" /dev/null
fi
it "accepts -n" says 0 "connection" "$t" -n -r "$good"

it "ends with 0 when all was read" says 0 "no trouble found" "$t" -r "$good"
it "ends with 1 when a capture is missing" \
	says 1 "absent.pcap: cannot open" "$t" -r "$scratch/absent.pcap"
it "reports the other captures when one is missing" \
	says 1 "1 connection" "$t" -r "$scratch/absent.pcap" -r "$good"
it "ends with 1 when a file is no capture, and says what it is" \
	says 1 "text" "$t" -r tests/test_cli.sh
it "ends with 1 when a directory holds no capture" \
	says 1 "no pcap or pcapng capture" "$t" -r "$scratch/empty"
it "only warns when the last packet is cut off" \
	says 0 "cut.pcap: frame" "$t" -r "$scratch/cut.pcap"
it "names frame and byte, and that it is a warning" \
	says 0 "): warning: " "$t" -r "$scratch/cut.pcap"
it "does not even warn with -q" \
	says 0 "" sh -c "! $t -q -r $scratch/cut.pcap 2>&1 | grep warning"
it "ends with 3 when a finding is as bad as --fail-on says" \
	says 3 "lost_final_ack" "$t" -r "$bad" --fail-on notice
it "ends with 0 when no finding is as bad as --fail-on says" \
	says 0 "lost_final_ack" "$t" -r "$bad" --fail-on error
it "ends with 1 rather than 3 when a capture is missing" \
	says 1 "" "$t" -r "$bad" -r "$scratch/absent.pcap" --fail-on info

it "reads several captures" connections 2 -r "$good" -r "$bad"
it "reads what a shell makes of -r *.pcap" \
	connections 2 -r "$scratch"/dir/*.pcap
it "reads a filter after several captures" \
	connections 0 -r "$good" "$bad" udp
it "reads the captures of a directory, and no other file in it" \
	connections 2 -r "$scratch/dir"
it "reads standard input" connections 1 -r - <"$good"
it "reads a pipe" sh -c "cat $good | $t -r - | grep '1 connection'"
it "takes the filter from words" connections 1 -r "$good" tcp port 80
it "takes options among the words of a filter" \
	connections 0 -r "$good" not -q tcp
echo "udp" >"$scratch/filter"
it "takes the filter from a file" connections 0 -r "$good" -F "$scratch/filter"
printf '# none of it\nudp # and no more\n' >"$scratch/commented"
it "takes no comment for a filter" \
	connections 0 -r "$good" -F "$scratch/commented"
it "tells a filter file that is not there" \
	says 1 "cannot read the filter" "$t" -r "$good" -F "$scratch/absent"
it "tells that standard input is closed" \
	says 1 "-: cannot" sh -c "$t -r - <&-"
it "tells that standard output is closed" \
	says 1 "standard output: cannot write" sh -c "$t -r $good >&-"
it "stops after as many packets as -c says" \
	sh -c "[ \$($t -r $good -c 3 -o json:- | jq .stats.packets) = 3 ]"
it "stops at a count, wherever it lies" sh -c "for n in 63 64 65 150; do
	[ \$($t -r testdata/port_exhaustion.pcap -c \$n -o json:- |
		jq .stats.packets) = \$n ] || exit 1; done"

it "explains a finding" says 0 "What to do" "$t" --explain lost_final_ack
it "guesses the finding to explain" \
	refuses "did you mean lost_final_ack?" --explain lost_final_akc
it "knows when there is no such finding" \
	refuses "--list-findings names them" --explain zzz
it "lists the findings" says 0 "fin_retransmission" "$t" --list-findings
for type in tcp_close tcp_finding tcp_state tcp_route tcp_service tcp_host \
	stats run report; do
	it "prints the schema of $type" \
		sh -c "$t --schema $type | jq -e '.[\"\$id\"]'"
done
it "guesses the schema that was meant" \
	refuses "did you mean tcp_close?" --schema tcp_clos
it "tells its version and its libraries'" says 0 "libpcap" "$t" -V
it "helps" says 0 "usage: tcpclose" "$t" --help
it "helps within 80 columns" sh -c "! $t --help | grep -E '.{81}'"

# Every option that --help shows is in the manual page, and the page is sound.
"$t" --manual >"$scratch/page"
"$t" --help | grep -o -- '--[a-z-]*' | sort -u >"$scratch/options"
in_the_page() {
	while read -r option; do
		sed 's/\\-/-/g; s/Fl -/--/g' "$scratch/page" |
			grep -q -- "$option" ||
			{ echo "$option is missing"; return 1; }
	done <"$scratch/options"
}
it "has a manual page with every option" in_the_page
it "makes the manual page by tools/man" sh -c \
	"tools/man $t | cmp - $scratch/page"
if command -v mandoc >/dev/null; then
	it "has a manual page that mandoc likes" \
		sh -c "mandoc -T lint -W warning <$scratch/page"
fi
finish
