#include "record/time.h"

#define SECONDS_PER_DAY 86400u

/*
 * The civil date of a day since 1970-01-01. Years are counted from March, so
 * that the leap day is the last of its year and month lengths follow a line:
 * five months have 153 days. 719468 days lie between 0000-03-01 and the epoch;
 * an era of 400 years has 146097 days.
 */
static void civil_from_days(uint32_t days, struct time_parts *t)
{
	const uint32_t shifted = days + 719468u;
	const uint32_t era = shifted / 146097u;
	const uint32_t of_era = shifted % 146097u;
	const uint32_t year =
		(of_era - of_era / 1460u + of_era / 36524u - of_era / 146096u) /
		365u;
	const uint32_t of_year = of_era - (365u * year + year / 4 - year / 100);
	const uint32_t month = (5 * of_year + 2) / 153; /* 0 is March */

	t->day = of_year - (153 * month + 2) / 5 + 1;
	t->month = month < 10 ? month + 3 : month - 9;
	t->year = era * 400 + year + (t->month <= 2);
}

struct time_parts time_parts(int64_t ns)
{
	const uint64_t clamped = ns < 0 ? 0 : (uint64_t)ns;
	const uint64_t seconds = clamped / (uint64_t)NS_PER_SECOND;
	const uint32_t of_day = (uint32_t)(seconds % SECONDS_PER_DAY);
	struct time_parts t = {
		.hour = of_day / 3600,
		.minute = of_day / 60 % 60,
		.second = of_day % 60,
		.ns = (unsigned)(clamped % (uint64_t)NS_PER_SECOND),
	};
	civil_from_days((uint32_t)(seconds / SECONDS_PER_DAY), &t);
	return t;
}

static void two_digits(char *at, unsigned n)
{
	at[0] = (char)('0' + n / 10);
	at[1] = (char)('0' + n % 10);
}

void time_text(int64_t ns, char text[static TIME_TEXT_LEN])
{
	const struct time_parts t = time_parts(ns);
	two_digits(text, t.year / 100);
	two_digits(text + 2, t.year % 100);
	text[4] = '-';
	two_digits(text + 5, t.month);
	text[7] = '-';
	two_digits(text + 8, t.day);
	text[10] = 'T';
	two_digits(text + 11, t.hour);
	text[13] = ':';
	two_digits(text + 14, t.minute);
	text[16] = ':';
	two_digits(text + 17, t.second);
	text[19] = '.';
	two_digits(text + 20, t.ns / 10000000);
	two_digits(text + 22, t.ns / 100000 % 100);
	two_digits(text + 24, t.ns / 1000 % 100);
	two_digits(text + 26, t.ns / 10 % 100);
	text[28] = (char)('0' + t.ns % 10);
	text[29] = 'Z';
}
