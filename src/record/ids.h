/*
 * Interface for the identifiers in records. All are pure functions of what
 * was captured: a capture read twice, whole or in shards, in any process,
 * gives the same ids. They are never 0, which stands for "no id".
 */
#ifndef TCPCLOSE_RECORD_IDS_H
#define TCPCLOSE_RECORD_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "record/record.h"

/* What makes a connection this one, and no other of its four-tuple. */
struct flow_identity {
	const struct four_tuple *tuple;   /* either direction */
	int64_t first_packet;             /* its time, ns */
	const struct tcp_seq *client_isn; /* NULL if its SYN was not seen */
};

uint64_t flow_id(const struct flow_identity *flow);

/*
 * The id of the ordinal-th event of its kind in a flow.
 *
 * finding  the finding's name; NULL if the event is none
 */
uint64_t event_id(uint64_t flow, enum event_type type, const char *finding,
                  uint64_t ordinal);

#define COMMUNITY_ID_MAX 31 /* "1:", 28 characters, 0 */

/*
 * The Community ID flow hash, version 1 with seed 0: the same for both
 * directions. VLAN tags and tunnels are no part of it.
 *
 * Source   the Community ID specification of the Zeek and Suricata projects
 */
void community_id(const struct four_tuple *tuple,
                  char text[static COMMUNITY_ID_MAX]);

/* Whether the source of a tuple stands before its destination: the order of
 * addresses as bytes, then of ports, that all ids are built on. */
bool tuple_is_ordered(const struct four_tuple *tuple);

#endif
