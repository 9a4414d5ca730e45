/*
 * What one segment meant to its connection: the waist of the program.
 * Detectors, the state trace and the tests read steps; nobody looks at a
 * header twice.
 */
#ifndef TCPCLOSE_TCP_STEP_H
#define TCPCLOSE_TCP_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tcp/conn.h"
#include "tcp/past.h"

/* What a segment meant. Several may hold at once. */
enum step_meaning {
	STEP_SYN = 1 << 0,            /* opens this life */
	STEP_SYN_COPY = 1 << 1,       /* the same SYN (or SYN+ACK) again */
	STEP_NEW_DATA = 1 << 2,       /* payload beyond snd_nxt */
	STEP_REPEAT = 1 << 3,         /* payload that had passed, all of it */
	STEP_FILLS_HOLE = 1 << 4,     /* closes a gap in what has passed */
	STEP_AHEAD = 1 << 5,          /* leaves a gap before it */
	STEP_FIN = 1 << 6,            /* the end's first FIN */
	STEP_FIN_COPY = 1 << 7,       /* the same FIN again */
	STEP_BEYOND_FIN = 1 << 8,     /* new sequence after the end's own FIN */
	STEP_ACKS_FIN = 1 << 9,       /* first ACK of the peer's FIN */
	STEP_REACKS_FIN = 1 << 10,    /* a later one */
	STEP_PURE_ACK = 1 << 11,      /* ACK flag, no sequence space, no RST */
	STEP_DUP_ACK = 1 << 12,       /* pure ACK that moves nothing */
	STEP_WINDOW_CLOSED = 1 << 13, /* its window became 0 */
	STEP_WINDOW_OPENED = 1 << 14, /* its window is 0 no more */
	STEP_PROBE = 1 << 15,         /* zero-window probe */
	STEP_KEEP_ALIVE = 1 << 16,
	STEP_RST = 1 << 17,
	STEP_PAWS = 1 << 18, /* the receiver rejects it: see paws */
	STEP_OUT_OF_WINDOW = 1 << 19,
	STEP_CLONE = 1 << 20,       /* captured twice: nothing else is set */
	STEP_ACKS_UNSEEN = 1 << 21, /* acknowledges bytes never captured */
	STEP_TIME = 1 << 22,        /* no segment: time passed */
	STEP_DUPLICATE = 1 << 24,   /* a FIN that the network delivers twice */
	STEP_STALE_RST = 1 << 23,   /* RST of an earlier life, or earlier SYN */
	STEP_REOPENS = 1 << 25,   /* SYN of a four-tuple that was open before */
	STEP_LATE_DATA = 1 << 26, /* after the peer's first FIN: payload that it
	                           * has not acknowledged, or a FIN behind
	                           * such */
	STEP_RESET = 1 << 28, /* an RST in this life, and no refusal of a SYN */
	STEP_OLD = 1 << 27,   /* payload or FIN of an earlier life: see old */
};

/* What an ACK of a repeated FIN says about the copies: see fin.c. */
enum fin_word {
	FIN_WORD_NONE,
	FIN_WORD_HAD_ARRIVED, /* an earlier one: so its ACK was lost */
	FIN_WORD_CAME_NOW,    /* only this copy arrived: the FIN was lost */
};

/* RST by shape: RFC 9293 sections 3.5.2 and 3.10.7.1; for the abort, Linux
 * tcp_send_active_reset(). */
enum rst_form {
	RST_PLAIN,   /* no ACK flag: answers a segment that found no socket */
	RST_REFUSAL, /* SEQ 0 and ACK: answers a SYN */
	RST_ABORT,   /* SEQ and ACK: a live socket aborts */
};

/* Where an RST lies for the end that it reaches (RFC 5961 section 3.2). */
enum rst_position { RST_EXACT, RST_IN_WINDOW, RST_OUT_OF_WINDOW };

enum rst_belongs {
	RST_OF_CONNECTION, /* this life */
	RST_OF_PAST,       /* an earlier life */
	RST_OF_PAST_SYN,   /* refuses the SYN of an earlier life */
	RST_OF_SYN_COPY,   /* refuses a copy of the SYN before the answer */
	RST_OF_UNKNOWN,    /* fits nothing that is known */
};

