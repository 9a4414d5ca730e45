/* Lives of a four-tuple: which segment belongs to which, when one is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "flow/flow.h"

#define SECOND INT64_C(1000000000)
#define MS     INT64_C(1000000)

/* What the table told. */
struct told {
	char story[512]; /* "over 1 closed; late; ..." */
	unsigned n_steps;
	uint32_t last_life;  /* incarnation that the newest step was shown to */
	uint32_t reset_life; /* incarnation an end of which heard an RST */
};

struct bench {
	struct flow_table *t;
	struct told told;
	uint64_t frame;
};

static void append(struct told *told, const char *text)
{
	strncat(told->story, text,
	        sizeof(told->story) - strlen(told->story) - 1);
}

static int on_step(void *ctx, struct life *life, const struct step *step)
{
	struct told *told = ctx;
	if (step->seg) {
		told->n_steps++;
		told->last_life = life->conn.incarnation;
	}
	for (unsigned i = 0; i < step->n_changes; i++) {
		if (step->change[i].event == HEARD_RST)
			told->reset_life = life->conn.incarnation;
	}
	return 0;
}

static int on_over(void *ctx, struct life *life, enum end_reason reason)
{
	const char number[] = { ' ', (char)('0' + life->conn.incarnation), ' ',
		                0 };
	append(ctx, "over");
	append(ctx, number);
	append(ctx, end_reason_name(reason));
	append(ctx, "; ");
	return 0;
}

static void on_late(void *ctx, const struct past *past,
                    const struct segment *seg)
{
	(void)past, (void)seg;
	append(ctx, "late; ");
}

static void bench_init(struct bench *b, uint64_t max_memory, uint64_t seed)
{
	const struct flow_options options = {
		.linger = 60 * SECOND,
		.idle_timeout = 3600 * SECOND,
		.time_wait = 60 * SECOND,
		.max_memory = max_memory,
		.hash_seed = seed,
	};
	const struct flow_events events = { .ctx = &b->told,
		                            .step = on_step,
		                            .over = on_over,
		                            .late = on_late };
	memset(b, 0, sizeof(*b));
	b->t = flow_table_new(&options, &events, &alloc_default);
	assert_non_null(b->t);
}

/* One segment of 10.0.0.1:port, or of 10.0.0.2:80 if from_server. */
struct say {
	int64_t ms;
	bool from_server;
	uint8_t flags;
	uint32_t seq, ack;
	uint16_t port;
};

static void say(struct bench *b, struct say s)
{
	struct segment seg;
	memset(&seg, 0, sizeof(seg));
	const uint8_t client[4] = { 10, 0, 0, 1 }, server[4] = { 10, 0, 0, 2 };
	const uint16_t port = s.port ? s.port : 40000;
	memcpy(seg.tuple.src.byte, s.from_server ? server : client, 4);
	memcpy(seg.tuple.dst.byte, s.from_server ? client : server, 4);
	seg.tuple.sport = s.from_server ? 80 : port;
	seg.tuple.dport = s.from_server ? port : 80;
	seg.tuple.ip_version = 4;
	seg.ts = 1000 * SECOND + s.ms * MS;
	seg.frame = ++b->frame;
	seg.flags = s.flags;
	seg.seq.wire = s.seq;
	seg.ack.wire = s.ack;
	seg.window = 1000;
	seg.has_ip_id = true;
	seg.ip_id = (uint16_t)b->frame;
	assert_int_equal(flow_table_segment(b->t, &seg), 0);
}

enum {
	S = TCP_SYN,
	SA = TCP_SYN | TCP_ACK,
	A = TCP_ACK,
	FA = TCP_FIN | TCP_ACK
};

/* A whole short life, ISNs c and s. */
static void live(struct bench *b, int64_t ms, uint32_t c, uint32_t s)
{
	say(b, (struct say){ ms, 0, S, c, 0, 0 });
	say(b, (struct say){ ms + 10, 1, SA, s, c + 1, 0 });
	say(b, (struct say){ ms + 20, 0, A, c + 1, s + 1, 0 });
	say(b, (struct say){ ms + 30, 0, FA, c + 1, s + 1, 0 });
	say(b, (struct say){ ms + 40, 1, FA, s + 1, c + 2, 0 });
	say(b, (struct say){ ms + 50, 0, A, c + 2, s + 2, 0 });
}

static void a_finished_life_is_over_after_the_linger(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 1 << 30, 1);
	live(&b, 0, 1000, 5000);
	flow_table_advance(b.t, 1059 * SECOND);
	assert_string_equal(b.told.story, "");
	flow_table_advance(b.t, 1063 * SECOND);
	assert_string_equal(b.told.story, "over 1 closed; ");
	flow_table_free(b.t);
}

static void a_new_syn_ends_a_finished_life(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 1 << 30, 1);
	live(&b, 0, 1000, 5000);
	say(&b, (struct say){ 2000, 0, S, 900000, 0, 0 });
	assert_string_equal(b.told.story, "over 1 reuse; ");
	assert_int_equal(b.told.last_life, 2);
	flow_table_free(b.t);
}

static void a_repeated_syn_is_the_same_life(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 1 << 30, 1);
	say(&b, (struct say){ 0, 0, S, 1000, 0, 0 });
	say(&b, (struct say){ 1000, 0, S, 1000, 0, 0 });
	assert_int_equal(flow_table_counts(b.t).n_lives, 1);
	assert_string_equal(b.told.story, "");
	flow_table_free(b.t);
}

/* RFC 9293 figure 9: the server still holds the old life. What it sends of
 * that stays with it, but its answer to the SYN, and the RST which that draws,
 * are part of the opening; the RST ends the old life's other end. */
