/*
 * FINs: the first one, its copies, its ACKs, and what each proves. A FIN is
 * known by its position, never by SEQ and length: a retransmission may have
 * been merged with the data before it (Linux tcp_retrans_try_collapse()).
 */
#include "tcp/end.h"
#include "tcp/observe.h"

#define FIN_AT_ONCE INT64_C(10000000) /* sooner than any retransmission */

static struct fin_story *fin_of(const struct step *step, unsigned end)
{
	struct closing *k = step->conn->closing;
	return k && k->fin[end].n_sent > 0 ? &k->fin[end] : NULL;
}

static bool covers(const struct step *step, const struct fin_story *fin)
{
	return fin && step->ack != CONN_NEVER && step->ack > fin->pos;
}

/*
 * An end that has taken the peer's FIN acknowledges it in all that it sends
 * from then on. So a fresh segment that does not, sent when the FIN must have
 * been there, or one that reports the FIN beyond a hole, says that the FIN
 * did not arrive in order. What an end that is thought closed had heard stays
 * as it is: it may prove to be alive, and in the state before.
 */
void fin_contradiction(struct step *step)
{
	struct end *x = step_sender(step);
	const struct fin_story *peer = fin_of(step, step->to);
	if (!peer || covers(step, peer) || x->peer_fin != GRADE_PRESUMED ||
	    x->state == CLOSED || !step_is_fresh(step))
		return;
	if (!step->sacks_fin &&
	    step->ts - peer->last_ts <= conn_crossing(step->conn, step->from))
		return;
	x->peer_fin = GRADE_NONE;
	x->facts |= END_FIN_TAKEN_BACK;
	end_transition(step, step->from, FIN_UNHEARD, GRADE_CERTAIN);
}

/* An answer takes a round trip. What is known of that is the least that was
 * measured, of few samples that hold the ends' own delays too: a quarter of
 * it is safe, and what is less early shows when the copy's answer comes. */
static bool is_early(const struct step *step, const struct fin_story *fin)
{
	const int64_t rtt = step_sender(step)->rtt;
	return fin->n_sent > 1 && rtt > 0 && step->ts - fin->last_ts < rtt / 4;
}

/*
 * RFC 2883: the FIN came twice, alone or with data. Not so where it had come
 * before its time, and data fills the hole before it: Linux then acknowledges
 * both with the SACK block that it had, because tcp_ofo_queue() calls tcp_fin()
 * before tcp_sack_remove().
 */
static bool dsacks(const struct step *step, const struct fin_story *fin)
{
	return step->has_dsack && step->dsack_from <= fin->pos &&
	       step->dsack_to == fin->pos + 1 && !fin->waits &&
	       step_receiver(step)->last_ts <= fin->last_ts;
}

/* Linux answers out of TIME_WAIT without a number: tcp_v4_timewait_ack(). IPv6
 * has none anyway. */
static bool may_be_time_wait(const struct step *step)
{
	return conn_fin(step->conn, step->from) &&
	       (!step->seg->has_ip_id || step->seg->ip_id == 0);
}

/*
 * TSecr against the TSvals of the FIN and its copies: an earlier one's, or the
 * newest one's. Linux takes over the TSval of a FIN before it acknowledges it,
 * as RFC 7323 section 4.3 would have it, and in TIME_WAIT keeps what it has.
 * Others need not (gVisor's consumeSegment() does not), so an older echo may
 * be that of the segment before the copy: of data that shares the first FIN's
 * TSval, or was sent again between the two.
 */
static bool echoes_earlier(const struct step *step, const struct fin_story *fin)
{
	const struct segment *seg = step->seg;
	const int32_t since_first = ts_diff(seg->tsecr, fin->first_tsval);
	return (seg->options & OPTION_TIMESTAMP) && seg->tsecr.wire != 0 &&
	       ts_diff(seg->tsecr, fin->last_tsval) < 0 && since_first >= 0 &&
	       (may_be_time_wait(step) ||
	        (since_first == 0 && !fin->shares_tsval));
}

