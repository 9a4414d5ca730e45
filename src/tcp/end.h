/*
 * Interface for one end of a connection: the only place where a state
 * changes. Private to tcp/.
 */
#ifndef TCPCLOSE_TCP_END_H
#define TCPCLOSE_TCP_END_H

#include "tcp/step.h"

/*
 * Tell an end what happened to it. Writes end->state, its grade, the time
 * spent in the state that was left, and the change into step.
 *
 * grade    how the tap knows of the event; for SENT_* GRADE_CERTAIN, less if
 *          the segment may not be the end's own
 */
void end_transition(struct step *step, unsigned end, enum tcp_event event,
                    enum tcp_grade grade);

/* Grade both ends' states anew, after facts they rest on became surer. */
void end_regrade(struct conn *c);

#endif
