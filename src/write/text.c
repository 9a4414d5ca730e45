/*
 * The report for people. Somebody with an incident reads from the top: what
 * was captured and what is missing from it, the verdict in one line, the
 * findings, worst first, and then how everything else ended. Where nothing is
 * wrong one line says so.
 */
#include "write/text.h"

#include "base/error.h"
#include "write/format.h"
#include "write/text_findings.h"

struct report {
	struct buffer run; /* the description of the capture */
	bool has_files;    /* several */
	bool has_stats;
	struct stats_record stats; /* the latest; its texts are not kept */
	struct finding_groups groups;
};

static int open_text(struct writer *w, struct tcpclose_error *err)
{
	const int status = writer_new_state(w, sizeof(struct report), err);
	if (status != TCPCLOSE_OK)
		return status;
	struct report *report = w->state;
	buffer_init(&report->run, w->options.alloc);
	finding_groups_init(&report->groups, w->options.alloc);
	return TCPCLOSE_OK;
}

static void free_text(struct writer *w)
{
	struct report *report = w->state;
	buffer_fini(&report->run);
	finding_groups_fini(&report->groups);
}

static int add_finding(struct writer *w, const struct finding_record *r,
                       struct tcpclose_error *err)
{
	struct report *report = w->state;
	if (!finding_counts(r) || finding_groups_add(&report->groups, r))
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
	                 "no memory for the findings of the text output");
}

static void take_run(struct report *report, const struct run_record *run)
{
	buffer_clear(&report->run);
	text_describe_run(&report->run, run);
	report->has_files = run->input_count > 1;
}

static int record(struct writer *w, const struct record *r,
                  struct tcpclose_error *err)
{
	struct report *report = w->state;
	switch (r->type) {
	case EVENT_TCP_FINDING:
		return add_finding(w, r->data, err);
	case EVENT_STATS:
		report->stats = *(const struct stats_record *)r->data;
		report->has_stats = true;
		break;
	case EVENT_RUN:
		take_run(report, r->data);
		break;
	case EVENT_TCP_CLOSE: /* the summary counts them */
	case EVENT_TCP_STATE:
	case EVENT_TCP_ROUTE: /* the ledger has them */
	case EVENT_TCP_SERVICE:
	case EVENT_TCP_HOST:
	case N_EVENTS:
		break;
	}
	return TCPCLOSE_OK;
}

/* "2 errors, 8 warnings": all severities that occur, worst first. */
static void describe_severities(struct buffer *out, bool color,
                                const struct summary *s)
{
	static const struct {
		const char *one, *many;
	} words[N_SEVERITIES] = {
		[SEVERITY_INFO] = { "remark", "remarks" },
		[SEVERITY_NOTICE] = { "notice", "notices" },
		[SEVERITY_WARNING] = { "warning", "warnings" },
		[SEVERITY_ERROR] = { "error", "errors" },
	};
	bool any = false;
	for (size_t i = N_SEVERITIES; i-- > 0;) {
		if (s->by_severity[i] == 0)
			continue;
		if (any)
			buffer_text(out, ", ");
		text_style(out, color, text_severity_style((enum severity)i));
		text_count(out, s->by_severity[i], words[i].one, words[i].many);
		text_style(out, color, STYLE_PLAIN);
		any = true;
	}
}

static void describe_verdict(struct buffer *out, bool color,
                             const struct summary *s)
{
	buffer_char(out, '\n');
	if (s->connections == 0 && s->findings == 0) {
		buffer_text(out, "no TCP connections\n");
		return;
	}
	if (s->findings == 0) {
		buffer_text(out, "no trouble found in ");
		text_count(out, s->connections, "connection", "connections");
		buffer_char(out, '\n');
		return;
	}
	describe_severities(out, color, s);
	buffer_text(out, " in ");
	text_number(out, s->troubled);
	buffer_text(out, " of ");
	text_count(out, s->connections, "connection", "connections");
	buffer_char(out, '\n');
}

static void describe_capture_loss(struct buffer *out, const struct summary *s)
{
	if (s->capture_loss == 0)
		return;
	text_count(out, s->capture_loss, "connection was", "connections were");
	buffer_text(out, " captured with gaps, which weakens verdicts\n");
}

static void describe_findings(struct writer *w, const struct summary *s)
{
	struct report *report = w->state;
	const int64_t first = report->stats.first_packet;
	const bool dated = report->has_stats && first != ABSENT;
	const struct finding_style style = {
		.color = w->options.color,
		.names_files = report->has_files,
		.day = dated ? first : INT64_MIN,
	};
	finding_groups_write(&report->groups, &w->out, &style);
	text_describe_offenders(&w->out, w->options.color, s);
}

/* A crowd of sockets is counted as netstat does, which tells more. */
static void describe_ends(struct writer *w, const struct summary *s)
{
	text_describe_kinds(&w->out, w->options.color, s);
	if (!s->ledger || !text_is_crowd(s->ledger))
		text_describe_ends(&w->out, w->options.color, s);
}

static void describe_ledger(struct writer *w, const struct ledger *l)
{
	const struct report *report = w->state;
	const bool color = w->options.color;
	const int64_t now = report->has_stats ? report->stats.last_packet : 0;
	if (text_is_crowd(l))
		text_describe_census(&w->out, color, l, now);
	text_describe_time_wait(&w->out, color, l);
	text_describe_brief(&w->out, color, l);
	text_describe_hosts(&w->out, color, l, report->has_files);
}

static void describe_host(struct writer *w)
{
	const struct report *report = w->state;
	if (report->has_stats)
		text_describe_host(&w->out, w->options.color, &report->stats);
}

static void describe_legend(struct buffer *out)
{
	buffer_text(out, "\nTimes are UTC; * marks the end that bears the "
	                 "consequence.\n"
	                 "What a finding means and what to do about it: "
	                 "tcpclose --explain NAME\n");
}

static int close_text(struct writer *w, const struct summary *summary,
                      struct tcpclose_error *err)
{
	(void)err;
	struct report *report = w->state;
	buffer_put(&w->out, report->run.bytes, report->run.len);
	w->out.failed |= report->run.failed;
	if (report->has_stats)
		text_describe_stats(&w->out, &report->stats);
	describe_capture_loss(&w->out, summary);
	describe_verdict(&w->out, w->options.color, summary);
	if (summary->findings > 0)
		describe_findings(w, summary);
	if (summary->connections > 0)
		describe_ends(w, summary);
	if (summary->ledger)
		describe_ledger(w, summary->ledger);
	describe_host(w);
	if (summary->findings > 0)
		describe_legend(&w->out);
	return TCPCLOSE_OK;
}

static const char *const suffixes[] = { ".txt", NULL };

const struct writer_ops writer_text = {
	.name = "text",
	.suffixes = suffixes,
	.summary = "a report for people: the verdict, findings, counts",
	.open = open_text,
	.record = record,
	.close = close_text,
	.free = free_text,
};
