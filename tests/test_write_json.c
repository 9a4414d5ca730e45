/* Records as JSON: every field arrives, and no input breaks a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "record/time.h"
#include "records.h"
#include "write/json_append.h"
#include "write/json_plan.h"

union any_record {
	struct close_record close;
	struct finding_record finding;
	struct state_record state;
	struct route_record route;
	struct service_record service;
	struct host_record host;
	struct stats_record stats;
	struct run_record run;
};

/* A plan changes nothing, whether it knows the kind of finding or not. */
static void expect_planned(const struct record *r, const char *line, size_t n)
{
	for (size_t n_kinds = 0; n_kinds < 2; n_kinds++) {
		const struct finding_kind **kinds = test_malloc(sizeof(*kinds));
		kinds[0] = &records_kind;
		struct json_plan *plan =
			json_plan_new(kinds, n_kinds, &alloc_default);
		test_free(kinds);
		char planned[JSON_LINE_MAX];
		assert_int_equal(json_append_planned(plan, r, planned), n);
		assert_memory_equal(planned, line, n);
		json_plan_free(plan);
	}
}

static json_t *parsed(const struct record *r)
{
	char line[JSON_LINE_MAX];
	const size_t n = json_append_record(r, line);
	expect_planned(r, line, n);
	assert_true(n <= JSON_LINE_MAX);
	assert_int_equal(line[n - 1], '\n');
	assert_null(memchr(line, '\n', n - 1));
	json_error_t error;
	json_t *json = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s: %.*s", error.text, (int)n, line);
	return json;
}

static int64_t number_of(const json_t *json)
{
	assert_true(json_is_integer(json));
	return json_integer_value(json);
}

static void expect_list(const struct field *f, const char *at,
                        const json_t *json)
{
	const struct numbers *numbers = (const void *)at;
	const struct texts *texts = (const void *)at;
	const bool is_text = f->type == FIELD_WORDS || f->type == FIELD_TEXTS ||
	                     f->type == FIELD_SOURCES;
	const int64_t unit = f->type == FIELD_DURATIONS ? 1000 : 1;
	assert_int_equal(json_array_size(json), numbers->n);
	for (uint32_t i = 0; i < numbers->n; i++) {
		const json_t *item = json_array_get(json, i);
		if (is_text)
			assert_string_equal(json_string_value(item),
			                    texts->at[i]);
		else
			assert_int_equal(number_of(item),
			                 numbers->at[i] / unit);
	}
}

static void expect_fields(const struct field *fields, const void *data,
                          json_t *json);

static void expect_one(const struct field *f, const char *at, json_t *json)
{
	char text[64] = "";
	const int64_t n = *(const int64_t *)(const void *)at;
	const struct ip_value *ip = (const void *)at;
	switch (f->type) {
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_FRAME:
		assert_int_equal(number_of(json), n);
		break;
	case FIELD_DECIMAL:
		assert_float_equal(json_real_value(json), (double)n / 100,
		                   1e-9);
		break;
	case FIELD_DURATION:
		assert_int_equal(number_of(json), n / 1000);
		break;
	case FIELD_TIME:
		time_text(n, text);
		assert_string_equal(json_string_value(json), text);
		break;
	case FIELD_BOOL:
		assert_int_equal(json_is_true(json), n);
		break;
	case FIELD_ID:
		snprintf(text, sizeof(text), "%016llx", (unsigned long long)n);
		assert_string_equal(json_string_value(json), text);
		break;
	case FIELD_WORD:
	case FIELD_TEXT:
		assert_string_equal(json_string_value(json),
		                    *(const char *const *)(const void *)at);
		break;
	case FIELD_IP:
		ip_text(&ip->addr, ip->version, text);
		assert_string_equal(json_string_value(json), text);
		break;
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_FRAMES:
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_SOURCES:
		expect_list(f, at, json);
		break;
	case FIELD_OBJECT:
	case FIELD_PART:
		expect_fields(f->fields, at, json);
		break;
	}
}

