#include "record/time.h"

#include <string.h>

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

static void second_text(const struct time_parts *t, char *text)
{
	char month[8], day[4], clock[8];
	digits_put6(month, t->year * 100 + t->month);
	digits_put3(day, t->day);
	digits_put6(clock, (t->hour * 100 + t->minute) * 100 + t->second);
	memcpy(text, "0000-00-00T00:00:00.", TIME_SECOND_LEN);
	memcpy(text, month, 4);
	memcpy(text + 5, month + 4, 2);
	memcpy(text + 8, day + 1, 2);
	memcpy(text + 11, clock, 2);
	memcpy(text + 14, clock + 2, 2);
	memcpy(text + 17, clock + 4, 2);
}

void time_text(int64_t ns, char text[static TIME_TEXT_LEN])
{
	const struct time_parts t = time_parts(ns);
	second_text(&t, text);
	time_put_fraction(t.ns, text + TIME_SECOND_LEN);
}

void time_text_remember(struct time_memo *memo, int64_t ns,
                        char text[static TIME_TEXT_LEN])
{
	const uint64_t clamped = ns < 0 ? 0 : (uint64_t)ns;
	const uint64_t second = clamped / (uint64_t)NS_PER_SECOND;
	struct time_second *known = &memo->place[second % TIME_MEMO];
	time_text(ns, text);
	memcpy(known->text, text, TIME_SECOND_LEN);
	known->after = second + 1;
}
