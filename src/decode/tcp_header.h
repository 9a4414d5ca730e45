/*
 * Interface for reading a TCP header (RFC 9293 section 3.1).
 */
#ifndef TCPCLOSE_DECODE_TCP_HEADER_H
#define TCPCLOSE_DECODE_TCP_HEADER_H

#include "decode/rest.h"

/*
 * Read the TCP header that *rest starts with, and fill what it says into the
 * segment: ports, SEQ, ACK, flags, window, options, length of the payload.
 * seg->is_fragment must be known. Takes nothing from *rest.
 */
enum decode_verdict tcp_header_read(const struct rest *rest,
                                    struct segment *seg);

#endif
