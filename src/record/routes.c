#include "record/routes.h"

#include <assert.h>

#include "record/time.h"

void pace_count(struct pace *p, int64_t ts)
{
	const int64_t part = ts / (NS_PER_SECOND / PACE_PARTS);
	if (p->total == 0)
		p->first = ts;
	if (part - p->part >= PACE_PARTS || p->total == 0) {
		for (int i = 0; i < PACE_PARTS; i++)
			p->in[i] = 0;
		p->n = 0;
		p->part = part;
	}
	while (p->part < part) {
		uint32_t *oldest = &p->in[(uint64_t)++p->part % PACE_PARTS];
		p->n -= *oldest;
		*oldest = 0;
	}
	p->in[(uint64_t)p->part % PACE_PARTS]++;
	p->n++;
	p->total++;
	p->last = ts;
	peak_note(&p->peak, p->n, ts);
}

double pace_mean(const struct pace *p)
{
	const int64_t span = p->last - p->first;
	if (span < NS_PER_SECOND)
		return (double)p->total;
	return (double)(p->total - 1) * (double)NS_PER_SECOND / (double)span;
}

static void come(struct population *p, int64_t resting, int64_t ts)
{
	p->now++;
	peak_note(&p->peak, p->now + resting, ts);
}

static_assert(OFFENDERS < UINT8_MAX, "a seat fits in a byte");

void routes_init(struct routes *r, int64_t time_wait)
{
	*r = (struct routes){ .time_wait = time_wait };
}

static void begin(struct route *route, int64_t time_wait)
{
	*route = (struct route){ .generation = route->generation + 1 };
	for (int role = 0; role < N_ROLES; role++)
		resting_init(&route->rest[role], time_wait);
}

struct seat routes_join(struct routes *r, const struct offender_key *key,
                        int64_t ts)
{
	struct offender *o = offenders_add(&r->list, key, 1);
	const size_t place = (size_t)(o - r->list.at);
	struct route *route = &r->at[place];
	if (o->count++ == 0) {
		o->first = ts;
		begin(route, r->time_wait);
	}
	o->last = ts;
	return (struct seat){ route->generation, (uint8_t)(place + 1) };
}

struct route *routes_find(struct routes *r, const struct offender_key *key)
{
	const struct offender *o = offenders_find(&r->list, key);
	return o ? &r->at[o - r->list.at] : NULL;
}

/* A TIME-WAIT that turns out never to have been, or never to have ended, is
 * not one more. */
static void enter_time_wait(struct route *r, enum role role,
                            enum tcp_state from, int64_t ts)
{
	resting_advance(&r->rest[role], ts);
	come(&r->time_wait[role], r->rest[role].n, ts);
	if (from == CLOSED)
		return;
	r->held[role]++;
	pace_count(&r->closes, ts);
}

static void leave_time_wait(struct route *r, enum role role, enum tcp_state to)
{
	r->time_wait[role].now--;
	r->held[role] -= to != CLOSED;
}

void route_move(struct route *r, enum role role, enum tcp_state from,
                enum tcp_state to, int64_t ts)
{
	if (from == TIME_WAIT)
		leave_time_wait(r, role, to);
	if (role == ROLE_CLIENT && from == ESTABLISHED)
		r->established.now--;
	if (to == TIME_WAIT)
		enter_time_wait(r, role, from, ts);
	if (role == ROLE_CLIENT && to == ESTABLISHED)
		come(&r->established, 0, ts);
}

void route_rest(struct route *r, enum role role, int64_t until, int64_t now)
{
	resting_add(&r->rest[role], until, now);
}

void route_wake(struct route *r, enum role role, int64_t until, int64_t now)
{
	resting_take(&r->rest[role], until, now);
}

int64_t route_saving(const struct route *r)
{
	const int64_t open = r->established.peak.n;
	return r->brief > open ? r->brief - open : 0;
}

int64_t route_time_wait_peak(const struct route *r)
{
	const int64_t client = r->time_wait[ROLE_CLIENT].peak.n;
	const int64_t server = r->time_wait[ROLE_SERVER].peak.n;
	return client > server ? client : server;
}

size_t routes_top(const struct routes *r,
                  int64_t (*measure)(const struct route *), size_t k,
                  size_t top[])
{
	const struct offender *in_order[OFFENDERS];
	const size_t all = offenders_top(&r->list, OFFENDERS, in_order);
	size_t n = 0;
	for (size_t i = 0; i < all; i++) {
		const size_t place = (size_t)(in_order[i] - r->list.at);
		const int64_t weight = measure(&r->at[place]);
		size_t at = n;
		while (at > 0 && weight > measure(&r->at[top[at - 1]]))
			at--;
		if (weight == 0 || at == k)
			continue;
		n += n < k;
		for (size_t j = n - 1; j > at; j--)
			top[j] = top[j - 1];
		top[at] = place;
	}
	return n;
}
