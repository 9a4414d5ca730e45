/*
 * Segments that fail PAWS, until they are decided.
 *
 *   reply     an ACK that stands still and echoes a newer timestamp: rejected
 *   covered   an ACK of the segment, or of a good copy of it
 *   silence   neither
 */
#include "detect/paws_suspect.h"

#include <string.h>

#define MS          INT64_C(1000000)
#define SECOND      INT64_C(1000000000)
#define ANSWER_TIME SECOND    /* for a reply, beyond the round trip */
#define OLD_TICKS   1000      /* 1 s of a clock of 1 ms */
#define RTO_TICKS   200       /* the least RTO of Linux: TCP_RTO_MIN */
#define SWAP_TIME   (10 * MS) /* frames that a capture may swap */
#define SWAP_TICKS  12        /* as much of a clock of 1 ms, and its edge */
#define HOST_TIME   (MS / 10) /* what a host's own work may differ by */

/* ---- a segment is decided ------------------------------------------------ */

static void count(struct paws_side *s, const struct paws_segment *f)
{
	if (s->n == 0 || f->ts < s->first_ts)
		s->first_ts = f->ts;
	if (f->ts > s->last_ts)
		s->last_ts = f->ts;
	if (s->n == 0 || (f->harmful && !s->worst.harmful))
		s->worst = *f;
	s->n++;
	s->n_certain += f->certain;
	s->n_harmful += f->harmful;
	numbers_add(&s->frames, (int64_t)f->frame);
}

static void drop_suspect(struct paws_side *s, uint32_t i)
{
	s->n_suspects--;
	memmove(&s->suspect[i], &s->suspect[i + 1],
	        (s->n_suspects - i) * sizeof(s->suspect[0]));
}

/* No answer was seen, and none will be. */
static void decide_unanswered(struct paws_side *s, uint32_t i)
{
	const struct paws_segment f = s->suspect[i];
	drop_suspect(s, i);
	if (!f.wants_reply)
		count(s, &f);
}

static void decide_rejected(struct paws_side *s, uint32_t i,
                            const struct step *reply,
                            enum paws_reaction reaction)
{
	struct paws_segment f = s->suspect[i];
	drop_suspect(s, i);
	const struct tcp_ts echo = reply->seg->tsecr;
	f.reaction = (uint8_t)reaction;
	f.certain |= reaction != PAWS_NONE;
	/* The reply names TS.Recent itself, the model had a lower bound. */
	if (reaction != PAWS_NONE && ts_diff(echo, f.ts_recent) > 0) {
		f.behind += ts_diff(echo, f.ts_recent);
		f.ts_recent = echo;
	}
	count(s, &f);
	s->n_rejected++;
	s->last_ts = reply->ts;
	numbers_add(&s->frames, (int64_t)reply->seg->frame);
}

/* What only a presumption spoke against is withdrawn. */
static void decide_accepted(struct paws_side *s, uint32_t i,
                            const struct step *ack)
{
	const struct paws_segment f = s->suspect[i];
	drop_suspect(s, i);
	if (!f.certain || f.wants_reply)
		return;
	count(s, &f);
	s->n_accepted++;
	s->last_ts = ack->ts;
	numbers_add(&s->frames, (int64_t)ack->seg->frame);
}

/* ---- what the receiver says ---------------------------------------------- */

static bool is_dsack_of(const struct paws_segment *f, const struct step *step)
{
	return step->has_dsack && step->dsack_from < f->seq_end &&
	       step->dsack_to > f->seq;
}

/* A DSACK names what it answers. Another ACK may have been on its way when the
 * segment passed: half the round trip rules that out. But where the end is next
 * to the tap, that is only the time a host takes to answer a SYN, and it
 * refuses a segment sooner (measured in the lab: 41 us and 4). */
static bool may_answer(const struct paws_segment *f, const struct step *step)
{
	const struct end *y = &step->conn->end[step->from];
	return is_dsack_of(f, step) ||
	       step->ts - f->ts >= (y->rtt - HOST_TIME) / 2;
}

/* An ACK that moves nothing and echoes a newer timestamp than the segment's.
 * TIME-WAIT answers a SYN with the numbers of its own life. */
