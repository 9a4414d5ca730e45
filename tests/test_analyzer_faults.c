/*
 * Runs that go wrong: each allocation failing in turn, and floods against the
 * budget. What was written before is whole lines, and nothing leaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "capture_make.h"
#include "flood.h"
#include "replay.h"
#include "tcpclose/error.h"
#include "write/json_append.h"

/* ---- each allocation fails in turn ------------------------------- */

/* What came before the failure is what a sound run writes first. */
static void expect_beginning(const struct replay *part, struct replay *whole)
{
	assert_int_equal(part->status, TCPCLOSE_ENOMEM);
	assert_true(part->out.len <= whole->out.len);
	if (part->out.len == 0)
		return;
	assert_memory_equal(part->out.bytes, whole->out.bytes, part->out.len);
	assert_int_equal(part->out.bytes[part->out.len - 1], '\n');
}

static void fail_each(const char *path, const char *format, bool is_stream)
{
	struct replay whole, part;
	struct failing failing;
	struct replay_options options;
	replay_options_init(&options);
	options.format = format;
	options.analysis.want_states = true;
	failing_init(&failing, 0);
	options.alloc = &failing.alloc;
	replay_file(&whole, path, &options);
	assert_int_equal(whole.status, TCPCLOSE_OK);
	assert_int_equal(failing.n_live, 0);
	const size_t n = failing.n_calls;
	assert_true(n > 10);
	for (size_t i = 1; i <= n; i++) {
		failing_init(&failing, i);
		options.alloc = &failing.alloc;
		replay_file(&part, path, &options);
		assert_int_equal(failing.n_live, 0);
		assert_int_equal(part.status, TCPCLOSE_ENOMEM);
		if (is_stream)
			expect_beginning(&part, &whole);
		replay_fini(&part);
	}
	replay_fini(&whole);
}

static void each_allocation_may_fail_while_records_are_written(void **state)
{
	(void)state;
	fail_each("testdata/trouble.pcapng", "ndjson", true);
	fail_each("testdata/stale_rst_challenged.pcap", "ndjson", true);
	fail_each("testdata/zero_window_pin_released_v6.pcap", "ndjson", true);
}

static void each_allocation_may_fail_while_reports_are_written(void **state)
{
	(void)state;
	fail_each("testdata/trouble.pcapng", "text", false);
	fail_each("testdata/trouble.pcapng", "json", false);
	fail_each("testdata/stale_rst_challenged.pcap", "text", false);
	fail_each("testdata/stale_rst_challenged.pcap", "json", false);
}

/* ---- budgets ----------------------------------------------------- */

#define BUDGET    ((uint64_t)1 << 20)
#define N_HONEST  400
#define N_FLOODS  8000
#define TABLE_NEW 65536 /* a table that grows holds both for a moment */

/* An allocator that knows how much is out. */
struct meter {
	struct tcpclose_allocator alloc;
	size_t in_use, most;
};

static void *meter_resize(void *ctx, void *old, size_t size)
{
	struct meter *m = ctx;
	size_t *had = old ? (size_t *)old - 2 : NULL;
	const size_t before = had ? *had : 0;
	size_t *block = realloc(had, size + 2 * sizeof(size_t));
	if (!block)
		return NULL;
	*block = size;
	m->in_use += size - before;
	if (m->in_use > m->most)
		m->most = m->in_use;
	return block + 2;
}

static void meter_release(void *ctx, void *old)
{
	struct meter *m = ctx;
	if (!old)
		return;
	size_t *block = (size_t *)old - 2;
	m->in_use -= *block;
	free(block);
}

/* The lines of each connection, found by the honest ones' first address. */
struct outcome {
	struct buffer honest;
	size_t n_closes, n_honest, n_evicted;
	size_t most;
	struct stats_record stats;
};

static int take_record(void *ctx, const struct record *record)
{
	struct outcome *o = ctx;
	char line[JSON_LINE_MAX];
	const size_t n = json_append_record(record, line);
	if (record->type != EVENT_TCP_CLOSE)
		return TCPCLOSE_OK;
	const struct close_record *close = record->data;
	o->n_closes++;
	o->n_evicted += strcmp(close->close.end_reason, "evicted") == 0;
	if (close->server.port != 443)
		return TCPCLOSE_OK;
	o->n_honest++;
	buffer_put(&o->honest, line, n);
	return TCPCLOSE_OK;
}

