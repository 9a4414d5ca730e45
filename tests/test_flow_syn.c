/* SYNs that nobody answers: small, and as if the whole life were kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "base/frame.h"
#include "flow/flow.h"
#include "flow/syn.h"

#define SECOND INT64_C(1000000000)
#define START  (1000 * SECOND)

/* What the table told of the newest life. */
struct told {
	struct conn conn; /* after its newest step with a segment */
	struct life life; /* when it was over; its flow is gone */
	struct flow_key key;
	unsigned n_steps, n_over, n_late;
	uint64_t past_frame; /* of the life that a late segment is of */
	void *notes;         /* to be kept of the lives that begin */
	unsigned n_noted;
	struct conn noted; /* when it was over */
	enum end_reason reason;
};

/* Of a life that this SYN began, from that end. */
static uint64_t name_of(const struct segment *syn, unsigned from)
{
	return (uint64_t)syn->seq.wire + from * 2 + syn->tuple.sport + 1;
}

static uint64_t on_name(void *ctx, const struct life *life)
{
	(void)ctx;
	const struct conn *c = &life->conn;
	return (uint64_t)c->end[c->opener].iss.wire + c->opener * 2 +
	       life->flow->key.port[c->opener] + 1;
}

static int on_step(void *ctx, struct life *life, const struct step *step)
{
	struct told *told = ctx;
	life->book.is_begun = true;
	if (told->notes)
		life->notes = told->notes;
	if (step->seg) {
		told->conn = life->conn;
		told->n_steps++;
	}
	return 0;
}

static int on_over(void *ctx, struct life *life, enum end_reason reason)
{
	struct told *told = ctx;
	told->life = *life;
	if (life->notes) {
		told->noted = life->conn;
		told->n_noted++;
	}
	told->key = life->flow->key;
	told->reason = reason;
	told->n_over++;
	return 0;
}

static void on_late(void *ctx, const struct past *past,
                    const struct segment *seg)
{
	struct told *told = ctx;
	(void)seg;
	told->n_late++;
	told->past_frame = past->last_frame;
}

static struct flow_table *table_new(struct told *told, uint64_t max_memory)
{
	const struct flow_options options = {
		.linger = 60 * SECOND,
		.idle_timeout = 3600 * SECOND,
		.time_wait = 60 * SECOND,
		.max_memory = max_memory,
		.hash_seed = 7,
	};
	const struct flow_events events = { .ctx = told,
		                            .name = on_name,
		                            .step = on_step,
		                            .over = on_over,
		                            .late = on_late };
	memset(told, 0, sizeof(*told));
	struct flow_table *t =
		flow_table_new(&options, &events, &alloc_default);
	assert_non_null(t);
	return t;
}

/* xorshift32, Marsaglia 2003. */
static uint32_t draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void draw_tuple(uint32_t *seed, struct four_tuple *t)
{
	const size_t n = draw(seed) % 2 ? 16 : 4;
	for (size_t i = 0; i < n; i++) {
		t->src.byte[i] = (uint8_t)draw(seed);
		t->dst.byte[i] = (uint8_t)draw(seed);
	}
	t->ip_version = n == 16 ? 6 : 4;
	t->sport = (uint16_t)draw(seed);
	t->dport = (uint16_t)draw(seed);
	t->n_vlans = (uint8_t)(draw(seed) % 3);
	for (unsigned i = 0; i < t->n_vlans; i++)
		t->vlan[i] = (uint16_t)(draw(seed) % 4096);
	t->tunnel = draw(seed) % 3 ? 0 : draw(seed);
}

static void draw_syn(uint32_t *seed, struct segment *seg)
{
	memset(seg, 0, sizeof(*seg));
	draw_tuple(seed, &seg->tuple);
	seg->ts = START + draw(seed) % SECOND;
	const uint64_t number = (uint64_t)draw(seed) << (draw(seed) % 17);
	seg->source = draw(seed) % 65536;
	seg->frame = frame_of(seg->source, number);
	seg->seq.wire = draw(seed) * 17;
	seg->window = (uint16_t)draw(seed);
	seg->checksum = (uint16_t)draw(seed);
	seg->flags = TCP_SYN | (draw(seed) % 4 ? 0 : TCP_ECE | TCP_CWR);
	seg->options = (uint8_t)(draw(seed) % 32);
	seg->options_cut = draw(seed) % 4 == 0;
	seg->mss = (uint16_t)draw(seed);
	seg->wscale = (uint8_t)(draw(seed) % 15);
	if (seg->options & OPTION_TIMESTAMP)
		seg->tsval.wire = draw(seed) * 31;
	seg->tsecr.wire = draw(seed) % 4 ? 0 : draw(seed);
	seg->ack.wire = draw(seed) % 4 ? 0 : draw(seed);
	seg->has_ip_id = seg->tuple.ip_version == 4 && draw(seed) % 8;
	seg->ip_id =
		seg->has_ip_id && draw(seed) % 4 ? (uint16_t)draw(seed) : 0;
	seg->ttl = (uint8_t)draw(seed);
}

