/*
 * The SYN that begins a life, and the SYN+ACK that answers it: header
 * prediction for a handshake. Where nobody has said anything yet, little can
 * be odd; of a flood of SYNs the model does no more than this.
 */
#include "tcp/observe.h"

#include "tcp/end.h"

/* Of flags, those that make a segment another one. */
#define KIND (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)

/* ---- the SYN ----------------------------------------------------- */

bool conn_can_begin(const struct segment *seg)
{
	return (seg->flags & KIND) == TCP_SYN && seg->payload_len == 0 &&
	       seg->n_sacks == 0;
}

bool step_is_first(const struct step *step)
{
	return step_sender(step)->facts == 0 &&
	       step_receiver(step)->facts == 0 && conn_can_begin(step->seg);
}

/* sequence_locate(): whatever its number is, that is position 0. */
static void locate_first(struct step *step)
{
	step->seq = 0;
	step->seq_end = 1;
	step->ack = CONN_NEVER;
	step->snd_una_before = 0;
	step->wnd_before = 0;
}

/* What first_syn(), window_update() and count_in() make of an end that is heard
 * for the first time. */
static void take_opener(const struct step *step, struct end *x)
{
	const struct segment *seg = step->seg;
	x->iss = seg->seq;
	x->facts =
		END_BASED | END_SPOKE | END_SYN | END_WINDOW | END_WINDOW_KNOWN;
	if (seg->options & OPTION_WSCALE) {
		x->facts |= END_WSCALE;
		x->wscale = seg->wscale;
	}
	if (seg->options & OPTION_SACK_PERMITTED)
		x->facts |= END_SACK;
	x->wnd = seg->window;
	x->snd_nxt = x->passed = 1;
	x->packets = 1;
	x->last_ts = step->ts;
	x->ip_id = seg->ip_id;
	x->ttl = x->ttl_low = x->ttl_high = seg->ttl;
}

/* timestamp_update() and rtt_observe(): its clock, and the question that its
 * SYN asks. */
static void take_clocks(const struct step *step, struct end *x, struct end *y)
{
	const struct segment *seg = step->seg;
	if (seg->options & OPTION_TIMESTAMP) {
		x->facts |= END_TIMESTAMPS;
		x->first_tsval = x->tsval = seg->tsval;
		y->facts |= END_TS_PRESUMED;
		y->ts_presumed = seg->tsval;
		y->ts_recent_at = step->ts;
	}
	if (!step_is(step, STEP_PAWS)) {
		y->timed_pos = 1;
		y->timed_ts = step->ts;
	}
}

void step_begin_life(struct step *step)
{
	struct end *x = step_sender(step), *y = step_receiver(step);
	step->meaning |= STEP_SYN;
	locate_first(step);
	if (step->pasts) {
		timestamp_check(step);
		reuse_observe(step);
	}
	letter_append(step, LETTER_SYN);
	end_transition(step, step->from, SENT_SYN, GRADE_CERTAIN);
	take_opener(step, x);
	take_clocks(step, x, y);
	step->conn->last_ts = step->ts;
	step->conn->last_frame = step->seg->frame;
}

/* ---- the answer -------------------------------------------------- */

/* The answer to a SYN, before anything else that its sender said. */
static bool is_answer(const struct step *step)
{
	const struct end *x = step_sender(step), *y = step_receiver(step);
	return (x->facts & ~(unsigned)END_TS_PRESUMED) == END_BASED &&
	       x->state == UNKNOWN && y->state == SYN_SENT && step->ack == 1;
}

bool step_answers(const struct step *step)
{
	const struct segment *seg = step->seg;
	const struct conn *c = step->conn;
	return (seg->flags & KIND) == (TCP_SYN | TCP_ACK) &&
	       seg->payload_len == 0 && !c->closing && !c->holes &&
	       is_answer(step);
}

/* window_update(): the window of a SYN is not scaled (RFC 7323 section 2.2). */
static void take_window(const struct step *step, struct end *x, struct end *y)
{
	x->wnd = step->seg->window;
	x->facts |= END_WINDOW | END_WINDOW_KNOWN;
	y->snd_una = 1;
	y->snd_max_wnd_edge = 1 + (int64_t)x->wnd;
}

/* count_in(), for an end that has not spoken before. */
static void take_sender(struct step *step, struct end *x)
{
	struct conn *c = step->conn;
	x->packets = 1;
	x->last_ts = step->ts;
	x->ip_id = step->seg->ip_id;
	x->ttl = step->seg->ttl;
	end_note_ttl(x, step->seg->ttl);
	x->facts |= END_SPOKE;
	c->last_ts = step->ts;
	c->last_frame = step->seg->frame;
	c->confirmed = end_is(step_receiver(step), END_SPOKE);
}

void step_take_answer(struct step *step)
{
	struct end *x = step_sender(step), *y = step_receiver(step);
	if (step->pasts)
		timestamp_check(step);
	letter_write(step, LETTER_SYN_ACK);
	observe_syn(step);
	observe_open(step);
	take_window(step, x, y);
	x->snd_nxt = x->passed = 1;
	timestamp_update(step);
	rtt_observe(step);
	take_sender(step, x);
	conn_settle(step->conn);
}