static bool is_reply(const struct paws_segment *f, const struct step *step)
{
	const struct segment *seg = step->seg;
	const bool unmoved = f->kind == PAWS_SYN
	                             ? step_is(step, STEP_OUT_OF_WINDOW)
	                             : step_is(step, STEP_PURE_ACK) &&
	                                       step->ack == f->ack_then;
	return unmoved && segment_has(seg, TCP_ACK) && segment_len(seg) == 0 &&
	       (seg->options & OPTION_TIMESTAMP) &&
	       ts_diff(seg->tsecr, f->tsval) > 0 && may_answer(f, step);
}

static bool covers(const struct paws_segment *f, const struct step *step)
{
	return f->kind != PAWS_ACK && f->seq_end > f->ack_then &&
	       step->ack != CONN_NEVER && step->ack >= f->seq_end &&
	       !step_is(step, STEP_OUT_OF_WINDOW);
}

/* An ACK that covers both the segment and a good copy of it speaks of the copy,
 * unless it came too early to do so. */
static void decide_covered(struct paws_side *s, uint32_t i,
                           const struct step *ack)
{
	const struct paws_segment *f = &s->suspect[i];
	const int64_t rtt = ack->conn->end[ack->from].rtt;
	if (f->copy_ts == 0 || ack->ts - f->copy_ts < rtt)
		decide_accepted(s, i, ack);
	else
		decide_rejected(s, i, ack, PAWS_NONE);
}

static void heard(struct paws_side *s, const struct step *step)
{
	bool replied = false;
	for (uint32_t i = 0; i < s->n_suspects;) {
		const struct paws_segment *f = &s->suspect[i];
		if (covers(f, step)) {
			decide_covered(s, i, step);
		} else if (!replied && is_reply(f, step)) {
			decide_rejected(s, i, step,
			                is_dsack_of(f, step) ? PAWS_DSACK
			                                     : PAWS_DUP_ACK);
			replied = true;
		} else {
			i++;
		}
	}
}

/* ---- what its peer sends ------------------------------------------------- */

static enum paws_kind kind_of(const struct step *step)
{
	if (segment_has(step->seg, TCP_SYN))
		return PAWS_SYN;
	if (segment_has(step->seg, TCP_FIN))
		return PAWS_FIN;
	return step->seg->payload_len > 0 ? PAWS_DATA : PAWS_ACK;
}

/* Both ends must use timestamps. An old ACK that was overtaken says nothing
 * that the receiver would miss: Linux tcp_disordered_ack_check(), and plain
 * reordering does it all the time (measured in the lab: near_reordered). */
static bool is_of_interest(const struct step *step, enum paws_kind kind)
{
	const struct conn *c = step->conn;
	if (kind == PAWS_SYN)
		return true;
	if (!end_is(&c->end[0], END_TIMESTAMPS) ||
	    !end_is(&c->end[1], END_TIMESTAMPS))
		return false;
	/* What was sent again can hardly be younger than the RTO; so a copy of
	 * what the receiver has, that is, was overtaken on the way. */
	if (kind == PAWS_DATA && !step->paws.harmful &&
	    step->paws.behind < RTO_TICKS)
		return false;
	return kind != PAWS_ACK || (step->paws.behind > OLD_TICKS &&
	                            step->ack > step->snd_una_before);
}

/* Older than this life by the clock, and among the numbers of that one. */
static bool is_of_past(const struct step *step, const struct past *p)
{
	const unsigned from = step->from;
	const struct past_end *x = &p->end[from];
	const struct segment *seg = step->seg;
	if (!(p->facts[from] & PAST_TIMESTAMPS) ||
	    !(p->facts[from] & PAST_SYN) || ts_diff(seg->tsval, x->tsval) > 0)
		return false;
	return seq_diff(seg->seq, x->iss) >= 0 &&
	       seq_diff(x->snd_nxt, seg->seq) >= 0;
}

static uint32_t incarnation_of(const struct step *step)
{
	const struct end *x = &step->conn->end[step->from];
	if (end_is(x, END_SYN) && !segment_has(step->seg, TCP_SYN) &&
	    ts_diff(step->seg->tsval, x->first_tsval) < 0) {
		for (const struct past *p = step->pasts; p; p = p->older) {
			if (is_of_past(step, p))
				return p->incarnation;
		}
	}
	return step->conn->incarnation;
}

/* The capture may have swapped it with the segment that is newer. */
static bool may_be_swapped(const struct step *step)
{
	const struct end *y = &step->conn->end[step->to];
	return step->paws.behind <= SWAP_TICKS &&
	       step->ts - y->ts_recent_at <= SWAP_TIME;
}

