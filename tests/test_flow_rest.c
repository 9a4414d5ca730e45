/* Lives that linger: packed and unpacked nothing is lost, and little is
 * needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "capture_make.h"
#include "flow/flow.h"

#define SECOND INT64_C(1000000000)
#define MS     INT64_C(1000000)
#define START  (1700000000 * SECOND)

/* ---- in the table ------------------------------------------------ */

struct told {
	uint64_t sum; /* of all conns when they were over, in order */
	unsigned n_over, n_steps, n_late;
	unsigned n_disordered; /* at the end of the capture */
	uint64_t next_stream;
	uint64_t notes; /* of all lives */
};

static uint64_t mix(uint64_t sum, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ at[i]) * UINT64_C(1099511628211);
	return sum;
}

/* What is told of a life, but for the prints, which are forgotten. */
static void sum_up(struct told *told, const struct conn *c)
{
	struct conn plain = *c;
	for (unsigned i = 0; i < 2; i++) {
		memset(plain.end[i].clone, 0, sizeof(plain.end[i].clone));
		plain.end[i].i_clone = 0;
	}
	plain.closing = NULL;
	plain.holes = NULL;
	told->sum = mix(told->sum, &plain, sizeof(plain));
	if (c->closing)
		told->sum = mix(told->sum, c->closing, sizeof(*c->closing));
	if (c->holes)
		told->sum = mix(told->sum, c->holes, sizeof(*c->holes));
}

struct world {
	struct flow_table *t;
	struct told told;
	bool may_pack;
};

/* What is known of a past one, but for where its neighbours are. */
static uint64_t mix_past(uint64_t sum, const struct past *past)
{
	struct past plain = *past;
	plain.older = plain.newer = NULL;
	return mix(sum, &plain, sizeof(plain));
}

static int on_step(void *ctx, struct life *life, const struct step *step)
{
	struct world *w = ctx;
	w->told.n_steps++;
	for (const struct past *p = step->pasts; p; p = p->older)
		w->told.sum = mix_past(w->told.sum, p);
	if (!life->notes && step_is(step, STEP_FIN))
		life->notes = pool_take_zeroed(flow_table_pool(w->t), 200);
	if (life->notes)
		((uint64_t *)life->notes)[step->conn->n_changes % 25] +=
			(uint64_t)step->ts;
	life->notes_size = life->notes && w->may_pack ? 200 : 0;
	return 0;
}

static int on_over(void *ctx, struct life *life, enum end_reason reason)
{
	struct world *w = ctx;
	w->told.n_over++;
	if (reason == END_OF_CAPTURE) {
		w->told.n_disordered += life->conn.stream < w->told.next_stream;
		w->told.next_stream = life->conn.stream + 1;
	}
	sum_up(&w->told, &life->conn);
	w->told.sum = mix(w->told.sum, &reason, sizeof(reason));
	if (life->notes)
		w->told.sum = mix(w->told.sum, life->notes, 200);
	pool_give(flow_table_pool(w->t), life->notes);
	life->notes = NULL;
	return 0;
}

static void on_late(void *ctx, const struct past *past,
                    const struct segment *seg)
{
	struct world *w = ctx;
	w->told.n_late++;
	w->told.sum = mix(mix_past(w->told.sum, past), &seg->frame,
	                  sizeof(seg->frame));
}

static void world_new_timed(struct world *w, bool may_pack, uint64_t max_memory,
                            int64_t idle_timeout)
{
	const struct flow_options options = {
		.linger = 60 * SECOND,
		.idle_timeout = idle_timeout,
		.time_wait = 60 * SECOND,
		.max_memory = max_memory,
		.hash_seed = 1,
	};
	const struct flow_events events = {
		.ctx = w, .step = on_step, .over = on_over, .late = on_late
	};
	*w = (struct world){ .may_pack = may_pack };
	w->t = flow_table_new(&options, &events, &alloc_default);
	assert_non_null(w->t);
}

static void world_new(struct world *w, bool may_pack, uint64_t max_memory)
{
	world_new_timed(w, may_pack, max_memory, 3600 * SECOND);
}

struct talk {
	uint32_t client;
	int64_t ts;
	uint64_t frame;
	bool is_fast;
};

