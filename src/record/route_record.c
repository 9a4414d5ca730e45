/* The field table of tcp_route. */
#include "record/record.h"

#include "record/parts.h"

/* clang-format off */
#define AT(member) offsetof(struct route_time_wait, member)
static const struct field time_wait_fields[] = {
	{ "held_by_client", FIELD_COUNT, AT(held_by_client),
	  .meaning = "TIME-WAITs of the client: each takes a port of its",
	  .required = true },
	{ "held_by_server", FIELD_COUNT, AT(held_by_server),
	  .meaning = "TIME-WAITs of the server: these take no ports",
	  .required = true },
	{ "client_now", FIELD_COUNT, AT(client_now), .unit = "ends",
	  .meaning = "of the client's, how many are there now",
	  .required = true },
	{ "client_peak", FIELD_COUNT, AT(client_peak), .unit = "ends",
	  .meaning = "the most at one time", .required = true },
	{ "client_peak_at", FIELD_TIME, AT(client_peak_at),
	  .meaning = "when that was, the first time" },
	{ "server_now", FIELD_COUNT, AT(server_now), .unit = "ends",
	  .meaning = "of the server's, how many are there now",
	  .required = true },
	{ "server_peak", FIELD_COUNT, AT(server_peak), .unit = "ends",
	  .meaning = "the most at one time", .required = true },
	{ "server_peak_at", FIELD_TIME, AT(server_peak_at),
	  .meaning = "when that was, the first time" },
	{ "port_range", FIELD_COUNT, AT(port_range), .unit = "ports",
	  .meaning = "ports that clients take theirs from (--port-range)",
	  .required = true },
	{ "port_range_share", FIELD_DECIMAL, AT(port_range_share),
	  .meaning = "client_peak as a part of them; 1 is all",
	  .required = true },
	{ "closes_per_second", FIELD_DECIMAL, AT(closes_per_second),
	  .meaning = "closes that left a TIME-WAIT, on average from the first "
		     "to the last", .required = true },
	{ "closes_per_second_peak", FIELD_COUNT, AT(closes_per_second_peak),
	  .meaning = "the most of them in one second", .required = true },
	{ "closes_per_second_peak_at", FIELD_TIME,
	  AT(closes_per_second_peak_at),
	  .meaning = "when that was, the first time" },
	{ "closes_per_second_ceiling", FIELD_DECIMAL,
	  AT(closes_per_second_ceiling),
	  .meaning = "what port_range allows for long where each leaves a "
		     "TIME-WAIT at the client; absent if TIME-WAIT lasts for "
		     "no time" },
	{ "total_us", FIELD_DURATION, AT(total), .unit = "us",
	  .meaning = "time spent in TIME-WAIT as far as it was seen, of "
		     "connections that are over" },
	{ "mean", FIELD_DECIMAL, AT(mean), .unit = "ends",
	  .meaning = "how many were in it on average, from total_us" },
	FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct route_short, member)
static const struct field short_fields[] = {
	{ "over", FIELD_COUNT, AT(over),
	  .meaning = "connections that are over", .required = true },
	{ "short", FIELD_COUNT, AT(n),
	  .meaning = "of them, those that carried one request or none and "
		     "were closed within a second", .required = true },
	{ "short_share", FIELD_DECIMAL, AT(share),
	  .meaning = "these as a part of those that are over; 1 is all",
	  .required = true },
	{ "keep_alive_would_save", FIELD_COUNT, AT(keep_alive_would_save),
	  .meaning = "connections not needed if as many as were open at once "
		     "had been kept open", .required = true },
	FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct route_record, member)
const struct field route_record_fields[] = {
	{ "head", FIELD_PART, AT(head), .fields = record_loose_head_fields },
	{ "account", FIELD_PART, AT(account),
	  .fields = record_account_fields },
	{ "ip_version", FIELD_COUNT, AT(ip_version),
	  .meaning = "4 or 6", .required = true },
	{ "client", FIELD_OBJECT, AT(client), .fields = record_end_fields,
	  .meaning = "the host that opened the connections",
	  .required = true },
	{ "server", FIELD_OBJECT, AT(server), .fields = record_end_fields,
	  .meaning = "the host and port that it opened them to",
	  .required = true },
	{ "first_timestamp", FIELD_TIME, AT(first_timestamp),
	  .meaning = "the first of them was established", .required = true },
	{ "last_timestamp", FIELD_TIME, AT(last_timestamp),
	  .meaning = "the last of them was established", .required = true },
	{ "connections", FIELD_COUNT, AT(connections),
	  .meaning = "connections established, as the Space-Saving method "
		     "counts the 64 busiest routes: never too few",
	  .required = true },
	{ "connections_at_least", FIELD_COUNT, AT(connections_at_least),
	  .meaning = "how many there were for certain: all else in this "
		     "record is of these", .required = true },
	{ "open", FIELD_COUNT, AT(open),
	  .meaning = "connections established now", .required = true },
	{ "open_peak", FIELD_COUNT, AT(open_peak),
	  .meaning = "the most at one time", .required = true },
	{ "open_peak_at", FIELD_TIME, AT(open_peak_at),
	  .meaning = "when that was, the first time" },
	{ "time_wait", FIELD_OBJECT, AT(time_wait),
	  .fields = time_wait_fields,
	  .meaning = "TIME-WAITs they left, and at which end",
	  .required = true },
	{ "short_connections", FIELD_OBJECT, AT(brief),
	  .fields = short_fields,
	  .meaning = "those too short to be worth opening",
	  .required = true },
	FIELDS_END,
};
/* clang-format on */
