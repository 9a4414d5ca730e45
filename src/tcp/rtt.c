/*
 * Round trips from the tap to each end and back: the least time between a
 * segment that passed towards an end and that end's ACK of it. The handshake
 * gives the first; repeated segments give none (RFC 6298 section 3, Karn).
 */
#include "tcp/observe.h"

static void answer(struct step *step)
{
	struct end *x = step_sender(step);
	if (x->timed_ts == CONN_NEVER || step->ack == CONN_NEVER ||
	    step->ack < x->timed_pos)
		return;
	const int64_t rtt = step->ts - x->timed_ts;
	if (rtt > 0 && (x->rtt == 0 || rtt < x->rtt))
		x->rtt = rtt;
	x->timed_ts = CONN_NEVER;
}

static void question(struct step *step)
{
	struct end *y = step_receiver(step);
	const uint32_t copy = STEP_SYN_COPY | STEP_REPEAT | STEP_FIN_COPY |
	                      STEP_OUT_OF_WINDOW | STEP_PAWS | STEP_AHEAD;
	if (step_len(step) == 0)
		return;
	if (step_is(step, copy)) {
		if (y->timed_ts != CONN_NEVER && step->seq < y->timed_pos)
			y->timed_ts = CONN_NEVER;
	} else if (y->timed_ts == CONN_NEVER) {
		y->timed_pos = step->seq_end;
		y->timed_ts = step->ts;
	}
}

void rtt_observe(struct step *step)
{
	if (segment_has(step->seg, TCP_RST))
		return;
	answer(step);
	question(step);
}
