/*
 * Interface for times as text.
 */
#ifndef TCPCLOSE_RECORD_TIME_H
#define TCPCLOSE_RECORD_TIME_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/digits.h"

#define TIME_TEXT_LEN 30 /* 2026-01-31T23:59:59.123456789Z */
#define NS_PER_SECOND INT64_C(1000000000)

/* A day and the time in it, UTC, in the Gregorian calendar. */
struct time_parts {
	unsigned year, month, day; /* month and day from 1 */
	unsigned hour, minute, second, ns;
};

/*
 * Take apart nanoseconds since 1970-01-01 UTC. The range ends in 2262, with
 * int64_t; a time before 1970 is taken as 1970.
 */
struct time_parts time_parts(int64_t ns);

/* RFC 3339, always nine digits and `Z`. Writes TIME_TEXT_LEN bytes, no 0. */
void time_text(int64_t ns, char text[static TIME_TEXT_LEN]);

#define TIME_MEMO       8
#define TIME_SECOND_LEN 20 /* 2026-01-31T23:59:59. */

/* The start of a text, to the point, that was written before. */
struct time_second {
	uint64_t after; /* this second and 1; 0: none yet */
	char text[TIME_SECOND_LEN];
};

/*
 * The last seconds that were written: most times of a capture fall into few.
 * Begin with zeros. (Whole times as well gained nothing: every second one is
 * new, and to look for it takes half as long as to write it.)
 */
struct time_memo {
	struct time_second place[TIME_MEMO];
};

/* Nine digits and `Z`. */
static inline void time_put_fraction(uint32_t ns, char text[static 10])
{
	text = digits_put6(text, ns / 1000);
	text = digits_put3(text, ns % 1000);
	*text = 'Z';
}

/* As time_text(), in a fifth of the time, if its second was written before;
 * false if it was not, or the time is before 1970. */
static inline bool time_text_known(const struct time_memo *memo, int64_t ns,
                                   char text[static TIME_TEXT_LEN])
{
	const uint64_t second = (uint64_t)ns / (uint64_t)NS_PER_SECOND;
	const struct time_second *known = &memo->place[second % TIME_MEMO];
	if (ns < 0 || known->after != second + 1)
		return false;
	memcpy(text, known->text, TIME_SECOND_LEN);
	time_put_fraction(
		(uint32_t)((uint64_t)ns - second * (uint64_t)NS_PER_SECOND),
		text + TIME_SECOND_LEN);
	return true;
}

/* As time_text(), and the second is known from then on. */
void time_text_remember(struct time_memo *memo, int64_t ns,
                        char text[static TIME_TEXT_LEN]);

#endif
