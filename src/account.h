/*
 * Interface for turning a life into records: who it was, how it closed.
 */
#ifndef TCPCLOSE_ACCOUNT_H
#define TCPCLOSE_ACCOUNT_H

#include "detect/detector.h"
#include "flow/flow.h"
#include "record/record.h"

#define ACCOUNT_COMMUNITY_MAX 32

/* Who a connection is; the strings of its records are borrowed from here. */
struct account {
	const struct life *life;
	const struct conn *conn;
	const char *source; /* borrowed */
	char community[ACCOUNT_COMMUNITY_MAX];
	uint64_t flow_id;
	unsigned client; /* end */
};

/* The id of a life after its first segment, whether it bears it yet or not. */
uint64_t account_flow_id(const struct life *life);

void account_init(struct account *a, const struct life *life,
                  const char *source);

/* The identity part of any record of this connection. */
void account_flow(const struct account *a, enum event_type type,
                  const char *finding, uint64_t ordinal, struct record_flow *f);

/* "client" or "server". */
const char *account_role(const struct account *a, unsigned end);

void account_end(const struct account *a, unsigned end, struct record_end *r);

/* The whole story; the source of last_frame, findings and severity, which are
 * absent, are the caller's to add. Sets all fields, so that nobody has to clear
 * them before. */
void account_close(const struct account *a, const struct moment *moment,
                   struct close_record *r);

/* The newest record of a SYN without an answer, as long as its life and its
 * account are there; and what of it is shared with those before that have the
 * same number (record.series). */
struct unanswered {
	struct close_record close;
	uint64_t series; /* 0: there was none yet */
	uint32_t source;
	uint8_t ip_version, n_vlans;
	enum end_reason reason;
	bool is_lossy;
};

/* The same record as account_close() makes of a life that was one SYN without
 * payload: what all of these share is left as it stands. */
void account_unanswered(const struct account *a, const struct moment *moment,
                        struct unanswered *u);

#endif
