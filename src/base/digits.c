#include "base/digits.h"

/* clang-format off */
#define ONES(hundreds_tens) \
	{ hundreds_tens "0" }, { hundreds_tens "1" }, { hundreds_tens "2" }, \
	{ hundreds_tens "3" }, { hundreds_tens "4" }, { hundreds_tens "5" }, \
	{ hundreds_tens "6" }, { hundreds_tens "7" }, { hundreds_tens "8" }, \
	{ hundreds_tens "9" }
#define TENS(hundreds) \
	ONES(hundreds "0"), ONES(hundreds "1"), ONES(hundreds "2"), \
	ONES(hundreds "3"), ONES(hundreds "4"), ONES(hundreds "5"), \
	ONES(hundreds "6"), ONES(hundreds "7"), ONES(hundreds "8"), \
	ONES(hundreds "9")

const char digits_table[1000][4] = {
	TENS("0"), TENS("1"), TENS("2"), TENS("3"), TENS("4"),
	TENS("5"), TENS("6"), TENS("7"), TENS("8"), TENS("9"),
};
/* clang-format on */

char *digits_put(char *at, uint64_t n)
{
	if (n < DIGITS6)
		return digits_put_up_to_6(at, (uint32_t)n);
	if (n < DIGITS12)
		return digits_put_7_to_12(at, n);
	at = digits_put(at, n / DIGITS12);
	at = digits_put6(at, (uint32_t)(n % DIGITS12 / DIGITS6));
	return digits_put6(at, (uint32_t)(n % DIGITS6));
}
