/* What is left of a four-tuple's earlier lives: so many, in order, so long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "flow/flow.h"
#include "tcp/past.h"

#define SECOND INT64_C(1000000000)
#define START  (1700000000 * SECOND)

/* What the newest step saw of the past. */
struct world {
	struct flow_table *t;
	int64_t ts;
	uint64_t frame;
	unsigned n_pasts;
	uint32_t newest, oldest; /* incarnations */
};

static int on_step(void *ctx, struct life *life, const struct step *step)
{
	struct world *w = ctx;
	uint32_t before = life->conn.incarnation;
	w->n_pasts = 0;
	w->newest = step->pasts ? step->pasts->incarnation : 0;
	for (const struct past *p = step->pasts; p; p = p->older) {
		assert_int_equal(p->incarnation, before - 1);
		before = p->incarnation;
		w->n_pasts++;
	}
	w->oldest = before;
	return 0;
}

static int on_over(void *ctx, struct life *life, enum end_reason reason)
{
	(void)ctx;
	(void)life;
	(void)reason;
	return 0;
}

static void world_new(struct world *w)
{
	const struct flow_options options = {
		.linger = 60 * SECOND,
		.idle_timeout = 3600 * SECOND,
		.time_wait = 60 * SECOND,
		.max_memory = UINT64_C(64) << 20,
	};
	const struct flow_events events = { .ctx = w,
		                            .step = on_step,
		                            .over = on_over };
	*w = (struct world){ .ts = START };
	w->t = flow_table_new(&options, &events, &alloc_default);
	assert_non_null(w->t);
}

static void say(struct world *w, bool from_server, uint8_t flags, uint32_t seq,
                uint32_t ack)
{
	struct segment seg;
	memset(&seg, 0, sizeof(seg));
	struct ip_addr client = { .byte = { 10 } }, server = { .byte = { 11 } };
	seg.tuple.src = from_server ? server : client;
	seg.tuple.dst = from_server ? client : server;
	seg.tuple.sport = from_server ? 443 : 40000;
	seg.tuple.dport = from_server ? 40000 : 443;
	seg.tuple.ip_version = 4;
	seg.ts = w->ts += 1000000;
	seg.frame = ++w->frame;
	seg.flags = flags;
	seg.seq.wire = seq;
	seg.ack.wire = ack;
	seg.window = 1000;
	seg.ttl = 64;
	assert_int_equal(flow_table_segment(w->t, &seg), 0);
}

/* A connection that is opened, and reset by the client. */
static void live_once(struct world *w, uint32_t number)
{
	const uint32_t iss = number * 1000000;
	say(w, false, TCP_SYN, iss, 0);
	say(w, true, TCP_SYN | TCP_ACK, iss + 500, iss + 1);
	say(w, false, TCP_ACK, iss + 1, iss + 501);
	say(w, false, TCP_RST, iss + 1, 0);
}

static uint64_t pasts_of(const struct world *w)
{
	return flow_table_counts(w->t).pasts;
}

static void sixteen_are_kept(void **state)
{
	(void)state;
	struct world w;
	world_new(&w);
	for (uint32_t i = 1; i <= 40; i++) {
		live_once(&w, i);
		const uint32_t before = i - 1;
		assert_int_equal(w.n_pasts, before < 16 ? before : 16);
		assert_int_equal(pasts_of(&w), w.n_pasts);
		assert_int_equal(w.newest, before);
		assert_int_equal(w.oldest, before < 16 ? 1 : before - 15);
	}
	flow_table_free(w.t);
}

/* Lives end ten seconds apart, and are forgotten so. */
static void each_is_forgotten_in_time(void **state)
{
	(void)state;
	enum { N = 20 };
	struct world w;
	world_new(&w);
	for (uint32_t i = 1; i <= N; i++) {
		live_once(&w, i);
		w.ts = START + i * 10 * SECOND;
	}
	flow_table_advance(w.t, START + 260 * SECOND); /* the last is over */
	assert_int_equal(pasts_of(&w), 16); /* the fifth is the oldest */
	for (uint32_t i = 5; i <= N; i++) {
		const int64_t due =
			START + (i - 1) * 10 * SECOND + 240 * SECOND;
		flow_table_advance(w.t, due - SECOND);
		const uint64_t n = pasts_of(&w);
		flow_table_advance(w.t, due + 3 * SECOND);
		assert_int_equal(pasts_of(&w), n - 1);
	}
	const struct flow_counts n = flow_table_counts(w.t);
	assert_int_equal(n.pasts, 0);
	assert_int_equal(n.flows, 0);
	assert_int_equal(flow_table_pool(w.t)->live, 0);
	flow_table_free(w.t);
}

/* A new life after some were forgotten follows those that are left. */
static void what_is_left_stays_in_order(void **state)
{
	(void)state;
	struct world w;
	world_new(&w);
	for (uint32_t i = 1; i <= 3; i++) {
		live_once(&w, i);
		w.ts = START + i * 100 * SECOND;
	}
	live_once(&w, 4); /* 300 s: the first is forgotten */
	say(&w, true, TCP_RST, 4000501, 0);
	assert_int_equal(w.n_pasts, 2);
	for (uint32_t i = 5; i <= 30; i++)
		live_once(&w, i);
	assert_int_equal(w.n_pasts, 16);
	assert_int_equal(w.newest, 29);
	assert_int_equal(w.oldest, 14);
	flow_table_free(w.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixteen_are_kept),
		cmocka_unit_test(each_is_forgotten_in_time),
		cmocka_unit_test(what_is_left_stays_in_order),
	};
	return cmocka_run_group_tests_name("flow/pasts", tests, NULL, NULL);
}
