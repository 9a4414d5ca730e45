/* Raw IP: no link header at all. */
#include "decode/link.h"

int link_raw(struct rest *rest)
{
	return ip_version_peek(rest);
}

int link_ipv4(struct rest *rest)
{
	(void)rest;
	return ETHER_TYPE_IPV4;
}

int link_ipv6(struct rest *rest)
{
	(void)rest;
	return ETHER_TYPE_IPV6;
}

int ip_version_peek(const struct rest *rest)
{
	if (cursor_left(&rest->bytes) == 0)
		return LINK_CUT;
	switch (rest->bytes.at[0] >> 4) {
	case 4:
		return ETHER_TYPE_IPV4;
	case 6:
		return ETHER_TYPE_IPV6;
	default:
		return ETHER_TYPE_OTHER;
	}
}
