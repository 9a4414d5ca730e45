/*
 * The model of one connection: two ends, each an RFC 9293 machine, and what
 * the tap knows of each. Pure: no I/O, no clock, no detector.
 *
 * A tap sees segments leave one end and pass by; it never sees them arrive.
 * So knowledge comes in strengths. What an end's own segments say is certain.
 * What passed towards it is presumed to have arrived until that end says
 * something which it could not have said then; a presumption so contradicted
 * is taken back.
 *
 *      end[0] -----------> tap -----------> end[1]
 *               certain          presumed
 *             <----------- tap <-----------
 *               presumed         certain
 *
 * Positions are offsets in the sequence space of the end that sends: SYN at
 * 0, first byte at 1 (base/seq.h). For an end that was met in mid-stream the
 * first byte seen is at 1.
 */
#ifndef TCPCLOSE_TCP_CONN_H
#define TCPCLOSE_TCP_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/seq.h"
#include "base/spans.h"
#include "decode/segment.h"
#include "tcp/state.h"

#define CONN_NEVER INT64_MIN /* a time or position that does not exist */

/* Segments of an end among which a capture duplicate is sought. */
#define CLONE_MEMORY 4

/* What a segment looked like, to recognise a second capture of it. */
struct clone_print {
	uint32_t hash;
	uint32_t ts_us; /* low 32 bits of its time in microseconds */
};

/* The life of one end's FIN, and what its close costs in time. */
struct fin_story {
	int64_t pos; /* position of the FIN; CONN_NEVER: none seen */
	int64_t first_ts;
	int64_t last_ts;  /* of the newest copy, or the FIN itself */
	int64_t last_gap; /* between the two newest copies; 0: no copy */
	uint64_t first_frame;
	uint64_t last_frame;
	uint32_t n_sent; /* copies included, capture duplicates not */
	struct tcp_ts first_tsval;
	struct tcp_ts last_tsval;
	uint16_t last_ip_id;
	bool first_missed : 1;     /* it was, or may have been, sent before */
	bool covered_peer_fin : 1; /* the first FIN acknowledged the peer's */
	bool shares_tsval : 1;     /* its end had sent that TSval before */
	bool waits : 1; /* the peer lacked data before it, after it passed */

	int64_t acked_ts; /* first ACK of it passed; CONN_NEVER: none */
	uint64_t acked_frame;
	int64_t last_acked_ts; /* newest ACK of it that passed */
	uint64_t last_acked_frame;

	/* Where the peer's sequence stood when it first acknowledged this
	 * FIN: whatever lies beyond was sent with that ACK, so this end has
	 * the ACK for certain once it acknowledges anything beyond. */
	int64_t peer_pos_at_ack;
	uint32_t n_sent_at_ack; /* FINs sent until then */

	int64_t in_state[N_TCP_STATES]; /* ns spent, for states already left */
};

/* Bytes that were acknowledged before the tap saw them. If they come within
 * 10 ms the capture had merely swapped frames. */
struct unseen {
	int64_t from, to; /* positions; parts of it may have passed */
	int64_t n;        /* bytes that had not */
	int64_t ts;       /* of the ACK */
	uint64_t frame;   /* of the ACK */
};

/* What speaks against an RST being that of the end it names: foreign.c. */
enum rst_sign {
	RST_SIGN_TTL = 1 << 0,          /* another distance than all else */
	RST_SIGN_STEPPED_SEQ = 1 << 1,  /* one of a series that guesses */
	RST_SIGN_BOTH_ENDS = 1 << 2,    /* the other end got one as well */
	RST_SIGN_GOES_ON = 1 << 3,      /* the end itself speaks on */
	RST_SIGN_NO_TIMESTAMP = 1 << 4, /* corroborates only */
	RST_SIGN_IP_ID = 1 << 5,        /* corroborates only */
};

/* The newest RST of this life in the name of an end, and what is odd about
 * all of them. */
struct rst_trace {
	int64_t ts; /* CONN_NEVER: there was none */
	int64_t seq;
	int64_t idle;     /* ns from that end's segment before it */
	int64_t peer_nxt; /* the other end's snd_nxt at that time */
	struct tcp_ts tsval;
	bool has_tsval;
	uint8_t signs; /* enum rst_sign */
};

/* What is out of order, by sending end. Allocated when there is such. */
struct holes {
	struct spans ahead[2]; /* passed beyond a hole */
	struct unseen unseen[2];
};

/* Allocated when the first FIN or RST appears. */
struct closing {
	struct fin_story fin[2];
	int64_t started; /* first FIN or RST */
	uint64_t started_frame;
	int64_t last_ts;         /* newest segment that belongs to the close */
	uint32_t n_rst[2];       /* of whatever life */
	bool aborted[2];         /* sent an RST of this one */
	int reset_by;            /* end whose RST ended it; -1: none */
	struct rst_trace rst[2]; /* by the end that they name */
};