/* Takes what it has checked out of the object. */
static void expect_fields(const struct field *fields, const void *data,
                          json_t *json)
{
	for (const struct field *f = fields; f->name; f++) {
		const char *at = (const char *)data + f->offset;
		if (f->type == FIELD_PART) {
			expect_fields(f->fields, at, json);
			continue;
		}
		json_t *value = json_object_get(json, f->name);
		if (!value)
			fail_msg("%s is missing", f->name);
		expect_one(f, at, value);
		if (f->type == FIELD_OBJECT)
			assert_int_equal(json_object_size(value), 0);
		json_object_del(json, f->name);
	}
}

static void expect_type(json_t *json, enum event_type type)
{
	json_t *name = json_object_get(json, "event_type");
	assert_string_equal(json_string_value(name), event_type_name(type));
	json_t *version = json_object_get(json, "schema_version");
	assert_string_equal(json_string_value(version), "1.0");
	json_object_del(json, "event_type");
	json_object_del(json, "schema_version");
}

static struct record view_of(enum event_type type, const void *data)
{
	return (struct record){ .type = type,
		                .fields = event_type_fields(type),
		                .data = data };
}

static void every_field_that_is_set_is_read_back(void **state)
{
	(void)state;
	for (int type = 0; type < N_EVENTS; type++) {
		union any_record r;
		memset(&r, 0, sizeof(r));
		const struct record view = view_of((enum event_type)type, &r);
		records_fill(view.fields, &r, 1000);
		json_t *json = parsed(&view);
		expect_type(json, (enum event_type)type);
		expect_fields(view.fields, &r, json);
		assert_int_equal(json_object_size(json), 0);
		json_decref(json);
	}
}

static void absent_fields_are_left_out(void **state)
{
	(void)state;
	for (int type = 0; type < N_EVENTS; type++) {
		union any_record r;
		memset(&r, 0x5a, sizeof(r));
		const struct record view = view_of((enum event_type)type, &r);
		fields_clear(view.fields, &r);
		json_t *json = parsed(&view);
		expect_type(json, (enum event_type)type);
		const char *name;
		json_t *value;
		json_object_foreach(json, name, value)
		{
			assert_true(json_is_object(value));
			assert_int_equal(json_object_size(value), 0);
		}
		json_decref(json);
	}
}

static void a_finding_has_an_object_of_its_own_name(void **state)
{
	(void)state;
	struct records_detail detail = { 0 };
	records_fill(records_kind.fields, &detail, 5000);
	struct finding_record r = records_finding(SEVERITY_ERROR, 1, "x");
	r.detail = &detail;
	const struct record view = record_of_finding(&r);
	json_t *json = parsed(&view);
	json_t *own = json_object_get(json, "lost_final_ack");
	expect_fields(records_kind.fields, &detail, own);
	assert_int_equal(json_object_size(own), 0);
	json_decref(json);

	r.detail = NULL;
	const struct record without = record_of_finding(&r);
	json = parsed(&without);
	assert_null(json_object_get(json, "lost_final_ack"));
	json_decref(json);
}

static int64_t client_bytes(int64_t n)
{
	struct close_record r = records_close();
	r.client.bytes = n;
	const struct record view = record_of_close(&r);
	json_t *json = parsed(&view);
	const int64_t back = number_of(
		json_object_get(json_object_get(json, "client"), "bytes"));
	json_decref(json);
	return back;
}

static void integers_stay_below_two_to_the_53(void **state)
{
	(void)state;
	assert_true(client_bytes(0) == 0);
	assert_true(client_bytes(-5) == 0);
	assert_true(client_bytes((INT64_C(1) << 53) - 1) == JSON_INTEGER_MAX);
	assert_true(client_bytes(INT64_C(1) << 53) == JSON_INTEGER_MAX);
	assert_true(client_bytes(INT64_MAX) == JSON_INTEGER_MAX);
}

static void expect_message(const char *message, const char *expected)
{
	struct finding_record r = records_finding(SEVERITY_INFO, 1, message);
	const struct record view = record_of_finding(&r);
	json_t *json = parsed(&view);
	const json_t *back = json_object_get(json, "message");
	assert_string_equal(json_string_value(back), expected);
	json_decref(json);
}

