/*
 * Interface for times as text.
 */
#ifndef TCPCLOSE_RECORD_TIME_H
#define TCPCLOSE_RECORD_TIME_H

#include <stdint.h>
#include <string.h>

#define TIME_TEXT_LEN  30 /* 2026-01-31T23:59:59.123456789Z */
#define TIME_TEXT_ROOM 32 /* what may be written by who copies in blocks */
#define NS_PER_SECOND  INT64_C(1000000000)

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

#define TIME_MEMO 8

/* The start of a text, to the point, that was written before. */
struct time_second {
	uint64_t after; /* this second and 1; 0: none yet */
	char text[20];
};

/* A whole text that was written before. */
struct time_whole {
	uint64_t after; /* this time and 1; 0: none yet */
	char text[TIME_TEXT_ROOM];
};

/*
 * The last times that were written: most times of a capture fall into a few
 * seconds, and a record has the same time in several places. Begin with zeros.
 */
struct time_memo {
	struct time_second place[TIME_MEMO];
	struct time_whole whole[TIME_MEMO];
};

/* What time_text_memo() does with a time that it does not know. */
void time_remember(struct time_memo *memo, uint64_t ns,
                   struct time_whole *known, char text[static TIME_TEXT_LEN]);

/* As time_text(), in a fifth of the time if the second was written before, in
 * a tenth if the time was. Writes up to TIME_TEXT_ROOM bytes. */
static inline void time_text_memo(struct time_memo *memo, int64_t ns,
                                  char text[static TIME_TEXT_ROOM])
{
	const uint64_t clamped = ns < 0 ? 0 : (uint64_t)ns;
	/* The upper bits of the product depend on all of the time. */
	const uint64_t mixed = clamped * UINT64_C(0x9e3779b97f4a7c15);
	struct time_whole *known = &memo->whole[mixed >> 61];
	if (known->after == clamped + 1)
		memcpy(text, known->text, TIME_TEXT_ROOM);
	else
		time_remember(memo, clamped, known, text);
}

#endif
