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
	CHECKSUM_VERIFY, /* set segment.checksum_bad */
};

struct decode_options {
	enum checksum_policy checksums;
	bool ignore_vlan; /* leave VLAN tags out of the identity */
};

/*
 * Decode one packet.
 *
 * seg      filled if the verdict is DECODE_TCP, undefined otherwise
 *
 * Returns  DECODE_TCP, or why this packet holds no TCP segment to judge. A
 *          malformed packet is data, not an error.
 */
enum decode_verdict decode_packet(const struct tcpclose_packet *pkt,
				  const struct decode_options *options,
				  struct segment *seg);

/* "tcp", "not_tcp", ...: keys of the `stats` record. */
const char *decode_verdict_name(enum decode_verdict verdict);
const char *decode_verdict_meaning(enum decode_verdict verdict);

#endif
