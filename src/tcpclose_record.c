/*
 * Records as users of the library see them: as JSON, and field by field. A
 * path is looked up in the field tables, so users depend on no struct.
 */
#include "tcpclose_record.h"

#include <stdio.h>
#include <string.h>

#include "base/frame.h"
#include "record/time.h"
#include "tcpclose/tcpclose.h"
#include "write/json_append.h"

#define NS_PER_US 1000

_Static_assert(TCPCLOSE_JSON_MAX > JSON_LINE_MAX, "a line and its 0 fit");

const char *tcpclose_record_type(const struct tcpclose_record *record)
{
	return event_type_name(record->record->type);
}

size_t tcpclose_record_json(const struct tcpclose_record *record, char *line,
                            size_t size)
{
	char whole[JSON_LINE_MAX];
	const size_t n =
		json_append_planned(record->plan, record->record, whole);
	if (n < size) {
		memcpy(line, whole, n);
		line[n] = '\0';
	} else if (size) {
		line[0] = '\0';
	}
	return n;
}

/* A field and where its value stands; field NULL: there is none. */
struct place {
	const struct field *field;
	const void *data;
};

/* If the path begins with a name, what follows it: "" or the rest after the
 * dot. Else NULL. */
static const char *after(const char *path, const char *name)
{
	const size_t n = strlen(name);
	if (strncmp(path, name, n) != 0)
		return NULL;
	if (path[n] == '.')
		return path + n + 1;
	return path[n] == '\0' ? path + n : NULL;
}

static struct place find(const struct field *fields, const void *data,
                         const char *path)
{
	for (const struct field *f = fields; f->name; f++) {
		const void *at = (const char *)data + f->offset;
		struct place deeper = { 0 };
		const char *rest = after(path, f->name);
		if (f->type == FIELD_PART)
			deeper = find(f->fields, at, path);
		else if (rest && *rest && f->type == FIELD_OBJECT)
			deeper = find(f->fields, at, rest);
		else if (rest && !*rest)
			deeper = (struct place){ f, at };
		if (deeper.field)
			return deeper;
	}
	return (struct place){ 0 };
}

static struct place find_in_record(const struct tcpclose_record *record,
                                   const char *path)
{
	const struct record *r = record->record;
	const char *rest = r->detail ? after(path, r->kind->name) : NULL;
	if (rest)
		return find(r->kind->fields, r->detail, rest);
	return find(r->fields, r->data, path);
}

static int give(int64_t value, int64_t divisor, int64_t *out)
{
	if (value == ABSENT)
		return 0;
	*out = value / divisor;
	return 1;
}

static int give_frame(uint64_t frame, int64_t *out)
{
	const uint64_t number = frame_number(frame);
	if (number == 0)
		return 0;
	*out = (int64_t)number;
	return 1;
}

int tcpclose_record_integer(const struct tcpclose_record *record,
                            const char *path, int64_t *out)
{
	const struct place at = find_in_record(record, path);
	if (!at.field)
		return 0;
	switch (at.field->type) {
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_TIME:
	case FIELD_BOOL:
		return give(*(const int64_t *)at.data, 1, out);
	case FIELD_DURATION:
		return give(*(const int64_t *)at.data, NS_PER_US, out);
	case FIELD_FRAME:
		return give_frame(*(const uint64_t *)at.data, out);
	case FIELD_DECIMAL:
	case FIELD_ID:
	case FIELD_WORD:
	case FIELD_TEXT:
	case FIELD_IP:
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_FRAMES:
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_SOURCES:
	case FIELD_OBJECT:
	case FIELD_PART:
		break;
	}
	return 0;
}

int tcpclose_record_number(const struct tcpclose_record *record,
                           const char *path, double *out)
{
	const struct place at = find_in_record(record, path);
	int64_t n;
	if (at.field && at.field->type == FIELD_DECIMAL) {
		if (!give(*(const int64_t *)at.data, 1, &n))
			return 0;
		*out = (double)n / 100;
		return 1;
	}
	if (!tcpclose_record_integer(record, path, &n))
		return 0;
	*out = (double)n;
	return 1;
}

static int give_text(const char *text, char *out, size_t size)
{
	if (!text)
		return 0;
	if (size)
		snprintf(out, size, "%s", text);
	return 1;
}

static int give_ip(const struct ip_value *ip, char *out, size_t size)
{
	char text[IP_TEXT_MAX];
	if (ip->version == 0)
		return 0;
	ip_text(&ip->addr, ip->version, text);
	return give_text(text, out, size);
}

static int give_time(int64_t ns, char *out, size_t size)
{
	char text[TIME_TEXT_LEN + 1];
	if (ns == ABSENT)
		return 0;
	time_text(ns, text);
	text[TIME_TEXT_LEN] = '\0';
	return give_text(text, out, size);
}

static int give_id(uint64_t id, char *out, size_t size)
{
	char text[17];
	if (id == 0)
		return 0;
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)id);
	return give_text(text, out, size);
}

static int text_of(const struct place *at, char *out, size_t size)
{
	switch (at->field->type) {
	case FIELD_WORD:
	case FIELD_TEXT:
		return give_text(*(const char *const *)at->data, out, size);
	case FIELD_ID:
		return give_id(*(const uint64_t *)at->data, out, size);
	case FIELD_IP:
		return give_ip(at->data, out, size);
	case FIELD_TIME:
		return give_time(*(const int64_t *)at->data, out, size);
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_DECIMAL:
	case FIELD_DURATION:
	case FIELD_BOOL:
	case FIELD_FRAME:
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_FRAMES:
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_SOURCES:
	case FIELD_OBJECT:
	case FIELD_PART:
		break;
	}
	return 0;
}

int tcpclose_record_text(const struct tcpclose_record *record, const char *path,
                         char *out, size_t size)
{
	const struct place at = find_in_record(record, path);
	if (at.field)
		return text_of(&at, out, size);
	/* These two follow from the type and are not stored. */
	if (strcmp(path, "event_type") == 0)
		return give_text(tcpclose_record_type(record), out, size);
	if (strcmp(path, "schema_version") == 0)
		return give_text(RECORD_SCHEMA_VERSION, out, size);
	return 0;
}

static bool is_list_of_numbers(enum field_type type)
{
	return type == FIELD_NUMBERS || type == FIELD_DURATIONS ||
	       type == FIELD_FRAMES;
}

static bool is_list_of_texts(enum field_type type)
{
	return type == FIELD_WORDS || type == FIELD_TEXTS ||
	       type == FIELD_SOURCES;
}

int tcpclose_record_integer_at(const struct tcpclose_record *record,
                               const char *path, size_t i, int64_t *out)
{
	const struct place at = find_in_record(record, path);
	const struct numbers *list = at.data;
	if (!at.field || !is_list_of_numbers(at.field->type) || i >= list->n)
		return 0;
	if (at.field->type == FIELD_FRAMES)
		return give_frame((uint64_t)list->at[i], out);
	return give(list->at[i],
	            at.field->type == FIELD_DURATIONS ? NS_PER_US : 1, out);
}

int tcpclose_record_text_at(const struct tcpclose_record *record,
                            const char *path, size_t i, char *out, size_t size)
{
	const struct place at = find_in_record(record, path);
	const char *text;
	uint32_t n;
	if (!at.field || !is_list_of_texts(at.field->type))
		return 0;
	memcpy(&n, at.data, sizeof(n));
	if (i >= n)
		return 0;
	memcpy(&text,
	       (const char *)at.data + offsetof(struct texts, at) +
	               i * sizeof(text),
	       sizeof(text));
	return give_text(text, out, size);
}
