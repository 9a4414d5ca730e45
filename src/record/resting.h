/*
 * Interface for counting what rests until a known time and is then gone by
 * itself, in constant memory: TIME-WAIT of connections that are over.
 *
 *	slot  | 17 | 18 | ... | 77 |     of a sixtieth of the longest rest
 *	        ^ gone when this time comes
 *
 * A rest is counted to the end of its slot: a second too long at most where
 * TIME-WAIT lasts 60.
 */
#ifndef TCPCLOSE_RECORD_RESTING_H
#define TCPCLOSE_RECORD_RESTING_H

#include <stdint.h>

#define RESTING_SLOTS 64 /* a power of two above 60 + 1 */

struct resting {
	int64_t width; /* ns of a slot; positive */
	int64_t slot;  /* what was to go by then is gone */
	int64_t n;     /* rest now */
	uint32_t in[RESTING_SLOTS];
};

/* longest   ns: no rest ends later than that from now */
void resting_init(struct resting *r, int64_t longest);

/* Let time pass. */
void resting_advance(struct resting *r, int64_t now);

/* How many rest at that time, which is not before the last it was told. */
int64_t resting_count(const struct resting *r, int64_t now);

/* One more that rests until then; nothing if that time has come. */
void resting_add(struct resting *r, int64_t until, int64_t now);

/* One that was added with the same `until` rests no more. */
void resting_take(struct resting *r, int64_t until, int64_t now);

#endif
