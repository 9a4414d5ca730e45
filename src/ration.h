/*
 * Interface for how many findings of a kind may be told in a second: a broken
 * path troubles thousands of connections at once, and nobody reads them all.
 */
#ifndef TCPCLOSE_RATION_H
#define TCPCLOSE_RATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATION_KINDS 64 /* as many as a set of kinds can hold */

struct ration {
	uint32_t a_second; /* of each kind */
	int64_t second;    /* since 1970 */
	uint32_t given[RATION_KINDS];
	uint64_t held_back; /* ever, of all kinds */
};

/* May one more of this kind be told? If not, it is counted. */
bool ration_take(struct ration *r, size_t kind, int64_t now);

#endif
