/*
 * Header prediction (Van Jacobson 1990; Linux does the same in
 * tcp_rcv_established()): the segment that was to be expected, the next text
 * or an ACK of some, of a connection that is open at both ends and lacks
 * nothing. None of the steps that look for trouble would find any in it.
 */
#include "tcp/observe.h"

static bool is_open(const struct conn *c)
{
	return !c->closing && !c->holes && c->end[0].state == ESTABLISHED &&
	       c->end[1].state == ESTABLISHED;
}

/* Its sender is known, and stands just where the segment begins. */
static bool is_next(const struct step *step)
{
	const struct end *x = step_sender(step);
	const unsigned facts = END_SPOKE | END_WINDOW;
	return (x->facts & (facts | END_TAIL_MISSED)) == facts && x->wnd > 0 &&
	       x->handshake == GRADE_CERTAIN && step->seq == x->snd_nxt &&
	       step->seq == x->passed &&
	       (!step->conn->midstream || end_is(x, END_NEW_DATA));
}

/* It acknowledges what passed, and no less than before. */
static bool acks_what_passed(const struct step *step)
{
	const struct end *y = step_receiver(step);
	return end_is(y, END_WINDOW) && y->wnd > 0 &&
	       y->handshake != GRADE_NONE && step->ack >= y->snd_una &&
	       step->ack <= y->passed && y->passed == y->snd_nxt;
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

bool step_is_expected(const struct step *step)
{
	const struct segment *seg = step->seg;
	const uint8_t flags = TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK;
	return (seg->flags & flags) == TCP_ACK && seg->window > 0 &&
	       seg->n_sacks == 0 && is_open(step->conn) && is_next(step) &&
	       acks_what_passed(step) && is_on_time(step) &&
	       (!step->pasts || end_is(step_sender(step), END_SYN));
}