enum end_fact {
	END_SPOKE = 1 << 0,        /* sent at least one segment */
	END_SYN = 1 << 1,          /* its SYN was seen: iss is true */
	END_BASED = 1 << 2,        /* iss is set, true or invented */
	END_WSCALE = 1 << 3,       /* its SYN carried a window scale */
	END_WINDOW_KNOWN = 1 << 4, /* wnd is in bytes; else only 0 is sure */
	END_SACK = 1 << 5,         /* its SYN permitted SACK */
	END_TIMESTAMPS = 1 << 6,   /* sends the option */
	END_TS_CERTAIN = 1 << 7,   /* ts_recent is set */
	END_TS_PRESUMED = 1 << 8,  /* ts_presumed is set */
	END_WINDOW = 1 << 9,       /* wnd was advertised at least once */
	END_SYN_REPEATED = 1 << 10,
	END_NEW_DATA = 1 << 11, /* sent new payload since the capture began */
	END_GAP = 1 << 12,      /* bytes of it were missed by the capture */
	END_FIN_TAKEN_BACK = 1
	                     << 13, /* the peer's FIN was lost behind the tap */
	END_TAIL_MISSED = 1 << 14, /* its newest bytes were acknowledged but not
	                            * captured: a FIN may be among them */
};

struct end {
	struct tcp_seq iss; /* position 0 */
	uint16_t facts;     /* enum end_fact */
	uint8_t state;      /* enum tcp_state; how sure: conn_grade() */
	uint8_t closed;     /* enum tcp_grade of CLOSED, once it was */
	uint8_t prior;      /* the state before CLOSED */
	uint8_t peer_fin;   /* grade of "the peer's FIN arrived, in order" */
	uint8_t fin_acked;  /* grade of "the ACK of its FIN arrived" */
	uint8_t handshake;  /* grade of "the peer's SYN, or ACK of it, arrived"
	                     */
	uint8_t wscale;
	uint8_t ttl;    /* of its first segment */
	uint16_t ip_id; /* of its newest segment */

	/*
	 *  acknowledged     passed, in order   hole   ahead
	 * |----------------|------------------|      |------|
	 *               snd_una            passed         snd_nxt
	 */
	int64_t snd_una; /* highest ACK the peer sent: it holds all before */
	int64_t passed;  /* the tap saw all before (or the peer acked it) */
	int64_t snd_nxt; /* highest position seen, plus one */
	int64_t snd_max_wnd_edge; /* right edge the peer ever offered */

	uint32_t wnd;        /* last window it advertised, scaled */
	struct tcp_ts tsval; /* highest sent */
	struct tcp_ts first_tsval;
	struct tcp_ts ts_recent; /* highest TSecr it sent: certain TS.Recent */
	struct tcp_ts ts_presumed; /* TS.Recent if all that passed arrived */
	uint32_t data_ms; /* when it last sent new payload: low 32 bits of ms */

	int64_t ts_recent_at; /* when TS.Recent was last refreshed */
	int64_t last_ts;      /* newest segment it sent */
	int64_t state_since;
	int64_t rtt;       /* tap to end and back, least seen; 0: unknown */
	int64_t timed_pos; /* the peer's position that awaits an ACK ... */
	int64_t timed_ts;  /* ... since then; CONN_NEVER: none */

	uint64_t bytes;   /* new payload, as acknowledged or seen */
	uint64_t missing; /* acknowledged by the peer, never captured */
	uint32_t packets;
	uint16_t n_zero_windows; /* times its window became 0; saturates */
	uint16_t n_probes;       /* zero-window probes it sent */
	uint16_t n_keep_alives;
	uint8_t i_clone;
	struct clone_print clone[CLONE_MEMORY];
	uint8_t ttl_low, ttl_high; /* of all it sent but RSTs; 0: nothing yet */
};

struct conn {
	struct end end[2];
	struct closing *closing;
	struct holes *holes;

	int64_t first_ts, last_ts;
	uint64_t first_frame, last_frame;
	uint32_t source;
	uint32_t incarnation;
	uint64_t stream;
	uint64_t flow_id;
	uint8_t opener;           /* end that is the client */
	uint8_t direction_source; /* enum direction_source */
	bool midstream;           /* no SYN was seen */
	bool confirmed : 1;       /* both ends spoke in this life */
	bool lossy : 1;           /* the capture says that it missed packets
	                           * while this life lasted */
	bool steady : 1;          /* lacks nothing: expected.c */
	bool open : 1;            /* steady, and no end has closed */
	uint8_t replaced;         /* bit i: end i was not CLOSED when a new life
	                           * of it began; it was what `prior` says */
	uint8_t n_letters;
	char letters[22];    /* Zeek's history */
	uint32_t letter_set; /* which were written, see letters.c */
	uint32_t n_clones;   /* capture duplicates left out */
	uint32_t n_changes;  /* of either end's state, so far */
};

