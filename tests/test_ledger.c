/* The accounts of a run as plain values, held against plain lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "packet_random.h"
#include "record/ledger.h"
#include "records.h"

#define MS     INT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)

/* ---- resting --------------------------------------------------------------
 */

static void what_rests_is_gone_when_its_slot_is(void **state)
{
	struct resting r;
	(void)state;
	resting_init(&r, MINUTE);
	assert_int_equal(r.width, SECOND + 1);
	resting_add(&r, 70 * SECOND, 10 * SECOND);
	resting_add(&r, 40 * SECOND, 10 * SECOND);
	assert_int_equal(resting_count(&r, 40 * SECOND), 2);
	assert_int_equal(resting_count(&r, 42 * SECOND), 1);
	assert_int_equal(resting_count(&r, 72 * SECOND), 0);
	assert_int_equal(resting_count(&r, INT64_MAX / 2), 0);
	resting_advance(&r, 42 * SECOND);
	assert_int_equal(r.n, 1);
	resting_take(&r, 70 * SECOND, 50 * SECOND);
	assert_int_equal(r.n, 0);
	resting_take(&r, 70 * SECOND, 50 * SECOND);
	assert_int_equal(r.n, 0);
}

static void what_is_over_does_not_rest(void **state)
{
	struct resting r;
	(void)state;
	resting_init(&r, MINUTE);
	resting_add(&r, 10 * SECOND, 10 * SECOND);
	resting_add(&r, 9 * SECOND, 10 * SECOND);
	assert_int_equal(r.n, 0);
	resting_init(&r, 0);
	resting_add(&r, 10 * SECOND, 10 * SECOND);
	assert_int_equal(r.n, 0);
}

/* ---- census ---------------------------------------------------------------
 */

#define N_ENDS  100
#define N_MOVES 5000

struct plain {
	enum tcp_state state[N_ENDS]; /* of clients and servers by turns */
	int64_t until[N_MOVES];
	size_t n_resting;
	int64_t peak[N_TCP_STATES], at[N_TCP_STATES];
};

static bool rests(int64_t until, int64_t now)
{
	const int64_t width = MINUTE / 60 + 1;
	return now / width <= until / width;
}

static int64_t plain_count(const struct plain *p, enum tcp_state s, int64_t now)
{
	int64_t n = 0;
	for (size_t i = 0; i < N_ENDS; i++)
		n += p->state[i] == s;
	for (size_t i = 0; s == TIME_WAIT && i < p->n_resting; i++)
		n += rests(p->until[i], now);
	return n;
}

static void plain_peaks(struct plain *p, enum tcp_state s, int64_t now)
{
	const int64_t n = plain_count(p, s, now);
	if (n > p->peak[s]) {
		p->peak[s] = n;
		p->at[s] = now;
	}
}

static void expect_same(const struct census *c, const struct plain *p,
                        int64_t now)
{
	for (int i = 0; i < N_TCP_STATES; i++) {
		const enum tcp_state s = (enum tcp_state)i;
		assert_int_equal(census_count(c, ROLE_CLIENT, s, now) +
		                         census_count(c, ROLE_SERVER, s, now),
		                 plain_count(p, s, now));
		assert_int_equal(c->peak[s].n, p->peak[s]);
		assert_int_equal(c->peak[s].at, p->at[s]);
	}
}

static void a_census_counts_as_a_list_does(void **state)
{
	static struct plain p;
	static struct census c;
	uint64_t random = 7;
	(void)state;
	census_init(&c, MINUTE);
	for (size_t i = 0; i < N_ENDS; i++) {
		census_enter(&c, (enum role)(i % 2), UNKNOWN, 1);
		plain_peaks(&p, UNKNOWN, 1);
		p.peak[UNKNOWN] = (int64_t)i + 1;
		p.at[UNKNOWN] = 1;
	}
	for (int64_t n = 0, now = 1; n < N_MOVES; n++) {
		const size_t i = random_below(&random, N_ENDS);
		const enum role role = (enum role)(i % 2);
		const enum tcp_state to =
			(enum tcp_state)random_below(&random, N_TCP_STATES);
		now += random_below(&random, 700) * MS;
		census_leave(&c, role, p.state[i]);
		if (p.state[i] == TIME_WAIT) {
			const int64_t until =
				now + random_below(&random, 60000) * MS;
			census_rest(&c, role, until, now);
			if (until > now)
				p.until[p.n_resting++] = until;
		}
		p.state[i] = to;
		census_enter(&c, role, to, now);
		plain_peaks(&p, to, now);
		expect_same(&c, &p, now);
	}
	assert_true(p.n_resting > 300);
}

