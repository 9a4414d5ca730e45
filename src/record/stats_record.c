/* The field table of stats. */
#include "record/record.h"

#include "record/parts.h"

/* clang-format off */
#define X(id, name, about) \
	{ name, FIELD_COUNT, offsetof(struct stats_decode, id), \
	  .unit = "packets", \
	  .meaning = about, .required = true },
static const struct field decode_fields[] = {
#include "decode/verdicts.def"
	FIELDS_END,
};
#undef X

static const struct field dropped_fields[] = {
	{ "kernel", FIELD_COUNT, offsetof(struct stats_dropped, kernel),
	  .unit = "packets",
	  .meaning = "dropped for lack of room in the capture buffer" },
	{ "interface", FIELD_COUNT, offsetof(struct stats_dropped, interface),
	  .unit = "packets",
	  .meaning = "dropped by the interface or its driver" },
	FIELDS_END,
};

/* In the order of state_words. */
#define STATE(i, name, spelling) \
	{ name, FIELD_COUNT, \
	  offsetof(struct stats_ends, state) + (i) * sizeof(int64_t), \
	  .unit = "ends", \
	  .meaning = "ends in " spelling, .required = true }
static const struct field ends_fields[] = {
	STATE(0, "syn_sent", "SYN-SENT"),
	STATE(1, "syn_received", "SYN-RECV"),
	STATE(2, "established", "ESTAB"),
	STATE(3, "fin_wait_1", "FIN-WAIT-1"),
	STATE(4, "fin_wait_2", "FIN-WAIT-2"),
	STATE(5, "closing", "CLOSING"),
	STATE(6, "time_wait", "TIME-WAIT"),
	STATE(7, "close_wait", "CLOSE-WAIT"),
	STATE(8, "last_ack", "LAST-ACK"),
	STATE(9, "closed", "CLOSED, of connections still held"),
	STATE(10, "unknown", "a state nothing was seen of"),
	FIELDS_END,
};

#define STATE_PEAK(i, name, spelling) \
	{ name, FIELD_COUNT, \
	  offsetof(struct stats_ends, state) + (i) * sizeof(int64_t), \
	  .unit = "ends", \
	  .meaning = "most ends in " spelling " at one time" }
static const struct field ends_peak_fields[] = {
	STATE_PEAK(0, "syn_sent", "SYN-SENT"),
	STATE_PEAK(1, "syn_received", "SYN-RECV"),
	STATE_PEAK(2, "established", "ESTAB"),
	STATE_PEAK(3, "fin_wait_1", "FIN-WAIT-1"),
	STATE_PEAK(4, "fin_wait_2", "FIN-WAIT-2"),
	STATE_PEAK(5, "closing", "CLOSING"),
	STATE_PEAK(6, "time_wait", "TIME-WAIT"),
	STATE_PEAK(7, "close_wait", "CLOSE-WAIT"),
	STATE_PEAK(8, "last_ack", "LAST-ACK"),
	STATE_PEAK(9, "closed", "CLOSED, of connections still held"),
	STATE_PEAK(10, "unknown", "a state nothing was seen of"),
	FIELDS_END,
};

#define STATE_TIME(i, name, spelling) \
	{ name, FIELD_TIME, \
	  offsetof(struct stats_ends, state) + (i) * sizeof(int64_t), \
	  .meaning = "when most ends were in " spelling ", the first time" }
static const struct field ends_peak_at_fields[] = {
	STATE_TIME(0, "syn_sent", "SYN-SENT"),
	STATE_TIME(1, "syn_received", "SYN-RECV"),
	STATE_TIME(2, "established", "ESTAB"),
	STATE_TIME(3, "fin_wait_1", "FIN-WAIT-1"),
	STATE_TIME(4, "fin_wait_2", "FIN-WAIT-2"),
	STATE_TIME(5, "closing", "CLOSING"),
	STATE_TIME(6, "time_wait", "TIME-WAIT"),
	STATE_TIME(7, "close_wait", "CLOSE-WAIT"),
	STATE_TIME(8, "last_ack", "LAST-ACK"),
	STATE_TIME(9, "closed", "CLOSED, of connections still held"),
	STATE_TIME(10, "unknown", "a state nothing was seen of"),
	FIELDS_END,
};

