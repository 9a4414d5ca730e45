/*
 * Interface for guessing what a mistyped name was meant to be.
 */
#ifndef TCPCLOSE_CLI_NEAREST_H
#define TCPCLOSE_CLI_NEAREST_H

#include <stddef.h>

#define NEAREST_MAX 48 /* longer names are not guessed */

/* The guess so far; begin with zeros. */
struct nearest {
	const char *name; /* NULL: nothing is near */
	size_t distance;
};

/* Consider one more name; NULL is passed over. */
void nearest_consider(struct nearest *best, const char *typed,
                      const char *name);

#endif