static void the_words_of_records_are_kept_in_their_order(void **state)
{
	static struct census c;
	(void)state;
	census_init(&c, MINUTE);
	census_enter(&c, ROLE_CLIENT, TIME_WAIT, 5);
	census_enter(&c, ROLE_SERVER, UNKNOWN, 6);
	const struct stats_ends n = census_ends(&c, 6);
	const struct stats_ends at = census_peak_times(&c);
	assert_int_equal(n.state[word_index(state_words, "time_wait")], 1);
	assert_int_equal(n.state[word_index(state_words, "unknown")], 1);
	assert_int_equal(n.state[word_index(state_words, "closed")], 0);
	assert_int_equal(at.state[word_index(state_words, "unknown")], 6);
	assert_int_equal(at.state[word_index(state_words, "closed")], ABSENT);
}

/* ---- routes ---------------------------------------------------------------
 */

static void a_sliding_second_counts_as_a_list_does(void **state)
{
	const int64_t part = SECOND / PACE_PARTS;
	static int64_t at[3000];
	struct pace p = { 0 };
	int64_t peak = 0, peak_at = 0, now = 5 * MINUTE;
	uint64_t random = 11;
	(void)state;
	for (size_t n = 0; n < 3000; n++) {
		int64_t in_second = 0;
		now += random_below(&random, n % 500 < 250 ? 5 : 90) * MS;
		at[n] = now;
		for (size_t i = 0; i <= n; i++)
			in_second += at[i] / part > now / part - PACE_PARTS;
		if (in_second > peak) {
			peak = in_second;
			peak_at = now;
		}
		pace_count(&p, now);
		assert_int_equal(p.n, in_second);
	}
	assert_int_equal(p.peak.n, peak);
	assert_int_equal(p.peak.at, peak_at);
	assert_int_equal(p.total, 3000);
	assert_true(pace_mean(&p) > 20 && pace_mean(&p) < 50);
}

static struct offender_key key_of(uint8_t client, uint16_t port)
{
	struct offender_key key;
	memset(&key, 0, sizeof(key));
	key.peer = records_ip(4, client).addr;
	key.server = records_ip(4, 200).addr;
	key.ip_version = 4;
	key.port = port;
	return key;
}

static void a_route_counts_time_waits_by_the_end_that_holds_them(void **state)
{
	static struct routes routes;
	(void)state;
	routes_init(&routes, MINUTE);
	const struct offender_key key = key_of(1, 80);
	for (int64_t i = 1; i <= 5; i++) {
		const struct seat seat = routes_join(&routes, &key, i * SECOND);
		struct route *r = routes_of(&routes, seat);
		const enum role holder = i == 3 ? ROLE_SERVER : ROLE_CLIENT;
		route_move(r, ROLE_CLIENT, UNKNOWN, ESTABLISHED, i * SECOND);
		route_move(r, ROLE_CLIENT, ESTABLISHED, FIN_WAIT_1, i * SECOND);
		route_move(r, holder, FIN_WAIT_2, TIME_WAIT, i * SECOND + 1);
	}
	struct route *r = routes_find(&routes, &key);
	assert_int_equal(r->held[ROLE_CLIENT], 4);
	assert_int_equal(r->held[ROLE_SERVER], 1);
	assert_int_equal(r->time_wait[ROLE_CLIENT].peak.n, 4);
	assert_int_equal(r->time_wait[ROLE_CLIENT].peak.at, 5 * SECOND + 1);
	assert_int_equal(r->established.peak.n, 1);
	assert_int_equal(r->closes.peak.n, 1);
	assert_int_equal(route_time_wait_peak(r), 4);

	/* Taken back: it never was; ended and found alive: it was no other. */
	route_move(r, ROLE_CLIENT, TIME_WAIT, FIN_WAIT_2, 7 * SECOND);
	assert_int_equal(r->held[ROLE_CLIENT], 3);
	route_move(r, ROLE_CLIENT, TIME_WAIT, CLOSED, 8 * SECOND);
	route_move(r, ROLE_CLIENT, CLOSED, TIME_WAIT, 8 * SECOND);
	assert_int_equal(r->held[ROLE_CLIENT], 3);
	assert_int_equal(r->time_wait[ROLE_CLIENT].now, 3);
	assert_null(routes_find(&routes, &(struct offender_key){ .port = 1 }));
}

