/*
 * Interface for a timer wheel driven by packet time.
 *
 *      slot 0   1   2   ...                      N-1
 *          |---|---|---|---|  of one width  |---|
 *                ^ now            a deadline hangs in the slot of its time
 *
 * A deadline beyond the wheel waits in the last slot and is hung up again
 * when that comes round. Setting and clearing cost O(1); a deadline that moves
 * later, as it does with nearly every segment, is only written down, and its
 * timer moves when its old slot comes round. Firing is late by at most one
 * slot, and in the order in which the deadlines of that slot were set.
 *
 * Timers lie in objects of a pool and are named by the object's reference:
 * half the size of pointers.
 */
#ifndef TCPCLOSE_FLOW_WHEEL_H
#define TCPCLOSE_FLOW_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

#define WHEEL_SLOTS 512
#define WHEEL_NEVER INT64_MAX

/* Embedded in what is timed. Zeroed memory is an unset timer. */
struct timer {
	int64_t deadline; /* ns */
	pool_ref prev, next;
	uint32_t number; /* of the slot in which it hangs: low 32 bits; after
	                  * wheel_note(): its order */
	uint32_t order;  /* of settings; 0: unset */
};

struct timer_list {
	pool_ref first, last;
};

struct wheel {
	const struct pool *pool;
	size_t offset;         /* of the timer in an object */
	int64_t width;         /* of a slot, ns */
	int64_t fired;         /* all slots up to this one, counted from 1970 */
	struct timer_list due; /* of that one, still to be fired */
	uint32_t n_set;        /* settings so far; 0 is left out */
	struct timer_list slot[WHEEL_SLOTS];
};

/* width: ns of a slot. */
void wheel_init(struct wheel *w, const struct pool *pool, size_t offset,
                int64_t now, int64_t width);

/* Fire the object's timer at `deadline`, replacing an earlier setting;
 * WHEEL_NEVER clears. */
void wheel_set(struct wheel *w, void *object, int64_t deadline);
void wheel_clear(struct wheel *w, void *object);

/* Of one more setting. */
static inline uint32_t wheel_order(struct wheel *w)
{
	w->n_set += w->n_set == UINT32_MAX ? 2 : 1;
	return w->n_set;
}

/* wheel_set() for a timer that hangs, if the deadline is no earlier than it
 * was: false if not. What follows nearly every segment. */
static inline bool wheel_later(struct wheel *w, struct timer *t,
                               int64_t deadline)
{
	if (!t->order || deadline < t->deadline)
		return false;
	if (deadline == t->deadline)
		return true;
	t->order = wheel_order(w);
	t->deadline = deadline;
	return true;
}

/* As wheel_set() for a timer that is unset, but it hangs nowhere: its owner
 * knows when it is due. wheel_hang() hangs it up after all, as if it had hung
 * since then; a timer that hangs is left alone. */
void wheel_note(struct wheel *w, void *object, int64_t deadline);
void wheel_hang(struct wheel *w, void *object);

/* Another object, whose timer is unset, takes the place of the one. */
void wheel_replace(struct wheel *w, void *old, void *fresh);

/*
 * The next object whose timer is due by `now`, unset but for what its deadline
 * was; NULL if there is none left. Call until NULL: the wheel then stands at
 * `now`.
 */
void *wheel_next(struct wheel *w, int64_t now);

/* The slot of a time, counted from 1970. It fires when a later one has begun.
 */
int64_t wheel_slot(const struct wheel *w, int64_t ns);

#endif
