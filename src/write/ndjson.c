/* NDJSON: one record a line, as soon as it is known. */
#include "write/format.h"
#include "write/json_append.h"

static int record(struct writer *w, const struct record *r,
                  struct tcpclose_error *err)
{
	(void)err;
	const unsigned events =
		w->options.events ? w->options.events : WRITER_DEFAULT_EVENTS;
	if (!(events & 1u << r->type))
		return TCPCLOSE_OK;
	char line[JSON_LINE_MAX];
	buffer_put(&w->out, line, json_append_record(r, line));
	return TCPCLOSE_OK;
}

static const char *const suffixes[] = { ".ndjson", ".jsonl", NULL };

const struct writer_ops writer_ndjson = {
	.name = "ndjson",
	.suffixes = suffixes,
	.summary = "one JSON record a line, for log pipelines",
	.record = record,
};
