/*
 * Interface for segments that fail PAWS: each is held until its receiver tells
 * what it did with it, then counted or let go. Collected here from steps;
 * paws_failure.c judges them.
 */
#ifndef TCPCLOSE_DETECT_PAWS_SUSPECT_H
#define TCPCLOSE_DETECT_PAWS_SUSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "record/field.h"
#include "tcp/step.h"

#define PAWS_SUSPECTS 4

enum paws_kind { PAWS_DATA, PAWS_FIN, PAWS_SYN, PAWS_ACK };
enum paws_reaction { PAWS_DUP_ACK, PAWS_DSACK, PAWS_NONE };

/* A segment that fails, as it was sent. */
struct paws_segment {
	uint64_t frame;
	int64_t ts;
	int64_t seq, seq_end;
	int64_t ack_then; /* what the receiver had acknowledged */
	int64_t copy_ts;  /* of a good copy that followed; 0: none */
	struct tcp_ts tsval, ts_recent;
	int32_t behind;
	uint32_t incarnation; /* that it was sent in */
	uint8_t kind;         /* enum paws_kind */
	uint8_t reaction;     /* enum paws_reaction */
	bool certain;
	bool harmful;     /* the receiver lacks what it brings */
	bool wants_reply; /* counts only if the receiver answers it */
};

/* What fails on its way to one end. */
struct paws_side {
	uint32_t n_suspects; /* not decided yet, oldest first */
	struct paws_segment suspect[PAWS_SUSPECTS];

	struct paws_segment worst; /* of those that count: the one to tell of */
	uint32_t n;                /* that count */
	uint32_t n_rejected, n_accepted, n_certain, n_harmful;
	uint32_t n_same; /* times in a row that same_seq failed */
	uint32_t n_same_most;
	int64_t same_seq, starved_end;
	int64_t first_ts, last_ts;
	struct numbers frames;
};

/* Two sides, by the end that receives. */
void paws_observe(struct paws_side side[static 2], const struct step *step);

/* Nothing more will come: count what still is held. */
void paws_settle(struct paws_side *side);

/* Time has come to `now`: count what has had no answer for so long that none
 * will come. `end` receives. */
void paws_expire(struct paws_side *side, const struct conn *conn, unsigned end,
                 int64_t now);

/* When that may next count something; INT64_MAX: never. */
int64_t paws_expiry(const struct paws_side *side, const struct conn *conn,
                    unsigned end);

#endif
