/*
 * Interface for SYNs that came just now. Most are answered within a round trip,
 * so for a moment their lives are kept as they are, and the segments as well:
 * of those that nothing follows, struct syn is made (flow/syn.h). Private to
 * flow/.
 */
#ifndef TCPCLOSE_FLOW_FRESH_H
#define TCPCLOSE_FLOW_FRESH_H

#include "flow/table.h"

struct fresh_syn {
	struct segment seg;
	unsigned from;
};

/* How many are kept so, in a table with that budget. */
size_t fresh_room(uint64_t max_memory);

/* A flow has begun with this SYN, syn_is_plain(), and nothing else. Its timer
 * is not hung up: it ages here. */
void fresh_note(struct flow_table *t, struct flow *f, const struct segment *seg,
                unsigned from);

/* Put away all of them. */
void fresh_put_away(struct flow_table *t);

/* Put away what came a second before `now`. */
void fresh_age(struct flow_table *t, int64_t now);

#endif
