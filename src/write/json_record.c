/* A record as a line of JSON, field by field as its tables say. */
#include "write/json_append.h"

#include <string.h>

#include "base/digits.h"
#include "record/time.h"
#include "write/json_plan.h"

/* What is tried in turn; the second always fits (a test fills everything). */
#define N_TRIES 2
static const size_t text_max_of[N_TRIES] = { 2048, 96 };
static const uint32_t list_max_of[N_TRIES] = { NUMBERS_MAX, 8 };

#define TEXT_END_ROOM 5  /* what json_append_string() wants behind a text */
#define CLOSING_ROOM  32 /* for the braces that are open, and the newline */

/*
 * Where this much is left, a key and a value of bounded size are put without
 * a further look: the longest is an address, with a quote and a comma.
 */
#define SIMPLE_ROOM 116

_Static_assert(JSON_KEY_MAX + IP_TEXT_MAX + 2 <= SIMPLE_ROOM, "an address");
_Static_assert(JSON_KEY_MAX + JSON_WORD_MAX <= SIMPLE_ROOM, "a word");
_Static_assert(JSON_KEY_MAX + JSON_INTEGER_LEN + 1 <= SIMPLE_ROOM, "a number");

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

static bool list_is_empty(const char *at)
{
	uint32_t n;
	memcpy(&n, at, sizeof(n));
	return n == 0;
}

/* ---- values of bounded size -------------------------------------- */

/*
 * What is put here begins behind its key, which for a value in quotes ends in
 * the first of them, and ends with a comma. `at` stays in a register from
 * field to field: each function is given it and returns its successor.
 */
static char *put_comma(char *at)
{
	*at++ = ',';
	return at;
}

static char *put_quote_comma(char *at)
{
	memcpy(at, "\",", 2);
	return at + 2;
}

/* From 0 to JSON_INTEGER_MAX. */
static char *put_count(char *at, int64_t n)
{
	if ((uint64_t)n > (uint64_t)JSON_INTEGER_MAX)
		n = n < 0 ? 0 : JSON_INTEGER_MAX;
	return put_comma(digits_put(at, (uint64_t)n));
}

/* Always with both decimals: what is a number with a fraction in one record is
 * one in all of them, also for stores that go by the first they see. */
static char *put_decimal(char *at, int64_t n)
{
	const uint64_t hundredths = n < 0 ? 0 : (uint64_t)n;
	at = json_put_integer(at, (int64_t)(hundredths / 100));
	*at++ = '.';
	*at++ = (char)('0' + hundredths / 10 % 10);
	*at++ = (char)('0' + hundredths % 10);
	return put_comma(at);
}

static char *put_bool(char *at, bool b)
{
	memcpy(at, b ? "true, " : "false,", 6);
	return at + 6 - b;
}

static char *put_time(struct json_memo *memo, char *at, int64_t ns)
{
	if (memo)
		time_text_memo(&memo->times, ns, at);
	else
		time_text(ns, at);
	return put_quote_comma(at + TIME_TEXT_LEN);
}

static char *put_key(char *at, const struct json_op *op)
{
	memcpy(at, op->key, JSON_KEY_MAX);
	return at + op->key_len;
}

/* Of the types that an integer is kept for, those that are rarer. */
static char *put_integer(struct json_out *out, char *at,
                         const struct json_op *op, int64_t n)
{
	at = put_key(at, op);
	if (op->type == FIELD_TIME)
		return put_time(out->memo, at, n);
	if (op->type == FIELD_BOOL)
		return put_bool(at, n != 0);
	return op->type == FIELD_DECIMAL ? put_decimal(at, n)
	                                 : put_comma(json_put_integer(at, n));
}

static char *put_id(char *at, uint64_t id)
{
	at = digits_put_hex8(at, (uint32_t)(id >> 32));
	return put_quote_comma(digits_put_hex8(at, (uint32_t)id));
}

static char *put_ip(struct json_memo *memo, char *at, const struct ip_value *ip)
{
	if (memo)
		at += ip_text_memo(&memo->addresses, &ip->addr, ip->version,
		                   at);
	else
		at += ip_text(&ip->addr, ip->version, at);
	return put_quote_comma(at);
}

static const struct ip_value *ip_at(const char *at)
{
	return (const void *)at;
}

/* A word of a closed list is plain: nothing in it needs escaping. Most are
 * the list's own, so that their length is known. */
static char *put_word(char *at, const struct json_words *known,
                      const char *word)
{
	const struct json_word *w = known ? json_words_find(known, word) : NULL;
	if (w) {
		memcpy(at, w->text, JSON_WORD_MAX);
		return at + w->len;
	}
	char *end = memccpy(at, word, '\0', IP_TEXT_MAX);
	return put_quote_comma(end ? end - 1 : at + IP_TEXT_MAX);
}

