/*
 * Interface for time stamps of any resolution: pcapng says with each
 * interface in which units it counts and from when.
 */
#ifndef TCPCLOSE_CAPTURE_TIMESTAMP_H
#define TCPCLOSE_CAPTURE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

/* One unit is `multiply / divide` nanoseconds, or 2^-shift seconds. */
struct time_units {
	uint64_t multiply; /* one of the two is 1 */
	uint64_t divide;   /* 0: a unit too small for 64 bits to reach 1 ns */
	bool binary;
	uint8_t shift;
	int64_t offset; /* seconds to add */
};

/* if_tsresol of pcapng: the exponent of 10, or with the highest bit set of
 * 2, without its minus sign. 6, microseconds, if the option is absent. */
struct time_units time_units_of(uint8_t tsresol);

/* Nanoseconds since 1970. What 64 bits cannot hold (before 1677, after 2262)
 * becomes the nearest time that they can. */
int64_t time_from_units(const struct time_units *units, uint64_t count);

#endif
