/*
 * Interface for reading a TCP header (RFC 9293 section 3.1).
 */
#ifndef TCPCLOSE_DECODE_TCP_HEADER_H
#define TCPCLOSE_DECODE_TCP_HEADER_H

#include "decode/rest.h"

#define TCP_HEADER_MIN 20

/* The length of a header, options counted, as its fixed part says. */
static inline size_t tcp_header_len(const uint8_t *header)
{
	return (header[12] >> 4) * 4u;
}

/* What every segment says in its first 20 bytes. */
static inline void tcp_header_fill(struct segment *seg, const uint8_t *header)
{
	seg->tuple.sport = be16(header);
	seg->tuple.dport = be16(header + 2);
	seg->seq.wire = be32(header + 4);
	seg->ack.wire = be32(header + 8);
	seg->flags = header[13];
	seg->window = be16(header + 14);
	seg->checksum = be16(header + 16);
}

/*
 * Read the TCP header that *rest starts with, and fill what it says into the
 * segment: ports, SEQ, ACK, flags, window, options, length of the payload.
 * seg->is_fragment must be known. Takes nothing from *rest.
 */
enum decode_verdict tcp_header_read(const struct rest *rest,
                                    struct segment *seg);

#endif
