#include "write/ledger_json.h"

#include <inttypes.h>

#include "base/frame.h"
#include "record/time.h"
#include "write/json_append.h"
#include "write/json_shape.h"
#include "write/summary_json.h"

/* {"n": 12, "at": "2026-..."}; without `at` if there were none. */
static json_t *peak_json(const struct peak *p)
{
	json_t *json = json_pack("{s:I}", "n", (json_int_t)p->n);
	char text[TIME_TEXT_LEN + 1] = "";
	if (p->n == 0)
		return json;
	time_text(p->at, text);
	json_object_set_new(json, "at", json_stringn(text, TIME_TEXT_LEN));
	return json;
}

static json_t *peak_schema(void)
{
	json_t *schema = shape_closed(json_pack("{s:o}", "n", shape_count()));
	json_object_set_new(json_object_get(schema, "properties"), "at",
	                    json_pack("{s:s,s:s}", "type", "string", "format",
	                              "date-time"));
	return schema;
}

static json_t *ends_peak_json(const struct census *c)
{
	json_t *json = json_object();
	for (int s = 0; s < N_TCP_STATES; s++)
		json_object_set_new(json, tcp_state_name((enum tcp_state)s),
		                    peak_json(&c->peak[s]));
	return json;
}

static json_t *ends_peak_schema(void)
{
	json_t *properties = json_object();
	for (int s = 0; s < N_TCP_STATES; s++)
		json_object_set_new(properties,
		                    tcp_state_name((enum tcp_state)s),
		                    peak_schema());
	return shape_closed(properties);
}

/* ---- routes --------------------------------------------------------------
 */

static double share(int64_t part, int64_t whole)
{
	return whole > 0 ? summary_two_decimals((double)part / (double)whole)
	                 : 0;
}

/* What every row begins with. */
static json_t *row_json(const struct offender *o)
{
	const struct offender_key *k = &o->key;
	return json_pack("{s:o,s:o,s:i,s:I,s:I}", "client_ip",
	                 summary_address(&k->peer, k->ip_version), "server_ip",
	                 summary_address(&k->server, k->ip_version), "port",
	                 (int)k->port, "connections", (json_int_t)o->weight,
	                 "connections_at_least",
	                 (json_int_t)(o->weight - o->error));
}

static json_t *row_schema(json_t *more)
{
	json_t *row = json_pack("{s:o,s:o,s:o,s:o,s:o}", "client_ip",
	                        shape_text(), "server_ip", shape_text(), "port",
	                        shape_count(), "connections", shape_count(),
	                        "connections_at_least", shape_count());
	json_object_update(row, more);
	json_decref(more);
	return shape_closed(row);
}

static json_t *time_wait_row(const struct ledger *l, size_t place)
{
	const struct route *r = &l->routes.at[place];
	const struct population *client = &r->time_wait[ROLE_CLIENT];
	const struct population *server = &r->time_wait[ROLE_SERVER];
	json_t *row = row_json(&l->routes.list.at[place]);
	json_t *more = json_pack(
		"{s:I,s:I,s:o,s:o,s:f,s:f,s:o}", "held_by_client",
		(json_int_t)r->held[ROLE_CLIENT], "held_by_server",
		(json_int_t)r->held[ROLE_SERVER], "client_peak",
		peak_json(&client->peak), "server_peak",
		peak_json(&server->peak), "port_range_share",
		share(client->peak.n, l->port_range), "closes_per_second",
		summary_two_decimals(pace_mean(&r->closes)),
		"closes_per_second_peak", peak_json(&r->closes.peak));
	json_object_update(row, more);
	json_decref(more);
	return row;
}

static json_t *time_wait_row_schema(void)
{
	return row_schema(json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "held_by_client",
		shape_count(), "held_by_server", shape_count(), "client_peak",
		peak_schema(), "server_peak", peak_schema(), "port_range_share",
		shape_number(), "closes_per_second", shape_number(),
		"closes_per_second_peak", peak_schema()));
}

