/*
 * Numbers of either byte order: captures carry the order of the machine that
 * wrote them, and say in their first bytes which one that was.
 */
#ifndef TCPCLOSE_CAPTURE_ORDER_H
#define TCPCLOSE_CAPTURE_ORDER_H

#include <stdint.h>

#include "base/cursor.h"

enum order { ORDER_LITTLE, ORDER_BIG };

static inline uint16_t order16(enum order order, const uint8_t *p)
{
	if (order == ORDER_BIG)
		return be16(p);
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t order32(enum order order, const uint8_t *p)
{
	if (order == ORDER_BIG)
		return be32(p);
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t order64(enum order order, const uint8_t *p)
{
	const uint64_t first = order32(order, p);
	const uint64_t second = order32(order, p + 4);
	return order == ORDER_BIG ? first << 32 | second : second << 32 | first;
}

#endif
