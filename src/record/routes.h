/*
 * Interface for what each route costs in ports and TIME-WAITs: a route is a
 * client address, a server address and a server port, the three that share
 * one range of client ports.
 *
 * The OFFENDERS routes with most connections are kept (record/offenders.h).
 * A connection that joins one keeps its seat there; if the route is displaced
 * meanwhile, the seat is void and what it tells is passed over, so the numbers
 * of a route are of connections that began since it is in the list.
 */
#ifndef TCPCLOSE_RECORD_ROUTES_H
#define TCPCLOSE_RECORD_ROUTES_H

#include <stdbool.h>

#include "record/census.h"
#include "record/offenders.h"

#define PACE_PARTS 16 /* of the second that slides */

/* Events in a sliding second, in steps of a sixteenth of it. */
struct pace {
	int64_t part; /* the newest */
	uint32_t in[PACE_PARTS];
	int64_t n; /* in the newest PACE_PARTS parts */
	struct peak peak;
	int64_t total;
	int64_t first, last; /* times; nothing if total is 0 */
};

void pace_count(struct pace *p, int64_t ts);

/* Events a second from the first to the last; if all came within a second,
 * how many there were. */
double pace_mean(const struct pace *p);

/* Ends that are in a state now, and at their most. */
struct population {
	int64_t now;
	struct peak peak;
};

struct route {
	uint32_t generation;           /* how often this place was taken over */
	struct population established; /* client ends */
	struct population time_wait[N_ROLES]; /* resting ones included */
	struct resting rest[N_ROLES];
	int64_t held[N_ROLES]; /* TIME-WAITs ever, by the end that held them */
	struct pace closes;    /* that left a TIME-WAIT at either end */
	int64_t judged;        /* connections that are over */
	int64_t brief;         /* of them, too short to be worth opening */
};

struct routes {
	int64_t time_wait;
	struct offenders list; /* by connections; the places of both agree */
	struct route at[OFFENDERS];
};

/* Of one connection; zeroed: it has none yet. */
struct seat {
	uint32_t generation;
	uint8_t place; /* plus one */
};

void routes_init(struct routes *r, int64_t time_wait);

/* A connection was established at ts: its seat. */
struct seat routes_join(struct routes *r, const struct offender_key *key,
                        int64_t ts);

/* The route of a seat; NULL if it has none, or lost it. */
static inline struct route *routes_of(struct routes *r, struct seat seat)
{
	if (seat.place == 0)
		return NULL;
	struct route *route = &r->at[seat.place - 1];
	return route->generation == seat.generation ? route : NULL;
}

/* The route of a key; NULL if it is not in the list. */
struct route *routes_find(struct routes *r, const struct offender_key *key);

/*
 * Places of the k routes with most of something, most first; those that have
 * none of it are left out. Returns how many.
 */
size_t routes_top(const struct routes *r,
                  int64_t (*measure)(const struct route *), size_t k,
                  size_t top[]);

/* Ends in TIME-WAIT at their most, at whichever end that is more. */
int64_t route_time_wait_peak(const struct route *r);

/* An end of it changes its state. */
void route_move(struct route *r, enum role role, enum tcp_state from,
                enum tcp_state to, int64_t ts);

/* As census_rest() and census_wake(). */
void route_rest(struct route *r, enum role role, int64_t until, int64_t now);
void route_wake(struct route *r, enum role role, int64_t until, int64_t now);

/*
 * Connections that keeping some open would have saved: those too short to be
 * worth opening, but for as many as were open at once.
 */
int64_t route_saving(const struct route *r);

#endif
