/* Where host detectors keep their tallies: a fixed number of places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "detect/host_places.h"

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

static void the_lightest_gives_way_and_is_cleared(void **state)
{
	(void)state;
	bool is_new;
	struct host_places *p = host_places_new(TALLY, 0, &alloc_default);
	take(p, 1, 0, &is_new)->weight = 1000;
	for (uint16_t port = 2; port < 5000; port++) {
		struct host_place *place = take(p, port, port, &is_new);
		assert_true(is_new);
		assert_int_equal(((const uint8_t *)place->tally)[0], 0);
		place->weight = 1;
		memset(place->tally, 1, TALLY);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_is_found_again_with_its_tally),
		cmocka_unit_test(the_set_of_a_key_is_worked_out_of_whose_it_is),
		cmocka_unit_test(the_lightest_gives_way_and_is_cleared),
		cmocka_unit_test(what_is_held_gives_way_to_nobody),
		cmocka_unit_test(the_budget_sets_their_number_within_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
