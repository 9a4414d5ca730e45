-- In the folder of records.ndjson: duckdb <questions.sql
--
-- DuckDB finds the columns by itself, but not in a record type that is absent
-- or a field that no record has; so what is asked for is declared. Files may be
-- compressed, and many: '*.ndjson.gz'.
CREATE VIEW records AS SELECT * FROM read_ndjson('records.ndjson', columns = {
	event_type: 'VARCHAR', event_id: 'VARCHAR', flow_id: 'VARCHAR',
	timestamp: 'TIMESTAMP_NS',
	client: 'STRUCT(ip VARCHAR, port UINTEGER, state VARCHAR)',
	server: 'STRUCT(ip VARCHAR, port UINTEGER, state VARCHAR)',
	close: 'STRUCT(kind VARCHAR, closed_first VARCHAR, reset_by VARCHAR, duration_us UBIGINT)',
	finding: 'VARCHAR', phase: 'VARCHAR', severity: 'VARCHAR',
	"end": 'VARCHAR', outcome: 'VARCHAR', duration_us: 'UBIGINT',
	lost_final_ack: 'STRUCT(lost VARCHAR)',
	fin_retransmission: 'STRUCT(cause VARCHAR, copies UBIGINT)'
});

-- Where do last ACKs get lost? Server and port, the end that repeated its FIN,
-- behind or before the tap, how often, and the longest in microseconds.
SELECT server.ip, server.port, "end", lost_final_ack.lost,
       count(*) AS findings, max(duration_us)
FROM records WHERE finding = 'lost_final_ack' AND phase = 'closed'
      AND coalesce(outcome, '') <> 'withdrawn'
GROUP BY 1, 2, 3, 4 ORDER BY findings DESC, 1, 2, 3, 4;

-- Who closes first, and so holds the TIME-WAIT? By port of the server.
SELECT server.port, close.closed_first, count(*)
FROM records WHERE close.closed_first IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2;

-- How long do closes take? By port of the server, the slowest first.
SELECT server.port, count(*), max(close.duration_us) AS slowest_us
FROM records WHERE close.duration_us IS NOT NULL
GROUP BY 1 ORDER BY slowest_us DESC, 1;

-- Why were FINs repeated, what became of it, how often, and how many copies?
SELECT fin_retransmission.cause, outcome, count(*),
       sum(fin_retransmission.copies)
FROM records WHERE finding = 'fin_retransmission' AND phase = 'closed'
      AND coalesce(outcome, '') <> 'withdrawn'
GROUP BY 1, 2 ORDER BY 1, 2;
