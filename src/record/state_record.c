/* The field table of tcp_state. */
#include "record/record.h"

#include "record/parts.h"

/* clang-format off */
#define AT(member) offsetof(struct state_record, member)
const struct field state_record_fields[] = {
	{ "head", FIELD_PART, AT(head), .fields = record_head_fields },
	{ "flow", FIELD_PART, AT(flow), .fields = record_flow_fields },
	{ "client", FIELD_OBJECT, AT(client), .fields = record_end_fields,
	  .meaning = "the end that opened the connection", .required = true },
	{ "server", FIELD_OBJECT, AT(server), .fields = record_end_fields,
	  .meaning = "the other end", .required = true },
	{ "end", FIELD_WORD, AT(end), .words = end_words,
	  .meaning = "whose state changed", .required = true },
	{ "from", FIELD_WORD, AT(from), .words = state_words,
	  .meaning = "its state before", .required = true },
	{ "to", FIELD_WORD, AT(to), .words = state_words,
	  .meaning = "its state after", .required = true },
	{ "grade", FIELD_WORD, AT(grade), .words = state_grade_words,
	  .meaning = "how sure the new state is" },
	{ "cause", FIELD_TEXT, AT(cause),
	  .meaning = "the event, in the words of the state machine" },
	{ "frame", FIELD_FRAME, AT(frame),
	  .meaning = "frame.number in Wireshark, within source; absent where "
		     "a timer ran out" },
	{ "rolled_back", FIELD_BOOL, AT(rolled_back),
	  .meaning = "a presumption that a later segment contradicted is "
		     "taken back" },
	FIELDS_END,
};
/* clang-format on */
