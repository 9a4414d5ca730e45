/*
 * Interface for what gaps between copies, or probes, tell of the timer that
 * made them (RFC 6298 section 5.5: it doubles each time, up to a limit).
 */
#ifndef TCPCLOSE_RECORD_BACKOFF_H
#define TCPCLOSE_RECORD_BACKOFF_H

#include <stdint.h>

#include "record/field.h"

/*
 * The gap that they came to and grew no more, the shortest of such: Linux's
 * tcp_rto_max_ms, or TCP_RTO_MAX_MS of the socket, and some lateness. 0: they
 * grew to the end, as far as it was seen. Any struct that begins like struct
 * numbers will do.
 */
int64_t backoff_limit(const struct numbers *gaps);

/* Two neighbours are the same but for a timer that is late. */
bool backoff_is_steady(int64_t before, int64_t gap);

#endif
