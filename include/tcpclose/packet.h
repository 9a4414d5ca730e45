/*
 * One captured packet, as it came from a file, an interface or the caller.
 */
#ifndef TCPCLOSE_PACKET_H
#define TCPCLOSE_PACKET_H

#include <stdint.h>

struct tcpclose_packet {
	int64_t ts;           /* nanoseconds since 1970-01-01 UTC */
	const uint8_t *bytes; /* borrowed: valid until the next packet */
	uint32_t caplen;      /* bytes captured */
	uint32_t len;         /* bytes on the wire; caplen <= len */
	uint32_t link_type;   /* LINKTYPE_*, the tcpdump group's numbers */
	uint32_t source;      /* index of the file or interface it came from */
	uint32_t interface;   /* interface within the source, from 0 */
	uint64_t frame;       /* number within the source, from 1 and below
	                       * 2^48: frame.number in Wireshark */
};

#endif