/* ---- values of any size ------------------------------------------ */

/* What does not fit is taken back. */
static char *put_long(struct json_out *out, char *const before,
                      const struct json_op *op, const char *value)
{
	const bool was_full = out->full;
	out->full = false;
	out->at = put_key(before, op);
	json_append_value(out, op->type, value);
	const bool fits = !out->full && out->at < out->limit;
	out->full = was_full || !fits;
	return fits ? put_comma(out->at) : before;
}

/* Most texts are plain and there is room for them. */
static char *put_text(struct json_out *out, char *const before,
                      const struct json_op *op, const char *value)
{
	const char *const s = text_at(value);
	const size_t n = strlen(s);
	char *const at = put_key(before, op) + 1; /* it ends in a quote */
	const size_t room = (size_t)(out->limit - at);
	if (n > out->text_max || n + TEXT_END_ROOM > room ||
	    !json_is_plain(s, n))
		return put_long(out, before, op, value);
	memcpy(at, s, n);
	return put_quote_comma(at + n);
}

/* ---- fields ------------------------------------------------------ */

static char *put_inner(struct json_out *out, char *at,
                       const struct json_op *object, const char *base);

/* Close with the brace where the last comma stands, if there is one. */
static char *put_brace(char *at)
{
	if (at[-1] == ',')
		at--;
	*at++ = '}';
	return at;
}

/* An object keeps those of its fields that fit. */
static char *put_object(struct json_out *out, char *const before,
                        const struct json_op *op, const char *base)
{
	char *const key_end = put_key(before, op);
	*key_end = '{';
	char *const end = put_inner(out, key_end + 1, op, base);
	if (end == key_end + 1 && !op->required)
		return before;
	return put_comma(put_brace(end));
}

static bool is_absent(enum field_type type, const char *value)
{
	switch (type) {
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_DECIMAL:
	case FIELD_TIME:
	case FIELD_DURATION:
	case FIELD_BOOL:
		return integer_at(value) == ABSENT;
	case FIELD_ID:
		return integer_at(value) == 0;
	case FIELD_IP:
		return ip_at(value)->version == 0;
	case FIELD_WORD:
	case FIELD_TEXT:
		return !text_at(value);
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_WORDS:
	case FIELD_TEXTS:
		return list_is_empty(value);
	case FIELD_OBJECT:
	case FIELD_PART:
		break;
	}
	return false;
}

/* Where counters that stand at 0 end. */
static const struct json_op *
zeros_end(const struct json_op *op, const struct json_op *end, const char *base)
{
	while (op < end && integer_at(base + op->offset) == 0)
		op++;
	return op;
}

static size_t zeros_len(const struct json_op *op, const struct json_op *end)
{
	return (size_t)(end[-1].zeros - op->zeros) + end[-1].key_len + 2;
}

/* In blocks, up to JSON_BLOCK more than there are: a call of memcpy() takes
 * longer than to copy. */
static char *put_blocks(char *at, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i += JSON_BLOCK)
		memcpy(at + i, text + i, JSON_BLOCK);
	return at + len;
}

/* A run of counters, as many zeros at once as there are. */
static char *put_counts(char *at, const struct json_op *op,
                        const struct json_op *end, const char *base)
{
	while (op < end) {
		const int64_t n = integer_at(base + op->offset);
		if (n == 0 && op->zeros) {
			const struct json_op *const to =
				zeros_end(op + 1, end, base);
			at = put_blocks(at, op->zeros, zeros_len(op, to));
			op = to;
			continue;
		}
		if (n != ABSENT)
			at = put_count(put_key(at, op), n);
		op++;
	}
	return at;
}

static char *put_durations(char *at, const struct json_op *op,
                           const struct json_op *end, const char *base)
{
	for (; op < end; op++) {
		const int64_t ns = integer_at(base + op->offset);
		if (ns != ABSENT)
			at = put_count(put_key(at, op), ns / 1000);
	}
	return at;
}

static const struct json_op *run_end(const struct json_op *op,
                                     const struct json_op *end)
{
	return op->run_len < end - op ? op + op->run_len : end;
}

/*
 * The fields up to `end`, "name":value and a comma each, nothing if it is
 * absent: the simple ones have room for certain as long as `at` is not beyond
 * `roomy`. Returns the first that was not put; it is not simple that the one
 * before it was.
 */
