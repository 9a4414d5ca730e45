/*
 * Interface for one end of a connection: the only place where a state
 * changes. Private to tcp/.
 */
#ifndef TCPCLOSE_TCP_END_H
#define TCPCLOSE_TCP_END_H

#include "tcp/step.h"

/* The end's state is another now. Part of end_transition(), which is inline
 * because most of what happens to an end changes nothing. */
void end_enter(struct step *step, unsigned end, enum tcp_state to,
               enum tcp_event event, enum tcp_grade grade);

/*
 * Tell an end what happened to it. Writes end->state, its grade, the time
 * spent in the state that was left, and the change into step.
 *
 * grade    how the tap knows of the event; for SENT_* GRADE_CERTAIN, less if
 *          the segment may not be the end's own
 */
static inline void end_transition(struct step *step, unsigned end,
                                  enum tcp_event event, enum tcp_grade grade)
{
	struct end *e = &step->conn->end[end];
	const enum tcp_state from = (enum tcp_state)e->state;
	const enum tcp_state to =
		machine_next(from, event, (enum tcp_state)e->prior);
	if (to != from)
		end_enter(step, end, to, event, grade);
	else if ((event == SENT_RST || event == REPLACED) && e->closed < grade)
		e->closed = (uint8_t)grade; /* it says itself what was presumed,
		                             * or thought to have timed out */
}

#endif
