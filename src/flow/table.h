/*
 * Interface for where flows are kept: hash buckets, and for each class a list
 * by idleness. Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_TABLE_H
#define TCPCLOSE_FLOW_TABLE_H

#include "flow/flow.h"

/* Ordered by how readily they are evicted. */
enum flow_class { CLASS_PAST, CLASS_SYN, CLASS_LIVE, N_CLASSES };

struct flow_table {
	struct flow_options options;
	struct flow_events events;
	const struct tcpclose_allocator *alloc;
	struct flow **bucket;
	size_t n_buckets;                 /* a power of two */
	struct flow_link idle[N_CLASSES]; /* .next: idle longest */
	struct wheel wheel;
	bool started;
	uint64_t next_stream;
	uint64_t extra_bytes; /* that the lives allocated inside */
	int64_t charged;
	struct flow_counts counts;
};

/* The flow of a key, NULL if there is none; and a new one, NULL: no memory. */
struct flow *table_find(const struct flow_table *t, const struct flow_key *key);
struct flow *table_add(struct flow_table *t, const struct flow_key *key);

/* Take a flow out of everything; its memory is the caller's to free. */
void table_remove(struct flow_table *t, struct flow *f);

/* The flow was heard of just now: last in the list of its class. */
void table_touch(struct flow_table *t, struct flow *f);

/* The class that a flow is in by what it holds. */
unsigned table_class(const struct flow *f);

#endif
