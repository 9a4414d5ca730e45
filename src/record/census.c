#include "record/census.h"

#include <assert.h>

static_assert((int)N_TCP_STATES == (int)N_STATES,
              "records know every state of the machine");

void census_init(struct census *c, int64_t time_wait)
{
	*c = (struct census){ 0 };
	for (int role = 0; role < N_ROLES; role++)
		resting_init(&c->rest[role], time_wait);
}

int64_t census_count(const struct census *c, enum role role,
                     enum tcp_state state, int64_t now)
{
	const int64_t held = c->n[role][state];
	return state == TIME_WAIT ? held + resting_count(&c->rest[role], now)
	                          : held;
}

static int64_t in_both(const struct census *c, enum tcp_state state,
                       int64_t now)
{
	return census_count(c, ROLE_CLIENT, state, now) +
	       census_count(c, ROLE_SERVER, state, now);
}

int64_t census_resting(struct census *c, int64_t ts)
{
	int64_t n = 0;
	for (int role = 0; role < N_ROLES; role++) {
		resting_advance(&c->rest[role], ts);
		n += c->rest[role].n;
	}
	return n;
}

void census_rest(struct census *c, enum role role, int64_t until, int64_t now)
{
	resting_add(&c->rest[role], until, now);
}

void census_wake(struct census *c, enum role role, int64_t until, int64_t now)
{
	resting_take(&c->rest[role], until, now);
}

/* Records have the states in an order of their own. */
static int64_t *word_of(struct stats_ends *ends, enum tcp_state state)
{
	return &ends->state[word_index(state_words, tcp_state_name(state))];
}

struct stats_ends census_ends(const struct census *c, int64_t now)
{
	struct stats_ends ends = { { 0 } };
	for (int s = 0; s < N_TCP_STATES; s++)
		*word_of(&ends, (enum tcp_state)s) =
			in_both(c, (enum tcp_state)s, now);
	return ends;
}

struct stats_ends census_peaks(const struct census *c)
{
	struct stats_ends ends = { { 0 } };
	for (int s = 0; s < N_TCP_STATES; s++)
		*word_of(&ends, (enum tcp_state)s) = c->peak[s].n;
	return ends;
}

struct stats_ends census_peak_times(const struct census *c)
{
	struct stats_ends ends = { { 0 } };
	for (int s = 0; s < N_TCP_STATES; s++)
		*word_of(&ends, (enum tcp_state)s) =
			c->peak[s].n > 0 ? c->peak[s].at : ABSENT;
	return ends;
}
