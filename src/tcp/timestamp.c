/*
 * RFC 7323: TS.Recent of each end as far as a tap can know it, and segments
 * that fail PAWS against it.
 */
#include "tcp/observe.h"

/* Linux lets a segment pass that is one tick behind: TCP_PAWS_WINDOW. */
#define PAWS_WINDOW 1

/* TS.Recent is void after that long: RFC 7323 section 5.5; Linux
 * TCP_PAWS_WRAP, 2147 s. */
#define PAWS_IDLE 2147000000000

/* For an RST, and for a SYN that meets TIME-WAIT, after that: TCP_PAWS_MSL. */
#define PAWS_MSL 60000000000

static bool carries_timestamp(const struct step *step)
{
	return (step->seg->options & OPTION_TIMESTAMP) != 0;
}

static bool judge(struct step *step, struct tcp_ts ts_recent,
                  enum tcp_grade sure)
{
	const int32_t behind = ts_diff(ts_recent, step->seg->tsval);
	if (behind <= PAWS_WINDOW)
		return false;
	step->meaning |= STEP_PAWS;
	step->paws = (struct paws_story){
		.sure = sure,
		.ts_recent = ts_recent,
		.behind = behind,
		/* Beyond what the receiver has acknowledged: it needs these. */
		.harmful = step_len(step) > 0 &&
		           step->seq_end > step_sender(step)->snd_una,
	};
	return true;
}

/*
 * A SYN that meets TIME-WAIT is measured by the clock of the life before (RFC
 * 6191 section 2; Linux tcp_timewait_state_process()). Whether TIME-WAIT is
 * still there, the tap only presumes.
 */
static void check_syn(struct step *step)
{
	const struct past *past = step->pasts;
	if (past && !segment_has(step->seg, TCP_ACK) &&
	    past->state[step->to] == TIME_WAIT &&
	    (past->facts[step->from] & PAST_TIMESTAMPS) &&
	    step->ts - past->ended < PAWS_MSL)
		judge(step, past->end[step->from].tsval, GRADE_PRESUMED);
}

/* Its sender had sent a segment with this timestamp before. */
bool timestamp_is_old(const struct step *step)
{
	const struct end *x = step_sender(step);
	return carries_timestamp(step) && end_is(x, END_TIMESTAMPS) &&
	       ts_diff(step->seg->tsval, x->tsval) <= 0;
}

/* Section 5.3, R1; RST is exempt (5.2). */
void timestamp_check(struct step *step)
{
	const struct end *y = step_receiver(step);
	if (carries_timestamp(step) && segment_has(step->seg, TCP_SYN))
		check_syn(step);
	if (!carries_timestamp(step) ||
	    segment_has(step->seg, TCP_RST | TCP_SYN) ||
	    step->ts - y->ts_recent_at > PAWS_IDLE)
		return;
	if (end_is(y, END_TS_CERTAIN) &&
	    judge(step, y->ts_recent, GRADE_CERTAIN))
		return;
	if (end_is(y, END_TS_PRESUMED))
		judge(step, y->ts_presumed, GRADE_PRESUMED);
}

/*
 * What is no full socket, TIME_WAIT or a request in SYN_RECV, applies PAWS to
 * an RST all the same: Linux tcp_paws_reject().
 */
bool timestamp_fails_rst(const struct step *step)
{
	const struct end *y = step_receiver(step);
	return carries_timestamp(step) && end_is(y, END_TS_CERTAIN) &&
	       step->ts - y->ts_recent_at < PAWS_MSL &&
	       ts_diff(y->ts_recent, step->seg->tsval) > PAWS_WINDOW;
}

static void note_sent(struct end *x, struct tcp_ts tsval)
{
	if (!end_is(x, END_TIMESTAMPS)) {
		x->facts |= END_TIMESTAMPS;
		x->first_tsval = x->tsval = tsval;
	} else if (ts_diff(tsval, x->tsval) > 0) {
		x->tsval = tsval;
	}
}

/* What an end echoes is its TS.Recent at that moment: certain. */
static void note_echo(struct step *step)
{
	struct end *x = step_sender(step);
	const struct tcp_ts tsecr = step->seg->tsecr;
	if (!segment_has(step->seg, TCP_ACK) || tsecr.wire == 0)
		return;
	if (!end_is(x, END_TS_CERTAIN) || ts_diff(tsecr, x->ts_recent) > 0) {
		x->ts_recent = tsecr;
		x->ts_recent_at = step->ts;
	}
	x->facts |= END_TS_CERTAIN;
}

/*
 * Section 4.3: TS.Recent moves only for a segment at or before Last.ACK.sent,
 * here the highest ACK the receiver was seen to send.
 */
static void presume_recent(struct step *step)
{
	struct end *y = step_receiver(step);
	const struct tcp_ts tsval = step->seg->tsval;
	const bool first = !end_is(y, END_TS_PRESUMED);

	if (!first && (step_is(step, STEP_PAWS) ||
	               step->seq > step_sender(step)->snd_una))
		return;
	if (first || ts_diff(tsval, y->ts_presumed) >= 0) {
		y->ts_presumed = tsval;
		y->ts_recent_at = step->ts;
	}
	y->facts |= END_TS_PRESUMED;
}

void timestamp_update(struct step *step)
{
	if (!carries_timestamp(step))
		return;
	note_sent(step_sender(step), step->seg->tsval);
	note_echo(step);
	presume_recent(step);
}
