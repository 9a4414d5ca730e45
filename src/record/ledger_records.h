/*
 * Interface for the ledger as records: tcp_route, tcp_service and tcp_host.
 * They are totals of the run so far, so each takes the place of the one
 * before that has the same event_id.
 */
#ifndef TCPCLOSE_RECORD_LEDGER_RECORDS_H
#define TCPCLOSE_RECORD_LEDGER_RECORDS_H

#include <stdbool.h>

#include "record/ledger.h"

/* How many of each type are told while the run goes on. At its end all are
 * that the ledger keeps: 64 routes, 64 services, 128 hosts at most. */
#define LEDGER_TOLD 10

struct ledger_moment {
	int64_t now;        /* time of the records */
	int64_t began;      /* time of the first packet: part of their ids */
	const char *source; /* borrowed; NULL: several */
	bool is_final;      /* the run is over */
};

/* Negative ends it. */
typedef int ledger_emit(void *ctx, const struct record *record);

/*
 * Hand out the records, worst first: routes by connections, services by time
 * in CLOSE-WAIT, hosts by pins, then hosts of which only settings are known.
 *
 * Returns  0, or the first negative value of emit
 */
int ledger_hand_out(const struct ledger *l, const struct ledger_moment *m,
                    ledger_emit *emit, void *ctx);

#endif
