/* Words most of whose bytes are zero, in few bytes. */
#include "flow/words.h"

#include <endian.h>
#include <string.h>

/* By the bits that a half has: which of the four lengths it gets. */
static const uint8_t codes[33] = {
	0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2,
	3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
};

/* Four lengths that a half can have, in bytes. */
static const uint8_t lengths[4] = { 0, 1, 2, 4 };
static const uint32_t masks[4] = { 0, 0xff, 0xffff, 0xffffffff };

static unsigned code_of(uint32_t half)
{
	return codes[half ? 32 - __builtin_clz(half) : 0];
}

/* Writes four bytes, of which the code says how many count. */
static uint8_t *put_half(uint8_t *out, uint32_t half, unsigned code)
{
	half = htole32(half);
	memcpy(out, &half, sizeof(half));
	return out + lengths[code];
}

/* Reads four. */
static const uint8_t *get_half(const uint8_t *in, uint32_t *half, unsigned code)
{
	memcpy(half, in, sizeof(*half));
	*half = le32toh(*half) & masks[code];
	return in + lengths[code];
}

/* Of up to 64 words, the set of those that are not zero. */
static uint64_t set_of(const uint64_t *word, size_t n)
{
	uint64_t set = 0;
	for (size_t i = 0; i < n; i++)
		set |= (uint64_t)(word[i] != 0) << i;
	return set;
}

static unsigned take_lowest(uint64_t *set)
{
	const unsigned lowest = (unsigned)__builtin_ctzll(*set);
	*set &= *set - 1;
	return lowest;
}

/* Sets of 64 words each first, then all lengths, then all bytes. */
size_t words_put(const uint64_t *word, size_t n, uint8_t *out)
{
	uint8_t code[WORDS_MOST + 1], bytes[WORDS_MOST * 8 + 4];
	uint8_t *at = bytes, *end = out;
	bytes[0] = 0; /* there may be none */
	size_t n_set = 0;
	for (size_t i = 0; i < n; i += 64) {
		const size_t most = n - i < 64 ? n - i : 64;
		uint64_t set = set_of(word + i, most);
		const uint64_t le = htole64(set);
		memcpy(end, &le, (most + 7) / 8);
		end += (most + 7) / 8;
		while (set) {
			const uint64_t w = word[i + take_lowest(&set)];
			const uint32_t low = (uint32_t)w;
			const uint32_t high = (uint32_t)(w >> 32);
			const unsigned a = code_of(low), b = code_of(high);
			code[n_set++] = (uint8_t)(a | b << 2);
			at = put_half(put_half(at, low, a), high, b);
		}
	}
	code[n_set] = 0;
	for (size_t i = 0; i < n_set; i += 2)
		*end++ = (uint8_t)(code[i] | code[i + 1] << 4);
	memcpy(end, bytes, (size_t)(at - bytes));
	return (size_t)(end - out) + (size_t)(at - bytes);
}

static size_t count_set(const uint8_t *in, size_t n)
{
	size_t n_set = 0;
	for (size_t i = 0; i < n; i++) {
		for (unsigned set = in[i]; set; set &= set - 1)
			n_set++;
	}
	return n_set;
}

void words_get(const uint8_t *in, uint64_t *word, size_t n)
{
	const uint8_t *length = in + (n + 7) / 8;
	const uint8_t *at = length + (count_set(in, (n + 7) / 8) + 1) / 2;
	size_t n_set = 0;
	memset(word, 0, n * sizeof(*word));
	for (size_t i = 0; i < n; i += 64) {
		const size_t most = n - i < 64 ? n - i : 64;
		uint64_t set = 0;
		memcpy(&set, in + i / 8, (most + 7) / 8);
		set = le64toh(set);
		while (set) {
			const unsigned both =
				(unsigned)length[n_set / 2] >> n_set % 2 * 4 &
				15;
			uint32_t low, high;
			at = get_half(at, &low, both & 3);
			at = get_half(at, &high, both >> 2);
			word[i + take_lowest(&set)] =
				(uint64_t)high << 32 | low;
			n_set++;
		}
	}
}
