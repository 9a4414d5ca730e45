#include "record/ids.h"

#include <endian.h>
#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

#define PROTOCOL_TCP 6

/*
 * What is hashed: two bytes of seed, the smaller address, the larger one, the
 * protocol, a zero, their ports. With its padding (RFC 3174 section 4: a 1, its
 * length in bits at the end) it is one block, and one call of the compression
 * function; to collect it first and to pad it then takes half as long again.
 */
struct ends {
	const struct ip_addr *low, *high;
	uint16_t low_port_be, high_port_be;
};

static struct ends ends_of(const struct four_tuple *t)
{
	const bool ordered = tuple_is_ordered(t);
	return (struct ends){
		.low = ordered ? &t->src : &t->dst,
		.high = ordered ? &t->dst : &t->src,
		.low_port_be = htobe16(ordered ? t->sport : t->dport),
		.high_port_be = htobe16(ordered ? t->dport : t->sport),
	};
}

/* Of two registers: what SHA-1 loads at once should be stored at once, or it
 * waits for all stores in front of it. */
typedef uint64_t uint64x2 __attribute__((vector_size(16)));

#define IPV4_KEY 16 /* bytes */

static void ipv4_block(const struct ends *e,
                       uint8_t block[static SHA1_BLOCK_SIZE])
{
	static const uint8_t padding[SHA1_BLOCK_SIZE - IPV4_KEY] = {
		[0] = 0x80,
		[sizeof(padding) - 1] = IPV4_KEY * 8,
	};
	uint32_t low, high;
	memcpy(&low, e->low->byte, sizeof(low));
	memcpy(&high, e->high->byte, sizeof(high));
	const uint64_t low_le = le32toh(low), high_le = le32toh(high);
	const uint64_t ports_le = (uint64_t)le16toh(e->low_port_be) |
	                          (uint64_t)le16toh(e->high_port_be) << 16;
	const uint64x2 key = {
		htole64(low_le << 16 | high_le << 48),
		htole64(high_le >> 16 | PROTOCOL_TCP << 16 | ports_le << 32),
	};
	memcpy(block, &key, IPV4_KEY);
	memcpy(block + IPV4_KEY, padding, sizeof(padding));
}

#define IPV6_KEY 40

static void ipv6_block(const struct ends *e,
                       uint8_t block[static SHA1_BLOCK_SIZE])
{
	memset(block, 0, SHA1_BLOCK_SIZE);
	memcpy(block + 2, e->low->byte, 16);
	memcpy(block + 18, e->high->byte, 16);
	block[34] = PROTOCOL_TCP;
	memcpy(block + 36, &e->low_port_be, 2);
	memcpy(block + 38, &e->high_port_be, 2);
	block[IPV6_KEY] = 0x80;
	block[SHA1_BLOCK_SIZE - 2] = IPV6_KEY * 8 >> 8;
	block[SHA1_BLOCK_SIZE - 1] = IPV6_KEY * 8 & 0xff;
}

#define DIGEST_WORDS (SHA1_DIGEST_SIZE / sizeof(uint32_t))

void community_id(const struct four_tuple *tuple,
                  char text[static COMMUNITY_ID_MAX])
{
	const struct ends ends = ends_of(tuple);
	uint8_t block[SHA1_BLOCK_SIZE];
	if (tuple->ip_version == 4)
		ipv4_block(&ends, block);
	else
		ipv6_block(&ends, block);

	struct sha1_ctx sha1;
	uint32_t digest_be[DIGEST_WORDS];
	sha1_init(&sha1);
	nettle_sha1_compress(sha1.state, block);
	for (size_t i = 0; i < DIGEST_WORDS; i++)
		digest_be[i] = htobe32(sha1.state[i]);

	memcpy(text, "1:", 2);
	base64_encode_raw(text + 2, SHA1_DIGEST_SIZE,
	                  (const uint8_t *)digest_be);
	text[2 + BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE)] = '\0';
}