static void the_life_made_again_is_the_life_that_was(void **state)
{
	(void)state;
	uint32_t seed = 9;
	for (int i = 0; i < 2000; i++) {
		struct told told;
		struct segment seg;
		struct flow_table *t = table_new(&told, 1 << 30);
		draw_syn(&seed, &seg);
		const unsigned from = key_of(&seg, &told.key);
		const struct flow_key key = told.key;
		assert_int_equal(flow_table_segment(t, &seg), 0);
		struct conn was = told.conn;
		assert_int_equal(was.opener, from);
		assert_true(was.flow_id == 0); /* nobody needed it */
		was.flow_id = name_of(&seg, from);
		flow_table_advance(t, seg.ts + 3 * SECOND);
		assert_true(flow_table_pool(t)->live <= SYN_MAX ||
		            !syn_is_plain(&seg, &key));
		if (i % 2)
			flow_table_advance(t, seg.ts + 152 * SECOND);
		else
			flow_table_finish(t, seg.ts);
		assert_int_equal(told.n_over, 1);
		assert_int_equal(told.n_steps, 1);
		assert_memory_equal(&told.life.conn, &was, sizeof(was));
		assert_memory_equal(&told.key, &key, sizeof(key));
		assert_true(told.life.book.is_begun);
		assert_int_equal(told.reason,
		                 i % 2 ? END_IDLE_TIMEOUT : END_OF_CAPTURE);
		flow_table_free(t);
	}
}

/* Of a source that its frame cannot tell. */
static void a_source_beyond_all_is_kept_as_well(void **state)
{
	(void)state;
	uint32_t seed = 11;
	for (uint32_t source = 65534; source < 65538; source++) {
		struct told told;
		struct segment seg;
		struct flow_table *t = table_new(&told, 1 << 30);
		draw_syn(&seed, &seg);
		seg.source = source;
		seg.frame = frame_of(source, 5);
		assert_int_equal(flow_table_segment(t, &seg), 0);
		flow_table_advance(t, seg.ts + 3 * SECOND);
		flow_table_finish(t, seg.ts + 3 * SECOND);
		assert_int_equal(told.life.conn.source, source);
		assert_true(told.life.conn.first_frame == seg.frame);
		flow_table_free(t);
	}
}

/* SYNs of other four-tuples, at the same time. */
static void draw_others(uint32_t *seed, struct flow_table *t, unsigned n,
                        int64_t ts)
{
	for (unsigned i = 0; i < n; i++) {
		struct segment other;
		draw_syn(seed, &other);
		other.ts = ts;
		assert_int_equal(flow_table_segment(t, &other), 0);
	}
}

/* A second copy of the SYN finds the life as the first left it: it is no
 * capture duplicate by a hair, or it is one. */
static void what_comes_next_meets_the_life(void **state)
{
	(void)state;
	uint32_t seed = 5;
	for (int i = 0; i < 500; i++) {
		struct told told;
		struct segment seg;
		struct flow_table *t = table_new(&told, 1 << 24);
		/* It comes in a flood, or not; and so many follow that it is no
		 * longer fresh, or none. */
		const unsigned before = i / 4 % 2 ? 40 : 0;
		const unsigned after = i / 2 % 2 ? 40 : 0;
		const unsigned n = before + after;
		draw_syn(&seed, &seg);
		draw_others(&seed, t, before, seg.ts);
		assert_int_equal(flow_table_segment(t, &seg), 0);
		const uint64_t flow_id = name_of(&seg, told.conn.opener);
		draw_others(&seed, t, after, seg.ts);
		seg.ts += i % 2 ? 4000000 : 6000000; /* 4 ms, 6 ms */
		seg.frame++;
		assert_int_equal(flow_table_segment(t, &seg), 0);
		assert_int_equal(told.n_steps, n + 2);
		assert_int_equal(told.conn.n_clones, i % 2);
		assert_int_equal(told.conn.end[told.conn.opener].packets,
		                 i % 2 ? 1 : 2);
		assert_true(told.conn.flow_id == flow_id);
		assert_int_equal(flow_table_counts(t).n_lives, n + 1);
		assert_int_equal(flow_table_counts(t).flows, n + 1);
		flow_table_free(t);
	}
}

static void in_a_flood_what_is_noted_stays(void **state)
{
	(void)state;
	uint32_t seed = 11;
	for (unsigned i = 0; i < 200; i++) {
		struct told told;
		struct segment seg;
		struct flow_table *t = table_new(&told, 1 << 24);
		draw_syn(&seed, &seg);
		draw_others(&seed, t, 40, seg.ts);
		told.notes = i % 2 ? &told : NULL;
		assert_int_equal(flow_table_segment(t, &seg), 0);
		struct conn was = told.conn;
		was.flow_id = name_of(&seg, was.opener);
		told.notes = NULL;
		draw_others(&seed, t, i % 5, seg.ts);
		flow_table_advance(t, seg.ts + (i % 3) * SECOND);
		flow_table_finish(t, seg.ts + 3 * SECOND);
		assert_int_equal(told.n_over, 41 + i % 5);
		assert_int_equal(told.n_steps, 41 + i % 5);
		assert_int_equal(told.n_noted, i % 2);
		if (i % 2)
			assert_memory_equal(&told.noted, &was, sizeof(was));
		flow_table_free(t);
	}
}

