/* Where host detectors keep their tallies: a fixed number of places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "detect/host_detector.h"

#define TALLY 24

static struct host_key key(uint16_t port)
{
	struct host_key k = { .port = port, .ip_version = 4 };
	k.bucket = host_key_bucket(&k);
	return k;
}

static struct host_place *take(struct host_places *places, uint16_t port,
                               int64_t now, bool *is_new)
{
	const struct host_key k = key(port);
	return host_places_take(places, &k, now, is_new);
}

static struct host_place *find(struct host_places *places, uint16_t port)
{
	const struct host_key k = key(port);
	return host_places_find(places, &k, 0);
}

static size_t count(struct host_places *places)
{
	size_t at = 0, n = 0;
	while (host_places_next(places, &at))
		n++;
	return n;
}

static void a_place_is_found_again_with_its_tally(void **state)
{
	(void)state;
	bool is_new;
	struct host_places *p = host_places_new(TALLY, 0, &alloc_default);
	assert_null(find(p, 80));
	struct host_place *place = take(p, 80, 5, &is_new);
	assert_true(is_new);
	memset(place->tally, 7, TALLY);
	assert_ptr_equal(take(p, 80, 6, &is_new), place);
	assert_false(is_new);
	assert_int_equal(((const uint8_t *)place->tally)[TALLY - 1], 7);
	assert_ptr_equal(find(p, 80), place);
	assert_int_equal(count(p), 1);
	host_places_free(p, &alloc_default);
}

static void the_set_of_a_key_is_worked_out_of_whose_it_is(void **state)
{
	(void)state;
	struct host_key k = key(80);
	unsigned n_others = 0;
	k.bucket = 77;
	assert_int_equal(host_key_bucket(&k), key(80).bucket);
	for (uint16_t port = 0; port < 64; port++)
		n_others += key(port).bucket != key(80).bucket;
	assert_true(n_others > 55);
}

static void the_lightest_gives_way(void **state)
{
	(void)state;
	bool is_new;
	struct host_places *p = host_places_new(TALLY, 0, &alloc_default);
	take(p, 1, 0, &is_new)->weight = 1000;
	for (uint16_t port = 2; port < 5000; port++) {
		struct host_place *place = take(p, port, port, &is_new);
		assert_true(is_new);
		assert_int_equal(place->weight, 0);
		place->weight = 1;
	}
	assert_int_equal(count(p), 64);
	assert_non_null(find(p, 1));
	assert_non_null(find(p, 4999)); /* the longest idle went */
	assert_null(find(p, 2));
	host_places_free(p, &alloc_default);
}

static void what_is_held_gives_way_to_nobody(void **state)
{
	(void)state;
	bool is_new;
	unsigned n_refused = 0;
	struct host_places *p = host_places_new(TALLY, 0, &alloc_default);
	take(p, 1, 7, &is_new)->is_held = true;
	assert_int_equal(find(p, 1)->since, 7);
	for (uint16_t port = 2; port < 5000; port++) {
		struct host_place *place = take(p, port, port, &is_new);
		assert_true(is_new == (place != NULL));
		n_refused += !place;
		if (place)
			place->is_held = true;
	}
	assert_int_equal(count(p), 64);
	assert_int_equal(n_refused, 4998 - 63);
	assert_true(find(p, 1)->is_held);
	host_places_free(p, &alloc_default);
}

static void the_budget_sets_their_number_within_reason(void **state)
{
	(void)state;
	static const uint64_t budgets[] = { 0, 20000, 40000, 1 << 30 };
	static const size_t n[] = { 64, 128, 256, 1024 };
	for (size_t i = 0; i < 4; i++) {
		struct host_places *p =
			host_places_new(TALLY, budgets[i], &alloc_default);
		bool is_new;
		for (uint16_t port = 1; port < 30000; port++)
			take(p, port, port, &is_new);
		assert_int_equal(count(p), n[i]);
		assert_true(i == 0 || host_places_memory(p) <= budgets[i] + 64);
		host_places_free(p, &alloc_default);
	}
}

/* ---- who takes a place over begins anew ---------------------------------- */

static const struct host_rules rules = { .time_wait = INT64_C(60000000000),
	                                 .port_range = 10 };

static const struct host_detector *detector(const char *name)
{
	for (size_t i = 0; i < n_host_detectors; i++) {
		if (strcmp(host_detectors[i]->kind.name, name) == 0)
			return host_detectors[i];
	}
	fail_msg("there is no detector %s", name);
	return NULL;
}

/* One conversation: the client's timestamp, and where it is. */
struct talker {
	const struct host_detector *d;
	struct host_places *places;
	struct conn conn;
	struct segment seg;
	struct step step;
	int64_t now;
};

static void show(struct talker *t, uint16_t port, const struct step *step)
{
	const struct host_key k = key(port);
	const struct host_sight sight = {
		.rules = &rules,
		.key = &k,
		.client_port = 40000,
		.conn = &t->conn,
		.step = step,
		.now = t->now,
	};
	t->step.seg = &t->seg;
	t->step.ts = t->now;
	t->step.conn = &t->conn;
	t->d->observe(t->places, &sight);
	t->now += 1000000;
}

