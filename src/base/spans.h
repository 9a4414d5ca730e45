/*
 * Interface for a set of intervals of sequence space.
 *
 * Spans are half open, [from, to), disjoint, never touching, in order:
 *
 *     |-------)      |--)        |------------)
 *     spans[0]       spans[1]    spans[2]
 *
 * The set is bounded: past SPANS_MAX the two that are closest are joined and
 * the gap between them is reported as lost, so a sender of holes without end
 * costs a constant.
 */
#ifndef TCPCLOSE_BASE_SPANS_H
#define TCPCLOSE_BASE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPANS_MAX 32

struct span {
	int64_t from, to;
};

struct spans {
	uint32_t n;
	uint32_t n_joined; /* times two spans were joined for lack of room */
	struct span span[SPANS_MAX];
};

/* Add [from, to); an empty span is ignored. */
void spans_add(struct spans *set, int64_t from, int64_t to);

/* Take away everything before `position`. */
void spans_drop_before(struct spans *set, int64_t position);

/* Some of [from, to) is in the set. */
bool spans_meet(const struct spans *set, int64_t from, int64_t to);

/* All of [from, to) is in the set. An empty span always is. */
bool spans_cover(const struct spans *set, int64_t from, int64_t to);

#endif
