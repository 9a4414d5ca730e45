/*
 * Where flows are kept. Buckets are chained, keyed by XXH3 with the run's
 * seed, and doubled when there are as many flows as buckets.
 */
#include "flow/table.h"

#include <stddef.h>
#include <string.h>

#include "flow/budget.h"
#include "flow/key.h"
#include "flow/rest.h"
#include "flow/syn.h"

#define CACHE_BYTES 2097152 /* 2 MiB */
#define ROW         16      /* lines that a core fetches at a time, or so */

/* ---- buckets ----------------------------------------------------- */

static pool_ref *bucket_at(const struct flow_table *t, uint64_t hash)
{
	return &t->bucket[hash & (t->n_buckets - 1)];
}

/* NULL: it is a flow. */
static const uint8_t *entry_packed_key(const struct flow_entry *e)
{
	if (entry_is_syn(e))
		return ((const struct syn *)(const void *)e)->key;
	if (entry_is_rest(e))
		return ((const struct rest *)(const void *)e)->key;
	return NULL;
}

static bool has_ports(const struct flow_entry *e, const struct flow_key *key)
{
	const uint8_t *packed = entry_packed_key(e);
	const struct flow *f = (const struct flow *)(const void *)e;
	return packed ? key_has_ports(packed, key)
	              : memcmp(f->key.port, key->port, sizeof(key->port)) == 0;
}

static bool has_key(const struct flow_entry *e, const struct flow_key *key)
{
	const uint8_t *packed = entry_packed_key(e);
	return packed ? key_is(packed, key)
	              : key_equal(&((const struct flow *)(const void *)e)->key,
	                          key);
}

struct flow_entry *table_find(const struct flow_table *t,
                              const struct flow_key *key, uint64_t hash)
{
	struct flow_entry *e = table_at(t, *bucket_at(t, hash));
	while (e && !has_key(e, key))
		e = table_at(t, e->chain);
	return e;
}

static uint64_t hash_of(const struct flow_table *t, const struct flow_entry *e)
{
	const uint8_t *packed = entry_packed_key(e);
	const struct flow *f = (const struct flow *)(const void *)e;
	return packed ? key_hash_packed(packed, t->options.hash_seed)
	              : key_hash(&f->key, t->options.hash_seed);
}

static void chain_join(struct flow_table *t, struct flow_entry *e, pool_ref ref,
                       uint64_t hash)
{
	pool_ref *at = bucket_at(t, hash);
	e->chain = *at;
	*at = ref;
}

/* Entries on their way into buckets, which are fetched side by side. */
struct row {
	size_t n;
	struct {
		struct flow_entry *entry;
		pool_ref ref;
		uint64_t hash;
	} at[ROW];
};

/* The next of a list from *ref on, which is moved behind them. */
static void row_fill(struct row *row, const struct flow_table *t, pool_ref *ref)
{
	for (row->n = 0; row->n < ROW && *ref; row->n++) {
		struct flow_entry *e = table_at(t, *ref);
		const uint64_t hash = hash_of(t, e);
		__builtin_prefetch(bucket_at(t, hash), 1);
		row->at[row->n].entry = e;
		row->at[row->n].ref = *ref;
		row->at[row->n].hash = hash;
		*ref = e->next;
	}
}

static void row_join(struct row *row, struct flow_table *t)
{
	for (size_t i = 0; i < row->n; i++)
		chain_join(t, row->at[i].entry, row->at[i].ref,
		           row->at[i].hash);
}

/* Twice the buckets; if there is no memory for them, longer chains: the pool
 * may have taken what the budget allows. The lists
 * lead to all flows, in an order nearer to that of memory than the buckets. */
static void grow(struct flow_table *t)
{
	if (budget_in_use(t) + t->n_buckets * sizeof(*t->bucket) >
	    t->options.max_memory)
		return;
	pool_ref *fresh = alloc_new(t->alloc, t->n_buckets * 2, sizeof(*fresh));
	if (!fresh)
		return;
	alloc_free(t->alloc, t->bucket);
	t->bucket = fresh;
	t->n_buckets *= 2;
	for (unsigned class = 0; class < N_CLASSES; class ++) {
		struct row row;
		pool_ref ref = t->class[class].first;
		while (ref) {
			row_fill(&row, t, &ref);
			row_join(&row, t);
		}
	}
}

/* ---- what comes soon --------------------------------------------- */

/* A life is eight lines of the cache, a flow two. */
static void fetch(const void *object, size_t size)
{
	for (size_t i = 0; i < size; i += 64)
		__builtin_prefetch((const char *)object + i);
}

/* Of the first in its bucket that has the ports: rarely another. */
static void fetch_life(const struct flow_table *t,
                       const struct flow_place *place)
{
	const struct flow_entry *e = table_at(t, *bucket_at(t, place->hash));
	while (e && !has_ports(e, &place->key))
		e = table_at(t, e->chain);
	if (!e || entry_packed_key(e))
		return;
	const struct flow *f = (const struct flow *)(const void *)e;
	if (f->life)
		fetch(f->life, sizeof(*f->life));
}

/* In a flood most of the table are struct syn, of one line each, and most of
 * what comes is in none of them. */
static bool is_flooded(const struct flow_table *t)
{
	return t->n_lone * 2 > t->counts.flows;
}

