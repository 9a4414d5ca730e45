/*
 * Interface for words of 64 bits most of whose bytes are zero: a bit each says
 * which are not; for each of those four bits say how long its halves are; and
 * their bytes follow.
 *
 *	sets   0110...   lengths   1,0  4,1  ...   bytes   2a  00c0ffee 07 ...
 */
#ifndef TCPCLOSE_FLOW_WORDS_H
#define TCPCLOSE_FLOW_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* So many may be put at once. */
#define WORDS_MOST 1536

/* words_get() may read so many bytes behind the last that was put. */
#define WORDS_OVER_READ 4

/* Bytes that n words may take. */
#define WORDS_BYTES(n) ((n)*8 + (n) / 2 + (n) / 8 + 16)

/* Put n words; returns how many bytes they took, at most WORDS_BYTES(n). */
size_t words_put(const uint64_t *word, size_t n, uint8_t *out);

/* Get the n words that were put. */
void words_get(const uint8_t *in, uint64_t *word, size_t n);

#endif
