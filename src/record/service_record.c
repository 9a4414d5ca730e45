/* The field table of tcp_service. */
#include "record/record.h"

#include "record/parts.h"

/* clang-format off */
#define AT(member) offsetof(struct service_close_wait, member)
static const struct field close_wait_fields[] = {
	{ "connections", FIELD_COUNT, AT(connections),
	  .meaning = "connections over so far whose server end was in it",
	  .required = true },
	{ "at_end", FIELD_COUNT, AT(at_end),
	  .meaning = "of them, those in it still when the capture ended",
	  .required = true },
	{ "total_us", FIELD_DURATION, AT(total), .unit = "us",
	  .meaning = "time all of them spent in it, as the Space-Saving "
		     "method counts the 64 that spent most: never too little",
	  .required = true },
	{ "total_at_least_us", FIELD_DURATION, AT(total_at_least),
	  .unit = "us", .meaning = "how much of that is certain",
	  .required = true },
	{ "longest_us", FIELD_DURATION, AT(longest), .unit = "us",
	  .meaning = "the longest of one connection", .required = true },
	FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct service_record, member)
const struct field service_record_fields[] = {
	{ "head", FIELD_PART, AT(head), .fields = record_loose_head_fields },
	{ "account", FIELD_PART, AT(account),
	  .fields = record_account_fields },
	{ "ip_version", FIELD_COUNT, AT(ip_version),
	  .meaning = "4 or 6", .required = true },
	{ "server", FIELD_OBJECT, AT(server), .fields = record_end_fields,
	  .meaning = "the host and port that accepted the connections",
	  .required = true },
	{ "close_wait", FIELD_OBJECT, AT(close_wait),
	  .fields = close_wait_fields,
	  .meaning = "CLOSE-WAIT of its ends: the client has closed, the "
		     "program that serves has not", .required = true },
	FIELDS_END,
};
/* clang-format on */
