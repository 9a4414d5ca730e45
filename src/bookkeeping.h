/*
 * Interface for keeping the ledger (record/ledger.h) up to date with what the
 * flow table tells.
 */
#ifndef TCPCLOSE_BOOKKEEPING_H
#define TCPCLOSE_BOOKKEEPING_H

#include "flow/flow.h"
#include "record/ledger.h"

/* Something happened to a life; linger as in struct flow_options. */
void book_change(struct ledger *l, struct life *life, const struct step *step,
                 int64_t linger);

/* The same; a step that only acknowledges is not worth a call. */
static inline void book_step(struct ledger *l, struct life *life,
                             const struct step *step, int64_t linger)
{
	if (step->n_changes > 0 || step_is(step, STEP_NEW_DATA) ||
	    !life->book.is_begun)
		book_change(l, life, step, linger);
}

/* A life is over at `now`. */
void book_over(struct ledger *l, const struct life *life,
               enum end_reason reason, int64_t now);

#endif
