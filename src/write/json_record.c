/* A record as a line of JSON, field by field as its tables say. */
#include "write/json_append.h"

#include <string.h>

#include "record/time.h"

/* What is tried in turn; the second always fits (a test fills everything). */
#define N_TRIES 2
static const size_t text_max_of[N_TRIES] = { 2048, 96 };
static const uint32_t list_max_of[N_TRIES] = { NUMBERS_MAX, 8 };

#define CLOSING_ROOM 32 /* for the braces that are open, and the newline */

static int64_t integer_at(const char *at)
{
	int64_t n;
	memcpy(&n, at, sizeof(n));
	return n;
}

static const char *text_at(const char *at)
{
	const char *s;
	memcpy(&s, at, sizeof(s));
	return s;
}

static int64_t not_negative(int64_t n)
{
	return n < 0 ? 0 : n;
}

/*
 * Fields of a bounded size are put without further checks where this much is
 * left: a name of NAME_MAX_LEN in quotes, an address or a time in quotes, a
 * colon, a comma.
 */
#define NAME_MAX_LEN 64
#define SIMPLE_ROOM  (NAME_MAX_LEN + 3 + IP_TEXT_MAX + 2 + 1)

static char *put_name(char *at, const char *name)
{
	*at++ = '"';
	at = stpcpy(at, name);
	*at++ = '"';
	*at++ = ':';
	return at;
}

static char *put_time(char *at, int64_t ns)
{
	*at++ = '"';
	time_text(ns, at);
	at += TIME_TEXT_LEN;
	*at++ = '"';
	return at;
}

static char *put_id(char *at, uint64_t id)
{
	static const char hex[] = "0123456789abcdef";
	*at++ = '"';
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = hex[id >> shift & 15];
	*at++ = '"';
	return at;
}

/* IPv4 by hand: inet_ntop() goes through a format string, and two addresses
 * would take a fifth of the time of a line. */
static char *put_ip(char *at, const struct ip_value *ip)
{
	*at++ = '"';
	if (ip->version == 4) {
		for (size_t i = 0; i < 4; i++) {
			at = json_put_integer(at, ip->addr.byte[i]);
			*at++ = '.';
		}
		at--;
	} else {
		at += ip_text(&ip->addr, ip->version, at);
	}
	*at++ = '"';
	return at;
}

#define WORD_MAX_LEN IP_TEXT_MAX

/* A word of a closed list is plain: nothing in it needs escaping. */
static char *put_word(char *at, const char *word)
{
	*at++ = '"';
	char *end = memccpy(at, word, '\0', WORD_MAX_LEN);
	at = end ? end - 1 : at + WORD_MAX_LEN;
	*at++ = '"';
	return at;
}

static char *put_bool(char *at, bool b)
{
	return stpcpy(at, b ? "true" : "false");
}

/* Any struct that begins like struct numbers: see record/field.h. */
static void append_numbers(struct json_out *out, const char *at, int64_t unit)
{
	uint32_t n;
	memcpy(&n, at, sizeof(n));
	const char *item = at + offsetof(struct numbers, at);
	json_append_raw(out, "[", 1);
	for (uint32_t i = 0; i < n && i < out->list_max; i++) {
		if (i)
			json_append_raw(out, ",", 1);
		json_append_integer(
			out, integer_at(item + i * sizeof(int64_t)) / unit);
	}
	json_append_raw(out, "]", 1);
}

static void append_texts(struct json_out *out, const struct texts *list)
{
	json_append_raw(out, "[", 1);
	for (uint32_t i = 0; i < list->n && i < out->list_max; i++) {
		if (i)
			json_append_raw(out, ",", 1);
		json_append_string(out, list->at[i]);
	}
	json_append_raw(out, "]", 1);
}

static bool list_is_empty(const char *at)
{
	uint32_t n;
	memcpy(&n, at, sizeof(n));
	return n == 0;
}

/* Always with both decimals: what is a number with a fraction in one record is
 * one in all of them, also for stores that go by the first they see. */
static char *put_decimal(char *at, int64_t n)
{
	at = json_put_integer(at, n / 100);
	*at++ = '.';
	*at++ = (char)('0' + n / 10 % 10);
	*at++ = (char)('0' + n % 10);
	return at;
}

/* A value of bounded size, not absent, at `to`; returns its end. */
static char *put_simple(char *to, const struct field *f, const char *at)
{
	const int64_t n = integer_at(at);
	switch (f->type) {
	case FIELD_COUNT:
		return json_put_integer(to, not_negative(n));
	case FIELD_NUMBER:
		return json_put_integer(to, n);
	case FIELD_DECIMAL:
		return put_decimal(to, not_negative(n));
	case FIELD_DURATION:
		return json_put_integer(to, not_negative(n) / 1000);
	case FIELD_TIME:
		return put_time(to, n);
	case FIELD_BOOL:
		return put_bool(to, n != 0);
	case FIELD_ID:
		return put_id(to, (uint64_t)n);
	case FIELD_IP:
		return put_ip(to, (const void *)at);
	case FIELD_WORD:
		return put_word(to, text_at(at));
	case FIELD_TEXT:
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_OBJECT:
	case FIELD_PART:
		break;
	}
	return to;
}

