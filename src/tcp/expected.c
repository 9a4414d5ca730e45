/*
 * Header prediction (Van Jacobson 1990; Linux does the same in
 * tcp_rcv_established()): a segment in its place, which goes on where its
 * sender stands and acknowledges what passed, of a connection that lacks
 * nothing. None of the steps that look for trouble would find any in it.
 *
 * If both ends are open, and it is no FIN, only numbers and clocks move. In a
 * handshake or a close, states do too.
 */
#include "tcp/observe.h"

#include "tcp/end.h"
#include "tcpclose/error.h"

/* What an end must be whose segments bring no surprise. */
static bool end_is_steady(const struct end *e, bool both_syns)
{
	const unsigned facts =
		END_SPOKE | END_WINDOW | (both_syns ? END_WINDOW_KNOWN : 0);
	const unsigned mask = facts | END_TAIL_MISSED | END_WINDOW_KNOWN;
	return (e->facts & mask) == facts && e->state != CLOSED &&
	       e->state != SYN_SENT && e->wnd > 0 && e->snd_nxt > 0 &&
	       e->passed == e->snd_nxt;
}

static bool saw_no_rst(const struct closing *k)
{
	return k->rst[0].ts == CONN_NEVER && k->rst[1].ts == CONN_NEVER;
}

static bool end_is_open(const struct end *e)
{
	return e->state == ESTABLISHED && e->handshake != GRADE_NONE;
}

/* Whether no end of a connection has closed: it is asked after each segment of
 * a handshake or a close. */
static void settle_open(struct conn *c)
{
	c->open = c->steady && !c->closing && end_is_open(&c->end[0]) &&
	          end_is_open(&c->end[1]);
}

/*
 * Both ends spoke, and nothing that one said is missing: what does not depend
 * on the segment, so it is asked after each that was not as expected. One that
 * was leaves it so, unless it closes an end: end_enter().
 */
void conn_settle(struct conn *c)
{
	const struct end *a = &c->end[0], *b = &c->end[1];
	const bool both_syns = (a->facts & b->facts & END_SYN) != 0;
	c->steady = !c->holes && c->confirmed && end_is_steady(a, both_syns) &&
	            end_is_steady(b, both_syns) &&
	            (!c->closing || saw_no_rst(c->closing));
	settle_open(c);
}

/* No older than what its sender sent, and nothing that PAWS would mind. */
static inline bool is_on_time(const struct step *step)
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

/* Whose SYN was seen, and goes on from there, has no earlier life's segment:
 * old_find(). */
static bool cannot_be_old(const struct step *step)
{
	return !step->pasts || end_is(step_sender(step), END_SYN);
}

/* It begins just where its sender stands, and acknowledges what passed, no less
 * than before: then that is where it lies. Inline, for both who ask. */
__attribute__((always_inline)) static inline bool find_place(struct step *step,
                                                             bool may_be_fin)
{
	const struct segment *seg = step->seg;
	const struct end *x = step_sender(step), *y = step_receiver(step);
	const uint8_t flags =
		TCP_SYN | TCP_RST | TCP_ACK | (may_be_fin ? 0 : TCP_FIN);
	const int64_t ack = seq_unwrap(seg->ack, y->iss, y->snd_nxt);
	if ((seg->flags & flags) != TCP_ACK || seg->window == 0 ||
	    seg->n_sacks > 0 ||
	    !seq_eq(seg->seq, seq_wrap(x->snd_nxt, x->iss)) ||
	    ack < y->snd_una || ack > y->snd_nxt || !is_on_time(step) ||
	    !cannot_be_old(step))
		return false;
	step->seq = x->snd_nxt;
	step->seq_end = x->snd_nxt + seg->payload_len +
	                (may_be_fin && segment_has(seg, TCP_FIN));
	step->ack = ack;
	step->snd_una_before = y->snd_una;
	step->wnd_before = x->wnd;
	return true;
}

bool step_goes_on(struct step *step)
{
	return step->conn->open && find_place(step, false);
}

/* Nothing comes after the FIN of its sender. */
static bool fits_the_fin(const struct step *step)
{
	const struct fin_story *fin = conn_fin(step->conn, step->from);
	return !fin || step->seq_end == fin->pos + 1;
}

bool step_is_expected(struct step *step)
{
	return step->conn->steady && find_place(step, true) &&
	       fits_the_fin(step);
}

