#!/bin/sh
# tools/pipelines/ with real records: what can be run here is run.
#
# With PIPELINE_MODULES, a folder of node modules, DuckDB and ClickHouse are
# asked as well: make pipelines. TCPCLOSE names the program.

. tests/lib/tap.sh
t=${TCPCLOSE:-build/tcpclose}
[ -x "$t" ] || { echo "there is no program $t"; exit 77; }
PATH=$PATH:/usr/sbin:/sbin

p=$PWD/tools/pipelines
root=$PWD
modules=$(realpath "${PIPELINE_MODULES:-/nowhere}" 2>/dev/null)
events=tcp_close,tcp_finding,tcp_state,stats,run
for schema in schemas/*.json; do
	case ,$events, in
	*,"$(basename "$schema" .json)",*) ;;
	*) events=$events,$(basename "$schema" .json) ;;
	esac
done

# judged SENTENCE TOOL COMMAND...: skipped, and loudly, without the tool.
judged() {
	sentence=$1 tool=$2
	shift 2
	if command -v "$tool" >/dev/null; then
		it "$sentence" "$@"
	else
		n_tests=$((n_tests + 1))
		echo "ok $n_tests - $sentence # SKIP $tool is not there:" \
			"NOBODY judged this"
	fi
}

desk=$scratch/desk
mkdir "$desk"
records=$desk/records.ndjson
"$t" -q -r testdata --events "$events" -o "$records"
it "there are records of every type that has a schema" \
	[ "$(jq -r .event_type "$records" | sort -u | tr '\n' ' ')" = \
	"$(for s in schemas/*.json; do basename "$s" .json; done | sort |
		tr '\n' ' ')" ]

judged "index templates and tables are what the schemas make of them" \
	python3 tools/pipelines/from_schemas --check
judged "every field is mapped, and every value fits" \
	python3 tests/judge_mappings.py "$records"

# ---- jq and SQLite --------------------------------------------------------

# What was told live and turned out to be none changes no answer.
withdraw() {
	jq -c 'select(.finding == "lost_final_ack" or
		.finding == "fin_retransmission") |
		.event_id |= (explode | reverse | implode) |
		.phase = "closed" | .outcome = "withdrawn"' "$records"
}

asks_jq() {
	"$p/jq/questions.sh" "$records" >"$scratch/before" &&
		withdraw >"$scratch/withdrawn" && [ -s "$scratch/withdrawn" ] &&
		cat "$scratch/withdrawn" >>"$records" || return 1
	"$p/jq/questions.sh" "$records" >"$scratch/answers" &&
		diff "$scratch/before" "$scratch/answers" &&
		grep -q '^203\.0\.113\.[0-9]*	80	server	behind_tap	' \
			"$scratch/answers" &&
		grep -q '^80	client	[1-9]' "$scratch/answers" &&
		grep -q '^ack_lost	acked	[1-9]' "$scratch/answers" &&
		[ "$(grep -c . "$scratch/answers")" -gt 20 ]
}
judged "jq answers four questions" jq asks_jq

asks_sqlite() {
	cd "$desk" || return 1
	sqlite3 closes.db <"$p/sqlite/import.sql" &&
		sqlite3 closes.db <"$p/sqlite/import.sql" &&
		sqlite3 -tabs closes.db <"$p/sqlite/questions.sql" >answers
	status=$?
	n=$(sqlite3 closes.db 'SELECT count(*) FROM raw')
	cd "$root" || return 1
	echo "$n records in the database"
	[ $status -eq 0 ] && [ "$n" -eq "$(grep -c . "$records")" ] &&
		diff "$scratch/answers" "$desk/answers"
}
judged "SQLite answers them as jq does, and takes no record twice" \
	sqlite3 asks_sqlite

# ---- DuckDB and ClickHouse ------------------------------------------------

asks_store() {
	mkdir "$scratch/$1" && cp "$records" "$scratch/$1" || return 1
	(cd "$scratch/$1" && node "$root/tests/ask_store.js" "$1" "$modules" \
		"$p" >answers)
	status=$?
	diff "$scratch/answers" "$scratch/$1/answers" && [ $status -eq 0 ]
}
if [ -n "$PIPELINE_MODULES" ]; then
	it "DuckDB answers them as jq does" asks_store duckdb
	it "ClickHouse takes all records, none twice, and answers so" \
		asks_store clickhouse
fi

# ---- rsyslog --------------------------------------------------------------

# Waits up to 20 s for a file to have so many lines.
wait_for_lines() {
	n=0
	while [ "$(cat "$1" 2>/dev/null | grep -c .)" -lt "$2" ]; do
		n=$((n + 1))
		[ $n -lt 200 ] || return 1
		sleep 0.1
	done
}

# rsyslogd in a folder of its own, with the configuration that is shipped but
# for its paths; NAME says what stands for the ruleset tcpclose_onward.
begin_rsyslog() {
	r=$scratch/rsyslog.$1
	mkdir "$r" "$r/log" "$r/work"
	cp "$records" "$r/log/x.ndjson"
	echo '{"event_type":"tcp_close","half' >>"$r/log/x.ndjson"
	sed "s|/var/log/tcpclose|$r/log|" "$p/rsyslog/tcpclose.conf" \
		>"$r/tcpclose.conf"
	cat >"$r/main.conf" <<-END
		global(maxMessageSize="64k" workDirectory="$r/work")
		include(file="$r/tcpclose.conf")
	END
	if [ "$1" = opensearch ]; then
		sed -i '/^# Where they go/,$d' "$r/tcpclose.conf"
		sed "s/serverport=\"9200\"/serverport=\"$port\"/" \
			"$p/rsyslog/to_opensearch.conf" >"$r/onward.conf"
		echo "include(file=\"$r/onward.conf\")" >>"$r/main.conf"
	fi
	rsyslogd -N1 -f "$r/main.conf" >"$r/words" 2>&1 || return 1
	rsyslogd -n -f "$r/main.conf" -i "$r/pid" >>"$r/words" 2>&1 &
	syslog=$!
}

end_rsyslog() {
	kill "$syslog"
	wait "$syslog"
	cat "$r/words"
	! grep -i 'error\|warning' "$r/words"
}

# What people are to see, told by jq instead.
troubles='select(.event_type == "tcp_finding" and .phase == "closed" and
	(.severity == "warning" or .severity == "error")) |
	"\(.timestamp) \(.severity) \(.finding): \(.client.ip):" +
	"\(.client.port // "") -> \(.server.ip):\(.server.port // ""): \(.message)"'

all_come_through() {
	begin_rsyslog files &&
		wait_for_lines "$r/log/all.log" "$(grep -c . "$records")" &&
		wait_for_lines "$r/log/unparsed.log" 1
	reached=$?
	end_rsyslog && [ $reached -eq 0 ] &&
		cmp "$records" "$r/log/all.log" &&
		[ "$(cat "$r/log/unparsed.log")" = \
			'{"event_type":"tcp_close","half' ] &&
		jq -r "$troubles" "$records" >"$r/troubles" &&
		[ -s "$r/troubles" ] && diff "$r/troubles" "$r/log/troubles.log"
}
judged "rsyslog takes all records, and parses their fields" \
	rsyslogd all_come_through

begin_server() {
	python3 tests/bulk_server.py "$scratch/port" "$scratch/documents" \
		2>"$scratch/server.words" &
	server=$!
	wait_for_lines "$scratch/port" 1 && port=$(cat "$scratch/port")
}

# Index, id and the record as it was written.
documents='. as $line | fromjson |
	"tcpclose-\(.event_type)-\(.timestamp[:10]) \(.event_id // "-") \($line)"'

all_are_indexed() {
	begin_server && begin_rsyslog opensearch &&
		wait_for_lines "$scratch/documents" "$(grep -c . "$records")"
	reached=$?
	end_rsyslog
	ended=$?
	kill "$server"
	wait "$server" 2>/dev/null
	[ $reached -eq 0 ] && [ $ended -eq 0 ] || return 1
	jq -rR "$documents" "$records" | sort >"$scratch/wanted"
	sort "$scratch/documents" >"$scratch/indexed"
	cmp "$scratch/wanted" "$scratch/indexed"
}
has_omelasticsearch() {
	for file in /usr/lib*/rsyslog/omelasticsearch.so \
		/usr/lib/*/rsyslog/omelasticsearch.so; do
		[ ! -e "$file" ] || return 0
	done
	return 1
}
server=python3
has_omelasticsearch || server=omelasticsearch
judged "rsyslog indexes each record under its id, as it is" \
	$server all_are_indexed

# ---- what is only written -------------------------------------------------

# A recipe that is not run says so, and what is run is not said to be not.
says_what_is_run() {
	for folder in "$p"/*/; do
		name=$(basename "$folder")
		grep -q "]($name/\|]($name)" "$p/README.md" ||
			{ echo "$name is not in the table"; return 1; }
	done
	! grep 'not run here' "$p/README.md" |
		grep -v 'Fluent Bit\|Vector\|Filebeat\|Logstash'
}
it "the table says of every recipe whether it is run" says_what_is_run

is_yaml() {
	python3 -c 'import sys, yaml
for path in sys.argv[1:]:
    yaml.safe_load(open(path, encoding="utf-8"))' \
		"$p/fluent-bit/tcpclose.yaml" "$p/vector/tcpclose.yaml" \
		"$p/filebeat/filebeat.yml"
}
if python3 -c 'import yaml' 2>/dev/null; then
	it "configurations in YAML are YAML" is_yaml
else
	judged "configurations in YAML are YAML" python3-yaml is_yaml
fi
finish