static bool echoes_newest(const struct step *step, const struct fin_story *fin)
{
	const struct segment *seg = step->seg;
	return (seg->options & OPTION_TIMESTAMP) && seg->tsecr.wire != 0 &&
	       seg->tsecr.wire == fin->last_tsval.wire;
}

/*
 * The answer to a repeated FIN tells which of its copies arrived first
 * (measured in the lab: fin_lost_*, last_ack_lost_*). A full socket, one that
 * has not sent its own FIN, reports a copy by DSACK, so none says that this was
 * the first to come; its TSecr moves with each. TIME_WAIT sends no DSACK, but
 * keeps the TSecr it had.
 */
static enum fin_word read_answer(const struct step *step,
                                 const struct fin_story *fin)
{
	const struct end *x = step_sender(step), *y = step_receiver(step);
	if (fin->n_sent < 2)
		return FIN_WORD_NONE;
	if (dsacks(step, fin))
		return FIN_WORD_HAD_ARRIVED;
	if (step->ack_early)
		return FIN_WORD_NONE; /* it answers an earlier copy */
	if (echoes_earlier(step, fin))
		return FIN_WORD_HAD_ARRIVED;
	if (fin->acked_ts != CONN_NEVER)
		return FIN_WORD_NONE;
	if (!conn_fin(step->conn, step->from))
		return end_is(x, END_SACK) && end_is(y, END_SACK)
		               ? FIN_WORD_CAME_NOW
		               : FIN_WORD_NONE;
	return echoes_newest(step, fin) ? FIN_WORD_CAME_NOW : FIN_WORD_NONE;
}

/* Step 5 for an ACK of the peer's FIN. */
void fin_acked(struct step *step)
{
	struct end *x = step_sender(step);
	struct end *y = step_receiver(step);
	struct fin_story *own = fin_of(step, step->from);
	struct fin_story *peer = fin_of(step, step->to);

	/* x acknowledges what the peer sent together with the ACK of x's FIN:
	 * so that ACK arrived, whatever was thought lost before. */
	if (own && own->acked_ts != CONN_NEVER &&
	    x->fin_acked != GRADE_CERTAIN && step->ack > own->peer_pos_at_ack) {
		x->fin_acked = GRADE_CERTAIN;
		end_transition(step, step->from, FIN_ACKED, GRADE_CERTAIN);
	}
	if (!covers(step, peer))
		return;

	x->peer_fin = GRADE_CERTAIN;
	end_transition(step, step->from, HEARD_FIN, GRADE_CERTAIN);
	step->ack_early = is_early(step, peer);
	if (peer->acked_ts == CONN_NEVER) {
		step->meaning |= STEP_ACKS_FIN;
		step->fin_word = read_answer(step, peer);
		peer->acked_ts = step->ts;
		peer->acked_frame = step->seg->frame;
		peer->peer_pos_at_ack = x->snd_nxt;
		peer->n_sent_at_ack = peer->n_sent;
	} else if (peer->last_ts > peer->last_acked_ts) {
		step->meaning |= STEP_REACKS_FIN;
		step->fin_word = read_answer(step, peer);
	}
	peer->last_acked_ts = step->ts;
	peer->last_acked_frame = step->seg->frame;
	if (y->fin_acked == GRADE_NONE)
		y->fin_acked = GRADE_PRESUMED;
	end_transition(step, step->to, FIN_ACKED, GRADE_PRESUMED);
}

static void start_close(struct step *step)
{
	struct closing *k = step->conn->closing;
	if (k->started != CONN_NEVER)
		return;
	k->started = k->last_ts = step->ts;
	k->started_frame = step->seg->frame;
}

/*
 * A FIN that was acknowledged before the capture saw it: frames were swapped,
 * or the capture missed the first FIN and this is a copy, sent because the ACK
 * was lost.
 */
