/*
 * Digits of numbers, eight at a time. No branch depends on how many there
 * are: lengths that vary from field to field are what a branch predictor
 * fails at.
 */
#ifndef TCPCLOSE_BASE_DIGITS_H
#define TCPCLOSE_BASE_DIGITS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define DIGITS8 UINT32_C(100000000) /* the first number with nine of them */

/* Writes may reach this far, whatever they return. */
#define DIGITS_MAX 16

/*
 * The eight digits of n < DIGITS8, a byte each, the first in the lowest. Lanes
 * of a word are divided at once: by 10000, by 100 (for n < 10000, n / 100 is
 * n * 10486 >> 20), by 10 (for n < 100, n / 10 is n * 103 >> 10).
 */
static inline uint64_t digits8_of(uint32_t n)
{
	uint64_t lanes = n / 10000 | (uint64_t)(n % 10000) << 32;
	uint64_t above = lanes * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
	lanes = above | (lanes - above * 100) << 16;
	above = lanes * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	return above | (lanes - above * 10) << 8;
}

static inline void digits_store(char *at, uint64_t digits)
{
	const uint64_t text_le = htole64(digits | UINT64_C(0x3030303030303030));
	memcpy(at, &text_le, sizeof(text_le));
}

/* Eight digits of n < DIGITS8, zeros in front. Returns their end. */
static inline char *digits_put8(char *at, uint32_t n)
{
	digits_store(at, digits8_of(n));
	return at + 8;
}

/* n < DIGITS8 without zeros in front. */
static inline char *digits_put_up_to_8(char *at, uint32_t n)
{
	if (n < 10) { /* most counters are */
		*at = (char)('0' + n);
		return at + 1;
	}
	const uint64_t digits = digits8_of(n);
	const unsigned zeros = (unsigned)__builtin_ctzll(digits) / 8;
	digits_store(at, digits >> 8 * zeros);
	return at + 8 - zeros;
}

/* n < DIGITS8 * DIGITS8 without zeros in front, where there is room for
 * DIGITS_MAX. Returns its end. */
static inline char *digits_put(char *at, uint64_t n)
{
	if (n < DIGITS8)
		return digits_put_up_to_8(at, (uint32_t)n);
	at = digits_put_up_to_8(at, (uint32_t)(n / DIGITS8));
	return digits_put8(at, (uint32_t)(n % DIGITS8));
}

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
