/* A line byte by byte: as a slow writer that knows nothing of plans has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "record/time.h"
#include "record_random.h"
#include "records.h"
#include "write/json_append.h"
#include "write/json_plan.h"

/* ---- the slow writer --------------------------------------------- */

static int64_t integer_at(const char *at)
{
	return *(const int64_t *)(const void *)at;
}

static const char *text_at(const char *at)
{
	return *(const char *const *)(const void *)at;
}

static void slow_integer(struct buffer *line, int64_t n)
{
	const bool is_large = n > JSON_INTEGER_MAX || n < -JSON_INTEGER_MAX;
	const int64_t most = n < 0 ? -JSON_INTEGER_MAX : JSON_INTEGER_MAX;
	buffer_format(line, "%" PRId64, is_large ? most : n);
}

static void slow_count(struct buffer *line, int64_t n)
{
	slow_integer(line, n < 0 ? 0 : n);
}

static void slow_decimal(struct buffer *line, int64_t n)
{
	const int64_t hundredths = n < 0 ? 0 : n;
	slow_integer(line, hundredths / 100);
	buffer_format(line, ".%02d", (int)(hundredths % 100));
}

static void slow_time(struct buffer *line, int64_t ns)
{
	char text[TIME_TEXT_LEN];
	time_text(ns, text);
	buffer_format(line, "\"%.*s\"", TIME_TEXT_LEN, text);
}

static void slow_ip(struct buffer *line, const struct ip_value *ip)
{
	char text[IP_TEXT_MAX];
	ip_text(&ip->addr, ip->version, text);
	buffer_format(line, "\"%s\"", text);
}

/* The lower 48 bits. */
static void slow_frame(struct buffer *line, int64_t frame)
{
	slow_integer(line, frame & ((INT64_C(1) << 48) - 1));
}

static void slow_list(struct buffer *line, enum field_type type, const char *at)
{
	const struct numbers *numbers = (const void *)at;
	const struct texts *texts = (const void *)at;
	for (uint32_t i = 0; i < numbers->n; i++) {
		buffer_char(line, i ? ',' : '[');
		if (type == FIELD_NUMBERS)
			slow_integer(line, numbers->at[i]);
		else if (type == FIELD_DURATIONS)
			slow_integer(line, numbers->at[i] / 1000);
		else if (type == FIELD_FRAMES)
			slow_frame(line, numbers->at[i]);
		else
			buffer_format(line, "\"%s\"", texts->at[i]);
	}
	buffer_char(line, ']');
}

static bool slow_fields(struct buffer *line, const struct field *fields,
                        const char *base);

/* False if there is none. */
static bool slow_value(struct buffer *line, const struct field *f,
                       const char *at)
{
	switch (f->type) {
	case FIELD_COUNT:
		slow_count(line, integer_at(at));
		return integer_at(at) != ABSENT;
	case FIELD_DURATION:
		slow_count(line, integer_at(at) / 1000);
		return integer_at(at) != ABSENT;
	case FIELD_NUMBER:
		slow_integer(line, integer_at(at));
		return integer_at(at) != ABSENT;
	case FIELD_DECIMAL:
		slow_decimal(line, integer_at(at));
		return integer_at(at) != ABSENT;
	case FIELD_TIME:
		slow_time(line, integer_at(at));
		return integer_at(at) != ABSENT;
	case FIELD_BOOL:
		buffer_text(line, integer_at(at) ? "true" : "false");
		return integer_at(at) != ABSENT;
	case FIELD_ID:
		buffer_format(line, "\"%016" PRIx64 "\"",
		              (uint64_t)integer_at(at));
		return integer_at(at) != 0;
	case FIELD_FRAME:
		slow_frame(line, integer_at(at));
		return (uint64_t)integer_at(at) << 16 != 0;
	case FIELD_WORD:
	case FIELD_TEXT:
		buffer_format(line, "\"%s\"", text_at(at) ? text_at(at) : "");
		return text_at(at) != NULL;
	case FIELD_IP:
		slow_ip(line, (const void *)at);
		return ((const struct ip_value *)(const void *)at)->version > 0;
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_FRAMES:
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_SOURCES:
		slow_list(line, f->type, at);
		return *(const uint32_t *)(const void *)at > 0;
	case FIELD_OBJECT:
	case FIELD_PART:
		break;
	}
	buffer_char(line, '{');
	const bool is_any = slow_fields(line, f->fields, at);
	line->len -= is_any; /* the last comma */
	buffer_char(line, '}');
	return is_any || f->required;
}

/* "name":value, of each; false if there is none. */
static bool slow_fields(struct buffer *line, const struct field *fields,
                        const char *base)
{
	const size_t begin = line->len;
	for (const struct field *f = fields; f->name; f++) {
		const size_t before = line->len;
		if (f->type == FIELD_PART) {
			slow_fields(line, f->fields, base + f->offset);
			continue;
		}
		buffer_format(line, "\"%s\":", f->name);
		if (slow_value(line, f, base + f->offset))
			buffer_char(line, ',');
		else
			line->len = before;
	}
	return line->len > begin;
}

