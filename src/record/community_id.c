#include "record/ids.h"

#include <endian.h>
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

/*
 * Two characters of base64 (RFC 4648 section 4) for each twelve bits: a third
 * of the instructions of nettle's encoder, which takes three bytes and works
 * for any length; that was every fortieth instruction of a flood.
 */
/* clang-format off */
#define PAIRS(c) \
	c "A" c "B" c "C" c "D" c "E" c "F" c "G" c "H" \
	c "I" c "J" c "K" c "L" c "M" c "N" c "O" c "P" \
	c "Q" c "R" c "S" c "T" c "U" c "V" c "W" c "X" \
	c "Y" c "Z" c "a" c "b" c "c" c "d" c "e" c "f" \
	c "g" c "h" c "i" c "j" c "k" c "l" c "m" c "n" \
	c "o" c "p" c "q" c "r" c "s" c "t" c "u" c "v" \
	c "w" c "x" c "y" c "z" c "0" c "1" c "2" c "3" \
	c "4" c "5" c "6" c "7" c "8" c "9" c "+" c "/"

static const char base64_pairs[64][128] = {
	PAIRS("A"), PAIRS("B"), PAIRS("C"), PAIRS("D"),
	PAIRS("E"), PAIRS("F"), PAIRS("G"), PAIRS("H"),
	PAIRS("I"), PAIRS("J"), PAIRS("K"), PAIRS("L"),
	PAIRS("M"), PAIRS("N"), PAIRS("O"), PAIRS("P"),
	PAIRS("Q"), PAIRS("R"), PAIRS("S"), PAIRS("T"),
	PAIRS("U"), PAIRS("V"), PAIRS("W"), PAIRS("X"),
	PAIRS("Y"), PAIRS("Z"), PAIRS("a"), PAIRS("b"),
	PAIRS("c"), PAIRS("d"), PAIRS("e"), PAIRS("f"),
	PAIRS("g"), PAIRS("h"), PAIRS("i"), PAIRS("j"),
	PAIRS("k"), PAIRS("l"), PAIRS("m"), PAIRS("n"),
	PAIRS("o"), PAIRS("p"), PAIRS("q"), PAIRS("r"),
	PAIRS("s"), PAIRS("t"), PAIRS("u"), PAIRS("v"),
	PAIRS("w"), PAIRS("x"), PAIRS("y"), PAIRS("z"),
	PAIRS("0"), PAIRS("1"), PAIRS("2"), PAIRS("3"),
	PAIRS("4"), PAIRS("5"), PAIRS("6"), PAIRS("7"),
	PAIRS("8"), PAIRS("9"), PAIRS("+"), PAIRS("/"),
};
/* clang-format on */

static char *put_pair(char *at, uint64_t bits)
{
	memcpy(at, &base64_pairs[bits >> 6 & 63][2 * (bits & 63)], 2);
	return at + 2;
}

static char *put_48_bits(char *at, uint64_t bits)
{
	at = put_pair(at, bits >> 36);
	at = put_pair(at, bits >> 24);
	at = put_pair(at, bits >> 12);
	return put_pair(at, bits);
}

/* 160 bits, of which the last four are filled up with zeros. */
static char *put_digest(char *at, const struct sha1_ctx *sha1)
{
	const uint64_t w0 = sha1->state[0], w1 = sha1->state[1];
	const uint64_t w2 = sha1->state[2], w3 = sha1->state[3];
	const uint64_t w4 = sha1->state[4];
	at = put_48_bits(at, w0 << 16 | w1 >> 16);
	at = put_48_bits(at, w1 << 32 | w2);
	at = put_48_bits(at, w3 << 16 | w4 >> 16);
	at = put_pair(at, w4 >> 4);
	*at++ = base64_pairs[w4 << 2 & 63][0];
	return at;
}

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
	sha1_init(&sha1);
	nettle_sha1_compress(sha1.state, block);
	memcpy(text, "1:", 2);
	memcpy(put_digest(text + 2, &sha1), "=", 2);
}
