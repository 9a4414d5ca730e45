/*
 * The same capture gives the same bytes: whatever the hash seed is, however
 * many packets are looked at in a row, and also when it was cut into files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "batch.h"
#include "capture_cut.h"
#include "capture_make.h"
#include "flood.h"
#include "replay.h"
#include "tcpclose/error.h"
#include "write/json_append.h"

/* What nobody who reads the records may notice. */
static const struct {
	uint64_t hash_seed;
	uint32_t batch;
} runs[] = {
	{ 1, BATCH_MAX },
	{ UINT64_C(0x9e3779b97f4a7c15), BATCH_MAX - 1 },
	{ 2, 2 },
	{ 0, 1 },
};

static void expect_same(struct replay *a, struct replay *b, const char *what)
{
	assert_int_equal(a->status, TCPCLOSE_OK);
	assert_int_equal(b->status, TCPCLOSE_OK);
	if (strcmp(replay_text(a), replay_text(b)) != 0)
		fail_msg("%s gives other records:\n%s\nnot\n%s", what,
		         b->out.bytes, a->out.bytes);
}

static void expect_no_change(const char *path, const char *format)
{
	struct replay_options options;
	replay_options_init(&options);
	options.format = format;
	options.analysis.want_states = true;
	struct replay first;
	replay_file(&first, path, &options);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		struct replay again;
		options.analysis.hash_seed = runs[i].hash_seed;
		options.analysis.batch = runs[i].batch;
		replay_file(&again, path, &options);
		expect_same(&first, &again, path);
		replay_fini(&again);
	}
	replay_fini(&first);
}

static void no_hash_seed_or_batch_changes_a_byte(void **state)
{
	(void)state;
	struct testdata data;
	testdata_find(&data);
	for (size_t i = 0; i < data.n; i++)
		expect_no_change(data.path[i], "ndjson");
	testdata_free(&data);
}

static void reports_are_the_same_in_any_run(void **state)
{
	(void)state;
	expect_no_change("testdata/trouble.pcapng", "text");
	expect_no_change("testdata/trouble.pcapng", "json");
	expect_no_change("testdata/port_exhaustion.pcap", "text");
	expect_no_change("testdata/port_exhaustion.pcap", "json");
}

/* ---- a crowd, so that hash chains are long and tables grow ------- */

static int put_record(void *ctx, const struct record *record)
{
	char line[JSON_LINE_MAX];
	buffer_put(ctx, line, json_append_record(record, line));
	return TCPCLOSE_OK;
}

static void crowd_into(struct buffer *out, uint64_t seed, enum flood_kind kind)
{
	const struct flood flood = { kind, 6000, 500 };
	const struct analyzer_sink sink = { .ctx = out, .record = put_record };
	struct analyzer_options options;
	analyzer_options_init(&options);
	options.hash_seed = seed;
	options.max_memory = 1u << 20;
	buffer_init(out, &alloc_default);
	struct analyzer *a = analyzer_new(&options, &sink, &alloc_default);
	assert_int_equal(flood_send(a, &flood), TCPCLOSE_OK);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	analyzer_free(a);
}

static void evictions_do_not_depend_on_the_seed(void **state)
{
	(void)state;
	for (int kind = 0; kind < N_FLOOD_KINDS; kind++) {
		struct buffer one, other;
		crowd_into(&one, runs[1].hash_seed, (enum flood_kind)kind);
		crowd_into(&other, runs[2].hash_seed, (enum flood_kind)kind);
		assert_true(one.len > 10000);
		assert_int_equal(one.len, other.len);
		assert_memory_equal(one.bytes, other.bytes, one.len);
		buffer_fini(&one);
		buffer_fini(&other);
	}
}

/* ---- cut into files ---------------------------------------------- */

/* Write the first k packets, and the others, as two captures. */
static void split(struct scratch *s, const struct cut *cut, size_t k,
                  char path[2][128])
{
	const size_t at = k == 0 ? cut->header : cut->end[k - 1];
	struct buffer rest;
	strcpy(path[0], scratch_write(s, "a.pcap", cut->bytes, at));
	buffer_init(&rest, &alloc_default);
	buffer_put(&rest, cut->bytes, cut->header);
	buffer_put(&rest, cut->bytes + at, cut->size - at);
	strcpy(path[1], scratch_write(s, "b.pcap", rest.bytes, rest.len));
	buffer_fini(&rest);
}

static void expect_no_split(struct scratch *s, const char *whole,
                            const struct cut *cut, size_t k)
{
	char path[2][128];
	struct replay_options options;
	replay_options_init(&options);
	options.as_one_file = true;
	options.analysis.want_states = true;
	struct replay one, two;
	split(s, cut, k, path);
	replay_file(&one, whole, &options);
	replay(&two, (const char *const[]){ path[0], path[1] }, 2, &options);
	expect_same(&one, &two, whole);
	replay_fini(&one);
	replay_fini(&two);
}

static void a_capture_cut_in_the_middle_is_one_time_line(void **state)
{
	struct testdata data;
	testdata_find(&data);
	for (size_t i = 0; i < data.n; i++) {
		struct cut cut;
		cut_read(&cut, data.path[i]);
		expect_no_split(*state, data.path[i], &cut, cut.n / 2);
		cut_free(&cut);
	}
	testdata_free(&data);
}

static void a_capture_cut_anywhere_is_one_time_line(void **state)
{
	const char *whole = "testdata/trouble.pcapng";
	struct cut cut;
	cut_read(&cut, whole);
	for (size_t k = 0; k <= cut.n; k++)
		expect_no_split(*state, whole, &cut, k);
	cut_free(&cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_hash_seed_or_batch_changes_a_byte),
		cmocka_unit_test(reports_are_the_same_in_any_run),
		cmocka_unit_test(evictions_do_not_depend_on_the_seed),
		cmocka_unit_test(a_capture_cut_in_the_middle_is_one_time_line),
		cmocka_unit_test(a_capture_cut_anywhere_is_one_time_line),
	};
	return cmocka_run_group_tests_name("determinism", tests, scratch_make,
	                                   scratch_remove);
}
