/*
 * Interface for a life in few bytes. Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_PACK_H
#define TCPCLOSE_FLOW_PACK_H

#include "flow/flow.h"

#define PACK_NOTES_MAX 8192  /* larger ones are not packed */
#define PACK_MAX       12288 /* bytes that pack_life() may write */

/* Of notes that may be packed. */
bool pack_fits(const struct life *l);

/* Write a life, all but its flow and stream, into at most PACK_MAX bytes;
 * returns how many. */
size_t pack_life(const struct life *l, int64_t now, uint8_t *out);

/*
 * Read it again; the parts that it needs come from the pool.
 *
 * Returns  false if there is no memory: then nothing was taken
 */
bool unpack_life(const uint8_t *packed, struct life *l, struct pool *pool);

#endif
