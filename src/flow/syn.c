/* One SYN of a four-tuple, and nothing else. */
#include "flow/syn.h"

#include <string.h>

#include "base/clear.h"
#include "base/frame.h"
#include "flow/budget.h"
#include "flow/incarnation.h"
#include "flow/lives.h"
#include "tcpclose/error.h"

enum syn_shape {
	SHAPE_FROM_1 = 1 << 0, /* sent by end 1 of the key */
	SHAPE_HAS_IP_ID = 1 << 1,
	SHAPE_IS_MARKED = 1 << 2, /* by its IP-ID */
	SHAPE_CUT = 1 << 3,       /* options_cut */
	SHAPE_BEGUN = 1 << 4,     /* life_book.is_begun */
	SHAPE_ACK = 1 << 5,       /* an ACK field that means nothing */
	SHAPE_TSECR = 1 << 6,     /* a TSecr: some stacks send one */
};

/* ---- what is kept ------------------------------------------------ */

/* Bytes of a struct syn that holds it. */
static size_t size_of(const struct segment *seg, const struct flow_key *key)
{
	return offsetof(struct syn, key) + key_packed_size(key) +
	       (seg->ack.wire ? sizeof(seg->ack) : 0) +
	       (seg->tsecr.wire ? sizeof(seg->tsecr) : 0);
}

bool syn_is_plain(const struct segment *seg, const struct flow_key *key)
{
	return conn_can_begin(seg) && !seg->checksum_bad && !seg->is_fragment &&
	       seg->source == frame_source(seg->frame) &&
	       size_of(seg, key) <= SYN_MAX;
}

static bool is_marked(const struct segment *seg)
{
	return seg->has_ip_id && seg->ip_id != 0;
}

static uint8_t shape_of(const struct segment *seg, unsigned from, bool begun)
{
	return (uint8_t)((from ? SHAPE_FROM_1 : 0) |
	                 (seg->has_ip_id ? SHAPE_HAS_IP_ID : 0) |
	                 (is_marked(seg) ? SHAPE_IS_MARKED : 0) |
	                 (seg->options_cut ? SHAPE_CUT : 0) |
	                 (begun ? SHAPE_BEGUN : 0) |
	                 (seg->ack.wire ? SHAPE_ACK : 0) |
	                 (seg->tsecr.wire ? SHAPE_TSECR : 0));
}

bool syn_is_all(const struct life *l)
{
	return !l->notes && !l->conn.closing && !l->conn.holes &&
	       l->book.place == 0 && l->book.n_requests == 0 &&
	       !l->book.client_spoke_last && l->conn.stream <= UINT32_MAX;
}

/* That SYN, which is all that is known of the life of the flow, whose key it
 * has; NULL: it is not all, or there is no memory. */
static struct syn *syn_of(struct flow_table *t, const struct flow *f,
                          const struct segment *seg, unsigned from)
{
	const struct life *l = f->life;
	const struct flow_key *key = &f->key;
	const size_t size = size_of(seg, key);
	if (!syn_is_all(l) || !budget_has(t, size))
		return NULL;
	struct syn *syn = pool_take(&t->pool, size);
	if (!syn)
		return NULL;
	*syn = (struct syn){
		.entry.flags = seg->flags,
		.entry.options = seg->options,
		.ts = seg->ts,
		.frame = seg->frame,
		.seq = seg->seq,
		.tsval = seg->tsval,
		.stream = (uint32_t)l->conn.stream,
		.window = seg->window,
		.mark = is_marked(seg) ? seg->ip_id : seg->checksum,
		.ttl = seg->ttl,
		.wscale = seg->wscale,
		.shape = shape_of(seg, from, l->book.is_begun),
	};
	uint8_t *at = syn->key + key_pack(key, syn->key);
	if (seg->ack.wire) {
		memcpy(at, &seg->ack, sizeof(seg->ack));
		at += sizeof(seg->ack);
	}
	if (seg->tsecr.wire)
		memcpy(at, &seg->tsecr, sizeof(seg->tsecr));
	return syn;
}

bool syn_keep(struct flow_table *t, struct flow *f, const struct segment *seg,
              unsigned from)
{
	struct syn *syn = syn_of(t, f, seg, from);
	if (!syn)
		return false;
	pool_give(&t->pool, f->life);
	table_replace(t, &f->entry, &syn->entry, CLASS_LONE_SYN);
	t->n_lone++;
	return true;
}

struct syn *syn_add(struct flow_table *t, const struct flow *f,
                    const struct segment *seg, const struct flow_place *place)
{
	struct syn *syn = syn_of(t, f, seg, place->from);
	if (!syn)
		return NULL;
	if (!table_join(t, &syn->entry, CLASS_LONE_SYN, place->hash)) {
		pool_give(&t->pool, syn);
		return NULL;
	}
	t->n_lone++;
	return syn;
}

/* ---- and made again ---------------------------------------------- */

static unsigned sender(const struct syn *syn)
{
	return syn->shape & SHAPE_FROM_1 ? 1 : 0;
}

