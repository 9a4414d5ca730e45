/*
 * What the analyzer keeps with a life: the watches of its detectors, in one
 * block, which grows when another detector begins.
 */
#ifndef TCPCLOSE_NOTES_H
#define TCPCLOSE_NOTES_H

#include "base/pool.h"
#include "detect/detector.h"

struct told;

#define NOTES_MEANINGS 32 /* bits of struct step's */

/* Which detectors are asked, as sets of them by index: looked up by what a step
 * means, because most steps concern nobody and the others few. */
struct notes_plan {
	uint32_t starts[2]; /* steps that may begin a watch of any of them:
	                     * before a close was seen, and from then on */
	uint64_t in_close;  /* those that begin in a close only */
	uint64_t begin[NOTES_MEANINGS];
	uint64_t follow[NOTES_MEANINGS];
};

struct notes {
	uint64_t touched;  /* set of the detectors that saw steps since it was
	                    * last emptied */
	uint64_t watching; /* those that have a watch */
	struct told *told; /* the findings' own (findings.h); may be NULL */
	uint32_t follows;  /* steps that any watch is shown */
	uint32_t size;     /* bytes of this block */
	uint16_t at[];     /* where the watch of each lies in it; 0: none */
};

/* enabled: set of detectors by index. */
struct notes_plan notes_plan_of(uint64_t enabled);

/* Whether a detector may care for a step. */
static inline bool notes_concern(const struct notes *notes,
                                 const struct step *step,
                                 const struct notes_plan *plan)
{
	const bool in_close = step->conn->closing != NULL;
	return step_is(step,
	               plan->starts[in_close] | (notes ? notes->follows : 0));
}

/* Sets of the detectors that care for a step. */
struct notes_minds {
	uint64_t all;
	uint64_t begin; /* those whose watch begins with it */
};

struct notes_minds notes_minds(const struct notes *notes,
                               const struct step *step,
                               const struct notes_plan *plan);

/*
 * Show a step to the detectors that care, if there are any. *notes is made when
 * the first does, and moves when another begins.
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_ENOMEM
 */
int notes_observe(struct notes **notes, const struct step *step,
                  struct notes_minds minds, struct pool *pool);

/* The watch of detector i; NULL: it has seen nothing yet. */
static inline const void *notes_watch(const struct notes *notes, size_t i)
{
	return notes->at[i] ? (const char *)notes + notes->at[i] : NULL;
}

/*
 * The n-th trouble that detector i makes of what it saw.
 *
 * detail   scratch for the finding's own object, of notes_detail_size() bytes;
 *          out borrows it
 *
 * Returns  false if there are no more
 */
bool notes_judge(const struct notes *notes, size_t i,
                 const struct moment *moment, unsigned n, void *detail,
                 struct finding *out);
size_t notes_detail_size(void);

/* Tell detector i what the kernel says of its n-th trouble. Returns false if
 * that makes no difference to it. */
bool notes_hear(struct notes *notes, size_t i, const struct moment *moment,
                unsigned n, const struct kernel_word *word);

void notes_free(struct notes *notes, struct pool *pool);

#endif
