/* The heap of turns. */
#include "capture/merge.h"

#include <assert.h>

void merge_add(struct merge *m, struct turn turn)
{
	size_t at = m->n++;
	while (at > 0 && turn_before(turn, m->turn[(at - 1) / 2])) {
		m->turn[at] = m->turn[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	m->turn[at] = turn;
}

void merge_replace(struct merge *m, struct turn turn)
{
	assert(m->n > 0);
	size_t at = 0;
	for (size_t child = 1; child < m->n; child = 2 * at + 1) {
		if (child + 1 < m->n &&
		    turn_before(m->turn[child + 1], m->turn[child]))
			child++;
		if (!turn_before(m->turn[child], turn))
			break;
		m->turn[at] = m->turn[child];
		at = child;
	}
	m->turn[at] = turn;
}

void merge_drop(struct merge *m)
{
	assert(m->n > 0);
	const struct turn last = m->turn[--m->n];
	if (m->n > 0)
		merge_replace(m, last);
}
