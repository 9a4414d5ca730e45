/*
 * What the analyzer keeps with a life: the watches of its detectors.
 */
#ifndef TCPCLOSE_NOTES_H
#define TCPCLOSE_NOTES_H

#include "base/alloc.h"
#include "detect/detector.h"

struct told;

/* Which detectors are asked, by index, and the steps that begin a watch of
 * any of them. */
struct notes_plan {
	uint64_t enabled;
	uint32_t starts;
};

struct notes {
	uint64_t n_bytes;  /* this struct, its watches and what was told */
	uint32_t wants;    /* steps that any detector cares for by now */
	uint64_t touched;  /* set of the detectors that saw the last step */
	struct told *told; /* the findings' own (findings.h); may be NULL */
	void *watch[];     /* one a detector; NULL: has seen nothing yet */
};

/* enabled: set of detectors by index. */
struct notes_plan notes_plan_of(uint64_t enabled);

/*
 * Show a step to the detectors that care. *notes is made when the first does.
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_ENOMEM
 */
int notes_observe(struct notes **notes, const struct step *step,
                  const struct notes_plan *plan,
                  const struct tcpclose_allocator *alloc);

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

void notes_free(struct notes *notes, const struct tcpclose_allocator *alloc);

#endif
