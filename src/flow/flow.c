/*
 * Flows and their lives. What a segment means is the model's business (tcp/),
 * whose it is incarnation.c's; here is who is in the table, and for how long.
 */
#include "flow/flow.h"

#include <assert.h>
#include <stdlib.h>

#include "flow/incarnation.h"
#include "flow/table.h"
#include "tcpclose/error.h"

#define SECOND      1000000000LL
#define PAST_KEPT   (240 * SECOND) /* 2 MSL: RFC 9293 section 3.6.1 */
#define PASTS_MAX   16             /* of one flow */
#define SYN_TIMEOUT (150 * SECOND) /* Linux tries a SYN for 127 s */
#define FIRST_SIZE  1024

/* ---- deadlines --------------------------------------------------- */

/* When a life is over if nothing more comes. */
static int64_t life_deadline(const struct flow_table *t, const struct life *l)
{
	const struct conn *c = &l->conn;
	if (conn_done(c))
		return c->last_ts + t->options.linger;
	const bool unanswered = !c->confirmed && !c->midstream;
	const int64_t limit = t->options.idle_timeout;
	return c->last_ts +
	       (unanswered && SYN_TIMEOUT < limit ? SYN_TIMEOUT : limit);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void rearm(struct flow_table *t, struct flow *f)
{
	int64_t at = WHEEL_NEVER;
	if (f->life)
		at = earlier(life_deadline(t, f->life),
		             conn_expiry(&f->life->conn, t->options.time_wait));
	if (f->older)
		at = earlier(at, life_deadline(t, f->older));
	for (const struct past *p = f->pasts; p; p = p->older)
		at = earlier(at, p->ended + PAST_KEPT);
	if (!f->timer.next || f->timer.deadline != at)
		wheel_set(&t->wheel, &f->timer, at);
}

/* ---- lives ------------------------------------------------------- */

static void free_life(struct flow_table *t, struct life *l)
{
	t->extra_bytes -= conn_extra_bytes(&l->conn);
	conn_fini(&l->conn, t->alloc);
	alloc_free(t->alloc, l);
	t->counts.lives--;
}

static void forget_pasts_after(struct flow_table *t, struct flow *f,
                               struct past **first)
{
	while (*first) {
		struct past *p = *first;
		*first = p->older;
		alloc_free(t->alloc, p);
		f->n_pasts--;
		t->counts.pasts--;
	}
}

/* Pasts are in order of age, so all after the first that is too old are. */
static void forget_old_pasts(struct flow_table *t, struct flow *f, int64_t now)
{
	struct past **at = &f->pasts;
	for (unsigned n = 0; *at && n < PASTS_MAX; n++) {
		if ((*at)->ended + PAST_KEPT <= now)
			break;
		at = &(*at)->older;
	}
	forget_pasts_after(t, f, at);
}

static int remember(struct flow_table *t, struct flow *f, const struct life *l)
{
	struct past *p = alloc_new(t->alloc, 1, sizeof(*p));
	if (!p)
		return TCPCLOSE_ENOMEM;
	incarnation_remember(p, &l->conn);
	p->older = f->pasts;
	f->pasts = p;
	f->n_pasts++;
	t->counts.pasts++;
	return TCPCLOSE_OK;
}

static int tell_expiry(struct flow_table *t, struct life *l, int64_t now)
{
	if (conn_expiry(&l->conn, t->options.time_wait) > now)
		return TCPCLOSE_OK;
	struct step step;
	conn_expire(&l->conn, now, t->options.time_wait, &step);
	return t->events.step(t->events.ctx, l, &step);
}

/* A life is over: tell, remember, free. *slot is flow->life or ->older. */
static int end_life(struct flow_table *t, struct flow *f, struct life **slot,
                    enum end_reason reason, int64_t now)
{
	struct life *l = *slot;
	assert(l);
	/* The moment before the deadline: a TIME_WAIT that would end with the
	 * story is still one. */
	int status = tell_expiry(t, l, earlier(now, life_deadline(t, l) - 1));
	if (status >= 0)
		status = t->events.over(t->events.ctx, l, reason);
	if (status >= 0)
		status = remember(t, f, l);
	*slot = NULL;
	free_life(t, l);
	return status;
}

static enum end_reason reason_of(const struct life *l)
{
	return conn_done(&l->conn) ? END_CLOSED : END_IDLE_TIMEOUT;
}

static int end_due_lives(struct flow_table *t, struct flow *f, int64_t now)
{
	int status = TCPCLOSE_OK;
	if (f->older && life_deadline(t, f->older) <= now)
		status = end_life(t, f, &f->older,
		                  conn_done(&f->older->conn) ? END_REUSE
		                                             : END_IDLE_TIMEOUT,
		                  now);
	if (status >= 0 && f->life && life_deadline(t, f->life) <= now) {
		status = end_life(t, f, &f->life, reason_of(f->life), now);
		f->life = f->older;
		f->older = NULL;
	}
	return status;
}

static void set_opener(struct conn *c, const struct segment *first,
                       unsigned from)
{
	const bool syn = segment_has(first, TCP_SYN);
	const bool ack = segment_has(first, TCP_ACK);
	if (syn) {
		c->opener = (uint8_t)(ack ? !from : from);
		c->direction_source = ack ? DIRECTION_SYN_ACK : DIRECTION_SYN;
		return;
	}
	/* RFC 6335 section 6: a server's port is usually below the dynamic
	 * ones. Only a clear difference says anything. */
	const uint16_t s = first->tuple.sport, d = first->tuple.dport;
	if ((s < 1024) != (d < 1024) || (s < 32768) != (d < 32768)) {
		c->opener = (uint8_t)(s < d ? !from : from);
		c->direction_source = DIRECTION_PORT;
		return;
	}
	c->opener = (uint8_t)from;
	c->direction_source = DIRECTION_FIRST_PACKET;
}

/* The end whose segment begins a life has none from before. */
static int replace(struct flow_table *t, struct life *l, unsigned end,
                   int64_t now)
{
	struct step step;
	conn_replace(&l->conn, end, now, &step);
	return step.n_changes == 0 ? TCPCLOSE_OK
	                           : t->events.step(t->events.ctx, l, &step);
}

static int begin_life(struct flow_table *t, struct flow *f,
                      const struct segment *seg, unsigned from)
{
	int status = TCPCLOSE_OK;
	if (f->life && segment_has(seg, TCP_SYN))
		status = replace(t, f->life, from, seg->ts);
	if (status >= 0 && f->older)
		status = end_life(t, f, &f->older, END_REUSE, seg->ts);
	if (status >= 0 && f->life && conn_done(&f->life->conn))
		status = end_life(t, f, &f->life, END_REUSE, seg->ts);
	if (status < 0)
		return status;
	f->older = f->life;
	f->life = alloc_new(t->alloc, 1, sizeof(*f->life));
	if (!f->life)
		return TCPCLOSE_ENOMEM;
	t->counts.lives++;
	t->counts.n_lives++;
	struct conn *c = &f->life->conn;
	f->life->flow = f;
	conn_init(c, seg);
	set_opener(c, seg, from);
	c->incarnation = ++f->n_lives;
	c->stream = t->next_stream++;
	return TCPCLOSE_OK;
}

/* ---- budget ------------------------------------------------------ */

static uint64_t memory_in_use(const struct flow_table *t)
{
	const struct flow_counts *n = &t->counts;
	return sizeof(*t) + t->n_buckets * sizeof(t->bucket[0]) +
	       n->flows * sizeof(struct flow) + n->lives * sizeof(struct life) +
	       n->pasts * sizeof(struct past) + t->extra_bytes +
	       (t->charged > 0 ? (uint64_t)t->charged : 0);
}

static void remove_flow(struct flow_table *t, struct flow *f)
{
	forget_pasts_after(t, f, &f->pasts);
	table_remove(t, f);
	alloc_free(t->alloc, f);
}

static int evict(struct flow_table *t, struct flow *f, int64_t now)
{
	int status = TCPCLOSE_OK;
	t->counts.evicted_pasts += f->n_pasts;
	t->counts.evicted_syns += f->class == CLASS_SYN;
	t->counts.evicted_lives += f->class == CLASS_LIVE;
	if (f->older)
		status = end_life(t, f, &f->older, END_EVICTED, now);
	if (status >= 0 && f->life)
		status = end_life(t, f, &f->life, END_EVICTED, now);
	remove_flow(t, f);
	return status;
}

/* The flow in hand is touched last, so it is never the first to go. */
static int keep_to_budget(struct flow_table *t, const struct flow *in_hand,
                          int64_t now)
{
	int status = TCPCLOSE_OK;
	while (status >= 0 && memory_in_use(t) > t->options.max_memory) {
		struct flow *victim = NULL;
		for (int class = 0; class < N_CLASSES && !victim; class ++) {
			if (t->idle[class].next != in_hand)
				victim = t->idle[class].next;
		}
		if (!victim)
			break;
		status = evict(t, victim, now);
	}
	return status;
}

/* ---- segments ---------------------------------------------------- */

static int show(struct flow_table *t, struct flow *f, struct life *l,
                const struct segment *seg, unsigned from, struct step *step)
{
	assert(l);
	int status = tell_expiry(t, l, seg->ts);
	if (status < 0)
		return status;
	const uint64_t before = conn_extra_bytes(&l->conn);
	struct past unsettled;
	step->pasts = incarnation_pasts(f, l, &unsettled);
	status = conn_observe(&l->conn, seg, from, t->alloc, step);
	t->extra_bytes += conn_extra_bytes(&l->conn) - before;
	if (status >= 0)
		status = t->events.step(t->events.ctx, l, step);
	step->pasts = f->pasts;
	return status;
}

/* The older life ends at the end that still held it. */
static int clear_older(struct flow_table *t, struct life *older, unsigned end,
                       int64_t now)
{
	struct step step;
	conn_clear(&older->conn, end, now, &step);
	return step.n_changes == 0
	               ? TCPCLOSE_OK
	               : t->events.step(t->events.ctx, older, &step);
}

static int show_older(struct flow_table *t, struct flow *f,
                      const struct segment *seg, unsigned from)
{
	struct step step;
	int status = show(t, f, f->older, seg, from, &step);
	if (status < 0 || !incarnation_disproved(f, &step))
		return status;
	status = end_life(t, f, &f->life, END_CLOSED, seg->ts);
	f->life = f->older;
	f->older = NULL;
	f->life->conn.replaced = 0;
	return status;
}

static int show_current(struct flow_table *t, struct flow *f,
                        const struct segment *seg, unsigned from)
{
	struct step step;
	int status = show(t, f, f->life, seg, from, &step);
	if (status >= 0 && f->older && incarnation_cleared(f, &step))
		status = clear_older(t, f->older, !from, seg->ts);
	if (status < 0 || !f->older || !incarnation_settled(f))
		return status;
	status = replace(t, f->older, from, seg->ts);
	if (status < 0)
		return status;
	return end_life(t, f, &f->older, END_REUSE, seg->ts);
}

static int dispatch(struct flow_table *t, struct flow *f,
                    const struct segment *seg, unsigned from)
{
	const struct past *past = NULL;
	int status = TCPCLOSE_OK;
	switch (incarnation_of(f, seg, from, &past)) {
	case INCARNATION_PAST:
		t->counts.late_segments++;
		if (t->events.late)
			t->events.late(t->events.ctx, past, seg);
		return TCPCLOSE_OK;
	case INCARNATION_OLDER:
		return show_older(t, f, seg, from);
	case INCARNATION_NEW:
		status = begin_life(t, f, seg, from);
		break;
	case INCARNATION_CURRENT:
		break;
	}
	return status < 0 ? status : show_current(t, f, seg, from);
}

int flow_table_segment(struct flow_table *t, const struct segment *seg)
{
	int status = flow_table_advance(t, seg->ts);
	if (status < 0)
		return status;
	struct flow_key key;
	const unsigned from = flow_key_of(seg, &key);
	struct flow *f = table_find(t, &key);
	if (!f)
		f = table_add(t, &key);
	if (!f)
		return TCPCLOSE_ENOMEM;
	status = end_due_lives(t, f, seg->ts);
	if (status >= 0)
		status = dispatch(t, f, seg, from);
	if (status < 0)
		return status;
	forget_old_pasts(t, f, seg->ts);
	table_touch(t, f);
	rearm(t, f);
	return keep_to_budget(t, f, seg->ts);
}

int flow_table_advance(struct flow_table *t, int64_t now)
{
	if (!t->started) {
		wheel_init(&t->wheel, now, SECOND);
		t->started = true;
	}
	struct timer *timer;
	while ((timer = wheel_next(&t->wheel, now))) {
		struct flow *f = (struct flow *)(void *)timer;
		int status = end_due_lives(t, f, now);
		if (status >= 0 && f->life)
			status = tell_expiry(t, f->life, now);
		if (status < 0)
			return status;
		forget_old_pasts(t, f, now);
		if (!f->life && !f->pasts) {
			remove_flow(t, f);
			continue;
		}
		if (f->class != table_class(f))
			table_touch(t, f);
		rearm(t, f);
	}
	return TCPCLOSE_OK;
}

static int by_stream(const void *a, const void *b)
{
	const struct life *const *x = a, *const *y = b;
	return ((*x)->conn.stream > (*y)->conn.stream) -
	       ((*x)->conn.stream < (*y)->conn.stream);
}

int flow_table_finish(struct flow_table *t, int64_t now)
{
	const size_t n = t->counts.lives;
	if (n == 0)
		return TCPCLOSE_OK;
	struct life **all = alloc_new(t->alloc, n, sizeof(struct life *));
	if (!all)
		return TCPCLOSE_ENOMEM;
	size_t i = 0;
	for (size_t b = 0; b < t->n_buckets; b++) {
		for (struct flow *f = t->bucket[b]; f; f = f->chain) {
			if (f->older)
				all[i++] = f->older;
			if (f->life)
				all[i++] = f->life;
		}
	}
	assert(i == n);
	qsort(all, n, sizeof(struct life *), by_stream);

	int status = TCPCLOSE_OK;
	for (i = 0; i < n && status >= 0; i++) {
		struct flow *f = all[i]->flow;
		status =
			end_life(t, f, f->life == all[i] ? &f->life : &f->older,
		                 END_OF_CAPTURE, now);
	}
	alloc_free(t->alloc, all);
	return status;
}

void flow_table_each(const struct flow_table *t,
                     void (*fn)(void *ctx, const struct life *life), void *ctx)
{
	for (size_t b = 0; b < t->n_buckets; b++) {
		for (struct flow *f = t->bucket[b]; f; f = f->chain) {
			if (f->older)
				fn(ctx, f->older);
			if (f->life)
				fn(ctx, f->life);
		}
	}
}

struct flow_counts flow_table_counts(const struct flow_table *t)
{
	struct flow_counts counts = t->counts;
	counts.memory = memory_in_use(t);
	return counts;
}

void flow_table_charge(struct flow_table *t, int64_t bytes)
{
	t->charged += bytes;
}

struct flow_table *flow_table_new(const struct flow_options *options,
                                  const struct flow_events *events,
                                  const struct tcpclose_allocator *alloc)
{
	struct flow_table *t = alloc_new(alloc, 1, sizeof(*t));
	if (!t)
		return NULL;
	t->options = *options;
	t->events = *events;
	t->alloc = alloc;
	t->n_buckets = FIRST_SIZE;
	t->bucket = alloc_new(alloc, t->n_buckets, sizeof(t->bucket[0]));
	if (!t->bucket) {
		alloc_free(alloc, t);
		return NULL;
	}
	return t;
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	for (size_t b = 0; b < t->n_buckets; b++) {
		while (t->bucket[b]) {
			struct flow *f = t->bucket[b];
			if (f->older)
				free_life(t, f->older);
			if (f->life)
				free_life(t, f->life);
			remove_flow(t, f);
		}
	}
	alloc_free(t->alloc, t->bucket);
	alloc_free(t->alloc, t);
}
