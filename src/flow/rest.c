/* Lives that linger, packed. */
#include "flow/rest.h"

#include <string.h>

#include "flow/budget.h"
#include "flow/lives.h"
#include "flow/pack.h"
#include "tcpclose/error.h"

/* Of 16 MiB on, as many as stay in a processor's second cache, some 2 MiB: they
 * are read once more when they are laid down. */
#define AWAKE_SHARE 16384
#define AWAKE_LEAST 16
#define AWAKE_MOST  1024

#define IDLE_TICKS 2048 /* of table_clock(): two seconds */

/* ---- going to rest ----------------------------------------------- */

/* Nothing but one life that pack_life() can take. */
static bool is_plain(const struct flow *f)
{
	return f->life && !f->older && !f->pasts &&
	       f->life->conn.incarnation == f->n_lives && pack_fits(f->life);
}

static bool may_rest(const struct flow *f)
{
	return f->life && conn_done(&f->life->conn) && is_plain(f);
}

void rest_forget(struct flow_table *t, struct flow *f)
{
	if (f->entry.done)
		t->done[f->entry.done - 1] = 0;
	f->entry.done = 0;
}

/* If there is no memory for it, it stays as it is. */
static void lay_down(struct flow_table *t, struct flow *f, unsigned class,
                     int64_t now)
{
	uint8_t bytes[KEY_PACKED_MAX + PACK_MAX];
	struct life *l = f->life;
	size_t n = key_pack(&f->key, bytes);
	n += pack_life(&t->models, l, now, f->timer.deadline, bytes + n);
	n += offsetof(struct rest, key);
	struct rest *rest = n <= POOL_OBJECT_MAX && budget_has(t, n)
	                            ? pool_take(&t->pool, n)
	                            : NULL;
	if (!rest)
		return;
	memset(rest, 0, sizeof(*rest));
	rest->stream = l->conn.stream;
	memcpy(rest->key, bytes, n - offsetof(struct rest, key));
	rest_forget(t, f);
	wheel_replace(&t->wheel, f, rest);
	pool_give(&t->pool, l->conn.closing);
	pool_give(&t->pool, l->conn.holes);
	pool_give(&t->pool, l->notes);
	pool_give(&t->pool, l);
	table_replace(t, &f->entry, &rest->entry, class);
}

size_t rest_after(uint64_t max_memory)
{
	const uint64_t n = max_memory / AWAKE_SHARE;
	return n < AWAKE_LEAST  ? AWAKE_LEAST
	       : n < AWAKE_MOST ? (size_t)n
	                        : AWAKE_MOST;
}

void rest_note(struct flow_table *t, struct flow *f, int64_t now)
{
	if (f->entry.done || !may_rest(f))
		return;
	const uint32_t i = t->next_done++ % (uint32_t)t->n_done;
	struct flow *old = table_at(t, t->done[i]);
	t->done[i] = pool_ref_of(&t->pool, f);
	f->entry.done = (uint16_t)(i + 1);
	if (!old)
		return;
	old->entry.done = 0;
	if (may_rest(old))
		lay_down(t, old, CLASS_REST, now);
}

/* What cannot be packed goes to the end, so that others get their turn. */
void rest_idle(struct flow_table *t, int64_t now)
{
	struct flow *f = table_at(t, t->class[CLASS_LIVE].first);
	if (!f || table_clock(now) - f->joined < IDLE_TICKS)
		return;
	if (is_plain(f)) {
		lay_down(t, f, CLASS_IDLE, now);
		return;
	}
	f->joined = table_clock(now);
	table_move(t, &f->entry, CLASS_LIVE);
}

/* ---- and rising -------------------------------------------------- */

/* The flow is zeroed. */
static bool raise(struct flow_table *t, const struct rest *rest, struct flow *f)
{
	struct life *l = pool_take(&t->pool, sizeof(*l));
	const size_t n = key_unpack(rest->key, &f->key);
	if (!l || !unpack_life(&t->models, rest->key + n, rest->timer.deadline,
	                       l, &t->pool)) {
		pool_give(&t->pool, l);
		return false;
	}
	l->flow = f;
	l->conn.stream = rest->stream;
	f->life = l;
	f->n_lives = l->conn.incarnation;
	return true;
}

struct flow *rest_wake(struct flow_table *t, struct rest *rest, int64_t now)
{
	struct flow *f = pool_take_zeroed(&t->pool, sizeof(*f));
	if (!f || !raise(t, rest, f)) {
		pool_give(&t->pool, f);
		return NULL;
	}
	wheel_replace(&t->wheel, rest, f);
	table_replace(t, &rest->entry, &f->entry, CLASS_LIVE);
	f->joined = table_clock(now);
	return f;
}

int rest_end(struct flow_table *t, const struct rest *rest,
             enum end_reason reason, int64_t now)
{
	struct flow *f = &t->spare_flow;
	memset(f, 0, sizeof(*f));
	if (!raise(t, rest, f))
		return TCPCLOSE_ENOMEM;
	const int status = life_end(t, f, &f->life, reason, now);
	pasts_forget_all(t, f);
	return status;
}
