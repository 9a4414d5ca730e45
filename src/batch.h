/*
 * Interface for packets that wait: decoded, in the order in which they came.
 * A segment is a value, so none borrows from its packet.
 */
#ifndef TCPCLOSE_BATCH_H
#define TCPCLOSE_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "decode/decode.h"
#include "flow/flow.h"

#define BATCH_MAX 32 /* their segments and places stay in the first cache */

struct batch_packet {
	int64_t ts;
	bool is_tcp; /* a segment was decoded */
};

struct batch {
	size_t n, n_segments;
	struct batch_packet packet[BATCH_MAX];
	/* Of the packets that are DECODE_TCP, one after the other. */
	struct segment seg[BATCH_MAX];
	struct flow_place place[BATCH_MAX];
};

/* Decode a packet into the batch, which is not full; returns the verdict. */
enum decode_verdict batch_add(struct batch *b,
                              const struct tcpclose_packet *pkt,
                              const struct decode_options *options);

/* The same with what is decoded already. */
void batch_add_segment(struct batch *b, const struct segment *seg);

#endif
