/* The timer wheel: nothing fires early, late by at most a slot, none is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "flow/wheel.h"

#define SECOND INT64_C(1000000000)

struct thing {
	uint64_t before; /* a timer need not come first */
	struct timer timer;
	int number;
};

struct clock {
	struct pool pool;
	struct wheel wheel;
};

static struct clock *clock_new(int64_t now)
{
	struct clock *c = malloc(sizeof(*c));
	pool_init(&c->pool, &alloc_default, 0);
	wheel_init(&c->wheel, &c->pool, offsetof(struct thing, timer), now,
	           SECOND);
	return c;
}

static void clock_free(struct clock *c)
{
	pool_fini(&c->pool);
	free(c);
}

static struct thing *thing_new(struct clock *c, int number)
{
	struct thing *t = pool_take_zeroed(&c->pool, sizeof(*t));
	assert_non_null(t);
	t->number = number;
	return t;
}

static void a_timer_fires_once_and_not_early(void **state)
{
	(void)state;
	struct clock *c = clock_new(100 * SECOND);
	struct wheel *w = &c->wheel;
	struct thing *t = thing_new(c, 1);
	wheel_set(w, t, 105 * SECOND + 1);
	assert_null(wheel_next(w, 105 * SECOND));
	assert_null(wheel_next(w, 105 * SECOND + 2)); /* its slot is not over */
	assert_ptr_equal(wheel_next(w, 106 * SECOND), t);
	assert_null(wheel_next(w, 200 * SECOND));
	clock_free(c);
}

static void a_deadline_in_the_past_fires_at_the_next_slot(void **state)
{
	(void)state;
	struct clock *c = clock_new(100 * SECOND);
	struct wheel *w = &c->wheel;
	struct thing *t = thing_new(c, 1);
	assert_null(wheel_next(w, 150 * SECOND));
	wheel_set(w, t, 120 * SECOND);
	assert_ptr_equal(wheel_next(w, 152 * SECOND), t);
	clock_free(c);
}

static void a_cleared_timer_never_fires(void **state)
{
	(void)state;
	struct clock *c = clock_new(0);
	struct wheel *w = &c->wheel;
	struct thing *t = thing_new(c, 1);
	wheel_set(w, t, 5 * SECOND);
	wheel_set(w, t, WHEEL_NEVER);
	wheel_clear(w, t);
	assert_null(wheel_next(w, 100 * SECOND));
	clock_free(c);
}

static void a_deadline_beyond_the_wheel_comes_round(void **state)
{
	(void)state;
	struct clock *c = clock_new(0);
	struct wheel *w = &c->wheel;
	struct thing *t = thing_new(c, 1);
	wheel_set(w, t, 3600 * SECOND);
	for (int64_t s = 1; s <= 3600; s++)
		assert_null(wheel_next(w, s * SECOND));
	assert_ptr_equal(wheel_next(w, 3601 * SECOND), t);
	clock_free(c);
}

static void a_deadline_may_move_either_way(void **state)
{
	(void)state;
	struct clock *c = clock_new(0);
	struct wheel *w = &c->wheel;
	struct thing *t = thing_new(c, 1);
	for (int64_t s = 1; s <= 600; s++) {
		wheel_set(w, t, (s + 60) * SECOND);
		assert_null(wheel_next(w, s * SECOND));
	}
	assert_null(wheel_next(w, 660 * SECOND));
	wheel_set(w, t, 900 * SECOND);
	wheel_set(w, t, 670 * SECOND);
	assert_null(wheel_next(w, 670 * SECOND));
	assert_ptr_equal(wheel_next(w, 671 * SECOND), t);
	clock_free(c);
}

/* Whatever slot they were in before: the order of a slot is that in which its
 * deadlines were set. */
static void a_slot_fires_in_the_order_of_settings(void **state)
{
	(void)state;
	enum { N = 100 };
	struct clock *c = clock_new(0);
	struct wheel *w = &c->wheel;
	struct thing *t[N];
	for (int i = 0; i < N; i++) {
		t[i] = thing_new(c, i);
		wheel_set(w, t[i], (1 + i * 7 % 9) * SECOND);
	}
	for (int i = 0; i < N; i++)
		wheel_set(w, t[i * 37 % N],
		          10 * SECOND + (i * 61 % N) * (SECOND / N));
	for (int i = 0; i < N; i++) {
		struct thing *fired = wheel_next(w, 11 * SECOND);
		assert_non_null(fired);
		assert_int_equal(fired->number, i * 37 % N);
		if (i == 5) /* one that waits for its turn need not wait */
			wheel_clear(w, t[99 * 37 % N]);
		if (i == 98)
			break;
	}
	assert_null(wheel_next(w, 50 * SECOND));
	clock_free(c);
}

/* Its order is that of the noting, not of the hanging. */
static void what_was_noted_hangs_in_its_order(void **state)
{
	(void)state;
	struct clock *c = clock_new(0);
	struct wheel *w = &c->wheel;
	struct thing *first = thing_new(c, 1), *second = thing_new(c, 2);
	wheel_note(w, first, 5 * SECOND);
	wheel_set(w, second, 5 * SECOND);
	assert_null(wheel_next(w, 4 * SECOND));
	wheel_hang(w, first);
	wheel_hang(w, first);
	assert_ptr_equal(wheel_next(w, 6 * SECOND), first);
	assert_ptr_equal(wheel_next(w, 6 * SECOND), second);
	assert_null(wheel_next(w, 50 * SECOND));
	wheel_note(w, first, 55 * SECOND);
	assert_null(wheel_next(w, 100 * SECOND)); /* it never hung */
	clock_free(c);
}

/* Random settings against a plain list, through leaps longer than the wheel. */
static void the_wheel_agrees_with_a_list(void **state)
{
	(void)state;
	enum { N = 400 };
	struct clock *c = clock_new(1000 * SECOND);
	struct wheel *w = &c->wheel;
	struct thing *t[N];
	int64_t due[N];
	unsigned seed = 11;
	int64_t now = 1000 * SECOND;

	for (int i = 0; i < N; i++) {
		seed = seed * 1103515245u + 12345u;
		due[i] = now + (int64_t)(seed % 5000000u) * 1000000;
		t[i] = thing_new(c, i);
		wheel_set(w, t[i], due[i]);
	}
	for (int step = 0; step < 60; step++) {
		seed = seed * 1103515245u + 12345u;
		now += (int64_t)(seed % 4000u) * SECOND / 10;
		struct thing *fired;
		while ((fired = wheel_next(w, now))) {
			assert_true(due[fired->number] <= now);
			due[fired->number] = WHEEL_NEVER;
		}
		for (int i = 0; i < N; i++)
			assert_true(due[i] > now - 2 * SECOND);
		const int moved = (int)(seed >> 8) % N;
		if (due[moved] == WHEEL_NEVER)
			continue;
		due[moved] += (int64_t)(seed >> 12) % 90 * SECOND;
		wheel_set(w, t[moved], due[moved]);
	}
	clock_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_fires_once_and_not_early),
		cmocka_unit_test(a_deadline_in_the_past_fires_at_the_next_slot),
		cmocka_unit_test(a_cleared_timer_never_fires),
		cmocka_unit_test(a_deadline_beyond_the_wheel_comes_round),
		cmocka_unit_test(a_deadline_may_move_either_way),
		cmocka_unit_test(a_slot_fires_in_the_order_of_settings),
		cmocka_unit_test(what_was_noted_hangs_in_its_order),
		cmocka_unit_test(the_wheel_agrees_with_a_list),
	};
	return cmocka_run_group_tests_name("flow/wheel", tests, NULL, NULL);
}
