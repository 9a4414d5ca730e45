/*
 * Metrics for Prometheus, by way of node_exporter's textfile collector: the
 * numbers of stats, and counts of what the other records said. A field is
 * measured as its field table says (struct field_metric), so that a number
 * that is added to a record is added here too.
 *
 * No address and no name of a file becomes a label: their number has no
 * bound. Everything that is counted stands there from the first time on, with
 * 0, because rate() sees no first step of a series that begins with 1.
 */
#include <stdio.h>
#include <string.h>

#include "record/summary.h"
#include "write/format.h"
#include "write/prom_text.h"

#define NAME_MAX_LEN 96
#define WORDS_MAX    16
#define TALLIES_MAX  8
#define KINDS_MAX    SUMMARY_KINDS

#define MS INT64_C(1000000)

/* Where closes gather: a round trip, a delayed ACK, a retransmission or two
 * (RFC 6298), and the ends of FIN-WAIT-2 and of an orphan, as on Linux. */
static const struct bound {
	int64_t ns;
	const char *seconds;
} bounds[] = {
	{ 1 * MS, "0.001" },    { 10 * MS, "0.01" },   { 100 * MS, "0.1" },
	{ 500 * MS, "0.5" },    { 1000 * MS, "1" },    { 5000 * MS, "5" },
	{ 10000 * MS, "10" },   { 60000 * MS, "60" },  { 120000 * MS, "120" },
	{ 600000 * MS, "600" }, { INT64_MAX, "+Inf" },
};

#define N_BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

/* A field of tcp_close that is counted, by word or by duration. */
struct tally {
	const struct field *field;
	size_t offset; /* in the record */
	int64_t count[WORDS_MAX];
	int64_t sum; /* ns */
};

struct kind_count {
	const char *name;
	int64_t by_severity[N_SEVERITIES];
	int64_t opened, withdrawn; /* live */
};

struct metrics {
	struct stats_record stats; /* the latest; of its texts none is kept */
	bool has_stats;
	bool is_live;
	char version[32], interface[64];
	struct tally tally[TALLIES_MAX];
	size_t n_tallies;
	struct kind_count kind[KINDS_MAX];
	size_t n_kinds;
};

/* ---- counting ------------------------------------------------------------
 */

static void find_tallies(struct metrics *m, const struct field *fields,
                         size_t offset)
{
	for (const struct field *f = fields; f->name; f++) {
		const size_t at = offset + f->offset;
		if (f->type == FIELD_OBJECT || f->type == FIELD_PART)
			find_tallies(m, f->fields, at);
		else if (f->metric.type != METRIC_NONE &&
		         m->n_tallies < TALLIES_MAX)
			m->tally[m->n_tallies++] =
				(struct tally){ .field = f, .offset = at };
	}
}

static int open_metrics(struct writer *w, struct tcpclose_error *err)
{
	const int status = writer_new_state(w, sizeof(struct metrics), err);
	if (status != TCPCLOSE_OK)
		return status;
	struct metrics *m = w->state;
	find_tallies(m, close_record_fields, 0);
	for (size_t i = 0; i < w->options.n_kinds && i < KINDS_MAX; i++)
		m->kind[m->n_kinds++].name = w->options.kinds[i]->name;
	return TCPCLOSE_OK;
}

static void count_word(struct tally *t, const void *record)
{
	const char *word;
	memcpy(&word, (const char *)record + t->offset, sizeof(word));
	const int at = word_index(t->field->words, word);
	if (at >= 0 && at < WORDS_MAX)
		t->count[at]++;
}

static void count_duration(struct tally *t, const void *record)
{
	int64_t ns;
	memcpy(&ns, (const char *)record + t->offset, sizeof(ns));
	if (ns == ABSENT)
		return;
	size_t at = 0;
	while (ns > bounds[at].ns)
		at++;
	t->count[at]++;
	t->sum += ns;
}

static void count_close(struct metrics *m, const struct close_record *r)
{
	for (size_t i = 0; i < m->n_tallies; i++) {
		struct tally *t = &m->tally[i];
		if (t->field->type == FIELD_WORD)
			count_word(t, r);
		else
			count_duration(t, r);
	}
}

