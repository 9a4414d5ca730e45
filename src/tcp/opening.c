/*
 * The SYN that begins a life, and the SYN+ACK that answers it: header
 * prediction for a handshake. Where nobody has said anything yet, little can
 * be odd; of a flood of SYNs the model does no more than this.
 */
#include "tcp/observe.h"

/* The first segment of a life. */
static bool is_first(const struct step *step)
{
	return step_sender(step)->facts == END_BASED && /* as located */
	       step_receiver(step)->facts == 0 && step->conn->n_changes == 0;
}

/* The answer to a SYN, before anything else that its sender said. */
static bool is_answer(const struct step *step)
{
	const struct end *x = step_sender(step), *y = step_receiver(step);
	return (x->facts & ~(unsigned)END_TS_PRESUMED) == END_BASED &&
	       x->state == UNKNOWN && y->state == SYN_SENT && step->ack == 1;
}

bool step_opens(const struct step *step)
{
	const struct segment *seg = step->seg;
	const struct conn *c = step->conn;
	const uint8_t flags = TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST;
	if (seg->payload_len > 0 || c->closing || c->holes)
		return false;
	if ((seg->flags & flags) == TCP_SYN)
		return is_first(step);
	return (seg->flags & flags) == (TCP_SYN | TCP_ACK) && is_answer(step);
}

/* window_update(): the window of a SYN is not scaled (RFC 7323 section 2.2). */
static void take_window(const struct step *step, struct end *x, struct end *y)
{
	x->wnd = step->seg->window;
	x->facts |= END_WINDOW | END_WINDOW_KNOWN;
	if (segment_has(step->seg, TCP_ACK)) {
		y->snd_una = 1;
		y->snd_max_wnd_edge = 1 + (int64_t)x->wnd;
	}
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

void step_open(struct step *step)
{
	struct end *x = step_sender(step), *y = step_receiver(step);
	const bool ack = segment_has(step->seg, TCP_ACK);
	if (step->pasts)
		timestamp_check(step);
	letter_write(step, ack ? LETTER_SYN_ACK : LETTER_SYN);
	observe_syn(step);
	if (ack)
		observe_open(step);
	take_window(step, x, y);
	x->snd_nxt = x->passed = 1;
	timestamp_update(step);
	rtt_observe(step);
	take_sender(step, x);
}
