/*
 * Interface for the accounts of a run: what all connections together cost
 * their hosts. Plain values of fixed size; nothing here allocates.
 */
#ifndef TCPCLOSE_RECORD_LEDGER_H
#define TCPCLOSE_RECORD_LEDGER_H

#include "record/census.h"
#include "record/routes.h"
#include "record/settings.h"
#include "record/sources.h"
#include "record/worst.h"

#define LEDGER_PORT_RANGE (60999 - 32768 + 1) /* Linux's default */

struct ledger {
	int64_t time_wait;  /* ns that TIME-WAIT lasts */
	int64_t port_range; /* ports that clients take their own from */
	struct source_names sources; /* of the frames in it */
	struct census census;
	struct routes routes;
	struct settings settings;
	struct worst worst;
	int64_t held[N_ROLES]; /* TIME-WAITs ever, by the end that held them */
	int64_t judged, brief; /* connections, as in struct route */
};

void ledger_init(struct ledger *l, int64_t time_wait, int64_t port_range);

/*
 * What a client may open a second to one port of one server, if each leaves a
 * TIME-WAIT at the client; 0: no limit, TIME-WAIT lasts for no time.
 */
double ledger_ceiling(const struct ledger *l);

/* What statistics tell of it at their time. */
void ledger_fill_stats(const struct ledger *l, struct stats_record *stats);

#endif
