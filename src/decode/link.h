/*
 * Interface for link types: what stands before IP in a frame, and what kind
 * of packet it announces.
 *
 * A link type is one line in decode/link_types.def and one reader.
 */
#ifndef TCPCLOSE_DECODE_LINK_H
#define TCPCLOSE_DECODE_LINK_H

#include "decode/rest.h"

/* EtherTypes, as registered with the IEEE; the language in which every link
 * type says what follows it. */
enum ether_type {
	ETHER_TYPE_OTHER = 0,    /* something that has no EtherType: not IP */
	ETHER_TYPE_MIN = 0x0600, /* below: the length of an 802.3 frame */
	ETHER_TYPE_IPV4 = 0x0800,
	ETHER_TYPE_VLAN = 0x8100,
	ETHER_TYPE_IPV6 = 0x86dd,
	ETHER_TYPE_MPLS = 0x8847,
	ETHER_TYPE_MPLS_UPSTREAM = 0x8848, /* multicast, before RFC 5332 */
	ETHER_TYPE_PPPOE_SESSION = 0x8864,
	ETHER_TYPE_QINQ = 0x88a8,
	ETHER_TYPE_QINQ_OLD = 0x9100, /* QinQ before IEEE 802.1ad */
};

/* What a reader returns instead of an EtherType. */
enum link_failure {
	LINK_CUT = -1,      /* the header needs more bytes than there are */
	LINK_UNKNOWN = -2,  /* no such link type */
	LINK_TOO_DEEP = -3, /* more tags and labels than any network stacks */
};

/* Step over a link header; returns the EtherType of what follows, at least 0,
 * or LINK_CUT. Values that are no enum ether_type are possible: not IP. */
typedef int link_reader(struct rest *rest);

#define X(number, reader, name) link_reader reader;
#include "decode/link_types.def"
#undef X

/* The reader for a LINKTYPE; LINK_UNKNOWN if there is none. */
int link_read(uint32_t link_type, struct rest *rest);

/*
 * Step over what may stand between the link header and IP: VLAN tags, MPLS
 * labels, PPPoE. Tags are written down in the tuple, outermost first.
 *
 * Returns the EtherType behind them, or an enum link_failure.
 */
int encap_read(int ether_type, struct rest *rest, struct four_tuple *tuple);

/* What a field means that holds an EtherType or the length of an 802.3 frame;
 * in the latter case LLC and SNAP are stepped over. */
int ether_type_or_llc(uint16_t field, struct rest *rest);

/* LLC (IEEE 802.2), and SNAP behind it. */
int llc_read(struct rest *rest);

/* The protocol field of PPP, and the EtherType that means the same. */
int ppp_protocol_read(struct rest *rest);

/* IP without anything before it: by the version in the first half byte. Takes
 * nothing. */
int ip_version_peek(const struct rest *rest);

#endif