/* How client and server were told apart. */
enum direction_source {
	DIRECTION_SYN,
	DIRECTION_SYN_ACK,
	DIRECTION_PORT,
	DIRECTION_FIRST_PACKET,
};

/* Why a connection's story ends here, as far as it does. */
enum end_reason {
	END_NOT_YET, /* it goes on: a live capture asks meanwhile */
	END_CLOSED,  /* both ends done, and quiet since */
	END_IDLE_TIMEOUT,
	END_OF_CAPTURE,
	END_REUSE,   /* the four-tuple began a new life */
	END_EVICTED, /* no memory for it any longer */
	N_END_REASONS
};

const char *direction_source_name(enum direction_source source);
const char *end_reason_name(enum end_reason reason); /* NULL: not yet */

/* A life begins with `first`; allocates nothing. Zeroed memory will do. */
void conn_init(struct conn *c, const struct segment *first);

/* Give back what the model took from the pool. */
void conn_fini(struct conn *c, struct pool *pool);

/*
 * Show the connection one of its segments. `from` is the end that sent it.
 *
 * pool     gives room for what few connections need: closing, holes
 * step     filled: what the segment meant (tcp/step.h)
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_ENOMEM
 * Source   RFC 9293 section 3.10.7, in its order
 */
struct step;
int conn_observe(struct conn *c, const struct segment *seg, unsigned from,
                 struct pool *pool, struct step *step);

/*
 * The same for the first segment of a connection, of which it is known that
 * there is no other: a SYN that says nothing but that. Of a flood the model
 * does no more than this.
 */
bool conn_can_begin(const struct segment *seg);
void conn_begin(struct conn *c, const struct segment *seg, unsigned from,
                struct step *step);

/* The same without header prediction (tcp/expected.c): what conn_observe() is
 * measured by. */
int conn_observe_in_full(struct conn *c, const struct segment *seg,
                         unsigned from, struct pool *pool, struct step *step);

/*
 * Let time pass without a segment: TIME_WAIT that must be over by `now`, an
 * orphan that must have given up. Changes are noted in step, which has no
 * segment then.
 *
 * time_wait  ns that TIME_WAIT lasts
 */
void conn_expire(struct conn *c, int64_t now, int64_t time_wait,
                 struct step *step);

/*
 * An end opened a new life on this four-tuple at `now`, so this one is over
 * for it (RFC 9293 section 3.6.1). Noted in step like conn_expire().
 */
void conn_replace(struct conn *c, unsigned end, int64_t now, struct step *step);

/*
 * An end answered the SYN of a new life with numbers of this one, and was
 * refused: the RST that ends it passed at `now` (RFC 9293 section 3.5.1,
 * figure 9). Noted in step like conn_expire().
 */
void conn_clear(struct conn *c, unsigned end, int64_t now, struct step *step);

/* Forget the looks of segments that are too old to be captured twice. */
void conn_forget_prints(struct conn *c, int64_t now);

/*
 * When conn_expire() may next have something to do; INT64_MAX: never.
 */
int64_t conn_expiry(const struct conn *c, int64_t time_wait);

/*
 * The far-side round trip within which two segments may merely have crossed
 * each other: least RTT seen to that end plus 1 ms; 200 ms if not known.
 */
int64_t conn_crossing(const struct conn *c, unsigned end);

/*
 * How sure it is that RSTs in the name of an end are somebody else's: CERTAIN
 * if the end spoke on, PRESUMED (likely) by their looks, NONE.
 */
enum tcp_grade conn_foreign_rst(const struct conn *c, unsigned end);

/* How sure the facts are that the state of an end rests on. */
enum tcp_grade conn_grade(const struct conn *c, unsigned end);

/* Payload that an end sent and its peer has not acknowledged. */
int64_t conn_unacked(const struct conn *c, unsigned end);

/* Both FINs sent and both acknowledged. */
bool conn_complete(const struct conn *c);

/* Both ends are done: CLOSED, or TIME_WAIT on one side. */
bool conn_done(const struct conn *c);

/* Bytes were missed, or the capture says that it missed packets meanwhile, or
 * one direction is absent. */
bool conn_is_lossy(const struct conn *c);

/* Segments of one direction only were seen although the other must exist. */
bool conn_one_sided(const struct conn *c);

/* The fin_story of an end that sent a FIN; NULL if none was seen. */
static inline const struct fin_story *conn_fin(const struct conn *c,
                                               unsigned end)
{
	return c->closing && c->closing->fin[end].n_sent > 0
	               ? &c->closing->fin[end]
	               : NULL;
}

/* The same of an end that is known to have sent one. */
static inline const struct fin_story *conn_sent_fin(const struct conn *c,
                                                    unsigned end)
{
	return &c->closing->fin[end];
}

static inline bool end_is(const struct end *e, enum end_fact fact)
{
	return (e->facts & fact) != 0;
}

#endif
