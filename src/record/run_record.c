/* The field table of run. */
#include "record/record.h"

#include "record/parts.h"

/* clang-format off */
#define AT(member) offsetof(struct run_record, member)
const struct field run_record_fields[] = {
	{ "head", FIELD_PART, AT(head), .fields = record_loose_head_fields },
	{ "version", FIELD_TEXT, AT(version),
	  .meaning = "version of tcpclose", .required = true },
	{ "live", FIELD_BOOL, AT(live),
	  .meaning = "read from an interface, not from files" },
	{ "part", FIELD_COUNT, AT(part),
	  .meaning = "which file of this output begins here, where it is not "
		     "the first: outputs are rotated, or were opened anew" },
	{ "input_count", FIELD_COUNT, AT(input_count), 
	  .meaning = "how many files or interfaces are read" },
	{ "inputs", FIELD_TEXTS, AT(inputs),
	  .meaning = "their names, the first few" },
	{ "formats", FIELD_TEXTS, AT(formats),
	  .meaning = "their formats: pcap, pcapng, and how they are packed" },
	{ "link_types", FIELD_TEXTS, AT(link_types),
	  .meaning = "link types met in them" },
	{ "filter", FIELD_TEXT, AT(filter),
	  .meaning = "the capture filter" },
	{ "options", FIELD_TEXTS, AT(options),
	  .meaning = "options that are not at their defaults" },
	{ "sandbox", FIELD_TEXTS, AT(sandbox),
	  .meaning = "rights given up before the first byte was read: "
		     "user:NAME, no_new_privs, no_capabilities, "
		     "landlock:ABI, seccomp" },
	{ "libraries", FIELD_TEXTS, AT(libraries),
	  .meaning = "libraries in use, with versions" },
	FIELDS_END,
};
/* clang-format on */
