/*
 * Interface for the summary of a run: what all the records together say.
 *
 * A plain value of fixed size: begin with zeros, show it every tcp_close and
 * tcp_finding, read it at any time.
 */
#ifndef TCPCLOSE_RECORD_SUMMARY_H
#define TCPCLOSE_RECORD_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "record/ledger.h"
#include "record/record.h"

#define SUMMARY_KINDS 64 /* kinds of findings told apart; there are fewer */

enum summary_end { SUMMARY_CLIENT, SUMMARY_SERVER, N_SUMMARY_ENDS };

struct summary_finding {
	const char *name; /* borrowed from the finding_kind: static */
	int64_t by_severity[N_SEVERITIES];
};

struct summary {
	int64_t connections;
	int64_t troubled;               /* with findings */
	int64_t capture_loss;           /* packets of theirs are missing */
	int64_t complete;               /* both FINs acknowledged */
	int64_t by_kind[N_CLOSE_KINDS]; /* as in close_kind_words */
	int64_t by_conn_state[N_CONN_STATES];   /* as in conn_state_words */
	int64_t closed_first[3];                /* as in end_words */
	int64_t ends[N_SUMMARY_ENDS][N_STATES]; /* as in state_words */

	int64_t findings; /* closed ones: an open finding comes again */
	int64_t by_severity[N_SEVERITIES];
	size_t n_kinds;
	struct summary_finding finding[SUMMARY_KINDS]; /* as first met */

	/* Of the run, if somebody keeps one: borrowed, or NULL. */
	const struct ledger *ledger;
};

/* Take in a record; other types than the two are passed over. */
void summary_add(struct summary *s, const struct record *r);

/* All findings of a kind, of every severity. */
int64_t summary_finding_count(const struct summary_finding *f);

#endif
