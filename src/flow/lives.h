/*
 * Interface for how a life begins, how long it lasts, and how it ends. Private
 * to flow/.
 */
#ifndef TCPCLOSE_FLOW_LIVES_H
#define TCPCLOSE_FLOW_LIVES_H

#include "flow/table.h"

#define PAST_KEPT                                                              \
	INT64_C(240000000000) /* ns; 2 MSL: RFC 9293 section 3.6.1             \
	                       */

/* The life of a flow begins with this segment; who is who. The rest of what
 * life_begin() does is left. */
void life_init(struct life *l, struct flow *f, const struct segment *first,
               unsigned from);

/* The current life of a flow, which has its memory, begins: it is counted and
 * numbered, too. */
void life_start(struct flow_table *t, struct flow *f, const struct segment *seg,
                unsigned from);

/*
 * The current life of a flow becomes one that begins with this segment; the
 * one before is superseded, or ends. Returns TCPCLOSE_OK, TCPCLOSE_ENOMEM, or
 * what an event handler returned; so do all below.
 */
int life_begin(struct flow_table *t, struct flow *f, const struct segment *seg,
               unsigned from);

/* Ask for the id of a life that has none. */
void life_name(const struct flow_table *t, struct life *l);

/* Tell that a life is over. */
int life_tell_end(struct flow_table *t, struct life *l, enum end_reason reason,
                  int64_t now);

/* A life is over: tell, remember, free. *slot is flow->life or ->older. */
int life_end(struct flow_table *t, struct flow *f, struct life **slot,
             enum end_reason reason, int64_t now);

/* Why a life is over that nothing more came for. */
enum end_reason life_reason(const struct life *l);

/* Nothing more came for a life by `now`: it is over. */
bool life_is_due(const struct flow_table *t, const struct life *l, int64_t now);

/* End what is due by `now`. */
int lives_end_due(struct flow_table *t, struct flow *f, int64_t now);

/* An end has the life no longer, since a new one began. */
int life_replace(struct flow_table *t, struct life *l, unsigned end,
                 int64_t now);

/* Let time do its work on a life: TIME_WAIT that is over, FINs given up. */
int life_tell_expiry(struct flow_table *t, struct life *l, int64_t now);

/* Have the flow looked at again when something of it is due. And do that: its
 * timer has fired. */
void lives_rearm(struct flow_table *t, struct flow *f);
int lives_fire(struct flow_table *t, struct flow *f, int64_t now);

/* After a segment of a life that is open and lacks nothing only its deadline
 * moves, and no past is too old. False if it may be otherwise. */
static inline bool lives_postpone(struct flow_table *t, struct flow *f)
{
	if (!f->life || !f->life->conn.open || f->older)
		return false;
	const int64_t now = f->life->conn.last_ts;
	int64_t at = now + t->options.idle_timeout;
	if (f->pasts && f->past_due < at)
		at = f->past_due;
	return at > now && wheel_later(&t->wheel, &f->timer, at);
}

/* How long a connection attempt without an answer is kept, in ns. */
int64_t lives_unanswered(const struct flow_table *t);

/* When a past is forgotten. */
static inline int64_t past_due(const struct past *p)
{
	return p->ended + PAST_KEPT;
}

/* What remains of a life becomes the newest past of the flow. */
int past_keep(struct flow_table *t, struct flow *f, const struct conn *c);

/* Forget the past lives that are too old, or too many; or all of them. */
void pasts_forget_old(struct flow_table *t, struct flow *f, int64_t now);
void pasts_forget_all(struct flow_table *t, struct flow *f);

#endif
