/* Integers, strings and lists as JSON. */
#include "write/json_append.h"

#include <string.h>

#include "base/digits.h"
#include "base/frame.h"

static size_t room(const struct json_out *out)
{
	return out->at < out->limit ? (size_t)(out->limit - out->at) : 0;
}

void json_append_raw(struct json_out *out, const char *bytes, size_t n)
{
	if (room(out) < n) {
		out->full = true;
		return;
	}
	memcpy(out->at, bytes, n);
	out->at += n;
}

char *json_put_integer(char *at, int64_t n)
{
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	if (left > (uint64_t)JSON_INTEGER_MAX)
		left = (uint64_t)JSON_INTEGER_MAX;
	if (n < 0)
		*at++ = '-';
	return digits_put(at, left);
}

void json_append_integer(struct json_out *out, int64_t n)
{
	if (room(out) < JSON_INTEGER_LEN) {
		out->full = true;
		return;
	}
	out->at = json_put_integer(out->at, n);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * The length of the UTF-8 sequence at s, which ends in a 0 byte; 0 if there
 * is none. RFC 3629 section 4: no overlong forms, no surrogates, nothing
 * beyond U+10FFFF; all three show in the second byte.
 */
static size_t utf8_length(const unsigned char *s)
{
	const unsigned char c = s[0], next = s[1];
	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4 || !is_continuation(next))
		return 0;
	if (c < 0xe0)
		return 2;
	if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next >= 0xa0) ||
	    (c == 0xf0 && next < 0x90) || (c == 0xf4 && next >= 0x90) ||
	    !is_continuation(s[2]))
		return 0;
	if (c < 0xf0)
		return 3;
	return is_continuation(s[3]) ? 4 : 0;
}

/* What one character that is not plain becomes. */
struct escape {
	char bytes[6];
	size_t len;  /* of bytes */
	size_t eats; /* bytes of the input */
};

static struct escape escape_control(unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	struct escape e = { { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] },
		            6,
		            1 };
	const char *named = memchr("\bb\nn\tt\rr\ff\"\"\\\\", c, 14);
	if (named) {
		e.bytes[1] = named[1];
		e.len = 2;
	}
	return e;
}

static struct escape escape_at(const unsigned char *s)
{
	if (*s < 0x80)
		return escape_control(*s);
	const size_t n = utf8_length(s);
	if (n == 0)
		return (struct escape){ "\xef\xbf\xbd", 3, 1 }; /* U+FFFD */
	struct escape e = { .len = n, .eats = n };
	memcpy(e.bytes, s, n);
	return e;
}

#define ELLIPSIS     "\xe2\x80\xa6" /* U+2026 */
#define ELLIPSIS_LEN 3

/* Looked at together, because a finding's sentence is long: a compiler makes
 * a few vector instructions of it. */
typedef signed char block __attribute__((vector_size(16)));

typedef uint64_t uint64x2 __attribute__((vector_size(16)));

static block block_at(const char *s)
{
	block b;
	memcpy(&b, s, sizeof(b));
	return b;
}

/* All bits of those that are is_plain(). From 0x80 on they are negative; the
 * two that are not plain are beyond 0x1f, so that they are taken out again. */
static block plain_ones(block b)
{
	return (b > 0x1f) ^ (b == '"') ^ (b == '\\');
}

static bool are_all(block plain)
{
	const uint64x2 half = (uint64x2)plain;
	return (half[0] & half[1]) == UINT64_MAX;
}

/* Up to three bytes are the first, the middle and the last. */
static bool put_tiny(char *at, const char *s, size_t n)
{
	if (n == 0)
		return true;
	const char first = s[0], middle = s[n / 2], last = s[n - 1];
	at[0] = first;
	at[n / 2] = middle;
	at[n - 1] = last;
	return is_plain((unsigned char)first) &&
	       is_plain((unsigned char)middle) && is_plain((unsigned char)last);
}

/* Four to fifteen bytes are two halves, which may overlap. */
static bool put_short(char *at, const char *s, size_t n)
{
	uint64_t head = 0, tail = 0;
	if (n >= sizeof(head)) {
		memcpy(&head, s, sizeof(head));
		memcpy(&tail, s + n - sizeof(tail), sizeof(tail));
		memcpy(at, &head, sizeof(head));
		memcpy(at + n - sizeof(tail), &tail, sizeof(tail));
	} else {
		uint32_t first, last;
		memcpy(&first, s, sizeof(first));
		memcpy(&last, s + n - sizeof(last), sizeof(last));
		memcpy(at, &first, sizeof(first));
		memcpy(at + n - sizeof(last), &last, sizeof(last));
		head = tail = (uint64_t)first << 32 | last;
	}
	return are_all(plain_ones((block)(uint64x2){ head, tail }));
}

