#include "record/resting.h"

#include <stdbool.h>

#define PARTS 60

void resting_init(struct resting *r, int64_t longest)
{
	*r = (struct resting){ .width = longest / PARTS + 1 };
}

static uint32_t *place(struct resting *r, int64_t slot)
{
	return &r->in[(uint64_t)slot % RESTING_SLOTS];
}

/* Asked for each TIME-WAIT, and mostly so: a division would cost more than all
 * else here. */
static bool is_newest(const struct resting *r, int64_t now)
{
	return now < (r->slot + 1) * r->width;
}

void resting_advance(struct resting *r, int64_t now)
{
	if (is_newest(r, now))
		return;
	const int64_t slot = now / r->width;
	for (; r->n > 0 && r->slot < slot; r->slot++) {
		uint32_t *due = place(r, r->slot + 1);
		r->n -= *due;
		*due = 0;
	}
	if (r->slot < slot)
		r->slot = slot;
}

int64_t resting_count(const struct resting *r, int64_t now)
{
	const int64_t slot = now / r->width;
	int64_t n = r->n;
	for (int64_t s = r->slot + 1; n > 0 && s <= slot; s++) {
		if (s > r->slot + RESTING_SLOTS)
			return 0;
		n -= r->in[(uint64_t)s % RESTING_SLOTS];
	}
	return n;
}

/* The slot at whose beginning it is gone. */
static int64_t slot_of(const struct resting *r, int64_t until)
{
	return until / r->width + 1;
}

void resting_add(struct resting *r, int64_t until, int64_t now)
{
	resting_advance(r, now);
	if (until <= now || slot_of(r, until) - r->slot >= RESTING_SLOTS)
		return;
	(*place(r, slot_of(r, until)))++;
	r->n++;
}

void resting_take(struct resting *r, int64_t until, int64_t now)
{
	resting_advance(r, now);
	const int64_t slot = slot_of(r, until);
	if (slot <= r->slot || slot - r->slot >= RESTING_SLOTS ||
	    *place(r, slot) == 0)
		return;
	(*place(r, slot))--;
	r->n--;
}
