/*
 * Whatever two ends and a bad capture may send, the model keeps its word:
 * positions stay in order, a state has a grade, time is spent once, and a
 * step tells of every change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "segment_random.h"
#include "tcp/step.h"
#include "tcpclose/error.h"

#define MS              INT64_C(1000000)
#define TIME_WAIT_LASTS (60000 * MS)
#define LIVES           1500
#define SEGMENTS        80

static void check_end(const struct conn *c, unsigned i)
{
	const struct end *e = &c->end[i];
	const enum tcp_grade grade = conn_grade(c, i);
	assert_true(e->snd_una <= e->snd_nxt);
	assert_true(e->passed <= e->snd_nxt);
	assert_true(e->state < N_TCP_STATES);
	assert_true(grade <= GRADE_CERTAIN);
	assert_true((grade == GRADE_NONE) == (e->state == UNKNOWN));
	assert_true(e->rtt >= 0);
	assert_true(e->state_since <= c->last_ts);
	assert_true(e->missing <= (uint64_t)INT64_MAX); /* never below 0 */
}

static void check_times(const struct conn *c, unsigned end)
{
	const struct fin_story *fin = conn_fin(c, end);
	int64_t sum = 0;
	if (!c->closing)
		return;
	for (int s = 0; s < N_TCP_STATES; s++) {
		assert_true(c->closing->fin[end].in_state[s] >= 0);
		sum += c->closing->fin[end].in_state[s];
	}
	assert_true(sum <= c->last_ts - c->first_ts);
	if (!fin)
		return;
	assert_true(fin->first_ts <= fin->last_ts);
	assert_true(fin->pos < c->end[end].snd_nxt);
	assert_true((fin->acked_ts == CONN_NEVER) ==
	            (fin->last_acked_ts == CONN_NEVER));
}

/* Every change begins where the one before ended, and ends where it stands. */
static void check_step(const struct step *step, const uint8_t before[2])
{
	uint8_t state[2] = { before[0], before[1] };
	for (unsigned i = 0; i < step->n_changes; i++) {
		const struct state_change *change = &step->change[i];
		assert_int_equal(state[change->end], change->from);
		assert_int_not_equal(change->from, change->to);
		state[change->end] = change->to;
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(step->conn->end[i].state, state[i]);
		check_end(step->conn, i);
		check_times(step->conn, i);
	}
}

static void let_time_pass(struct conn *c, int64_t now)
{
	struct step step;
	const uint8_t before[2] = { c->end[0].state, c->end[1].state };
	if (conn_expiry(c, TIME_WAIT_LASTS) > now)
		return;
	conn_expire(c, now, TIME_WAIT_LASTS, &step);
	for (unsigned i = 0; i < step.n_changes; i++)
		assert_int_equal(step.change[i].to, CLOSED);
	assert_true(before[0] != c->end[0].state ||
	            before[1] != c->end[1].state);
	assert_true(conn_expiry(c, TIME_WAIT_LASTS) > now);
}

static void live(uint64_t *dice)
{
	struct conn c;
	struct segment seg;
	struct step step = { 0 };
	struct pool pool;
	int64_t ts = 1700000000000 * MS;

	pool_init(&pool, &alloc_default, 0);
	memset(&c, 0, sizeof(c));
	c.end[0].iss.wire = random_below(dice, UINT32_MAX);
	c.end[1].iss.wire = UINT32_MAX - random_below(dice, 4);
	for (int i = 0; i < SEGMENTS; i++) {
		const unsigned from = random_below(dice, 2);
		ts += (int64_t)random_below(dice, 300) * MS *
		      (random_below(dice, 30) ? 1 : 300);
		segment_random(dice, &c, from, ts, &seg);
		if (i == 0)
			conn_init(&c, &seg);
		else
			let_time_pass(&c, ts);
		const uint8_t before[2] = { c.end[0].state, c.end[1].state };
		assert_int_equal(conn_observe(&c, &seg, from, &pool, &step),
		                 TCPCLOSE_OK);
		check_step(&step, before);
	}
	conn_fini(&c, &pool);
	assert_int_equal(pool.live, 0);
	pool_fini(&pool);
}

static void no_sequence_of_segments_breaks_the_model(void **state)
{
	(void)state;
	uint64_t dice = 9293;
	for (int i = 0; i < LIVES; i++)
		live(&dice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_sequence_of_segments_breaks_the_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
