#include "tcp/end.h"

#include <stddef.h>

static enum tcp_grade least(enum tcp_grade a, enum tcp_grade b)
{
	return a < b ? a : b;
}

/*
 * Whether an end may have sent a FIN that the capture does not hold: it began
 * late and the end has shown no new data since, or it missed the newest bytes.
 */
static bool may_have_closed_unseen(const struct conn *c, unsigned end)
{
	const struct end *e = &c->end[end];
	return ((e->facts & (END_SPOKE | END_TAIL_MISSED)) != END_SPOKE ||
	        (c->midstream && !end_is(e, END_NEW_DATA))) &&
	       !conn_fin(c, end);
}

/* Linux calls an end FIN-WAIT-1 as soon as its program has closed, though the
 * FIN waits behind data that a closed window holds back: __tcp_close(). */
static bool may_have_closed_pinned(const struct conn *c, unsigned end)
{
	const struct end *peer = &c->end[!end];
	return end_is(peer, END_WINDOW) && peer->wnd == 0;
}

static bool is_surely_open(const struct conn *c, unsigned end)
{
	return !may_have_closed_unseen(c, end) &&
	       !may_have_closed_pinned(c, end);
}

enum tcp_grade conn_grade(const struct conn *c, unsigned end)
{
	const struct end *e = &c->end[end];
	const enum tcp_grade peer_fin = (enum tcp_grade)e->peer_fin;
	const enum tcp_grade fin_acked = (enum tcp_grade)e->fin_acked;

	switch ((enum tcp_state)e->state) {
	case UNKNOWN:
		return GRADE_NONE;
	case SYN_SENT:
	case SYN_RECEIVED:
		return GRADE_CERTAIN;
	case ESTABLISHED:
		return e->handshake == GRADE_CERTAIN &&
		                       !may_have_closed_unseen(c, !end) &&
		                       is_surely_open(c, end)
		               ? GRADE_CERTAIN
		               : GRADE_PRESUMED;
	case FIN_WAIT_1:
		return may_have_closed_unseen(c, !end) ? GRADE_PRESUMED
		                                       : GRADE_CERTAIN;
	case FIN_WAIT_2:
		return may_have_closed_unseen(c, !end) ? GRADE_PRESUMED
		                                       : fin_acked;
	case CLOSE_WAIT:
		return is_surely_open(c, end) ? peer_fin : GRADE_PRESUMED;
	case CLOSING:
	case LAST_ACK:
		/* Which of the two, the first FIN says: did it acknowledge the
		 * peer's? */
		return conn_sent_fin(c, end)->first_missed ? GRADE_PRESUMED
		                                           : peer_fin;
	case TIME_WAIT:
		return least(peer_fin, fin_acked);
	case CLOSED:
	case N_TCP_STATES:
		break;
	}
	return (enum tcp_grade)e->closed;
}

static bool takes_back(enum tcp_event event)
{
	return event == SYN_UNACKED || event == FIN_UNHEARD ||
	       event == FIN_UNACKED || event == SURVIVED;
}

/* The time since the last change was spent in the state that is left. */
static void account_time(struct conn *c, unsigned end, int64_t ts)
{
	struct end *e = &c->end[end];
	if (c->closing && ts > e->state_since)
		c->closing->fin[end].in_state[e->state] += ts - e->state_since;
	e->state_since = ts;
}

/* A state that was a mistake never was: all time in it belongs to the one
 * that is true. */
static void move_time(struct conn *c, unsigned end, enum tcp_state mistake,
                      enum tcp_state truth)
{
	if (!c->closing)
		return;
	int64_t *in_state = c->closing->fin[end].in_state;
	in_state[truth] += in_state[mistake];
	in_state[mistake] = 0;
}

/* The grade comes last: until then nothing must be kept across a call. */
static void note_change(struct step *step, unsigned end, uint8_t from,
                        uint8_t to, enum tcp_event event)
{
	struct conn *c = step->conn;
	c->n_changes++;
	if (step->n_changes == STEP_CHANGES)
		return;
	struct state_change *change = &step->change[step->n_changes++];
	change->end = (uint8_t)end;
	change->from = from;
	change->to = to;
	change->event = (uint8_t)event;
	change->rolled_back = takes_back(event);
	change->ts = step->ts;
	change->grade = (uint8_t)conn_grade(c, end);
}

void end_enter(struct step *step, unsigned end, enum tcp_state to,
               enum tcp_event event, enum tcp_grade grade)
{
	struct conn *c = step->conn;
	struct end *e = &c->end[end];
	const uint8_t from = e->state;

	account_time(c, end, step->ts);
	if (takes_back(event))
		move_time(c, end, (enum tcp_state)from, to);
	if (to == CLOSED) {
		e->prior = from;
		e->closed = (uint8_t)grade;
		c->steady = c->open = false;
	}
	e->state = (uint8_t)to;
	note_change(step, end, from, (uint8_t)to, event);
}
