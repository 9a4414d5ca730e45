/* The field table of tcp_finding; each kind of finding adds its object. */
#include "record/record.h"

#include "base/text.h"
#include "record/parts.h"

/* clang-format off */
static const char *const phase_words[] = { "open", "closed", NULL };

#define AT(member) offsetof(struct finding_record, member)
const struct field finding_record_fields[] = {
	{ "head", FIELD_PART, AT(head), .fields = record_head_fields },
	{ "flow", FIELD_PART, AT(flow), .fields = record_loose_flow_fields },
	{ "client", FIELD_OBJECT, AT(client), .fields = record_end_fields,
	  .meaning = "the end that opened the connection" },
	{ "server", FIELD_OBJECT, AT(server), .fields = record_end_fields,
	  .meaning = "the other end" },
	{ "finding", FIELD_TEXT, AT(finding),
	  .meaning = "which trouble it is", .required = true },
	{ "phase", FIELD_WORD, AT(phase), .words = phase_words,
	  .meaning = "open while it lasts, closed when its outcome is known",
	  .required = true },
	{ "severity", FIELD_WORD, AT(severity), .words = severity_words,
	  .meaning = "how much it matters", .required = true },
	{ "confidence", FIELD_WORD, AT(confidence), .words = confidence_words,
	  .meaning = "certain: the capture has no other reading; likely: one "
		     "presumption; possible: a pattern only",
	  .required = true },
	{ "end", FIELD_WORD, AT(end), .words = end_words,
	  .meaning = "the end that bears the consequence" },
	{ "first_timestamp", FIELD_TIME, AT(first_timestamp),
	  .meaning = "its first packet", .required = true },
	{ "last_timestamp", FIELD_TIME, AT(last_timestamp),
	  .meaning = "its last packet so far", .required = true },
	{ "duration_us", FIELD_DURATION, AT(duration), .unit = "us",
	  .meaning = "from its first packet to its last", .required = true },
	{ "count", FIELD_COUNT, AT(count),
	  .meaning = "how often it happened in this one finding" },
	{ "outcome", FIELD_TEXT, AT(outcome),
	  .meaning = "what became of it: a word of the finding's own list, or "
		     "withdrawn if it was told as open and turned out to be no "
		     "trouble; absent while it is open" },
	{ "message", FIELD_TEXT, AT(message),
	  .meaning = "one plain sentence", .required = true },
	{ "filter", FIELD_TEXT, AT(filter),
	  .meaning = "a Wireshark display filter that shows it" },
	{ "frames", FIELD_FRAMES, AT(frames),
	  .meaning = "the packets that prove it: frame.number in Wireshark, "
		     "within source, or each within its own file where "
		     "frame_sources is given" },
	{ "frame_sources", FIELD_SOURCES, AT(frame_sources),
	  .meaning = "the capture file of each of frames, in their order; "
		     "unknown beyond the first 65535 files; absent if all are "
		     "of source" },
	{ "kernel", FIELD_OBJECT, AT(kernel), .fields = kernel_word_fields,
	  .meaning = "what the kernel of this host said of the socket when "
		     "this record was made; with --kernel-states" },
	FIELDS_END,
};
/* clang-format on */

bool finding_counts(const struct finding_record *r)
{
	return !text_is(r->phase, phase_words[0]) &&
	       !text_is(r->outcome, FINDING_WITHDRAWN);
}
