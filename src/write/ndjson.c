/* NDJSON: one record a line, as soon as it is known. */
#include "base/error.h"
#include "write/format.h"
#include "write/json_append.h"
#include "write/json_plan.h"

struct lines {
	struct json_plan *plan;
};

static int open_lines(struct writer *w, struct tcpclose_error *err)
{
	const int status = writer_new_state(w, sizeof(struct lines), err);
	if (status != TCPCLOSE_OK)
		return status;
	struct lines *lines = w->state;
	lines->plan = json_plan_new(w->options.kinds, w->options.n_kinds,
	                            w->options.alloc);
	if (lines->plan)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
	                 "no memory for the ndjson output");
}

static void free_lines(struct writer *w)
{
	struct lines *lines = w->state;
	json_plan_free(lines->plan);
}

static int record(struct writer *w, const struct record *r,
                  struct tcpclose_error *err)
{
	(void)err;
	const unsigned events =
		w->options.events ? w->options.events : WRITER_DEFAULT_EVENTS;
	if (!(events & 1u << r->type))
		return TCPCLOSE_OK;
	const struct lines *lines = w->state;
	char *line = buffer_room(&w->out, JSON_LINE_MAX);
	if (line)
		w->out.len += json_append_planned(lines->plan, r, line);
	return TCPCLOSE_OK;
}

static const char *const suffixes[] = { ".ndjson", ".jsonl", NULL };

const struct writer_ops writer_ndjson = {
	.name = "ndjson",
	.suffixes = suffixes,
	.summary = "one JSON record a line, for log pipelines",
	.is_lines = true,
	.open = open_lines,
	.record = record,
	.free = free_lines,
};
