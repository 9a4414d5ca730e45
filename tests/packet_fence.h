/*
 * Interface for feeding a packet to the decoder with its last captured byte
 * against an unreadable page: reading one byte too far crashes the test.
 */
#ifndef TESTS_PACKET_FENCE_H
#define TESTS_PACKET_FENCE_H

#include "packet_sample.h"

struct fence {
	uint8_t *map, *end; /* end is the first byte that cannot be read */
	size_t size;
};

void fence_init(struct fence *f);
void fence_fini(struct fence *f);

/* The first caplen bytes of a sample, as if they came from len on the wire;
 * valid until the next one. */
struct tcpclose_packet fence_packet(const struct fence *f,
                                    const struct sample *s, size_t caplen,
                                    size_t len);

/* The same, decoded; checksums are verified. */
enum decode_verdict fence_decode(const struct fence *f, const struct sample *s,
                                 size_t caplen, size_t len,
                                 struct segment *seg);

/*
 * A snap length hides, it does not lie: until the fixed TCP header is there
 * the verdict is "truncated", from then on nothing but the options changes.
 * The whole sample must be a TCP segment.
 */
void fence_expect_prefixes(const struct fence *f, const struct sample *s);

#endif
