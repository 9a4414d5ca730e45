#include "flow/key.h"

#define XXH_INLINE_ALL /* a hash of constant length is a few instructions */
#include <xxhash.h>

#include "base/cursor.h"

static uint64_t half_of(const struct ip_addr *addr, size_t at)
{
	return (uint64_t)be32(addr->byte + at) << 32 |
	       be32(addr->byte + at + 4);
}

/* Which of the two is end 1: the one with the greater bytes. In two halves, for
 * memcmp(3) would be a call for each packet. */
static unsigned order_of(const struct four_tuple *t)
{
	const uint64_t src = half_of(&t->src, 0), dst = half_of(&t->dst, 0);
	if (src != dst)
		return src > dst;
	const uint64_t src_low = half_of(&t->src, 8);
	const uint64_t dst_low = half_of(&t->dst, 8);
	return src_low != dst_low ? src_low > dst_low : t->sport > t->dport;
}

unsigned key_of(const struct segment *seg, struct flow_key *key)
{
	const struct four_tuple *t = &seg->tuple;
	const unsigned from = order_of(t);
	key->addr[from] = t->src;
	key->addr[!from] = t->dst;
	key->port[from] = t->sport;
	key->port[!from] = t->dport;
	memcpy(key->vlan, t->vlan, sizeof(key->vlan));
	key->n_vlans = t->n_vlans;
	key->ip_version = t->ip_version;
	key->reserved = 0;
	key->tunnel = t->tunnel;
	return from;
}

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

/* Where a key without any of enum key_shape has what it has. */
enum { AT_PORTS = 1, AT_LOW = 5, AT_HIGH = 9, PLAIN_SIZE = 13 };

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

/* Of constant lengths: a copy of any other is a call. */
static size_t pack_plain(const struct flow_key *key, uint8_t *out)
{
	out[0] = 0;
	memcpy(out + AT_PORTS, key->port, sizeof(key->port));
	memcpy(out + AT_LOW, &key->addr[0], 4);
	memcpy(out + AT_HIGH, &key->addr[1], 4);
	return PLAIN_SIZE;
}

size_t key_pack(const struct flow_key *key, uint8_t *out)
{
	const uint8_t shape = shape_of(key);
	if (shape == 0)
		return pack_plain(key, out);
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

static void unpack_plain(const uint8_t *packed, struct flow_key *key)
{
	key->ip_version = 4;
	memcpy(key->port, packed + AT_PORTS, sizeof(key->port));
	memcpy(&key->addr[0], packed + AT_LOW, 4);
	memcpy(&key->addr[1], packed + AT_HIGH, 4);
}

size_t key_unpack(const uint8_t *packed, struct flow_key *key)
{
	const uint8_t shape = packed[0];
	const size_t n = address_size(shape);
	size_t at = 1;
	memset(key, 0, sizeof(*key));
	if (shape == 0) {
		unpack_plain(packed, key);
		return PLAIN_SIZE;
	}
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
	key_unpack(packed, &own);
	return key_equal(&own, key);
}

/* Twelve bytes as two words. */
static uint64_t hash_plain(const void *low, const void *high, uint16_t low_port,
                           uint16_t high_port, uint64_t seed)
{
	uint32_t a, b;
	memcpy(&a, low, sizeof(a));
	memcpy(&b, high, sizeof(b));
	const uint64_t plain[2] = { (uint64_t)b << 32 | a,
		                    (uint64_t)high_port << 16 | low_port };
	return XXH3_64bits_withSeed(plain, sizeof(plain), seed);
}

uint64_t key_hash(const struct flow_key *key, uint64_t seed)
{
	if (shape_of(key) != 0)
		return XXH3_64bits_withSeed(key, sizeof(*key), seed);
	return hash_plain(&key->addr[0], &key->addr[1], key->port[0],
	                  key->port[1], seed);
}

/* A key just written would have to be read from the store buffer: the segment
 * has lain there for longer. */
uint64_t key_hash_of(const struct segment *seg, const struct flow_place *place,
                     uint64_t seed)
{
	const struct four_tuple *t = &seg->tuple;
	if (t->ip_version != 4 || t->n_vlans || t->tunnel)
		return key_hash(&place->key, seed);
	return place->from
	               ? hash_plain(&t->dst, &t->src, t->dport, t->sport, seed)
	               : hash_plain(&t->src, &t->dst, t->sport, t->dport, seed);
}
