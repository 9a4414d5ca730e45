#!/bin/sh
# The same questions as in sqlite/, duckdb/ and clickhouse/, of a file of
# records: questions.sh RECORDS.ndjson

set -eu
records=$1

# Where do last ACKs get lost? Server and port, the end that repeated its FIN,
# behind or before the tap, how often, and the longest in microseconds.
jq -rs 'map(select(.finding == "lost_final_ack" and .phase == "closed"
		and .outcome != "withdrawn"))
	| group_by([.server.ip, .server.port, .end, .lost_final_ack.lost])
	| sort_by(-length) | .[]
	| [.[0].server.ip, .[0].server.port, .[0].end, .[0].lost_final_ack.lost,
	   length, (map(.duration_us) | max)] | @tsv' "$records"

# Who closes first, and so holds the TIME-WAIT? By port of the server.
jq -rs 'map(select(.close.closed_first)) | group_by([.server.port, .close.closed_first])
	| .[] | [.[0].server.port, .[0].close.closed_first, length] | @tsv' "$records"

# How long do closes take? By port of the server, the slowest first.
jq -rs 'map(select(.close.duration_us)) | group_by(.server.port)
	| map([.[0].server.port, length, (map(.close.duration_us) | max)])
	| sort_by(-.[2], .[0]) | .[] | @tsv' "$records"

# Why were FINs repeated, what became of it, how often, and how many copies?
jq -rs 'map(select(.finding == "fin_retransmission" and .phase == "closed"
		and .outcome != "withdrawn"))
	| group_by([.fin_retransmission.cause, .outcome])
	| .[] | [.[0].fin_retransmission.cause, .[0].outcome, length,
	         (map(.fin_retransmission.copies) | add)] | @tsv' "$records"
