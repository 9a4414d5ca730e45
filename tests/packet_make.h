/*
 * Interface for a test to compose a packet from the segment that decoding it
 * should give.
 */
#ifndef TESTS_PACKET_MAKE_H
#define TESTS_PACKET_MAKE_H

#include <stddef.h>
#include <stdint.h>

#include "decode/segment.h"
#include "tcpclose/packet.h"

#define LINKTYPE_ETHERNET   1
#define LINKTYPE_PPP        9
#define LINKTYPE_RAW        101
#define LINKTYPE_LINUX_SLL  113
#define LINKTYPE_LINUX_SLL2 276

/*
 * Write the packet that carries a segment.
 *
 * link_type  any in decode/link_types.def
 * room       of out; headers take at most 150 bytes
 *
 * Carried are the tuple (VLAN tags where the link type has EtherTypes), SEQ,
 * ACK, flags, window, all options, IP-ID (IPv4), TTL, payload_len bytes of
 * payload, options_cut (as a broken option at the end of the list),
 * is_fragment (as "more fragments"), and checksum_bad. Checksums are computed:
 * seg->checksum is not looked at. ts, frame and source have no place in a
 * packet. A payload too long for IP's length fields is sent as Linux hands it
 * to an interface that will cut it: with the length 0, and over IPv6 a jumbo
 * payload option.
 *
 * Returns    the size of the packet; 0 if there is no room, or no such packet
 *            (options beyond 40 bytes, a VLAN tag on raw IP, ...)
 */
size_t packet_make(const struct segment *seg, uint32_t link_type, uint8_t *out,
                   size_t room);

/* A packet that was captured whole, at time 0, as frame 1; bytes are
 * borrowed. */
struct tcpclose_packet packet_of(const uint8_t *bytes, size_t size,
                                 uint32_t link_type);

#endif