static void acked_before(struct step *step, struct fin_story *fin)
{
	struct end *x = step_sender(step), *y = step_receiver(step);
	const struct holes *holes = step->conn->holes;
	const struct unseen *u = holes ? &holes->unseen[step->from] : NULL;
	if (!u || u->to <= fin->pos)
		return;
	fin->acked_ts = fin->last_acked_ts = u->ts;
	fin->acked_frame = fin->last_acked_frame = u->frame;
	fin->peer_pos_at_ack = y->snd_nxt;
	fin->n_sent_at_ack = 1;
	y->peer_fin = GRADE_CERTAIN;
	end_transition(step, step->to, HEARD_FIN, GRADE_CERTAIN);
	if (step->ts - u->ts > conn_crossing(step->conn, step->from))
		return;
	x->fin_acked = GRADE_PRESUMED;
	end_transition(step, step->from, FIN_ACKED, GRADE_PRESUMED);
}

/*
 * The first FIN that is seen may be a copy of one that was lost before the
 * tap, and that one need not have acknowledged the peer's. It is taken for the
 * first if its sender had acknowledged the peer's FIN from where this FIN
 * stands, or if it comes so soon after the peer's FIN that one sent when that
 * arrived cannot have been repeated yet: a first gap below 150 ms is no RTO
 * (RFC 6298 section 2.4; Linux TCP_RTO_MIN, 200 ms).
 */
static bool may_be_copy(const struct step *step, const struct fin_story *peer)
{
	if (!covers(step, peer))
		return false;
	const bool acked_earlier = peer->acked_ts != CONN_NEVER &&
	                           peer->acked_frame != step->seg->frame;
	return !acked_earlier &&
	       step->ts - peer->first_ts >= step_sender(step)->rtt + 150000000;
}

/*
 * The tap missed the first FIN, and its sender stood behind it already when
 * it answered the peer's first one with a bare ACK. Had that FIN acknowledged
 * the peer's, there would have been nothing to answer: so they crossed.
 */
static bool crossed_unseen(const struct fin_story *fin,
                           const struct fin_story *peer)
{
	return fin->first_missed && peer && peer->acked_ts != CONN_NEVER &&
	       peer->peer_pos_at_ack > fin->pos && peer->n_sent_at_ack == 1;
}

static void first_fin(struct step *step, struct fin_story *fin)
{
	struct end *x = step_sender(step);
	const struct fin_story *peer = fin_of(step, step->to);

	start_close(step);
	step->meaning |= STEP_FIN;
	fin->pos = step->seq_end - 1;
	fin->first_ts = fin->last_ts = step->ts;
	fin->first_frame = fin->last_frame = step->seg->frame;
	fin->first_tsval = fin->last_tsval = step->seg->tsval;
	fin->last_ip_id = step->seg->ip_id;
	fin->shares_tsval = step->tsval_is_old;
	fin->n_sent = 1;
	fin->first_missed =
		end_is(x, END_TAIL_MISSED) || may_be_copy(step, peer);
	const bool unseen = crossed_unseen(fin, peer);
	fin->covered_peer_fin = covers(step, peer) && !unseen;

	/* A FIN that does not acknowledge the peer's was sent before that one
	 * arrived: the two crossed, or the peer's was lost. */
	const enum tcp_grade heard = (enum tcp_grade)x->peer_fin;
	const bool crossed = peer && !fin->covered_peer_fin &&
	                     (unseen || heard == GRADE_PRESUMED);
	if (crossed) {
		x->peer_fin = GRADE_NONE;
		end_transition(step, step->from, FIN_UNHEARD, GRADE_CERTAIN);
	}
	end_transition(step, step->from, SENT_FIN, GRADE_CERTAIN);
	acked_before(step, fin);
	if (crossed) {
		x->peer_fin = (uint8_t)heard;
		end_transition(step, step->from, HEARD_FIN, heard);
	}
}

/*
 * Whether the end sent this copy, or the network repeated a packet: a
 * retransmission has a new IP-ID, and a new timestamp if the clock has ticked
 * since, which may take a second (RFC 7323 section 5.4). A firewall may give
 * new IP-IDs, too, to packets captured before and behind it. Where there is
 * neither, no end sends its FIN again within 10 ms.
 */
