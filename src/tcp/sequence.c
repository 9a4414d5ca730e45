/*
 * Sequence space: where a segment lies, whether it was captured twice, what
 * of it is new, what is missing. No payload is kept.
 */
#include "tcp/observe.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define CLONE_WINDOW 5000 /* us: a second capture of a segment is this near */
#define SWAP_WINDOW  10000000  /* ns: queues of a card may swap frames so far */
#define ABSURD       (1 << 30) /* no window reaches that far: RFC 7323 2.3 */

/* ---- capture duplicates ------------------------------------------ */

static_assert(offsetof(struct segment, ack) ==
                              offsetof(struct segment, seq) + 4 &&
                      offsetof(struct segment, tsecr) ==
                              offsetof(struct segment, tsval) + 4,
              "pair_at() reads them as one");

static uint64_t pair_at(const struct segment *seg, size_t offset)
{
	uint64_t pair;
	memcpy(&pair, (const char *)seg + offset, sizeof(pair));
	return pair;
}

/*
 * Two captures of one segment agree in everything a router leaves alone. A
 * retransmission has a new IP-ID (Linux ip_select_ident_segs()); where there is
 * none, as in IPv6 and in what a TIME_WAIT answers, the checksum takes its
 * place. Multilinear: a sum of products, of which the upper half is kept, for
 * no more than a few words (Lemire and Kaser 2014).
 */
static uint32_t print_of(const struct segment *seg)
{
	const uint16_t id =
		seg->has_ip_id && seg->ip_id ? seg->ip_id : seg->checksum;
	const uint64_t numbers = pair_at(seg, offsetof(struct segment, seq));
	const uint64_t clocks = pair_at(seg, offsetof(struct segment, tsval));
	const uint64_t rest =
		(uint64_t)(seg->payload_len ^ (uint32_t)seg->flags << 24)
			<< 32 |
		(uint32_t)seg->window << 16 | id;
	return (uint32_t)((numbers * 0x9e3779b97f4a7c15u +
	                   clocks * 0xc2b2ae3d27d4eb4fu +
	                   rest * 0x165667b19e3779f9u) >>
	                  32);
}

static bool has_print(const struct end *x, uint32_t hash)
{
	static_assert(CLONE_MEMORY == 4, "each is asked");
	const struct clone_print *p = x->clone;
	return p[0].hash == hash || p[1].hash == hash || p[2].hash == hash ||
	       p[3].hash == hash;
}

static bool is_recent(const struct end *x, uint32_t hash, uint32_t ts_us)
{
	for (unsigned i = 0; i < CLONE_MEMORY; i++) {
		if (x->clone[i].hash == hash && x->packets > 0 &&
		    ts_us - x->clone[i].ts_us < CLONE_WINDOW)
			return true;
	}
	return false;
}

static struct clone_print print_taken(const struct step *step)
{
	return (struct clone_print){
		.hash = print_of(step->seg),
		.ts_us = (uint32_t)((uint64_t)step->ts / 1000),
	};
}

static void keep_print(struct end *x, struct clone_print print)
{
	x->clone[x->i_clone] = print;
	x->i_clone = (uint8_t)((x->i_clone + 1) % CLONE_MEMORY);
}

void sequence_take_print(const struct step *step)
{
	keep_print(step_sender(step), print_taken(step));
}

/*
 * The TTL is left out: a tap before and behind a router sees the same packet
 * with two. One that the network itself repeats within that time looks the
 * same, and harms no more.
 */
bool sequence_is_clone(struct step *step)
{
	struct end *x = step_sender(step);
	const struct clone_print print = print_taken(step);

	if (has_print(x, print.hash) && is_recent(x, print.hash, print.ts_us))
		return true;
	keep_print(x, print);
	return false;
}

void conn_forget_prints(struct conn *c, int64_t now)
{
	for (unsigned i = 0; i < 2; i++) {
		struct end *e = &c->end[i];
		if (now / 1000 - e->last_ts / 1000 < CLONE_WINDOW)
			continue;
		memset(e->clone, 0, sizeof(e->clone));
		e->i_clone = 0;
	}
}

/* ---- positions --------------------------------------------------- */