static struct kind_count *count_of(struct metrics *m,
                                   const struct finding_kind *kind)
{
	for (size_t i = 0; i < m->n_kinds; i++)
		if (strcmp(m->kind[i].name, kind->name) == 0)
			return &m->kind[i];
	if (m->n_kinds == KINDS_MAX)
		return NULL;
	m->kind[m->n_kinds].name = kind->name;
	return &m->kind[m->n_kinds++];
}

static void count_finding(struct metrics *m, const struct finding_record *r)
{
	struct kind_count *n = r->kind ? count_of(m, r->kind) : NULL;
	const int severity = word_index(severity_words, r->severity);
	if (!n)
		return;
	if (r->phase && strcmp(r->phase, "open") == 0)
		n->opened++;
	else if (!finding_counts(r))
		n->withdrawn++;
	else if (severity >= 0)
		n->by_severity[severity]++;
}

static void take_run(struct metrics *m, const struct run_record *r)
{
	snprintf(m->version, sizeof(m->version), "%s", r->version);
	m->is_live = r->live == 1;
	if (m->is_live && r->inputs.n > 0)
		snprintf(m->interface, sizeof(m->interface), "%s",
		         r->inputs.at[0]);
}

/* ---- writing -------------------------------------------------------------
 */

/* Ends in the base unit, and in _total if it only grows
 * (https://prometheus.io/docs/practices/naming/). */
static void name_metric(const struct field *f, char name[static NAME_MAX_LEN])
{
	const char *unit = "";
	if (f->type == FIELD_TIME)
		unit = "_timestamp_seconds";
	else if (f->type == FIELD_DURATION)
		unit = "_seconds";
	snprintf(name, NAME_MAX_LEN, "%s%s%s",
	         f->metric.name ? f->metric.name : f->name, unit,
	         f->metric.type == METRIC_COUNTER ? "_total" : "");
}

/* Heads the family unless that was done already. */
static void number(const struct prom_text *to, const struct field *family,
                   bool *is_headed, const struct prom_label *labels,
                   const struct field *f, const char *at)
{
	char name[NAME_MAX_LEN];
	int64_t value;
	memcpy(&value, at, sizeof(value));
	if (value == ABSENT)
		return;
	name_metric(family, name);
	if (!*is_headed)
		prom_family(to, name, family->metric.type, family->meaning);
	*is_headed = true;
	if (f->type == FIELD_TIME || f->type == FIELD_DURATION)
		prom_sample_seconds(to, name, labels, value);
	else
		prom_sample(to, name, labels, value);
}

static void put_stats(const struct prom_text *to, const void *stats)
{
	for (const struct field *f = stats_record_fields; f->name; f++) {
		const char *at = (const char *)stats + f->offset;
		bool is_headed = false;
		if (f->metric.type == METRIC_NONE)
			continue;
		if (f->type != FIELD_OBJECT) {
			number(to, f, &is_headed, NULL, f, at);
			continue;
		}
		for (const struct field *m = f->fields; m->name; m++) {
			const struct prom_label labels[] = {
				{ f->metric.label, m->name }, { NULL, NULL }
			};
			number(to, f, &is_headed, labels, m, at + m->offset);
		}
	}
}

static void put_words(const struct prom_text *to, const struct tally *t)
{
	char name[NAME_MAX_LEN];
	name_metric(t->field, name);
	prom_family(to, name, METRIC_COUNTER, t->field->meaning);
	for (int i = 0; i < WORDS_MAX && t->field->words[i]; i++) {
		const struct prom_label labels[] = {
			{ t->field->metric.label, t->field->words[i] },
			{ NULL, NULL },
		};
		prom_sample(to, name, labels, t->count[i]);
	}
}

static void put_histogram(const struct prom_text *to, const struct tally *t)
{
	char name[NAME_MAX_LEN], part[NAME_MAX_LEN + 8];
	int64_t n = 0;
	name_metric(t->field, name);
	prom_family(to, name, METRIC_HISTOGRAM, t->field->meaning);
	snprintf(part, sizeof(part), "%s_bucket", name);
	for (size_t i = 0; i < N_BOUNDS; i++) {
		const struct prom_label labels[] = {
			{ "le", bounds[i].seconds }, { NULL, NULL }
		};
		n += t->count[i];
		prom_sample(to, part, labels, n);
	}
	snprintf(part, sizeof(part), "%s_sum", name);
	prom_sample_seconds(to, part, NULL, t->sum);
	snprintf(part, sizeof(part), "%s_count", name);
	prom_sample(to, part, NULL, n);
}

