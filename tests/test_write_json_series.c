/* Records of a series: the line of each is as if there were no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "packet_random.h"
#include "record_random.h"
#include "records.h"
#include "write/json_append.h"
#include "write/json_plan.h"

/* Those that a record has of its own are drawn anew. */
static void draw_own(uint64_t *seed, const struct field *fields, char *base)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->own)
			record_random_field(seed, f, base + f->offset);
		else if (f->fields)
			draw_own(seed, f->fields, base + f->offset);
	}
}

static bool has_own_fields(const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++)
		if (f->own || (f->fields && has_own_fields(f->fields)))
			return true;
	return false;
}

static void expect_same_line(struct json_plan *plan, const struct record *r)
{
	char line[JSON_LINE_MAX], expected[JSON_LINE_MAX];
	const size_t n = json_append_record(r, expected);
	assert_int_equal(json_append_planned(plan, r, line), n);
	assert_memory_equal(line, expected, n);
}

/* What is prepared with the second of them is as if each were written by
 * itself; also where another record, or another series, comes between. */
static void a_series_is_written_as_its_records_are(void **state)
{
	(void)state;
	uint64_t seed = 7;
	struct json_plan *plan = json_plan_new(NULL, 0, &alloc_default);
	struct close_record close[2] = { { .started = 0 } };
	struct record r[2] = { record_of_close(&close[0]),
		               record_of_close(&close[1]) };
	assert_true(has_own_fields(r[0].fields));
	uint64_t n_series = 0;
	for (size_t i = 0; i < 8000; i++) {
		const size_t which = random_below(&seed, 16) == 0;
		if (i < 2 || random_below(&seed, 12) == 0) {
			record_random(&seed, r[which].fields,
			              (char *)&close[which]);
			r[which].series =
				random_below(&seed, 8) ? ++n_series : 0;
		}
		draw_own(&seed, r[which].fields, (char *)&close[which]);
		expect_same_line(plan, &r[which]);
	}
	json_plan_free(plan);
}

/* Between two of a record's own counters a table has others, which are absent
 * here. */
static void zeros_of_its_own_are_not_those_of_the_table(void **state)
{
	(void)state;
	struct json_plan *plan = json_plan_new(NULL, 0, &alloc_default);
	struct close_record close;
	fields_clear(close_record_fields, &close);
	close.client.port = close.client.sequence_start = 0;
	struct record r = record_of_close(&close);
	r.series = 1;
	for (int i = 0; i < 3; i++)
		expect_same_line(plan, &r);
	json_plan_free(plan);
}

/* Too much in common, or a text that has to be cut. */
static void a_series_of_long_lines_is_cut_as_its_records_are(void **state)
{
	(void)state;
	struct json_plan *plan = json_plan_new(NULL, 0, &alloc_default);
	struct close_record close = records_close();
	struct record r = record_of_close(&close);
	char text[JSON_LINE_MAX];
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < 2 * sizeof(text); i++) {
		const char *const tail = text + i % sizeof(text);
		const bool is_own = i < sizeof(text);
		r.series = is_own ? 1 : 1 + i / 4;
		close.flow.tunnel = is_own ? NULL : text;
		close.flow.community_id = is_own ? tail : "1:x";
		close.head.source =
			is_own ? "a.pcap" : text + i / 4 * 4 % sizeof(text);
		expect_same_line(plan, &r);
	}
	json_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_series_is_written_as_its_records_are),
		cmocka_unit_test(zeros_of_its_own_are_not_those_of_the_table),
		cmocka_unit_test(
			a_series_of_long_lines_is_cut_as_its_records_are),
	};
	return cmocka_run_group_tests_name("write json series", tests, NULL,
	                                   NULL);
}
