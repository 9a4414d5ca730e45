/*
 * Interface for the bounded cursor, the only way to read packet bytes.
 *
 * A reader asks for bytes and gets them or NULL, never an overrun:
 *
 *      bytes taken      bytes left
 *   |---------------|---------------|
 *                   at              end        invariant: at <= end
 */
#ifndef TCPCLOSE_BASE_CURSOR_H
#define TCPCLOSE_BASE_CURSOR_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

static inline struct cursor cursor_of(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	return (struct cursor){ at, at + size };
}

static inline size_t cursor_left(const struct cursor *c)
{
	assert(c->at <= c->end);
	return (size_t)(c->end - c->at);
}

/* The next n bytes, and step over them; NULL (and no step) if fewer. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	if (cursor_left(c) < n)
		return NULL;
	const uint8_t *taken = c->at;
	c->at += n;
	return taken;
}

/* Leave at most n bytes, as a length field in a header demands. */
static inline void cursor_limit(struct cursor *c, size_t n)
{
	if (cursor_left(c) > n)
		c->end = c->at + n;
}

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

#endif
