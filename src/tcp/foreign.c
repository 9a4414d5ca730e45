/*
 * RSTs that the end they name did not send: a firewall, a tool or an attacker
 * writes that end's address on them. Hop counts tell most; an IP-ID that does
 * not fit only corroborates, for it need not count (RFC 6864 section 4.1).
 *
 *      A                 third party                 B
 *   ESTABLISHED <-- RST -- "from B"              ESTABLISHED
 *   CLOSED      <----------- data ---------------    what B never did
 *
 * Looks make it likely, and only what B says afterwards makes it certain.
 */
#include "tcp/observe.h"

#define MS INT64_C(1000000)

#define SERIES_TIME (100 * MS) /* RSTs of one series follow each other */
#define PAIR_TIME   (10 * MS)  /* RSTs to both ends leave together */
#define SWAP_TIME   (10 * MS)  /* captures swap frames that near */

/* Hops since its sender, which began with 64, 128 or 255. */
static int distance(int ttl)
{
	return (ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl;
}

static bool is_near(int a, int b)
{
	return a - b <= 1 && b - a <= 1;
}

/*
 * One hop more or less is a route that changes. What answers without a socket
 * may begin with another TTL than the socket did, at the same distance.
 */
static bool has_foreign_ttl(const struct step *step)
{
	const struct end *x = step_sender(step);
	const int ttl = step->seg->ttl, low = x->ttl_low, high = x->ttl_high;
	if (high == 0 || (ttl >= low - 1 && ttl <= high + 1))
		return false;
	return step->rst.form != RST_PLAIN ||
	       !(is_near(distance(ttl), distance(low)) ||
	         is_near(distance(ttl), distance(high)));
}

/* A live socket that aborts sends the option as ever: RFC 7323 section 3.2,
 * tcp_send_active_reset(). Other stacks leave it out. */
static bool lacks_timestamp(const struct step *step)
{
	return step->rst.form == RST_ABORT && !step->seg->options_cut &&
	       !(step->seg->options & OPTION_TIMESTAMP) &&
	       end_is(step_sender(step), END_TIMESTAMPS) &&
	       end_is(step_receiver(step), END_TIMESTAMPS);
}

/* The number of a packet that was copied, or none where the socket counts. */
static bool has_foreign_ip_id(const struct step *step)
{
	const uint16_t newest = step_sender(step)->ip_id;
	if (!step->seg->has_ip_id || newest == 0)
		return false;
	return step->seg->ip_id == newest ||
	       (step->rst.form == RST_ABORT && step->seg->ip_id == 0);
}

/* No end sends beyond what it has sent: who does guesses the window. */
static bool is_stepped(const struct step *step)
{
	const struct end *x = step_sender(step);
	const struct rst_trace *last = &step->conn->closing->rst[step->from];
	return last->ts != CONN_NEVER && step->ts - last->ts <= SERIES_TIME &&
	       step->seq > last->seq && step->seq > x->snd_nxt &&
	       !end_is(x, END_GAP);
}

/*
 * RSTs to both ends at once, by one who knows no timestamps. Nobody answers an
 * RST; but an end that is closed answers what the other sent before its own
 * RST, within a round trip.
 */
static bool is_second_of_pair(const struct step *step)
{
	const struct end *y = step_receiver(step);
	const struct rst_trace *other = &step->conn->closing->rst[step->to];
	if (other->ts == CONN_NEVER || step->ts - other->ts > PAIR_TIME ||
	    y->last_ts > other->ts || other->has_tsval ||
	    (step->seg->options & OPTION_TIMESTAMP))
		return false;
	return step->rst.form == RST_ABORT ||
	       step->ts - other->ts + other->idle >
	               conn_crossing(step->conn, step->from);
}

/* A refusal names a SYN, and another listener may well accept the next. */
uint8_t foreign_signs(const struct step *step)
{
	if (step->rst.form == RST_REFUSAL)
		return 0;
	return (uint8_t)((has_foreign_ttl(step) ? RST_SIGN_TTL : 0) |
	                 (is_stepped(step) ? RST_SIGN_STEPPED_SEQ : 0) |
	                 (is_second_of_pair(step) ? RST_SIGN_BOTH_ENDS : 0) |
	                 (lacks_timestamp(step) ? RST_SIGN_NO_TIMESTAMP : 0) |
	                 (has_foreign_ip_id(step) ? RST_SIGN_IP_ID : 0));
}

void foreign_note(struct step *step)
{
	struct closing *k = step->conn->closing;
	struct rst_trace *r = &k->rst[step->from];
	if (step->rst.form == RST_REFUSAL ||
	    (step->rst.belongs != RST_OF_CONNECTION &&
	     !(step->rst.signs & RST_SIGN_TTL)))
		return;
	step->meaning |= STEP_RESET;
	r->ts = step->ts;
	r->seq = step->seq;
	r->idle = step->idle;
	r->peer_nxt = step_receiver(step)->snd_nxt;
	r->has_tsval = (step->seg->options & OPTION_TIMESTAMP) != 0;
	r->tsval = step->seg->tsval;
	r->signs |= step->rst.signs;
	if (step->rst.signs & RST_SIGN_BOTH_ENDS)
		k->rst[step->to].signs |= RST_SIGN_BOTH_ENDS;
}

/* New bytes, a first FIN, or an ACK of what passed after the RST: nothing that
 * was sent before it and merely overtaken. */
static bool is_news(const struct step *step, const struct rst_trace *r)
{
	if (r->has_tsval && (step->seg->options & OPTION_TIMESTAMP) &&
	    ts_diff(step->seg->tsval, r->tsval) <= 0)
		return false;
	if (step->ts - r->ts <=
	    conn_crossing(step->conn, step->from) + SWAP_TIME)
		return false;
	/* Numbers far ahead are of a life whose SYN was missed. */
	const struct end *x = step_sender(step), *y = step_receiver(step);
	if (step->seq > x->snd_nxt || step->ack > y->snd_nxt)
		return false;
	return step->seq_end > x->snd_nxt || step->ack > r->peer_nxt;
}

/* The end speaks on with its own voice: it sent no RST. */
void foreign_contradiction(struct step *step)
{
	const struct end *x = step_sender(step);
	struct closing *k = step->conn->closing;
	struct rst_trace *r = k ? &k->rst[step->from] : NULL;
	if (!r || r->ts == CONN_NEVER || !step_is_fresh(step) ||
	    !is_news(step, r))
		return;
	if (step->seg->ttl >= x->ttl_low - 1 &&
	    step->seg->ttl <= x->ttl_high + 1)
		r->signs |= RST_SIGN_GOES_ON;
}

enum tcp_grade conn_foreign_rst(const struct conn *c, unsigned end)
{
	const unsigned signs = c->closing ? c->closing->rst[end].signs : 0;
	if (signs & RST_SIGN_GOES_ON)
		return GRADE_CERTAIN;
	if (signs & (RST_SIGN_TTL | RST_SIGN_STEPPED_SEQ | RST_SIGN_BOTH_ENDS))
		return GRADE_PRESUMED;
	return GRADE_NONE;
}