static const struct json_op *put_row(struct json_out *out,
                                     const struct json_op *op,
                                     const struct json_op *end,
                                     const char *base, const char *roomy)
{
	char *at = out->at;
	for (; op < end; op++) {
		const char *const value = base + op->offset;
		switch (op->type) {
		case FIELD_COUNT:
			at = put_counts(at, op, run_end(op, end), base);
			op = run_end(op, end) - 1;
			continue;
		case FIELD_DURATION:
			at = put_durations(at, op, run_end(op, end), base);
			op = run_end(op, end) - 1;
			continue;
		case FIELD_NUMBER:
		case FIELD_DECIMAL:
		case FIELD_TIME:
		case FIELD_BOOL:
			if (integer_at(value) != ABSENT)
				at = put_integer(out, at, op,
				                 integer_at(value));
			continue;
		case FIELD_ID:
			if (integer_at(value) != 0)
				at = put_id(put_key(at, op),
				            (uint64_t)integer_at(value));
			continue;
		case FIELD_IP:
			if (ip_at(value)->version != 0)
				at = put_ip(out->memo, put_key(at, op),
				            ip_at(value));
			continue;
		case FIELD_WORD:
			if (text_at(value))
				at = put_word(put_key(at, op), op->words,
				              text_at(value));
			continue;
		case FIELD_TEXT:
			if (!text_at(value))
				continue;
			at = put_text(out, at, op, value);
			break;
		case FIELD_NUMBERS:
		case FIELD_DURATIONS:
		case FIELD_WORDS:
		case FIELD_TEXTS:
			if (list_is_empty(value))
				continue;
			at = put_long(out, at, op, value);
			break;
		case FIELD_OBJECT:
		case FIELD_PART:
			at = put_object(out, at, op, value);
			break;
		}
		if (at > roomy)
			end = op + 1; /* nothing simple is certain any more */
	}
	out->at = at;
	return op;
}

/* Where there is room for all that is simple, nothing is asked for each. */
static char *put_ops(struct json_out *out, char *at, const struct json_op *op,
                     const struct json_op *end, const char *base)
{
	out->at = at;
	while (op < end) {
		const ptrdiff_t room = out->limit - out->at;
		const char *const roomy = out->limit - (end - op) * SIMPLE_ROOM;
		if (room >= (end - op) * SIMPLE_ROOM) {
			op = put_row(out, op, end, base, roomy);
		} else if (room >= SIMPLE_ROOM) {
			op = put_row(out, op, op + 1, base, roomy);
		} else {
			out->full |= !is_absent(op->type, base + op->offset);
			op++;
		}
	}
	return out->at;
}

/* The same without a plan. */
static char *put_fields(struct json_out *out, char *at,
                        const struct field *fields, const char *base)
{
	for (const struct field *f = fields; f->name; f++) {
		struct json_op op;
		json_op_init(&op, f);
		if (f->type == FIELD_PART)
			at = put_fields(out, at, f->fields, base + f->offset);
		else
			at = put_ops(out, at, &op, &op + 1, base);
	}
	return at;
}

static char *put_inner(struct json_out *out, char *at,
                       const struct json_op *object, const char *base)
{
	const struct json_table *table = object->table;
	return table ? put_ops(out, at, table->op, table->end, base)
	             : put_fields(out, at, object->fields, base);
}

/* ---- the record -------------------------------------------------- */

/* The object that a finding's own fields stand in, named as the finding. */
static char *put_detail(struct json_out *out, char *at,
                        const struct json_plan *plan, const struct record *r)
{
	const struct field object = {
		.name = r->kind->name,
		.type = FIELD_OBJECT,
		.fields = r->kind->fields,
	};
	const struct json_op *op = json_plan_detail(plan, r->kind);
	struct json_op unprepared;
	if (!op) {
		json_op_init(&unprepared, &object);
		op = &unprepared;
	}
	return put_ops(out, at, op, op + 1, r->detail);
}

static char *put_opening(char *at, const struct json_plan *plan,
                         enum event_type type)
{
	const struct json_opening *opening = json_plan_opening(plan, type);
	struct json_opening unprepared;
	if (!opening) {
		unprepared = json_opening(type);
		opening = &unprepared;
	}
	memcpy(at, opening->text, JSON_OPENING_MAX);
	return at + opening->len;
}

size_t json_append_planned(struct json_plan *plan, const struct record *r,
                           char line[static JSON_LINE_MAX])
{
	const struct json_op whole = {
		.fields = r->fields,
		.table = json_plan_record(plan, r),
	};
	struct json_out out = { .full = true };
	char *at = line;
	for (size_t i = 0; i < N_TRIES && out.full; i++) {
		out = (struct json_out){
			.limit = line + JSON_LINE_MAX - CLOSING_ROOM,
			.text_max = text_max_of[i],
			.list_max = list_max_of[i],
			.memo = json_plan_memo(plan),
		};
		at = put_opening(line, plan, r->type);
		at = put_inner(&out, at, &whole, r->data);
		if (r->detail)
			at = put_detail(&out, at, plan, r);
		at = put_brace(at);
		*at++ = '\n';
	}
	return (size_t)(at - line);
}

size_t json_append_record(const struct record *r,
                          char line[static JSON_LINE_MAX])
{
	return json_append_planned(NULL, r, line);
}