static void say(struct world *w, struct talk *talk, bool from_server,
                uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	struct segment seg;
	memset(&seg, 0, sizeof(seg));
	struct ip_addr client = { .byte = { 10 } }, server = { .byte = { 11 } };
	memcpy(client.byte + 1, &talk->client, 3);
	seg.tuple.src = from_server ? server : client;
	seg.tuple.dst = from_server ? client : server;
	seg.tuple.sport = from_server ? 443 : 40000;
	seg.tuple.dport = from_server ? 40000 : 443;
	seg.tuple.ip_version = 4;
	seg.ts = talk->ts +=
		talk->is_fast ? 10000 : 700000 + talk->client % 1000 * 1000;
	seg.frame = ++talk->frame;
	seg.flags = flags;
	seg.seq.wire = talk->client * 2654435761u + seq;
	seg.ack.wire = talk->client * 2654435761u + ack;
	seg.window = 1000;
	seg.payload_len = len;
	seg.options = OPTION_TIMESTAMP;
	seg.tsval.wire = (uint32_t)(seg.ts / MS);
	seg.tsecr.wire = (uint32_t)(seg.ts / MS) - 1;
	seg.has_ip_id = true;
	seg.ip_id = (uint16_t)talk->frame;
	seg.ttl = 64;
	assert_int_equal(flow_table_segment(w->t, &seg), 0);
}

static void close_one(struct world *w, struct talk *talk)
{
	const uint32_t n = 100 + talk->client % 500;
	const uint8_t A = TCP_ACK, FA = TCP_FIN | TCP_ACK;
	say(w, talk, false, TCP_SYN, 0, 0, 0);
	say(w, talk, true, TCP_SYN | TCP_ACK, 0, 1, 0);
	say(w, talk, false, A, 1, 1, n);
	say(w, talk, true, A, 1, 1 + n, 3 * n);
	say(w, talk, false, FA, 1 + n, 1 + 3 * n, 0);
	say(w, talk, true, FA, 1 + 3 * n, 2 + n, 0);
	say(w, talk, false, A, 2 + n, 2 + 3 * n, 0);
}

/* What comes for a life at rest: its FIN again, or a SYN of the next. */
static void come_late(struct world *w, struct talk *talk)
{
	const uint32_t n = 100 + talk->client % 500;
	if (talk->client % 3 == 0)
		say(w, talk, true, TCP_FIN | TCP_ACK, 1 + 3 * n, 2 + n, 0);
	else
		say(w, talk, false, TCP_SYN, 90000000, 0, 0);
}

/* 9,000 connections, of which some are heard of again. */
static void run_world(struct world *w)
{
	enum { N = 9000 };
	struct talk talk = { .ts = START };
	for (uint32_t i = 0; i < N; i++) {
		talk.client = i;
		close_one(w, &talk);
		if (i < 5000 || i % 7)
			continue;
		const uint32_t newest = talk.client;
		talk.client = i - 5000;
		come_late(w, &talk);
		talk.client = newest;
	}
	flow_table_finish(w->t, talk.ts);
}

static void resting_changes_nothing(void **state)
{
	(void)state;
	struct world packed, plain;
	world_new(&packed, true, UINT64_C(1) << 30);
	world_new(&plain, false, UINT64_C(1) << 30);
	run_world(&packed);
	run_world(&plain);
	assert_true(packed.told.n_over > 9000);
	assert_true(packed.told.next_stream > 9000);
	assert_int_equal(packed.told.n_disordered, 0);
	assert_int_equal(packed.told.n_over, plain.told.n_over);
	assert_int_equal(packed.told.n_steps, plain.told.n_steps);
	assert_true(packed.told.sum == plain.told.sum);
	flow_table_free(packed.t);
	flow_table_free(plain.t);
}

/* Every other one is heard of again when it is over, some after 240 s. */
static void run_past_world(struct world *w)
{
	enum { N = 4000 };
	struct talk talk = { .ts = START };
	for (talk.client = 0; talk.client < N; talk.client++)
		close_one(w, &talk);
	talk.ts += 100 * SECOND;
	for (talk.client = 0; talk.client < N; talk.client += 2) {
		if (talk.client == N / 2)
			talk.ts += 130 * SECOND;
		come_late(w, &talk);
	}
	flow_table_finish(w->t, talk.ts);
}