static json_t *brief_row(const struct ledger *l, size_t place)
{
	const struct route *r = &l->routes.at[place];
	json_t *row = row_json(&l->routes.list.at[place]);
	json_t *more = json_pack(
		"{s:I,s:I,s:f,s:o,s:I}", "over", (json_int_t)r->judged, "short",
		(json_int_t)r->brief, "short_share", share(r->brief, r->judged),
		"open_peak", peak_json(&r->established.peak),
		"keep_alive_would_save", (json_int_t)route_saving(r));
	json_object_update(row, more);
	json_decref(more);
	return row;
}

static json_t *brief_row_schema(void)
{
	return row_schema(json_pack(
		"{s:o,s:o,s:o,s:o,s:o}", "over", shape_count(), "short",
		shape_count(), "short_share", shape_number(), "open_peak",
		peak_schema(), "keep_alive_would_save", shape_count()));
}

static json_t *rows(const struct ledger *l,
                    int64_t (*measure)(const struct route *),
                    json_t *(*row)(const struct ledger *, size_t))
{
	size_t top[SUMMARY_OFFENDERS];
	const size_t n =
		routes_top(&l->routes, measure, SUMMARY_OFFENDERS, top);
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, row(l, top[i]));
	return array;
}

static json_t *rows_schema(json_t *row)
{
	return json_pack(
		"{s:s,s:i,s:o,s:s}", "type", "array", "maxItems",
		SUMMARY_OFFENDERS, "items", row, "description",
		"the worst of the 64 routes that are kept, those with most "
		"connections (the Space-Saving method: `connections` is at "
		"most so much too high that connections_at_least is true; all "
		"else counts from when the route was met, or met again)");
}

static json_t *time_wait_json(const struct ledger *l)
{
	return json_pack("{s:I,s:I,s:I,s:f,s:o}", "held_by_client",
	                 (json_int_t)l->held[ROLE_CLIENT], "held_by_server",
	                 (json_int_t)l->held[ROLE_SERVER], "port_range",
	                 (json_int_t)l->port_range, "closes_per_second_ceiling",
	                 summary_two_decimals(ledger_ceiling(l)), "routes",
	                 rows(l, route_time_wait_peak, time_wait_row));
}

static json_t *time_wait_schema(void)
{
	return shape_closed(json_pack(
		"{s:o,s:o,s:o,s:o,s:o}", "held_by_client", shape_count(),
		"held_by_server", shape_count(), "port_range", shape_count(),
		"closes_per_second_ceiling", shape_number(), "routes",
		rows_schema(time_wait_row_schema())));
}

static int64_t brief_of(const struct route *r)
{
	return r->brief;
}

static json_t *brief_json(const struct ledger *l)
{
	return json_pack("{s:I,s:I,s:o}", "over", (json_int_t)l->judged,
	                 "short", (json_int_t)l->brief, "routes",
	                 rows(l, brief_of, brief_row));
}

static json_t *brief_schema(void)
{
	return shape_closed(json_pack("{s:o,s:o,s:o}", "over", shape_count(),
	                              "short", shape_count(), "routes",
	                              rows_schema(brief_row_schema())));
}

/* ---- hosts ---------------------------------------------------------------
 */

/* A name need not be UTF-8. */
static json_t *text_json(const char *s)
{
	char text[JSON_TEXT_MAX + 16]; /* quotes, an ellipsis */
	struct json_out out = {
		.at = text,
		.limit = text + sizeof(text),
		.text_max = JSON_TEXT_MAX,
	};
	json_append_string(&out, s);
	return json_loadb(text, (size_t)(out.at - text), JSON_DECODE_ANY, NULL);
}

static void add_frame(json_t *json, const struct setting_seen *seen,
                      const struct source_names *sources)
{
	const char *source = source_elsewhere(sources, seen->frame, NULL);
	if (seen->frame == 0)
		return;
	json_object_set_new(
		json, "frame",
		json_integer((json_int_t)frame_number(seen->frame)));
	if (source)
		json_object_set_new(json, "frame_source", text_json(source));
}