static void segment_of(const struct syn *syn, const struct flow_key *key,
                       struct segment *seg)
{
	const unsigned from = sender(syn);
	const bool is_id = syn->shape & SHAPE_IS_MARKED;
	clear_bytes(seg, sizeof(*seg));
	seg->ts = syn->ts;
	seg->frame = syn->frame;
	seg->source = frame_source(syn->frame);
	seg->tuple.src = key->addr[from];
	seg->tuple.dst = key->addr[!from];
	seg->tuple.sport = key->port[from];
	seg->tuple.dport = key->port[!from];
	memcpy(seg->tuple.vlan, key->vlan, sizeof(key->vlan));
	seg->tuple.n_vlans = key->n_vlans;
	seg->tuple.ip_version = key->ip_version;
	seg->tuple.tunnel = key->tunnel;
	seg->seq = syn->seq;
	seg->window = syn->window;
	seg->checksum = is_id ? 0 : syn->mark;
	seg->flags = syn->entry.flags;
	seg->options = syn->entry.options;
	seg->options_cut = (syn->shape & SHAPE_CUT) != 0;
	seg->wscale = syn->wscale;
	seg->tsval = syn->tsval;
	seg->ip_id = is_id ? syn->mark : 0;
	seg->has_ip_id = (syn->shape & SHAPE_HAS_IP_ID) != 0;
	seg->ttl = syn->ttl;
	const uint8_t *at = syn->key + key_packed_size(key);
	if (syn->shape & SHAPE_ACK) {
		memcpy(&seg->ack, at, sizeof(seg->ack));
		at += sizeof(seg->ack);
	}
	if (syn->shape & SHAPE_TSECR)
		memcpy(&seg->tsecr, at, sizeof(seg->tsecr));
}

/* The same steps as when the SYN came, but nobody is told. */
static void make_life(struct flow_table *t, const struct syn *syn,
                      struct flow *f, struct life *l)
{
	struct segment seg;
	struct step step;
	step.pasts = NULL;
	segment_of(syn, &f->key, &seg);
	life_init(l, f, &seg, sender(syn));
	l->conn.incarnation = f->n_lives = 1;
	l->conn.stream = syn->stream;
	l->book.is_begun = (syn->shape & SHAPE_BEGUN) != 0;
	conn_begin(&l->conn, &seg, sender(syn), &step);
	life_name(t, l);
}

/* Its place in the table is taken by the flow. */
static void give_way(struct flow_table *t, struct syn *syn, struct flow *f,
                     int64_t now)
{
	table_replace(t, &syn->entry, &f->entry, table_class(f));
	f->joined = table_clock(now);
}

static bool wake_life(struct flow_table *t, struct syn *syn, struct flow *f)
{
	f->life = pool_take(&t->pool, sizeof(*f->life));
	if (!f->life)
		return false;
	make_life(t, syn, f, f->life);
	t->n_lone--;
	return true;
}

static bool wake_past(struct flow_table *t, struct syn *syn, struct flow *f)
{
	make_life(t, syn, f, &t->spare_life);
	if (past_keep(t, f, &t->spare_life.conn) < 0)
		return false;
	t->counts.pasts--; /* counted already */
	return true;
}

struct flow *syn_wake(struct flow_table *t, struct syn *syn, int64_t now)
{
	const bool is_past = syn->entry.class == CLASS_PAST_SYN;
	struct flow *f = pool_take_zeroed(&t->pool, sizeof(*f));
	if (!f)
		return NULL;
	key_unpack(syn->key, &f->key);
	if (!(is_past ? wake_past(t, syn, f) : wake_life(t, syn, f))) {
		pool_give(&t->pool, f);
		return NULL;
	}
	give_way(t, syn, f, now);
	return f;
}

/* ---- and over ---------------------------------------------------- */

static int tell_end(const struct flow_events *events, struct life *life,
                    enum end_reason reason)
{
	return events->unanswered
	               ? events->unanswered(events->ctx, life, reason)
	               : events->over(events->ctx, life, reason);
}

int syn_end(struct flow_table *t, struct syn *syn, enum end_reason reason)
{
	clear_bytes(&t->spare_flow, sizeof(t->spare_flow));
	key_unpack(syn->key, &t->spare_flow.key);
	t->spare_flow.life = &t->spare_life;
	make_life(t, syn, &t->spare_flow, &t->spare_life);
	const int status = tell_end(&t->events, &t->spare_life, reason);
	t->counts.lives--;
	t->n_lone--;
	if (!t->finishing) {
		table_move(t, &syn->entry, CLASS_PAST_SYN);
		t->counts.pasts++;
	}
	return status;
}

static struct syn *first_of(const struct flow_table *t, unsigned class)
{
	return table_at(t, t->class[class].first);
}

/* All of them wait equally long, so the first of each list is due first. */
static int64_t life_slot(const struct flow_table *t, const struct syn *syn)
{
	return syn ? wheel_slot(&t->wheel, syn->ts + lives_unanswered(t))
	           : INT64_MAX;
}

static int64_t past_slot(const struct flow_table *t, const struct syn *syn)
{
	return syn ? wheel_slot(&t->wheel, syn->ts + PAST_KEPT) : INT64_MAX;
}

int64_t syn_next_slot(const struct flow_table *t)
{
	const int64_t a = life_slot(t, first_of(t, CLASS_LONE_SYN));
	const int64_t b = past_slot(t, first_of(t, CLASS_PAST_SYN));
	return a < b ? a : b;
}

int syn_fire(struct flow_table *t, int64_t slot)
{
	int status = TCPCLOSE_OK;
	struct syn *syn;
	while (status >= 0 && (syn = first_of(t, CLASS_LONE_SYN)) &&
	       life_slot(t, syn) <= slot)
		status = syn_end(t, syn, END_IDLE_TIMEOUT);
	while ((syn = first_of(t, CLASS_PAST_SYN)) && past_slot(t, syn) <= slot)
		syn_forget(t, syn);
	return status;
}

void syn_forget(struct flow_table *t, struct syn *past)
{
	t->counts.pasts--;
	table_remove(t, &past->entry);
}
