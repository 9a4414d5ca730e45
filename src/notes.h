/*
 * What the analyzer keeps with a life: the watches of its detectors, in one
 * block, which grows when another detector begins.
 */
#ifndef TCPCLOSE_NOTES_H
#define TCPCLOSE_NOTES_H

#include "base/pool.h"
#include "detect/detector.h"

struct told;

struct notes {
	uint64_t watching; /* set of the detectors that have a watch */
	uint64_t touched;  /* set of those that saw the last step */
	struct told *told; /* the findings' own (findings.h); may be NULL */
	uint32_t size;     /* bytes of the block */
	uint16_t at[];     /* where the watch of each lies in it */
};

/* What detector i keeps of the life; NULL: it has seen nothing yet. */
void *notes_watch(const struct notes *notes, size_t i);

/* Meanings of a step by which any detector of the set begins to watch. */
uint32_t notes_starts(uint64_t enabled);

/* The detectors that are asked for. */
struct notes_choice {
	uint64_t enabled; /* set by index */
	uint32_t starts;  /* notes_starts() of it */
};

/*
 * Show a step to the detectors that care. *notes is made when the first does,
 * and moves when another joins.
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_ENOMEM
 */
int notes_observe(struct notes **notes, const struct step *step,
                  const struct notes_choice *choice, struct pool *pool);

/*
 * The n-th trouble that detector i makes of what it saw.
 *
 * detail   scratch for the finding's own object, of notes_detail_size() bytes;
 *          out borrows it
 *
 * Returns  false if there are no more, or it has seen nothing
 */
bool notes_judge(const struct notes *notes, size_t i,
                 const struct moment *moment, unsigned n, void *detail,
                 struct finding *out);
size_t notes_detail_size(void);

#endif
