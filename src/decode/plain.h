/*
 * Interface for the plain way of decoding: TCP in IP in Ethernet and nothing
 * else between or unusual, as most packets of most captures are.
 */
#ifndef TCPCLOSE_DECODE_PLAIN_H
#define TCPCLOSE_DECODE_PLAIN_H

#include "decode/segment.h"
#include "tcpclose/packet.h"

/*
 * Fill a segment that is zero but for what the capture says, if the packet is
 * plain. What comes out is what the readers of the layers would say, one after
 * the other, without checksums; they are asked if this returns false, and then
 * what is in the segment means nothing.
 */
bool plain_read(const struct tcpclose_packet *pkt, struct segment *seg);

#endif
