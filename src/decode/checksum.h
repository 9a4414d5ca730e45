/*
 * Interface for verifying TCP checksums.
 */
#ifndef TCPCLOSE_DECODE_CHECKSUM_H
#define TCPCLOSE_DECODE_CHECKSUM_H

#include "base/cursor.h"
#include "decode/segment.h"

/* Whether the checksum in a whole TCP segment, header and payload, is that of
 * its bytes and of the pseudo header (RFC 9293 section 3.1). */
bool tcp_checksum_holds(const struct four_tuple *tuple, struct cursor segment);

#endif
