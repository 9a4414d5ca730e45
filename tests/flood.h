/*
 * Traffic without end for tests: honest connections, and between their
 * segments whatever fills an analyzer's tables.
 */
#ifndef TCPCLOSE_TESTS_FLOOD_H
#define TCPCLOSE_TESTS_FLOOD_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer.h"

enum flood_kind {
	FLOOD_SYNS,        /* SYNs that nobody answers */
	FLOOD_HALF_CLOSES, /* connections that stop after the first FIN */
	FLOOD_HOLES,       /* data full of holes, and a FIN beyond them */
	FLOOD_LIVES,       /* few four-tuples, reset and opened again */
	N_FLOOD_KINDS
};

struct flood {
	enum flood_kind kind;
	uint32_t n_floods; /* connections of the flood */
	uint32_t n_honest; /* connections that close with two FINs */
};

/* Show it all to an analyzer. Returns the first status that is none of
 * TCPCLOSE_OK. The honest ones are between 10.0.0.0/8 and port 443. */
int flood_send(struct analyzer *a, const struct flood *flood);

#endif