static void slow_line(struct buffer *line, const struct record *r)
{
	buffer_clear(line);
	buffer_format(line, "{\"event_type\":\"%s\",\"schema_version\":\"%s\",",
	              event_type_name(r->type), RECORD_SCHEMA_VERSION);
	slow_fields(line, r->fields, r->data);
	if (r->detail) {
		const struct field object[] = {
			{ r->kind->name, FIELD_OBJECT,
			  .fields = r->kind->fields },
			FIELDS_END,
		};
		slow_fields(line, object, r->detail);
	}
	line->len--; /* the last comma */
	buffer_text(line, "}\n");
}

static void expect_line(struct json_plan *plan, const struct record *r,
                        struct buffer *expected)
{
	char line[JSON_LINE_MAX + 1];
	slow_line(expected, r);
	buffer_char(expected, '\0');
	assert_false(expected->failed);
	line[json_append_record(r, line)] = '\0';
	assert_string_equal(line, expected->bytes);
	line[json_append_planned(plan, r, line)] = '\0';
	assert_string_equal(line, expected->bytes);
}

/* Of all types and of a finding's own object, with a plan and without. */
static void a_line_is_as_printf_writes_it(void **state)
{
	(void)state;
	uint64_t seed = 20260504;
	const struct finding_kind *const kinds[] = { &records_kind };
	struct json_plan *plan = json_plan_new(kinds, 1, &alloc_default);
	struct buffer expected;
	buffer_init(&expected, &alloc_default);
	for (size_t i = 0; i < 4000; i++) {
		const enum event_type type = i % N_EVENTS;
		union {
			struct close_record close;
			struct finding_record finding;
			struct state_record state;
			struct route_record route;
			struct service_record service;
			struct host_record host;
			struct stats_record stats;
			struct run_record run;
		} data = { .close = { .started = 0 } };
		struct records_detail detail = { 0 };
		struct record r = { .type = type,
			            .fields = event_type_fields(type),
			            .data = &data };
		record_random(&seed, r.fields, (char *)&data);
		if (type == EVENT_TCP_FINDING) {
			record_random(&seed, records_kind.fields,
			              (char *)&detail);
			r.kind = &records_kind;
			r.detail = &detail;
		}
		expect_line(plan, &r, &expected);
	}
	buffer_fini(&expected);
	json_plan_free(plan);
}

/* ---- a line that is full ----------------------------------------- */

#define OBJECTS 150

struct part {
	int64_t count[6];
	const char *text;
	int64_t inner[3];
};

#define AT(member) offsetof(struct part, member)
/* clang-format off */
static const struct field inner_fields[] = {
	{ .name = "inner_count", .type = FIELD_COUNT, .offset = AT(inner[0]) },
	{ .name = "inner_duration_us", .type = FIELD_DURATION, .offset = AT(inner[1]) },
	{ .name = "inner_number", .type = FIELD_NUMBER, .offset = AT(inner[2]) },
	FIELDS_END,
};
static const struct field part_fields[] = {
	{ .name = "first", .type = FIELD_COUNT, .offset = AT(count[0]) },
	{ .name = "second", .type = FIELD_COUNT, .offset = AT(count[1]) },
	{ "may_be_empty", FIELD_OBJECT, 0, .fields = inner_fields },
	{ .name = "text", .type = FIELD_TEXT, .offset = AT(text) },
	{ .name = "third", .type = FIELD_COUNT, .offset = AT(count[2]) },
	{ "is_always_there", FIELD_OBJECT, 0, .fields = inner_fields,
	  .required = true },
	{ .name = "fourth", .type = FIELD_COUNT, .offset = AT(count[3]) },
	FIELDS_END,
};
/* clang-format on */
#undef AT

static void expect_valid(const char *line, size_t n)
{
	json_error_t error;
	json_t *json = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s: %.*s", error.text, (int)n, line);
	json_decref(json);
}

/* Where no more fits, what has begun is ended, and a plan, which asks for room
 * less often, leaves out the same. */
static void a_full_line_leaves_out_the_same(void **state)
{
	(void)state;
	uint64_t seed = 99;
	struct part part[OBJECTS];
	char name[OBJECTS][16];
	struct field fields[OBJECTS + 1];
	for (size_t i = 0; i < OBJECTS; i++) {
		snprintf(name[i], sizeof(name[i]), "object_%zu", i);
		fields[i] = (struct field){ name[i], FIELD_OBJECT,
			                    i * sizeof(struct part),
			                    .fields = part_fields,
			                    .required = i % 2 };
	}
	fields[OBJECTS] = (struct field)FIELDS_END;
	const struct finding_kind kind = { .name = "k", .fields = fields };
	const struct finding_kind *const kinds[] = { &kind };
	struct json_plan *plan = json_plan_new(kinds, 1, &alloc_default);
	struct finding_record r = records_finding(SEVERITY_INFO, 1, "x");
	r.kind = &kind;
	r.detail = part;
	const struct record view = record_of_finding(&r);
	for (size_t i = 0; i < 1000; i++) {
		record_random(&seed, fields, (char *)part);
		char line[JSON_LINE_MAX], planned[JSON_LINE_MAX];
		const size_t n = json_append_record(&view, line);
		assert_true(n > JSON_LINE_MAX - 200 && n <= JSON_LINE_MAX);
		expect_valid(line, n);
		assert_int_equal(json_append_planned(plan, &view, planned), n);
		assert_memory_equal(planned, line, n);
	}
	json_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_as_printf_writes_it),
		cmocka_unit_test(a_full_line_leaves_out_the_same),
	};
	return cmocka_run_group_tests_name("write json line", tests, NULL,
	                                   NULL);
}