static void set_base(struct end *e, struct tcp_seq position_0, int64_t at)
{
	e->iss = position_0;
	e->facts |= END_BASED;
	e->snd_una = e->passed = e->snd_nxt = at;
	e->snd_max_wnd_edge = at;
}

/* The end begins here after all: what was thought missing of it, or ahead,
 * stood in the space of an older life. */
static void rebase(struct step *step)
{
	struct end *x = step_sender(step);
	struct holes *holes = step->conn->holes;
	set_base(x, step->seg->seq, 0);
	x->missing = 0;
	x->facts &= (uint16_t) ~(END_GAP | END_TAIL_MISSED);
	if (holes) {
		holes->ahead[step->from].n = 0;
		holes->unseen[step->from] = (struct unseen){ 0 };
	}
}

/* What a late capture first sees of an end is where its sequence begins, even
 * if the peer's ACKs were seen before. */
static void begin_midstream(struct step *step)
{
	struct end *x = step_sender(step);
	if (!step->conn->midstream || segment_has(step->seg, TCP_SYN | TCP_RST))
		return;
	if (step->seq > x->passed)
		x->passed = x->snd_nxt = step->seq;
}

/* A SYN+ACK of the peer's SYN: whatever came from that end before, such as an
 * ACK out of TIME-WAIT or a late RST, was of an older life. Not so a FIN: it
 * was taken for one of this life, and its story has positions. */
static bool answers_syn(const struct step *step)
{
	const struct end *y = step_receiver(step);
	return segment_has(step->seg, TCP_ACK) && end_is(y, END_SYN) &&
	       !conn_fin(step->conn, step->from) &&
	       seq_eq(step->seg->ack, seq_add(y->iss, 1));
}

/* Where position 0 is, at first, or anew. */
static void find_bases(struct step *step)
{
	const struct segment *seg = step->seg;
	struct end *x = step_sender(step);
	struct end *y = step_receiver(step);
	const bool syn = segment_has(seg, TCP_SYN);

	if (!end_is(x, END_BASED))
		set_base(x, seq_add(seg->seq, syn ? 0 : -1), syn ? 0 : 1);
	else if (syn && !end_is(x, END_SYN) && !seq_eq(x->iss, seg->seq) &&
	         !conn_fin(step->conn, step->from) &&
	         (!end_is(x, END_SPOKE) || answers_syn(step)))
		rebase(step);
	if (segment_has(seg, TCP_ACK) && !end_is(y, END_BASED))
		set_base(y, seq_add(seg->ack, -1), 1);
}

static void read_sacks(struct step *step)
{
	const struct segment *seg = step->seg;
	const struct end *y = step_receiver(step);
	const struct fin_story *fin = conn_fin(step->conn, step->to);

	for (unsigned i = 0; i < seg->n_sacks; i++) {
		const int64_t from =
			seq_unwrap(seg->sack[i].left, y->iss, y->snd_nxt);
		const int64_t to =
			seq_unwrap(seg->sack[i].right, y->iss, y->snd_nxt);
		/* RFC 2883 section 4: the first block reports a duplicate if
		 * it lies below the cumulative ACK. */
		if (i == 0 && to <= step->ack) {
			step->has_dsack = true;
			step->dsack_from = from;
			step->dsack_to = to;
		} else if (fin && from <= fin->pos && to > fin->pos) {
			step->sacks_fin = true;
		}
	}
}

void sequence_locate(struct step *step)
{
	const struct segment *seg = step->seg;
	const struct end *x = step_sender(step);
	const struct end *y = step_receiver(step);

	if (segment_has(seg, TCP_SYN) || !(x->facts & y->facts & END_BASED))
		find_bases(step);
	step->seq = seq_unwrap(seg->seq, x->iss, x->snd_nxt);
	step->seq_end = step->seq + segment_len(seg);
	step->ack = segment_has(seg, TCP_ACK)
	                    ? seq_unwrap(seg->ack, y->iss, y->snd_nxt)
	                    : CONN_NEVER;
	step->snd_una_before = y->snd_una;
	step->wnd_before = x->wnd;
	if (!end_is(x, END_SPOKE))
		begin_midstream(step);
	if (seg->n_sacks > 0)
		read_sacks(step);
}