/* What stands behind the first in its bucket, if that is another's. */
static const void *second_of(const struct flow_table *t,
                             const struct flow_place *place)
{
	const struct flow_entry *e = table_at(t, *bucket_at(t, place->hash));
	return e && !has_ports(e, &place->key) ? table_at(t, e->chain) : NULL;
}

/* What is read on the way to what a segment finds. Inline, for gcc 12 leaves
 * out calls of a function that only fetches. */
__attribute__((always_inline)) static inline void
fetch_entries(const struct flow_table *t, const struct flow_place *place,
              size_t n)
{
	const bool flooded = is_flooded(t);
	const size_t size = flooded ? sizeof(struct syn) : sizeof(struct flow);
	for (size_t i = 0; i < n; i++) {
		const pool_ref ref = *bucket_at(t, place[i].hash);
		if (ref)
			fetch(pool_at(&t->pool, ref), size);
	}
	for (size_t i = 0; flooded && i < n; i++)
		__builtin_prefetch(second_of(t, &place[i]));
}

/* So little that it lies in a processor's second cache. */
static bool is_at_hand(uint64_t bytes)
{
	return bytes <= CACHE_BYTES;
}

void flow_table_expect(const struct flow_table *t, const struct segment *seg,
                       size_t n, struct flow_place *place)
{
	for (size_t i = 0; i < n; i++) {
		place[i].from = key_of(&seg[i], &place[i].key);
		place[i].hash =
			key_hash_of(&seg[i], &place[i], t->options.hash_seed);
		__builtin_prefetch(bucket_at(t, place[i].hash));
	}
	if (n < 2 || is_at_hand(t->pool.live))
		return;
	fetch_entries(t, place, n);
	if (is_at_hand(pool_bytes_for(&t->pool, sizeof(struct life))))
		return;
	for (size_t i = 0; i < n; i++)
		fetch_life(t, &place[i]);
}

/* ---- lists by class ---------------------------------------------- */

static void list_leave(struct flow_table *t, const struct flow_entry *e)
{
	struct class_list *list = &t->class[e->class];
	struct flow_entry *prev = table_at(t, e->prev);
	struct flow_entry *next = table_at(t, e->next);
	if (prev)
		prev->next = e->next;
	else
		list->first = e->next;
	if (next)
		next->prev = e->prev;
	else
		list->last = e->prev;
	list->n--;
}

static void list_join(struct flow_table *t, struct flow_entry *e, pool_ref ref,
                      unsigned class)
{
	struct class_list *list = &t->class[class];
	struct flow_entry *last = table_at(t, list->last);
	e->class = (uint8_t) class;
	e->prev = list->last;
	e->next = 0;
	if (last)
		last->next = ref;
	else
		list->first = ref;
	list->last = ref;
	list->n++;
}

void table_move(struct flow_table *t, struct flow_entry *e, unsigned class)
{
	list_leave(t, e);
	list_join(t, e, pool_ref_of(&t->pool, e), class);
}

/* ---- coming and going -------------------------------------------- */

void table_join(struct flow_table *t, struct flow_entry *e, unsigned class,
                uint64_t hash)
{
	if (t->counts.flows >= t->n_buckets)
		grow(t);
	const pool_ref ref = pool_ref_of(&t->pool, e);
	e->class = (uint8_t) class; /* tells what it is */
	chain_join(t, e, ref, hash);
	list_join(t, e, ref, class);
	t->counts.flows++;
}

struct flow_entry *table_fetch(const struct flow_table *t, struct flow_entry *e)
{
	if (e)
		__builtin_prefetch(bucket_at(t, hash_of(t, e)), 1);
	return e;
}

/* What names an entry in its bucket. */
static pool_ref *link_to(const struct flow_table *t, struct flow_entry *e)
{
	const pool_ref ref = pool_ref_of(&t->pool, e);
	pool_ref *at = bucket_at(t, hash_of(t, e));
	while (*at != ref)
		at = &((struct flow_entry *)table_at(t, *at))->chain;
	return at;
}

void table_remove(struct flow_table *t, struct flow_entry *e)
{
	*link_to(t, e) = e->chain;
	if (!entry_is_syn(e))
		wheel_clear(&t->wheel, e);
	if (!entry_packed_key(e))
		rest_forget(t, (struct flow *)(void *)e);
	list_leave(t, e);
	pool_give(&t->pool, e);
	t->counts.flows--;
}

void table_replace(struct flow_table *t, struct flow_entry *old,
                   struct flow_entry *fresh, unsigned class)
{
	const pool_ref ref = pool_ref_of(&t->pool, fresh);
	*link_to(t, old) = ref;
	fresh->chain = old->chain;
	list_leave(t, old);
	list_join(t, fresh, ref, class);
	pool_give(&t->pool, old);
}

struct flow *table_add(struct flow_table *t, const struct flow_key *key,
                       uint64_t hash)
{
	struct flow *f = pool_take_zeroed(&t->pool, sizeof(*f));
	if (!f)
		return NULL;
	f->key = *key;
	f->timer.deadline = WHEEL_NEVER; /* nothing of it is due */
	table_join(t, &f->entry, CLASS_PAST, hash);
	return f;
}
