/*
 * Interface for four-tuples of which one SYN is all that was seen, as in a
 * flood. What the model makes of a first SYN follows from the SYN, so only
 * that is kept, and the life is made again when anything else comes, or when
 * it is over. Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_SYN_H
#define TCPCLOSE_FLOW_SYN_H

#include <stddef.h>

#include "flow/key.h"
#include "flow/table.h"

struct syn {
	struct flow_entry entry;
	int64_t ts;
	uint64_t frame; /* and with it the source */
	struct tcp_seq seq;
	struct tcp_ts tsval;
	uint32_t stream;
	uint16_t window;
	uint16_t mark; /* its IP-ID; where that is 0 or none, its checksum */
	uint8_t ttl;
	uint8_t wscale;
	uint8_t shape; /* enum syn_shape */
	uint8_t key[]; /* packed; then ACK and TSecr, if they are not 0 */
};

#define SYN_MAX 96 /* bytes; a SYN that needs more is kept as a whole life */

static_assert(offsetof(struct syn, key) + KEY_PACKED_MAX <= SYN_MAX,
              "a SYN without an answer stays small");

/* Of a SYN that a struct syn can hold; and nothing but that SYN made the life
 * what it is. */
bool syn_is_plain(const struct segment *seg, const struct flow_key *key);
bool syn_is_all(const struct life *l);

/* The flow, whose timer is not hung up, began with this SYN from end `from`:
 * only that is kept of it from here on. False: that is not all that is known
 * of it, or there is no memory, and it stays as it is. */
bool syn_keep(struct flow_table *t, struct flow *f, const struct segment *seg,
              unsigned from);

/* The same of a flow that is not in the table, and stays the caller's. NULL:
 * as above. */
struct syn *syn_add(struct flow_table *t, const struct flow *f,
                    const struct segment *seg, const struct flow_place *place);

/* Make the flow, with its life or its past, again, in its place. NULL: no
 * memory. */
struct flow *syn_wake(struct flow_table *t, struct syn *syn, int64_t now);

/* Tell that its life is over: it is a past one then. And forget that. */
int syn_end(struct flow_table *t, struct syn *syn, enum end_reason reason);
void syn_forget(struct flow_table *t, struct syn *past);

/* The slot of the wheel in which the next of them would hang, by wheel_slot();
 * INT64_MAX: there is none. And do what is due in a slot. */
int64_t syn_next_slot(const struct flow_table *t);
int syn_fire(struct flow_table *t, int64_t slot);

#endif
