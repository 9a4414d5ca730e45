#include "record/summary.h"

#include <string.h>

static void count(int64_t *counters, int at)
{
	if (at >= 0)
		counters[at]++;
}

static void add_close(struct summary *s, const struct close_record *r)
{
	const struct close_story *c = &r->close;
	s->connections++;
	s->troubled += r->findings.n > 0;
	s->capture_loss += r->capture_loss == 1;
	s->complete += c->complete == 1;
	count(s->by_kind, word_index(close_kind_words, c->kind));
	count(s->by_conn_state, word_index(conn_state_words, c->conn_state));
	count(s->closed_first, word_index(end_words, c->closed_first));
	count(s->ends[SUMMARY_CLIENT],
	      word_index(state_words, r->client.state));
	count(s->ends[SUMMARY_SERVER],
	      word_index(state_words, r->server.state));
}

static struct summary_finding *finding_of(struct summary *s, const char *name)
{
	for (size_t i = 0; i < s->n_kinds; i++)
		if (strcmp(s->finding[i].name, name) == 0)
			return &s->finding[i];
	if (s->n_kinds == SUMMARY_KINDS)
		return NULL;
	s->finding[s->n_kinds].name = name;
	return &s->finding[s->n_kinds++];
}

static void add_finding(struct summary *s, const struct finding_record *r)
{
	if (!finding_counts(r))
		return;
	const char *name = r->kind ? r->kind->name : r->finding;
	const int severity = word_index(severity_words, r->severity);
	struct summary_finding *f = finding_of(s, name);
	s->findings++;
	count(s->by_severity, severity);
	if (f)
		count(f->by_severity, severity);
}

void summary_add(struct summary *s, const struct record *r)
{
	if (r->type == EVENT_TCP_CLOSE)
		add_close(s, r->data);
	else if (r->type == EVENT_TCP_FINDING)
		add_finding(s, r->data);
}

int64_t summary_finding_count(const struct summary_finding *f)
{
	int64_t n = 0;
	for (size_t i = 0; i < N_SEVERITIES; i++)
		n += f->by_severity[i];
	return n;
}
