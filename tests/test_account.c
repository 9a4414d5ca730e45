/* Lives turned into records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "account.h"
#include "base/alloc.h"
#include "base/frame.h"
#include "packet_random.h"
#include "write/json_append.h"
#include "write/json_plan.h"

#define SECOND INT64_C(1000000000)
#define START  (1000 * SECOND)
#define SYNS   4000

/* The lines of one record, as it is made by itself and in its series. */
struct told {
	struct unanswered unanswered;
	struct json_plan *plan;
	uint64_t seed;
	unsigned n, n_series;
};

static uint64_t on_name(void *ctx, const struct life *life)
{
	(void)ctx;
	return account_flow_id(life);
}

static int on_step(void *ctx, struct life *life, const struct step *step)
{
	(void)ctx;
	(void)life;
	(void)step;
	return 0;
}

static int on_over(void *ctx, struct life *life, enum end_reason reason)
{
	(void)ctx;
	(void)life;
	(void)reason;
	return 0;
}

/* What the capture missed comes and goes, as it does in the analyzer. */
static int on_unanswered(void *ctx, struct life *life, enum end_reason reason)
{
	static const char *const sources[] = { "a.pcap", "b.pcap" };
	struct told *told = ctx;
	const struct moment moment = { &life->conn, START, reason };
	struct account who;
	struct close_record close;
	char line[JSON_LINE_MAX], expected[JSON_LINE_MAX];

	life->conn.lossy = told->n / 100 % 2;
	account_init(&who, life, sources[life->conn.source % 2]);
	account_close(&who, &moment, &close);
	const struct record by_itself = record_of_close(&close);
	const size_t n = json_append_record(&by_itself, expected);

	const uint64_t before = told->unanswered.series;
	account_unanswered(&who, &moment, &told->unanswered);
	struct record record = record_of_close(&told->unanswered.close);
	record.series = told->unanswered.series;
	assert_int_equal(json_append_planned(told->plan, &record, line), n);
	assert_memory_equal(line, expected, n);
	assert_int_equal(json_append_record(&record, line), n);
	assert_memory_equal(line, expected, n);
	told->n++;
	told->n_series += before != told->unanswered.series;
	return 0;
}

/* Few have VLAN tags, come from another file or are of the other version. */
static struct segment draw_syn(uint64_t *seed)
{
	struct segment seg = { .flags = TCP_SYN };
	seg.tuple.ip_version = random_below(seed, 32) ? 4 : 6;
	const size_t n = seg.tuple.ip_version == 4 ? 4 : 16;
	for (size_t i = 0; i < n; i++) {
		seg.tuple.src.byte[i] = (uint8_t)random_next(seed);
		seg.tuple.dst.byte[i] = (uint8_t)random_next(seed);
	}
	seg.tuple.sport = (uint16_t)random_next(seed);
	seg.tuple.dport = (uint16_t)random_next(seed);
	seg.tuple.n_vlans = random_below(seed, 32) ? 0 : 1;
	seg.tuple.vlan[0] = seg.tuple.n_vlans ? 7 : 0;
	seg.source = random_below(seed, 64) == 0;
	seg.frame = frame_of(seg.source, random_next(seed));
	seg.seq.wire = random_next(seed);
	seg.window = (uint16_t)random_below(seed, 3);
	seg.options = (uint8_t)random_below(seed, 32);
	seg.wscale = (uint8_t)random_below(seed, 15);
	if (seg.options & OPTION_TIMESTAMP)
		seg.tsval.wire = random_next(seed);
	seg.ttl = (uint8_t)random_next(seed);
	return seg;
}

/* Whenever a SYN without an answer is over, and of what version, file and VLAN
 * it is, its record is as that of any other connection. */
static void one_of_a_flood_is_told_as_any_other(void **state)
{
	(void)state;
	struct told told = { .seed = 11 };
	const struct flow_options options = {
		.linger = 60 * SECOND,
		.idle_timeout = 3600 * SECOND,
		.time_wait = 60 * SECOND,
		.max_memory = 1 << 30,
	};
	const struct flow_events events = {
		.ctx = &told,
		.name = on_name,
		.step = on_step,
		.over = on_over,
		.unanswered = on_unanswered,
	};
	told.plan = json_plan_new(NULL, 0, &alloc_default);
	struct flow_table *t =
		flow_table_new(&options, &events, &alloc_default);
	int64_t ts = START;
	for (unsigned i = 0; i < SYNS; i++) {
		struct segment seg = draw_syn(&told.seed);
		ts += SECOND / 10;
		seg.ts = ts;
		assert_int_equal(flow_table_segment(t, &seg), 0);
	}
	assert_true(told.n > SYNS / 4); /* over while others came */
	flow_table_advance(t, ts + 2 * SECOND);
	flow_table_finish(t, ts + 2 * SECOND);
	assert_int_equal(told.n, SYNS);
	assert_in_range(told.n_series, 100, SYNS / 4);
	flow_table_free(t);
	json_plan_free(told.plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_of_a_flood_is_told_as_any_other),
	};
	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
