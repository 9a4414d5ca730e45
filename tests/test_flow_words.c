/* Words in few bytes: what goes in comes out, and nothing is touched beside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "flow/words.h"
#include "packet_random.h"

#define MOST 300

static uint64_t draw(uint64_t *dice, unsigned zeros)
{
	const uint64_t n = (uint64_t)random_below(dice, UINT32_MAX) << 32 |
	                   random_below(dice, UINT32_MAX);
	if (random_below(dice, 10) < zeros)
		return 0;
	return random_below(dice, 3) ? n >> random_below(dice, 64) : n;
}

static void what_is_packed_comes_back(void **state)
{
	(void)state;
	uint64_t dice = 64;
	for (int round = 0; round < 3000; round++) {
		const size_t n = random_below(&dice, MOST + 1);
		uint64_t was[MOST + 1], is[MOST + 1];
		uint8_t bytes[WORDS_BYTES(MOST) + 8];
		for (size_t i = 0; i < n; i++)
			was[i] = draw(&dice, (unsigned)round % 11);
		memset(bytes, 0x5a, sizeof(bytes));
		is[n] = 12345;
		const size_t size = words_put(was, n, bytes);
		assert_true(size <= WORDS_BYTES(n));
		for (size_t i = size; i < sizeof(bytes); i++)
			assert_int_equal(bytes[i], 0x5a);
		words_get(bytes, is, n);
		assert_memory_equal(was, is, n * sizeof(was[0]));
		assert_int_equal(is[n], 12345);
	}
}

static void zeros_cost_a_bit(void **state)
{
	(void)state;
	uint64_t word[64] = { 0 };
	uint8_t bytes[WORDS_BYTES(64)];
	assert_int_equal(words_put(word, 64, bytes), 8);
	word[63] = 7;
	assert_int_equal(words_put(word, 64, bytes), 8 + 1 + 1);
	word[0] = UINT64_MAX;
	assert_int_equal(words_put(word, 64, bytes), 8 + 1 + 1 + 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_back),
		cmocka_unit_test(zeros_cost_a_bit),
	};
	return cmocka_run_group_tests_name("flow/words", tests, NULL, NULL);
}
