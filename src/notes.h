/*
 * What the analyzer keeps with a life: the watches of its detectors.
 */
#ifndef TCPCLOSE_NOTES_H
#define TCPCLOSE_NOTES_H

#include "base/alloc.h"
#include "detect/detector.h"

struct notes {
	uint64_t n_bytes; /* this struct and its watches */
	void *watch[];    /* one a detector; NULL: has seen nothing yet */
};

/*
 * Show a step to the detectors that care. *notes is made when the first does.
 *
 * enabled  set of detectors by index
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_ENOMEM
 */
int notes_observe(struct notes **notes, const struct step *step,
                  uint64_t enabled, const struct tcpclose_allocator *alloc);

void notes_free(struct notes *notes, const struct tcpclose_allocator *alloc);

#endif
