/*
 * A four-tuple is opened again: what the SYN, or the answer to it, took over
 * from the life before. Linux gives an end that leaves TIME_WAIT for a new
 * life an ISN that lies beyond all it can have sent, and a client goes on
 * with the timestamps of the old life (tcp_timewait_state_process(),
 * tcp_v4_connect(), tcp_twsk_unique()).
 */
#include "tcp/observe.h"

#define ISN_STEP 65537 /* tw_snd_nxt + 65535 + 2 */

static bool isn_follows(const struct step *step, const struct past *past)
{
	const struct past_end *x = &past->end[step->from];
	return (past->facts[step->from] & PAST_SPOKE) &&
	       seq_eq(step->seg->seq, seq_add(x->snd_nxt, ISN_STEP));
}

/*
 * A fresh SYN has nothing to echo: TSecr is 0 (RFC 7323 section 3.2). The
 * peer's newest TSval may not have been captured, so one that is a little
 * newer than what was seen will do.
 */
static bool echoes(const struct step *step, const struct past *past)
{
	const struct segment *seg = step->seg;
	if (segment_has(seg, TCP_ACK) || !(seg->options & OPTION_TIMESTAMP) ||
	    seg->tsecr.wire == 0 || !(past->facts[step->to] & PAST_TIMESTAMPS))
		return false;
	const int32_t off = ts_diff(seg->tsecr, past->end[step->to].tsval);
	return off > -60000 && off < 60000;
}

void reuse_observe(struct step *step)
{
	const struct past *past = past_open(step->pasts);
	if (!past)
		return;
	if (!segment_has(step->seg, TCP_ACK))
		step->meaning |= STEP_REOPENS;
	if (isn_follows(step, past))
		step->took_over = TOOK_ISN;
	else if (echoes(step, past))
		step->took_over = TOOK_ECHO;
}
