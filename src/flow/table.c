/*
 * Where flows are kept. Buckets are chained, keyed by XXH3 with the run's
 * seed, and doubled when there are as many flows as buckets.
 */
#include "flow/table.h"

#include <string.h>

#include "base/hash.h"

unsigned flow_key_of(const struct segment *seg, struct flow_key *key)
{
	const struct four_tuple *t = &seg->tuple;
	int order = memcmp(&t->src, &t->dst, sizeof(t->src));
	if (order == 0)
		order = (int)t->sport - (int)t->dport;
	const unsigned from = order > 0;

	memset(key, 0, sizeof(*key));
	key->addr[from] = t->src;
	key->addr[!from] = t->dst;
	key->port[from] = t->sport;
	key->port[!from] = t->dport;
	memcpy(key->vlan, t->vlan, sizeof(key->vlan));
	key->n_vlans = t->n_vlans;
	key->ip_version = t->ip_version;
	key->tunnel = t->tunnel;
	return from;
}

static struct flow **bucket_of(const struct flow_table *t,
                               const struct flow_key *key)
{
	const uint64_t hash =
		hash_bytes(key, sizeof(*key), t->options.hash_seed);
	return &t->bucket[hash & (t->n_buckets - 1)];
}

struct flow *table_find(const struct flow_table *t, const struct flow_key *key)
{
	struct flow *f = *bucket_of(t, key);
	while (f && memcmp(&f->key, key, sizeof(*key)) != 0)
		f = f->chain;
	return f;
}

/* Twice the buckets; if there is no memory for them, longer chains. */
static void grow(struct flow_table *t)
{
	struct flow **old = t->bucket;
	const size_t n_old = t->n_buckets;
	struct flow **fresh = alloc_new(t->alloc, n_old * 2, sizeof(*fresh));
	if (!fresh)
		return;
	t->bucket = fresh;
	t->n_buckets = n_old * 2;
	for (size_t i = 0; i < n_old; i++) {
		struct flow *f = old[i];
		while (f) {
			struct flow *chain = f->chain;
			struct flow **at = bucket_of(t, &f->key);
			f->chain = *at;
			*at = f;
			f = chain;
		}
	}
	alloc_free(t->alloc, old);
}

static struct flow_link *link_at(struct flow_table *t, struct flow *f,
                                 unsigned class)
{
	return f ? &f->idle : &t->idle[class];
}

static void idle_leave(struct flow_table *t, struct flow *f)
{
	link_at(t, f->idle.prev, f->class)->next = f->idle.next;
	link_at(t, f->idle.next, f->class)->prev = f->idle.prev;
}

static void idle_join(struct flow_table *t, struct flow *f, unsigned class)
{
	struct flow_link *head = &t->idle[class];
	f->class = (uint8_t) class;
	f->idle = (struct flow_link){ .prev = head->prev };
	link_at(t, head->prev, class)->next = f;
	head->prev = f;
}

unsigned table_class(const struct flow *f)
{
	if (!f->life)
		return CLASS_PAST;
	const struct conn *c = &f->life->conn;
	return c->confirmed || f->older || c->midstream ? CLASS_LIVE
	                                                : CLASS_SYN;
}

void table_touch(struct flow_table *t, struct flow *f)
{
	idle_leave(t, f);
	idle_join(t, f, table_class(f));
}

struct flow *table_add(struct flow_table *t, const struct flow_key *key)
{
	if (t->counts.flows >= t->n_buckets)
		grow(t);
	struct flow *f = alloc_new(t->alloc, 1, sizeof(*f));
	if (!f)
		return NULL;
	struct flow **at = bucket_of(t, key);
	f->key = *key;
	f->chain = *at;
	*at = f;
	t->counts.flows++;
	idle_join(t, f, CLASS_PAST);
	return f;
}

void table_remove(struct flow_table *t, struct flow *f)
{
	struct flow **at = bucket_of(t, &f->key);
	while (*at != f)
		at = &(*at)->chain;
	*at = f->chain;
	wheel_clear(&f->timer);
	idle_leave(t, f);
	t->counts.flows--;
}
