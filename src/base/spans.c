#include "base/spans.h"

#include <string.h>

/* Index of the first span that ends at or after `position`. */
static uint32_t first_reaching(const struct spans *set, int64_t position)
{
	uint32_t i = 0;
	while (i < set->n && set->span[i].to < position)
		i++;
	return i;
}

static void erase(struct spans *set, uint32_t from, uint32_t to)
{
	memmove(&set->span[from], &set->span[to],
	        (set->n - to) * sizeof(set->span[0]));
	set->n -= to - from;
}

/* Close the narrowest gap, to make room for one span more. */
static void join_closest(struct spans *set)
{
	uint32_t best = 1;
	for (uint32_t i = 2; i < set->n; i++) {
		if (set->span[i].from - set->span[i - 1].to <
		    set->span[best].from - set->span[best - 1].to)
			best = i;
	}
	set->span[best - 1].to = set->span[best].to;
	erase(set, best, best + 1);
	set->n_joined++;
}

void spans_add(struct spans *set, int64_t from, int64_t to)
{
	if (from >= to)
		return;

	uint32_t i = first_reaching(set, from);
	uint32_t j = i;
	while (j < set->n && set->span[j].from <= to)
		j++;
	if (i < j) { /* spans i to j-1 touch the new one: merge them */
		if (set->span[i].from < from)
			from = set->span[i].from;
		if (set->span[j - 1].to > to)
			to = set->span[j - 1].to;
		set->span[i] = (struct span){ from, to };
		erase(set, i + 1, j);
		return;
	}

	if (set->n == SPANS_MAX) {
		join_closest(set);
		spans_add(set, from, to);
		return;
	}
	memmove(&set->span[i + 1], &set->span[i],
	        (set->n - i) * sizeof(set->span[0]));
	set->span[i] = (struct span){ from, to };
	set->n++;
}

void spans_drop_before(struct spans *set, int64_t position)
{
	uint32_t i = first_reaching(set, position + 1);
	erase(set, 0, i);
	if (set->n > 0 && set->span[0].from < position)
		set->span[0].from = position;
}

bool spans_meet(const struct spans *set, int64_t from, int64_t to)
{
	const uint32_t i = first_reaching(set, from + 1);
	return from < to && i < set->n && set->span[i].from < to;
}

bool spans_cover(const struct spans *set, int64_t from, int64_t to)
{
	if (from >= to)
		return true;
	const uint32_t i = first_reaching(set, from + 1);
	return i < set->n && set->span[i].from <= from && set->span[i].to >= to;
}
