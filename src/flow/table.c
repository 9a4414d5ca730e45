/* Where flows are kept. */
#include "flow/table.h"

#include <stddef.h>
#include <string.h>

#include "flow/budget.h"
#include "flow/key.h"
#include "flow/rest.h"
#include "flow/syn.h"

#define CACHE_BYTES 2097152 /* 2 MiB */

/* ---- the index ---------------------------------------------------- */

/* NULL: it is a flow. */
static const uint8_t *entry_packed_key(const struct flow_entry *e)
{
	if (entry_is_syn(e))
		return ((const struct syn *)(const void *)e)->key;
	if (entry_is_rest(e))
		return ((const struct rest *)(const void *)e)->key;
	return NULL;
}

static bool has_key(const struct flow_entry *e, const struct flow_key *key)
{
	const uint8_t *packed = entry_packed_key(e);
	return packed ? key_is(packed, key)
	              : key_equal(&((const struct flow *)(const void *)e)->key,
	                          key);
}

/* From one cell to the next with that hash: rarely another key has the same. */
struct flow_entry *table_find(const struct flow_table *t,
                              const struct flow_key *key, uint64_t hash)
{
	const uint32_t low = (uint32_t)hash;
	struct index_cell *cell = index_home(&t->index, low);
	while ((cell = index_match(&t->index, cell, low))) {
		struct flow_entry *e = pool_at(&t->pool, cell->ref);
		if (has_key(e, key))
			return e;
		cell = index_next(&t->index, cell);
	}
	return NULL;
}

/* Three quarters of the cells are used: searches become long. If there is no
 * memory they do, and from then on budget_keep() asks whether the index is full
 * and something must be evicted. */
static void grow(struct flow_table *t)
{
	if (budget_in_use(t) + 2 * index_bytes(&t->index) >
	            t->options.max_memory ||
	    !index_grow(&t->index, t->alloc))
		t->ample = 0;
}

bool table_is_full(const struct flow_table *t)
{
	return t->counts.flows >= t->index.n / 8 * 7;
}

/* ---- what comes soon --------------------------------------------- */

/* A life is eight lines of the cache, a flow two. */
static void fetch(const void *object, size_t size)
{
	for (size_t i = 0; i < size; i += 64)
		__builtin_prefetch((const char *)object + i);
}

/* Most searches end within four cells, eight of which are a line. */
static void fetch_cells(const struct flow_table *t, uint32_t hash)
{
	const struct index_cell *home = index_home(&t->index, hash);
	__builtin_prefetch(home);
	__builtin_prefetch(home + 3);
}

/* What a segment will find, as far as its hash tells; NULL: nothing. */
static const struct flow_entry *expected(const struct flow_table *t,
                                         const struct flow_place *place)
{
	const uint32_t hash = (uint32_t)place->hash;
	const struct index_cell *cell =
		index_match(&t->index, index_home(&t->index, hash), hash);
	return cell ? pool_at(&t->pool, cell->ref) : NULL;
}

static void fetch_life(const struct flow_entry *e)
{
	const struct flow *f = (const struct flow *)(const void *)e;
	if (e && !entry_packed_key(e) && f->life)
		fetch(f->life, sizeof(*f->life));
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
		fetch_cells(t, (uint32_t)place[i].hash);
	}
	if (n < 2 || is_at_hand(t->pool.live))
		return;
	for (size_t i = 0; i < n; i++) {
		const struct flow_entry *e = expected(t, &place[i]);
		if (e)
			fetch(e, sizeof(struct flow));
	}
	if (is_at_hand(pool_bytes_for(&t->pool, sizeof(struct life))))
		return;
	for (size_t i = 0; i < n; i++)
		fetch_life(expected(t, &place[i]));
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

bool table_join(struct flow_table *t, struct flow_entry *e, unsigned class,
                uint64_t hash)
{
	if (t->counts.flows >= t->index.n / 4 * 3)
		grow(t);
	if (t->counts.flows + 1 >= t->index.n)
		return false;
	const pool_ref ref = pool_ref_of(&t->pool, e);
	e->hash = (uint32_t)hash;
	index_add(&t->index, e->hash, ref);
	list_join(t, e, ref, class);
	t->counts.flows++;
	return true;
}

void table_remove(struct flow_table *t, struct flow_entry *e)
{
	index_remove(&t->index, e->hash, pool_ref_of(&t->pool, e));
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
	fresh->hash = old->hash;
	index_replace(&t->index, old->hash, pool_ref_of(&t->pool, old), ref);
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
	flow_init(f, key);
	if (table_join(t, &f->entry, CLASS_PAST, hash))
		return f;
	pool_give(&t->pool, f);
	return NULL;
}
