/*
 * Interface for where flows are kept: an index by hashes of their keys, and for
 * each class a list by idleness. Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_TABLE_H
#define TCPCLOSE_FLOW_TABLE_H

#include "flow/flow.h"
#include "flow/index.h"
#include "flow/pack.h"

/* Ordered by how readily they are evicted. */
enum flow_class {
	CLASS_PAST_SYN,  /* a struct syn whose life is over */
	CLASS_PAST_REST, /* a struct rest whose life is over */
	CLASS_PAST,
	CLASS_LONE_SYN, /* a struct syn */
	CLASS_FRESH,    /* a SYN that came just now */
	CLASS_SYN,      /* not answered, but more than one segment */
	CLASS_REST,     /* a struct rest: its life is done */
	CLASS_IDLE,     /* a struct rest: its life goes on, but not now */
	CLASS_LIVE,
	N_CLASSES
};

struct class_list {
	pool_ref first, last; /* first: idle longest */
	uint32_t n;
};

struct flow_table {
	struct flow_options options;
	struct flow_events events;
	const struct tcpclose_allocator *alloc;
	struct pool pool;
	struct flow_index index;
	struct class_list class[N_CLASSES];
	struct wheel wheel;
	int64_t past_slot;   /* of the wheel, of the last past at rest */
	int64_t quiet_until; /* before that no slot of the wheel opens */
	bool started, finishing;
	uint64_t next_stream;
	uint64_t charged;
	uint64_t ample; /* budget_ample() */
	struct flow_counts counts;
	uint64_t n_lone; /* lives that are in the list of CLASS_LONE_SYN */

	/* What those of CLASS_FRESH began with. */
	struct fresh_syn *fresh;
	uint32_t n_fresh;
	uint32_t next_fresh; /* their numbers, which are in flow.joined */
	int64_t flood_until; /* before that none is */
	struct flow *blank;  /* not in the table: for the next SYN of a flood,
	                      * with room for its life; or NULL */

	/* Flows whose lives are done, in the order in which they came to be:
	 * references, 0 where one is gone. */
	struct pack_models models;
	pool_ref *done;
	size_t n_done;
	uint32_t next_done;

	/* A life that is made again for its end. */
	struct flow spare_flow;
	struct life spare_life;
};

static inline void *table_at(const struct flow_table *t, pool_ref ref)
{
	return ref ? pool_at(&t->pool, ref) : NULL;
}

/* What is neither is a struct flow. */
static inline bool entry_is_syn(const struct flow_entry *e)
{
	return e->class == CLASS_LONE_SYN || e->class == CLASS_PAST_SYN;
}

static inline bool entry_is_rest(const struct flow_entry *e)
{
	return e->class == CLASS_REST || e->class == CLASS_IDLE ||
	       e->class == CLASS_PAST_REST;
}

/* What the table holds of a key, whose key_hash() is given; NULL if nothing. */
struct flow_entry *table_find(const struct flow_table *t,
                              const struct flow_key *key, uint64_t hash);

/* Put an object of the pool, whose key is set, into the index and a list.
 * False: the index is full, and there is no memory for a larger one. */
bool table_join(struct flow_table *t, struct flow_entry *e, unsigned class,
                uint64_t hash);

/* The index should have grown, but found no memory, and is nearly full. */
bool table_is_full(const struct flow_table *t);

/* Begin to fetch where the index names an entry that will be removed next. */
static inline void table_fetch(const struct flow_table *t,
                               const struct flow_entry *e)
{
	__builtin_prefetch(index_home(&t->index, e->hash), 1);
}

/* Take one out of everything and give its memory back. */
void table_remove(struct flow_table *t, struct flow_entry *e);

/* An object of the same key takes the place of one that is given back; its
 * timer is the caller's business. */
void table_replace(struct flow_table *t, struct flow_entry *old,
                   struct flow_entry *fresh, unsigned class);

/* Last in the list of another class. */
void table_move(struct flow_table *t, struct flow_entry *e, unsigned class);

/* Of a flow that was zeroed, and had no more than one life so far: it begins
 * anew, nothing of it is due. */
static inline void flow_init(struct flow *f, const struct flow_key *key)
{
	f->key = *key;
	f->timer.deadline = WHEEL_NEVER;
	f->n_lives = 0;
}

/* A new flow without a life; NULL: no memory. */
struct flow *table_add(struct flow_table *t, const struct flow_key *key,
                       uint64_t hash);

/* The class that a flow is in by what it holds. */
static inline unsigned table_class(const struct flow *f)
{
	if (!f->life)
		return CLASS_PAST;
	const struct conn *c = &f->life->conn;
	return c->confirmed || f->older || c->midstream ? CLASS_LIVE
	                                                : CLASS_SYN;
}

/* Packet time in units of 2^20 ns, nearly a millisecond, modulo 2^32. */
static inline uint32_t table_clock(int64_t now)
{
	return (uint32_t)((uint64_t)now >> 20);
}

#define TOUCH_TICKS 256 /* of it: a quarter of a second */

/*
 * The flow was heard of just now: last in the list of its class. Moving there
 * touches its neighbours, which are cold, so a flow that was moved within the
 * last quarter of a second stays where it is: whom nobody has heard for
 * longest is known that well. Inline, as that is what most segments need.
 */
static inline void table_touch(struct flow_table *t, struct flow *f,
                               int64_t now)
{
	const uint32_t clock = table_clock(now);
	const unsigned class = table_class(f);
	if (class == f->entry.class && clock - f->joined < TOUCH_TICKS)
		return;
	table_move(t, &f->entry, class);
	f->joined = clock;
}

#endif
