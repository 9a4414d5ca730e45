/*
 * Interface for reading TCP options (RFC 9293 section 3.1).
 */
#ifndef TCPCLOSE_DECODE_TCP_OPTIONS_H
#define TCPCLOSE_DECODE_TCP_OPTIONS_H

#include "base/cursor.h"
#include "decode/segment.h"

enum tcp_option_kind { /* https://www.iana.org/assignments/tcp-parameters */
	               TCP_KIND_END = 0,
	               TCP_KIND_NOP = 1,
	               TCP_KIND_MSS = 2,
	               TCP_KIND_WSCALE = 3,
	               TCP_KIND_SACK_PERMITTED = 4,
	               TCP_KIND_SACK = 5,
	               TCP_KIND_TIMESTAMP = 8,
};

/* What the value of a timestamp option says. */
static inline void tcp_timestamp_fill(struct segment *seg, const uint8_t *value)
{
	seg->tsval.wire = be32(value);
	seg->tsecr.wire = be32(value + 4);
	seg->options |= OPTION_TIMESTAMP;
}

/*
 * Read a timestamp that stands first, and step over it, if it is aligned as
 * RFC 7323 appendix A advises: one word tells, as in
 * tcp_parse_aligned_timestamp() of Linux. Most segments carry no other option,
 * so nothing is left for tcp_options_read().
 */
static inline void tcp_timestamp_take(struct cursor *options,
                                      struct segment *seg)
{
	enum {
		ALIGNED = TCP_KIND_NOP << 24 | TCP_KIND_NOP << 16 |
		          TCP_KIND_TIMESTAMP << 8 | 10
	};
	if (cursor_left(options) < 12 || be32(options->at) != ALIGNED)
		return;
	tcp_timestamp_fill(seg, options->at + 4);
	options->at += 12;
}

/*
 * Read options into mss, wscale, sack, tsval, tsecr and the set `options` of
 * a segment. What was read stays valid when a later option is broken.
 *
 * options  the captured bytes of the option list
 * is_cut   the list goes on behind them on the wire
 *
 * options_cut is set if an option is missing or broken: then those that were
 * not read may still have been sent.
 */
void tcp_options_read(struct cursor options, bool is_cut, struct segment *seg);

#endif
