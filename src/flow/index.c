#include "flow/index.h"

#include <assert.h>

bool index_init(struct flow_index *x, size_t n,
                const struct tcpclose_allocator *alloc)
{
	x->cell = alloc_new(alloc, n, sizeof(*x->cell));
	x->n = x->cell ? n : 0;
	return x->cell != NULL;
}

void index_fini(struct flow_index *x, const struct tcpclose_allocator *alloc)
{
	alloc_free(alloc, x->cell);
	*x = (struct flow_index){ 0 };
}

/* Last come, first served: the others move on, so that what is heard of most,
 * the newest, is found in the first cell. Searches that end anywhere are
 * predicted badly. */
void index_add(struct flow_index *x, uint32_t hash, pool_ref ref)
{
	struct index_cell *cell = index_home(x, hash);
	struct index_cell in_hand = { hash, ref };
	while (in_hand.ref) {
		const struct index_cell here = *cell;
		*cell = in_hand;
		in_hand = here;
		cell = index_next(x, cell);
	}
}

/* From the last cell to the first: what they come to lies side by side, too,
 * and the newest comes last. */
bool index_grow(struct flow_index *x, const struct tcpclose_allocator *alloc)
{
	struct flow_index fresh;
	if (!index_init(&fresh, x->n * 2, alloc))
		return false;
	for (size_t i = x->n; i-- > 0;) {
		if (x->cell[i].ref)
			index_add(&fresh, x->cell[i].hash, x->cell[i].ref);
	}
	index_fini(x, alloc);
	*x = fresh;
	return true;
}

static struct index_cell *cell_of(const struct flow_index *x, uint32_t hash,
                                  pool_ref ref)
{
	struct index_cell *cell = index_home(x, hash);
	while (cell->ref != ref) {
		assert(cell->ref);
		cell = index_next(x, cell);
	}
	return cell;
}

/* How far a cell lies behind another, round the end. */
static size_t steps(const struct flow_index *x, const struct index_cell *from,
                    const struct index_cell *to)
{
	return (size_t)(to - from) & (x->n - 1);
}

/* What stands behind a cell that becomes empty moves up, unless it would come
 * to stand before its home. */
void index_remove(struct flow_index *x, uint32_t hash, pool_ref ref)
{
	struct index_cell *hole = cell_of(x, hash, ref);
	struct index_cell *cell = index_next(x, hole);
	for (; cell->ref; cell = index_next(x, cell)) {
		if (steps(x, index_home(x, cell->hash), cell) >=
		    steps(x, hole, cell)) {
			*hole = *cell;
			hole = cell;
		}
	}
	hole->ref = 0;
}

void index_replace(struct flow_index *x, uint32_t hash, pool_ref old,
                   pool_ref fresh)
{
	cell_of(x, hash, old)->ref = fresh;
}
