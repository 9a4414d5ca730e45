#include "tcp/conn.h"

#include "base/clear.h"
#include "tcp/end.h"

#define MS 1000000LL

const char *direction_source_name(enum direction_source source)
{
	static const char *const names[] = {
		[DIRECTION_SYN] = "syn",
		[DIRECTION_SYN_ACK] = "syn_ack",
		[DIRECTION_PORT] = "port",
		[DIRECTION_FIRST_PACKET] = "first_packet",
	};
	return names[source];
}

const char *end_reason_name(enum end_reason reason)
{
	static const char *const names[N_END_REASONS] = {
		[END_CLOSED] = "closed",
		[END_IDLE_TIMEOUT] = "idle_timeout",
		[END_OF_CAPTURE] = "end_of_capture",
		[END_REUSE] = "reuse",
		[END_EVICTED] = "evicted",
	};
	return names[reason];
}

void conn_init(struct conn *c, const struct segment *first)
{
	clear_bytes(c, sizeof(*c));
	c->first_ts = c->last_ts = first->ts;
	c->first_frame = c->last_frame = first->frame;
	c->source = first->source;
	c->midstream = !segment_has(first, TCP_SYN);
	for (int i = 0; i < 2; i++) {
		c->end[i].timed_ts = CONN_NEVER;
		c->end[i].state_since = first->ts;
	}
}

void conn_fini(struct conn *c, struct pool *pool)
{
	pool_give(pool, c->closing);
	pool_give(pool, c->holes);
	c->closing = NULL;
	c->holes = NULL;
}

int64_t conn_crossing(const struct conn *c, unsigned end)
{
	const int64_t rtt = c->end[end].rtt;
	return (rtt > 0 ? rtt : 200 * MS) + MS;
}

int64_t conn_unacked(const struct conn *c, unsigned end)
{
	const struct end *e = &c->end[end];
	const struct fin_story *fin = conn_fin(c, end);
	const int64_t text_end =
		fin && e->snd_nxt > fin->pos ? fin->pos : e->snd_nxt;
	return text_end > e->snd_una && e->snd_una > 0 ? text_end - e->snd_una
	                                               : 0;
}

bool conn_complete(const struct conn *c)
{
	const struct fin_story *a = conn_fin(c, 0), *b = conn_fin(c, 1);
	return a && b && a->acked_ts != CONN_NEVER && b->acked_ts != CONN_NEVER;
}

static bool end_done(const struct end *e)
{
	return e->state == CLOSED || e->state == TIME_WAIT;
}

bool conn_done(const struct conn *c)
{
	return end_done(&c->end[0]) && end_done(&c->end[1]);
}

bool conn_is_lossy(const struct conn *c)
{
	return c->lossy || end_is(&c->end[0], END_GAP) ||
	       end_is(&c->end[1], END_GAP) || conn_one_sided(c);
}

bool conn_one_sided(const struct conn *c)
{
	for (int i = 0; i < 2; i++) {
		/* Somebody acknowledges the silent end's sequence space. */
		if (!end_is(&c->end[i], END_SPOKE))
			return end_is(&c->end[i], END_BASED);
	}
	return false;
}

/* ---- what only time tells ---------------------------------------- */

/* TIME_WAIT begins anew with every repeated FIN: RFC 9293 section 3.10.7.4,
 * eighth step; Linux tcp_timewait_state_process(). */
static int64_t time_wait_since(const struct conn *c, unsigned end)
{
	const struct fin_story *peer = conn_fin(c, !end);
	int64_t since = c->end[end].state_since;
	if (c->end[end].last_ts > since)
		since = c->end[end].last_ts;
	if (peer && peer->last_ts > since)
		since = peer->last_ts;
	return since;
}

/*
 * An end that repeats its FIN with growing gaps and then stays silent for
 * one and a half times the gap that was next has given up; but no
 * timer runs out sooner than RFC 6298 section 2.4 lets it, after 1 s. One
 * that never repeated it may just have had its ACK behind the tap's back.
 */
static int64_t gives_up_at(const struct conn *c, unsigned end)
{
	const struct fin_story *fin = conn_fin(c, end);
	if (!fin || fin->n_sent < 2)
		return INT64_MAX;
	const int64_t silence = 3 * fin->last_gap;
	return fin->last_ts + (silence > 1000 * MS ? silence : 1000 * MS);
}

/* States that end by themselves: an orphan's, and TIME_WAIT. */
#define ORPHAN (1u << FIN_WAIT_1 | 1u << CLOSING | 1u << LAST_ACK)
#define ENDING (ORPHAN | 1u << TIME_WAIT)

static int64_t end_expiry(const struct conn *c, unsigned end, int64_t time_wait)
{
	if (c->end[end].state == TIME_WAIT)
		return time_wait_since(c, end) + time_wait;
	return ORPHAN >> c->end[end].state & 1 ? gives_up_at(c, end)
	                                       : INT64_MAX;
}

/* Of most connections neither end is in such a state. */
static bool may_expire(const struct conn *c)
{
	return (ENDING >> c->end[0].state | ENDING >> c->end[1].state) & 1;
}

int64_t conn_expiry(const struct conn *c, int64_t time_wait)
{
	if (!may_expire(c))
		return INT64_MAX;
	const int64_t a = end_expiry(c, 0, time_wait);
	const int64_t b = end_expiry(c, 1, time_wait);
	return a < b ? a : b;
}

static void step_without_segment(struct step *step, struct conn *c, int64_t now)
{
	step_clear(step);
	step->seg = NULL;
	step->conn = c;
	step->sender = &c->end[0];
	step->receiver = &c->end[1];
	step->pasts = NULL;
	step->from = 0;
	step->to = 1;
	step->ts = now;
	step->idle = 0;
	step->meaning = STEP_TIME;
	step->seq = step->seq_end = step->ack = CONN_NEVER;
	step->snd_una_before = 0;
	step->wnd_before = 0;
}

void conn_expire(struct conn *c, int64_t now, int64_t time_wait,
                 struct step *step)
{
	step_without_segment(step, c, now);
	for (unsigned end = 0; end < 2; end++) {
		const int64_t at = end_expiry(c, end, time_wait);
		if (at > now)
			continue;
		step->ts = at > c->end[end].state_since
		                   ? at
		                   : c->end[end].state_since;
		end_transition(step, end, TIMED_OUT, GRADE_EXPIRED);
	}
	step->ts = now;
}

void conn_replace(struct conn *c, unsigned end, int64_t now, struct step *step)
{
	step_without_segment(step, c, now);
	end_transition(step, end, REPLACED, GRADE_CERTAIN);
	if (step->n_changes > 0)
		c->replaced |= (uint8_t)(1u << end);
}

void conn_clear(struct conn *c, unsigned end, int64_t now, struct step *step)
{
	step_without_segment(step, c, now);
	end_transition(step, end, HEARD_RST, GRADE_PRESUMED);
}