static struct segment one_syn(void)
{
	uint32_t seed = 1;
	struct segment seg;
	draw_syn(&seed, &seg);
	seg.ts = START;
	return seg;
}

static struct segment refusal_of(const struct segment *syn)
{
	struct segment seg = *syn;
	seg.tuple.src = syn->tuple.dst;
	seg.tuple.dst = syn->tuple.src;
	seg.tuple.sport = syn->tuple.dport;
	seg.tuple.dport = syn->tuple.sport;
	seg.flags = TCP_RST | TCP_ACK;
	seg.seq.wire = 0;
	seg.ack.wire = syn->seq.wire + 1;
	seg.options = 0;
	seg.tsval.wire = 0;
	return seg;
}

static void its_past_is_known_for_240_seconds(void **state)
{
	(void)state;
	const struct segment syn = one_syn();
	struct segment late = refusal_of(&syn);
	struct told told;
	struct flow_table *t = table_new(&told, 1 << 30);
	flow_table_segment(t, &syn);
	flow_table_advance(t, START + 152 * SECOND);
	assert_int_equal(flow_table_counts(t).pasts, 1);
	assert_int_equal(flow_table_counts(t).lives, 0);
	late.ts = START + 239 * SECOND;
	flow_table_segment(t, &late);
	assert_int_equal(told.n_late, 1);
	assert_true(told.past_frame == syn.frame);
	assert_int_equal(flow_table_counts(t).pasts, 1);
	flow_table_advance(t, START + 242 * SECOND);
	assert_int_equal(flow_table_counts(t).pasts, 0);
	assert_int_equal(flow_table_counts(t).flows, 0);
	flow_table_free(t);

	t = table_new(&told, 1 << 30);
	flow_table_segment(t, &syn);
	flow_table_advance(t, START + 242 * SECOND);
	assert_int_equal(flow_table_counts(t).pasts, 0);
	assert_int_equal(flow_table_counts(t).flows, 0);
	flow_table_free(t);
}

static void a_new_syn_after_it_is_the_second_life(void **state)
{
	(void)state;
	struct segment syn = one_syn();
	struct told told;
	struct flow_table *t = table_new(&told, 1 << 30);
	flow_table_segment(t, &syn);
	flow_table_advance(t, START + 152 * SECOND);
	syn.ts = START + 200 * SECOND;
	syn.seq.wire += 1000000;
	flow_table_segment(t, &syn);
	assert_int_equal(told.conn.incarnation, 2);
	assert_int_equal(told.conn.stream, 1);
	flow_table_finish(t, syn.ts);
	assert_int_equal(told.n_over, 2);
	flow_table_free(t);
}

static void it_costs_96_bytes_at_most(void **state)
{
	(void)state;
	enum { N = 100000 };
	struct told told;
	uint32_t seed = 77;
	struct flow_table *t = table_new(&told, 1 << 30);
	for (int i = 0; i < N; i++) {
		struct segment seg;
		draw_syn(&seed, &seg);
		seg.ts = START;
		if (seg.tuple.ip_version == 6) /* with all: a whole life */
			seg.ack.wire = seg.tsecr.wire = 0;
		flow_table_segment(t, &seg);
	}
	flow_table_advance(t, START + 3 * SECOND);
	const struct flow_counts n = flow_table_counts(t);
	assert_true(n.lives > N * 99 / 100);
	assert_true(flow_table_pool(t)->live <= n.lives * 96);
	flow_table_free(t);
}

static void the_oldest_go_first(void **state)
{
	(void)state;
	struct told told;
	struct flow_table *t = table_new(&told, 300000);
	struct segment seg = one_syn();
	for (uint32_t i = 0; i < 5000; i++) {
		seg.frame = i + 1;
		seg.tuple.sport = (uint16_t)(1000 + i);
		flow_table_segment(t, &seg);
		if (told.n_over == 0)
			continue;
		assert_int_equal(told.reason, END_EVICTED);
		assert_int_equal(told.life.conn.first_frame, told.n_over);
	}
	const struct flow_counts n = flow_table_counts(t);
	assert_int_equal(n.evicted_syns, told.n_over);
	assert_int_equal(n.evicted_syns + n.lives, 5000);
	assert_true(n.evicted_syns > 1000);
	assert_true(n.memory <= 300000);
	assert_int_equal(n.pasts, 0);
	flow_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_life_made_again_is_the_life_that_was),
		cmocka_unit_test(a_source_beyond_all_is_kept_as_well),
		cmocka_unit_test(what_comes_next_meets_the_life),
		cmocka_unit_test(in_a_flood_what_is_noted_stays),
		cmocka_unit_test(its_past_is_known_for_240_seconds),
		cmocka_unit_test(a_new_syn_after_it_is_the_second_life),
		cmocka_unit_test(it_costs_96_bytes_at_most),
		cmocka_unit_test(the_oldest_go_first),
	};
	return cmocka_run_group_tests_name("flow/syn", tests, NULL, NULL);
}