struct rst_story {
	enum rst_form form;
	enum rst_position position;
	enum rst_belongs belongs;
	enum tcp_grade sure;     /* of belongs; CERTAIN or PRESUMED */
	bool accepted;           /* would end its receiver by 7.2 */
	bool half_open;          /* SYN_SENT refuses an old end's ACK (1.6) */
	bool by_timestamp;       /* attributed by TSval or TSecr */
	uint8_t signs;           /* enum rst_sign */
	const struct past *past; /* if it belongs to one */
};

/* What a SYN or SYN+ACK took over from the life before: only a Linux end in
 * TIME_WAIT does that: tcp_timewait_state_process(), tcp_twsk_unique(). */
enum took_over {
	TOOK_NOTHING,
	TOOK_ISN,  /* its ISN is the end's old SND.NXT + 65537 */
	TOOK_ECHO, /* TSecr of a SYN without ACK is the peer's old TSval */
};

struct paws_story {
	enum tcp_grade sure;     /* CERTAIN, PRESUMED (= likely) or NONE */
	struct tcp_ts ts_recent; /* what the receiver compares with */
	int32_t behind;          /* ticks */
	bool harmful;            /* has bytes that the receiver lacks */
};

/* A segment with payload or FIN that an earlier life sent. */
struct old_story {
	enum tcp_grade sure;     /* CERTAIN, PRESUMED (= likely) or NONE */
	const struct past *past; /* the life */
	bool by_timestamp;       /* its TSval is older than this life */
};

struct state_change {
	uint8_t end;
	uint8_t from, to; /* enum tcp_state */
	uint8_t event;    /* enum tcp_event */
	uint8_t grade;    /* enum tcp_grade of `to` */
	bool rolled_back; /* takes a presumption back */
	int64_t ts;
};

#define STEP_CHANGES 12

struct step {
	const struct segment *seg; /* NULL if time passed */
	struct conn *conn;
	struct end *sender, *receiver; /* conn's: its ends from and to */
	const struct past *pasts; /* earlier lives, newest first; or NULL */
	unsigned from, to;        /* ends */
	int64_t ts;               /* of the segment, never decreasing */

	int64_t seq, seq_end; /* positions in from's space */
	int64_t ack;          /* position in to's space; CONN_NEVER: none */

	/* Before the segment was counted in. */
	int64_t idle;           /* ns since from's last segment */
	int64_t snd_una_before; /* of the peer: what `from` had acknowledged */
	uint32_t wnd_before;    /* of `from` */

	/* What every segment has ends here. */

	uint32_t meaning;  /* enum step_meaning */
	bool may_cross;    /* a FIN copy: the newest ACK of it passed so
	                    * shortly before that it was in flight still */
	bool ack_lost;     /* a FIN copy: its first ACK passed so long
	                    * before that it must have been lost */
	bool has_dsack;    /* first SACK block reports a duplicate */
	bool sacks_fin;    /* a SACK block covers the peer's FIN */
	bool tsval_is_old; /* a FIN: not the first segment of its end to carry
	                    * that TSval */
	bool ack_early;    /* it came too soon after the newest copy of
	                    * the FIN to answer that one */
	unsigned n_changes;
	enum fin_word fin_word;       /* on STEP_ACKS_FIN, STEP_REACKS_FIN */
	enum took_over took_over;     /* on STEP_SYN */
	int64_t dsack_from, dsack_to; /* positions in to's space */
	struct rst_story rst;         /* on STEP_RST */
	struct paws_story paws;       /* on STEP_PAWS */
	struct old_story old;         /* on STEP_OLD */

	struct state_change change[STEP_CHANGES]; /* n_changes are filled */
};

/* What few segments have. Not the changes: they are most of a step, and
 * n_changes says how many there are. In two parts, each so small that it is
 * cleared by a few stores and not by a string instruction, which costs more. */
static inline void step_clear(struct step *s)
{
	const size_t from = offsetof(struct step, meaning);
	const size_t middle = offsetof(struct step, rst);
	memset((char *)s + from, 0, middle - from);
	memset((char *)s + middle, 0, offsetof(struct step, change) - middle);
}

static inline bool step_is(const struct step *s, uint32_t meaning)
{
	return (s->meaning & meaning) != 0;
}

#endif
