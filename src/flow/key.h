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

static inline bool key_has_ports(const uint8_t *packed,
                                 const struct flow_key *key)
{
	return memcmp(packed + 1, key->port, sizeof(key->port)) == 0;
}

bool key_is(const uint8_t *packed, const struct flow_key *key);

/* XXH3, keyed: nobody who sends packets can aim at one bucket. Only what a key
 * holds is hashed: as a rule twelve bytes. */
uint64_t key_hash(const struct flow_key *key, uint64_t seed);

/* The same of the place of a segment, whose key and end are set. */
uint64_t key_hash_of(const struct segment *seg, const struct flow_place *place,
                     uint64_t seed);

static inline bool key_equal(const struct flow_key *a, const struct flow_key *b)
{
	uint64_t x[sizeof(*a) / 8], y[sizeof(*b) / 8], differ = 0;
	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	for (size_t i = 0; i < sizeof(x) / sizeof(x[0]); i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}

#endif