static json_t *setting_json(enum setting which, const struct setting_seen *seen,
                            const struct source_names *sources)
{
	json_t *json = json_pack(
		"{s:s,s:I,s:I,s:I,s:b,s:s,s:I,s:s}", "name",
		setting_name(which), "value",
		(json_int_t)setting_value(which, seen), "at_least",
		(json_int_t)seen->least, "at_most", (json_int_t)seen->most,
		"varies", seen->varies, "confidence",
		confidence_name(seen->confidence), "observations",
		(json_int_t)seen->n, "evidence", setting_evidence(which));
	if (setting_unit(which))
		json_object_set_new(json, "unit",
		                    json_string(setting_unit(which)));
	add_frame(json, seen, sources);
	if (seen->flow_id > 0)
		json_object_set_new(json, "flow_id",
		                    json_sprintf("%016" PRIx64, seen->flow_id));
	return json;
}

static json_t *setting_schema(void)
{
	json_t *schema = shape_closed(json_pack(
		"{s:o,s:o,s:o,s:o,s:{s:s},s:o,s:o,s:o}", "name", shape_text(),
		"value", shape_count(), "at_least", shape_count(), "at_most",
		shape_count(), "varies", "type", "boolean", "confidence",
		shape_text(), "observations", shape_count(), "evidence",
		shape_text()));
	json_t *properties = json_object_get(schema, "properties");
	json_object_set_new(properties, "unit", shape_text());
	json_object_set_new(properties, "frame", shape_count());
	json_object_set_new(properties, "frame_source", shape_text());
	json_object_set_new(properties, "flow_id", shape_text());
	return schema;
}

static json_t *host_json(const struct host_settings *host,
                         const struct source_names *sources)
{
	json_t *settings = json_array();
	for (int i = 0; i < N_SETTINGS; i++) {
		if (host->seen[i].n > 0)
			json_array_append_new(settings,
			                      setting_json((enum setting)i,
			                                   &host->seen[i],
			                                   sources));
	}
	return json_pack("{s:o,s:o}", "ip",
	                 summary_address(&host->ip.addr, host->ip.version),
	                 "settings", settings);
}

static json_t *hosts_json(const struct ledger *l)
{
	const struct settings *all = &l->settings;
	json_t *array = json_array();
	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(array,
		                      host_json(&all->host[i], &l->sources));
	return array;
}

static json_t *hosts_schema(void)
{
	json_t *host = shape_closed(
		json_pack("{s:o,s:{s:s,s:o}}", "ip", shape_text(), "settings",
	                  "type", "array", "items", setting_schema()));
	return json_pack("{s:s,s:i,s:o,s:s}", "type", "array", "maxItems",
	                 SETTINGS_HOSTS, "items", host, "description",
	                 "what the wire betrays of the hosts' settings: the "
	                 "first 64 hosts that betray something; "
	                 "hosts_left_out counts what others showed");
}

void ledger_json(const struct ledger *l, json_t *summary)
{
	json_object_set_new(summary, "ends_peak", ends_peak_json(&l->census));
	json_object_set_new(summary, "time_wait", time_wait_json(l));
	json_object_set_new(summary, "short_connections", brief_json(l));
	json_object_set_new(summary, "hosts", hosts_json(l));
	json_object_set_new(summary, "hosts_left_out",
	                    json_integer(l->settings.n_more));
}

void ledger_schema(json_t *properties)
{
	json_object_set_new(properties, "ends_peak", ends_peak_schema());
	json_object_set_new(properties, "time_wait", time_wait_schema());
	json_object_set_new(properties, "short_connections", brief_schema());
	json_object_set_new(properties, "hosts", hosts_schema());
	json_object_set_new(properties, "hosts_left_out", shape_count());
}
