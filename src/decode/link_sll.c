/* Linux "cooked" capture: what the device "any" gives, in two versions. */
#include "decode/link.h"

/* The protocol field holds an EtherType, or one of Linux's own ETH_P_ numbers
 * for frames that have none; ETH_P_802_2 says that LLC comes next. */
static int protocol_of(const uint8_t *field, struct rest *rest)
{
	enum { ETH_P_802_2 = 0x0004 };
	const uint16_t protocol = be16(field);
	if (protocol == ETH_P_802_2)
		return llc_read(rest);
	return protocol >= ETHER_TYPE_MIN ? protocol : ETHER_TYPE_OTHER;
}

int link_sll(struct rest *rest)
{
	const uint8_t *header = rest_take(rest, 16);
	return header ? protocol_of(header + 14, rest) : LINK_CUT;
}

int link_sll2(struct rest *rest)
{
	const uint8_t *header = rest_take(rest, 20);
	return header ? protocol_of(header, rest) : LINK_CUT;
}
