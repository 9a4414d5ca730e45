/* Words in few bytes: what goes in comes out, and nothing is touched beside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "flow/words.h"
#include "packet_random.h"

#define SET_BYTES (WORDS_BLOCK / 8)

static void draw_block(uint64_t *dice, uint32_t *word)
{
	for (int i = 0; i < WORDS_BLOCK; i++)
		word[i] = random_below(dice, UINT32_MAX);
}

/* Some tenths of the words differ. */
static unsigned change(uint64_t *dice, uint32_t *word, unsigned tenths)
{
	unsigned n = 0;
	for (int i = 0; i < WORDS_BLOCK; i++) {
		if (random_below(dice, 10) >= tenths)
			continue;
		word[i] ^= 1u << random_below(dice, 32);
		n++;
	}
	return n;
}

static void what_is_packed_comes_back(void **state)
{
	(void)state;
	uint64_t dice = 64;
	for (unsigned round = 0; round < 3000; round++) {
		uint32_t model[WORDS_BLOCK], was[WORDS_BLOCK];
		uint32_t is[WORDS_BLOCK + 1];
		uint8_t bytes[WORDS_BYTES(1) + 8];
		draw_block(&dice, model);
		memcpy(was, model, sizeof(was));
		const unsigned n = change(&dice, was, round % 11);
		memset(bytes, 0x5a, sizeof(bytes));
		const uint8_t *end = words_put(was, model, bytes);
		assert_int_equal(end - bytes, SET_BYTES + 4 * n);
		for (const uint8_t *at = end; at < bytes + sizeof(bytes); at++)
			assert_int_equal(*at, 0x5a);
		memcpy(is, model, sizeof(model));
		is[WORDS_BLOCK] = 12345;
		assert_ptr_equal(words_get(bytes, is), end);
		assert_memory_equal(was, is, sizeof(was));
		assert_int_equal(is[WORDS_BLOCK], 12345);
	}
}

/* One by one: none is taken for another. */
static void each_word_has_its_place(void **state)
{
	(void)state;
	const uint32_t zeros[WORDS_BLOCK] = { 0 };
	for (int i = 0; i < WORDS_BLOCK; i++) {
		uint32_t was[WORDS_BLOCK] = { 0 }, is[WORDS_BLOCK] = { 0 };
		uint8_t bytes[WORDS_BYTES(1)];
		was[i] = 7;
		assert_int_equal(words_put(was, zeros, bytes) - bytes,
		                 SET_BYTES + 4);
		words_get(bytes, is);
		assert_memory_equal(was, is, sizeof(was));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_back),
		cmocka_unit_test(each_word_has_its_place),
	};
	return cmocka_run_group_tests_name("flow/words", tests, NULL, NULL);
}
