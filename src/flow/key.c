#include "flow/key.h"

#define XXH_INLINE_ALL /* a hash of constant length is a few instructions */
#include <xxhash.h>

enum key_shape {
	SHAPE_IPV6 = 1 << 0,
	SHAPE_NESTED = 1 << 1, /* in a VLAN or a tunnel */
	SHAPE_VLANS = 1 << 2,  /* their number, times this */
};

static uint8_t shape_of(const struct flow_key *key)
{
	return (uint8_t)((key->ip_version == 6 ? SHAPE_IPV6 : 0) |
	                 (key->n_vlans || key->tunnel ? SHAPE_NESTED : 0) |
	                 key->n_vlans * SHAPE_VLANS);
}

static size_t address_size(uint8_t shape)
{
	return shape & SHAPE_IPV6 ? sizeof(struct ip_addr) : 4;
}

static size_t put(uint8_t *out, const void *bytes, size_t n)
{
	memcpy(out, bytes, n);
	return n;
}

static size_t get(const uint8_t *in, void *bytes, size_t n)
{
	memcpy(bytes, in, n);
	return n;
}

size_t key_packed_size(const struct flow_key *key)
{
	const uint8_t shape = shape_of(key);
	return 1 + sizeof(key->port) + 2 * address_size(shape) +
	       (shape & SHAPE_NESTED ? sizeof(key->vlan) + sizeof(key->tunnel)
	                             : 0);
}

size_t key_pack(const struct flow_key *key, uint8_t *out)
{
	const uint8_t shape = shape_of(key);
	const size_t n = address_size(shape);
	size_t at = put(out, &shape, 1);
	at += put(out + at, key->port, sizeof(key->port));
	at += put(out + at, &key->addr[0], n);
	at += put(out + at, &key->addr[1], n);
	if (shape & SHAPE_NESTED) {
		at += put(out + at, key->vlan, sizeof(key->vlan));
		at += put(out + at, &key->tunnel, sizeof(key->tunnel));
	}
	return at;
}

size_t key_unpack(const uint8_t *packed, struct flow_key *key)
{
	const uint8_t shape = packed[0];
	const size_t n = address_size(shape);
	size_t at = 1;
	memset(key, 0, sizeof(*key));
	key->ip_version = shape & SHAPE_IPV6 ? 6 : 4;
	key->n_vlans = shape / SHAPE_VLANS;
	at += get(packed + at, key->port, sizeof(key->port));
	at += get(packed + at, &key->addr[0], n);
	at += get(packed + at, &key->addr[1], n);
	if (shape & SHAPE_NESTED) {
		at += get(packed + at, key->vlan, sizeof(key->vlan));
		at += get(packed + at, &key->tunnel, sizeof(key->tunnel));
	}
	return at;
}

bool key_is(const uint8_t *packed, const struct flow_key *key)
{
	struct flow_key own;
	if (memcmp(packed + 1, key->port, sizeof(key->port)) != 0)
		return false; /* most others differ here */
	key_unpack(packed, &own);
	return key_equal(&own, key);
}

/* Whole words: what was written in parts could not be read from the store
 * buffer at once. */
uint64_t key_hash(const struct flow_key *key, uint64_t seed)
{
	uint32_t a, b;
	if (shape_of(key) != 0)
		return XXH3_64bits_withSeed(key, sizeof(*key), seed);
	memcpy(&a, &key->addr[0], sizeof(a));
	memcpy(&b, &key->addr[1], sizeof(b));
	const uint64_t plain[2] = {
		(uint64_t)b << 32 | a,
		(uint64_t)key->port[1] << 16 | key->port[0],
	};
	return XXH3_64bits_withSeed(plain, sizeof(plain), seed);
}
