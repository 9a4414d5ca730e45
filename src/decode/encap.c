/* What may stand between the link header and IP: tags, labels, PPPoE. */
#include "decode/link.h"

/* More than any network stacks; an end to hostile frames. */
#define ENCAPS_MAX 16

/* IEEE 802.1Q: number 0 is a priority without a VLAN. The two outermost tags
 * identify, what is within them is the customer's own affair. */
static void note_vlan(struct four_tuple *tuple, uint16_t tag)
{
	const uint16_t vlan = tag & 0x0fff;
	if (vlan != 0 && tuple->n_vlans < SEGMENT_VLANS)
		tuple->vlan[tuple->n_vlans++] = vlan;
}

static int read_vlan(struct rest *rest, struct four_tuple *tuple)
{
	const uint8_t *tag = rest_take(rest, 4);
	if (!tag)
		return LINK_CUT;
	note_vlan(tuple, be16(tag));
	return ether_type_or_llc(be16(tag + 2), rest);
}

/*
 * Behind the last label nothing says what follows but its first half byte
 * (RFC 4928 section 3): an IP version, or 0 for the control word of a
 * pseudowire (RFC 4385 section 3), of which only Ethernet can hold IP.
 */
static int read_behind_labels(struct rest *rest)
{
	if (cursor_left(&rest->bytes) == 0)
		return LINK_CUT;
	if (rest->bytes.at[0] >> 4 != 0)
		return ip_version_peek(rest);
	return rest_take(rest, 4) ? link_ethernet(rest) : LINK_CUT;
}

/* One label (RFC 3032 section 2.1): the bottom of the stack is marked. */
static int read_label(struct rest *rest)
{
	const uint8_t *label = rest_take(rest, 4);
	if (!label)
		return LINK_CUT;
	const bool is_bottom = label[2] & 1;
	return is_bottom ? read_behind_labels(rest) : ETHER_TYPE_MPLS;
}

int encap_read(int ether_type, struct rest *rest, struct four_tuple *tuple)
{
	for (int i = 0; i < ENCAPS_MAX; i++) {
		switch (ether_type) {
		case ETHER_TYPE_VLAN:
		case ETHER_TYPE_QINQ:
		case ETHER_TYPE_QINQ_OLD:
			ether_type = read_vlan(rest, tuple);
			break;
		case ETHER_TYPE_MPLS:
		case ETHER_TYPE_MPLS_UPSTREAM:
			ether_type = read_label(rest);
			break;
		case ETHER_TYPE_PPPOE_SESSION:
			ether_type = link_pppoe(rest);
			break;
		default:
			return ether_type;
		}
	}
	return LINK_TOO_DEEP;
}