static void text_of_every_kind_survives(void **state)
{
	(void)state;
	const char *const same[] = {
		"",
		"\x01\x1f\x7f",
		"\b\n\t\r\f\"\\/",
		"\xc3\xa4",
		"\xe2\x82\xac",
		"\xf0\x9f\x90\x9b",
		"\xf4\x8f\xbf\xbf",
	};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		expect_message(same[i], same[i]);
}

#define BAD "\xef\xbf\xbd"

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
	(void)state;
	expect_message("a\xff"
	               "b",
	               "a" BAD "b");
	expect_message("\x80", BAD);
	expect_message("\xc0\xaf", BAD BAD); /* overlong */
	expect_message("\xe0\x80\x80", BAD BAD BAD);
	expect_message("\xed\xa0\x80", BAD BAD BAD); /* a surrogate */
	expect_message("\xf4\x90\x80\x80", BAD BAD BAD BAD);
	expect_message("\xf5\x80", BAD BAD);
	expect_message("\xe2\x82", BAD BAD); /* cut short */
	expect_message("\xc3", BAD);
}

/* A text of n bytes of one character. */
static char *long_text(char c, size_t n)
{
	char *text = test_malloc(n + 1);
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static void a_long_text_is_cut_with_an_ellipsis(void **state)
{
	(void)state;
	char *text = long_text('x', 20000);
	struct finding_record r = records_finding(SEVERITY_INFO, 1, text);
	const struct record view = record_of_finding(&r);
	json_t *json = parsed(&view);
	const char *back = json_string_value(json_object_get(json, "message"));
	const size_t n = strlen(back);
	assert_true(n > 1000 && n < 8000);
	assert_string_equal(back + n - 3, "\xe2\x80\xa6");
	assert_non_null(json_object_get(json, "frames"));
	json_decref(json);
	test_free(text);
}

static void make_huge(const struct field *fields, char *data, const char *text)
{
	for (const struct field *f = fields; f->name; f++) {
		char *at = data + f->offset;
		struct texts *texts = (void *)at;
		struct numbers *numbers = (void *)at;
		struct sources *sources = (void *)at;
		if (f->type == FIELD_TEXT)
			memcpy(at, &text, sizeof(text));
		if (f->type == FIELD_COUNT || f->type == FIELD_NUMBER ||
		    f->type == FIELD_DECIMAL || f->type == FIELD_DURATION)
			memcpy(at, &(int64_t){ INT64_MAX }, sizeof(int64_t));
		if (f->type == FIELD_TEXTS)
			while (texts->n < TEXTS_MAX)
				texts_add(texts, text);
		if (f->type == FIELD_FRAME)
			memcpy(at, &(uint64_t){ UINT64_MAX }, sizeof(uint64_t));
		if (f->type == FIELD_SOURCES)
			for (sources->n = 0; sources->n < NUMBERS_MAX;)
				sources->at[sources->n++] = text;
		if (f->type == FIELD_DURATIONS || f->type == FIELD_FRAMES)
			while (numbers->n < NUMBERS_MAX)
				numbers_add(numbers, INT64_MAX);
		if (f->type == FIELD_OBJECT || f->type == FIELD_PART)
			make_huge(f->fields, at, text);
	}
}

/* Nothing that is required may be left out, however long the rest is. */
static void expect_required(const struct field *fields, json_t *json)
{
	for (const struct field *f = fields; f->name; f++) {
		json_t *value = json_object_get(json, f->name);
		if (f->type == FIELD_PART)
			expect_required(f->fields, json);
		else if (f->required && !value)
			fail_msg("%s is missing", f->name);
		else if (f->type == FIELD_OBJECT && value)
			expect_required(f->fields, value);
	}
}

static void no_record_is_longer_than_eight_kib(void **state)
{
	(void)state;
	const char fillers[] = { 'x', '\x01', '"', '\xff' };
	for (size_t i = 0; i < sizeof(fillers); i++) {
		char *text = long_text(fillers[i], 30000);
		for (int type = 0; type < N_EVENTS; type++) {
			union any_record r;
			memset(&r, 0, sizeof(r));
			const struct record view =
				view_of((enum event_type)type, &r);
			records_fill(view.fields, &r, 1000);
			make_huge(view.fields, (char *)&r, text);
			json_t *json = parsed(&view);
			expect_required(view.fields, json);
			json_decref(json);
		}
		test_free(text);
	}
}

static void a_huge_finding_keeps_its_object(void **state)
{
	(void)state;
	char *text = long_text('\x02', 30000);
	struct records_detail detail = { 0 };
	records_fill(records_kind.fields, &detail, 5000);
	make_huge(records_kind.fields, (char *)&detail, text);
	struct finding_record r = records_finding(SEVERITY_INFO, 1, text);
	r.filter = text;
	r.detail = &detail;
	const struct record view = record_of_finding(&r);
	json_t *json = parsed(&view);
	json_t *own = json_object_get(json, "lost_final_ack");
	assert_string_equal(json_string_value(json_object_get(own, "lost")),
	                    "behind_tap");
	json_decref(json);
	test_free(text);
}

/* Random bytes of every length around the limits. */
static void no_text_breaks_a_line(void **state)
{
	(void)state;
	uint32_t seed = 3;
	static char text[9000];
	for (size_t n = 0; n < sizeof(text) - 1; n += 1 + n / 40) {
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245u + 12345u;
			text[i] = (char)((seed >> 16) % 255 + 1);
		}
		text[n] = '\0';
		struct finding_record r =
			records_finding(SEVERITY_INFO, 1, text);
		r.filter = text;
		r.head.source = text;
		r.flow.tunnel = text;
		r.flow.community_id = text;
		const struct record view = record_of_finding(&r);
		json_t *json = parsed(&view);
		assert_non_null(json_object_get(json, "message"));
		json_decref(json);
	}
}

