/* PPP with and without HDLC framing, PPPoE, and the HDLC of Cisco. */
#include "decode/link.h"

enum {
	HDLC_ALL_STATIONS = 0xff, /* RFC 1662 section 3.1, then control 0x03 */
	CISCO_UNICAST = 0x0f,
	CISCO_MULTICAST = 0x8f,
};

/* https://www.iana.org/assignments/ppp-numbers */
enum {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_MPLS = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
};

static int ether_type_of(unsigned protocol)
{
	switch (protocol) {
	case PPP_IPV4:
		return ETHER_TYPE_IPV4;
	case PPP_IPV6:
		return ETHER_TYPE_IPV6;
	case PPP_MPLS:
		return ETHER_TYPE_MPLS;
	case PPP_MPLS_MULTICAST:
		return ETHER_TYPE_MPLS_UPSTREAM;
	default:
		return ETHER_TYPE_OTHER;
	}
}

/* RFC 1661 sections 2 and 6.5: the last byte of the field is the odd one, and
 * a zero byte before it may have been left out. */
int ppp_protocol_read(struct rest *rest)
{
	const uint8_t *first = rest_take(rest, 1);
	if (!first)
		return LINK_CUT;
	if (*first & 1)
		return ether_type_of(*first);
	const uint8_t *second = rest_take(rest, 1);
	return second ? ether_type_of((unsigned)*first << 8 | *second)
	              : LINK_CUT;
}

/* Address and control may be compressed away: RFC 1661 section 6.6. */
int link_ppp(struct rest *rest)
{
	if (cursor_left(&rest->bytes) == 0)
		return LINK_CUT;
	if (rest->bytes.at[0] == HDLC_ALL_STATIONS && !rest_take(rest, 2))
		return LINK_CUT;
	return ppp_protocol_read(rest);
}

/* PPP in HDLC-like framing, or the HDLC of Cisco: the address tells. */
int link_ppp_hdlc(struct rest *rest)
{
	if (cursor_left(&rest->bytes) == 0)
		return LINK_CUT;
	const uint8_t address = rest->bytes.at[0];
	if (address == CISCO_UNICAST || address == CISCO_MULTICAST)
		return link_cisco_hdlc(rest);
	return link_ppp(rest);
}

int link_cisco_hdlc(struct rest *rest)
{
	const uint8_t *header = rest_take(rest, 4);
	return header ? be16(header + 2) : LINK_CUT;
}

/* RFC 2516 section 4: version and type 1, code 0 for a session, its number and
 * a length, for which that of IP stands in. */
int link_pppoe(struct rest *rest)
{
	enum { VERSION_AND_TYPE = 0x11, CODE_SESSION = 0 };
	const uint8_t *header = rest_take(rest, 6);
	if (!header)
		return LINK_CUT;
	if (header[0] != VERSION_AND_TYPE || header[1] != CODE_SESSION)
		return ETHER_TYPE_OTHER;
	return ppp_protocol_read(rest);
}
