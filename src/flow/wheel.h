/*
 * Interface for a timer wheel driven by packet time.
 *
 *      slot 0   1   2   ...                      N-1
 *          |---|---|---|---|  of one width  |---|
 *                ^ now            a deadline hangs in the slot of its time
 *
 * A deadline beyond the wheel waits in the last slot and is hung up again
 * when that comes round. Setting and clearing cost O(1). Firing is late by at
 * most one slot; whoever needs the exact moment compares the deadline itself.
 */
#ifndef TCPCLOSE_FLOW_WHEEL_H
#define TCPCLOSE_FLOW_WHEEL_H

#include <stdint.h>

#define WHEEL_SLOTS 512
#define WHEEL_NEVER INT64_MAX

/* Embedded in what is timed. Zeroed memory is an unset timer. */
struct timer {
	struct timer *prev, *next;
	int64_t deadline; /* ns */
};

struct wheel {
	int64_t width; /* of a slot, ns */
	int64_t fired; /* all slots up to this one, counted from 1970 */
	struct timer slot[WHEEL_SLOTS]; /* heads of rings */
};

/* width: ns of a slot. */
void wheel_init(struct wheel *w, int64_t now, int64_t width);

/* Fire at `deadline`, replacing an earlier setting; WHEEL_NEVER clears. */
void wheel_set(struct wheel *w, struct timer *t, int64_t deadline);
void wheel_clear(struct timer *t);

/*
 * The next timer that is due by `now`, cleared; NULL if there is none left.
 * Call until NULL: the wheel then stands at `now`.
 */
struct timer *wheel_next(struct wheel *w, int64_t now);

#endif
