/*
 * Interface for an appending buffer: bytes go in at the end, numbers as
 * decimal text, without format strings. It grows through its allocator; if
 * memory runs out it stops taking bytes and remembers that it did.
 */
#ifndef TCPCLOSE_BASE_BUFFER_H
#define TCPCLOSE_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

struct buffer {
	const struct tcpclose_allocator *alloc;
	char *bytes; /* not terminated; NULL until something was put */
	size_t len;
	size_t room;
	bool failed; /* an allocation failed; len bytes are still good */
};

void buffer_init(struct buffer *b, const struct tcpclose_allocator *alloc);
void buffer_fini(struct buffer *b);

/* Forget the contents, keep the memory. */
void buffer_clear(struct buffer *b);

/*
 * Room for n bytes behind what is there, to be filled in place: whoever fills
 * some of it adds them to len. NULL without memory.
 */
char *buffer_room(struct buffer *b, size_t n);

void buffer_put(struct buffer *b, const void *bytes, size_t n);
void buffer_text(struct buffer *b, const char *s);
void buffer_char(struct buffer *b, char c);
void buffer_uint(struct buffer *b, uint64_t n);
void buffer_int(struct buffer *b, int64_t n);

/* Decimal with leading zeros to `width` digits. */
void buffer_uint_padded(struct buffer *b, uint64_t n, unsigned width);

/* For text that is written once a run, where speed does not matter. */
void buffer_format(struct buffer *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