static void append_simple(struct json_out *out, const struct field *f,
                          const char *at)
{
	if (out->limit - out->at < SIMPLE_ROOM) {
		out->full = true;
		return;
	}
	char *to = put_name(out->at, f->name);
	to = put_simple(to, f, at);
	*to++ = ',';
	out->at = to;
}

/* A value of any size, not absent. */
static void append_value(struct json_out *out, const struct field *f,
                         const char *at)
{
	if (f->type == FIELD_NUMBERS)
		append_numbers(out, at, 1);
	else if (f->type == FIELD_DURATIONS)
		append_numbers(out, at, 1000);
	else if (f->type == FIELD_WORDS || f->type == FIELD_TEXTS)
		append_texts(out, (const void *)at);
	else
		json_append_string(out, text_at(at));
}

/* What does not fit is taken back. */
static void append_long(struct json_out *out, const struct field *f,
                        const char *at)
{
	if (out->limit - out->at < SIMPLE_ROOM) {
		out->full = true;
		return;
	}
	char *const before = out->at;
	const bool was_full = out->full;
	out->full = false;
	out->at = put_name(out->at, f->name);
	append_value(out, f, at);
	json_append_raw(out, ",", 1);
	if (out->full)
		out->at = before;
	out->full |= was_full;
}

static void append_fields(struct json_out *out, const struct field *fields,
                          const char *base);

/* Close with the brace where the last comma stands, if there is one. */
static void close_object(struct json_out *out)
{
	if (out->at[-1] == ',')
		out->at[-1] = '}';
	else
		*out->at++ = '}';
}

/* An object keeps those of its fields that fit. */
static void append_object(struct json_out *out, const struct field *f,
                          const char *base)
{
	if (out->limit - out->at < SIMPLE_ROOM) {
		out->full = true;
		return;
	}
	char *const before = out->at;
	out->at = put_name(out->at, f->name);
	*out->at++ = '{';
	const char *const first = out->at;
	append_fields(out, f->fields, base);
	if (out->at == first && !f->required) {
		out->at = before;
		return;
	}
	close_object(out);
	*out->at++ = ',';
}

/* "name":value, or nothing at all if it is absent, empty or does not fit. */
static void append_field(struct json_out *out, const struct field *f,
                         const char *at)
{
	switch (f->type) {
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_DECIMAL:
	case FIELD_TIME:
	case FIELD_DURATION:
	case FIELD_BOOL:
		if (integer_at(at) != ABSENT)
			append_simple(out, f, at);
		break;
	case FIELD_ID:
		if (integer_at(at) != 0)
			append_simple(out, f, at);
		break;
	case FIELD_IP:
		if (((const struct ip_value *)(const void *)at)->version)
			append_simple(out, f, at);
		break;
	case FIELD_WORD:
		if (text_at(at))
			append_simple(out, f, at);
		break;
	case FIELD_TEXT:
		if (text_at(at))
			append_long(out, f, at);
		break;
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_WORDS:
	case FIELD_TEXTS:
		if (!list_is_empty(at))
			append_long(out, f, at);
		break;
	case FIELD_OBJECT:
		append_object(out, f, at);
		break;
	case FIELD_PART:
		append_fields(out, f->fields, at);
		break;
	}
}

static void append_fields(struct json_out *out, const struct field *fields,
                          const char *base)
{
	for (const struct field *f = fields; f->name; f++)
		append_field(out, f, base + f->offset);
}

/* The object that a finding's own fields stand in, named as the finding. */
static void append_detail(struct json_out *out, const struct record *r)
{
	const struct field f = {
		.name = r->kind->name,
		.type = FIELD_OBJECT,
		.fields = r->kind->fields,
	};
	append_field(out, &f, r->detail);
}

static char *put_type(char *at, enum event_type type)
{
	at = stpcpy(at, "{\"event_type\":\"");
	at = stpcpy(at, event_type_name(type));
	return stpcpy(at,
	              "\",\"schema_version\":\"" RECORD_SCHEMA_VERSION "\",");
}

size_t json_append_record(const struct record *r,
                          char line[static JSON_LINE_MAX])
{
	struct json_out out = { .full = true };
	for (size_t i = 0; i < N_TRIES && out.full; i++) {
		out = (struct json_out){
			.limit = line + JSON_LINE_MAX - CLOSING_ROOM,
			.text_max = text_max_of[i],
			.list_max = list_max_of[i],
		};
		out.at = put_type(line, r->type);
		append_fields(&out, r->fields, r->data);
		if (r->detail)
			append_detail(&out, r);
		close_object(&out);
		*out.at++ = '\n';
	}
	return (size_t)(out.at - line);
}
