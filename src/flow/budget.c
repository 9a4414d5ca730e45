/*
 * The budget holds for what is taken from the allocator, whole slabs. From
 * half of it on, connections that are idle are packed (flow/rest.h). Two
 * rules keep to it. What is in use may be seven eighths of it: as a rule this
 * one holds, and evicts as much as came in. The eighth is for slabs that are
 * partly empty, when what fills the table changes its kind: a size that has no
 * object left needs a spare slab, and while there is none for each such size,
 * flows are evicted until a slab is empty.
 */
#include "flow/budget.h"

#include "flow/fresh.h"
#include "flow/lives.h"
#include "flow/rest.h"
#include "flow/syn.h"
#include "tcpclose/error.h"

#define SLACK    8 /* one part in so many */
#define PRESSURE 2 /* from that part on, idle ones are packed */

#define RESERVE_SHARE 18 /* log 2 of the bytes for which one slab is spare */
#define RESERVE_MOST  6
#define LACKING_MOST  4

/* What a table takes from the beginning, and never again. */
static uint64_t constant_bytes(const struct flow_table *t)
{
	return sizeof(*t) + t->n_done * sizeof(t->done[0]) +
	       t->n_fresh * sizeof(t->fresh[0]);
}

static uint64_t fixed_bytes(const struct flow_table *t)
{
	return constant_bytes(t) + index_bytes(&t->index) + t->charged;
}

uint64_t budget_in_use(const struct flow_table *t)
{
	return fixed_bytes(t) + t->pool.taken;
}

/* Slabs that the budget still allows to be taken. */
static uint64_t slabs_to_come(const struct flow_table *t)
{
	const uint64_t in_use = budget_in_use(t), max = t->options.max_memory;
	return in_use < max ? (max - in_use) / pool_chunk_bytes(&t->pool) *
	                              t->pool.chunk_slabs
	                    : 0;
}

bool budget_has(const struct flow_table *t, size_t size)
{
	return pool_has(&t->pool, size) || slabs_to_come(t) > 0;
}

/* Spare slabs that the next segment may need: for sizes that are in use and
 * have no object left, and for some that are not in use yet. */
static uint64_t slabs_wanted(const struct flow_table *t)
{
	const uint64_t share = t->options.max_memory >> RESERVE_SHARE;
	const uint64_t lacking = t->pool.n_lacking;
	return (share < 1              ? 1
	        : share < RESERVE_MOST ? share
	                               : RESERVE_MOST) +
	       (lacking < LACKING_MOST ? lacking : LACKING_MOST);
}

/* Where a segment needed more slabs than were spare, the pool has taken more
 * than it may: then those that are spare by now do not count. */
static bool lacks_slabs(const struct flow_table *t)
{
	const struct pool *p = &t->pool;
	const uint64_t wanted = slabs_wanted(t), in_use = budget_in_use(t);
	if (p->n_spare < wanted)
		return p->n_spare + slabs_to_come(t) < wanted;
	const uint64_t spare = (p->n_spare - wanted) << p->slab_bits;
	return in_use - spare > t->options.max_memory;
}

static bool is_spent(const struct flow_table *t)
{
	const uint64_t max = t->options.max_memory;
	return t->pool.live + fixed_bytes(t) > max - max / SLACK ||
	       lacks_slabs(t) || table_is_full(t);
}

static int evict_flow(struct flow_table *t, struct flow *f, int64_t now)
{
	int status = TCPCLOSE_OK;
	t->counts.evicted_pasts += f->entry.n_pasts;
	t->counts.evicted_syns +=
		f->entry.class == CLASS_SYN || f->entry.class == CLASS_FRESH;
	t->counts.evicted_lives += f->entry.class == CLASS_LIVE;
	if (f->older)
		status = life_end(t, f, &f->older, END_EVICTED, now);
	if (status >= 0 && f->life)
		status = life_end(t, f, &f->life, END_EVICTED, now);
	pasts_forget_all(t, f);
	table_remove(t, &f->entry);
	return status;
}

static int evict_syn(struct flow_table *t, struct syn *syn)
{
	int status = TCPCLOSE_OK;
	t->counts.evicted_pasts += syn->entry.class == CLASS_PAST_SYN;
	if (syn->entry.class == CLASS_LONE_SYN) {
		t->counts.evicted_syns++;
		status = syn_end(t, syn, END_EVICTED);
	}
	syn_forget(t, syn);
	return status;
}

static int evict_rest(struct flow_table *t, struct rest *rest, int64_t now)
{
	if (rest->entry.class == CLASS_PAST_REST) {
		t->counts.evicted_pasts++;
		rest_drop(t, rest);
		return TCPCLOSE_OK;
	}
	t->counts.evicted_lives++;
	const int status = rest_end(t, rest, END_EVICTED, now);
	table_remove(t, &rest->entry);
	return status;
}

static int evict(struct flow_table *t, struct flow_entry *e, int64_t now)
{
	if (entry_is_rest(e))
		return evict_rest(t, (struct rest *)(void *)e, now);
	return entry_is_syn(e) ? evict_syn(t, (struct syn *)(void *)e)
	                       : evict_flow(t, (struct flow *)(void *)e, now);
}

static struct flow_entry *victim(const struct flow_table *t,
                                 const struct flow_entry *in_hand)
{
	for (unsigned class = 0; class < N_CLASSES; class ++) {
		struct flow_entry *e = table_at(t, t->class[class].first);
		if (e && e == in_hand)
			e = table_at(t, e->next);
		if (e)
			return e;
	}
	return NULL;
}

/* Packing one that is idle gives back more than a new one takes. */
static void spare_memory(struct flow_table *t, int64_t now)
{
	const uint64_t max = t->options.max_memory;
	if (t->pool.live + fixed_bytes(t) > max / PRESSURE)
		rest_idle(t, now);
}

uint64_t budget_ample(const struct flow_table *t)
{
	const uint64_t max = t->options.max_memory, most = max / PRESSURE;
	const uint64_t chunks = RESERVE_MOST + LACKING_MOST;
	const uint64_t fixed = constant_bytes(t);
	return most > fixed && max - most >= chunks * pool_chunk_bytes(&t->pool)
	               ? most - fixed
	               : 0;
}

int budget_enforce(struct flow_table *t, const struct flow_entry *in_hand,
                   int64_t now)
{
	int status = TCPCLOSE_OK;
	spare_memory(t, now);
	while (status >= 0 && is_spent(t)) {
		struct flow_entry *e = victim(t, in_hand);
		if (!e)
			break;
		status = evict(t, e, now);
	}
	return status;
}
