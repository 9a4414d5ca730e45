/* A field of each type as JSON. */
#include "write/json_put.h"

#include <string.h>

#include "base/digits.h"
#include "base/frame.h"

#define TEXT_END_ROOM 5 /* what json_append_string() wants behind a text */

_Static_assert(JSON_KEY_MAX + IP_TEXT_MAX + 2 <= JSON_SIMPLE_ROOM,
               "an address");
_Static_assert(JSON_KEY_MAX + JSON_WORD_MAX <= JSON_SIMPLE_ROOM, "a word");
_Static_assert(JSON_KEY_MAX + JSON_INTEGER_LEN + 1 <= JSON_SIMPLE_ROOM,
               "a number");

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

static const struct ip_value *ip_at(const char *at)
{
	return (const void *)at;
}

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

static char *put_key(char *at, const struct json_op *op)
{
	memcpy(at, op->key, JSON_KEY_MAX);
	return at + op->key_len;
}

static char *put_next(struct json_out *out, const struct json_op *op,
                      const char *base, char *at)
{
	op++;
	return op->put(out, op, base, at);
}

/* ---- values of bounded size -------------------------------------- */

/*
 * A count or a duration that is negative, which is written as 0, or too large,
 * and is clamped; or a 0 that was not prepared. Not a part of put_count(), and
 * so with all that is rare and calls something: to save and restore registers
 * for a call would cost each number as much as its digits.
 */
__attribute__((noinline)) static char *put_odd(struct json_out *out,
                                               const struct json_op *op,
                                               const char *base, char *at,
                                               int64_t n)
{
	at = put_comma(json_put_integer(put_key(at, op), n < 0 ? 0 : n));
	return put_next(out, op, base, at);
}

/* Seven digits to twelve, as sequence numbers and long times have. */
static char *put_large(struct json_out *out, const struct json_op *op,
                       const char *base, char *at, int64_t n)
{
	if (n < DIGITS6 || (uint64_t)n >= DIGITS12)
		return put_odd(out, op, base, at, n);
	at = put_comma(digits_put_7_to_12(put_key(at, op), (uint64_t)n));
	return put_next(out, op, base, at);
}

/* In blocks, up to JSON_BLOCK more than there are: a call of memcpy() takes
 * longer than to copy. */
static char *put_blocks(char *at, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i += JSON_BLOCK)
		memcpy(at + i, text + i, JSON_BLOCK);
	return at + len;
}

/* All counters from here that stand at 0. */
static char *put_zeros(struct json_out *out, const struct json_op *op,
                       const char *base, char *at)
{
	const char *const text = op->zeros;
	do
		op++;
	while (op->type == FIELD_COUNT && integer_at(base + op->offset) == 0);
	const char *const end = op[-1].zeros + op[-1].key_len + 2;
	at = put_blocks(at, text, (size_t)(end - text));
	return op->put(out, op, base, at);
}

static char *put_count(struct json_out *out, const struct json_op *op,
                       const char *base, char *at)
{
	const int64_t n = integer_at(base + op->offset);
	if (n > 0 && n < DIGITS6) {
		at = put_key(at, op);
		at = put_comma(digits_put_up_to_6(at, (uint32_t)n));
		return put_next(out, op, base, at);
	}
	if (n == 0)
		return op->zeros ? put_zeros(out, op, base, at)
		                 : put_odd(out, op, base, at, n);
	return n == ABSENT ? put_next(out, op, base, at)
	                   : put_large(out, op, base, at, n);
}

static uint64_t number_at(const char *frame)
{
	return frame_number((uint64_t)integer_at(frame));
}

static char *put_frame(struct json_out *out, const struct json_op *op,
                       const char *base, char *at)
{
	const uint64_t n = number_at(base + op->offset);
	if (n == 0)
		return put_next(out, op, base, at);
	if (n >= DIGITS6)
		return put_large(out, op, base, at, (int64_t)n);
	at = put_comma(digits_put_up_to_6(put_key(at, op), (uint32_t)n));
	return put_next(out, op, base, at);
}

/* Most are absent: of the states that an end may have been in. */
static char *put_duration(struct json_out *out, const struct json_op *op,
                          const char *base, char *at)
{
	const int64_t ns = integer_at(base + op->offset);
	if (ns == ABSENT)
		return put_next(out, op, base, at);
	if (ns < 0 || ns >= (int64_t)DIGITS6 * 1000)
		return put_large(out, op, base, at, ns / 1000);
	at = put_key(at, op);
	at = put_comma(digits_put_up_to_6(at, (uint32_t)ns / 1000));
	return put_next(out, op, base, at);
}

