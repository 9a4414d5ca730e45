-- Records into an SQLite file: one column holds the record, views read it.
--
-- In the folder of the records:
--
--     sqlite3 closes.db <import.sql       # reads records.ndjson
--
-- A record that is there already is not taken twice.
CREATE TABLE IF NOT EXISTS raw (record TEXT NOT NULL UNIQUE);
CREATE TEMP TABLE incoming (record TEXT);
.mode ascii
.separator "\037" "\n"
.import records.ndjson incoming
INSERT OR IGNORE INTO raw SELECT record FROM incoming WHERE json_valid(record);
DROP TABLE incoming;

CREATE VIEW IF NOT EXISTS tcp_close AS SELECT
	json_extract(record, '$.event_id')            AS event_id,
	json_extract(record, '$.flow_id')             AS flow_id,
	json_extract(record, '$.timestamp')           AS timestamp,
	json_extract(record, '$.client.ip')           AS client_ip,
	json_extract(record, '$.client.port')         AS client_port,
	json_extract(record, '$.client.state')        AS client_state,
	json_extract(record, '$.server.ip')           AS server_ip,
	json_extract(record, '$.server.port')         AS server_port,
	json_extract(record, '$.server.state')        AS server_state,
	json_extract(record, '$.close.kind')          AS kind,
	json_extract(record, '$.close.closed_first')  AS closed_first,
	json_extract(record, '$.close.reset_by')      AS reset_by,
	json_extract(record, '$.close.conn_state')    AS conn_state,
	json_extract(record, '$.close.duration_us')   AS close_duration_us,
	json_extract(record, '$.severity')            AS severity,
	record
FROM raw WHERE json_extract(record, '$.event_type') = 'tcp_close';

CREATE VIEW IF NOT EXISTS tcp_finding AS SELECT
	json_extract(record, '$.event_id')            AS event_id,
	json_extract(record, '$.flow_id')             AS flow_id,
	json_extract(record, '$.timestamp')           AS timestamp,
	json_extract(record, '$.client.ip')           AS client_ip,
	json_extract(record, '$.client.port')         AS client_port,
	json_extract(record, '$.server.ip')           AS server_ip,
	json_extract(record, '$.server.port')         AS server_port,
	json_extract(record, '$.finding')             AS finding,
	json_extract(record, '$.phase')               AS phase,
	json_extract(record, '$.severity')            AS severity,
	json_extract(record, '$.confidence')          AS confidence,
	json_extract(record, '$.end')                 AS "end",
	json_extract(record, '$.outcome')             AS outcome,
	json_extract(record, '$.duration_us')         AS duration_us,
	json_extract(record, '$.message')             AS message,
	-- The finding's own object, whatever its name.
	json_extract(record, '$.' || json_extract(record, '$.finding')) AS detail,
	record
FROM raw WHERE json_extract(record, '$.event_type') = 'tcp_finding';