static void change_to(struct talker *t, enum tcp_state from, enum tcp_state to)
{
	t->step = (struct step){ .n_changes = 1 };
	t->step.change[0] = (struct state_change){
		.from = (uint8_t)from,
		.to = (uint8_t)to,
		.ts = t->now,
	};
}

static void speak(struct talker *t, uint32_t tsval)
{
	t->conn.stream++;
	t->conn.direction_source = DIRECTION_SYN;
	t->conn.end[0].facts = END_SPOKE | END_SYN | END_TIMESTAMPS;
	t->conn.end[0].tsval = t->seg.tsval = (struct tcp_ts){ tsval };
	t->conn.end[1].facts = 0;
	t->seg.options = OPTION_TIMESTAMP;
	t->step = (struct step){ .meaning = STEP_SYN };
}

/* A connection that closes at 9000; one at 100, which is ignored twice; one at
 * 9500, which is answered. */
static void ignore_one(struct talker *t, uint16_t port)
{
	speak(t, 9000);
	show(t, port, &t->step);
	change_to(t, FIN_WAIT_2, TIME_WAIT);
	show(t, port, &t->step);
	speak(t, 100);
	show(t, port, &t->step);
	t->step.meaning = STEP_SYN_COPY;
	show(t, port, &t->step);
	show(t, port, NULL);
	speak(t, 9500);
	show(t, port, &t->step);
	t->step.from = 1;
	show(t, port, &t->step);
}

/* And one that is when another client takes the place. */
static void leave_one_waiting(struct talker *t, uint16_t port)
{
	speak(t, 100);
	show(t, port, &t->step);
	t->step.meaning = STEP_SYN_COPY;
	show(t, port, &t->step);
	show(t, port, &t->step);
}

static struct talker talker_of(const char *name)
{
	struct talker t = { .d = detector(name), .now = rules.time_wait };
	t.places = host_places_new(t.d->tally_size, 0, &alloc_default);
	assert_non_null(t.places);
	return t;
}

static void ignored_syns_are_those_of_the_place_s_own(void **state)
{
	(void)state;
	struct talker t = talker_of("syn_timestamp_drop");
	for (uint16_t port = 1; port < 1000; port++) {
		int64_t detail[64] = { 0 };
		struct host_finding f = { .finding.detail = detail };
		ignore_one(&t, port);
		assert_true(t.d->judge(find(t.places, port), &rules, &f));
		assert_int_equal(f.finding.count, 2);
		assert_int_equal(f.finding.frames.n, 2);
		assert_int_equal(detail[0], 1); /* connections_ignored */
		leave_one_waiting(&t, port);
	}
	host_places_free(t.places, &alloc_default);
}

/* They would take the places of all whose clock is known. */
static void syns_that_stay_alone_take_no_place(void **state)
{
	(void)state;
	struct talker t = talker_of("syn_timestamp_drop");
	t.conn.first_ts = 7;
	speak(&t, 9000);
	show(&t, 1, &t.step);
	assert_int_equal(count(t.places), 0);
	change_to(&t, FIN_WAIT_2, TIME_WAIT);
	show(&t, 1, &t.step);
	assert_int_equal(count(t.places), 1);
	for (uint16_t port = 2; port < 1000; port++) {
		speak(&t, 100);
		show(&t, port, &t.step);
		t.step.meaning = STEP_SYN_COPY;
		show(&t, port, &t.step);
	}
	assert_int_equal(count(t.places), 1);
	assert_int_equal(find(t.places, 1)->since, 7);
	t.conn.end[0].packets = 1;
	assert_false(t.d->minds_end(&t.conn));
	t.conn.end[0].packets = 2;
	assert_true(t.d->minds_end(&t.conn));
	show(&t, 2, NULL); /* ignored for certain */
	assert_int_equal(count(t.places), 2);
	host_places_free(t.places, &alloc_default);
}

static void ports_taken_are_those_of_the_place_s_own(void **state)
{
	(void)state;
	struct talker t = talker_of("port_exhaustion");
	for (uint16_t port = 1; port < 1000; port++) {
		int64_t detail[64] = { 0 };
		struct host_finding f = { .finding.detail = detail };
		t.conn.direction_source = DIRECTION_SYN;
		change_to(&t, SYN_SENT, ESTABLISHED);
		for (int i = 0; i < 7; i++) {
			show(&t, port, &t.step);
			assert_false(
				t.d->judge(find(t.places, port), &rules, &f));
		}
		show(&t, port, &t.step);
		assert_true(t.d->judge(find(t.places, port), &rules, &f));
		assert_int_equal(f.finding.count, 8);
	}
	host_places_free(t.places, &alloc_default);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_is_found_again_with_its_tally),
		cmocka_unit_test(the_set_of_a_key_is_worked_out_of_whose_it_is),
		cmocka_unit_test(the_lightest_gives_way),
		cmocka_unit_test(what_is_held_gives_way_to_nobody),
		cmocka_unit_test(the_budget_sets_their_number_within_reason),
		cmocka_unit_test(ignored_syns_are_those_of_the_place_s_own),
		cmocka_unit_test(syns_that_stay_alone_take_no_place),
		cmocka_unit_test(ports_taken_are_those_of_the_place_s_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
