/*
 * Flows and their lives. What a segment means is the model's business (tcp/),
 * whose it is incarnation.c's, how lives begin and end lives.c's; here each
 * segment finds its life, and time passes.
 */
#include "flow/flow.h"

#include <assert.h>
#include <stddef.h>

#include "flow/budget.h"
#include "flow/fresh.h"
#include "flow/incarnation.h"
#include "flow/lives.h"
#include "flow/rest.h"
#include "flow/syn.h"
#include "flow/table.h"
#include "tcpclose/error.h"

#define SECOND     1000000000LL
#define FIRST_SIZE 1024

/* ---- segments ---------------------------------------------------- */

static bool is_heard(const struct life *l)
{
	return end_is(&l->conn.end[0], END_SPOKE) ||
	       end_is(&l->conn.end[1], END_SPOKE);
}

static int show(struct flow_table *t, struct flow *f, struct life *l,
                const struct segment *seg, unsigned from, struct step *step)
{
	assert(l);
	if (seg->ts >= f->timer.deadline || l == f->older) {
		const int told = life_tell_expiry(t, l, seg->ts);
		if (told < 0)
			return told;
	}
	if (l->conn.flow_id == 0 && is_heard(l))
		life_name(t, l);
	struct past unsettled;
	step->pasts = incarnation_pasts(f, l, &unsettled);
	int status = conn_observe(&l->conn, seg, from, &t->pool, step);
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
	status = life_end(t, f, &f->life, END_CLOSED, seg->ts);
	f->life = f->older;
	f->older = NULL;
	f->life->conn.replaced = 0;
	return status;
}

/* What a step of the current life means to the older one. */
static int settle_older(struct flow_table *t, struct flow *f,
                        const struct segment *seg, const struct step *step)
{
	const unsigned from = step->from;
	int status = TCPCLOSE_OK;
	if (incarnation_cleared(f, step))
		status = clear_older(t, f->older, !from, seg->ts);
	if (status < 0 || !incarnation_settled(f))
		return status;
	status = life_replace(t, f->older, from, seg->ts);
	if (status < 0)
		return status;
	return life_end(t, f, &f->older, END_REUSE, seg->ts);
}

static int show_current(struct flow_table *t, struct flow *f,
                        const struct segment *seg, unsigned from)
{
	struct step step;
	const int status = show(t, f, f->life, seg, from, &step);
	return status < 0 || !f->older ? status
	                               : settle_older(t, f, seg, &step);
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
		status = life_begin(t, f, seg, from);
		break;
	case INCARNATION_CURRENT:
		break;
	}
	return status < 0 ? status : show_current(t, f, seg, from);
}

/* The flow of an entry, whatever form it has. */
static struct flow *flow_of(struct flow_table *t, struct flow_entry *e,
                            int64_t now)
{
	if (entry_is_syn(e))
		return syn_wake(t, (struct syn *)(void *)e, now);
	return entry_is_rest(e) ? rest_wake(t, (struct rest *)(void *)e, now)
	                        : (struct flow *)(void *)e;
}

/* What a segment leaves to be done with its flow. Inline, as nearly every
 * segment comes here: a call costs 30 instructions a packet. */
__attribute__((always_inline)) static inline int
settle(struct flow_table *t, struct flow *f, int64_t now)
{
	table_touch(t, f, now);
	if (!lives_postpone(t, f)) {
		pasts_forget_old(t, f, now);
		lives_rearm(t, f);
		rest_note(t, f, now);
	}
	return budget_keep(t, &f->entry, now);
}

static int take_known(struct flow_table *t, struct flow_entry *e,
                      const struct segment *seg, unsigned from)
{
	struct flow *f = flow_of(t, e, seg->ts);
	int status = TCPCLOSE_OK;
	if (!f)
		return TCPCLOSE_ENOMEM;
	if (seg->ts >= f->timer.deadline)
		status = lives_end_due(t, f, seg->ts);
	if (status >= 0)
		status = dispatch(t, f, seg, from);
	return status < 0 ? status : settle(t, f, seg->ts);
}

static struct flow *take_blank(struct flow_table *t)
{
	struct flow *f = t->blank;
	if (f)
		return f;
	f = pool_take_zeroed(&t->pool, sizeof(*f));
	if (f && (f->life = pool_take(&t->pool, sizeof(*f->life))))
		return t->blank = f;
	pool_give(&t->pool, f);
	return NULL;
}

static int show_first(struct flow_table *t, struct flow *f,
                      const struct segment *seg, unsigned from)
{
	struct step step;
	step.pasts = NULL;
	life_start(t, f, seg, from);
	conn_begin(&f->life->conn, seg, from, &step);
	return t->events.step(t->events.ctx, f->life, &step);
}

/* In a flood a SYN is put away at once, and its flow not even put into the
 * table, unless more is known of it than that. */
