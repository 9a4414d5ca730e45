/*
 * Interface for reading TCP options (RFC 9293 section 3.1).
 */
#ifndef TCPCLOSE_DECODE_TCP_OPTIONS_H
#define TCPCLOSE_DECODE_TCP_OPTIONS_H

#include "base/cursor.h"
#include "decode/segment.h"

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
