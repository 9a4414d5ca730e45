/* The field table of tcp_host. */
#include "record/record.h"

#include "record/parts.h"

/* clang-format off */
#define AT(member) offsetof(struct host_pins, member)
static const struct field pins_fields[] = {
	{ "count", FIELD_COUNT, AT(count),
	  .meaning = "how often, as the Space-Saving method counts the 64 "
		     "hosts that do it most: never too few",
	  .required = true },
	{ "count_at_least", FIELD_COUNT, AT(count_at_least),
	  .meaning = "how many of those are certain", .required = true },
	{ "total_us", FIELD_DURATION, AT(total), .unit = "us",
	  .meaning = "how long in all", .required = true },
	{ "longest_us", FIELD_DURATION, AT(longest), .unit = "us",
	  .meaning = "the longest of one connection", .required = true },
	FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct host_setting, member)
static const struct field setting_fields[] = {
	{ "value", FIELD_COUNT, AT(value),
	  .meaning = "the likeliest: Linux's default if the range holds it",
	  .required = true },
	{ "at_least", FIELD_COUNT, AT(at_least),
	  .meaning = "the least that all observations allow",
	  .required = true },
	{ "at_most", FIELD_COUNT, AT(at_most),
	  .meaning = "the most that they allow", .required = true },
	{ "varies", FIELD_BOOL, AT(varies),
	  .meaning = "observations contradict each other: this is the newest",
	  .required = true },
	{ "confidence", FIELD_WORD, AT(confidence), .words = confidence_words,
	  .meaning = "how sure it is", .required = true },
	{ "observations", FIELD_COUNT, AT(observations),
	  .meaning = "how often it showed", .required = true },
	FRAME_NAMED("frame", AT(frame),
	  .meaning = "the last packet of the newest observation: "
		     "frame.number in Wireshark, within its file"),
	{ "flow_id", FIELD_ID, AT(flow_id),
	  .meaning = "the connection of that packet" },
	{ "evidence", FIELD_TEXT, AT(evidence),
	  .meaning = "what shows it, and what looks the same",
	  .required = true },
	FIELDS_END,
};
#undef AT

/* In the order of enum setting. */
#define SETTING(i, sysctl, about) \
	{ sysctl, FIELD_OBJECT, (i) * sizeof(struct host_setting), \
	  .fields = setting_fields, .meaning = about }
static const struct field settings_fields[] = {
	SETTING(0, "tcp_orphan_retries",
		"how often a close that nobody waits for is repeated; 8 is "
		"what 0 acts as"),
	SETTING(1, "tcp_fin_timeout",
		"how long FIN-WAIT-2 waits for the peer's FIN, in seconds"),
	SETTING(2, "tcp_tw_reuse",
		"1: a new connection may take over a TIME-WAIT's port; 2: "
		"only on the loopback interface"),
	SETTING(3, "tcp_rfc1337", "1: an RST does not end TIME-WAIT"),
	SETTING(4, "tcp_rto_max_ms",
		"the longest time between two copies, in milliseconds"),
	FIELDS_END,
};

#define AT(member) offsetof(struct host_record, member)
const struct field host_record_fields[] = {
	{ "head", FIELD_PART, AT(head), .fields = record_loose_head_fields },
	{ "account", FIELD_PART, AT(account),
	  .fields = record_account_fields },
	{ "ip_version", FIELD_COUNT, AT(ip_version),
	  .meaning = "4 or 6", .required = true },
	{ "host", FIELD_OBJECT, AT(host), .fields = record_end_fields,
	  .meaning = "who it is", .required = true },
	{ "pins", FIELD_OBJECT, AT(pins), .fields = pins_fields,
	  .meaning = "how often it kept its peers in FIN-WAIT-1, by a window "
		     "that stayed 0" },
	{ "settings", FIELD_OBJECT, AT(setting), .fields = settings_fields,
	  .meaning = "what the wire betrays of its settings, named as Linux "
		     "names them" },
	FIELDS_END,
};
/* clang-format on */
