/*
 * Clearing what is cleared for each connection or packet. A memset() of a
 * length that is known when compiling, and is beyond some 80 bytes, becomes a
 * string instruction on x86 (gcc 12), which takes some 30 cycles to begin; so
 * many bytes are stored in less.
 */
#ifndef TCPCLOSE_BASE_CLEAR_H
#define TCPCLOSE_BASE_CLEAR_H

#include <stddef.h>
#include <string.h>

#define CLEAR_PIECE 64 /* bytes: so few are stored one by one */

/* n zero bytes at p, for a few hundred at most. */
static inline void clear_bytes(void *p, size_t n)
{
	unsigned char *at = p;
	for (; n >= CLEAR_PIECE; n -= CLEAR_PIECE, at += CLEAR_PIECE)
		memset(at, 0, CLEAR_PIECE);
	memset(at, 0, n);
}

#endif
