/* A record as a line of JSON, field by field as its tables say. */
#include "write/json_append.h"

#include <string.h>

#include "record/time.h"

/* What is tried in turn; the second always fits (a test fills everything). */
#define N_TRIES 2
static const size_t text_max_of[N_TRIES] = { 2048, 96 };
static const uint32_t list_max_of[N_TRIES] = { NUMBERS_MAX, 8 };

#define CLOSING_ROOM 16 /* for the braces that are open, and the newline */

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

static void append_time(struct json_out *out, int64_t ns)
{
	char text[TIME_TEXT_LEN + 2];
	text[0] = '"';
	time_text(ns, text + 1);
	text[TIME_TEXT_LEN + 1] = '"';
	json_append_raw(out, text, sizeof(text));
}

static void append_id(struct json_out *out, uint64_t id)
{
	static const char hex[] = "0123456789abcdef";
	char text[18];
	text[0] = text[17] = '"';
	for (size_t i = 16; i > 0; i--, id >>= 4)
		text[i] = hex[id & 15];
	json_append_raw(out, text, sizeof(text));
}

static void append_octet(struct json_out *out, unsigned n)
{
	if (n >= 100)
		*out->at++ = (char)('0' + n / 100);
	if (n >= 10)
		*out->at++ = (char)('0' + n / 10 % 10);
	*out->at++ = (char)('0' + n % 10);
}

/* IPv4 by hand: inet_ntop() goes through a format string, and two addresses
 * would take a fifth of the time of a line. */
static void append_ip(struct json_out *out, const struct ip_value *ip)
{
	char text[IP_TEXT_MAX];
	if (out->limit - out->at < IP_TEXT_MAX + 2) {
		out->full = true;
		return;
	}
	*out->at++ = '"';
	if (ip->version == 4) {
		for (size_t i = 0; i < 4; i++) {
			if (i)
				*out->at++ = '.';
			append_octet(out, ip->addr.byte[i]);
		}
	} else {
		const size_t n = ip_text(&ip->addr, ip->version, text);
		json_append_raw(out, text, n);
	}
	*out->at++ = '"';
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

static bool is_absent(const struct field *f, const char *at)
{
	switch (f->type) {
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_TIME:
	case FIELD_DURATION:
	case FIELD_BOOL:
		return integer_at(at) == ABSENT;
	case FIELD_ID:
		return integer_at(at) == 0;
	case FIELD_WORD:
	case FIELD_TEXT:
		return !text_at(at);
	case FIELD_IP:
		return ((const struct ip_value *)(const void *)at)->version ==
		       0;
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_WORDS:
	case FIELD_TEXTS:
		return list_is_empty(at);
	case FIELD_OBJECT:
	case FIELD_PART:
		return false;
	}
	return true;
}

/* Of all but objects. */
static void append_value(struct json_out *out, const struct field *f,
                         const char *at)
{
	switch (f->type) {
	case FIELD_COUNT:
		json_append_integer(out, not_negative(integer_at(at)));
		break;
	case FIELD_NUMBER:
		json_append_integer(out, integer_at(at));
		break;
	case FIELD_TIME:
		append_time(out, integer_at(at));
		break;
	case FIELD_DURATION:
		json_append_integer(out, not_negative(integer_at(at)) / 1000);
		break;
	case FIELD_BOOL:
		if (integer_at(at))
			json_append_raw(out, "true", 4);
		else
			json_append_raw(out, "false", 5);
		break;
	case FIELD_ID:
		append_id(out, (uint64_t)integer_at(at));
		break;
	case FIELD_WORD:
	case FIELD_TEXT:
		json_append_string(out, text_at(at));
		break;
	case FIELD_IP:
		append_ip(out, (const void *)at);
		break;
	case FIELD_NUMBERS:
		append_numbers(out, at, 1);
		break;
	case FIELD_DURATIONS:
		append_numbers(out, at, 1000);
		break;
	case FIELD_WORDS:
	case FIELD_TEXTS:
		append_texts(out, (const void *)at);
		break;
	case FIELD_OBJECT:
	case FIELD_PART:
		break;
	}
}

static void append_name(struct json_out *out, const char *name)
{
	const size_t n = strlen(name);
	if (out->limit - out->at < (ptrdiff_t)n + 3) {
		out->full = true;
		return;
	}
	*out->at++ = '"';
	memcpy(out->at, name, n);
	out->at += n;
	*out->at++ = '"';
	*out->at++ = ':';
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
	char *const before = out->at;
	append_name(out, f->name);
	json_append_raw(out, "{", 1);
	if (out->full) {
		out->at = before;
		return;
	}
	const char *const first = out->at;
	append_fields(out, f->fields, base);
	if (out->at == first && !f->required) {
		out->at = before;
		return;
	}
	close_object(out);
	json_append_raw(out, ",", 1);
}

static void append_simple(struct json_out *out, const struct field *f,
                          const char *at)
{
	char *const before = out->at;
	append_name(out, f->name);
	append_value(out, f, at);
	json_append_raw(out, ",", 1);
	if (out->full)
		out->at = before;
}

/* "name":value, or nothing at all if it is absent, empty or does not fit. */
static void append_field(struct json_out *out, const struct field *f,
                         const char *at)
{
	if (is_absent(f, at))
		return;
	const bool was_full = out->full;
	out->full = false;
	if (f->type == FIELD_PART)
		append_fields(out, f->fields, at);
	else if (f->type == FIELD_OBJECT)
		append_object(out, f, at);
	else
		append_simple(out, f, at);
	out->full |= was_full;
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

static void append_type(struct json_out *out, enum event_type type)
{
	static const char version[] =
		"\"schema_version\":\"" RECORD_SCHEMA_VERSION "\",";
	append_name(out, "event_type");
	json_append_string(out, event_type_name(type));
	json_append_raw(out, ",", 1);
	json_append_raw(out, version, sizeof(version) - 1);
}

size_t json_append_record(const struct record *r,
                          char line[static JSON_LINE_MAX])
{
	struct json_out out = { .full = true };
	for (size_t i = 0; i < N_TRIES && out.full; i++) {
		out = (struct json_out){
			.at = line,
			.limit = line + JSON_LINE_MAX - CLOSING_ROOM,
			.text_max = text_max_of[i],
			.list_max = list_max_of[i],
		};
		json_append_raw(&out, "{", 1);
		append_type(&out, r->type);
		append_fields(&out, r->fields, r->data);
		if (r->detail)
			append_detail(&out, r);
		close_object(&out);
		*out.at++ = '\n';
	}
	return (size_t)(out.at - line);
}