/* ---- text -------------------------------------------------------- */

/*
 * RFC 9293 section 3.10.7.4, step 1, with the tap's doubt: the window's right
 * edge may have moved in an ACK that the capture missed, so a segment is only
 * called out of window when it is beyond twice what can be offered, or so far
 * off that no window can reach it.
 */
static bool is_out_of_window(const struct step *step)
{
	const struct end *x = step_sender(step);
	const struct end *y = step_receiver(step);

	/* A SYN with another number is no part of this life, wherever it
	 * lies: it draws a challenge ACK (RFC 5961 section 4.2). */
	if (segment_has(step->seg, TCP_SYN) && step->seq != 0 &&
	    end_is(x, END_SPOKE) && x->state != UNKNOWN)
		return true;
	/* An end in SYN-SENT takes no ACK but that of its SYN: section
	 * 3.10.7.3. Any other is of an older life (section 3.5.1). */
	if (y->state == SYN_SENT && end_is(y, END_SYN) &&
	    (step->ack < 1 || step->ack > y->snd_nxt) &&
	    !segment_has(step->seg, TCP_SYN))
		return true;
	if (step->ack != CONN_NEVER && (step->ack > y->snd_nxt + ABSURD ||
	                                step->ack < y->snd_una - ABSURD))
		return true;
	if (step->seq < x->snd_una - ABSURD || step->seq > x->snd_nxt + ABSURD)
		return true;
	if (!end_is(y, END_WINDOW_KNOWN) || !end_is(y, END_SPOKE))
		return false;
	return step->seq > x->snd_max_wnd_edge + (65535L << y->wscale) &&
	       step->seq > x->snd_nxt;
}

/* Bytes that an ACK had passed by, and that now come after all. */
static bool was_swapped(const struct step *step)
{
	const struct holes *holes = step->conn->holes;
	if (!holes || !end_is(step_sender(step), END_GAP))
		return false;
	const struct unseen *u = &holes->unseen[step->from];
	return u->from < u->to && step->ts - u->ts <= SWAP_WINDOW &&
	       step->seq <= u->from && step->seq_end > u->from;
}

void sequence_late_data(struct step *step)
{
	const bool has_fin = segment_has(step->seg, TCP_FIN);
	if ((step->seg->payload_len > 0 || has_fin) &&
	    step->seq_end - has_fin > step_sender(step)->snd_una &&
	    conn_fin(step->conn, step->to))
		step->meaning |= STEP_LATE_DATA;
}

void sequence_classify(struct step *step)
{
	const struct end *x = step_sender(step);
	const uint32_t payload = step->seg->payload_len;

	if (segment_has(step->seg, TCP_RST))
		return;
	if (is_out_of_window(step)) {
		step->meaning |= STEP_OUT_OF_WINDOW;
		return;
	}
	const struct fin_story *fin = conn_fin(step->conn, step->from);
	if (fin && step->seq_end > fin->pos + 1)
		step->meaning |= STEP_BEYOND_FIN;
	const bool swapped = was_swapped(step);
	if (payload > 0 && (swapped || step->seq_end > x->snd_nxt))
		step->meaning |= STEP_NEW_DATA;
	sequence_late_data(step);
	if (step_len(step) > 0 && step->seq > x->passed)
		step->meaning |= STEP_AHEAD;
	const struct holes *holes = step->conn->holes;
	const int64_t end = step->seq + payload;
	if (payload > 0 && !swapped &&
	    (end <= x->passed ||
	     (holes && spans_cover(&holes->ahead[step->from], step->seq, end))))
		step->meaning |= STEP_REPEAT;
	else if (step->seq <= x->passed && step->seq_end > x->passed && holes &&
	         holes->ahead[step->from].n > 0)
		step->meaning |= STEP_FILLS_HOLE;
}