static void pasts_that_rested_are_as_others(void **state)
{
	(void)state;
	struct world packed, plain;
	world_new(&packed, true, UINT64_C(1) << 30);
	world_new(&plain, false, UINT64_C(1) << 30);
	run_past_world(&packed);
	run_past_world(&plain);
	const unsigned n_late = packed.told.n_late;
	assert_in_range(n_late, 350, 650); /* one in three, of half of them */
	assert_int_equal(n_late, plain.told.n_late);
	assert_int_equal(packed.told.n_over, plain.told.n_over);
	assert_int_equal(packed.told.n_steps, plain.told.n_steps);
	assert_true(packed.told.sum == plain.told.sum);
	const struct flow_counts a = flow_table_counts(packed.t);
	const struct flow_counts b = flow_table_counts(plain.t);
	assert_int_equal(a.pasts, b.pasts);
	assert_int_equal(a.flows, b.flows);
	flow_table_free(packed.t);
	flow_table_free(plain.t);
}

static void time_ends_lives_at_rest(void **state)
{
	(void)state;
	struct world w;
	struct talk talk = { .ts = START };
	world_new(&w, true, UINT64_C(1) << 30);
	for (talk.client = 0; talk.client < 6000; talk.client++) {
		close_one(&w, &talk);
		talk.ts += MS;
	}
	flow_table_advance(w.t, talk.ts + 62 * SECOND);
	assert_int_equal(w.told.n_over, 6000);
	struct flow_counts n = flow_table_counts(w.t);
	assert_int_equal(n.lives, 0);
	assert_int_equal(n.pasts, 6000);
	/* No more than a flow and its past would need. */
	assert_true(flow_table_pool(w.t)->live <= 6000 * 300);
	flow_table_advance(w.t, talk.ts + 242 * SECOND);
	n = flow_table_counts(w.t);
	assert_int_equal(n.pasts, 0);
	assert_int_equal(n.flows, 0);
	assert_int_equal(flow_table_pool(w.t)->live, 0);
	flow_table_free(w.t);
}

static void a_life_at_rest_costs_300_bytes(void **state)
{
	(void)state;
	enum { N = 60000 };
	struct world w;
	struct talk talk = { .ts = START, .is_fast = true };
	world_new(&w, true, UINT64_C(1) << 30);
	for (talk.client = 0; talk.client < N; talk.client++)
		close_one(&w, &talk);
	assert_int_equal(flow_table_counts(w.t).lives, N);
	/* The newest ones are as large as they are. */
	const uint64_t whole = 64 * 2000;
	assert_true(flow_table_pool(w.t)->live <=
	            whole + (N - 64) * UINT64_C(300));
	flow_table_free(w.t);
}

static void those_at_rest_are_evicted_before_live_ones(void **state)
{
	(void)state;
	struct world w;
	struct talk talk = { .ts = START, .client = 1, .is_fast = true };
	world_new(&w, true, UINT64_C(3) << 20);
	say(&w, &talk, false, TCP_SYN, 0, 0, 0);
	say(&w, &talk, true, TCP_SYN | TCP_ACK, 0, 1, 0);
	for (talk.client = 2; talk.client < 20000; talk.client++)
		close_one(&w, &talk);
	const struct flow_counts n = flow_table_counts(w.t);
	assert_true(n.evicted_lives > 1000);
	assert_int_equal(n.evicted_lives, w.told.n_over);
	assert_true(n.memory <= UINT64_C(3) << 20);
	const unsigned n_steps = w.told.n_steps;
	talk.client = 1;
	say(&w, &talk, false, TCP_ACK, 1, 1, 0);
	assert_int_equal(w.told.n_steps, n_steps + 1);
	assert_int_equal(flow_table_counts(w.t).n_lives, n.n_lives);
	flow_table_free(w.t);
}

/* Where the pool has taken nearly all that it can name, a larger budget does
 * not help: some must go. */
static void no_budget_is_larger_than_what_can_be_named(void **state)
{
	(void)state;
	struct world w;
	struct talk talk = { .ts = START, .is_fast = true };
	world_new(&w, true, UINT64_C(1) << 40);
	close_one(&w, &talk);
	struct pool *pool = flow_table_pool(w.t);
	pool->taken += POOL_BYTES_MAX - (UINT64_C(5) << 20);
	for (talk.client = 1; talk.client < 20000; talk.client++)
		close_one(&w, &talk);
	const struct flow_counts n = flow_table_counts(w.t);
	assert_true(n.evicted_lives > 1000);
	assert_true(n.memory <= POOL_BYTES_MAX);
	assert_int_equal(n.memory_limit, POOL_BYTES_MAX);
	flow_table_free(w.t);
}

