#include "write/summary_json.h"

#include <math.h>

#include "base/ip.h"

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

static json_t *address(const struct ip_addr *ip, uint32_t version)
{
	char text[IP_TEXT_MAX];
	ip_text(ip, version, text);
	return json_string(text);
}

static double two_decimals(double x)
{
	return round(x * 100) / 100;
}

static json_t *pin_json(const struct offender *o)
{
	const struct offender_key *k = &o->key;
	return json_pack("{s:o,s:I,s:I,s:I}", "ip",
	                 address(&k->peer, k->ip_version), "pins",
	                 (json_int_t)o->weight, "pins_at_least",
	                 (json_int_t)(o->weight - o->error), "pinned_us",
	                 (json_int_t)(o->total / 1000));
}

static json_t *close_wait_json(const struct offender *o)
{
	const struct offender_key *k = &o->key;
	return json_pack("{s:o,s:i,s:I,s:I,s:I}", "ip",
	                 address(&k->server, k->ip_version), "port",
	                 (int)k->port, "close_wait_us", (json_int_t)o->weight,
	                 "close_wait_us_at_least",
	                 (json_int_t)(o->weight - o->error), "connections",
	                 (json_int_t)o->count);
}

static json_t *time_wait_json(const struct offender *o)
{
	const struct offender_key *k = &o->key;
	return json_pack("{s:o,s:o,s:i,s:I,s:I,s:f,s:f}", "client_ip",
	                 address(&k->peer, k->ip_version), "server_ip",
	                 address(&k->server, k->ip_version), "port",
	                 (int)k->port, "connections", (json_int_t)o->count,
	                 "time_wait_us", (json_int_t)(o->total / 1000),
	                 "time_wait_ports", two_decimals(offender_occupancy(o)),
	                 "closes_per_second", two_decimals(offender_rate(o)));
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
	return json_pack(
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
		findings(s), "offenders", "pins", list(&s->pins, pin_json),
		"close_wait", list(&s->close_wait, close_wait_json),
		"time_wait", list(&s->time_wait, time_wait_json));
}

static json_t *count_schema(void)
{
	return json_pack("{s:s,s:i}", "type", "integer", "minimum", 0);
}

static json_t *number_schema(void)
{
	return json_pack("{s:s,s:i}", "type", "number", "minimum", 0);
}

static json_t *text_schema(void)
{
	return json_pack("{s:s}", "type", "string");
}

/* An object with all of these properties and no others; takes them over. */
static json_t *closed_object(json_t *properties)
{
	json_t *required = json_array();
	const char *name;
	json_t *property;
	json_object_foreach(properties, name, property)
	{
		json_array_append_new(required, json_string(name));
	}
	return json_pack("{s:s,s:o,s:o,s:b}", "type", "object", "properties",
	                 properties, "required", required,
	                 "additionalProperties", 0);
}

static json_t *counts_schema(const char *const *words)
{
	json_t *properties = json_object();
	for (size_t i = 0; words[i]; i++)
		json_object_set_new(properties, words[i], count_schema());
	return closed_object(properties);
}

static json_t *findings_schema(void)
{
	json_t *one = counts_schema(severity_words);
	json_object_set_new(json_object_get(one, "properties"), "count",
	                    count_schema());
	return json_pack("{s:s,s:o}", "type", "object", "additionalProperties",
	                 one);
}

static json_t *rows_schema(json_t *properties)
{
	return json_pack("{s:s,s:i,s:o}", "type", "array", "maxItems",
	                 SUMMARY_OFFENDERS, "items", closed_object(properties));
}

static json_t *offenders_schema(void)
{
	json_t *pins = json_pack("{s:o,s:o,s:o,s:o}", "ip", text_schema(),
	                         "pins", count_schema(), "pins_at_least",
	                         count_schema(), "pinned_us", count_schema());
	json_t *close_wait =
		json_pack("{s:o,s:o,s:o,s:o,s:o}", "ip", text_schema(), "port",
	                  count_schema(), "close_wait_us", count_schema(),
	                  "close_wait_us_at_least", count_schema(),
	                  "connections", count_schema());
	json_t *time_wait = json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "client_ip", text_schema(),
		"server_ip", text_schema(), "port", count_schema(),
		"connections", count_schema(), "time_wait_us", count_schema(),
		"time_wait_ports", number_schema(), "closes_per_second",
		number_schema());
	return closed_object(json_pack(
		"{s:o,s:o,s:o}", "pins", rows_schema(pins), "close_wait",
		rows_schema(close_wait), "time_wait", rows_schema(time_wait)));
}

json_t *summary_schema(void)
{
	json_t *ends = closed_object(
		json_pack("{s:o,s:o}", "client", counts_schema(state_words),
	                  "server", counts_schema(state_words)));
	return closed_object(json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
		"connections", count_schema(), "troubled", count_schema(),
		"capture_loss", count_schema(), "complete", count_schema(),
		"by_kind", counts_schema(close_kind_words), "by_conn_state",
		counts_schema(conn_state_words), "closed_first",
		counts_schema(end_words), "ends", ends, "findings",
		count_schema(), "by_severity", counts_schema(severity_words),
		"by_finding", findings_schema(), "offenders",
		offenders_schema()));
}