static void a_displaced_route_leaves_its_seats_void(void **state)
{
	static struct routes routes;
	(void)state;
	routes_init(&routes, MINUTE);
	const struct offender_key first = key_of(1, 80);
	const struct seat seat = routes_join(&routes, &first, 1);
	assert_non_null(routes_of(&routes, seat));
	assert_null(routes_of(&routes, (struct seat){ 0 }));
	for (uint16_t port = 1; port <= OFFENDERS; port++) {
		const struct offender_key key = key_of(2, port);
		routes_join(&routes, &key, 2);
		routes_join(&routes, &key, 3);
	}
	assert_null(routes_of(&routes, seat));
	assert_null(routes_find(&routes, &first));
}

static int64_t brief_of(const struct route *r)
{
	return r->brief;
}

static void the_routes_with_most_come_first(void **state)
{
	static struct routes routes;
	static const int64_t brief[] = { 3, 9, 0, 5, 9 };
	size_t top[3];
	(void)state;
	routes_init(&routes, MINUTE);
	for (uint8_t i = 0; i < 5; i++) {
		const struct offender_key key = key_of(i, 80);
		routes_of(&routes, routes_join(&routes, &key, 1))->brief =
			brief[i];
	}
	assert_int_equal(routes_top(&routes, brief_of, 3, top), 3);
	assert_int_equal(top[0], 1);
	assert_int_equal(top[1], 4);
	assert_int_equal(top[2], 3);
}

static void keeping_alive_saves_all_but_what_was_open_at_once(void **state)
{
	const struct route busy = { .brief = 100,
		                    .established = { .peak = { 7, 1 } } };
	const struct route wide = { .brief = 100,
		                    .established = { .peak = { 120, 1 } } };
	(void)state;
	assert_int_equal(route_saving(&busy), 93);
	assert_int_equal(route_saving(&wide), 0);
}

static void the_ceiling_is_the_range_over_time_wait(void **state)
{
	static struct ledger l;
	(void)state;
	ledger_init(&l, MINUTE, LEDGER_PORT_RANGE);
	assert_int_equal(l.port_range, 28232);
	assert_int_equal((int64_t)ledger_ceiling(&l), 470);
	ledger_init(&l, 0, 100);
	assert_int_equal((int64_t)ledger_ceiling(&l), 0);
}

/* ---- settings -------------------------------------------------------------
 */

static void observe(struct settings *all, uint8_t host, int64_t least,
                    int64_t most)
{
	const struct ip_value ip = records_ip(4, host);
	settings_observe(all, &ip, SETTING_ORPHAN_RETRIES,
	                 &(struct setting_seen){
				 .least = least,
				 .most = most,
				 .frame = (uint64_t)most,
				 .confidence = CONFIDENCE_LIKELY,
			 });
}

