/* Lives that linger, packed. */
#include "flow/rest.h"

#include <string.h>

#include "flow/budget.h"
#include "flow/incarnation.h"
#include "flow/lives.h"
#include "flow/pack.h"
#include "tcpclose/error.h"

/* Of 1 MiB on, so many that they, their cells of the index and the translations
 * of their addresses are still at hand when they are laid down: with 1,024 that
 * took half as long again. */
#define AWAKE_SHARE 16384
#define AWAKE_LEAST 16
#define AWAKE_MOST  64

#define IDLE_TICKS 2048 /* of table_clock(): two seconds */

/* What a past needs. */
#define LEAST_ROOM                                                             \
	(offsetof(struct rest, key) + KEY_PACKED_MAX + sizeof(struct past))

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
	const size_t room = n < LEAST_ROOM ? LEAST_ROOM : n;
	struct rest *rest = room <= POOL_OBJECT_MAX && budget_has(t, room)
	                            ? pool_take(&t->pool, room)
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

/* The flow is zeroed but for what is set here. */
static bool raise(struct flow_table *t, const struct rest *rest, struct flow *f,
                  struct life *l)
{
	const size_t n = key_unpack(rest->key, &f->key);
	if (!unpack_life(&t->models, rest->key + n, rest->timer.deadline, l,
	                 &t->pool))
		return false;
	l->flow = f;
	l->conn.stream = rest->stream;
	f->life = l;
	f->n_lives = l->conn.incarnation;
	return true;
}

static bool raise_life(struct flow_table *t, const struct rest *rest,
                       struct flow *f)
{
	struct life *l = pool_take(&t->pool, sizeof(*l));
	if (l && raise(t, rest, f, l))
		return true;
	pool_give(&t->pool, l);
	return false;
}

static bool raise_past(struct flow_table *t, const struct rest *rest,
                       struct flow *f)
{
	struct past *p = pool_take(&t->pool, sizeof(*p));
	if (!p)
		return false;
	memcpy(p, rest->key + key_unpack(rest->key, &f->key), sizeof(*p));
	p->newer = p;
	f->pasts = p;
	f->past_due = past_due(p);
	f->entry.n_pasts = 1;
	f->n_lives = p->incarnation;
	return true;
}

struct flow *rest_wake(struct flow_table *t, struct rest *rest, int64_t now)
{
	const bool is_past = rest->entry.class == CLASS_PAST_REST;
	struct flow *f = pool_take_zeroed(&t->pool, sizeof(*f));
	if (!f ||
	    !(is_past ? raise_past(t, rest, f) : raise_life(t, rest, f))) {
		pool_give(&t->pool, f);
		return NULL;
	}
	wheel_replace(&t->wheel, rest, f);
	if (is_past)
		wheel_hang(&t->wheel, f);
	table_replace(t, &rest->entry, &f->entry,
	              is_past ? CLASS_PAST : CLASS_LIVE);
	f->joined = table_clock(now);
	return f;
}

/* ---- and over ---------------------------------------------------- */

/* Only the table's owner will see the flow, so the spare one will do: of it
 * nothing but what raise() sets is ever set. */
static bool raise_spare(struct flow_table *t, const struct rest *rest)
{
	return raise(t, rest, &t->spare_flow, &t->spare_life);
}

static void lower_spare(struct flow_table *t)
{
	conn_fini(&t->spare_life.conn, &t->pool);
	t->counts.lives--;
}

int rest_end(struct flow_table *t, const struct rest *rest,
             enum end_reason reason, int64_t now)
{
	if (!raise_spare(t, rest))
		return TCPCLOSE_ENOMEM;
	const int status = life_tell_end(t, &t->spare_life, reason, now);
	lower_spare(t);
	return status;
}

void rest_drop(struct flow_table *t, struct rest *past)
{
	t->counts.pasts--;
	table_remove(t, &past->entry);
}

/* Begin to fetch what will be read of a past. Inline, for gcc 12 leaves out
 * calls of a function that only fetches. */
__attribute__((always_inline)) static inline void
fetch_past(const struct rest *past)
{
	__builtin_prefetch(past, 1);
	__builtin_prefetch((const char *)past + 64, 1);
}

/* One is forgotten for each life that ends: what the next two need comes from
 * memory meanwhile. */
bool rest_drop_due(struct flow_table *t, int64_t slot)
{
	struct rest *past = table_at(t, t->class[CLASS_PAST_REST].first);
	if (!past || wheel_slot(&t->wheel, past->timer.deadline) >= slot)
		return false;
	struct rest *next = table_at(t, past->entry.next);
	if (next) {
		fetch_past(table_at(t, next->entry.next));
		table_fetch(t, &next->entry);
	}
	rest_drop(t, past);
	return true;
}

/* All pasts wait equally long, so the first in their list is due first, and
 * need not hang in the wheel; but what was idle for longer than the one before
 * it lingered may be due before that one. */
static void await_oblivion(struct flow_table *t, struct rest *past, int64_t due)
{
	const int64_t slot = wheel_slot(&t->wheel, due);
	if (slot < t->past_slot) {
		wheel_set(&t->wheel, past, due);
		return;
	}
	t->past_slot = slot;
	wheel_note(&t->wheel, past, due);
}

/* What is left of a life takes its place, in the same object: there is room,
 * and neither bucket nor chain need be told. */
static void become_past(struct flow_table *t, struct rest *rest, int64_t now)
{
	struct past p;
	const struct conn *c = &t->spare_life.conn;
	t->counts.pasts++;
	if (c->last_ts + PAST_KEPT <= now) {
		rest_drop(t, rest);
		return;
	}
	incarnation_remember(&p, c);
	memcpy(rest->key + key_packed_size(&t->spare_flow.key), &p, sizeof(p));
	table_move(t, &rest->entry, CLASS_PAST_REST);
	await_oblivion(t, rest, past_due(&p));
}

/* What goes on, as when TIME_WAIT is shorter than what a life lingers for, does
 * so as a flow. */
static int go_on(struct flow_table *t, struct rest *rest, int64_t now)
{
	conn_fini(&t->spare_life.conn, &t->pool);
	pool_give(&t->pool, t->spare_life.notes);
	struct flow *f = rest_wake(t, rest, now);
	return f ? lives_fire(t, f, now) : TCPCLOSE_ENOMEM;
}

int rest_fire(struct flow_table *t, struct rest *rest, int64_t now)
{
	struct life *l = &t->spare_life;
	if (rest->entry.class == CLASS_PAST_REST) {
		rest_drop(t, rest);
		return TCPCLOSE_OK;
	}
	if (!raise_spare(t, rest))
		return TCPCLOSE_ENOMEM;
	if (!life_is_due(t, l, now))
		return go_on(t, rest, now);
	const int status = life_tell_end(t, l, life_reason(l), now);
	if (status >= 0)
		become_past(t, rest, now);
	lower_spare(t);
	return status;
}
