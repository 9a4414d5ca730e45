/*
 * Interface for decoding: one captured packet in, one TCP segment out, or
 * the reason why there is none.
 */
#ifndef TCPCLOSE_DECODE_DECODE_H
#define TCPCLOSE_DECODE_DECODE_H

#include <stdbool.h>

#include "decode/segment.h"
#include "tcpclose/packet.h"

/* Verdicts, in decode/verdicts.def: X(NAME, "name", "what it means"). */
enum decode_verdict {
#define X(id, name, meaning) DECODE_##id,
#include "decode/verdicts.def"
#undef X
	N_DECODE_VERDICTS
};

enum checksum_policy {
	CHECKSUM_IGNORE, /* the default: offload makes sent ones look wrong */
	CHECKSUM_VERIFY, /* where the packet was captured whole */
};

struct decode_options {
	enum checksum_policy checksums;
	bool ignore_vlan; /* leave VLAN tags out of the identity */
};

/*
 * Decode one packet.
 *
 * seg      filled if the verdict is DECODE_TCP or DECODE_BAD_CHECKSUM (and
 *          then checksum_bad is set), undefined otherwise
 *
 * Returns  DECODE_TCP, or why this packet holds no TCP segment to judge. A
 *          malformed packet is data, not an error.
 *
 * Lengths are those of the IP headers, so neither a snap length nor the
 * padding of Ethernet changes payload_len. A snap length that leaves the fixed
 * 20 bytes of the TCP header but not its options gives DECODE_TCP with
 * options_cut. A first IP fragment is decoded as far as it goes: is_fragment.
 *
 * Checksums are verified only if the TCP segment was captured whole, is not a
 * fragment, has passed the last stop of an IPv6 routing header, and was not
 * caught before the interface cut it up (an IP length of 0).
 *
 * Nothing is looked for inside tunnels: tuple.tunnel is 0.
 */
enum decode_verdict decode_packet(const struct tcpclose_packet *pkt,
                                  const struct decode_options *options,
                                  struct segment *seg);

/* "tcp", "not_tcp", ...: keys of the `stats` record. */
const char *decode_verdict_name(enum decode_verdict verdict);
const char *decode_verdict_meaning(enum decode_verdict verdict);

/* "ethernet", ...: a link type's name in the `run` record; NULL for one that
 * this program does not read. */
const char *link_type_name(uint32_t link_type);

#endif
