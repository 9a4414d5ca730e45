/*
 * Digits of numbers, three at a time, from a table: half the instructions of
 * the best arithmetic. No branch depends on how many there are, but for one
 * digit and for more than six: lengths that vary from field to field are what
 * a branch predictor fails at.
 */
#ifndef TCPCLOSE_BASE_DIGITS_H
#define TCPCLOSE_BASE_DIGITS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define DIGITS6  UINT32_C(1000000) /* the first number with seven of them */
#define DIGITS12 (UINT64_C(1000000) * DIGITS6)

/* Writes may reach this far, whatever they return. */
#define DIGITS_MAX 20

extern const char digits_table[1000][4]; /* "000" to "999" */

/* The three digits of n < 1000 as text, the first in the lowest byte. */
static inline uint32_t digits3_of(uint32_t n)
{
	uint32_t text_le;
	memcpy(&text_le, digits_table[n], sizeof(text_le));
	return le32toh(text_le);
}

/* The six digits of n < DIGITS6. */
static inline uint64_t digits6_of(uint32_t n)
{
	return digits3_of(n / 1000) | (uint64_t)digits3_of(n % 1000) << 24;
}

/* Six digits of n < DIGITS6, zeros in front. Returns their end. */
static inline char *digits_put6(char *at, uint32_t n)
{
	const uint64_t text = digits6_of(n);
	const uint32_t first_le = htole32((uint32_t)text);
	const uint16_t last_le = htole16((uint16_t)(text >> 32));
	memcpy(at, &first_le, sizeof(first_le));
	memcpy(at + 4, &last_le, sizeof(last_le));
	return at + 6;
}

/* Three of n < 1000, and a 0 byte behind them. */
static inline char *digits_put3(char *at, uint32_t n)
{
	memcpy(at, digits_table[n], sizeof(digits_table[n]));
	return at + 3;
}

/* n < DIGITS6 without zeros in front, where there is room for eight. Returns
 * its end. */
static inline char *digits_put_up_to_6(char *at, uint32_t n)
{
	if (n < 10) { /* most counters are */
		*at = (char)('0' + n);
		return at + 1;
	}
	const uint64_t text = digits6_of(n);
	const uint64_t unlike_zero = text ^ UINT64_C(0x303030303030);
	const unsigned zeros = (unsigned)__builtin_ctzll(unlike_zero) / 8;
	const uint64_t text_le = htole64(text >> 8 * zeros);
	memcpy(at, &text_le, sizeof(text_le));
	return at + 6 - zeros;
}

/* DIGITS6 <= n < DIGITS12 */
static inline char *digits_put_7_to_12(char *at, uint64_t n)
{
	at = digits_put_up_to_6(at, (uint32_t)(n / DIGITS6));
	return digits_put6(at, (uint32_t)(n % DIGITS6));
}

/* Any n, where there is room for DIGITS_MAX. */
char *digits_put(char *at, uint64_t n);

/* Eight hexadecimal digits as text, the first in the lowest byte. Nibbles are
 * spread to a byte each; those beyond 9 carry into bit 4 when 6 is added. */
static inline uint64_t digits8_hex(uint32_t n)
{
	uint64_t x = n;
	x = (x << 32 | x >> 16) & UINT64_C(0x0000ffff0000ffff);
	x = (x << 16 | x >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x << 8 | x >> 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	const uint64_t beyond_9 = (x + UINT64_C(0x0606060606060606)) >> 4 &
	                          UINT64_C(0x0101010101010101);
	return x + UINT64_C(0x3030303030303030) + beyond_9 * ('a' - '0' - 10);
}

static inline char *digits_put_hex8(char *at, uint32_t n)
{
	const uint64_t text_le = htole64(digits8_hex(n));
	memcpy(at, &text_le, sizeof(text_le));
	return at + 8;
}

/* Without zeros in front, where there is room for all eight. */
static inline char *digits_put_hex(char *at, uint32_t n)
{
	const unsigned zeros = (unsigned)__builtin_clz(n | 1) / 4;
	const uint64_t text_le = htole64(digits8_hex(n) >> 8 * zeros);
	memcpy(at, &text_le, sizeof(text_le));
	return at + 8 - zeros;
}

#endif
