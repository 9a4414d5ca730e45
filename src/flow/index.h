/*
 * Interface for the index of the table of flows: for each entry the hash of its
 * key and its reference. Private to flow/.
 *
 *	cell   | h ref | h ref |       | h ref |       | ...
 *	         home of h    (Knuth, The Art of Computer Programming, volume 3,
 *	         section 6.4, algorithms L and R: linear probing)
 *
 * A search compares hashes, which lie side by side, and comes to an entry only
 * when its own is the same: what is not there is not found without touching
 * any entry, and an entry is taken out, or the index doubled, without touching
 * others. Entries are cold as a rule; each would be waited for.
 */
#ifndef TCPCLOSE_FLOW_INDEX_H
#define TCPCLOSE_FLOW_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/pool.h"

struct index_cell {
	uint32_t hash;
	pool_ref ref; /* 0: empty */
};

struct flow_index {
	struct index_cell *cell;
	size_t n; /* a power of two; at least one cell is empty */
};

/* n empty cells, a power of two; false: no memory. */
bool index_init(struct flow_index *x, size_t n,
                const struct tcpclose_allocator *alloc);
void index_fini(struct flow_index *x, const struct tcpclose_allocator *alloc);

/* Twice the cells; false: no memory, and it stays as it is. */
bool index_grow(struct flow_index *x, const struct tcpclose_allocator *alloc);

/* Add a reference, of which there must not be n - 1; take one out, or put
 * another in its place, that was added with that hash. */
void index_add(struct flow_index *x, uint32_t hash, pool_ref ref);
void index_remove(struct flow_index *x, uint32_t hash, pool_ref ref);
void index_replace(struct flow_index *x, uint32_t hash, pool_ref old,
                   pool_ref fresh);

static inline uint64_t index_bytes(const struct flow_index *x)
{
	return x->n * sizeof(*x->cell);
}

/* The cell at which a hash is looked for first, and the next one, up to an
 * empty cell. */
static inline struct index_cell *index_home(const struct flow_index *x,
                                            uint32_t hash)
{
	return &x->cell[hash & (x->n - 1)];
}

static inline struct index_cell *index_next(const struct flow_index *x,
                                            const struct index_cell *cell)
{
	return &x->cell[(size_t)(cell + 1 - x->cell) & (x->n - 1)];
}

/* The first that has the hash; NULL: none. And the next. */
static inline struct index_cell *
index_match(const struct flow_index *x, struct index_cell *cell, uint32_t hash)
{
	while (cell->ref && cell->hash != hash)
		cell = index_next(x, cell);
	return cell->ref ? cell : NULL;
}

#endif
