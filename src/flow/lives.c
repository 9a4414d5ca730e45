/* How a life begins, how long it lasts, how it ends and what is left of it. */
#include "flow/lives.h"

#include <assert.h>

#include "flow/incarnation.h"
#include "tcpclose/error.h"

#define SECOND      1000000000LL
#define PASTS_MAX   16             /* of one flow */
#define SYN_TIMEOUT (150 * SECOND) /* Linux tries a SYN for 127 s */

/* ---- deadlines --------------------------------------------------- */

int64_t lives_unanswered(const struct flow_table *t)
{
	const int64_t limit = t->options.idle_timeout;
	return SYN_TIMEOUT < limit ? SYN_TIMEOUT : limit;
}

/* When a life is over if nothing more comes. */
static int64_t deadline_of(const struct flow_table *t, const struct life *l)
{
	const struct conn *c = &l->conn;
	if (conn_done(c))
		return c->last_ts + t->options.linger;
	const bool unanswered = !c->confirmed && !c->midstream;
	return c->last_ts +
	       (unanswered ? lives_unanswered(t) : t->options.idle_timeout);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void lives_rearm(struct flow_table *t, struct flow *f)
{
	int64_t at = f->pasts ? f->past_due : WHEEL_NEVER;
	if (f->life) {
		at = earlier(at, deadline_of(t, f->life));
		at = earlier(at,
		             conn_expiry(&f->life->conn, t->options.time_wait));
	}
	if (f->older)
		at = earlier(at, deadline_of(t, f->older));
	if (at == WHEEL_NEVER || !wheel_later(&t->wheel, &f->timer, at))
		wheel_set(&t->wheel, f, at);
}

/* ---- past lives -------------------------------------------------- */

/* The oldest is found without a walk along those between, which are cold: of
 * four-tuples that are used again and again that was a twelfth of the time. */
static void forget_oldest(struct flow_table *t, struct flow *f)
{
	struct past *newest = f->pasts;
	assert(newest);
	struct past *oldest = newest->newer;
	newest->newer = oldest->newer;
	oldest->newer->older = NULL;
	if (oldest == newest)
		f->pasts = NULL;
	else if (f->past_due == past_due(oldest))
		f->past_due = past_due(newest->newer);
	pool_give(&t->pool, oldest);
	f->entry.n_pasts--;
	t->counts.pasts--;
}

void pasts_forget_all(struct flow_table *t, struct flow *f)
{
	while (f->pasts)
		forget_oldest(t, f);
}

/* Pasts are in order of age, so all after the first that is too old are. */
static void forget_due(struct flow_table *t, struct flow *f, int64_t now)
{
	unsigned n = 0;
	int64_t at = WHEEL_NEVER;
	const struct past *p = f->pasts;
	for (; p && past_due(p) > now; p = p->older, n++)
		at = earlier(at, past_due(p));
	while (f->entry.n_pasts > n)
		forget_oldest(t, f);
	f->past_due = at;
}

void pasts_forget_old(struct flow_table *t, struct flow *f, int64_t now)
{
	if (!f->pasts)
		return;
	if (now >= f->past_due)
		forget_due(t, f, now);
	while (f->entry.n_pasts > PASTS_MAX)
		forget_oldest(t, f);
}

int past_keep(struct flow_table *t, struct flow *f, const struct conn *c)
{
	struct past *p = pool_take(&t->pool, sizeof(*p));
	if (!p)
		return TCPCLOSE_ENOMEM;
	incarnation_remember(p, c);
	struct past *newest = f->pasts ? f->pasts : p;
	f->past_due =
		f->pasts ? earlier(f->past_due, past_due(p)) : past_due(p);
	p->older = f->pasts;
	p->newer = newest == p ? p : newest->newer;
	newest->newer = p;
	f->pasts = p;
	f->entry.n_pasts++;
	t->counts.pasts++;
	return TCPCLOSE_OK;
}

/* ---- names ------------------------------------------------------- */

void life_name(const struct flow_table *t, struct life *l)
{
	if (t->events.name && l->conn.flow_id == 0)
		l->conn.flow_id = t->events.name(t->events.ctx, l);
}

/* ---- ends -------------------------------------------------------- */

int life_tell_expiry(struct flow_table *t, struct life *l, int64_t now)
{
	if (conn_expiry(&l->conn, t->options.time_wait) > now)
		return TCPCLOSE_OK;
	struct step step;
	conn_expire(&l->conn, now, t->options.time_wait, &step);
	return t->events.step(t->events.ctx, l, &step);
}

static void give_back(struct flow_table *t, struct life *l)
{
	conn_fini(&l->conn, &t->pool);
	pool_give(&t->pool, l);
	t->counts.lives--;
}

/* The moment before the deadline counts: a TIME_WAIT that would end with the
 * story is still one. */
int life_tell_end(struct flow_table *t, struct life *l, enum end_reason reason,
                  int64_t now)
{
	life_name(t, l);
	const int status =
		life_tell_expiry(t, l, earlier(now, deadline_of(t, l) - 1));
	return status < 0 ? status : t->events.over(t->events.ctx, l, reason);
}

int life_end(struct flow_table *t, struct flow *f, struct life **slot,
             enum end_reason reason, int64_t now)
{
	struct life *l = *slot;
	assert(l);
	int status = life_tell_end(t, l, reason, now);
	if (status >= 0 && !t->finishing) /* nothing comes after that */
		status = past_keep(t, f, &l->conn);
	*slot = NULL;
	give_back(t, l);
	return status;
}

enum end_reason life_reason(const struct life *l)
{
	return conn_done(&l->conn) ? END_CLOSED : END_IDLE_TIMEOUT;
}

bool life_is_due(const struct flow_table *t, const struct life *l, int64_t now)
{
	return deadline_of(t, l) <= now;
}

int lives_end_due(struct flow_table *t, struct flow *f, int64_t now)
{
	int status = TCPCLOSE_OK;
	if (f->older && life_is_due(t, f->older, now))
		status = life_end(t, f, &f->older,
		                  conn_done(&f->older->conn) ? END_REUSE
		                                             : END_IDLE_TIMEOUT,
		                  now);
	if (status >= 0 && f->life && life_is_due(t, f->life, now)) {
		status = life_end(t, f, &f->life, life_reason(f->life), now);
		f->life = f->older;
		f->older = NULL;
	}
	return status;
}

int lives_fire(struct flow_table *t, struct flow *f, int64_t now)
{
	int status = lives_end_due(t, f, now);
	if (status >= 0 && f->life)
		status = life_tell_expiry(t, f->life, now);
	if (status < 0)
		return status;
	pasts_forget_old(t, f, now);
	if (!f->life && !f->pasts) {
		table_remove(t, &f->entry);
		return TCPCLOSE_OK;
	}
	if (f->entry.class != table_class(f))
		table_touch(t, f, now);
	lives_rearm(t, f);
	return TCPCLOSE_OK;
}

/* The end whose segment begins a life has none from before. */
int life_replace(struct flow_table *t, struct life *l, unsigned end,
                 int64_t now)
{
	struct step step;
	conn_replace(&l->conn, end, now, &step);
	return step.n_changes == 0 ? TCPCLOSE_OK
	                           : t->events.step(t->events.ctx, l, &step);
}

/* ---- beginnings -------------------------------------------------- */

static void set_opener(struct conn *c, const struct segment *first,
                       unsigned from)
{
	const bool syn = segment_has(first, TCP_SYN);
	const bool ack = segment_has(first, TCP_ACK);
	if (syn) {
		c->opener = (uint8_t)(ack ? !from : from);
		c->direction_source = ack ? DIRECTION_SYN_ACK : DIRECTION_SYN;
		return;
	}
	/* RFC 6335 section 6: a server's port is usually below the dynamic
	 * ones. Only a clear difference says anything. */
	const uint16_t s = first->tuple.sport, d = first->tuple.dport;
	if ((s < 1024) != (d < 1024) || (s < 32768) != (d < 32768)) {
		c->opener = (uint8_t)(s < d ? !from : from);
		c->direction_source = DIRECTION_PORT;
		return;
	}
	c->opener = (uint8_t)from;
	c->direction_source = DIRECTION_FIRST_PACKET;
}

void life_init(struct life *l, struct flow *f, const struct segment *first,
               unsigned from)
{
	l->flow = f;
	l->notes = NULL;
	l->notes_size = 0;
	l->heeded = 0;
	l->book = (struct life_book){ 0 };
	conn_init(&l->conn, first);
	set_opener(&l->conn, first, from);
}

static int make_way(struct flow_table *t, struct flow *f,
                    const struct segment *seg, unsigned from)
{
	int status = TCPCLOSE_OK;
	if (f->life && segment_has(seg, TCP_SYN))
		status = life_replace(t, f->life, from, seg->ts);
	if (status >= 0 && f->older)
		status = life_end(t, f, &f->older, END_REUSE, seg->ts);
	if (status >= 0 && f->life && conn_done(&f->life->conn))
		status = life_end(t, f, &f->life, END_REUSE, seg->ts);
	return status;
}

/* Its number is part of the id, and is not taken in yet. Of a flood most are
 * never more than that, and are named when told. */
static bool is_syn(const struct segment *seg)
{
	return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

void life_start(struct flow_table *t, struct flow *f, const struct segment *seg,
                unsigned from)
{
	struct life *l = f->life;
	t->counts.lives++;
	t->counts.n_lives++;
	life_init(l, f, seg, from);
	l->conn.incarnation = ++f->n_lives;
	l->conn.stream = t->next_stream++;
}

int life_begin(struct flow_table *t, struct flow *f, const struct segment *seg,
               unsigned from)
{
	if (f->life)
		life_name(t, f->life);
	const int status = make_way(t, f, seg, from);
	if (status < 0)
		return status;
	struct life *l = pool_take(&t->pool, sizeof(*l));
	if (!l)
		return TCPCLOSE_ENOMEM;
	f->older = f->life;
	f->life = l;
	life_start(t, f, seg, from);
	if (!is_syn(seg))
		life_name(t, l);
	return TCPCLOSE_OK;
}
