/* --schema: the JSON Schema of a record or of the report. */
#include "cli/actions.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "cli/complain.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "write/schema.h"

static int complain_about(const char *type, const struct tcpclose_error *err)
{
	struct nearest near = { 0 };
	if (err->status != TCPCLOSE_EOPTION) {
		complain(err);
		return EXIT_NOT_ALL;
	}
	for (size_t i = 0; schema_type(i); i++)
		nearest_consider(&near, type, schema_type(i));
	if (near.name)
		say("there is no schema %s; did you mean %s?", type, near.name);
	else
		complain(err);
	return EXIT_USAGE;
}

int act_schema(const struct options *options, const struct kinds *kinds)
{
	struct buffer out;
	struct tcpclose_error err = { 0 };
	buffer_init(&out, &alloc_default);
	const int status = schema_text(options->subject, kinds->kind, kinds->n,
	                               &out, &err);
	if (status == TCPCLOSE_OK)
		return act_print(&out);
	buffer_fini(&out);
	return complain_about(options->subject, &err);
}
