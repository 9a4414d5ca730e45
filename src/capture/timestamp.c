/* Time stamps of any resolution, as nanoseconds. */
#include "capture/timestamp.h"

#define NS_DIGITS     9
#define NS_PER_SECOND INT64_C(1000000000)

static uint64_t power_of_ten(unsigned exponent)
{
	uint64_t power = 1;
	while (exponent-- > 0)
		if (__builtin_mul_overflow(power, 10, &power))
			return 0;
	return power;
}

struct time_units time_units_of(uint8_t tsresol)
{
	struct time_units units = { .multiply = 1, .divide = 1 };
	const uint8_t exponent = tsresol & 0x7f;
	if (tsresol & 0x80) {
		units.binary = true;
		units.shift = exponent;
	} else if (exponent < NS_DIGITS) {
		units.multiply = power_of_ten(NS_DIGITS - exponent);
	} else {
		units.divide = power_of_ten(exponent - NS_DIGITS);
	}
	return units;
}

static int64_t clamp(uint64_t ns)
{
	return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

static int64_t seconds_to_ns(int64_t seconds)
{
	int64_t ns;
	if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns))
		return seconds < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;
	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

/* Nanoseconds have 30 bits: with a fraction of 34 the product fits into 64,
 * and what is cut off is less than 0.1 ns. */
static int64_t from_binary(uint64_t count, unsigned shift)
{
	uint64_t seconds = shift < 64 ? count >> shift : 0;
	uint64_t fraction = shift < 64 ? count - (seconds << shift) : count;
	if (shift > 34) {
		const unsigned surplus = shift - 34;
		fraction = surplus < 64 ? fraction >> surplus : 0;
		shift = 34;
	}
	if (seconds > INT64_MAX)
		seconds = INT64_MAX;
	const uint64_t ns = fraction * (uint64_t)NS_PER_SECOND >> shift;
	return add(seconds_to_ns((int64_t)seconds), (int64_t)ns);
}

static int64_t from_decimal(const struct time_units *units, uint64_t count)
{
	uint64_t ns;
	if (units->divide != 1)
		return units->divide ? clamp(count / units->divide) : 0;
	if (__builtin_mul_overflow(count, units->multiply, &ns))
		return INT64_MAX;
	return clamp(ns);
}

int64_t time_from_units(const struct time_units *units, uint64_t count)
{
	const int64_t ns = units->binary ? from_binary(count, units->shift)
	                                 : from_decimal(units, count);
	return units->offset ? add(ns, seconds_to_ns(units->offset)) : ns;
}