static void find_unseen(struct step *step)
{
	struct end *x = step_sender(step);
	if (!was_swapped(step))
		return;
	struct unseen *u = &step->conn->holes->unseen[step->from];
	const int64_t to = step->seq_end < u->to ? step->seq_end : u->to;
	const int64_t came = to - u->from < u->n ? to - u->from : u->n;
	x->missing -= (uint64_t)came;
	u->n -= came;
	x->bytes += came < step->seg->payload_len ? (uint64_t)came
	                                          : step->seg->payload_len;
	u->from = to;
	if (x->missing == 0)
		x->facts &= (uint16_t)~END_GAP;
	if (to == x->snd_nxt)
		x->facts &= (uint16_t)~END_TAIL_MISSED;
}

/* An empty segment that stands beyond all that was seen of its sender: what
 * lies before it was sent, and missed by the tap. A FIN may be among it. */
void sequence_tail(struct step *step)
{
	struct end *x = step_sender(step);
	if (step_len(step) > 0 || step->seq <= x->snd_nxt)
		return;
	x->snd_nxt = step->seq;
	x->facts |= END_TAIL_MISSED;
}

/* What had passed beyond a hole counts once the hole is closed. One segment
 * may close several, and end in the middle of a span. */
static void take_ahead(struct end *e, struct spans *ahead)
{
	spans_drop_before(ahead, e->passed);
	if (ahead->n > 0 && ahead->span[0].from == e->passed) {
		e->passed = ahead->span[0].to;
		spans_drop_before(ahead, e->passed);
	}
}

/* Step 7, SEGMENT TEXT: what passed the tap, and is presumed delivered. */
void sequence_text(struct step *step)
{
	struct end *x = step_sender(step);
	struct holes *holes = step->conn->holes;
	if (step_len(step) == 0)
		return;

	find_unseen(step);
	if (step->seq_end > x->snd_nxt) {
		const int64_t fresh =
			step->seq > x->snd_nxt ? step->seq : x->snd_nxt;
		const int64_t text = step->seq_end - fresh -
		                     segment_has(step->seg, TCP_FIN) -
		                     (fresh == 0);
		if (text > 0) {
			x->data_ms = (uint32_t)(step->ts / 1000000);
			x->bytes += (uint64_t)text;
			if (end_is(x, END_SPOKE))
				x->facts |= END_NEW_DATA;
		}
		x->snd_nxt = step->seq_end;
		x->facts &= (uint16_t)~END_TAIL_MISSED;
	}
	if (step->seq > x->passed) {
		spans_add(&holes->ahead[step->from], step->seq, step->seq_end);
		return;
	}
	if (step->seq_end > x->passed)
		x->passed = step->seq_end;
	if (holes)
		take_ahead(x, &holes->ahead[step->from]);
}

/* The part of [passed, ack) that the capture never saw. */
static int64_t unseen_below(const struct end *y, const struct spans *ahead,
                            int64_t ack)
{
	int64_t unseen = ack - y->passed;
	for (uint32_t i = 0; i < ahead->n; i++) {
		const struct span s = ahead->span[i];
		if (s.from < ack)
			unseen -= (s.to < ack ? s.to : ack) - s.from;
	}
	return unseen;
}

/*
 * Step 5: the peer holds everything before this ACK. An ACK of what never
 * passed is a loss of the capture, not of the network: no TCP acknowledges
 * what it did not receive (RFC 9293 section 3.10.7.4).
 */
void sequence_acked(struct step *step)
{
	struct end *y = step_receiver(step);
	struct holes *holes = step->conn->holes;

	if (step->ack > y->passed && holes) {
		struct spans *ahead = &holes->ahead[step->to];
		const int64_t unseen = unseen_below(y, ahead, step->ack);
		if (unseen > 0 && end_is(y, END_SPOKE)) {
			step->meaning |= STEP_ACKS_UNSEEN;
			y->missing += (uint64_t)unseen;
			y->facts |= END_GAP;
			holes->unseen[step->to] =
				(struct unseen){ y->passed, step->ack, unseen,
				                 step->ts, step->seg->frame };
		}
		y->passed = step->ack;
		take_ahead(y, ahead);
		if (step->ack > y->snd_nxt) {
			y->snd_nxt = step->ack;
			if (end_is(y, END_SPOKE))
				y->facts |= END_TAIL_MISSED;
		}
	}
	if (step->ack > y->snd_una)
		y->snd_una = step->ack;
}
