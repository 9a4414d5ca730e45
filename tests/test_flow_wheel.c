/* The timer wheel: nothing fires early, late by at most a slot, none is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "flow/wheel.h"

#define SECOND INT64_C(1000000000)

static void a_timer_fires_once_and_not_early(void **state)
{
	(void)state;
	struct wheel *w = malloc(sizeof(*w));
	struct timer t = { 0 };
	wheel_init(w, 100 * SECOND, SECOND);
	wheel_set(w, &t, 105 * SECOND + 1);
	assert_null(wheel_next(w, 105 * SECOND));
	assert_null(wheel_next(w, 105 * SECOND + 2)); /* its slot is not over */
	assert_ptr_equal(wheel_next(w, 106 * SECOND), &t);
	assert_null(wheel_next(w, 200 * SECOND));
	free(w);
}

static void a_deadline_in_the_past_fires_at_the_next_slot(void **state)
{
	(void)state;
	struct wheel *w = malloc(sizeof(*w));
	struct timer t = { 0 };
	wheel_init(w, 100 * SECOND, SECOND);
	assert_null(wheel_next(w, 150 * SECOND));
	wheel_set(w, &t, 120 * SECOND);
	assert_ptr_equal(wheel_next(w, 152 * SECOND), &t);
	free(w);
}

static void narrow_slots_fire_sooner(void **state)
{
	(void)state;
	struct wheel *w = malloc(sizeof(*w));
	struct timer t = { 0 };
	wheel_init(w, 100 * SECOND, SECOND / 8);
	wheel_set(w, &t, 105 * SECOND + 1);
	assert_null(wheel_next(w, 105 * SECOND + SECOND / 8 - 1));
	assert_ptr_equal(wheel_next(w, 105 * SECOND + SECOND / 8), &t);
	wheel_set(w, &t, 400 * SECOND); /* beyond the wheel */
	assert_null(wheel_next(w, 399 * SECOND));
	assert_ptr_equal(wheel_next(w, 400 * SECOND + SECOND / 8), &t);
	free(w);
}

static void a_cleared_timer_never_fires(void **state)
{
	(void)state;
	struct wheel *w = malloc(sizeof(*w));
	struct timer t = { 0 };
	wheel_init(w, 0, SECOND);
	wheel_set(w, &t, 5 * SECOND);
	wheel_set(w, &t, WHEEL_NEVER);
	wheel_clear(&t);
	assert_null(wheel_next(w, 100 * SECOND));
	free(w);
}

static void a_deadline_beyond_the_wheel_comes_round(void **state)
{
	(void)state;
	struct wheel *w = malloc(sizeof(*w));
	struct timer t = { 0 };
	wheel_init(w, 0, SECOND);
	wheel_set(w, &t, 3600 * SECOND);
	for (int64_t s = 1; s <= 3600; s++)
		assert_null(wheel_next(w, s * SECOND));
	assert_ptr_equal(wheel_next(w, 3601 * SECOND), &t);
	free(w);
}

/* Random settings against a plain list, through leaps longer than the wheel. */
static void the_wheel_agrees_with_a_list(void **state)
{
	(void)state;
	enum { N = 400 };
	struct wheel *w = malloc(sizeof(*w));
	static struct timer t[N];
	int64_t due[N];
	unsigned seed = 11;
	int64_t now = 1000 * SECOND;

	memset(t, 0, sizeof(t));
	wheel_init(w, now, SECOND);
	for (int i = 0; i < N; i++) {
		seed = seed * 1103515245u + 12345u;
		due[i] = now + (int64_t)(seed % 5000000u) * 1000000;
		wheel_set(w, &t[i], due[i]);
	}
	for (int step = 0; step < 60; step++) {
		seed = seed * 1103515245u + 12345u;
		now += (int64_t)(seed % 4000u) * SECOND / 10;
		struct timer *fired;
		while ((fired = wheel_next(w, now))) {
			const ptrdiff_t i = fired - t;
			assert_true(due[i] <= now);
			due[i] = WHEEL_NEVER;
		}
		for (int i = 0; i < N; i++)
			assert_true(due[i] > now - 2 * SECOND);
	}
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_fires_once_and_not_early),
		cmocka_unit_test(a_deadline_in_the_past_fires_at_the_next_slot),
		cmocka_unit_test(narrow_slots_fire_sooner),
		cmocka_unit_test(a_cleared_timer_never_fires),
		cmocka_unit_test(a_deadline_beyond_the_wheel_comes_round),
		cmocka_unit_test(the_wheel_agrees_with_a_list),
	};
	return cmocka_run_group_tests_name("flow/wheel", tests, NULL, NULL);
}
