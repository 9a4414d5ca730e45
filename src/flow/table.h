/*
 * Interface for where flows are kept: hash buckets, and for each class a list
 * by idleness. Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_TABLE_H
#define TCPCLOSE_FLOW_TABLE_H

#include "flow/flow.h"

/* Ordered by how readily they are evicted. */
enum flow_class { CLASS_PAST, CLASS_SYN, CLASS_LIVE, N_CLASSES };

struct class_list {
	pool_ref first, last; /* first: idle longest */
};

struct flow_table {
	struct flow_options options;
	struct flow_events events;
	const struct tcpclose_allocator *alloc;
	struct pool pool;
	pool_ref *bucket;
	size_t n_buckets; /* a power of two */
	struct class_list class[N_CLASSES];
	struct wheel wheel;
	bool started, finishing;
	uint64_t next_stream;
	uint64_t charged;
	struct flow_counts counts;
};

static inline void *table_at(const struct flow_table *t, pool_ref ref)
{
	return ref ? pool_at(&t->pool, ref) : NULL;
}

/* The flow of a key, NULL if there is none; and a new one, NULL: no memory. */
struct flow *table_find(const struct flow_table *t, const struct flow_key *key);
struct flow *table_add(struct flow_table *t, const struct flow_key *key);

/* Take a flow out of everything and give its memory back. */
void table_remove(struct flow_table *t, struct flow *f);

/*
 * The flow was heard of just now: last in the list of its class. Moving there
 * touches its neighbours, which are cold, so a flow that was moved within the
 * last quarter of a second stays where it is: whom nobody has heard for
 * longest is known that well.
 */
void table_touch(struct flow_table *t, struct flow *f, int64_t now);

/* The class that a flow is in by what it holds. */
unsigned table_class(const struct flow *f);

#endif