static char *put_number(struct json_out *out, const struct json_op *op,
                        const char *base, char *at)
{
	const int64_t n = integer_at(base + op->offset);
	if (n != ABSENT)
		at = put_comma(json_put_integer(put_key(at, op), n));
	return put_next(out, op, base, at);
}

/* Always with both decimals: what is a number with a fraction in one record is
 * one in all of them, also for stores that go by the first they see. */
static char *put_decimal(struct json_out *out, const struct json_op *op,
                         const char *base, char *at)
{
	const int64_t n = integer_at(base + op->offset);
	if (n != ABSENT) {
		const uint64_t hundredths = n < 0 ? 0 : (uint64_t)n;
		at = json_put_integer(put_key(at, op),
		                      (int64_t)(hundredths / 100));
		*at++ = '.';
		*at++ = (char)('0' + hundredths / 10 % 10);
		*at++ = (char)('0' + hundredths % 10);
		at = put_comma(at);
	}
	return put_next(out, op, base, at);
}

static char *put_bool(struct json_out *out, const struct json_op *op,
                      const char *base, char *at)
{
	const int64_t n = integer_at(base + op->offset);
	if (n != ABSENT) {
		at = put_key(at, op);
		memcpy(at, n ? "true, " : "false,", 6);
		at += 6 - (n != 0);
	}
	return put_next(out, op, base, at);
}

/* None, or one before 1970 or of a second that was not written lately. */
__attribute__((noinline)) static char *put_new_time(struct json_out *out,
                                                    const struct json_op *op,
                                                    const char *base, char *at)
{
	const int64_t ns = integer_at(base + op->offset);
	if (ns != ABSENT) {
		at = put_key(at, op);
		time_text_remember(&out->memo->times, ns, at);
		at = put_quote_comma(at + TIME_TEXT_LEN);
	}
	return put_next(out, op, base, at);
}

static char *put_time(struct json_out *out, const struct json_op *op,
                      const char *base, char *at)
{
	const int64_t ns = integer_at(base + op->offset);
	char *const to = put_key(at, op);
	if (!time_text_known(&out->memo->times, ns, to))
		return put_new_time(out, op, base, at);
	at = put_quote_comma(to + TIME_TEXT_LEN);
	return put_next(out, op, base, at);
}

static char *put_id(struct json_out *out, const struct json_op *op,
                    const char *base, char *at)
{
	const uint64_t id = (uint64_t)integer_at(base + op->offset);
	if (id != 0) {
		at = digits_put_hex8(put_key(at, op), (uint32_t)(id >> 32));
		at = put_quote_comma(digits_put_hex8(at, (uint32_t)id));
	}
	return put_next(out, op, base, at);
}

/* One that was not written lately. */
__attribute__((noinline)) static char *put_new_ipv6(struct json_out *out,
                                                    const struct json_op *op,
                                                    const char *base, char *at)
{
	const struct ip_value *ip = ip_at(base + op->offset);
	at = put_key(at, op);
	at += ipv6_text_remember(&out->memo->addresses, &ip->addr, at);
	return put_next(out, op, base, put_quote_comma(at));
}

static char *put_ipv6(struct json_out *out, const struct json_op *op,
                      const char *base, char *at)
{
	const struct ip_value *ip = ip_at(base + op->offset);
	char *const to = put_key(at, op);
	const size_t len =
		ipv6_text_known(&out->memo->addresses, &ip->addr, to);
	if (len == 0)
		return put_new_ipv6(out, op, base, at);
	return put_next(out, op, base, put_quote_comma(to + len));
}

static char *put_ip(struct json_out *out, const struct json_op *op,
                    const char *base, char *at)
{
	const struct ip_value *ip = ip_at(base + op->offset);
	if (ip->version == 6)
		return put_ipv6(out, op, base, at);
	if (ip->version == 4) {
		at = put_key(at, op);
		at = put_quote_comma(at + ipv4_put(&ip->addr, at));
	}
	return put_next(out, op, base, at);
}

/* A word of a closed list is plain: nothing in it needs escaping. */
static char *put_word(struct json_out *out, const struct json_op *op,
                      const char *base, char *at)
{
	const char *const word = text_at(base + op->offset);
	if (word) {
		at = put_key(at, op);
		char *end = memccpy(at, word, '\0', IP_TEXT_MAX);
		at = put_quote_comma(end ? end - 1 : at + IP_TEXT_MAX);
	}
	return put_next(out, op, base, at);
}

/* Most are the list's own, so that their length is known. */
char *json_put_known_word(struct json_out *out, const struct json_op *op,
                          const char *base, char *at)
{
	const char *const word = text_at(base + op->offset);
	if (!word)
		return put_next(out, op, base, at);
	const struct json_word *known = json_words_find(op->words, word);
	if (!known)
		return put_word(out, op, base, at);
	at = put_key(at, op);
	memcpy(at, known->text, JSON_WORD_MAX);
	return put_next(out, op, base, at + known->len);
}

