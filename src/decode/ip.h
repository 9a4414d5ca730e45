/*
 * Interface for reading IP headers up to the TCP header.
 *
 * Both readers fill the addresses, the version, TTL, IP-ID and is_fragment of
 * the segment, and leave in *rest what the sender put behind the IP headers,
 * padding cut off.
 *
 * is_summable  false if the TCP checksum cannot be verified from what is in
 *              the packet: an offloaded or fragmented segment, or one that is
 *              still on its way through a routing header
 *
 * Returns      DECODE_TCP if a TCP header follows, or why not.
 */
#ifndef TCPCLOSE_DECODE_IP_H
#define TCPCLOSE_DECODE_IP_H

#include <string.h>

#include "decode/rest.h"

/* https://www.iana.org/assignments/protocol-numbers: those that are read. Any
 * other, IP in IP (4, 41) and ESP (50) among them, is not TCP. */
enum ip_protocol {
	IP_HOP_BY_HOP = 0,
	IP_TCP = 6,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_AUTHENTICATION = 51,
	IP_DESTINATION = 60,
};

#define IPV4_HEADER_MIN 20

/* RFC 791 section 3.1, the word at 6: two flags and the offset. */
enum { IPV4_MORE_FRAGMENTS = 0x2000, IPV4_FRAGMENT_OFFSET = 0x1fff };

/* What every IPv4 header says in its first 20 bytes; not whether the packet is
 * a fragment. */
static inline void ipv4_fill(struct segment *seg, const uint8_t *header)
{
	seg->tuple.ip_version = 4;
	memcpy(seg->tuple.src.byte, header + 12, 4);
	memcpy(seg->tuple.dst.byte, header + 16, 4);
	seg->ip_id = be16(header + 4);
	seg->has_ip_id = true;
	seg->ttl = header[8];
}

#define IPV6_HEADER 40

/* What every IPv6 header says. */
static inline void ipv6_fill(struct segment *seg, const uint8_t *header)
{
	seg->tuple.ip_version = 6;
	memcpy(seg->tuple.src.byte, header + 8, 16);
	memcpy(seg->tuple.dst.byte, header + 24, 16);
	seg->ttl = header[7];
}

enum decode_verdict ipv4_read(struct rest *rest, struct segment *seg,
                              bool *is_summable);
enum decode_verdict ipv6_read(struct rest *rest, struct segment *seg,
                              bool *is_summable);

/* Step over an authentication header (RFC 4302); returns its first byte, the
 * next protocol, or NULL if it is cut. */
const uint8_t *ip_take_authentication(struct rest *rest);

#endif
