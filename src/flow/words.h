/*
 * Interface for words of 32 bits of which few differ from those of a model.
 * They come in blocks: 128 bits say which words of a block differ, and those
 * follow.
 *
 *	sets   0110...   words   c0ffee07 0000002a ...
 */
#ifndef TCPCLOSE_FLOW_WORDS_H
#define TCPCLOSE_FLOW_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define WORDS_BLOCK 128

/* Bytes that n blocks may take. */
#define WORDS_BYTES(n) ((n) * (WORDS_BLOCK / 8 + WORDS_BLOCK * 4))

/* Put one block; returns where it ends. */
uint8_t *words_put(const uint32_t *word, const uint32_t *model, uint8_t *out);

/* Get a block that was put: `word` holds the model's words, and those that
 * differ are set. Returns where it ends. */
const uint8_t *words_get(const uint8_t *in, uint32_t *word);

#endif
