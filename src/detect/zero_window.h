/*
 * Interface for zero-window stalls: an end that wants to send meets a window
 * of 0 and probes it, until the window opens, a reset ends it, or it gives
 * up. Collected here from steps; fin_wait_1_pin.c judges them.
 */
#ifndef TCPCLOSE_DETECT_ZERO_WINDOW_H
#define TCPCLOSE_DETECT_ZERO_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/step.h"

#define STALL_NUMBERS 12
#define STALLS_KEPT   8 /* no more are told of one life while it lasts */

/* Begins like struct numbers. */
struct stall_numbers {
	uint32_t n, n_more;
	int64_t at[STALL_NUMBERS];
};

enum stall_phase {
	STALL_NONE,     /* a free place */
	STALL_CLOSED,   /* the window is 0 */
	STALL_REOPENED, /* it opened; whether a FIN follows is to be seen */
	STALL_OVER,
};

/* How it ended. */
enum stall_outcome {
	STALL_RELEASED,
	STALL_RESET,
	STALL_GAVE_UP,
	STALL_UNDECIDED,
};

/* What shows that a close was pending, weakest first. */
enum stall_proof {
	PROOF_NONE,
	PROOF_SILENCE, /* probing ended as an orphan's does, or it ended and a
	                * plain RST tells that the socket is gone */
	PROOF_LONG_FLIGHT, /* a FIN ended what was sent on reopening, which
	                    * is more than a small buffer holds */
	PROOF_KERNEL,      /* the kernel of its host says so */
	PROOF_FLIGHT,      /* the same as LONG_FLIGHT, within 64 KiB */
	PROOF_GONE,        /* both: silent like an orphan, then plain RST */
	PROOF_REFUSAL,     /* it answered data with RST: nobody reads there */
	PROOF_ABORT,       /* RST+ACK at SND.UNA while the window was 0 */
	PROOF_FIN,         /* its FIN was seen, not acknowledged */
};

/* What the kernel of the end's host said, if it was asked. */
enum stall_word {
	WORD_NONE,
	WORD_OPEN,   /* its program has not closed */
	WORD_CLOSED, /* it has: the FIN waits */
};

struct stall {
	uint8_t phase;   /* enum stall_phase */
	uint8_t end;     /* that cannot send */
	uint8_t outcome; /* enum stall_outcome, when over */
	uint8_t proof;   /* enum stall_proof */
	uint8_t number;  /* of this end's, from 0; saturates */
	uint8_t word;    /* enum stall_word: the newest */
	bool reset_by_reader;
	bool is_steady; /* the newest gap has grown no more */
	uint32_t n_probes;
	uint32_t n_ratios, n_regular; /* of neighbouring gaps */
	uint32_t n_answers;           /* ACKs with window 0 */
	uint32_t n_unanswered;        /* probes since the newest of them */
	int64_t zero_ts;              /* the window became 0 */
	int64_t pinned_ts; /* so, and the FIN was there, if it was seen */
	int64_t last_ts;   /* newest sign that it lasts; when over, its end */
	int64_t probe_ts, gap;     /* of the newest probe */
	int64_t request_ts;        /* data of the reader; CONN_NEVER: none */
	int64_t una;               /* where the end stood on reopening */
	int64_t held;              /* bytes from there to its FIN */
	int64_t flight_ts;         /* newest sign of the flight that followed */
	uint32_t snd_nxt, rcv_nxt; /* of the end, on the wire */
	uint64_t last_probe_frame;
	uint64_t end_frame;
	struct stall_numbers gaps, frames;
};

struct stalls {
	uint8_t n_begun[2];             /* by the end that cannot send */
	struct stall now[2];            /* by the same */
	struct stall kept[STALLS_KEPT]; /* earlier ones, either end's */
};

void stalls_observe(struct stalls *all, const struct step *step);

/*
 * Take in the state that the kernel says the end is in. A program that has
 * closed does not open again, so that word lasts.
 */
void stall_hear(struct stall *s, enum tcp_state state);

/* What shows that a close was pending, the kernel's word included. */
enum stall_proof stall_proof(const struct stall *s);

/*
 * The kernel says that no close is pending, and nothing on the wire showed one
 * after that.
 */
bool stall_is_dismissed(const struct stall *s);

/*
 * It lasted, and was probed as a closed window is: at least 5 s, 3 probes,
 * gaps that double, and then stay at the limit of the backoff.
 */
bool stall_is_proper(const struct stall *s);

/*
 * No probe came, up to `now`, although one was due: the end is gone. Some
 * quarters of the gap that was next have passed, four if it is just due.
 */
bool stall_is_silent(const struct stall *s, int64_t now, int quarters);

/* So long, and with such gaps, an orphan probes before it gives up. */
bool stall_fits_orphan(const struct stall *s);

/* One that gave up did so when the next probe was due, whatever the reader
 * said later. */
void stall_end_in_silence(struct stall *s);

/* Note the end's sequence numbers as they are. */
void stall_take_numbers(struct stall *s, const struct conn *conn);

#endif
