/*
 * SEGMENT ARRIVES, as a tap sees it: RFC 9293 section 3.10.7.4 cut along its
 * own numbered steps.
 */
#include "tcp/observe.h"

#include "tcp/end.h"
#include "tcpclose/error.h"

/* Sequence space that the tap misses, for now or for good. */
static bool leaves_holes(const struct step *step)
{
	return step->seq > step_sender(step)->passed ||
	       (step->ack != CONN_NEVER &&
	        step->ack > step_receiver(step)->passed);
}

int conn_open_closing(struct conn *c, struct pool *pool)
{
	c->closing = pool_take_zeroed(pool, sizeof(*c->closing));
	if (!c->closing)
		return TCPCLOSE_ENOMEM;
	for (int i = 0; i < 2; i++) {
		c->closing->fin[i].pos = CONN_NEVER;
		c->closing->fin[i].acked_ts = CONN_NEVER;
		c->closing->fin[i].last_acked_ts = CONN_NEVER;
		c->closing->rst[i].ts = CONN_NEVER;
	}
	c->closing->started = CONN_NEVER;
	c->closing->reset_by = -1;
	return TCPCLOSE_OK;
}

/* A life that closes, or has holes, needs room for that: see conn.h. */
static int make_room(const struct step *step, struct pool *pool)
{
	struct conn *c = step->conn;
	if (!c->holes && leaves_holes(step)) {
		c->holes = pool_take_zeroed(pool, sizeof(*c->holes));
		if (!c->holes)
			return TCPCLOSE_ENOMEM;
	}
	return !c->closing && segment_has(step->seg, TCP_FIN | TCP_RST)
	               ? conn_open_closing(c, pool)
	               : TCPCLOSE_OK;
}

static void first_syn(struct step *step)
{
	const struct segment *seg = step->seg;
	struct end *x = step_sender(step);

	step->meaning |= STEP_SYN;
	reuse_observe(step);
	x->facts |= END_SYN;
	if (seg->options & OPTION_WSCALE) {
		x->facts |= END_WSCALE;
		x->wscale = seg->wscale;
	}
	if (seg->options & OPTION_SACK_PERMITTED)
		x->facts |= END_SACK;
}

/* The same SYN again. When a SYN+ACK was sent again, no ACK of the first one
 * had arrived. */
static void syn_again(struct step *step)
{
	struct end *x = step_sender(step);
	const int64_t crossing = conn_crossing(step->conn, step->from);

	x->facts |= END_SYN_REPEATED;
	step->meaning |= STEP_SYN_COPY;
	if (x->state != ESTABLISHED || x->handshake != GRADE_PRESUMED ||
	    !segment_has(step->seg, TCP_ACK) ||
	    step->ts - x->state_since <= crossing)
		return;
	x->handshake = GRADE_NONE;
	end_transition(step, step->from, SYN_UNACKED, GRADE_CERTAIN);
}

/* Step 4, and 3.10.7.2 and 3.10.7.3: SYN and SYN+ACK. Where both ends open,
 * the SYN+ACK repeats the SYN. */
void observe_syn(struct step *step)
{
	if (end_is(step_sender(step), END_SYN))
		syn_again(step);
	else
		first_syn(step);
	end_transition(step, step->from,
	               segment_has(step->seg, TCP_ACK) ? SENT_SYN_ACK
	                                               : SENT_SYN,
	               GRADE_CERTAIN);
}

/* The handshake from the ACK's side: what both ends may now presume. */
void observe_open(struct step *step)
{
	struct end *x = step_sender(step);
	struct end *y = step_receiver(step);
	const bool syn = segment_has(step->seg, TCP_SYN);

	if (!syn) {
		x->handshake = GRADE_CERTAIN;
		end_transition(step, step->from, SENT_SEGMENT, GRADE_CERTAIN);
	}
	if (step->ack < 1 || y->handshake != GRADE_NONE)
		return;
	y->handshake = GRADE_PRESUMED;
	end_transition(step, step->to, syn ? HEARD_SYN_ACK : HEARD_ACK,
	               GRADE_PRESUMED);
}

/* Step 5. An ACK that lies absurdly far ahead acknowledges nothing here. */
static void observe_ack(struct step *step)
{
	const struct end *y = step_receiver(step);
	if (step->ack == CONN_NEVER || step_is(step, STEP_OUT_OF_WINDOW))
		return;

	const bool pure = !segment_has(step->seg, TCP_SYN | TCP_FIN) &&
	                  step->seg->payload_len == 0;
	if (pure)
		step->meaning |= STEP_PURE_ACK;
	fin_contradiction(step);
	if (pure && step->ack == y->snd_una &&
	    step->seq == step_sender(step)->snd_nxt &&
	    !step_is(step, STEP_PROBE | STEP_KEEP_ALIVE))
		step->meaning |= STEP_DUP_ACK; /* window_update() may object */
	sequence_acked(step);
	fin_acked(step);
}

/* Whatever its clock says, only its sender can have sent it now: it goes on
 * exactly where that stands, or repeats its FIN with a newer timestamp. */
static bool is_of_today(const struct step *step)
{
	const struct end *x = step_sender(step);
	const struct fin_story *fin = conn_fin(step->conn, step->from);
	if (step->seq == x->snd_nxt)
		return true;
	return fin && segment_has(step->seg, TCP_FIN) &&
	       step->seq_end - 1 == fin->pos &&
	       ts_diff(step->seg->tsval, fin->last_tsval) > 0;
}

