/*
 * Interface for writing a record as one line of JSON, driven by its field
 * tables, without allocation and without a JSON library: this is the packet
 * path. jansson does what happens once a run.
 */
#ifndef TCPCLOSE_WRITE_JSON_APPEND_H
#define TCPCLOSE_WRITE_JSON_APPEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"

struct json_plan;
struct json_memo;

#define JSON_LINE_MAX 8192 /* with its newline */
#define JSON_TEXT_MAX 2048 /* that a text may take where there is room */

/* Integers beyond this lose digits in readers that hold them as doubles. */
#define JSON_INTEGER_MAX ((INT64_C(1) << 53) - 1)

/*
 * Write a record as a JSON object and a newline.
 *
 * A record that would be longer than JSON_LINE_MAX has its texts and lists
 * cut first (a cut text ends in an ellipsis), then fields left out. The line
 * is valid JSON and valid UTF-8 whatever the record holds.
 *
 * Returns the length of the line.
 */
size_t json_append_record(const struct record *r,
                          char line[static JSON_LINE_MAX]);

/* The same with tables that were prepared: for whoever writes many records.
 * What is not in the plan is written as well. */
size_t json_append_planned(struct json_plan *plan, const struct record *r,
                           char line[static JSON_LINE_MAX]);

/*
 * Bytes to be filled. Nothing is written past `limit`; what did not fit is
 * not written in part, and `full` is set.
 */
struct json_out {
	char *at;
	const char *limit;
	size_t text_max;   /* bytes of JSON that one text may take */
	uint32_t list_max; /* items that one list may have */
	struct json_memo *memo;
	bool full;
};

/* The longest integer, with its sign. */
#define JSON_INTEGER_LEN 17

/* Write an integer, clamped to JSON_INTEGER_MAX, where there is room for
 * JSON_INTEGER_LEN; returns its end. */
char *json_put_integer(char *at, int64_t n);

/* An integer, clamped to what JSON_INTEGER_MAX allows. */
void json_append_integer(struct json_out *out, int64_t n);

/* How many of the first n bytes of s stand in a JSON string as they are. */
size_t json_plain_run(const char *s, size_t n);

/* Copy n bytes of s, which does not overlap them. False if not all of them may
 * stand in a JSON string as they are. */
bool json_put_plain(char *at, const char *s, size_t n);

/* A string in quotes: control characters escaped, bytes that are no UTF-8
 * replaced by U+FFFD, cut at out->text_max. */
void json_append_string(struct json_out *out, const char *s);

/* A text or a list, which stands at `at` as field.h says of its type. */
void json_append_value(struct json_out *out, enum field_type type,
                       const char *at);

/* Bytes that are JSON already. */
void json_append_raw(struct json_out *out, const char *bytes, size_t n);

#endif
