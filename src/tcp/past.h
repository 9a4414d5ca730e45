/*
 * A past incarnation: what is left of a life of a four-tuple when it is over,
 * so that a late RST, FIN or data segment can be attributed to it. Small,
 * because there are as many as connections closed in the last 240 s.
 */
#ifndef TCPCLOSE_TCP_PAST_H
#define TCPCLOSE_TCP_PAST_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/seq.h"
#include "tcp/state.h"

struct past_end {
	struct tcp_seq iss;
	struct tcp_seq snd_nxt;
	struct tcp_seq rcv_nxt; /* highest ACK it sent */
	struct tcp_ts tsval;    /* highest it sent */
};

struct past {
	struct past *older; /* the life before this one, or NULL */
	struct past *newer; /* the one after it; of the newest, the oldest */
	struct past_end end[2];
	int64_t ended; /* its last segment */
	uint64_t flow_id;
	uint32_t stream;
	uint32_t incarnation;
	uint64_t last_frame;
	uint8_t facts[2]; /* enum past_fact */
	uint8_t state[2]; /* enum tcp_state: as a new life found it, or when
	                   * it was over */
	uint8_t prior[2]; /* what it was before it closed */
	uint8_t opener;
};

enum past_fact {
	PAST_SYN = 1 << 0,        /* iss is true */
	PAST_SPOKE = 1 << 1,      /* snd_nxt is true */
	PAST_ACKED = 1 << 2,      /* rcv_nxt is true */
	PAST_TIMESTAMPS = 1 << 3, /* tsval is true */
	PAST_FIN = 1 << 4,        /* sent a FIN, at snd_nxt - 1 */
	PAST_RST = 1 << 5,        /* sent an RST of its own */
};

static_assert(sizeof(struct past) <= 96, "a past incarnation stays small");

static inline bool past_was_open(const struct past *p)
{
	for (int i = 0; i < 2; i++) {
		const uint8_t state =
			p->state[i] == CLOSED ? p->prior[i] : p->state[i];
		if (state != UNKNOWN && state != SYN_SENT && state != CLOSED)
			return true;
	}
	return false;
}

/*
 * The newest life that was open: SYNs which were never answered, or refused,
 * left nothing behind. NULL if there is none.
 */
static inline const struct past *past_open(const struct past *newest)
{
	const struct past *p = newest;
	while (p && !past_was_open(p))
		p = p->older;
	return p;
}

#endif
