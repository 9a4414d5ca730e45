/*
 * Interface for a life in few bytes. Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_PACK_H
#define TCPCLOSE_FLOW_PACK_H

#include "flow/flow.h"
#include "flow/words.h"

#define PACK_NOTES_MAX 8192  /* larger ones are not packed */
#define PACK_MAX       12288 /* bytes that pack_life() may write */

/*
 * What lives of one shape have in common: words that were the same in the
 * first two of them, after differences were taken.
 */
#define PACK_MODELS      8
#define PACK_MODEL_WORDS (3 * WORDS_BLOCK)
struct pack_model {
	uint32_t shape;
	uint32_t n_seen; /* 0, 1 or 2: then it is used, and stays */
	uint32_t word[PACK_MODEL_WORDS];
};

struct pack_models {
	struct pack_model of[PACK_MODELS];
};

/* Of notes that may be packed. */
bool pack_fits(const struct life *l);

/*
 * Write a life, all but its flow and stream, into at most PACK_MAX bytes;
 * returns how many.
 *
 * near     a time near its last segment; unpack_life() must get the same
 */
size_t pack_life(struct pack_models *models, const struct life *l, int64_t now,
                 int64_t near, uint8_t *out);

/*
 * Read it again; the parts that it needs come from the pool.
 *
 * Returns  false if there is no memory: then nothing was taken
 */
bool unpack_life(const struct pack_models *models, const uint8_t *packed,
                 int64_t near, struct life *l, struct pool *pool);

#endif
