/*
 * Which life of a four-tuple an RST belongs to: what it acknowledges, whose
 * numbers it has, what its timestamp says; the first decisive one wins. An RST
 * is only given to an earlier life if this one cannot have caused it.
 */
#include "tcp/origin.h"

#include "tcp/observe.h"

static void give_to_past(struct step *step, const struct past *past,
                         enum rst_belongs belongs, enum tcp_grade sure)
{
	step->rst.belongs = belongs;
	step->rst.past = past;
	step->rst.sure = sure;
}

/* Rule 4: one four-tuple of one host has one timestamp clock, so a TSval from
 * before this life, or an echo of one, is older. */
static bool older_by_timestamp(const struct step *step)
{
	const struct end *x = step_sender(step);
	const struct end *y = step_receiver(step);
	const struct segment *seg = step->seg;
	if (!(seg->options & OPTION_TIMESTAMP))
		return false;
	if (end_is(x, END_TIMESTAMPS) && end_is(x, END_SYN) &&
	    ts_diff(seg->tsval, x->first_tsval) < 0)
		return true;
	return seg->tsecr.wire != 0 && end_is(y, END_TIMESTAMPS) &&
	       end_is(y, END_SYN) && ts_diff(seg->tsecr, y->first_tsval) < 0;
}

/* Rule 1: a refusal names the SYN it refuses by ACK-1. */
static bool refuses_past_syn(const struct step *step, const struct past *past)
{
	const struct tcp_seq iss = past->end[step->to].iss;
	return step->rst.form == RST_REFUSAL &&
	       (past->facts[step->to] & PAST_SYN) &&
	       seq_eq(step->seg->ack, seq_add(iss, 1)) &&
	       !seq_eq(iss, step_receiver(step)->iss);
}

/*
 * The same, where the SYN was repeated and its sender has been answered since:
 * the refusal is of an earlier copy.
 */
static bool refuses_syn_copy(const struct step *step)
{
	const struct end *y = step_receiver(step);
	return step->rst.form == RST_REFUSAL && step->ack == 1 &&
	       end_is(step_sender(step), END_SYN) && end_is(y, END_SYN) &&
	       end_is(y, END_SYN_REPEATED);
}

/* Rule 3, and rule 2 for the number that an answer takes over: exactly where
 * the sender stood, or what the receiver last acknowledged, in that life. */
static bool ends_past(const struct step *step, const struct past *past)
{
	const struct tcp_seq seq = step->seg->seq;
	if ((past->facts[step->from] & PAST_SPOKE) &&
	    seq_eq(seq, past->end[step->from].snd_nxt))
		return true;
	return (past->facts[step->to] & PAST_ACKED) &&
	       seq_eq(seq, past->end[step->to].rcv_nxt);
}

/* Rules 2 and 5: within what the sender had in sequence in that life. */
static bool lies_in_past(const struct step *step, const struct past *past)
{
	const struct past_end *x = &past->end[step->from];
	if (!(past->facts[step->from] & PAST_SPOKE))
		return false;
	const int32_t back = seq_diff(x->snd_nxt, step->seg->seq);
	if (past->facts[step->from] & PAST_SYN)
		return back >= 0 && !seq_lt(step->seg->seq, x->iss);
	return back >= 0 && back < 65536;
}

/* This life can have caused it: by its SEQ, and by its ACK if it has one. */
static bool fits_this_life(const struct step *step)
{
	const struct end *x = step_sender(step);
	const struct end *y = step_receiver(step);
	if (step->rst.form == RST_REFUSAL)
		return step->ack >= 0 && step->ack <= y->snd_nxt + 1;
	if (y->state == SYN_SENT) /* RFC 9293 section 3.10.7.3 */
		return step->ack > 0 && step->ack <= y->snd_nxt;
	if (step->rst.position != RST_OUT_OF_WINDOW)
		return true;
	const int64_t slack = 65535L << y->wscale;
	return step->seq >= (x->snd_una < 1 ? 0 : -slack) &&
	       step->seq <= x->snd_nxt + slack;
}

/* No number of this life so far, nor one that its window reaches: enough where
 * a past life has exactly that number. */
static bool is_outside_this_life(const struct step *step)
{
	const struct end *x = step_sender(step);
	const int64_t edge = x->snd_max_wnd_edge > x->snd_nxt
	                             ? x->snd_max_wnd_edge
	                             : x->snd_nxt;
	return step->rst.form != RST_REFUSAL &&
	       (step->seq < 0 || step->seq > edge);
}

/*
 * The client of a new life refuses an ACK of the old one that the other end
 * still holds: RFC 9293 section 3.5.1, figure 9. That RST has old numbers but
 * is no stale one. With the number after its own SYN it ends the new life.
 */
static bool is_half_open_cleanup(const struct step *step)
{
	const struct end *x = step_sender(step);
	return x->state == SYN_SENT && step->rst.form == RST_PLAIN &&
	       step->seq != x->snd_nxt;
}

void origin_of_rst(struct step *step)
{
	const bool fits = fits_this_life(step);
	step->rst.belongs = fits ? RST_OF_CONNECTION : RST_OF_UNKNOWN;
	step->rst.sure = GRADE_PRESUMED;
	step->rst.half_open = is_half_open_cleanup(step);
	if (step->rst.half_open)
		return;

	if (refuses_syn_copy(step)) {
		give_to_past(step, NULL, RST_OF_SYN_COPY, GRADE_PRESUMED);
		return;
	}
	const bool older = older_by_timestamp(step);
	const bool outside = older || !fits || is_outside_this_life(step);
	for (const struct past *p = step->pasts; p; p = p->older) {
		if (refuses_past_syn(step, p)) {
			give_to_past(step, p, RST_OF_PAST_SYN, GRADE_CERTAIN);
			return;
		}
		if (ends_past(step, p) && outside) {
			give_to_past(step, p, RST_OF_PAST, GRADE_CERTAIN);
			step->rst.by_timestamp = older;
			return;
		}
	}
	for (const struct past *p = step->pasts; p; p = p->older) {
		if (older || (!fits && lies_in_past(step, p))) {
			give_to_past(step, p, RST_OF_PAST,
			             older ? GRADE_CERTAIN : GRADE_PRESUMED);
			step->rst.by_timestamp = older;
			return;
		}
	}
	if (fits)
		step->rst.sure = GRADE_CERTAIN;
}
