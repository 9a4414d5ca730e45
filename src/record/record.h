/*
 * Interface for records: what the library says about a capture.
 *
 * A record is a plain struct and a field table. Strings in it are borrowed
 * until the writer that was shown the record returns. Times and durations
 * are nanoseconds here; writers turn them into text and microseconds.
 * A field that is not known is ABSENT (or NULL, 0: see record/field.h), so
 * begin with fields_clear().
 */
#ifndef TCPCLOSE_RECORD_RECORD_H
#define TCPCLOSE_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/field.h"
#include "record/finding.h"
#include "record/kernel.h"

#define RECORD_SCHEMA_VERSION "1.0"

/* Kinds of records, in record/events.def: X(NAME, "name", "what it is"). */
enum event_type {
#define X(id, name, meaning) EVENT_##id,
#include "record/events.def"
#undef X
	N_EVENTS
};

/* "tcp_close", ...: the value of event_type. */
const char *event_type_name(enum event_type type);
const char *event_type_meaning(enum event_type type);

/* Ordered: a worse one compares greater. */
enum severity {
	SEVERITY_INFO,    /* worth knowing, nothing to do */
	SEVERITY_NOTICE,  /* unusual, harmless alone */
	SEVERITY_WARNING, /* something waited, or was lost and repaired */
	SEVERITY_ERROR,   /* a connection or its data was lost */
	N_SEVERITIES
};

/* Ordered: a surer one compares greater. */
enum confidence {
	CONFIDENCE_POSSIBLE, /* a pattern only */
	CONFIDENCE_LIKELY,   /* one presumption */
	CONFIDENCE_CERTAIN,  /* no reading of the capture without it */
	N_CONFIDENCES
};

const char *severity_name(enum severity severity);
const char *confidence_name(enum confidence confidence);

/* Closed lists of words, NULL-ended. */
extern const char *const severity_words[];
extern const char *const confidence_words[];
extern const char *const state_words[];       /* syn_sent ... closed unknown */
extern const char *const state_grade_words[]; /* certain presumed expired */
extern const char *const end_words[];         /* client server both */
extern const char *const close_kind_words[];  /* fin reset refused ... */
extern const char *const conn_state_words[];  /* Zeek's: SF S1 ... OTH */

enum {
	N_STATES = 11,
	N_CLOSE_KINDS = 5,
	N_CONN_STATES = 13,
};

/* What every record has. event_type and schema_version are not stored: they
 * follow from the type of the record. */
struct record_head {
	int64_t timestamp;  /* of the event, in the time of the capture */
	const char *source; /* file or interface */
};

#define RECORD_VLANS 2

/* Begins like struct numbers. */
struct vlan_list {
	uint32_t n, n_more;
	int64_t at[RECORD_VLANS];
};

/* What every record that concerns a connection has; see record/ids.h. */
struct record_flow {
	uint64_t event_id, flow_id;
	const char *community_id;
	int64_t stream;      /* as Wireshark's tcp.stream */
	int64_t incarnation; /* 1, 2, ... of this four-tuple */
	int64_t ip_version;  /* 4 or 6 */
	struct vlan_list vlan_id;
	const char *tunnel;
};

struct record_end {
	struct ip_value ip;
	int64_t port; /* absent where a finding concerns a whole host */
};

struct close_end {
	struct ip_value ip;
	int64_t port;
	const char *state;       /* of state_words */
	const char *state_grade; /* of state_grade_words */
	int64_t packets, bytes;
	int64_t fin_sent, fin_retransmits, rst_sent;
	int64_t zero_windows, window_probes, keep_alives;
	int64_t unacked_bytes, missing_bytes;
	int64_t time_in_fin_wait_1, time_in_fin_wait_2, time_in_closing;
	int64_t time_in_time_wait, time_in_close_wait, time_in_last_ack;
	int64_t sequence_start; /* as on the wire */
};

/* The object `close` of tcp_close. */
struct close_story {
	const char *kind;         /* of close_kind_words */
	const char *closed_first; /* of end_words */
	int64_t complete;
	const char *reset_by;
	const char *end_reason;
	int64_t started, duration;
	const char *history;
	const char *conn_state; /* of conn_state_words */
};

struct close_record {
	struct record_head head;
	struct record_flow flow;
	int64_t started, ended, duration;
	uint64_t first_frame; /* of the source of the head */
	struct frame_named last_frame;
	const char *direction_source;
	struct close_story close;
	struct close_end client, server;
	int64_t rtt_client, rtt_server;
	const char *vantage;
	int64_t capture_loss;
	const char *severity; /* of severity_words; NULL without findings */
	struct texts findings;
};

struct finding_record {
	struct record_head head;
	struct record_flow flow;
	struct record_end client, server;
	const char *finding; /* kind->name */
	const char *phase;
	const char *severity;   /* of severity_words */
	const char *confidence; /* of confidence_words */
	const char *end;        /* of end_words */
	int64_t first_timestamp, last_timestamp, duration;
	int64_t count;
	const char *outcome; /* of kind->outcomes */
	const char *message;
	const char *filter; /* a Wireshark display filter */
	struct numbers frames;
	struct sources frame_sources; /* none: all of the head's */
	struct kernel_word kernel;    /* live, if it was asked */

	/* The object named as the finding, described by kind->fields. */
	const struct finding_kind *kind;
	const void *detail; /* borrowed; NULL if there is none */
};

/* It tells a trouble for good: not one that lasts yet, nor what was none. */
bool finding_counts(const struct finding_record *r);

