/*
 * Interface for lives that are packed to a fifth of their size until something
 * comes for them, or they are over: those that are done and only linger for
 * what may follow, a minute long, and so most of all that is held; and when
 * memory runs short, those that are idle. Nothing is lost. Private to flow/.
 */
#ifndef TCPCLOSE_FLOW_REST_H
#define TCPCLOSE_FLOW_REST_H

#include "flow/key.h"
#include "flow/table.h"

/* The newest ones are left as they are: what follows a close at all follows it
 * soon, and a four-tuple that is opened again at once needs no unpacking. How
 * many, of a table with that budget. */
size_t rest_after(uint64_t max_memory);

struct rest {
	struct flow_entry entry;
	struct timer timer;
	uint64_t stream;
	uint8_t key[]; /* packed; then the life, see pack.h. When that is over:
	                * what is left of it, a struct past */
};

static_assert(offsetof(struct rest, timer) == offsetof(struct flow, timer),
              "one wheel turns for both");

/* The life of the flow is done, or was done already: in time, it is packed. */
void rest_note(struct flow_table *t, struct flow *f, int64_t now);

/* Pack a flow that was not heard of for a while, if there is one. */
void rest_idle(struct flow_table *t, int64_t now);

/* The flow is no longer there, or its life goes on. */
void rest_forget(struct flow_table *t, struct flow *f);

/* Make the flow, with its life or its past, again, in its place in the table.
 * NULL: no memory. */
struct flow *rest_wake(struct flow_table *t, struct rest *rest, int64_t now);

/* Its timer has fired: its life is over and a past one, or goes on, or the past
 * is forgotten. */
int rest_fire(struct flow_table *t, struct rest *rest, int64_t now);

/* Tell that its life is over; its entry stays, and must be removed. */
int rest_end(struct flow_table *t, const struct rest *rest,
             enum end_reason reason, int64_t now);

/* Forget a past. */
void rest_drop(struct flow_table *t, struct rest *past);

/* Forget the oldest if its slot of the wheel lies before that one; false: there
 * is no such. */
bool rest_drop_due(struct flow_table *t, int64_t slot);

#endif
