#include "record/parts.h"

#include "record/record.h"

/* clang-format off */
#define TIMESTAMP \
	{ "timestamp", FIELD_TIME, offsetof(struct record_head, timestamp), \
	  .meaning = "when it happened, in the time of the capture", \
	  .required = true, .own = true }
#define SOURCE(must) \
	{ "source", FIELD_TEXT, offsetof(struct record_head, source), \
	  .meaning = "the capture file or interface", .required = must }

const struct field record_head_fields[] = {
	TIMESTAMP, SOURCE(true), FIELDS_END,
};

/* A run over several files has no single source. */
const struct field record_loose_head_fields[] = {
	TIMESTAMP, SOURCE(false), FIELDS_END,
};

#define AT(member) offsetof(struct record_flow, member)
#define FLOW(must) \
	{ "event_id", FIELD_ID, AT(event_id), \
	  .meaning = "identifies this event; the same whenever the same " \
		     "capture is read", .required = true, .own = true }, \
	{ "flow_id", FIELD_ID, AT(flow_id), \
	  .meaning = "identifies the connection in all its records", \
	  .required = must, .own = true }, \
	{ "community_id", FIELD_TEXT, AT(community_id), \
	  .meaning = "Community ID version 1, seed 0, as Zeek and Suricata " \
		     "write it", .own = true }, \
	{ "stream", FIELD_COUNT, AT(stream), \
	  .meaning = "tcp.stream in Wireshark", .own = true }, \
	{ "incarnation", FIELD_COUNT, AT(incarnation), \
	  .meaning = "which life of this four-tuple: 1, 2, ..." }, \
	{ "ip_version", FIELD_COUNT, AT(ip_version), \
	  .meaning = "4 or 6", .required = must }, \
	{ "vlan_id", FIELD_NUMBERS, AT(vlan_id), \
	  .meaning = "VLAN tags, outermost first" }, \
	{ "tunnel", FIELD_TEXT, AT(tunnel), \
	  .meaning = "the tunnel the packets came in" }

const struct field record_flow_fields[] = { FLOW(true), FIELDS_END };

/* A finding may concern a host and a service, not one connection. */
const struct field record_loose_flow_fields[] = { FLOW(false), FIELDS_END };

const struct field record_account_fields[] = {
	{ "event_id", FIELD_ID, offsetof(struct record_account, event_id),
	  .meaning = "identifies this account of this capture; a later one of "
		     "the same id takes its place", .required = true },
	{ "final", FIELD_BOOL, offsetof(struct record_account, final),
	  .meaning = "the last of this run", .required = true },
	FIELDS_END,
};

const struct field record_end_fields[] = {
	{ "ip", FIELD_IP, offsetof(struct record_end, ip),
	  .meaning = "its address" },
	{ "port", FIELD_COUNT, offsetof(struct record_end, port),
	  .meaning = "its port" },
	FIELDS_END,
};

/* clang-format on */