static int take_in_flood(struct flow_table *t, const struct segment *seg,
                         const struct flow_place *place)
{
	struct flow *f = take_blank(t);
	if (!f)
		return TCPCLOSE_ENOMEM;
	fresh_put_away(t);
	flow_init(f, &place->key);
	const int status = show_first(t, f, seg, place->from);
	struct syn *syn = status < 0 ? NULL : syn_add(t, f, seg, place);
	if (syn)
		return budget_keep(t, &syn->entry, seg->ts);
	t->blank = NULL;
	if (!table_join(t, &f->entry, CLASS_PAST, place->hash))
		return TCPCLOSE_ENOMEM;
	return status < 0 ? status : settle(t, f, seg->ts);
}

/* Of a four-tuple of which the table holds nothing. Not inlined, or all others
 * pay for its registers. */
__attribute__((noinline)) static int take_first(struct flow_table *t,
                                                const struct segment *seg,
                                                const struct flow_place *place)
{
	const bool is_plain = syn_is_plain(seg, &place->key);
	if (is_plain && seg->ts < t->flood_until)
		return take_in_flood(t, seg, place);
	struct flow *f = table_add(t, &place->key, place->hash);
	if (!f)
		return TCPCLOSE_ENOMEM;
	int status = life_begin(t, f, seg, place->from);
	if (status >= 0)
		status = show_current(t, f, seg, place->from);
	if (status < 0)
		return status;
	if (!is_plain || !syn_is_all(f->life))
		return settle(t, f, seg->ts);
	fresh_note(t, f, seg, place->from);
	return budget_keep(t, &f->entry, seg->ts);
}

int flow_table_take(struct flow_table *t, const struct segment *seg,
                    const struct flow_place *place)
{
	const int status = flow_table_advance(t, seg->ts);
	if (status < 0)
		return status;
	struct flow_entry *e = table_find(t, &place->key, place->hash);
	return e ? take_known(t, e, seg, place->from)
	         : take_first(t, seg, place);
}

int flow_table_segment(struct flow_table *t, const struct segment *seg)
{
	struct flow_place place;
	flow_table_expect(t, seg, 1, &place);
	return flow_table_take(t, seg, &place);
}

/* ---- time -------------------------------------------------------- */

static int wake(struct flow_table *t, struct flow_entry *e, int64_t now)
{
	return entry_is_rest(e) ? rest_fire(t, (struct rest *)(void *)e, now)
	                        : lives_fire(t, (struct flow *)(void *)e, now);
}

/* Second by second, what waits in lists and what hangs in the wheel. */
static int let_pass(struct flow_table *t, int64_t now)
{
	const int64_t last = wheel_slot(&t->wheel, now);
	int status = TCPCLOSE_OK;
	fresh_age(t, now);
	for (;;) {
		const int64_t next = syn_next_slot(t);
		const int64_t until = next < last ? next : last;
		struct flow_entry *e;
		while (status >= 0 &&
		       (e = wheel_next(&t->wheel, until * SECOND))) {
			status = wake(t, e, now);
			rest_drop_due(t, last);
		}
		if (status < 0 || next >= last)
			break;
		status = syn_fire(t, next);
	}
	while (rest_drop_due(t, last))
		;
	t->quiet_until = (last + 1) * SECOND;
	return status;
}

int flow_table_advance(struct flow_table *t, int64_t now)
{
	if (now < t->quiet_until)
		return TCPCLOSE_OK;
	if (!t->started) {
		wheel_init(&t->wheel, &t->pool, offsetof(struct flow, timer),
		           now, SECOND);
		t->started = true;
	}
	return let_pass(t, now);
}

/* ---- the table --------------------------------------------------- */

struct flow_counts flow_table_counts(const struct flow_table *t)
{
	struct flow_counts counts = t->counts;
	counts.memory = budget_in_use(t);
	counts.memory_limit = t->options.max_memory;
	return counts;
}

void flow_table_charge(struct flow_table *t, uint64_t bytes)
{
	t->charged += bytes;
}

struct pool *flow_table_pool(struct flow_table *t)
{
	return &t->pool;
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
	if (t->options.max_memory > POOL_BYTES_MAX) /* or none to evict by */
		t->options.max_memory = POOL_BYTES_MAX;
	pool_init(&t->pool, alloc, options->max_memory);
	t->n_done = rest_after(options->max_memory);
	t->done = alloc_new(alloc, t->n_done, sizeof(t->done[0]));
	t->n_fresh = (uint32_t)fresh_room(options->max_memory);
	t->fresh = alloc_new(alloc, t->n_fresh, sizeof(t->fresh[0]));
	if (!index_init(&t->index, FIRST_SIZE, alloc) || !t->done ||
	    !t->fresh) {
		flow_table_free(t);
		return NULL;
	}
	t->ample = budget_ample(t);
	return t;
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	pool_fini(&t->pool);
	index_fini(&t->index, t->alloc);
	alloc_free(t->alloc, t->done);
	alloc_free(t->alloc, t->fresh);
	alloc_free(t->alloc, t);
}
