/* The sentences of findings: they read as the C library writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "detect/detector.h"

/* Each conversion at the edges of its type. */
static void a_sentence_is_what_snprintf_writes(void **state)
{
	(void)state;
	static const long long longs[] = {
		0,
		9,
		10,
		99999999,
		100000000,
		9999999999999999,
		10000000000000000,
		-1,
		LLONG_MIN,
		LLONG_MAX,
	};
	static const int ints[] = { 0, -7, 100, INT_MIN, INT_MAX };
	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
		const int n = ints[i % 5];
		char mine[200], theirs[200];
#define SAID                                                                   \
	"%s%%held %u ports,%d%s%lld%% %llu", i ? "the client " : "",           \
		(unsigned)n, n, "; ", longs[i], (unsigned long long)longs[i]
		const int len = snprintf(theirs, sizeof(theirs), SAID);
		assert_int_equal(text_print(mine, sizeof(mine), SAID), len);
#undef SAID
		assert_string_equal(mine, theirs);
	}
}

/* Nothing behind its place is touched, and a 0 ends it. */
static void a_sentence_is_cut_where_its_place_ends(void **state)
{
	(void)state;
	for (size_t size = 1; size < 24; size++) {
		char mine[32], theirs[32];
		memset(mine, 'x', sizeof(mine));
		memset(theirs, 'x', sizeof(theirs));
		snprintf(theirs, size, "%s: %u of %d", "frames", 123456u, -789);
		const size_t n = text_print(mine, size, "%s: %u of %d",
		                            "frames", 123456u, -789);
		assert_int_equal(n, strlen(theirs));
		assert_memory_equal(mine, theirs, sizeof(mine));
	}
}

/* The same of a text that is put together. */
static void pieces_are_cut_where_their_place_ends(void **state)
{
	(void)state;
	static const char *const pieces[] = { "the ", "", "client", " spoke" };
	for (size_t size = 1; size < 24; size++) {
		char mine[32], theirs[32];
		memset(mine, 'x', sizeof(mine));
		memset(theirs, 'x', sizeof(theirs));
		snprintf(theirs, size, "%s%s%s%s", pieces[0], pieces[1],
		         pieces[2], pieces[3]);
		struct text t = text_begin(mine, size);
		for (size_t i = 0; i < 4; i++)
			text_add(&t, pieces[i]);
		assert_ptr_equal(t.at, mine + strlen(theirs));
		assert_memory_equal(mine, theirs, sizeof(mine));
	}
	char empty[2] = "x";
	text_begin(empty, sizeof(empty));
	assert_string_equal(empty, "");
}

static void a_word_is_itself_alone(void **state)
{
	(void)state;
	static const char *const others[] = {
		NULL, "", "c", "close", "closed_", "Closed", "opened",
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(text_is(others[i], "closed"));
	const char word[] = "closed";
	assert_true(text_is(word, "closed"));
	assert_true(text_is("", ""));
}

static void assert_span(int64_t ns)
{
	char mine[SPAN_TEXT_MAX], theirs[SPAN_TEXT_MAX];
	const double s = (double)ns / 1e9;
	if (s < 0.1)
		snprintf(theirs, sizeof(theirs), "%.1f ms", s * 1e3);
	else
		snprintf(theirs, sizeof(theirs), s < 10 ? "%.2f s" : "%.0f s",
		         s);
	if (strcmp(span_text(ns, mine), theirs) != 0)
		fail_msg("%" PRId64 " ns: %s, not %s", ns, mine, theirs);
}

/* About each middle between two texts, and at the ends of each way to write
 * them. */
static void a_span_is_rounded_as_printf_rounds(void **state)
{
	(void)state;
	static const struct {
		int64_t from, to, step;
	} ranges[] = {
		{ -1000000, 100000000, 50000 },
		{ 100000000, 10000000000, 5000000 },
		{ 10000000000, 1000000000000, 500000000 },
		{ INT64_C(2251799500000000), INT64_C(2251801500000000),
		  500000000 },
		{ INT64_C(9007199000000000), INT64_C(9007210000000000),
		  500000000 },
		{ INT64_MAX - INT64_C(5000000000), INT64_MAX - 1000000000,
		  499999999 },
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		for (int64_t at = ranges[i].from; at <= ranges[i].to;
		     at += ranges[i].step)
			for (int64_t ns = at - 2; ns <= at + 2; ns++)
				assert_span(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_is_what_snprintf_writes),
		cmocka_unit_test(a_sentence_is_cut_where_its_place_ends),
		cmocka_unit_test(pieces_are_cut_where_their_place_ends),
		cmocka_unit_test(a_word_is_itself_alone),
		cmocka_unit_test(a_span_is_rounded_as_printf_rounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
