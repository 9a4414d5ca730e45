/*
 * Interface for keeping the ledger (record/ledger.h) up to date with what the
 * flow table tells.
 */
#ifndef TCPCLOSE_BOOKKEEPING_H
#define TCPCLOSE_BOOKKEEPING_H

#include "flow/flow.h"
#include "record/ledger.h"

/* An end sends new payload. A request is what the client says until the server
 * says something. */
static inline void book_payload(struct life *life, unsigned from)
{
	struct life_book *book = &life->book;
	const bool is_client = from == life->conn.opener;
	if (is_client == book->client_spoke_last)
		return;
	book->client_spoke_last = is_client;
	if (is_client && book->n_requests < UINT8_MAX)
		book->n_requests++;
}

/* Whether a life begins with a step, or changes the state of an end. */
static inline bool book_minds(const struct life *life, const struct step *step)
{
	return step->n_changes > 0 || !life->book.is_begun;
}

/* It does; linger as in struct flow_options. */
void book_change(struct ledger *l, struct life *life, const struct step *step,
                 int64_t linger);

/* A life is over at `now`. */
void book_over(struct ledger *l, const struct life *life,
               enum end_reason reason, int64_t now);

#endif
