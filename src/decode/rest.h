/*
 * Interface for the part of a packet that no layer has claimed yet.
 *
 *    claimed     captured, unclaimed      on the wire, not captured
 *   |---------|------------------------|-----------------------------|
 *             bytes.at        bytes.end           missing
 *
 * A snap length makes the two ends differ, so lengths are always told on the
 * wire and bytes are only ever taken from what was captured.
 */
#ifndef TCPCLOSE_DECODE_REST_H
#define TCPCLOSE_DECODE_REST_H

#include "base/cursor.h"
#include "decode/decode.h"

struct rest {
	struct cursor bytes;
	size_t missing; /* bytes that follow bytes.end on the wire */
};

static inline struct rest rest_of(const struct tcpclose_packet *pkt)
{
	const size_t missing =
		pkt->len > pkt->caplen ? pkt->len - pkt->caplen : 0;
	return (struct rest){ cursor_of(pkt->bytes, pkt->caplen), missing };
}

/* Bytes on the wire. */
static inline size_t rest_len(const struct rest *r)
{
	return cursor_left(&r->bytes) + r->missing;
}

/* The next n captured bytes, and step over them; NULL (and no step) if fewer
 * were captured. */
static inline const uint8_t *rest_take(struct rest *r, size_t n)
{
	return cursor_take(&r->bytes, n);
}

/*
 * A header says that n bytes follow it on the wire. What the frame has beyond
 * is padding; what it lacks was cut away by something that also rewrote the
 * length of the frame, for a sender's header is believed before a tool's.
 */
static inline void rest_resize(struct rest *r, size_t n)
{
	cursor_limit(&r->bytes, n);
	r->missing = n - cursor_left(&r->bytes);
}

/* Why bytes could not be taken: the capture's fault, or the packet's. */
static inline enum decode_verdict rest_blame(const struct rest *r,
                                             enum decode_verdict malformed)
{
	return r->missing > 0 ? DECODE_TRUNCATED : malformed;
}

#endif
