/*
 * From steps to the ledger. Many steps change no state and cost a branch.
 */
#include "bookkeeping.h"

#define BRIEF INT64_C(1000000000) /* ns that a connection is open at most */

static enum role role_of(const struct conn *c, unsigned end)
{
	return end == c->opener ? ROLE_CLIENT : ROLE_SERVER;
}

static enum tcp_state state_of(const struct conn *c, unsigned end)
{
	return (enum tcp_state)c->end[end].state;
}

/* The states between which a step moves an end; N_TCP_STATES: from none. */
struct move {
	enum tcp_state from, to;
};

/* They are kept by roles, as all that is counted is: by name and not in an
 * array, so that they stay in registers. */
struct moves {
	struct move client, server;
};

static bool is_move(struct move move)
{
	return move.from != move.to;
}

static struct offender_key key_of(const struct life *life)
{
	const struct flow_key *key = &life->flow->key;
	const unsigned client = life->conn.opener;
	return (struct offender_key){
		.peer = key->addr[client],
		.server = key->addr[!client],
		.ip_version = key->ip_version,
		.port = key->port[!client],
	};
}

static struct route *route_of(struct ledger *l, const struct life *life)
{
	const struct seat seat = { life->book.generation, life->book.place };
	return routes_of(&l->routes, seat);
}

/* ---- states --------------------------------------------------------------
 */

/* A handshake that was answered to the end, or a close of what was open
 * before the capture began: no flood of SYNs takes a seat. */
static bool is_open(struct moves moves)
{
	const unsigned client =
		1u << FIN_WAIT_2 | 1u << CLOSE_WAIT | 1u << TIME_WAIT;
	const unsigned server = client | 1u << ESTABLISHED | 1u << FIN_WAIT_1 |
	                        1u << CLOSING | 1u << LAST_ACK;
	return (client >> moves.client.to | server >> moves.server.to) & 1;
}

/* Once a life: not inlined, nor is what else happens to few, as each step would
 * pay for their keys on the stack. */
__attribute__((noinline)) static void take_seat(struct ledger *l,
                                                struct life *life, int64_t ts)
{
	const struct offender_key key = key_of(life);
	const struct seat seat = routes_join(&l->routes, &key, ts);
	life->book.generation = seat.generation;
	life->book.place = seat.place;
}

/* Inline, because of a role that is known the rest is a few additions. */
__attribute__((always_inline)) static inline void
count_move(struct ledger *l, enum role role, struct move move, int64_t ts)
{
	if (!is_move(move))
		return;
	census_enter(&l->census, role, move.to, ts);
	if (move.to == TIME_WAIT && move.from != CLOSED)
		l->held[role]++;
	if (move.from == TIME_WAIT && move.to != CLOSED)
		l->held[role]--;
}

/* What a route counts; few changes are of that kind. */
static bool concerns_route(enum role role, struct move move)
{
	const unsigned set =
		1u << TIME_WAIT | (role == ROLE_CLIENT ? 1u << ESTABLISHED : 0);
	return (set >> move.from | set >> move.to) & 1;
}

static void move_on_route(struct ledger *l, const struct life *life,
                          enum role role, struct move move, int64_t ts)
{
	if (!is_move(move) || !concerns_route(role, move))
		return;
	struct route *route = route_of(l, life);
	if (route)
		route_move(route, role, move.from, move.to, ts);
}

static void enter(struct ledger *l, struct life *life, struct moves moves,
                  int64_t ts)
{
	count_move(l, ROLE_CLIENT, moves.client, ts);
	count_move(l, ROLE_SERVER, moves.server, ts);
	if (life->book.place == 0) {
		if (!is_open(moves))
			return;
		take_seat(l, life, ts);
		/* The route knows nothing of it. */
		moves.client.from = moves.server.from = UNKNOWN;
	}
	move_on_route(l, life, ROLE_CLIENT, moves.client, ts);
	move_on_route(l, life, ROLE_SERVER, moves.server, ts);
}

/* TIME-WAIT survived an RST that was thought to end it (RFC 1337 section 3,
 * fix F1); or the RST was lost behind the tap, so one alone says little. */
__attribute__((noinline)) static void note_survivor(struct ledger *l,
                                                    const struct life *life,
                                                    const struct step *step,
                                                    unsigned end)
{
	const struct conn *c = &life->conn;
	const struct flow_key *key = &life->flow->key;
	const struct ip_value ip = { key->addr[end], key->ip_version };
	const uint64_t frame = step->seg ? step->seg->frame : 0;
	const struct setting_seen seen = {
		.least = 1,
		.most = 1,
		.frame = frame,
		.flow_id = c->flow_id,
		.sign = (int64_t)frame,
		.confidence = CONFIDENCE_POSSIBLE,
	};
	settings_observe(&l->settings, &ip, SETTING_RFC1337, &seen);
}

