/* What users get of a figure: records, compared with a part of them. */
#include "figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "figure_run.h"

/* ---- a part of a value --------------------------------------------------- */

static bool holds(const json_t *whole, json_t *part);

static bool object_holds(const json_t *whole, json_t *part)
{
	const char *key;
	json_t *value;
	json_object_foreach(part, key, value)
	{
		if (!holds(json_object_get(whole, key), value))
			return false;
	}
	return true;
}

static bool array_holds(const json_t *whole, json_t *part)
{
	if (json_array_size(whole) != json_array_size(part))
		return false;
	for (size_t i = 0; i < json_array_size(part); i++) {
		if (!holds(json_array_get(whole, i), json_array_get(part, i)))
			return false;
	}
	return true;
}

/* An absent field is what null asks for. */
static bool holds(const json_t *whole, json_t *part)
{
	if (json_is_null(part))
		return whole == NULL;
	if (!whole || json_typeof(whole) != json_typeof(part))
		return false;
	if (json_is_object(part))
		return object_holds(whole, part);
	if (json_is_array(part))
		return array_holds(whole, part);
	return json_equal(whole, part);
}

/* ---- which records ------------------------------------------------------- */

static const char *text_of(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));
	return text ? text : "";
}

/* finding: the name of one, "" for any, NULL for connections. */
static bool is_wanted(const json_t *record, const char *finding)
{
	const char *type = text_of(record, "event_type");
	if (!finding)
		return strcmp(type, "tcp_close") == 0;
	return strcmp(type, "tcp_finding") == 0 &&
	       (!*finding || strcmp(text_of(record, "finding"), finding) == 0);
}

static size_t count(const json_t *records, const char *finding, json_t *part)
{
	size_t n = 0, i;
	json_t *record;
	json_array_foreach(records, i, record)
	{
		n += is_wanted(record, finding) && holds(record, part);
	}
	return n;
}

/* What stands in `whole` where `part` has something. */
static json_t *project(json_t *whole, json_t *part)
{
	const char *key;
	json_t *value;
	if (!whole)
		return json_null();
	if (!json_is_object(part) || !json_is_object(whole))
		return json_incref(whole);
	json_t *seen = json_object();
	json_object_foreach(part, key, value)
	{
		json_object_set_new(
			seen, key, project(json_object_get(whole, key), value));
	}
	return seen;
}

static void print_candidates(const json_t *records, const char *finding,
                             json_t *part)
{
	size_t i;
	json_t *record;
	json_array_foreach(records, i, record)
	{
		if (!is_wanted(record, finding))
			continue;
		json_t *seen = project(record, part);
		char *text = json_dumps(seen, 0);
		fprintf(stderr, "  seen   %s %s\n", text_of(record, "message"),
		        text);
		free(text);
		json_decref(seen);
	}
}

/* ---- expectations -------------------------------------------------------- */

/* Single quotes read better in C. */
static json_t *read_part(const char *text)
{
	json_error_t error;
	char *copy = strdup(text);
	assert_non_null(copy);
	for (char *p = copy; *p; p++) {
		if (*p == '\'')
			*p = '"';
	}
	json_t *part = json_loads(copy, 0, &error);
	free(copy);
	if (!part)
		fail_msg("%s: %s", error.text, text);
	return part;
}

static void expect(void *state, const struct figure_place *place,
                   const char *finding, json_t *part, bool want)
{
	bool wrong = false;
	for (size_t i = 0; i < figure_runs(state); i++) {
		const json_t *records = figure_records(state, i);
		if ((count(records, finding, part) > 0) == want)
			continue;
		char *text = json_dumps(part, 0);
		fprintf(stderr, "%s:\n  %s %s %s\n", figure_run_name(state, i),
		        want ? "drawn " : "not   ",
		        finding ? finding : "tcp_close", text);
		free(text);
		print_candidates(records, want && finding ? "" : finding, part);
		wrong = true;
	}
	json_decref(part);
	if (wrong)
		_fail(place->file, place->line);
}

void figure_expect_close(void *state, const struct figure_place *place,
                         const char *part)
{
	json_t *close = json_object();
	json_object_set_new(close, "close", read_part(part));
	expect(state, place, NULL, close, true);
}

void figure_expect_connection(void *state, const struct figure_place *place,
                              const char *part)
{
	expect(state, place, NULL, read_part(part), true);
}

void figure_expect_finding(void *state, const struct figure_place *place,
                           const char *finding, const char *part)
{
	expect(state, place, finding, read_part(part), true);
}

void figure_expect_no_finding(void *state, const struct figure_place *place,
                              const char *finding)
{
	expect(state, place, finding, json_object(), false);
}

void figure_expect_n_findings(void *state, const struct figure_place *place,
                              const char *finding, size_t n)
{
	json_t *any = json_object();
	bool wrong = false;
	for (size_t i = 0; i < figure_runs(state); i++) {
		const json_t *records = figure_records(state, i);
		const size_t seen = count(records, finding, any);
		if (seen == n)
			continue;
		fprintf(stderr, "%s:\n  %zu of %s instead of %zu\n",
		        figure_run_name(state, i), seen, finding, n);
		print_candidates(records, finding, any);
		wrong = true;
	}
	json_decref(any);
	if (wrong)
		_fail(place->file, place->line);
}