#define N_IDLE 18000

/* All open, then all close: each is idle for a while in between. */
static void run_idle_world(struct world *w)
{
	struct talk talk = { .ts = START };
	for (talk.client = 0; talk.client < N_IDLE; talk.client++) {
		say(w, &talk, false, TCP_SYN, 0, 0, 0);
		say(w, &talk, true, TCP_SYN | TCP_ACK, 0, 1, 0);
		say(w, &talk, false, TCP_ACK, 1, 1, 100);
	}
	for (talk.client = 0; talk.client < N_IDLE; talk.client++) {
		say(w, &talk, true, TCP_ACK | TCP_FIN, 1, 101, 0);
		say(w, &talk, false, TCP_ACK | TCP_FIN, 101, 2, 0);
		say(w, &talk, true, TCP_ACK, 2, 102, 0);
	}
}

static void idle_ones_are_packed_before_any_is_evicted(void **state)
{
	(void)state;
	struct world narrow, wide;
	const uint64_t budget = UINT64_C(19) << 19;
	world_new(&narrow, true, budget);
	world_new(&wide, true, UINT64_C(1) << 30);
	run_idle_world(&narrow);
	run_idle_world(&wide);
	const struct flow_counts n = flow_table_counts(narrow.t);
	assert_int_equal(n.evicted_lives + n.evicted_syns, 0);
	assert_true(n.memory <= budget);
	assert_true(flow_table_counts(wide.t).memory > budget * 5 / 4);
	flow_table_finish(narrow.t, START + 600 * SECOND);
	flow_table_finish(wide.t, START + 600 * SECOND);
	assert_int_equal(narrow.told.n_over, N_IDLE);
	assert_int_equal(narrow.told.n_steps, wide.told.n_steps);
	assert_true(narrow.told.sum == wide.told.sum);
	flow_table_free(narrow.t);
	flow_table_free(wide.t);
}

/* What was idle for two minutes is forgotten before what closed 20 s after it,
 * and lingered for one. */
static void pasts_are_forgotten_when_they_are_due(void **state)
{
	(void)state;
	enum { N = 3000 };
	struct world w;
	struct talk talk = { .ts = START, .is_fast = true };
	world_new_timed(&w, true, UINT64_C(4) << 20, 120 * SECOND);
	for (talk.client = 0; talk.client < N; talk.client++) {
		say(&w, &talk, false, TCP_SYN, 0, 0, 0);
		say(&w, &talk, true, TCP_SYN | TCP_ACK, 0, 1, 0);
		say(&w, &talk, false, TCP_ACK, 1, 1, 100);
	}
	talk.ts = START + 20 * SECOND;
	for (; talk.client < 2 * N; talk.client++)
		close_one(&w, &talk);
	assert_int_equal(flow_table_counts(w.t).evicted_lives, 0);
	flow_table_advance(w.t, START + 100 * SECOND);
	assert_in_range(flow_table_counts(w.t).pasts, N - 64, N);
	flow_table_advance(w.t, START + 130 * SECOND);
	assert_int_equal(flow_table_counts(w.t).pasts, 2 * N);
	flow_table_advance(w.t, START + 239 * SECOND);
	assert_int_equal(flow_table_counts(w.t).pasts, 2 * N);
	flow_table_advance(w.t, START + 242 * SECOND);
	assert_int_equal(flow_table_counts(w.t).pasts, N);
	flow_table_advance(w.t, START + 259 * SECOND);
	assert_int_equal(flow_table_counts(w.t).pasts, N);
	flow_table_advance(w.t, START + 262 * SECOND);
	assert_int_equal(flow_table_counts(w.t).flows, 0);
	flow_table_free(w.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resting_changes_nothing),
		cmocka_unit_test(pasts_that_rested_are_as_others),
		cmocka_unit_test(time_ends_lives_at_rest),
		cmocka_unit_test(a_life_at_rest_costs_300_bytes),
		cmocka_unit_test(those_at_rest_are_evicted_before_live_ones),
		cmocka_unit_test(no_budget_is_larger_than_what_can_be_named),
		cmocka_unit_test(idle_ones_are_packed_before_any_is_evicted),
		cmocka_unit_test(pasts_are_forgotten_when_they_are_due),
	};
	return cmocka_run_group_tests_name("flow/rest", tests, NULL, NULL);
}
