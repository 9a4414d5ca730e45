/*
 * RSTs: their shape, which life they belong to, whether the end they reach
 * accepts them, and ends that go on as if there had been none.
 */
#include "tcp/end.h"
#include "tcp/observe.h"
#include "tcp/origin.h"

/* An end whose sequence stands at 0 by chance aborts with that number too. */
static enum rst_form form_of(const struct step *step)
{
	const struct end *x = step_sender(step);
	if (!segment_has(step->seg, TCP_ACK))
		return RST_PLAIN;
	if (step->seg->seq.wire != 0 ||
	    (end_is(x, END_SPOKE) && step->seq == x->snd_nxt))
		return RST_ABORT;
	return RST_REFUSAL;
}

/* RCV.NXT as it is if all that passed arrived; or where the receiver stands
 * since it has shown that the peer's FIN did not. */
static int64_t receives_next(const struct step *step)
{
	const struct end *x = step_sender(step);
	const struct end *y = step_receiver(step);
	const bool lacks =
		end_is(y, END_FIN_TAKEN_BACK) && y->peer_fin == GRADE_NONE;
	return lacks ? x->snd_una : x->passed;
}

/*
 * A plain RST answers the receiver's newest segment by that one's ACK, which
 * was RCV.NXT when it was sent. It still is, if that segment passed so late
 * after the peer's newest data that it would acknowledge it, had it come.
 */
static bool is_where_it_stands(const struct step *step)
{
	const struct end *x = step_sender(step), *y = step_receiver(step);
	const int64_t crossing = conn_crossing(step->conn, step->to);
	const uint32_t spoke_ms = (uint32_t)(y->last_ts / 1000000);
	return step->rst.form == RST_PLAIN && step->seq == x->snd_una &&
	       end_is(y, END_SPOKE) && x->bytes > 0 &&
	       (int32_t)(spoke_ms - x->data_ms) > crossing / 1000000 + 1;
}

/* RFC 5961 section 3.2. Linux also takes the FIN's own number for exact once it
 * has the FIN. */
static enum rst_position position_of(const struct step *step)
{
	const struct end *y = step_receiver(step);
	const int64_t rcv_nxt = receives_next(step);

	if (step->seq == rcv_nxt || is_where_it_stands(step))
		return RST_EXACT;
	if (step->seq == rcv_nxt - 1 &&
	    (y->state == CLOSE_WAIT || y->state == LAST_ACK ||
	     y->state == CLOSING))
		return RST_EXACT;
	if (step->seq > rcv_nxt && step->seq < rcv_nxt + (int64_t)y->wnd)
		return RST_IN_WINDOW;
	return RST_OUT_OF_WINDOW;
}

/* What ends the receiver, by its state: RFC 9293 section 3.10.7.4, RFC 5961
 * section 3.2; Linux tcp_reset_check(), tcp_check_req(). */
static bool is_acceptable(const struct step *step)
{
	const struct end *y = step_receiver(step);
	switch ((enum tcp_state)y->state) {
	case SYN_SENT: /* RFC 9293 section 3.10.7.3: judged by its ACK */
		return step->ack != CONN_NEVER && step->ack > 0 &&
		       step->ack <= y->snd_nxt;
	case SYN_RECEIVED:
		return step->rst.position != RST_OUT_OF_WINDOW &&
		       !timestamp_fails_rst(step);
	case TIME_WAIT:
		return step->rst.position == RST_EXACT &&
		       !timestamp_fails_rst(step);
	case CLOSED:
	case UNKNOWN:
		return false;
	case ESTABLISHED:
	case FIN_WAIT_1:
	case FIN_WAIT_2:
	case CLOSING:
	case CLOSE_WAIT:
	case LAST_ACK:
	case N_TCP_STATES:
		break;
	}
	return step->rst.position == RST_EXACT;
}

static void start_close(struct step *step)
{
	struct closing *k = step->conn->closing;
	if (k->started == CONN_NEVER) {
		k->started = k->last_ts = step->ts;
		k->started_frame = step->seg->frame;
	}
}

/*
 * Another hop count than all that the end sent, and nothing of an earlier life
 * but a number near its own: anybody may have sent that.
 */
static void doubt_past(struct step *step)
{
	struct rst_story *rst = &step->rst;
	if (rst->belongs == RST_OF_PAST && rst->sure != GRADE_CERTAIN &&
	    (rst->signs & RST_SIGN_TTL))
		*rst = (struct rst_story){ .form = rst->form,
			                   .position = rst->position,
			                   .accepted = rst->accepted,
			                   .signs = rst->signs,
			                   .belongs = RST_OF_UNKNOWN,
			                   .sure = GRADE_PRESUMED };
}

/* An RST proves that its sender is closed, if it is the sender's: one with
 * another hop count than all else from that end may be anybody's. */
static enum tcp_grade authority(const struct step *step)
{
	const struct end *x = step_sender(step);
	if (step->rst.belongs != RST_OF_CONNECTION)
		return GRADE_PRESUMED;
	if (end_is(x, END_SPOKE) && x->ttl != step->seg->ttl)
		return GRADE_PRESUMED;
	return GRADE_CERTAIN;
}

void reset_observe(struct step *step)
{
	const struct end *x = step_sender(step);
	step->meaning |= STEP_RST;
	step->conn->closing->n_rst[step->from]++;
	step->rst.form = form_of(step);
	step->rst.position = position_of(step);
	origin_of_rst(step);
	step->rst.accepted = is_acceptable(step);
	step->rst.signs = foreign_signs(step);
	doubt_past(step);
	if (step->rst.belongs != RST_OF_CONNECTION &&
	    step->rst.belongs != RST_OF_UNKNOWN)
		step->meaning |= STEP_STALE_RST;

	/* What is of an older life, and does not end this one, is no part of
	 * its close. */
	const bool own = !step_is(step, STEP_STALE_RST) &&
	                 !(x->state == SYN_SENT && step->rst.half_open);
	if (own || step->rst.accepted)
		start_close(step);
	if (own) {
		step->conn->closing->aborted[step->from] = true;
		foreign_note(step);
		end_transition(step, step->from, SENT_RST, authority(step));
	}
	if (!step->rst.accepted)
		return;
	end_transition(step, step->to, HEARD_RST, GRADE_PRESUMED);
	if (step->conn->closing->reset_by < 0)
		step->conn->closing->reset_by = (int)step->from;
}

/*
 * An end that was thought closed and speaks on. After an RST that merely
 * passed towards it, only what it cannot have sent before the RST arrived
 * counts.
 */
void reset_survived(struct step *step)
{
	struct end *x = step_sender(step);
	if (x->state != CLOSED || !step_is_fresh(step))
		return;
	if (x->prior == LAST_ACK && x->fin_acked == GRADE_PRESUMED)
		return; /* fin_again() judges that */
	if (x->closed == GRADE_PRESUMED &&
	    step->ts - x->state_since <= conn_crossing(step->conn, step->from))
		return;
	end_transition(step, step->from, SURVIVED, GRADE_CERTAIN);
	if (conn_fin(step->conn, step->from)) /* sent in the meantime */
		end_transition(step, step->from, SENT_FIN, GRADE_CERTAIN);
	struct closing *k = step->conn->closing;
	if (!k)
		return;
	k->aborted[step->from] = false;
	if (k->reset_by != (int)step->from ||
	    conn_foreign_rst(step->conn, step->from) == GRADE_NONE)
		k->reset_by = -1;
}
