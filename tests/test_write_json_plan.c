/* Tables that were prepared for writing: the line is the same as without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "packet_random.h"
#include "records.h"
#include "write/json_append.h"
#include "write/json_plan.h"

#define MANY 700

/* A table of counters only: where a line is full, most of them stand. */
struct counters {
	struct field field[MANY + 1];
	char name[MANY][16];
	int64_t value[MANY];
};

static void make_counters(struct counters *c)
{
	for (size_t i = 0; i < MANY; i++) {
		snprintf(c->name[i], sizeof(c->name[i]), "counter_%zu", i);
		c->field[i] = (struct field){
			.name = c->name[i],
			.type = FIELD_COUNT,
			.offset = i * sizeof(int64_t),
		};
	}
	c->field[MANY] = (struct field)FIELDS_END;
}

/* Zeros in runs of any length, between numbers and what is absent, up to the
 * last that a line has room for: a plan copies them, without one each is
 * written. */
static void runs_of_zeros_are_as_one_by_one(void **state)
{
	(void)state;
	static const int64_t other[] = { ABSENT, 1, 4294967295 };
	struct counters *c = test_calloc(1, sizeof(*c));
	make_counters(c);
	const struct finding_kind kind = { .name = "k", .fields = c->field };
	const struct finding_kind *const kinds[] = { &kind };
	struct json_plan *plan = json_plan_new(kinds, 1, &alloc_default);
	struct finding_record r = records_finding(SEVERITY_INFO, 1, "x");
	r.kind = &kind;
	r.detail = c->value;
	const struct record view = record_of_finding(&r);
	uint64_t seed = 7;
	for (size_t i = 0; i < 500; i++) {
		const uint32_t one_in = random_below(&seed, 60) + 1;
		for (size_t k = 0; k < MANY; k++)
			c->value[k] = random_below(&seed, one_in)
			                      ? 0
			                      : other[random_below(&seed, 3)];
		char line[JSON_LINE_MAX], planned[JSON_LINE_MAX];
		const size_t n = json_append_record(&view, line);
		assert_int_equal(json_append_planned(plan, &view, planned), n);
		assert_memory_equal(planned, line, n);
	}
	json_plan_free(plan);
	test_free(c);
}

#define WORDS 150

/* Words of one to forty letters: the longest are too long to be prepared. */
static void make_words(char text[WORDS][48], const char *list[WORDS + 1],
                       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		memset(text[i], 'a' + (int)(i % 26), i % 40 + 1);
		text[i][i % 40 + 1] = '\0';
		list[i] = text[i];
	}
	list[n] = NULL;
}

static void expect_word(struct json_plan *plan, struct finding_record *r,
                        const char *word)
{
	char expected[80], line[JSON_LINE_MAX + 1];
	r->detail = &word;
	const struct record view = record_of_finding(r);
	snprintf(expected, sizeof(expected), "\"k\":{\"word\":\"%s\"}", word);
	line[json_append_planned(plan, &view, line)] = '\0';
	assert_non_null(strstr(line, expected));
}

/* Lists of any length, all words of each; and one that reads like a word of
 * the list but stands elsewhere. */
static void a_word_is_found_by_its_address(void **state)
{
	(void)state;
	char text[WORDS][48], copy[48];
	const char *list[WORDS + 1];
	for (size_t n = 1; n <= WORDS; n++) {
		make_words(text, list, n);
		const struct field fields[] = {
			{ .name = "word", .type = FIELD_WORD, .words = list },
			FIELDS_END,
		};
		const struct finding_kind kind = { .name = "k",
			                           .fields = fields };
		const struct finding_kind *const kinds[] = { &kind };
		struct json_plan *plan =
			json_plan_new(kinds, 1, &alloc_default);
		struct finding_record r =
			records_finding(SEVERITY_INFO, 1, "x");
		r.kind = &kind;
		for (size_t i = 0; i < n; i++)
			expect_word(plan, &r, list[i]);
		memcpy(copy, text[n - 1], sizeof(copy));
		expect_word(plan, &r, copy);
		json_plan_free(plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_of_zeros_are_as_one_by_one),
		cmocka_unit_test(a_word_is_found_by_its_address),
	};
	return cmocka_run_group_tests_name("write json plan", tests, NULL,
	                                   NULL);
}
