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

/* The states in which the ends were; N_TCP_STATES: in none. */
struct before {
	enum tcp_state end_0, end_1;
};

static enum tcp_state before_of(struct before before, unsigned end)
{
	return end == 0 ? before.end_0 : before.end_1;
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
static bool was_open(const struct conn *c)
{
	const enum tcp_state client = state_of(c, c->opener);
	const enum tcp_state server = state_of(c, !c->opener);
	return server == ESTABLISHED || server == CLOSE_WAIT ||
	       server == LAST_ACK || server == FIN_WAIT_1 ||
	       server == FIN_WAIT_2 || server == CLOSING ||
	       server == TIME_WAIT || client == FIN_WAIT_2 ||
	       client == CLOSE_WAIT || client == TIME_WAIT;
}

static void take_seat(struct ledger *l, struct life *life, int64_t ts)
{
	const struct offender_key key = key_of(life);
	const struct seat seat = routes_join(&l->routes, &key, ts);
	life->book.generation = seat.generation;
	life->book.place = seat.place;
}

static void count_end(struct ledger *l, enum role role, enum tcp_state from,
                      enum tcp_state to, int64_t ts)
{
	census_enter(&l->census, role, to, ts);
	if (to == TIME_WAIT && from != CLOSED)
		l->held[role]++;
	if (from == TIME_WAIT && to != CLOSED)
		l->held[role]--;
}

/* What a route counts; few changes are of that kind. */
static bool concerns_route(enum role role, enum tcp_state from,
                           enum tcp_state to)
{
	return from == TIME_WAIT || to == TIME_WAIT ||
	       (role == ROLE_CLIENT &&
	        (from == ESTABLISHED || to == ESTABLISHED));
}

static void move_end(struct ledger *l, const struct life *life, enum role role,
                     enum tcp_state from, enum tcp_state to, int64_t ts)
{
	struct route *route = route_of(l, life);
	if (route)
		route_move(route, role, from, to, ts);
}

static void move_ends(struct ledger *l, struct life *life, struct before before,
                      int64_t ts)
{
	const struct conn *c = &life->conn;
	for (unsigned end = 0; end < 2; end++) {
		const enum tcp_state from = before_of(before, end);
		const enum tcp_state to = state_of(c, end);
		if (from != to)
			count_end(l, role_of(c, end), from, to, ts);
	}
	if (life->book.place == 0) {
		if (!was_open(c))
			return;
		take_seat(l, life, ts);
		/* The route knows nothing of it. */
		before = (struct before){ UNKNOWN, UNKNOWN };
	}
	for (unsigned end = 0; end < 2; end++) {
		const enum tcp_state from = before_of(before, end);
		const enum tcp_state to = state_of(c, end);
		const enum role role = role_of(c, end);
		if (from != to && concerns_route(role, from, to))
			move_end(l, life, role, from, to, ts);
	}
}

/* TIME-WAIT survived an RST that was thought to end it (RFC 1337 section 3,
 * fix F1); or the RST was lost behind the tap, so one alone says little. */
static void note_survivor(struct ledger *l, const struct life *life,
                          const struct step *step, unsigned end)
{
	const struct conn *c = &life->conn;
	const struct flow_key *key = &life->flow->key;
	const struct ip_value ip = { key->addr[end], key->ip_version };
	const int64_t frame = step->seg ? (int64_t)step->seg->frame : 0;
	const struct setting_seen seen = {
		.least = 1,
		.most = 1,
		.frame = frame,
		.flow_id = c->flow_id,
		.sign = frame,
		.confidence = CONFIDENCE_POSSIBLE,
	};
	settings_observe(&l->settings, &ip, SETTING_RFC1337, &seen);
}

/* Where the first change of each end in the step says that it was. */
static struct before leave(struct ledger *l, const struct life *life,
                           const struct step *step)
{
	const struct conn *c = &life->conn;
	struct before before = { state_of(c, 0), state_of(c, 1) };
	for (unsigned i = step->n_changes; i-- > 0;) {
		const struct state_change *change = &step->change[i];
		const enum tcp_state from = (enum tcp_state)change->from;
		if (change->end == 0)
			before.end_0 = from;
		else
			before.end_1 = from;
		if (change->event == SURVIVED && change->to == TIME_WAIT)
			note_survivor(l, life, step, change->end);
	}
	for (unsigned end = 0; end < 2; end++) {
		const enum tcp_state from = before_of(before, end);
		if (from != state_of(c, end))
			census_leave(&l->census, role_of(c, end), from);
	}
	return before;
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
static void wake_past(struct ledger *l, const struct life *life,
                      const struct step *step, int64_t linger)
{
	const struct past *p = step->pasts;
	if (!p || !is_done(p->state[0]) || !is_done(p->state[1]) ||
	    step->ts < p->ended + linger)
		return;
	const int64_t until = p->ended + l->time_wait;
	const struct offender_key key = key_of(life);
	struct route *route = routes_find(&l->routes, &key);
	for (unsigned end = 0; end < 2; end++) {
		if (p->state[end] != TIME_WAIT)
			continue;
		const enum role role = role_of(&life->conn, end);
		census_wake(&l->census, role, until, step->ts);
		if (route)
			route_wake(route, role, until, step->ts);
	}
}

void book_change(struct ledger *l, struct life *life, const struct step *step,
                 int64_t linger)
{
	struct before before = { N_TCP_STATES, N_TCP_STATES };
	if (life->book.is_begun)
		before = leave(l, life, step);
	else
		wake_past(l, life, step, linger);
	life->book.is_begun = true;
	move_ends(l, life, before, step->ts);
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
	struct route *route = route_of(l, life);
	const bool brief = is_brief(life);
	if (life->book.place == 0)
		return;
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
