/* Records of the library, field by field, against the same records as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tcpclose/tcpclose.h"

#define TROUBLE "testdata/last_ack_lost_behind.pcap"
#define PAWS    "testdata/paws_new_data.pcap"

/* Show a callback every record of a capture. */
static void show(int (*record)(void *, const struct tcpclose_record *),
                 const char *path)
{
	size_t n_records = 0;
	const struct tcpclose_callbacks callbacks = { &n_records, record };
	struct tcpclose_options options;
	tcpclose_options_init(&options, sizeof(options));
	options.want_states = 1;
	struct tcpclose *t = tcpclose_new(&options, &callbacks, NULL, NULL);
	assert_non_null(t);
	assert_int_equal(tcpclose_read_files(t, &path, 1, NULL, NULL),
	                 TCPCLOSE_OK);
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	tcpclose_free(t);
	assert_true(n_records > 5);
}

static void compare_leaf(const struct tcpclose_record *record, const char *path,
                         const json_t *value)
{
	char text[TCPCLOSE_JSON_MAX];
	int64_t n = -1;
	if (json_is_string(value)) {
		assert_true(
			tcpclose_record_text(record, path, text, sizeof(text)));
		assert_string_equal(text, json_string_value(value));
		return;
	}
	double number = -1;
	assert_true(tcpclose_record_number(record, path, &number));
	if (json_is_real(value)) {
		assert_float_equal(number, json_real_value(value), 1e-9);
		assert_false(tcpclose_record_integer(record, path, &n));
		return;
	}
	assert_true(tcpclose_record_integer(record, path, &n));
	assert_float_equal(number, (double)n, 0);
	assert_int_equal(n, json_is_integer(value) ? json_integer_value(value)
	                                           : json_is_true(value));
}

static void compare_list(const struct tcpclose_record *record, const char *path,
                         const json_t *list)
{
	size_t i;
	json_t *item;
	char text[256];
	int64_t n = -1;
	json_array_foreach(list, i, item)
	{
		if (json_is_string(item)) {
			assert_true(tcpclose_record_text_at(
				record, path, i, text, sizeof(text)));
			assert_string_equal(text, json_string_value(item));
		} else {
			assert_true(tcpclose_record_integer_at(record, path, i,
			                                       &n));
			assert_int_equal(n, json_integer_value(item));
		}
	}
	i = json_array_size(list);
	assert_false(tcpclose_record_text_at(record, path, i, text, 1));
	assert_false(tcpclose_record_integer_at(record, path, i, &n));
}

static void compare(const struct tcpclose_record *record, const char *above,
                    json_t *object)
{
	const char *key;
	json_t *value;
	json_object_foreach(object, key, value)
	{
		char path[256];
		snprintf(path, sizeof(path), "%s%s%s", above,
		         above[0] ? "." : "", key);
		if (json_is_object(value))
			compare(record, path, value);
		else if (json_is_array(value))
			compare_list(record, path, value);
		else
			compare_leaf(record, path, value);
	}
}

static int compare_with_json(void *ctx, const struct tcpclose_record *record)
{
	char line[TCPCLOSE_JSON_MAX];
	tcpclose_record_json(record, line, sizeof(line));
	json_t *object = json_loads(line, 0, NULL);
	assert_non_null(object);
	assert_string_equal(
		json_string_value(json_object_get(object, "event_type")),
		tcpclose_record_type(record));
	compare(record, "", object);
	json_decref(object);
	++*(size_t *)ctx;
	return TCPCLOSE_OK;
}

static void every_field_of_the_json_can_be_had_by_its_path(void **state)
{
	(void)state;
	show(compare_with_json, TROUBLE);
	show(compare_with_json, PAWS);
}

static int ask_for_what_is_not_there(void *ctx,
                                     const struct tcpclose_record *record)
{
	/* objects, lists and wrong forms; beginnings of names; nonsense */
	static const char *const paths[] = {
		"",           "nope",       "close",      "client",
		"close.",     "close.nope", "client.por", "client.port.x",
		"clientport", ".client",    "findings.0", "close.kind.x",
	};
	int64_t n = 42;
	char text[8] = "same";
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_false(tcpclose_record_integer(record, paths[i], &n));
		assert_false(tcpclose_record_text(record, paths[i], text, 8));
		assert_false(
			tcpclose_record_integer_at(record, paths[i], 0, &n));
		assert_false(
			tcpclose_record_text_at(record, paths[i], 0, text, 8));
	}
	assert_false(tcpclose_record_integer(record, "close.kind", &n));
	assert_false(tcpclose_record_text(record, "client.port", text, 8));
	assert_int_equal(n, 42);
	assert_string_equal(text, "same");
	++*(size_t *)ctx;
	return TCPCLOSE_OK;
}

static void what_is_not_there_is_left_alone(void **state)
{
	(void)state;
	show(ask_for_what_is_not_there, TROUBLE);
}

static int ask_with_little_room(void *ctx, const struct tcpclose_record *record)
{
	char line[TCPCLOSE_JSON_MAX];
	const size_t n = tcpclose_record_json(record, line, sizeof(line));
	assert_int_equal(line[n - 1], '\n');
	assert_int_equal(strlen(line), n);
	assert_int_equal(tcpclose_record_json(record, line, n + 1), n);
	assert_int_equal(strlen(line), n);

	memset(line, 'x', sizeof(line));
	assert_int_equal(tcpclose_record_json(record, line, n), n);
	assert_int_equal(line[0], '\0');
	assert_int_equal(line[1], 'x');
	assert_int_equal(tcpclose_record_json(record, NULL, 0), n);

	char text[4];
	assert_true(tcpclose_record_text(record, "timestamp", text, 4));
	assert_string_equal(text, "202");
	++*(size_t *)ctx;
	return TCPCLOSE_OK;
}

static void a_line_that_does_not_fit_is_not_written_in_part(void **state)
{
	(void)state;
	show(ask_with_little_room, TROUBLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_field_of_the_json_can_be_had_by_its_path),
		cmocka_unit_test(what_is_not_there_is_left_alone),
		cmocka_unit_test(
			a_line_that_does_not_fit_is_not_written_in_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
