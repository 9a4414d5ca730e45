/*
 * Interface for the table's budget: what it takes from the system stays below
 * it, at the expense of the least useful. Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_BUDGET_H
#define TCPCLOSE_FLOW_BUDGET_H

#include "flow/table.h"

/* Bytes taken from the allocator, and what the owner charged. */
uint64_t budget_in_use(const struct flow_table *t);

/* An object of that size can be taken within the budget. */
bool budget_has(const struct flow_table *t, size_t size);

/* What may be in use, but for what never changes, as long as neither rule nor
 * pressure can hold. */
uint64_t budget_ample(const struct flow_table *t);

/* What budget_keep() does when there is no longer ample room. */
int budget_enforce(struct flow_table *t, const struct flow_entry *in_hand,
                   int64_t now);

/*
 * Evict until the next segment finds room within the budget.
 *
 * in_hand  what has just been heard of, which stays
 */
static inline int budget_keep(struct flow_table *t,
                              const struct flow_entry *in_hand, int64_t now)
{
	const uint64_t in_use =
		t->pool.taken + t->charged + index_bytes(&t->index);
	return in_use <= t->ample ? 0 : budget_enforce(t, in_hand, now);
}

#endif
