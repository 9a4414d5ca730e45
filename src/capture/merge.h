/*
 * Interface for the order in which sources take turns: a heap by the time of
 * each source's next packet, ties by the number of the source.
 */
#ifndef TCPCLOSE_CAPTURE_MERGE_H
#define TCPCLOSE_CAPTURE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct turn {
	int64_t ts;
	uint32_t source;
};

/* turn[0] is the earliest; each one is before its children 2i+1 and 2i+2. */
struct merge {
	struct turn *turn; /* borrowed: room for all sources */
	size_t n;
};

static inline bool turn_before(struct turn a, struct turn b)
{
	return a.ts != b.ts ? a.ts < b.ts : a.source < b.source;
}

void merge_add(struct merge *m, struct turn turn);

/* Put a turn in the place of the earliest. */
void merge_replace(struct merge *m, struct turn turn);

/* Remove the earliest. */
void merge_drop(struct merge *m);

#endif