#define AT(member) offsetof(struct stats_time_waits, member)
static const struct field time_waits_fields[] = {
	{ "client", FIELD_COUNT, AT(client),
	  .meaning = "held by clients: each takes a port of theirs" },
	{ "server", FIELD_COUNT, AT(server),
	  .meaning = "held by servers: these take no ports" },
	FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct stats_evicted, member)
static const struct field evicted_fields[] = {
	{ "past_incarnations", FIELD_COUNT, AT(past_incarnations), 
	  .meaning = "earlier lives of four-tuples forgotten early" },
	{ "unanswered_syns", FIELD_COUNT, AT(unanswered_syns), 
	  .meaning = "SYNs without an answer forgotten early" },
	{ "connections", FIELD_COUNT, AT(connections), 
	  .meaning = "live connections reported early" },
	FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct stats_record, member)
const struct field stats_record_fields[] = {
	{ "head", FIELD_PART, AT(head), .fields = record_loose_head_fields },
	{ "final", FIELD_BOOL, AT(final),
	  .meaning = "the last of this run", .required = true },
	{ "first_packet", FIELD_TIME, AT(first_packet),
	  .meaning = "time of the earliest packet",
	  .metric.type = METRIC_GAUGE },
	{ "last_packet", FIELD_TIME, AT(last_packet),
	  .meaning = "time of the latest packet",
	  .metric.type = METRIC_GAUGE },
	{ "duration_us", FIELD_DURATION, AT(duration), .unit = "us",
	  .meaning = "from the earliest packet to the latest" },
	{ "packets", FIELD_COUNT, AT(packets), .unit = "packets",
	  .meaning = "packets read",
	  .required = true,
	  .metric.type = METRIC_COUNTER },
	{ "bytes", FIELD_COUNT, AT(bytes), .unit = "bytes",
	  .meaning = "length on the wire of the packets read", .required = true,
	  .metric = { .type = METRIC_COUNTER, .name = "packet_bytes" } },
	{ "tcp_segments", FIELD_COUNT, AT(tcp_segments), .unit = "packets",
	  .meaning = "TCP segments among the packets read", .required = true,
	  .metric.type = METRIC_COUNTER },
	{ "packets_per_second", FIELD_COUNT, AT(packets_per_second),
	  .unit = "packets/s",
	  .meaning = "rate in capture time, since the last stats record" },
	{ "time_reversals", FIELD_COUNT, AT(time_reversals), .unit = "packets",
	  .meaning = "packets older than the one before",
	  .metric.type = METRIC_COUNTER },
	{ "capture_duplicates", FIELD_COUNT, AT(capture_duplicates),
	  .unit = "packets", .meaning = "packets captured twice",
	  .metric.type = METRIC_COUNTER },
	{ "truncated_files", FIELD_COUNT, AT(truncated_files), .unit = "files",
	  .meaning = "captures whose last packet is cut off",
	  .metric.type = METRIC_COUNTER },
	{ "decode", FIELD_OBJECT, AT(decode), .fields = decode_fields,
	  .meaning = "packets by what decoding came to", .required = true,
	  .metric = { METRIC_COUNTER, "decoded_packets", "verdict" } },
	{ "dropped", FIELD_OBJECT, AT(dropped), .fields = dropped_fields,
	  .meaning = "packets that the capture missed, where that is known",
	  .metric = { METRIC_COUNTER, "dropped_packets", "by" } },
	{ "connections", FIELD_COUNT, AT(connections), 
	  .meaning = "connections seen so far", .required = true,
	  .metric.type = METRIC_COUNTER },
	{ "connections_open", FIELD_COUNT, AT(connections_open), 
	  .meaning = "connections held now",
	  .metric.type = METRIC_GAUGE },
	{ "past_incarnations", FIELD_COUNT, AT(past_incarnations), 
	  .meaning = "earlier lives of four-tuples held now",
	  .metric.type = METRIC_GAUGE },
	{ "findings", FIELD_COUNT, AT(findings), 
	  .meaning = "findings made so far" },
	{ "findings_held_back", FIELD_COUNT, AT(findings_held_back),
	  .meaning = "findings not told while they lasted because too many of "
		     "their kind came in a second; live only",
	  .metric.type = METRIC_COUNTER },
	{ "findings_dismissed", FIELD_COUNT, AT(findings_dismissed),
	  .meaning = "troubles that the kernel's word dismissed; with "
		     "--kernel-states",
	  .metric.type = METRIC_COUNTER },
	{ "kernel_questions", FIELD_COUNT, AT(kernel_questions),
	  .meaning = "sockets of this host that the kernel was asked about; "
		     "with --kernel-states",
	  .metric.type = METRIC_COUNTER },
	{ "kernel_held_back", FIELD_COUNT, AT(kernel_held_back),
	  .meaning = "findings for which it was not asked because too many "
		     "came in a second",
	  .metric.type = METRIC_COUNTER },
	{ "ends", FIELD_OBJECT, AT(ends), .fields = ends_fields,
	  .meaning = "ends by modelled state, as netstat on their hosts would "
		     "count them now: of the connections held, and TIME-WAIT "
		     "of those that are over",
	  .required = true,
	  .metric = { METRIC_GAUGE, "ends", "state" } },
	{ "ends_peak", FIELD_OBJECT, AT(ends_peak), .fields = ends_peak_fields,
	  .meaning = "the most that `ends` has counted at one time",
	  .metric = { METRIC_GAUGE, "ends_peak", "state" } },
	{ "ends_peak_at", FIELD_OBJECT, AT(ends_peak_at),
	  .fields = ends_peak_at_fields,
	  .meaning = "when that was" },
	{ "time_waits", FIELD_OBJECT, AT(time_waits),
	  .fields = time_waits_fields,
	  .meaning = "TIME-WAITs begun so far, by the end that held them",
	  .metric = { METRIC_GAUGE, "time_waits", "end" } },
	{ "evicted", FIELD_OBJECT, AT(evicted), .fields = evicted_fields,
	  .meaning = "what was forgotten early for lack of memory",
	  .metric = { METRIC_COUNTER, "evicted", "kind" } },
	{ "memory_bytes", FIELD_COUNT, AT(memory), .unit = "bytes",
	  .meaning = "memory of the tables",
	  .metric.type = METRIC_GAUGE },
	{ "memory_limit_bytes", FIELD_COUNT, AT(memory_limit), .unit = "bytes",
	  .meaning = "what --max-memory allows",
	  .metric.type = METRIC_GAUGE },
	{ "host_states", FIELD_OBJECT, AT(host_states),
	  .fields = host_states_fields,
	  .meaning = "sockets of this host by state, as its kernel counts "
		     "them and ss lists them, listeners aside; with "
		     "--kernel-states, and absent while there are too many "
		     "in closing states to count them at once",
	  .metric = { METRIC_GAUGE, "host_sockets", "state" } },
	{ "host_orphans", FIELD_COUNT, AT(host_orphans), .unit = "sockets",
	  .meaning = "sockets that no program holds, TIME-WAIT aside, of the "
		     "whole host",
	  .metric.type = METRIC_GAUGE },
	{ "host_sysctls", FIELD_OBJECT, AT(host_sysctls),
	  .fields = host_sysctls_fields,
	  .meaning = "sysctls of this host, below net.ipv4, that decide how "
		     "connections end; with --kernel-states" },
	{ "output_lost_records", FIELD_COUNT, AT(outputs.lost_records),
	  .unit = "records",
	  .meaning = "records that an ndjson output lost so far, because its "
		     "reader was too slow or left, or its disk was full for "
		     "too long; live only",
	  .metric.type = METRIC_COUNTER },
	{ "output_waiting_bytes", FIELD_COUNT, AT(outputs.waiting),
	  .unit = "bytes",
	  .meaning = "what waits in the queues of the outputs now; live only",
	  .metric.type = METRIC_GAUGE },
	{ "outputs_failing", FIELD_COUNT, AT(outputs.failing),
	  .meaning = "outputs that cannot be written to now; live only",
	  .metric.type = METRIC_GAUGE },
	FIELDS_END,
};
/* clang-format on */
