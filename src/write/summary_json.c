#include "write/summary_json.h"

#include <math.h>

#include "base/ip.h"
#include "write/json_shape.h"
#include "write/ledger_json.h"

/* {"fin": 12, "reset": 3, ...}: every word, also with 0. */
static json_t *counts(const char *const *words, const int64_t *n)
{
	json_t *object = json_object();
	for (size_t i = 0; words[i]; i++)
		json_object_set_new(object, words[i], json_integer(n[i]));
	return object;
}

/* Findings are named in the order they were first met. */
static json_t *findings(const struct summary *s)
{
	json_t *object = json_object();
	for (size_t i = 0; i < s->n_kinds; i++) {
		const struct summary_finding *f = &s->finding[i];
		json_t *one = counts(severity_words, f->by_severity);
		json_object_set_new(one, "count",
		                    json_integer(summary_finding_count(f)));
		json_object_set_new(object, f->name, one);
	}
	return object;
}

json_t *summary_address(const struct ip_addr *ip, uint32_t version)
{
	char text[IP_TEXT_MAX];
	ip_text(ip, version, text);
	return json_string(text);
}

double summary_two_decimals(double x)
{
	return round(x * 100) / 100;
}

static json_t *pin_json(const struct offender *o)
{
	const struct offender_key *k = &o->key;
	return json_pack("{s:o,s:I,s:I,s:I,s:I}", "ip",
	                 summary_address(&k->peer, k->ip_version), "pins",
	                 (json_int_t)o->weight, "pins_at_least",
	                 (json_int_t)(o->weight - o->error), "pinned_us",
	                 (json_int_t)(o->total / 1000), "longest_us",
	                 (json_int_t)(o->longest / 1000));
}

static json_t *close_wait_json(const struct offender *o)
{
	const struct offender_key *k = &o->key;
	return json_pack("{s:o,s:i,s:I,s:I,s:I,s:I,s:I}", "ip",
	                 summary_address(&k->server, k->ip_version), "port",
	                 (int)k->port, "close_wait_us", (json_int_t)o->weight,
	                 "close_wait_us_at_least",
	                 (json_int_t)(o->weight - o->error), "connections",
	                 (json_int_t)o->count, "longest_us",
	                 (json_int_t)(o->longest / 1000), "at_end",
	                 (json_int_t)o->still);
}

static json_t *time_wait_json(const struct offender *o)
{
	const struct offender_key *k = &o->key;
	return json_pack(
		"{s:o,s:o,s:i,s:I,s:I,s:f,s:f}", "client_ip",
		summary_address(&k->peer, k->ip_version), "server_ip",
		summary_address(&k->server, k->ip_version), "port",
		(int)k->port, "connections", (json_int_t)o->count,
		"time_wait_us", (json_int_t)(o->total / 1000),
		"time_wait_ports", summary_two_decimals(offender_occupancy(o)),
		"closes_per_second", summary_two_decimals(offender_rate(o)));
}

static json_t *list(const struct offenders *offenders,
                    json_t *(*one)(const struct offender *))
{
	const struct offender *top[SUMMARY_OFFENDERS];
	const size_t n = offenders_top(offenders, SUMMARY_OFFENDERS, top);
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, one(top[i]));
	return array;
}

json_t *summary_json(const struct summary *s)
{
	static const struct worst nobody;
	const struct worst *worst = s->ledger ? &s->ledger->worst : &nobody;
	json_t *json = json_pack(
		"{s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:{s:o,s:o},s:I,s:o,s:o,"
		"s:{s:o,s:o,s:o}}",
		"connections", (json_int_t)s->connections, "troubled",
		(json_int_t)s->troubled, "capture_loss",
		(json_int_t)s->capture_loss, "complete",
		(json_int_t)s->complete, "by_kind",
		counts(close_kind_words, s->by_kind), "by_conn_state",
		counts(conn_state_words, s->by_conn_state), "closed_first",
		counts(end_words, s->closed_first), "ends", "client",
		counts(state_words, s->ends[SUMMARY_CLIENT]), "server",
		counts(state_words, s->ends[SUMMARY_SERVER]), "findings",
		(json_int_t)s->findings, "by_severity",
		counts(severity_words, s->by_severity), "by_finding",
		findings(s), "offenders", "pins", list(&worst->pins, pin_json),
		"close_wait", list(&worst->close_wait, close_wait_json),
		"time_wait", list(&worst->time_wait, time_wait_json));
	if (s->ledger)
		ledger_json(s->ledger, json);
	return json;
}

static json_t *counts_schema(const char *const *words)
{
	json_t *properties = json_object();
	for (size_t i = 0; words[i]; i++)
		json_object_set_new(properties, words[i], shape_count());
	return shape_closed(properties);
}

static json_t *findings_schema(void)
{
	json_t *one = counts_schema(severity_words);
	json_object_set_new(json_object_get(one, "properties"), "count",
	                    shape_count());
	return json_pack("{s:s,s:o}", "type", "object", "additionalProperties",
	                 one);
}

static json_t *rows_schema(json_t *properties)
{
	return json_pack("{s:s,s:i,s:o}", "type", "array", "maxItems",
	                 SUMMARY_OFFENDERS, "items", shape_closed(properties));
}

static json_t *offenders_schema(void)
{
	json_t *pins = json_pack("{s:o,s:o,s:o,s:o,s:o}", "ip", shape_text(),
	                         "pins", shape_count(), "pins_at_least",
	                         shape_count(), "pinned_us", shape_count(),
	                         "longest_us", shape_count());
	json_t *close_wait =
		json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "ip", shape_text(),
	                  "port", shape_count(), "close_wait_us", shape_count(),
	                  "close_wait_us_at_least", shape_count(),
	                  "connections", shape_count(), "longest_us",
	                  shape_count(), "at_end", shape_count());
	json_t *time_wait = json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "client_ip", shape_text(),
		"server_ip", shape_text(), "port", shape_count(), "connections",
		shape_count(), "time_wait_us", shape_count(), "time_wait_ports",
		shape_number(), "closes_per_second", shape_number());
	json_t *all = shape_closed(json_pack(
		"{s:o,s:o,s:o}", "pins", rows_schema(pins), "close_wait",
		rows_schema(close_wait), "time_wait", rows_schema(time_wait)));
	json_object_set_new(
		all, "description",
		json_string("the worst ten of each, of all connections, by the "
	                    "Space-Saving method: no weight is too low, and "
	                    "..._at_least says how much of it is certain"));
	return all;
}

json_t *summary_schema(void)
{
	json_t *ends = shape_closed(
		json_pack("{s:o,s:o}", "client", counts_schema(state_words),
	                  "server", counts_schema(state_words)));
	json_t *schema = shape_closed(json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
		"connections", shape_count(), "troubled", shape_count(),
		"capture_loss", shape_count(), "complete", shape_count(),
		"by_kind", counts_schema(close_kind_words), "by_conn_state",
		counts_schema(conn_state_words), "closed_first",
		counts_schema(end_words), "ends", ends, "findings",
		shape_count(), "by_severity", counts_schema(severity_words),
		"by_finding", findings_schema(), "offenders",
		offenders_schema()));
	ledger_schema(json_object_get(schema, "properties"));
	return schema;
}
