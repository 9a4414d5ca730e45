/*
 * Interface for telling the lives of a four-tuple apart.
 */
#ifndef TCPCLOSE_FLOW_INCARNATION_H
#define TCPCLOSE_FLOW_INCARNATION_H

#include "flow/flow.h"

enum incarnation {
	INCARNATION_CURRENT, /* the segment belongs to flow->life */
	INCARNATION_OLDER,   /* to flow->older */
	INCARNATION_NEW,     /* it begins a life */
	INCARNATION_PAST,    /* it comes after the end of *past */
};

/* Whom a segment belongs to that incarnation_of() cannot tell. */
enum incarnation incarnation_judge(const struct flow *flow,
                                   const struct segment *seg, unsigned from,
                                   const struct past **past);

/*
 * Whom a segment belongs to. `past` is set with INCARNATION_PAST.
 */
static inline enum incarnation incarnation_of(const struct flow *flow,
                                              const struct segment *seg,
                                              unsigned from,
                                              const struct past **past)
{
	return flow->life && !flow->older && !segment_has(seg, TCP_SYN)
	               ? INCARNATION_CURRENT
	               : incarnation_judge(flow, seg, from, past);
}

/* The SYN that began the current life is answered: the other end took it. */
bool incarnation_settled(const struct flow *flow);

/*
 * The end that was thought to have sent a new SYN goes on with the older
 * life: the SYN was not its own, or was refused and forgotten.
 */
bool incarnation_disproved(const struct flow *flow, const struct step *step);

/*
 * The end that opens the current life refused what the other end answered out
 * of the older one, which ends there (RFC 9293 section 3.5.1).
 */
bool incarnation_cleared(const struct flow *flow, const struct step *step);

/* What remains of a life. */
void incarnation_remember(struct past *past, const struct conn *c);

/*
 * The earlier lives of a life, newest first. While its SYN is not settled the
 * one that it would replace is the newest of them, written to `unsettled`.
 */
static inline const struct past *incarnation_pasts(const struct flow *flow,
                                                   const struct life *life,
                                                   struct past *unsettled)
{
	if (life != flow->life || !flow->older)
		return flow->pasts;
	incarnation_remember(unsettled, &flow->older->conn);
	unsettled->older = flow->pasts;
	return unsettled;
}

#endif