static bool is_sent_again(const struct step *step, const struct fin_story *fin)
{
	const struct segment *seg = step->seg;
	const bool has_time = seg->options & OPTION_TIMESTAMP;
	const bool has_id = seg->has_ip_id && seg->ip_id && fin->last_ip_id;
	const bool at_once = step->ts - fin->last_ts < FIN_AT_ONCE;
	const int32_t ticks = ts_diff(seg->tsval, fin->last_tsval);
	if (has_time && ticks != 0)
		return ticks > 0;
	if (has_id)
		return seg->ip_id != fin->last_ip_id && !(has_time && at_once);
	return !has_time && !at_once;
}

static void note_copy(struct step *step, struct fin_story *fin)
{
	step->meaning |= STEP_FIN_COPY;
	fin->n_sent++;
	fin->last_gap = step->ts - fin->last_ts;
	fin->last_ts = step->ts;
	fin->last_frame = step->seg->frame;
	fin->last_tsval = step->seg->tsval;
	fin->last_ip_id = step->seg->ip_id;
}

/* The same FIN again: when it was sent, no ACK of it had arrived. */
static void fin_again(struct step *step, struct fin_story *fin)
{
	struct end *x = step_sender(step);
	const int64_t crossing = conn_crossing(step->conn, step->from);

	if (!is_sent_again(step, fin)) {
		step->meaning |= STEP_DUPLICATE;
		return;
	}
	note_copy(step, fin);
	if (fin->acked_ts == CONN_NEVER)
		return;

	step->ack_lost = step->ts - fin->acked_ts > crossing;
	step->may_cross = step->ts - fin->last_acked_ts <= crossing;
	if (x->fin_acked != GRADE_PRESUMED || step->may_cross ||
	    (x->state == CLOSED && x->prior != LAST_ACK))
		return;
	x->fin_acked = GRADE_NONE;
	end_transition(step, step->from, FIN_UNACKED, GRADE_CERTAIN);
}

/*
 * The peer acknowledges once more what comes before the FIN, with data between
 * the two: a duplicate ACK (RFC 5681 section 2) is of something that came out
 * of order. One that passes sooner than the FIN can have been answered tells of
 * what came before; a SACK of the FIN leaves no doubt.
 */
void fin_waits(struct step *step)
{
	struct fin_story *peer = fin_of(step, step->to);
	if (!peer || step->ack == CONN_NEVER || step->ack >= peer->pos)
		return;
	peer->waits |= step->sacks_fin ||
	               (step_is(step, STEP_DUP_ACK) &&
	                step->ts - peer->first_ts >
	                        conn_crossing(step->conn, step->from));
}

/* A FIN that lies before what the peer has acknowledged is of an earlier
 * life: nothing comes after an end's FIN. */
static bool is_of_this_life(const struct step *step)
{
	return step->seq_end > 0 && step->seq_end >= step_sender(step)->snd_una;
}

/* Step 8 from the sender's side. */
void fin_sent(struct step *step)
{
	struct fin_story *fin = &step->conn->closing->fin[step->from];
	if (fin->n_sent == 0 && is_of_this_life(step))
		first_fin(step, fin);
	else if (fin->n_sent > 0 && step->seq_end - 1 == fin->pos)
		fin_again(step, fin);
}

/*
 * Step 8 from the receiver's side: a FIN counts only in order, when every
 * byte before it has passed. One that was known to be lost counts again when
 * a segment passes that brings what the receiver lacks.
 */
void fin_heard(struct step *step)
{
	const struct end *x = step_sender(step);
	struct end *y = step_receiver(step);
	const struct fin_story *fin;

	if (y->peer_fin != GRADE_NONE || y->state == CLOSED)
		return;
	fin = fin_of(step, step->from);
	if (!fin || x->passed <= fin->pos)
		return;
	if (end_is(y, END_FIN_TAKEN_BACK) &&
	    (step->seq > x->snd_una || step->seq_end <= x->snd_una))
		return;
	y->peer_fin = GRADE_PRESUMED;
	end_transition(step, step->to, HEARD_FIN, GRADE_PRESUMED);
}