static void each_observation_narrows_a_setting(void **state)
{
	static struct settings all;
	(void)state;
	observe(&all, 1, 1, 2);
	const struct setting_seen *seen =
		&all.host[0].seen[SETTING_ORPHAN_RETRIES];
	assert_int_equal(setting_value(SETTING_ORPHAN_RETRIES, seen), 2);
	observe(&all, 1, 2, 3);
	observe(&all, 2, 7, 9);
	assert_int_equal(all.n, 2);
	assert_int_equal(seen->n, 2);
	assert_int_equal(seen->least, 2);
	assert_int_equal(seen->most, 2);
	assert_int_equal(setting_value(SETTING_ORPHAN_RETRIES, &seen[0]), 2);
	assert_int_equal(
		setting_value(SETTING_ORPHAN_RETRIES, &all.host[1].seen[0]), 8);
	assert_int_equal(seen->confidence, CONFIDENCE_LIKELY);

	observe(&all, 1, 5, 5);
	assert_true(seen->varies);
	assert_int_equal(seen->least, 5);
	assert_int_equal(seen->confidence, CONFIDENCE_POSSIBLE);
}

static void hosts_beyond_the_first_are_counted(void **state)
{
	static struct settings all;
	(void)state;
	for (int i = 0; i < SETTINGS_HOSTS + 3; i++)
		observe(&all, (uint8_t)i, 1, 2);
	observe(&all, 0, 1, 2);
	assert_int_equal(all.n, SETTINGS_HOSTS);
	assert_int_equal(all.n_more, 3);
	assert_int_equal(all.host[0].seen[SETTING_ORPHAN_RETRIES].n, 2);
}

struct probing {
	struct numbers gaps;
};

static const struct field probing_fields[] = {
	{ "probe_gaps_us", FIELD_DURATIONS, offsetof(struct probing, gaps),
	  .unit = "us" },
	FIELDS_END,
};

static const struct finding_kind pin = { .name = "fin_wait_1_pin",
	                                 .fields = probing_fields };

static void gaps_that_grow_no_more_show_the_longest_timeout(void **state)
{
	static const int64_t ms[] = { 500, 960, 1990, 2010, 2000 };
	static struct settings all;
	struct probing probing = { 0 };
	struct finding_record r = records_finding(SEVERITY_ERROR, 1, "");
	(void)state;
	r.finding = pin.name;
	r.kind = &pin;
	r.detail = &probing;
	r.end = "server";
	for (size_t i = 0; i < 3; i++)
		numbers_add(&probing.gaps, ms[i] * MS);
	settings_take(&all, &r);
	assert_int_equal(all.n, 0);
	numbers_add(&probing.gaps, ms[3] * MS);
	settings_take(&all, &r);
	assert_int_equal(all.n, 1);
	const struct setting_seen *seen = &all.host[0].seen[SETTING_RTO_MAX];
	assert_int_equal(seen->most, 2010 + 31); /* jitter */
	assert_int_equal(seen->least, 1758);
	assert_memory_equal(&all.host[0].ip.addr, &r.server.ip.addr,
	                    sizeof(r.server.ip.addr));
	r.finding = NULL;
	settings_take(&all, &r);
	assert_int_equal(seen->n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rests_is_gone_when_its_slot_is),
		cmocka_unit_test(what_is_over_does_not_rest),
		cmocka_unit_test(a_census_counts_as_a_list_does),
		cmocka_unit_test(the_words_of_records_are_kept_in_their_order),
		cmocka_unit_test(a_sliding_second_counts_as_a_list_does),
		cmocka_unit_test(
			a_route_counts_time_waits_by_the_end_that_holds_them),
		cmocka_unit_test(a_displaced_route_leaves_its_seats_void),
		cmocka_unit_test(the_routes_with_most_come_first),
		cmocka_unit_test(
			keeping_alive_saves_all_but_what_was_open_at_once),
		cmocka_unit_test(the_ceiling_is_the_range_over_time_wait),
		cmocka_unit_test(each_observation_narrows_a_setting),
		cmocka_unit_test(hosts_beyond_the_first_are_counted),
		cmocka_unit_test(
			gaps_that_grow_no_more_show_the_longest_timeout),
	};
	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
