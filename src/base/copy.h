/*
 * Copying what is copied for each connection. A copy of a length that is known
 * when compiling, and is beyond some 80 bytes, becomes a string instruction on
 * x86 (gcc 12), which takes some 30 cycles to begin, and reads what was just
 * stored word by word only when that has reached the cache; so many bytes are
 * loaded and stored in less.
 */
#ifndef TCPCLOSE_BASE_COPY_H
#define TCPCLOSE_BASE_COPY_H

#include <stddef.h>
#include <string.h>

#define COPY_PIECE 64 /* bytes: so few are moved in registers */

/* n bytes, a few hundred at most, to where they do not overlap. */
static inline void copy_bytes(void *to, const void *from, size_t n)
{
	unsigned char *out = to;
	const unsigned char *in = from;
	for (; n >= COPY_PIECE; n -= COPY_PIECE) {
		memcpy(out, in, COPY_PIECE);
		out += COPY_PIECE;
		in += COPY_PIECE;
	}
	memcpy(out, in, n);
}

#endif