static void flood_with(struct outcome *o, enum flood_kind kind, uint64_t budget)
{
	const struct flood flood = { kind, N_FLOODS, N_HONEST };
	struct meter meter = { .alloc = { &meter, meter_resize,
		                          meter_release } };
	const struct analyzer_sink sink = { .ctx = o, .record = take_record };
	struct analyzer_options options;
	*o = (struct outcome){ 0 };
	buffer_init(&o->honest, &alloc_default);
	analyzer_options_init(&options);
	options.max_memory = budget;
	options.linger = 1000000; /* honest ones are over soon: 1 ms */
	struct analyzer *a = analyzer_new(&options, &sink, &meter.alloc);
	/* What no traffic can make grow is not counted. */
	const size_t fixed = meter.in_use;
	assert_int_equal(flood_send(a, &flood), TCPCLOSE_OK);
	o->most = meter.most - fixed;
	analyzer_stats(a, &o->stats);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	analyzer_free(a);
	assert_int_equal(meter.in_use, 0);
}

/* Lines in an order that does not depend on when a connection was over. */
static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t sorted_lines(struct buffer *text, char *line[N_HONEST])
{
	size_t n = 0;
	buffer_char(text, '\0');
	for (char *at = strtok(text->bytes, "\n"); at;
	     at = strtok(NULL, "\n")) {
		assert_true(n < N_HONEST);
		line[n++] = at;
	}
	qsort(line, n, sizeof(line[0]), by_line);
	return n;
}

static void expect_same_honest(struct outcome *bounded, struct outcome *free_of)
{
	char *one[N_HONEST] = { 0 }, *other[N_HONEST] = { 0 };
	assert_int_equal(sorted_lines(&bounded->honest, one), N_HONEST);
	assert_int_equal(sorted_lines(&free_of->honest, other), N_HONEST);
	for (size_t i = 0; i < N_HONEST; i++)
		assert_string_equal(one[i], other[i]);
}

static int64_t all_evicted(const struct stats_record *stats)
{
	return stats->evicted.connections + stats->evicted.unanswered_syns +
	       stats->evicted.past_incarnations;
}

static void expect_budget_kept(enum flood_kind kind, bool must_evict)
{
	struct outcome bounded, free_of;
	flood_with(&bounded, kind, BUDGET);
	flood_with(&free_of, kind, UINT64_C(1) << 30);
	assert_int_equal(free_of.n_evicted, 0);
	assert_int_equal(all_evicted(&free_of.stats), 0);
	assert_int_equal(free_of.n_closes, N_FLOODS + N_HONEST);

	assert_true(bounded.stats.memory <= (int64_t)BUDGET);
	assert_true(bounded.most <= BUDGET + TABLE_NEW);
	assert_int_equal(all_evicted(&bounded.stats) > 0, must_evict);
	assert_int_equal(bounded.n_evicted,
	                 bounded.stats.evicted.connections +
	                         bounded.stats.evicted.unanswered_syns);
	/* Nobody vanishes: what is evicted is told, too. */
	assert_int_equal(bounded.n_closes, N_FLOODS + N_HONEST);
	expect_same_honest(&bounded, &free_of);
	buffer_fini(&bounded.honest);
	buffer_fini(&free_of.honest);
}

static void a_flood_of_syns_keeps_to_the_budget(void **state)
{
	(void)state;
	expect_budget_kept(FLOOD_SYNS, true);
}

static void half_open_closes_keep_to_the_budget(void **state)
{
	(void)state;
	expect_budget_kept(FLOOD_HALF_CLOSES, true);
}

static void holes_without_end_keep_to_the_budget(void **state)
{
	(void)state;
	expect_budget_kept(FLOOD_HOLES, true);
}

static void many_lives_of_few_tuples_keep_to_the_budget(void **state)
{
	(void)state;
	expect_budget_kept(FLOOD_LIVES, false); /* 16 are remembered */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_allocation_may_fail_while_records_are_written),
		cmocka_unit_test(
			each_allocation_may_fail_while_reports_are_written),
		cmocka_unit_test(a_flood_of_syns_keeps_to_the_budget),
		cmocka_unit_test(half_open_closes_keep_to_the_budget),
		cmocka_unit_test(holes_without_end_keep_to_the_budget),
		cmocka_unit_test(many_lives_of_few_tuples_keep_to_the_budget),
	};
	return cmocka_run_group_tests_name("analyzer faults", tests, NULL,
	                                   NULL);
}