/* A segment that its receiver will not take for certain (RFC 7323 section 5.3
 * R1, or out of window) delivers nothing, and what it says of its sender is
 * old news, unless the sender's clock is at fault and not the segment. */
static bool is_rejected(const struct step *step)
{
	if (!step_is(step, STEP_OUT_OF_WINDOW | STEP_OLD | STEP_PAWS))
		return false;
	if (step_is(step, STEP_OUT_OF_WINDOW))
		return true;
	if (step_is(step, STEP_OLD) &&
	    (step->old.sure != GRADE_CERTAIN || step->seq < 0))
		return true; /* its numbers have no place in this life */
	return step->paws.sure == GRADE_CERTAIN && !is_of_today(step);
}

void observe_close(struct step *step)
{
	struct closing *k = step->conn->closing;
	if (k->started != CONN_NEVER)
		k->last_ts = step->ts;
}

static void count_in(struct step *step)
{
	struct conn *c = step->conn;
	struct end *x = step_sender(step);
	x->packets++;
	x->last_ts = step->ts;
	x->ip_id = step->seg->ip_id;
	if (!end_is(x, END_SPOKE))
		x->ttl = step->seg->ttl;
	if (!segment_has(step->seg, TCP_RST) && !is_rejected(step))
		end_note_ttl(x, step->seg->ttl);
	x->facts |= END_SPOKE;
	c->last_ts = step->ts;
	c->last_frame = step->seg->frame;
	if (end_is(step_receiver(step), END_SPOKE))
		c->confirmed = true;
	if (c->closing)
		observe_close(step);
}

static void observe_accepted(struct step *step)
{
	sequence_tail(step);
	if (segment_has(step->seg, TCP_SYN))
		observe_syn(step);
	else
		window_probe(step);
	foreign_contradiction(step);
	reset_survived(step);
	observe_open(step);
	observe_ack(step);
	window_update(step);
	fin_waits(step);
	sequence_text(step);
	if (segment_has(step->seg, TCP_FIN)) {
		step->tsval_is_old = timestamp_is_old(step);
		fin_sent(step);
	}
	if (step->paws.sure != GRADE_CERTAIN)
		fin_heard(step);
	timestamp_update(step);
}

static void step_begin(struct step *step, struct conn *c,
                       const struct segment *seg, unsigned from)
{
	step_clear(step);
	step->seg = seg;
	step->conn = c;
	/* Not end[from]: compilers then keep `from` and multiply for each use.
	 */
	step->sender = from ? &c->end[1] : &c->end[0];
	step->receiver = from ? &c->end[0] : &c->end[1];
	step->from = from;
	step->to = !from;
	step->ts = seg->ts > c->last_ts ? seg->ts : c->last_ts;
	step->idle = step->ts - step->sender->last_ts;
}

/* It has no place of its own. */
static void note_clone(struct step *step)
{
	struct conn *c = step->conn;
	step->meaning = STEP_CLONE;
	step->seq = step->seq_end = step->ack = 0;
	step->snd_una_before = 0;
	step->wnd_before = 0;
	c->n_clones++;
	c->last_ts = step->ts;
	c->last_frame = step->seg->frame;
}

static int observe_in_full(struct step *step, struct pool *pool)
{
	struct conn *c = step->conn;
	const int status = make_room(step, pool);
	if (status < 0)
		return status;
	timestamp_check(step);
	sequence_classify(step);
	old_find(step);
	letters_note(step);
	if (segment_has(step->seg, TCP_RST))
		reset_observe(step);
	else if (!is_rejected(step))
		observe_accepted(step);
	rtt_observe(step);
	count_in(step);
	conn_settle(c);
	return TCPCLOSE_OK;
}

/* Kept out of conn_observe(), which then has no array to guard and less to
 * save. */
__attribute__((noinline)) static int observe_further(struct step *step,
                                                     struct pool *pool)
{
	if (step_is_expected(step))
		return step_take(step, pool);
	if (step_is_first(step)) {
		step_begin_life(step);
		return TCPCLOSE_OK;
	}
	sequence_locate(step);
	if (!step_answers(step))
		return observe_in_full(step, pool);
	step_take_answer(step);
	return TCPCLOSE_OK;
}

/* Kept out of who shows it segments, whose registers it would take: 8
 * instructions a packet. */
__attribute__((noinline)) int conn_observe(struct conn *c,
                                           const struct segment *seg,
                                           unsigned from, struct pool *pool,
                                           struct step *step)
{
	step_begin(step, c, seg, from);
	if (sequence_is_clone(step))
		note_clone(step);
	else if (step_goes_on(step))
		step_go_on(step);
	else
		return observe_further(step, pool);
	return TCPCLOSE_OK;
}

void conn_begin(struct conn *c, const struct segment *seg, unsigned from,
                struct step *step)
{
	step_begin(step, c, seg, from);
	sequence_take_print(step);
	step_begin_life(step);
}

int conn_observe_in_full(struct conn *c, const struct segment *seg,
                         unsigned from, struct pool *pool, struct step *step)
{
	step_begin(step, c, seg, from);
	if (sequence_is_clone(step)) {
		note_clone(step);
		return TCPCLOSE_OK;
	}
	sequence_locate(step);
	return observe_in_full(step, pool);
}
