/*
 * The report: one JSON object with everything in it, for programs that want
 * a whole. Connections are written as they come, so the size of a capture
 * costs no memory; findings wait in a spool until the connections are done;
 * what is known only at the end stands at the end. The order of keys means
 * nothing in JSON.
 *
 * A record stands on a line of its own, so that grep still works.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "write/format.h"
#include "write/json_append.h"
#include "write/json_plan.h"
#include "write/spool.h"
#include "write/summary_json.h"

struct report {
	struct json_plan *plan;
	struct buffer run; /* the latest of its kind, as a line */
	struct buffer stats;
	struct spool findings;
	bool is_headed; /* the head is written */
	bool has_connections;
	bool has_findings;
	int64_t n_left_out; /* findings, for want of room */
};

static int open_report(struct writer *w, struct tcpclose_error *err)
{
	const int status = writer_new_state(w, sizeof(struct report), err);
	if (status != TCPCLOSE_OK)
		return status;
	struct report *report = w->state;
	buffer_init(&report->run, w->options.alloc);
	buffer_init(&report->stats, w->options.alloc);
	spool_init(&report->findings, w->options.alloc);
	report->plan = json_plan_new(w->options.kinds, w->options.n_kinds,
	                             w->options.alloc);
	if (report->plan)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
	                 "no memory for the json output");
}

static void free_report(struct writer *w)
{
	struct report *report = w->state;
	buffer_fini(&report->run);
	buffer_fini(&report->stats);
	spool_fini(&report->findings);
	json_plan_free(report->plan);
}

/* "name": and a record that is a line already; nothing if there is none. */
static void member(struct writer *w, const char *name, struct buffer *line)
{
	w->out.failed |= line->failed;
	if (line->len == 0)
		return;
	buffer_format(&w->out, "\"%s\":", name);
	buffer_put(&w->out, line->bytes, line->len);
	buffer_text(&w->out, ",");
}

static void head(struct writer *w)
{
	struct report *report = w->state;
	if (report->is_headed)
		return;
	report->is_headed = true;
	buffer_text(&w->out,
	            "{\"schema_version\":\"" RECORD_SCHEMA_VERSION "\",\n");
	member(w, "run", &report->run);
	buffer_text(&w->out, "\"connections\":[\n");
}

static void connection(struct writer *w, const char *line, size_t n)
{
	struct report *report = w->state;
	head(w);
	if (report->has_connections)
		buffer_char(&w->out, ',');
	report->has_connections = true;
	buffer_put(&w->out, line, n);
}

static int finding(struct report *report, const char *line, size_t n,
                   struct tcpclose_error *err)
{
	int status = TCPCLOSE_OK;
	if (!spool_has_room(&report->findings, n + 1)) {
		report->n_left_out++;
		return status;
	}
	if (report->has_findings)
		status = spool_put(&report->findings, ",", 1, err);
	report->has_findings = true;
	if (status == TCPCLOSE_OK)
		status = spool_put(&report->findings, line, n, err);
	return status;
}

static void keep_latest(struct buffer *kept, const char *line, size_t n)
{
	buffer_clear(kept);
	buffer_put(kept, line, n);
}

static int record(struct writer *w, const struct record *r,
                  struct tcpclose_error *err)
{
	struct report *report = w->state;
	char line[JSON_LINE_MAX];
	const size_t n = json_append_planned(report->plan, r, line);
	switch (r->type) {
	case EVENT_TCP_CLOSE:
		connection(w, line, n);
		break;
	case EVENT_TCP_FINDING:
		return finding_counts(r->data) ? finding(report, line, n, err)
		                               : TCPCLOSE_OK;
	case EVENT_STATS:
		keep_latest(&report->stats, line, n);
		break;
	case EVENT_RUN:
		keep_latest(&report->run, line, n);
		break;
	case EVENT_TCP_STATE:
	case EVENT_TCP_ROUTE: /* the summary has them */
	case EVENT_TCP_SERVICE:
	case EVENT_TCP_HOST:
	case N_EVENTS:
		break;
	}
	return TCPCLOSE_OK;
}

static int write_findings(struct writer *w, struct tcpclose_error *err)
{
	struct report *report = w->state;
	char chunk[16384];
	int status = spool_rewind(&report->findings, err);
	size_t n;
	while (status == TCPCLOSE_OK &&
	       (n = spool_take(&report->findings, chunk, sizeof(chunk))) > 0) {
		buffer_put(&w->out, chunk, n);
		status = writer_drain(w, err);
	}
	return status;
}

static int write_summary(struct writer *w, const struct summary *summary,
                         struct tcpclose_error *err)
{
	json_t *json = summary_json(summary);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (text)
		buffer_text(&w->out, text);
	free(text);
	json_decref(json);
	if (text)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
	                 "no memory for the summary");
}

static int close_report(struct writer *w, const struct summary *summary,
                        struct tcpclose_error *err)
{
	struct report *report = w->state;
	head(w);
	buffer_text(&w->out, "],\n\"findings\":[\n");
	int status = write_findings(w, err);
	buffer_text(&w->out, "],\n");
	if (report->n_left_out > 0)
		buffer_format(&w->out, "\"findings_left_out\":%lld,\n",
		              (long long)report->n_left_out);
	member(w, "stats", &report->stats);
	buffer_text(&w->out, "\"summary\":");
	if (status == TCPCLOSE_OK)
		status = write_summary(w, summary, err);
	buffer_text(&w->out, "}\n");
	return status;
}

static const char *const suffixes[] = { ".json", NULL };

const struct writer_ops writer_json = {
	.name = "json",
	.suffixes = suffixes,
	.summary = "the whole report as one JSON object",
	.open = open_report,
	.record = record,
	.close = close_report,
	.free = free_report,
};