static void an_old_end_is_cleared_away_by_the_new_life(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 1 << 30, 1);
	say(&b, (struct say){ 0, 0, S, 1000, 0, 0 });
	say(&b, (struct say){ 10, 1, SA, 5000, 1001, 0 });
	say(&b, (struct say){ 20, 0, A, 1001, 5001, 0 });
	say(&b, (struct say){ 900, 0, S, 90000000, 0, 0 });
	assert_int_equal(b.told.last_life, 2);
	say(&b, (struct say){ 905, 1, FA, 5001, 1001, 0 });
	assert_int_equal(b.told.last_life, 1);
	say(&b, (struct say){ 910, 1, A, 5002, 1001, 0 });
	assert_int_equal(b.told.last_life, 2);
	assert_int_equal(b.told.reset_life, 0);
	say(&b, (struct say){ 920, 0, TCP_RST, 1001, 0, 0 });
	assert_int_equal(b.told.last_life, 2);
	assert_int_equal(b.told.reset_life, 1);
	say(&b, (struct say){ 930, 0, S, 90000000, 0, 0 });
	assert_string_equal(b.told.story, "");
	say(&b, (struct say){ 940, 1, SA, 77000000, 90000001, 0 });
	assert_string_equal(b.told.story, "over 1 reuse; ");
	assert_int_equal(b.told.last_life, 2);
	flow_table_free(b.t);
}

/* RFC 5961 section 4: a forged SYN draws a challenge and changes nothing. */
static void a_forged_syn_does_not_end_a_life(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 1 << 30, 1);
	say(&b, (struct say){ 0, 0, S, 1000, 0, 0 });
	say(&b, (struct say){ 10, 1, SA, 5000, 1001, 0 });
	say(&b, (struct say){ 20, 0, A, 1001, 5001, 0 });
	say(&b, (struct say){ 900, 0, S, 90000000, 0, 0 });
	say(&b, (struct say){ 910, 1, A, 5001, 1001, 0 });
	say(&b, (struct say){ 2000, 0, A, 1001, 5001, 0 });
	assert_string_equal(b.told.story, "over 2 closed; ");
	say(&b, (struct say){ 2100, 0, FA, 1001, 5001, 0 });
	assert_int_equal(b.told.last_life, 1);
	flow_table_free(b.t);
}

static void what_comes_after_the_end_belongs_to_the_past(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 1 << 30, 1);
	live(&b, 0, 1000, 5000);
	const unsigned n = b.told.n_steps;
	say(&b, (struct say){ 70000, 1, FA, 5001, 1002, 0 });
	assert_string_equal(b.told.story, "over 1 closed; late; ");
	assert_int_equal(b.told.n_steps, n);
	assert_int_equal(flow_table_counts(b.t).late_segments, 1);
	/* 240 s on, nobody remembers: a capture in mid-stream. */
	say(&b, (struct say){ 400000, 1, A, 5002, 1002, 0 });
	assert_int_equal(b.told.n_steps, n + 1);
	flow_table_free(b.t);
}

static void an_unanswered_syn_is_over_after_150_seconds(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 1 << 30, 1);
	say(&b, (struct say){ 0, 0, S, 1000, 0, 0 });
	flow_table_advance(b.t, 1149 * SECOND);
	assert_string_equal(b.told.story, "");
	flow_table_advance(b.t, 1152 * SECOND);
	assert_string_equal(b.told.story, "over 1 idle_timeout; ");
	flow_table_free(b.t);
}

static void finishing_ends_lives_in_their_order(void **state)
{
	(void)state;
	char story[2][512];
	for (uint64_t seed = 0; seed < 2; seed++) {
		struct bench b;
		bench_init(&b, 1 << 30, seed * 12345);
		for (uint16_t port = 1; port <= 5; port++)
			say(&b, (struct say){ port, 0, S, 1, 0, port });
		live(&b, 100, 7, 9);
		live(&b, 200, 70000, 90000);
		assert_int_equal(flow_table_finish(b.t, 1001 * SECOND), 0);
		memcpy(story[seed], b.told.story, sizeof(story[0]));
		assert_int_equal(flow_table_counts(b.t).lives, 0);
		flow_table_free(b.t);
	}
	assert_string_equal(story[0], story[1]);
}

static void a_flood_stays_within_the_budget_and_is_counted(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 200000, 1);
	live(&b, 0, 7, 9); /* port 40000: finished, but a life */
	for (int i = 0; i < 5000; i++)
		say(&b, (struct say){ 100 + i / 10, 0, S, 1, 0,
		                      (uint16_t)(1024 + i) });
	const struct flow_counts n = flow_table_counts(b.t);
	assert_true(n.memory <= 200000);
	assert_true(n.evicted_syns > 4000);
	assert_int_equal(n.evicted_lives, 0); /* SYNs go first */
	assert_int_equal(n.evicted_syns + n.lives, 5001);
	flow_table_free(b.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finished_life_is_over_after_the_linger),
		cmocka_unit_test(a_new_syn_ends_a_finished_life),
		cmocka_unit_test(a_repeated_syn_is_the_same_life),
		cmocka_unit_test(an_old_end_is_cleared_away_by_the_new_life),
		cmocka_unit_test(a_forged_syn_does_not_end_a_life),
		cmocka_unit_test(what_comes_after_the_end_belongs_to_the_past),
		cmocka_unit_test(an_unanswered_syn_is_over_after_150_seconds),
		cmocka_unit_test(finishing_ends_lives_in_their_order),
		cmocka_unit_test(
			a_flood_stays_within_the_budget_and_is_counted),
	};
	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
