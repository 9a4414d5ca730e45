/* Ethernet: DIX frames, and 802.3 frames with LLC and SNAP. */
#include "decode/link.h"

#include <string.h>

int link_ethernet(struct rest *rest)
{
	const uint8_t *header = rest_take(rest, 14);
	return header ? ether_type_or_llc(be16(header + 12), rest) : LINK_CUT;
}

int ether_type_or_llc(uint16_t field, struct rest *rest)
{
	/* The length that an 802.3 frame has here is not needed to cut off
	 * its padding: IP says its own length. */
	return field >= ETHER_TYPE_MIN ? field : llc_read(rest);
}

/* RFC 1042: SNAP within LLC carries EtherTypes under the OUI 00-00-00. */
int llc_read(struct rest *rest)
{
	static const uint8_t snap_of_ether_types[6] = { 0xaa, 0xaa, 0x03 };
	const uint8_t *llc = rest_take(rest, 3);
	if (!llc)
		return LINK_CUT;
	if (memcmp(llc, snap_of_ether_types, 3) != 0)
		return ETHER_TYPE_OTHER;
	const uint8_t *snap = rest_take(rest, 5);
	if (!snap)
		return LINK_CUT;
	if (memcmp(llc, snap_of_ether_types, 6) != 0)
		return ETHER_TYPE_OTHER;
	return be16(snap + 3);
}