/* The beginning of an object, or its end: a brace in place of the last comma.
 * It is taken back if there is nothing in it and it may be left out. */
static char *put_object(struct json_out *out, const struct json_op *op,
                        const char *base, char *at)
{
	if (!op->is_end) {
		at = put_key(at, op);
	} else if (at[-1] == ',') {
		memcpy(at - 1, "},", 2);
		at++;
	} else if (op->required) {
		memcpy(at, "},", 2);
		at += 2;
	} else {
		at -= op->key_len;
	}
	return put_next(out, op, base, at);
}

__attribute__((noinline)) static char *
put_long_constant(struct json_out *out, const struct json_op *op,
                  const char *base, char *at)
{
	memcpy(at, op->text, op->text_len);
	return put_next(out, op, base, at + op->text_len);
}

/* Half of them are short. */
char *json_put_constant(struct json_out *out, const struct json_op *op,
                        const char *base, char *at)
{
	at -= op->takes_back;
	if (op->text_len > JSON_CONSTANT_BLOCK)
		return put_long_constant(out, op, base, at);
	memcpy(at, op->text, JSON_CONSTANT_BLOCK);
	return put_next(out, op, base, at + op->text_len);
}

char *json_put_stop(struct json_out *out, const struct json_op *op,
                    const char *base, char *at)
{
	(void)out;
	(void)op;
	(void)base;
	return at;
}

/* ---- values of any size ------------------------------------------ */

/* What does not fit is taken back. */
__attribute__((noinline)) static char *put_long(struct json_out *out,
                                                const struct json_op *op,
                                                const char *base, char *at)
{
	const bool was_full = out->full;
	out->full = false;
	out->at = put_key(at, op) - (op->type == FIELD_TEXT); /* its quote */
	json_append_value(out, op->type, base + op->offset);
	const bool fits = !out->full && out->at < out->limit;
	out->full = was_full || !fits;
	if (fits)
		at = put_comma(out->at);
	return json_put_ops(out, op + 1, base, at);
}

static char *put_list(struct json_out *out, const struct json_op *op,
                      const char *base, char *at)
{
	if (!list_is_empty(base + op->offset))
		return put_long(out, op, base, at);
	return json_put_ops(out, op + 1, base, at);
}

/* Most texts are plain and there is room for them. */
__attribute__((noinline)) static char *
put_present_text(struct json_out *out, const struct json_op *op,
                 const char *base, char *at)
{
	const char *const s = text_at(base + op->offset);
	const size_t n = strlen(s);
	char *const to = put_key(at, op);
	const size_t room = (size_t)(out->limit - to);
	if (n > out->text_max || n + TEXT_END_ROOM > room ||
	    !json_put_plain(to, s, n))
		return put_long(out, op, base, at);
	return json_put_ops(out, op + 1, base, put_quote_comma(to + n));
}

/* Half of them are absent: for those no registers are saved. */
static char *put_text(struct json_out *out, const struct json_op *op,
                      const char *base, char *at)
{
	return text_at(base + op->offset) ? put_present_text(out, op, base, at)
	                                  : json_put_ops(out, op + 1, base, at);
}

/* ---- all types --------------------------------------------------- */

static json_put *const put_of[] = {
	[FIELD_COUNT] = put_count,
	[FIELD_NUMBER] = put_number,
	[FIELD_DECIMAL] = put_decimal,
	[FIELD_TIME] = put_time,
	[FIELD_DURATION] = put_duration,
	[FIELD_BOOL] = put_bool,
	[FIELD_ID] = put_id,
	[FIELD_FRAME] = put_frame,
	[FIELD_WORD] = put_word,
	[FIELD_TEXT] = put_text,
	[FIELD_IP] = put_ip,
	[FIELD_NUMBERS] = put_list,
	[FIELD_DURATIONS] = put_list,
	[FIELD_FRAMES] = put_list,
	[FIELD_WORDS] = put_list,
	[FIELD_TEXTS] = put_list,
	[FIELD_SOURCES] = put_list,
	[FIELD_OBJECT] = put_object,
};

json_put *json_put_of(enum field_type type)
{
	return put_of[type];
}

bool json_is_absent(enum field_type type, const char *value)
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
	case FIELD_FRAME:
		return number_at(value) == 0;
	case FIELD_IP:
		return ip_at(value)->version == 0;
	case FIELD_WORD:
	case FIELD_TEXT:
		return !text_at(value);
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_FRAMES:
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_SOURCES:
		return list_is_empty(value);
	case FIELD_OBJECT:
	case FIELD_PART:
		break;
	}
	return false;
}
