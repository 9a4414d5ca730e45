/* BSD loopback: an address family in four bytes, then the packet. */
#include "decode/link.h"

/*
 * LINKTYPE_NULL is in the byte order of the machine that captured, LOOP in
 * network order. Families are small numbers, so the order shows by itself.
 */
static uint32_t family_in_either_order(const uint8_t *field)
{
	const uint32_t family = be32(field);
	return family <= UINT16_MAX ? family : __builtin_bswap32(family);
}

int link_null(struct rest *rest)
{
	const uint8_t *header = rest_take(rest, 4);
	if (!header)
		return LINK_CUT;
	switch (family_in_either_order(header)) {
	case 2: /* AF_INET everywhere */
		return ETHER_TYPE_IPV4;
	case 10: /* AF_INET6 of Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* Darwin */
		return ETHER_TYPE_IPV6;
	default:
		return ETHER_TYPE_OTHER;
	}
}
