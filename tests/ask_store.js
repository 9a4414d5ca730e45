/*
 * Ask DuckDB or ClickHouse, inside this process, what tools/pipelines/ asks
 * them, and print the answers as tabs and lines.
 *
 * usage: node ask_store.js duckdb|clickhouse MODULES PIPELINES
 *
 * MODULES is a node_modules with @duckdb/node-api or chdb, PIPELINES is
 * tools/pipelines; the records are ./records.ndjson. Fails with words if a
 * store does not hold what it was given.
 */
'use strict';
const fs = require('fs');
const path = require('path');
const [, , store, modules, pipelines] = process.argv;
const load = (name) => require(path.resolve(modules, name));

function statements(file) {
	return fs.readFileSync(path.join(pipelines, file), 'utf8')
		.replace(/^\s*--.*$/gm, '').split(/;\s*$/m)
		.map((s) => s.trim()).filter((s) => s !== '');
}

function fail(words) {
	console.log(words);
	process.exitCode = 1;
}

async function askDuckDb() {
	const { DuckDBInstance } = load('@duckdb/node-api');
	const db = await DuckDBInstance.create(':memory:');
	const connection = await db.connect();
	for (const sql of statements('duckdb/questions.sql')) {
		const reader = await connection.runAndReadAll(sql);
		if (!/^SELECT/.test(sql))
			continue;
		for (const row of reader.getRows())
			console.log(row.map(String).join('\t'));
	}
	const newest = await connection.runAndReadAll(
		'SELECT max(timestamp)::VARCHAR FROM records');
	const found = newest.getRows()[0][0];
	if (found !== latest(lines()))
		fail(`duckdb read ${found}, not ${latest(lines())}`);
}

function lines() {
	return fs.readFileSync('records.ndjson', 'utf8').split('\n')
		.filter((line) => line !== '').map(JSON.parse);
}

/* As both stores print a time, to the nanosecond. */
function latest(records) {
	return records.map((r) => r.timestamp).sort().pop()
		.replace('T', ' ').replace('Z', '');
}

/* Twice: what is loaded again is not counted again. */
function fill(session, type, records) {
	fs.writeFileSync(`${type}.ndjson`,
		records.map((r) => JSON.stringify(r) + '\n').join(''));
	const again = records[0].event_id === undefined ? 1 : 2;
	for (let i = 0; i < again; i++)
		session.query(`INSERT INTO tcpclose.${type}
			SELECT * FROM file('${path.resolve(type)}.ndjson', 'JSONEachRow')
			SETTINGS date_time_input_format = 'best_effort',
			input_format_skip_unknown_fields = 0`, 'TSV');
	const final = again === 2 ? 'FINAL' : '';
	const found = session.query(
		`SELECT count(), max(timestamp) FROM tcpclose.${type} ${final}`, 'TSV');
	const given = `${records.length}\t${latest(records)}`;
	if (found.trim() !== given)
		fail(`${type}: the table has ${found}, not ${given}`);
}

function askClickHouse() {
	const { Session } = load('chdb');
	const session = new Session(path.resolve('clickhouse'));
	for (const sql of statements('clickhouse/tables.sql'))
		session.query(sql, 'TSV');
	const of = {};
	for (const record of lines())
		(of[record.event_type] ||= []).push(record);
	for (const [type, records] of Object.entries(of))
		fill(session, type, records);
	for (const sql of statements('clickhouse/questions.sql'))
		process.stdout.write(session.query(sql, 'TSV'));
	session.cleanup();
}

if (store === 'duckdb')
	askDuckDb().catch((error) => fail(String(error)));
else
	askClickHouse();