struct state_record {
	struct record_head head;
	struct record_flow flow;
	struct record_end client, server;
	const char *end;
	const char *from, *to; /* of state_words */
	const char *grade;     /* of state_grade_words */
	const char *cause;     /* the event, in the machine's words */
	uint64_t frame;
	int64_t rolled_back;
};

/* Packets by what decoding them came to. */
struct stats_decode {
#define X(id, name, meaning) int64_t id;
#include "decode/verdicts.def"
#undef X
};

struct stats_dropped {
	int64_t kernel, interface;
};

/* Something of each modelled state: how many ends, when they were most. */
struct stats_ends {
	int64_t state[N_STATES]; /* in the order of state_words */
};

/* TIME-WAITs ever, by the end that held them. */
struct stats_time_waits {
	int64_t client, server;
};

struct stats_evicted {
	int64_t past_incarnations, unanswered_syns, connections;
};

/* Live outputs; absent where writing waits until it is done. */
struct stats_outputs {
	int64_t lost_records, waiting, failing;
};

struct stats_record {
	struct record_head head;
	int64_t final; /* the last one of the run */
	int64_t first_packet, last_packet, duration;
	int64_t packets, bytes, tcp_segments;
	int64_t packets_per_second;
	int64_t time_reversals, capture_duplicates, truncated_files;
	struct stats_decode decode;
	struct stats_dropped dropped;
	int64_t connections, connections_open, past_incarnations, findings;
	int64_t findings_held_back; /* live: openings beyond their rate */
	/* With --kernel-states. */
	int64_t findings_dismissed, kernel_questions, kernel_held_back;
	struct stats_ends ends, ends_peak, ends_peak_at;
	struct stats_time_waits time_waits;
	struct stats_evicted evicted;
	int64_t memory, memory_limit;
	struct stats_host_states host_states;
	int64_t host_orphans;
	struct stats_host_sysctls host_sysctls;
	struct stats_outputs outputs;
};

/* What every account has that is given with statistics. */
struct record_account {
	uint64_t event_id;
	int64_t final; /* the last one of the run */
};

/* TIME-WAIT of a route; ends, unless they are something else. */
struct route_time_wait {
	int64_t held_by_client, held_by_server;
	int64_t client_now, client_peak, client_peak_at;
	int64_t server_now, server_peak, server_peak_at;
	int64_t port_range, port_range_share;
	int64_t closes_per_second, closes_per_second_ceiling;
	int64_t closes_per_second_peak, closes_per_second_peak_at;
	int64_t total, mean;
};

struct route_short {
	int64_t over, n, share;
	int64_t keep_alive_would_save;
};

struct route_record {
	struct record_head head;
	struct record_account account;
	int64_t ip_version;
	struct record_end client, server; /* the client's port is absent */
	int64_t first_timestamp, last_timestamp;
	int64_t connections, connections_at_least;
	int64_t open, open_peak, open_peak_at;
	struct route_time_wait time_wait;
	struct route_short brief;
};

struct service_close_wait {
	int64_t connections, at_end;
	int64_t total, total_at_least, longest;
};

struct service_record {
	struct record_head head;
	struct record_account account;
	int64_t ip_version;
	struct record_end server;
	struct service_close_wait close_wait;
};

struct host_pins {
	int64_t count, count_at_least;
	int64_t total, longest;
};

struct host_setting {
	int64_t value, at_least, at_most;
	int64_t varies;
	const char *confidence; /* of confidence_words */
	int64_t observations;
	struct frame_named frame;
	uint64_t flow_id;
	const char *evidence;
};

#define RECORD_SETTINGS 5

struct host_record {
	struct record_head head;
	struct record_account account;
	int64_t ip_version;
	struct record_end host; /* its port is absent */
	struct host_pins pins;
	struct host_setting setting[RECORD_SETTINGS]; /* as enum setting */
};

struct run_record {
	struct record_head head;
	const char *version;
	int64_t live;
	int64_t part;        /* of an output, from its second file on */
	int64_t input_count; /* inputs holds the first few */
	struct texts inputs, formats, link_types, sandbox;
	const char *filter;
	struct texts options, libraries;
};

extern const struct field close_record_fields[];
extern const struct field finding_record_fields[]; /* without the detail */
extern const struct field state_record_fields[];
extern const struct field route_record_fields[];
extern const struct field service_record_fields[];
extern const struct field host_record_fields[];
extern const struct field stats_record_fields[];
extern const struct field run_record_fields[];

/* The table of a type; its own object is not in a finding's. */
const struct field *event_type_fields(enum event_type type);

/* Any record, as writers see it. */
struct record {
	enum event_type type;
	const struct field *fields;
	const void *data;                /* one of the structs above */
	const struct finding_kind *kind; /* tcp_finding: names the object */
	const void *detail;              /* NULL: no such object */
	/*
	 * Of records that differ in little but who, when and which, as those
	 * of a flood: a number that all of them have whose fields, but for
	 * those that say so (field.own), have the same values. Whoever hands
	 * out records numbers its series. 0: it is in none.
	 */
	uint64_t series;
};

struct record record_of_close(const struct close_record *r);
struct record record_of_finding(const struct finding_record *r);
struct record record_of_state(const struct state_record *r);
struct record record_of_route(const struct route_record *r);
struct record record_of_service(const struct service_record *r);
struct record record_of_host(const struct host_record *r);
struct record record_of_stats(const struct stats_record *r);
struct record record_of_run(const struct run_record *r);

#endif
