/*
 * Interface for 32-bit numbers that wrap: sequence numbers and timestamps.
 *
 * On the wire a number stands modulo 2^32 and has no `<`. Unwrapped once,
 * where a segment meets its connection, it becomes a position: an int64_t
 * offset from the initial sequence number. The SYN is at 0, the first byte
 * at 1, and what the debugger shows is what tcpdump prints.
 */
#ifndef TCPCLOSE_BASE_SEQ_H
#define TCPCLOSE_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* A sequence number as in the header, modulo 2^32 (RFC 9293 section 3.4). */
struct tcp_seq {
	uint32_t wire;
};

/* A TSval or TSecr, modulo 2^32 (RFC 7323 section 5.2). */
struct tcp_ts {
	uint32_t wire;
};

/* a - b, the short way round the circle. */
static inline int32_t seq_diff(struct tcp_seq a, struct tcp_seq b)
{
	return (int32_t)(a.wire - b.wire);
}

/* a stands before b. Undefined when they are 2^31 apart, as in RFC 1982. */
static inline bool seq_lt(struct tcp_seq a, struct tcp_seq b)
{
	return seq_diff(a, b) < 0;
}

static inline bool seq_eq(struct tcp_seq a, struct tcp_seq b)
{
	return a.wire == b.wire;
}

static inline struct tcp_seq seq_add(struct tcp_seq a, int64_t n)
{
	return (struct tcp_seq){ a.wire + (uint32_t)n };
}

/* The number on the wire at a position. */
static inline struct tcp_seq seq_wrap(int64_t position, struct tcp_seq isn)
{
	return seq_add(isn, position);
}

/*
 * The position of s: its offset from isn, of all that are equal modulo 2^32
 * the one closest to the position `near`.
 */
static inline int64_t seq_unwrap(struct tcp_seq s, struct tcp_seq isn,
                                 int64_t near)
{
	return near + seq_diff(s, seq_wrap(near, isn));
}

/* a - b in ticks, the short way round. */
static inline int32_t ts_diff(struct tcp_ts a, struct tcp_ts b)
{
	return (int32_t)(a.wire - b.wire);
}

#endif