/* ---- what is left to do for it ----------------------------------- */

/* sequence_text() */
static inline void take_text(struct step *step, struct end *x)
{
	step->meaning |= STEP_NEW_DATA;
	letter_write(step, LETTER_DATA);
	x->data_ms = (uint32_t)(step->ts / 1000000);
	x->bytes += step->seg->payload_len;
	x->facts |= END_NEW_DATA;
}

/* observe_ack() */
static inline void take_pure_ack(struct step *step, const struct end *y)
{
	step->meaning |= STEP_PURE_ACK;
	if (step->ack == y->snd_una)
		step->meaning |= STEP_DUP_ACK; /* take_window() may object */
	letter_write(step, LETTER_ACK);
}

/* window_update() */
static inline void take_window(struct step *step, struct end *x, struct end *y)
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
static inline void take_sender(struct step *step, struct end *x)
{
	struct conn *c = step->conn;
	x->packets++;
	x->last_ts = step->ts;
	x->ip_id = step->seg->ip_id;
	end_note_ttl(x, step->seg->ttl);
	c->last_ts = step->ts;
	c->last_frame = step->seg->frame;
}

/* timestamp_update(): the clocks of both ends have gone on, or stand. */
static inline void take_timestamps(struct step *step, struct end *x,
                                   struct end *y)
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

/* rtt_observe() */
static void take_round_trip(struct step *step, struct end *x, struct end *y)
{
	if (x->timed_ts != CONN_NEVER && step->ack >= x->timed_pos) {
		const int64_t rtt = step->ts - x->timed_ts;
		if (rtt > 0 && (x->rtt == 0 || rtt < x->rtt))
			x->rtt = rtt;
		x->timed_ts = CONN_NEVER;
	}
	if (step_len(step) > 0 && y->timed_ts == CONN_NEVER) {
		y->timed_pos = step->seq_end;
		y->timed_ts = step->ts;
	}
}

/* What else the segment of a handshake or a close is, before its numbers are
 * taken ... */
static int prepare(struct step *step, struct pool *pool)
{
	struct conn *c = step->conn;
	const bool in_close = c->closing != NULL;
	if (segment_has(step->seg, TCP_FIN)) {
		if (!in_close && conn_open_closing(c, pool) < 0)
			return TCPCLOSE_ENOMEM;
		step->tsval_is_old = timestamp_is_old(step);
	}
	if (in_close)
		sequence_late_data(step);
	if (step->sender->handshake != GRADE_CERTAIN ||
	    step->receiver->handshake == GRADE_NONE)
		observe_open(step);
	if (in_close) {
		fin_contradiction(step);
		fin_acked(step);
	}
	return TCPCLOSE_OK;
}

/* ... and after. */
static void conclude(struct step *step, struct end *x, struct end *y)
{
	struct conn *c = step->conn;
	if (c->closing) {
		if (segment_has(step->seg, TCP_FIN)) {
			letter_write(step, LETTER_FIN);
			fin_sent(step);
		}
		fin_waits(step);
		fin_heard(step);
		observe_close(step);
	}
	take_round_trip(step, x, y); /* fin_sent() goes by what was known */
	settle_open(c);
}

/* What moves with each segment that is in its place. Inline, or each would save
 * and load what its caller holds in registers: 20 instructions. */
__attribute__((always_inline)) static inline void
take_numbers(struct step *step, struct end *x, struct end *y)
{
	x->handshake = GRADE_CERTAIN; /* observe_open() */
	if (step->seg->payload_len > 0)
		take_text(step, x);
	else if (!segment_has(step->seg, TCP_FIN))
		take_pure_ack(step, y);
	x->snd_nxt = x->passed = step->seq_end;
	y->snd_una = step->ack;
	take_window(step, x, y);
	if (step->seg->options & OPTION_TIMESTAMP)
		take_timestamps(step, x, y);
	take_sender(step, x);
}

void step_go_on(struct step *step)
{
	struct end *x = step_sender(step), *y = step_receiver(step);
	take_numbers(step, x, y);
	take_round_trip(step, x, y);
}

int step_take(struct step *step, struct pool *pool)
{
	struct end *x = step_sender(step), *y = step_receiver(step);
	if (prepare(step, pool) < 0)
		return TCPCLOSE_ENOMEM;
	take_numbers(step, x, y);
	conclude(step, x, y);
	return TCPCLOSE_OK;
}
