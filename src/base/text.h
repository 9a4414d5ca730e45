/*
 * Interface for sentences with numbers in them, put into a place of fixed
 * size. Each finding has several; by snprintf() they took a tenth of a run in
 * which every connection has one.
 */
#ifndef TCPCLOSE_BASE_TEXT_H
#define TCPCLOSE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether s, which may be NULL, is that word. Most are told by their first
 * letter, without a call. */
static inline bool text_is(const char *s, const char *word)
{
	return s && *s == *word && strcmp(s, word) == 0;
}

/*
 * As snprintf(), for %s, %d, %u, %lld, %llu and %% as they stand: no flags,
 * widths or precisions.
 *
 * Returns  the bytes that were put, without the 0 that ends them: fewer than
 *          size, which is at least 1
 */
size_t text_print(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A text that is put together: bytes may stand before limit, where at the
 * latest the 0 does. */
struct text {
	char *at; /* its 0 */
	char *limit;
};

/* Nothing so far, in a place of at least one byte. */
static inline struct text text_begin(char *out, size_t size)
{
	*out = '\0';
	return (struct text){ out, out + size - 1 };
}

/* As much of n bytes as there is room for. */
void text_add_bytes(struct text *t, const char *bytes, size_t n);

/* The same for a string. Inline, because the length of most is known when
 * compiling: a sentence of constant parts is put together in a quarter of the
 * time that text_print() takes to read its format. */
static inline void text_add(struct text *t, const char *s)
{
	const size_t n = strlen(s);
	if (n > (size_t)(t->limit - t->at)) {
		text_add_bytes(t, s, n);
		return;
	}
	memcpy(t->at, s, n + 1);
	t->at += n;
}

#endif
