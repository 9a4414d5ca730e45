/*
 * Old duplicates: data and FINs that an earlier life of the four-tuple sent,
 * and that arrive in this one (RFC 9293 section 3.4.2). TIME-WAIT and clock
 * driven ISNs keep them away as a rule; timestamps tell them for certain.
 */
#include "tcp/observe.h"

/* Sent in that life: numbers are those it used, in both directions if the
 * segment says so. */
static bool lies_in(const struct step *step, const struct past *past)
{
	const struct past_end *x = &past->end[step->from];
	const struct past_end *y = &past->end[step->to];
	const struct segment *seg = step->seg;
	if (!(past->facts[step->from] & PAST_SPOKE) ||
	    seq_diff(x->snd_nxt, seq_add(seg->seq, segment_len(seg))) < 0)
		return false;
	if ((past->facts[step->from] & PAST_SYN) && seq_lt(seg->seq, x->iss))
		return false;
	if (!(past->facts[step->from] & PAST_SYN) &&
	    seq_diff(x->snd_nxt, seg->seq) >= 65536)
		return false;
	if (!segment_has(seg, TCP_ACK) || !(past->facts[step->to] & PAST_SYN))
		return true;
	return seq_diff(y->snd_nxt, seg->ack) >= 0 &&
	       seq_diff(seg->ack, y->iss) >= 0;
}

/*
 * One four-tuple of one host has one timestamp clock (Linux
 * secure_tcp_ts_off() hashes the addresses, or these and the ports): a TSval
 * from before this life's first is older.
 */
static bool older_than_life(const struct step *step)
{
	const struct end *x = step_sender(step);
	return (step->seg->options & OPTION_TIMESTAMP) && end_is(x, END_SYN) &&
	       end_is(x, END_TIMESTAMPS) &&
	       ts_diff(step->seg->tsval, x->first_tsval) < 0;
}

/* So is one up to the last of the life before, if this end has not spoken in
 * this one yet. */
static bool older_than_past(const struct step *step, const struct past *past)
{
	return (step->seg->options & OPTION_TIMESTAMP) &&
	       !end_is(step_sender(step), END_SYN) &&
	       (past->facts[step->from] & PAST_TIMESTAMPS) &&
	       ts_diff(step->seg->tsval, past->end[step->from].tsval) <= 0;
}

/* It has no place in this life: before its SYN, or farther ahead than a
 * window reaches. */
static bool has_no_place(const struct step *step)
{
	const struct end *x = step_sender(step);
	const struct end *y = step_receiver(step);
	if (!end_is(x, END_SYN) || x->state == SYN_SENT || y->state == SYN_SENT)
		return false;
	return step->seq < 0 ||
	       step->seq > x->snd_nxt + ((int64_t)65536 << y->wscale);
}

static void give_to(struct step *step, const struct past *past, bool older)
{
	step->meaning |= STEP_OLD;
	step->old.past = past;
	step->old.by_timestamp = older;
	step->old.sure = older ? GRADE_CERTAIN : GRADE_PRESUMED;
}

/* Payload or a FIN, of an end whose life has begun. */
static bool may_be_old(const struct step *step)
{
	const struct segment *seg = step->seg;
	return !segment_has(seg, TCP_SYN | TCP_RST) &&
	       (seg->payload_len > 0 || segment_has(seg, TCP_FIN)) &&
	       (end_is(step_sender(step), END_SYN) ||
	        end_is(step_receiver(step), END_SYN));
}

void old_find(struct step *step)
{
	if (!step->pasts || !may_be_old(step))
		return;
	const struct end *x = step_sender(step);
	const bool has_clock = (step->seg->options & OPTION_TIMESTAMP) &&
	                       end_is(x, END_TIMESTAMPS);
	const bool older = older_than_life(step);
	const bool looks_old = older || (!has_clock && has_no_place(step));
	/* What is no older than its sender's SYN needs no search: of a
	 * four-tuple in steady use there are many pasts. */
	if (!looks_old && end_is(x, END_SYN))
		return;
	for (const struct past *p = step->pasts; p; p = p->older) {
		const bool is_older = older || older_than_past(step, p);
		if (!lies_in(step, p) || (!is_older && !looks_old))
			continue;
		give_to(step, p, is_older);
		return;
	}
}
