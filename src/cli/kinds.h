/*
 * Interface for the kinds of findings that this program knows.
 */
#ifndef TCPCLOSE_CLI_KINDS_H
#define TCPCLOSE_CLI_KINDS_H

#include <stddef.h>
#include <stdint.h>

#include "record/finding.h"

#define KINDS_MAX 63 /* a set of them fits an int64_t */

struct kinds {
	size_t n;
	const struct finding_kind *kind[KINDS_MAX];
};

/* All detectors' kinds, in their order. */
struct kinds kinds_all(void);

/* The place of a name; -1 if there is no such kind. */
int kinds_index(const struct kinds *kinds, const char *name);

/* The set of all. */
int64_t kinds_set(const struct kinds *kinds);

#endif