/* A list's own word, one that only reads the same, one that is too long for
 * a plan, and one that the list does not have. */
static void a_word_is_written_whoever_holds_it(void **state)
{
	(void)state;
	char same[] = "short";
	const char *const words[] = {
		"a_word_that_is_longer_than_all_the_others",
		same,
		NULL,
	};
	const struct field fields[] = {
		{ "word", FIELD_WORD, 0, .words = words },
		FIELDS_END,
	};
	const struct finding_kind kind = { .name = "k", .fields = fields };
	const struct finding_kind *const kinds[] = { &kind };
	struct json_plan *plan = json_plan_new(kinds, 1, &alloc_default);
	const char *const held[] = { words[0], words[1], "short", "other" };
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
		struct finding_record r = records_finding(SEVERITY_INFO, 1, "");
		r.kind = &kind;
		r.detail = &held[i];
		const struct record view = record_of_finding(&r);
		char line[JSON_LINE_MAX], expected[96];
		const size_t n = json_append_planned(plan, &view, line);
		const size_t end = (size_t)snprintf(
			expected, sizeof(expected),
			",\"k\":{\"word\":\"%s\"}}\n", held[i]);
		assert_memory_equal(line + n - end, expected, end);
	}
	json_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_that_is_set_is_read_back),
		cmocka_unit_test(absent_fields_are_left_out),
		cmocka_unit_test(a_finding_has_an_object_of_its_own_name),
		cmocka_unit_test(integers_stay_below_two_to_the_53),
		cmocka_unit_test(text_of_every_kind_survives),
		cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
		cmocka_unit_test(a_long_text_is_cut_with_an_ellipsis),
		cmocka_unit_test(no_record_is_longer_than_eight_kib),
		cmocka_unit_test(a_huge_finding_keeps_its_object),
		cmocka_unit_test(no_text_breaks_a_line),
		cmocka_unit_test(a_word_is_written_whoever_holds_it),
	};
	return cmocka_run_group_tests_name("write json", tests, NULL, NULL);
}
