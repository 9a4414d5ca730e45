/*
 * Interface for keys of flows in few bytes, for what the table holds many of.
 * Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_KEY_H
#define TCPCLOSE_FLOW_KEY_H

#include <string.h>

#include "flow/flow.h"

/* One byte of shape, ports, addresses as long as they are, and VLANs and tunnel
 * where a packet is in any: 13 bytes as a rule. */
#define KEY_PACKED_MAX 45

/* The key of a segment's flow; returns which end of the flow sent it. */
unsigned key_of(const struct segment *seg, struct flow_key *key);

/* Write a key into at most KEY_PACKED_MAX bytes; returns how many. */
size_t key_pack(const struct flow_key *key, uint8_t *out);
size_t key_packed_size(const struct flow_key *key);

/* Read it again; returns its bytes. */
size_t key_unpack(const uint8_t *packed, struct flow_key *key);

bool key_is(const uint8_t *packed, const struct flow_key *key);

/* XXH3, keyed: nobody who sends packets can aim at one cell. Only what a key
 * holds is hashed: as a rule twelve bytes. */
uint64_t key_hash(const struct flow_key *key, uint64_t seed);

/* The same of the place of a segment, whose key and end are set. */
uint64_t key_hash_of(const struct segment *seg, const struct flow_place *place,
                     uint64_t seed);

static inline uint64_t key_word(const struct flow_key *key, size_t i)
{
	uint64_t word;
	memcpy(&word, (const char *)key + i * sizeof(word), sizeof(word));
	return word;
}

static_assert(sizeof(struct flow_key) == 6 * sizeof(uint64_t),
              "six words are compared");

/* Six words side by side; memcmp(3) would be a call. */
static inline bool key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return ((key_word(a, 0) ^ key_word(b, 0)) |
	        (key_word(a, 1) ^ key_word(b, 1)) |
	        (key_word(a, 2) ^ key_word(b, 2)) |
	        (key_word(a, 3) ^ key_word(b, 3)) |
	        (key_word(a, 4) ^ key_word(b, 4)) |
	        (key_word(a, 5) ^ key_word(b, 5))) == 0;
}

#endif
