/* What findings and gaps say about the settings of hosts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "record/backoff.h"
#include "record/settings.h"
#include "record/time.h"
#include "records.h"

#define MS INT64_C(1000000)

static struct numbers gaps_of(const int64_t *ms, size_t n)
{
	struct numbers gaps = { 0 };
	for (size_t i = 0; i < n; i++)
		numbers_add(&gaps, ms[i] * MS);
	return gaps;
}

#define LIMIT(...)                                                             \
	limit_of((const int64_t[]){ __VA_ARGS__ },                             \
	         sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static int64_t limit_of(const int64_t *ms, size_t n)
{
	const struct numbers gaps = gaps_of(ms, n);
	return backoff_limit(&gaps) / MS;
}

static void the_limit_is_where_gaps_grow_no_more(void **state)
{
	(void)state;
	assert_int_equal(LIMIT(220, 440, 880, 1000, 1060), 1060);
	assert_int_equal(LIMIT(220, 440, 880, 1060, 1010, 1030), 1010);
	assert_int_equal(LIMIT(220, 440, 950, 1000, 1000), 1000);
	/* The first copy is a tail loss probe. */
	assert_int_equal(LIMIT(220, 220, 440, 1000, 1000), 1000);
}

static void gaps_that_grow_to_the_end_show_none(void **state)
{
	(void)state;
	assert_int_equal(LIMIT(220, 440, 880, 1760), 0);
	assert_int_equal(LIMIT(220, 220, 440, 880), 0);
	assert_int_equal(LIMIT(1000, 1000, 1000), 0);
	assert_int_equal(LIMIT(220, 440, 460, 930), 0);
	assert_int_equal(LIMIT(220, 440), 0);
}

/* ---- tcp_tw_reuse -------------------------------------------------------- */

struct reuse {
	const char *fingerprint;
	int64_t gap;
};

static const char *const marks[] = { "tw_reuse", "none", NULL };

static const struct field reuse_fields[] = {
	{ "fingerprint", FIELD_WORD, offsetof(struct reuse, fingerprint),
	  .words = marks },
	{ "gap_us", FIELD_DURATION, offsetof(struct reuse, gap), .unit = "us" },
	FIELDS_END,
};

static const struct finding_kind reuse_kind = { .name = "tuple_reuse",
	                                        .fields = reuse_fields };

static void reuse(struct settings *all, int64_t port, int64_t gap,
                  bool loopback)
{
	const struct reuse detail = { "tw_reuse", gap };
	struct finding_record r = records_finding(SEVERITY_INFO, 1, "");
	r.kind = &reuse_kind;
	r.finding = reuse_kind.name;
	r.detail = &detail;
	r.end = "client";
	r.client.port = port;
	if (loopback)
		memcpy(r.client.ip.addr.byte, (uint8_t[]){ 127, 0, 0, 1 }, 4);
	settings_take(all, &r);
}

static void a_port_taken_at_once_was_fixed_by_the_program(void **state)
{
	static struct settings all;
	(void)state;
	reuse(&all, 40000, NS_PER_SECOND - 1, false);
	assert_int_equal(all.n, 0);
}

static void a_second_port_makes_tw_reuse_likely(void **state)
{
	static struct settings all;
	(void)state;
	reuse(&all, 40000, NS_PER_SECOND, false);
	reuse(&all, 40000, NS_PER_SECOND, false);
	const struct setting_seen *seen = &all.host[0].seen[SETTING_TW_REUSE];
	assert_int_equal(seen->n, 2);
	assert_int_equal(seen->confidence, CONFIDENCE_POSSIBLE);
	reuse(&all, 40001, NS_PER_SECOND, false);
	assert_int_equal(seen->confidence, CONFIDENCE_LIKELY);
	assert_int_equal(seen->least, 1);
	assert_int_equal(seen->most, 1);
	assert_int_equal(setting_value(SETTING_TW_REUSE, seen), 1);
}

static void on_the_loopback_2_does_the_same(void **state)
{
	static struct settings all;
	(void)state;
	reuse(&all, 40000, NS_PER_SECOND, true);
	const struct setting_seen *seen = &all.host[0].seen[SETTING_TW_REUSE];
	assert_int_equal(seen->least, 1);
	assert_int_equal(seen->most, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_is_where_gaps_grow_no_more),
		cmocka_unit_test(gaps_that_grow_to_the_end_show_none),
		cmocka_unit_test(a_port_taken_at_once_was_fixed_by_the_program),
		cmocka_unit_test(a_second_port_makes_tw_reuse_likely),
		cmocka_unit_test(on_the_loopback_2_does_the_same),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
