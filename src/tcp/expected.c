/*
 * Header prediction (Van Jacobson 1990; Linux does the same in
 * tcp_rcv_established()): the segment that was to be expected, the next text
 * or an ACK of some, of a connection that is open at both ends and lacks
 * nothing. None of the steps that look for trouble would find any in it.
 */
#include "tcp/observe.h"

#include "tcp/end.h"

/* What an end must be that sends or is sent such a segment. Bits that stand or
 * fall together are told apart by the segment: both SYNs and the scale of the
 * window; the option of timestamps. */
static bool end_is_steady(const struct end *e, bool midstream, bool both_syns)
{
	const unsigned facts = END_SPOKE | END_WINDOW |
	                       (midstream ? END_NEW_DATA : 0) |
	                       (both_syns ? END_WINDOW_KNOWN : 0);
	const unsigned mask = facts | END_TAIL_MISSED | END_WINDOW_KNOWN;
	return e->state == ESTABLISHED && (e->facts & mask) == facts &&
	       e->handshake != GRADE_NONE && e->wnd > 0 && e->snd_nxt > 0 &&
	       e->passed == e->snd_nxt;
}

/*
 * The connection is open at both ends, both spoke, and nothing that one said
 * is missing: what does not depend on the segment, so it is asked after each
 * that was not as expected, and one that was leaves it so.
 */
bool conn_is_steady(const struct conn *c)
{
	const struct end *a = &c->end[0], *b = &c->end[1];
	const bool both_syns = (a->facts & b->facts & END_SYN) != 0;
	return !c->closing && !c->holes && c->confirmed &&
	       end_is_steady(a, c->midstream, both_syns) &&
	       end_is_steady(b, c->midstream, both_syns);
}

/* No older than what its sender sent, and nothing that PAWS would mind. */
static bool is_on_time(const struct step *step)
{
	const struct end *x = step_sender(step), *y = step_receiver(step);
	const struct tcp_ts tsval = step->seg->tsval;
	if (!(step->seg->options & OPTION_TIMESTAMP))
		return !end_is(x, END_TIMESTAMPS);
	return end_is(x, END_TIMESTAMPS) && ts_diff(tsval, x->tsval) >= 0 &&
	       (!end_is(y, END_TS_CERTAIN) ||
	        ts_diff(tsval, y->ts_recent) >= 0) &&
	       (!end_is(y, END_TS_PRESUMED) ||
	        ts_diff(tsval, y->ts_presumed) >= 0);
}

/* It begins just where its sender stands, and acknowledges what passed, no less
 * than before. */
bool step_is_expected(const struct step *step)
{
	const struct segment *seg = step->seg;
	const struct end *x = step_sender(step), *y = step_receiver(step);
	const uint8_t flags = TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK;
	return step->conn->steady && (seg->flags & flags) == TCP_ACK &&
	       seg->window > 0 && seg->n_sacks == 0 &&
	       step->seq == x->snd_nxt && step->ack >= y->snd_una &&
	       step->ack <= y->snd_nxt && is_on_time(step) &&
	       (!step->pasts || end_is(x, END_SYN));
}

/* ---- what is left to do for it ----------------------------------- */

/* sequence_text(), and rtt.c's question. */
static void take_text(struct step *step, struct end *x, struct end *y)
{
	step->meaning |= STEP_NEW_DATA;
	letter_write(step, LETTER_DATA);
	x->data_ms = (uint32_t)(step->ts / 1000000);
	x->bytes += step->seg->payload_len;
	x->facts |= END_NEW_DATA;
	x->snd_nxt = x->passed = step->seq_end;
	if (y->timed_ts == CONN_NEVER) {
		y->timed_pos = step->seq_end;
		y->timed_ts = step->ts;
	}
}

/* sequence_acked(), and rtt.c's answer. */
static void take_ack(struct step *step, struct end *x, struct end *y)
{
	y->snd_una = step->ack;
	if (x->timed_ts == CONN_NEVER || step->ack < x->timed_pos)
		return;
	const int64_t rtt = step->ts - x->timed_ts;
	if (rtt > 0 && (x->rtt == 0 || rtt < x->rtt))
		x->rtt = rtt;
	x->timed_ts = CONN_NEVER;
}

/* timestamp_update(): the clocks of both ends have gone on, or stand. */
static void take_timestamps(struct step *step, struct end *x, struct end *y)
{
	const struct tcp_ts tsval = step->seg->tsval, tsecr = step->seg->tsecr;
	x->tsval = tsval;
	if (tsecr.wire != 0) {
		if (!end_is(x, END_TS_CERTAIN) ||
		    ts_diff(tsecr, x->ts_recent) > 0) {
			x->ts_recent = tsecr;
			x->ts_recent_at = step->ts;
		}
		x->facts |= END_TS_CERTAIN;
	}
	if (!end_is(y, END_TS_PRESUMED) || step->seq <= x->snd_una) {
		y->ts_presumed = tsval;
		y->ts_recent_at = step->ts;
		y->facts |= END_TS_PRESUMED;
	}
}

/* observe_open(): who goes on from its SYN+ACK has the ACK of it. */
static void take_open(struct step *step, struct end *x)
{
	x->handshake = GRADE_CERTAIN;
	end_regrade(step->conn);
}

/* window_update() */
static void take_window(struct step *step, struct end *x, struct end *y)
{
	const bool is_scaled = (x->facts & y->facts & END_WSCALE) != 0;
	const uint32_t wnd = (uint32_t)step->seg->window
	                     << (is_scaled ? x->wscale : 0);
	if (wnd != x->wnd) {
		step->meaning &= ~(uint32_t)STEP_DUP_ACK;
		x->wnd = wnd;
	}
	if (step->ack + wnd > y->snd_max_wnd_edge)
		y->snd_max_wnd_edge = step->ack + wnd;
}

/* count_in() */
static void take_sender(struct step *step, struct end *x)
{
	struct conn *c = step->conn;
	x->packets++;
	x->last_ts = step->ts;
	x->ip_id = step->seg->ip_id;
	end_note_ttl(x, step->seg->ttl);
	c->last_ts = step->ts;
	c->last_frame = step->seg->frame;
}

void step_expected(struct step *step)
{
	struct end *x = step_sender(step), *y = step_receiver(step);
	if (x->handshake != GRADE_CERTAIN)
		take_open(step, x);
	if (step_len(step) > 0) {
		take_text(step, x, y);
	} else {
		step->meaning |= STEP_PURE_ACK;
		letter_write(step, LETTER_ACK);
		if (step->ack == y->snd_una)
			step->meaning |= STEP_DUP_ACK;
	}
	take_ack(step, x, y);
	take_window(step, x, y);
	if (step->seg->options & OPTION_TIMESTAMP)
		take_timestamps(step, x, y);
	take_sender(step, x);
}