static void put_tallies(const struct prom_text *to, const struct metrics *m)
{
	for (size_t i = 0; i < m->n_tallies; i++) {
		if (m->tally[i].field->metric.type == METRIC_HISTOGRAM)
			put_histogram(to, &m->tally[i]);
		else
			put_words(to, &m->tally[i]);
	}
}

static void put_findings(const struct prom_text *to, const struct metrics *m)
{
	prom_family(to, "findings_total", METRIC_COUNTER,
	            "findings whose outcome is known, without those withdrawn");
	for (size_t i = 0; i < m->n_kinds; i++) {
		for (int s = 0; s < N_SEVERITIES; s++) {
			const struct prom_label labels[] = {
				{ "finding", m->kind[i].name },
				{ "severity", severity_words[s] },
				{ NULL, NULL },
			};
			prom_sample(to, "findings_total", labels,
			            m->kind[i].by_severity[s]);
		}
	}
}

static void put_kinds(const struct prom_text *to, const struct metrics *m,
                      const char *name, const char *help, size_t offset)
{
	prom_family(to, name, METRIC_COUNTER, help);
	for (size_t i = 0; i < m->n_kinds; i++) {
		const struct prom_label labels[] = {
			{ "finding", m->kind[i].name }, { NULL, NULL }
		};
		int64_t n;
		memcpy(&n, (const char *)&m->kind[i] + offset, sizeof(n));
		prom_sample(to, name, labels, n);
	}
}

/* Files tell a trouble once, when its outcome is known. */
static void put_live(const struct prom_text *to, const struct metrics *m)
{
	if (!m->is_live)
		return;
	put_kinds(to, m, "findings_opened_total",
	          "findings told while they last",
	          offsetof(struct kind_count, opened));
	put_kinds(to, m, "findings_withdrawn_total",
	          "of those, what turned out to be no trouble",
	          offsetof(struct kind_count, withdrawn));
}

static void put_build(const struct prom_text *to, const struct metrics *m)
{
	const struct prom_label labels[] = { { "version", m->version },
		                             { NULL, NULL } };
	prom_family(to, "build_info", METRIC_GAUGE,
	            "which tcpclose this is; always 1");
	prom_sample(to, "build_info", labels, 1);
}

/* What no sink has taken yet is out of date. */
static void put_all(struct writer *w)
{
	const struct metrics *m = w->state;
	const struct prom_text to = {
		.out = &w->out,
		.interface = m->is_live ? m->interface : NULL,
	};
	if (!m->has_stats)
		return;
	buffer_clear(&w->out);
	put_build(&to, m);
	put_stats(&to, &m->stats);
	put_tallies(&to, m);
	put_findings(&to, m);
	put_live(&to, m);
}

static int record(struct writer *w, const struct record *r,
                  struct tcpclose_error *err)
{
	struct metrics *m = w->state;
	(void)err;
	switch (r->type) {
	case EVENT_TCP_CLOSE:
		count_close(m, r->data);
		break;
	case EVENT_TCP_FINDING:
		count_finding(m, r->data);
		break;
	case EVENT_STATS:
		m->stats = *(const struct stats_record *)r->data;
		m->has_stats = true;
		if (w->sink.replaces)
			put_all(w);
		break;
	case EVENT_RUN:
		take_run(m, r->data);
		break;
	case EVENT_TCP_STATE:
	case EVENT_TCP_ROUTE:
	case EVENT_TCP_SERVICE:
	case EVENT_TCP_HOST:
	case N_EVENTS:
		break;
	}
	return TCPCLOSE_OK;
}

/* What cannot be replaced is written once. */
static int close_metrics(struct writer *w, const struct summary *summary,
                         struct tcpclose_error *err)
{
	(void)summary, (void)err;
	if (!w->sink.replaces)
		put_all(w);
	return TCPCLOSE_OK;
}

static const char *const suffixes[] = { ".prom", NULL };

const struct writer_ops writer_prom = {
	.name = "prom",
	.suffixes = suffixes,
	.summary = "metrics for Prometheus, by node_exporter's textfile "
		   "collector",
	.open = open_metrics,
	.record = record,
	.close = close_metrics,
	.replaces = true,
};
