/* Words few of which differ from a model, in few bytes. */
#include "flow/words.h"

#include <string.h>

/* Four words are compared at a time, in five instructions where there are
 * vectors, and there is a set for each of the four columns. The vector type is
 * the compiler's: any processor will do. */
#define COLUMNS 4

typedef uint32_t row __attribute__((vector_size(COLUMNS * sizeof(uint32_t))));

/* Comparing yields -1 where words are equal. */
static row add_row(row equal, const uint32_t *word, const uint32_t *model)
{
	row a, b;
	memcpy(&a, word, sizeof(a));
	memcpy(&b, model, sizeof(b));
	return equal + equal + (row)(a == b);
}

/* The first row is bit 0, so the last comes first. What adds up is the set of
 * the equal ones, negated. */
static row sets_of(const uint32_t *word, const uint32_t *model)
{
	row equal = { 0 };
	for (size_t i = WORDS_BLOCK; i > 0; i -= 4 * COLUMNS) {
		const uint32_t *w = word + i, *m = model + i;
		equal = add_row(equal, w - COLUMNS, m - COLUMNS);
		equal = add_row(equal, w - 2 * COLUMNS, m - 2 * COLUMNS);
		equal = add_row(equal, w - 3 * COLUMNS, m - 3 * COLUMNS);
		equal = add_row(equal, w - 4 * COLUMNS, m - 4 * COLUMNS);
	}
	return equal - 1;
}

/* The place in its block of the first that a set names, which leaves the set.
 */
static size_t take_one(uint32_t *set, size_t column)
{
	const size_t first = (size_t)__builtin_ctz(*set);
	*set &= *set - 1;
	return first * COLUMNS + column;
}

uint8_t *words_put(const uint32_t *word, const uint32_t *model, uint8_t *out)
{
	const row sets = sets_of(word, model);
	memcpy(out, &sets, sizeof(sets));
	out += sizeof(sets);
	for (size_t column = 0; column < COLUMNS; column++) {
		uint32_t set = sets[column];
		while (set) {
			memcpy(out, &word[take_one(&set, column)],
			       sizeof(*word));
			out += sizeof(*word);
		}
	}
	return out;
}

const uint8_t *words_get(const uint8_t *in, uint32_t *word)
{
	uint32_t sets[COLUMNS];
	memcpy(sets, in, sizeof(sets));
	in += sizeof(sets);
	for (size_t column = 0; column < COLUMNS; column++) {
		uint32_t set = sets[column];
		while (set) {
			memcpy(&word[take_one(&set, column)], in,
			       sizeof(*word));
			in += sizeof(*word);
		}
	}
	return in;
}
