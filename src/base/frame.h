/*
 * Interface for frames: which packet, of which file. One value, so that what
 * carries it, keeps it or compares it cannot lose its file: packets of the
 * same number in two files differ.
 *
 *	 63        48 47                                  0
 *	+------------+-------------------------------------+
 *	|   source   |  number within it: frame.number     |
 *	+------------+-------------------------------------+
 *
 * A frame of the first source is its number; 0 is none. Frames of two sources
 * have no order: time has.
 */
#ifndef TCPCLOSE_BASE_FRAME_H
#define TCPCLOSE_BASE_FRAME_H

#include <stdint.h>

#define FRAME_NUMBER_BITS 48 /* 89 years of 100,000 packets a second */
#define FRAME_NUMBER_MAX  ((UINT64_C(1) << FRAME_NUMBER_BITS) - 1)

/* Which of the sources from this number on a frame is of cannot be told. */
#define FRAME_SOURCE_UNKNOWN UINT16_MAX

/* The number is FRAME_NUMBER_MAX at most. It is done for each packet, and most
 * runs have one source: for that it is two instructions. */
static inline uint64_t frame_of(uint32_t source, uint64_t number)
{
	if (source == 0)
		return number;
	const uint64_t known =
		source < FRAME_SOURCE_UNKNOWN ? source : FRAME_SOURCE_UNKNOWN;
	return known << FRAME_NUMBER_BITS | number;
}

static inline uint64_t frame_number(uint64_t frame)
{
	return frame & FRAME_NUMBER_MAX;
}

static inline uint32_t frame_source(uint64_t frame)
{
	return (uint32_t)(frame >> FRAME_NUMBER_BITS);
}

#endif