static void leave(struct ledger *l, struct moves moves)
{
	if (is_move(moves.client))
		census_leave(&l->census, ROLE_CLIENT, moves.client.from);
	if (is_move(moves.server))
		census_leave(&l->census, ROLE_SERVER, moves.server.from);
}

/* ---- beginnings ----------------------------------------------------------
 */

static bool is_done(uint8_t state)
{
	return state == CLOSED || state == TIME_WAIT;
}

/*
 * The life before was over if nothing came for `linger`: then its TIME-WAIT
 * was left resting, and ends with the new life. If less time passed, it was
 * there still, and this is what ended it.
 */
__attribute__((noinline)) static void wake_past(struct ledger *l,
                                                const struct life *life,
                                                const struct past *p,
                                                int64_t now, int64_t linger)
{
	if (!is_done(p->state[0]) || !is_done(p->state[1]) ||
	    now < p->ended + linger)
		return;
	const int64_t until = p->ended + l->time_wait;
	const struct offender_key key = key_of(life);
	struct route *route = routes_find(&l->routes, &key);
	for (unsigned end = 0; end < 2; end++) {
		if (p->state[end] != TIME_WAIT)
			continue;
		const enum role role = role_of(&life->conn, end);
		census_wake(&l->census, role, until, now);
		if (route)
			route_wake(route, role, until, now);
	}
}

/* From where the first change of each end in the step says that it was. */
static struct moves moves_of(struct ledger *l, const struct life *life,
                             const struct step *step, struct moves moves)
{
	moves.client.from = moves.client.to;
	moves.server.from = moves.server.to;
	for (unsigned i = step->n_changes; i-- > 0;) {
		const struct state_change *change = &step->change[i];
		if (change->end == life->conn.opener)
			moves.client.from = (enum tcp_state)change->from;
		else
			moves.server.from = (enum tcp_state)change->from;
		if (change->event == SURVIVED && change->to == TIME_WAIT)
			note_survivor(l, life, step, change->end);
	}
	return moves;
}

void book_change(struct ledger *l, struct life *life, const struct step *step,
                 int64_t linger)
{
	const struct conn *c = &life->conn;
	struct moves moves = {
		{ N_TCP_STATES, state_of(c, c->opener) },
		{ N_TCP_STATES, state_of(c, !c->opener) },
	};
	if (life->book.is_begun) {
		moves = moves_of(l, life, step, moves);
		leave(l, moves);
	} else {
		if (step->pasts)
			wake_past(l, life, step->pasts, step->ts, linger);
		life->book.is_begun = true;
	}
	enter(l, life, moves, step->ts);
}

/* ---- endings -------------------------------------------------------------
 */

/* Both spoke, the beginning was seen, and it was closed or reset within a
 * second after one request at most. */
static bool is_brief(const struct life *life)
{
	const struct conn *c = &life->conn;
	return !c->midstream && life->book.n_requests <= 1 && c->closing &&
	       c->closing->started != CONN_NEVER &&
	       c->closing->started - c->first_ts < BRIEF;
}

static void judge(struct ledger *l, const struct life *life)
{
	if (life->book.place == 0)
		return;
	struct route *route = route_of(l, life);
	const bool brief = is_brief(life);
	l->judged++;
	l->brief += brief;
	if (!route)
		return;
	route->judged++;
	route->brief += brief;
}

void book_over(struct ledger *l, const struct life *life,
               enum end_reason reason, int64_t now)
{
	const struct conn *c = &life->conn;
	judge(l, life);
	if (reason == END_OF_CAPTURE || !life->book.is_begun)
		return; /* they are there still */
	struct route *route = route_of(l, life);
	const bool rests = reason == END_CLOSED || reason == END_EVICTED;
	for (unsigned end = 0; end < 2; end++) {
		const enum role role = role_of(c, end);
		const enum tcp_state state = state_of(c, end);
		census_leave(&l->census, role, state);
		if (route)
			route_move(route, role, state, CLOSED, now);
		if (state != TIME_WAIT || !rests)
			continue;
		const int64_t until = c->last_ts + l->time_wait;
		census_rest(&l->census, role, until, now);
		if (route)
			route_rest(route, role, until, now);
	}
}
