#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buffer_init(struct buffer *b, const struct tcpclose_allocator *alloc)
{
	*b = (struct buffer){ .alloc = alloc };
}

void buffer_fini(struct buffer *b)
{
	alloc_free(b->alloc, b->bytes);
	*b = (struct buffer){ .alloc = b->alloc };
}

void buffer_clear(struct buffer *b)
{
	b->len = 0;
	b->failed = false;
}

/* Make room for n more bytes; false if there is no memory for them. */
static bool reserve(struct buffer *b, size_t n)
{
	if (n <= b->room - b->len)
		return true;
	if (b->failed || n > SIZE_MAX / 4 || b->room > SIZE_MAX / 4)
		return false;

	size_t room = b->room ? b->room * 2 : 256;
	while (room - b->len < n)
		room *= 2;
	char *bytes = alloc_resize(b->alloc, b->bytes, room, 1);
	if (!bytes) {
		b->failed = true;
		return false;
	}
	b->bytes = bytes;
	b->room = room;
	return true;
}

char *buffer_room(struct buffer *b, size_t n)
{
	return reserve(b, n) ? b->bytes + b->len : NULL;
}

void buffer_put(struct buffer *b, const void *bytes, size_t n)
{
	if (n == 0 || !reserve(b, n))
		return;
	memcpy(b->bytes + b->len, bytes, n);
	b->len += n;
}

void buffer_text(struct buffer *b, const char *s)
{
	buffer_put(b, s, strlen(s));
}

void buffer_char(struct buffer *b, char c)
{
	buffer_put(b, &c, 1);
}

void buffer_uint_padded(struct buffer *b, uint64_t n, unsigned width)
{
	char digits[24];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	while (sizeof(digits) - at < width && at > 0)
		digits[--at] = '0';
	buffer_put(b, digits + at, sizeof(digits) - at);
}

void buffer_uint(struct buffer *b, uint64_t n)
{
	buffer_uint_padded(b, n, 1);
}

void buffer_int(struct buffer *b, int64_t n)
{
	if (n < 0)
		buffer_char(b, '-');
	buffer_uint(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void buffer_format(struct buffer *b, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	const int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0 && reserve(b, (size_t)n + 1)) {
		vsnprintf(b->bytes + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
}