/* The same bytes, or the FIN, passed before in a segment that did not fail. So
 * this may be an older copy that was overtaken, and the receiver must say. */
static bool follows_good_copy(const struct paws_side *s,
                              const struct step *step)
{
	const struct fin_story *fin = conn_fin(step->conn, step->from);
	const bool fin_again = fin && segment_has(step->seg, TCP_FIN) &&
	                       step->seq_end == fin->pos + 1 &&
	                       step->seg->frame != fin->first_frame;
	const bool failed_before = s->n_same > 0 && s->same_seq == step->seq;
	return (fin_again || step_is(step, STEP_REPEAT)) && !failed_before;
}

static struct paws_segment failing_of(const struct paws_side *s,
                                      const struct step *step,
                                      enum paws_kind kind)
{
	const uint32_t incarnation = incarnation_of(step);
	const bool stray = incarnation != step->conn->incarnation ||
	                   step_is(step, STEP_OUT_OF_WINDOW);
	struct paws_segment f = {
		.frame = step->seg->frame,
		.ts = step->ts,
		.seq = step->seq,
		.seq_end = step->seq_end,
		.ack_then = step->conn->end[step->from].snd_una,
		.tsval = step->seg->tsval,
		.ts_recent = step->paws.ts_recent,
		.behind = step->paws.behind,
		.incarnation = incarnation,
		.kind = (uint8_t)kind,
		.reaction = PAWS_NONE,
		.certain = step->paws.sure == GRADE_CERTAIN,
		.harmful = !stray && (step->paws.harmful || kind == PAWS_ACK),
	};
	const bool late_copy = !f.harmful && !stray && f.behind <= OLD_TICKS;
	f.wants_reply = late_copy || may_be_swapped(step) ||
	                (f.harmful && follows_good_copy(s, step));
	return f;
}

/* The same bytes again and again: the connection is starved. */
static void note_starving(struct paws_side *s, const struct paws_segment *f)
{
	if (!f->harmful || f->seq_end <= f->seq)
		return;
	s->n_same = s->n_same > 0 && s->same_seq == f->seq ? s->n_same + 1 : 1;
	s->same_seq = f->seq;
	if (s->n_same > s->n_same_most) {
		s->n_same_most = s->n_same;
		s->starved_end = f->seq_end;
	}
}

static void saw_failing(struct paws_side *s, const struct step *step)
{
	const enum paws_kind kind = kind_of(step);
	if (!is_of_interest(step, kind))
		return;
	if (s->n_suspects == PAWS_SUSPECTS)
		decide_unanswered(s, 0);
	struct paws_segment *f = &s->suspect[s->n_suspects];
	*f = failing_of(s, step, kind);
	s->n_suspects++;
	note_starving(s, f);
}

static void saw_good(struct paws_side *s, const struct step *step)
{
	if (step->seq_end <= step->seq || step_is(step, STEP_OUT_OF_WINDOW))
		return;
	if (step->seq <= s->same_seq && step->seq_end > s->same_seq)
		s->n_same = 0;
	for (uint32_t i = 0; i < s->n_suspects; i++) {
		struct paws_segment *f = &s->suspect[i];
		if (step->seq <= f->seq && step->seq_end > f->seq)
			f->copy_ts = step->ts;
	}
}

int64_t paws_expiry(const struct paws_side *s, const struct conn *conn,
                    unsigned end)
{
	if (s->n_suspects == 0 || s->suspect[0].copy_ts != 0)
		return INT64_MAX;
	return s->suspect[0].ts + ANSWER_TIME + conn_crossing(conn, end) + 1;
}

void paws_expire(struct paws_side *s, const struct conn *conn, unsigned end,
                 int64_t now)
{
	while (paws_expiry(s, conn, end) <= now)
		decide_unanswered(s, 0);
}

void paws_observe(struct paws_side side[static 2], const struct step *step)
{
	if (step_is(step, STEP_RST))
		return;
	paws_expire(&side[step->to], step->conn, step->to, step->ts);
	heard(&side[step->from], step);
	if (step_is(step, STEP_PAWS))
		saw_failing(&side[step->to], step);
	else
		saw_good(&side[step->to], step);
}

void paws_settle(struct paws_side *s)
{
	while (s->n_suspects > 0)
		decide_unanswered(s, 0);
}
