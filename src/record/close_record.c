/* The field table of tcp_close. */
#include "record/record.h"

#include "record/parts.h"

/* clang-format off */
static const char *const direction_words[] = {
	"syn", "syn_ack", "port", "first_packet", NULL,
};
static const char *const reset_by_words[] = {
	"client", "server", "third_party", NULL,
};
static const char *const end_reason_words[] = {
	"closed", "idle_timeout", "end_of_capture", "reuse", "evicted", NULL,
};
static const char *const vantage_words[] = {
	"near_client", "middle", "near_server", "one_sided", "unknown", NULL,
};

#define AT(member) offsetof(struct close_story, member)
static const struct field story_fields[] = {
	{ "kind", FIELD_WORD, AT(kind), .words = close_kind_words,
	  .meaning = "fin (orderly, at least one FIN), reset, refused (SYN "
		     "answered by RST), unanswered (SYN, no answer) or open "
		     "(no end seen)", .required = true,
	  .metric = { METRIC_COUNTER, "connections_reported", "kind" } },
	{ "closed_first", FIELD_WORD, AT(closed_first), .words = end_words,
	  .meaning = "who closed first; both is a simultaneous close; absent "
		     "if nobody did",
	  .metric = { METRIC_COUNTER, "closed_first", "end" } },
	{ "complete", FIELD_BOOL, AT(complete),
	  .meaning = "both FINs were sent and both were acknowledged" },
	{ "reset_by", FIELD_WORD, AT(reset_by), .words = reset_by_words,
	  .meaning = "who sent the RST",
	  .metric = { METRIC_COUNTER, "resets", "reset_by" } },
	{ "end_reason", FIELD_WORD, AT(end_reason), .words = end_reason_words,
	  .meaning = "why the record was written",
	  .metric = { METRIC_COUNTER, "end_reasons", "end_reason" } },
	{ "started", FIELD_TIME, AT(started),
	  .meaning = "the first FIN or RST" },
	{ "duration_us", FIELD_DURATION, AT(duration), .unit = "us",
	 
	  .meaning = "from the first FIN or RST to the last segment of the "
		     "close",
	  .metric = { .type = METRIC_HISTOGRAM, .name = "close_duration" } },
	{ "history", FIELD_TEXT, AT(history),
	  .meaning = "Zeek's letters: upper case from the client, lower case "
		     "from the server" },
	{ "conn_state", FIELD_WORD, AT(conn_state), .words = conn_state_words,
	  .meaning = "Zeek's word for how the connection went",
	  .metric = { METRIC_COUNTER, "conn_states", "conn_state" } },
	FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct close_end, member)
#define IN_STATE(state, spelling) \
	{ "time_in_" #state "_us", FIELD_DURATION, AT(time_in_##state), \
	  .unit = "us", \
	  .meaning = "time in " spelling }
