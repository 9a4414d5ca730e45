/* The newest SYNs: the list of CLASS_FRESH, by age, and the segments of its
 * flows in a ring, at the numbers that the flows bear. */
#include "flow/fresh.h"

#include "flow/lives.h"
#include "flow/syn.h"
#include "tcpclose/error.h"

#define FRESH_SHARE (1 << 20) /* one for so many bytes of the budget */
#define FRESH_LEAST 16
#define FRESH_MOST  1024 /* lives and segments stay in the second cache */
#define MOMENT      INT64_C(1000000000) /* ns: a first RTO, RFC 6298 2.1 */

size_t fresh_room(uint64_t max_memory)
{
	const uint64_t n = max_memory / FRESH_SHARE;
	return n < FRESH_LEAST  ? FRESH_LEAST
	       : n < FRESH_MOST ? (size_t)n
	                        : FRESH_MOST;
}

static struct fresh_syn *syn_of(const struct flow_table *t,
                                const struct flow *f)
{
	return &t->fresh[f->joined % (uint32_t)t->n_fresh];
}

/* Nothing followed so far. If it was noted for something, or there is no
 * memory, its life stays as it is. */
static void put_away(struct flow_table *t, struct flow *f)
{
	const struct fresh_syn *fresh = syn_of(t, f);
	if (syn_keep(t, f, &fresh->seg, fresh->from))
		return;
	table_touch(t, f, fresh->seg.ts);
	lives_rearm(t, f);
}

static struct flow *oldest(const struct flow_table *t)
{
	return table_at(t, t->class[CLASS_FRESH].first);
}

/* Where nearly all of the newest have no answer, the next will have none: for a
 * moment each is put away when another comes, while all that it touches is
 * still at hand. */
static uint32_t room_now(struct flow_table *t, int64_t now)
{
	if (t->class[CLASS_FRESH].n >= t->n_fresh / 8 * 7)
		t->flood_until = now + MOMENT;
	return now < t->flood_until ? 1 : t->n_fresh;
}

void fresh_put_away(struct flow_table *t)
{
	struct flow *old;
	while ((old = oldest(t)))
		put_away(t, old);
}

void fresh_note(struct flow_table *t, struct flow *f, const struct segment *seg,
                unsigned from)
{
	const uint32_t room = room_now(t, seg->ts);
	struct flow *old;
	while ((old = oldest(t)) && t->next_fresh - old->joined >= room)
		put_away(t, old);
	table_move(t, &f->entry, CLASS_FRESH);
	f->joined = t->next_fresh++;
	f->timer.deadline = seg->ts + lives_unanswered(t);
	*syn_of(t, f) = (struct fresh_syn){ *seg, from };
}

void fresh_age(struct flow_table *t, int64_t now)
{
	struct flow *f;
	while ((f = oldest(t)) && syn_of(t, f)->seg.ts + MOMENT <= now)
		put_away(t, f);
}
