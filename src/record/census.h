/*
 * Interface for the ends of all connections by state, now and at their most:
 * what `netstat -nat | sort | uniq -c` would have shown on both hosts.
 *
 * It is told of every end that comes, changes and goes, and never walks them.
 * TIME-WAIT outlives the connection it belongs to: such a socket is still
 * there although nothing else is held of it.
 */
#ifndef TCPCLOSE_RECORD_CENSUS_H
#define TCPCLOSE_RECORD_CENSUS_H

#include "record/record.h"
#include "record/resting.h"
#include "tcp/state.h"

enum role { ROLE_CLIENT, ROLE_SERVER, N_ROLES };

struct peak {
	int64_t n;
	int64_t at; /* the first time; nothing if n is 0 */
};

/* Note a number; it may be the highest so far. */
static inline void peak_note(struct peak *p, int64_t n, int64_t ts)
{
	if (n > p->n)
		*p = (struct peak){ n, ts };
}

struct census {
	int64_t n[N_ROLES][N_TCP_STATES]; /* of connections that are held */
	struct resting rest[N_ROLES];     /* TIME-WAIT of those that are over */
	struct peak peak[N_TCP_STATES];   /* both roles together */
};

void census_init(struct census *c, int64_t time_wait);

/* How many rest in TIME-WAIT. */
int64_t census_resting(struct census *c, int64_t ts);

/*
 * An end comes into a state, or leaves it. Who moves several ends at once
 * lets all leave before the first enters.
 */
static inline void census_enter(struct census *c, enum role role,
                                enum tcp_state state, int64_t ts)
{
	c->n[role][state]++;
	int64_t n = c->n[ROLE_CLIENT][state] + c->n[ROLE_SERVER][state];
	if (state == TIME_WAIT)
		n += census_resting(c, ts);
	peak_note(&c->peak[state], n, ts);
}

static inline void census_leave(struct census *c, enum role role,
                                enum tcp_state state)
{
	c->n[role][state]--;
}

/* An end whose connection is over rests in TIME-WAIT until then; or does so
 * no more, because its four-tuple is open again. */
void census_rest(struct census *c, enum role role, int64_t until, int64_t now);
void census_wake(struct census *c, enum role role, int64_t until, int64_t now);

/* Ends in a state; now is not before the last time it was told of. */
int64_t census_count(const struct census *c, enum role role,
                     enum tcp_state state, int64_t now);

/* The same as records have it, in the order of state_words. */
struct stats_ends census_ends(const struct census *c, int64_t now);
struct stats_ends census_peaks(const struct census *c);
struct stats_ends census_peak_times(const struct census *c);

#endif