static const struct field end_fields[] = {
	{ "ip", FIELD_IP, AT(ip), .meaning = "its address", .required = true,
	  .own = true },
	{ "port", FIELD_COUNT, AT(port), .meaning = "its port",
	  .required = true, .own = true },
	{ "state", FIELD_WORD, AT(state), .words = state_words,
	  .meaning = "its state at last (RFC 9293)", .required = true },
	{ "state_grade", FIELD_WORD, AT(state_grade),
	  .words = state_grade_words,
	  .meaning = "certain: its own segments prove the state; presumed: "
		     "true if what passed towards it arrived; expired: a "
		     "timer ran out that the wire does not show" },
	{ "packets", FIELD_COUNT, AT(packets), .unit = "packets",
	  .meaning = "segments it sent" },
	{ "bytes", FIELD_COUNT, AT(bytes), .unit = "bytes",
	  .meaning = "payload it sent" },
	{ "fin_sent", FIELD_COUNT, AT(fin_sent), .unit = "packets",
	  .meaning = "FINs it sent, copies included" },
	{ "fin_retransmits", FIELD_COUNT, AT(fin_retransmits),
	  .unit = "packets", .meaning = "copies of its FIN" },
	{ "rst_sent", FIELD_COUNT, AT(rst_sent), .unit = "packets",
	  .meaning = "RSTs it sent" },
	{ "zero_windows", FIELD_COUNT, AT(zero_windows), .unit = "packets",
	  .meaning = "times it closed its receive window" },
	{ "window_probes", FIELD_COUNT, AT(window_probes), .unit = "packets",
	  .meaning = "zero-window probes it sent" },
	{ "keep_alives", FIELD_COUNT, AT(keep_alives), .unit = "packets",
	  .meaning = "keep-alives it sent" },
	{ "unacked_bytes", FIELD_COUNT, AT(unacked_bytes), .unit = "bytes",
	  .meaning = "bytes it sent that were never acknowledged" },
	{ "missing_bytes", FIELD_COUNT, AT(missing_bytes), .unit = "bytes",
	 
	  .meaning = "bytes it sent that were acknowledged but never "
		     "captured" },
	IN_STATE(fin_wait_1, "FIN-WAIT-1"),
	IN_STATE(fin_wait_2, "FIN-WAIT-2"),
	IN_STATE(closing, "CLOSING"),
	IN_STATE(time_wait, "TIME-WAIT"),
	IN_STATE(close_wait, "CLOSE-WAIT"),
	IN_STATE(last_ack, "LAST-ACK"),
	{ "sequence_start", FIELD_COUNT, AT(sequence_start),
	  .meaning = "its first sequence number, as on the wire",
	  .own = true },
	FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct close_record, member)
const struct field close_record_fields[] = {
	{ "head", FIELD_PART, AT(head), .fields = record_head_fields },
	{ "flow", FIELD_PART, AT(flow), .fields = record_flow_fields },
	{ "started", FIELD_TIME, AT(started), .meaning = "its first packet",
	  .required = true, .own = true },
	{ "ended", FIELD_TIME, AT(ended), .meaning = "its last packet",
	  .required = true, .own = true },
	{ "duration_us", FIELD_DURATION, AT(duration), .unit = "us",
	  .meaning = "from its first packet to its last", .required = true },
	{ "first_frame", FIELD_FRAME, AT(first_frame),
	  .meaning = "frame.number in Wireshark, within source",
	  .own = true },
	FRAME_NAMED("last_frame", AT(last_frame),
	  .meaning = "frame.number in Wireshark, within its file",
	  .own = true),
	{ "direction_source", FIELD_WORD, AT(direction_source),
	  .words = direction_words,
	  .meaning = "how client and server were told apart" },
	{ "close", FIELD_OBJECT, AT(close), .fields = story_fields,
	  .meaning = "how it ended", .required = true },
	{ "client", FIELD_OBJECT, AT(client), .fields = end_fields,
	  .meaning = "the end that opened it", .required = true },
	{ "server", FIELD_OBJECT, AT(server), .fields = end_fields,
	  .meaning = "the other end", .required = true },
	{ "rtt_client_us", FIELD_DURATION, AT(rtt_client), .unit = "us",
	  .meaning = "from the tap to the client and back" },
	{ "rtt_server_us", FIELD_DURATION, AT(rtt_server), .unit = "us",
	  .meaning = "from the tap to the server and back" },
	{ "vantage", FIELD_WORD, AT(vantage), .words = vantage_words,
	  .meaning = "where the tap stood" },
	{ "capture_loss", FIELD_BOOL, AT(capture_loss),
	  .meaning = "packets are missing from the capture, or one direction "
		     "is, or the capture says that it missed packets while the "
		     "connection lasted" },
	{ "severity", FIELD_WORD, AT(severity), .words = severity_words,
	  .meaning = "of its worst finding" },
	{ "findings", FIELD_TEXTS, AT(findings),
	  .meaning = "names of its findings" },
	FIELDS_END,
};
/* clang-format on */