bool json_put_plain(char *at, const char *s, size_t n)
{
	if (n < 4)
		return put_tiny(at, s, n);
	if (n < sizeof(block))
		return put_short(at, s, n);
	/* The last block overlaps the one before. */
	const block last = block_at(s + n - sizeof(last));
	block plain = plain_ones(last);
	for (size_t i = 0; i + sizeof(last) < n; i += sizeof(last)) {
		const block b = block_at(s + i);
		memcpy(at + i, &b, sizeof(b));
		plain &= plain_ones(b);
	}
	memcpy(at + n - sizeof(last), &last, sizeof(last));
	return are_all(plain);
}

size_t json_plain_run(const char *s, size_t n)
{
	size_t i = 0;
	while (i + sizeof(block) <= n && are_all(plain_ones(block_at(s + i))))
		i += sizeof(block);
	/* What is left, with some of what was seen, is a block again. */
	if (n >= sizeof(block) && i + sizeof(block) > n &&
	    are_all(plain_ones(block_at(s + n - sizeof(block)))))
		return n;
	while (i < n && is_plain((unsigned char)s[i]))
		i++;
	return i;
}

/* The characters of s up to `stop` bytes of output; false if some are left. */
static bool append_characters(struct json_out *out, const char *s,
                              const char *stop)
{
	const char *const end = s + strlen(s);
	for (;;) {
		const size_t fits = (size_t)(stop - out->at);
		const size_t left = (size_t)(end - s);
		const size_t n = json_plain_run(s, left < fits ? left : fits);
		memcpy(out->at, s, n);
		out->at += n;
		s += n;
		if (s == end)
			return true;
		if (is_plain((unsigned char)*s))
			return false;
		const struct escape e = escape_at((const unsigned char *)s);
		if ((size_t)(stop - out->at) < e.len)
			return false;
		memcpy(out->at, e.bytes, e.len);
		out->at += e.len;
		s += e.eats;
	}
}

void json_append_string(struct json_out *out, const char *s)
{
	if (room(out) < 2 + ELLIPSIS_LEN) {
		out->full = true;
		return;
	}
	const size_t fits = room(out) - 2 - ELLIPSIS_LEN;
	const bool is_roomy = fits >= out->text_max;
	*out->at++ = '"';
	const char *stop = out->at + (is_roomy ? out->text_max : fits);
	if (!append_characters(out, s, stop)) {
		out->full |= !is_roomy;
		memcpy(out->at, ELLIPSIS, ELLIPSIS_LEN);
		out->at += ELLIPSIS_LEN;
	}
	*out->at++ = '"';
}

/* ---- values of any size ------------------------------------------ */

static int64_t item_of(enum field_type type, int64_t n)
{
	if (type == FIELD_FRAMES)
		return (int64_t)frame_number((uint64_t)n);
	return type == FIELD_DURATIONS ? n / 1000 : n;
}

/* Any struct that begins like struct numbers: see record/field.h. */
static void append_numbers(struct json_out *out, enum field_type type,
                           const char *at)
{
	uint32_t n;
	memcpy(&n, at, sizeof(n));
	at += offsetof(struct numbers, at);
	json_append_raw(out, "[", 1);
	for (uint32_t i = 0; i < n && i < out->list_max; i++) {
		if (i)
			json_append_raw(out, ",", 1);
		int64_t item;
		memcpy(&item, at + i * sizeof(item), sizeof(item));
		json_append_integer(out, item_of(type, item));
	}
	json_append_raw(out, "]", 1);
}

static void append_text(struct json_out *out, const char *at)
{
	const char *s;
	memcpy(&s, at, sizeof(s));
	json_append_string(out, s);
}

/* Any struct that begins like struct texts. */
static void append_texts(struct json_out *out, const char *at)
{
	uint32_t n;
	memcpy(&n, at, sizeof(n));
	at += offsetof(struct texts, at);
	json_append_raw(out, "[", 1);
	for (uint32_t i = 0; i < n && i < out->list_max; i++) {
		if (i)
			json_append_raw(out, ",", 1);
		append_text(out, at + i * sizeof(const char *));
	}
	json_append_raw(out, "]", 1);
}

void json_append_value(struct json_out *out, enum field_type type,
                       const char *at)
{
	if (type == FIELD_NUMBERS || type == FIELD_DURATIONS ||
	    type == FIELD_FRAMES)
		append_numbers(out, type, at);
	else if (type == FIELD_WORDS || type == FIELD_TEXTS ||
	         type == FIELD_SOURCES)
		append_texts(out, at);
	else
		append_text(out, at);
}
