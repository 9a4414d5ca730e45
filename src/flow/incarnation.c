/*
 * The lives of a four-tuple. This file alone decides whether a SYN opens a
 * new life or repeats the one that is there, and whose a segment is while two
 * lives overlap.
 */
#include "flow/incarnation.h"

#include <string.h>

/* What remains in view around the numbers of a life: a full scaled window on
 * either side (RFC 7323 section 2.3 allows no more than 2^30). */
static int64_t reach(const struct end *receiver)
{
	return 65536L << receiver->wscale;
}

static bool near(struct tcp_seq number, const struct end *e, int64_t slack)
{
	const int64_t at = seq_unwrap(number, e->iss, e->snd_nxt);
	return at >= -1 && at >= e->snd_una - slack && at <= e->snd_nxt + slack;
}

/* The numbers of a segment fit those of a life. */
static bool fits(const struct conn *c, const struct segment *seg, unsigned from)
{
	const struct end *x = &c->end[from], *y = &c->end[!from];
	const bool refusal = segment_has(seg, TCP_RST) &&
	                     segment_has(seg, TCP_ACK) && seg->seq.wire == 0;

	if (end_is(x, END_BASED) && !refusal && !near(seg->seq, x, reach(y)))
		return false;
	if (segment_has(seg, TCP_ACK) && end_is(y, END_BASED))
		return near(seg->ack, y, reach(x));
	return end_is(x, END_BASED);
}

/* A SYN without ACK: RFC 9293 section 3.10.7.4 step 4 would challenge it, but
 * its sender has no older life any more, whoever still believes in one. */
static enum incarnation judge_syn(const struct flow *flow,
                                  const struct segment *seg, unsigned from)
{
	if (!flow->life)
		return INCARNATION_NEW;
	const struct conn *c = &flow->life->conn;
	const struct end *x = &c->end[from];
	if (end_is(x, END_SYN))
		return seq_eq(x->iss, seg->seq) ? INCARNATION_CURRENT
		                                : INCARNATION_NEW;
	/* Both ends open at once (section 3.5, figure 8). */
	const struct end *y = &c->end[!from];
	if (y->state == SYN_SENT && !end_is(x, END_SPOKE))
		return INCARNATION_CURRENT;
	return INCARNATION_NEW;
}

/* With no life left, a segment that begins none is one that comes late. */
static const struct past *whose_late(const struct flow *flow,
                                     const struct segment *seg, unsigned from)
{
	for (const struct past *p = flow->pasts; p; p = p->older) {
		const int32_t off = seq_diff(seg->seq, p->end[from].snd_nxt);
		if (!(p->facts[from] & PAST_SPOKE) ||
		    (off > -(1 << 20) && off < 1 << 20) ||
		    segment_has(seg, TCP_RST))
			return p;
	}
	return NULL;
}

/*
 * What the SYN that began the current life draws from an end that still holds
 * the older one, an ACK that says nothing new, and the RST by which the SYN's
 * sender refuses that (RFC 9293 section 3.5.1, figure 9): both are part of
 * the opening, though their numbers are of the older life.
 */
static bool is_of_opening(const struct flow *flow, const struct segment *seg,
                          unsigned from)
{
	const unsigned opener = flow->life->conn.opener;
	const struct end *old = &flow->older->conn.end[opener];
	if (flow->life->conn.end[opener].state != SYN_SENT)
		return false;
	if (from == opener)
		return segment_has(seg, TCP_RST) && !segment_has(seg, TCP_ACK);
	return !segment_has(seg, TCP_SYN | TCP_FIN | TCP_RST) &&
	       segment_has(seg, TCP_ACK) && seg->payload_len == 0 &&
	       seq_eq(seg->ack, seq_wrap(old->snd_una, old->iss));
}

enum incarnation incarnation_judge(const struct flow *flow,
                                   const struct segment *seg, unsigned from,
                                   const struct past **past)
{
	if (segment_has(seg, TCP_SYN) && !segment_has(seg, TCP_ACK))
		return judge_syn(flow, seg, from);
	if (!flow->life) {
		*past = segment_has(seg, TCP_SYN) ? NULL
		                                  : whose_late(flow, seg, from);
		return *past ? INCARNATION_PAST : INCARNATION_NEW;
	}
	if (flow->older && !fits(&flow->life->conn, seg, from) &&
	    fits(&flow->older->conn, seg, from) &&
	    !is_of_opening(flow, seg, from))
		return INCARNATION_OLDER;
	return INCARNATION_CURRENT;
}

bool incarnation_settled(const struct flow *flow)
{
	const struct conn *c = &flow->life->conn;
	return end_is(&c->end[!c->opener], END_SYN);
}

bool incarnation_disproved(const struct flow *flow, const struct step *step)
{
	const struct conn *c = &flow->life->conn;
	return step->from == c->opener && !segment_has(step->seg, TCP_RST) &&
	       !incarnation_settled(flow) &&
	       step->seq >= step->conn->end[step->from].snd_una &&
	       step->ts - c->first_ts > conn_crossing(step->conn, step->from);
}

bool incarnation_cleared(const struct flow *flow, const struct step *step)
{
	return step_is(step, STEP_RST) && step->rst.half_open &&
	       fits(&flow->older->conn, step->seg, step->from);
}

static void remember_end(struct past *past, const struct conn *c, unsigned i)
{
	const struct end *e = &c->end[i], *peer = &c->end[!i];
	past->end[i] = (struct past_end){
		.iss = e->iss,
		.snd_nxt = seq_wrap(e->snd_nxt, e->iss),
		.rcv_nxt = seq_wrap(peer->snd_una, peer->iss),
		.tsval = e->tsval,
	};
	past->state[i] = c->replaced >> i & 1 ? e->prior : e->state;
	past->prior[i] = e->prior;
	past->facts[i] =
		(uint8_t)((end_is(e, END_SYN) ? PAST_SYN : 0) |
	                  (end_is(e, END_SPOKE) ? PAST_SPOKE : 0) |
	                  (end_is(e, END_SPOKE) && peer->snd_una > 0
	                           ? PAST_ACKED
	                           : 0) |
	                  (end_is(e, END_TIMESTAMPS) ? PAST_TIMESTAMPS : 0) |
	                  (conn_fin(c, i) ? PAST_FIN : 0) |
	                  (c->closing && c->closing->aborted[i] ? PAST_RST
	                                                        : 0));
}

void incarnation_remember(struct past *past, const struct conn *c)
{
	memset(past, 0, sizeof(*past));
	past->ended = c->last_ts;
	past->flow_id = c->flow_id;
	past->stream = (uint32_t)c->stream;
	past->incarnation = c->incarnation;
	past->last_frame = c->last_frame;
	past->opener = c->opener;
	remember_end(past, c, 0);
	remember_end(past, c, 1);
}
