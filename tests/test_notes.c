/*
 * A watch that begins late judges as one that has seen the close from its first
 * FIN, or from the first ACK of one, whatever two ends and a bad capture send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "notes.h"
#include "segment_random.h"
#include "tcpclose/error.h"

#define MS         INT64_C(1000000)
#define LIVES      40000
#define SEGMENTS   14
#define WATCH_MOST 1024

/* A detector whose watch may begin late, and what it must not have missed. */
struct early {
	const char *name;
	uint32_t starts;
	size_t i;
	bool is_begun;
	_Alignas(max_align_t) unsigned char watch[WATCH_MOST];
};

static struct early all[] = {
	{ .name = "close_wait_leak", .starts = STEP_ACKS_FIN },
	{ .name = "fin_wait_2_timeout", .starts = STEP_FIN },
	{ .name = "simultaneous_close", .starts = STEP_FIN },
};

#define N_EARLY (sizeof(all) / sizeof(all[0]))

static int find_them(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_EARLY; k++) {
		size_t i = 0;
		while (strcmp(detectors[i]->kind.name, all[k].name) != 0)
			i++;
		all[k].i = i;
		assert_non_null(detectors[i]->begins);
		assert_true(detectors[i]->memory <= WATCH_MOST);
	}
	return 0;
}

static void show(struct early *e, const struct step *step)
{
	const struct detector *d = detectors[e->i];
	if (!step_is(step, e->is_begun ? d->follows : e->starts))
		return;
	e->is_begun = true;
	d->observe(e->watch, step);
}

static unsigned compare(const struct early *e, const struct notes *notes,
                        const struct moment *moment)
{
	const struct detector *d = detectors[e->i];
	int64_t detail[2][128] = { { 0 } };
	struct finding f[2];
	unsigned n = 0;
	assert_true(d->detail_size <= sizeof(detail[0]));
	for (;; n++) {
		memset(f, 0, sizeof(f));
		memset(detail, 0, sizeof(detail));
		const bool early =
			e->is_begun && detector_judge(d, e->watch, moment, n,
		                                      detail[0], &f[0]);
		const bool late =
			notes && notes_watch(notes, e->i) &&
			notes_judge(notes, e->i, moment, n, detail[1], &f[1]);
		assert_int_equal(early, late);
		if (!early)
			return n;
		assert_memory_equal(detail[0], detail[1], d->detail_size);
		assert_string_equal(f[0].message, f[1].message);
		assert_string_equal(f[0].outcome, f[1].outcome);
		assert_int_equal(f[0].confidence, f[1].confidence);
		assert_int_equal(f[0].severity, f[1].severity);
		assert_int_equal(f[0].first_ts, f[1].first_ts);
		assert_int_equal(f[0].last_ts, f[1].last_ts);
		assert_int_equal(f[0].count, f[1].count);
		assert_memory_equal(&f[0].frames, &f[1].frames,
		                    sizeof(f[0].frames));
	}
}

static void look(const struct step *step, const struct notes *notes,
                 unsigned found[static N_EARLY])
{
	const struct moment moment = { step->conn, step->ts, END_OF_CAPTURE };
	for (size_t k = 0; k < N_EARLY; k++)
		found[k] += compare(&all[k], notes, &moment) > 0;
}

static void live(uint64_t *dice, unsigned found[static N_EARLY])
{
	const struct notes_plan plan = notes_plan_of(UINT64_MAX);
	struct pool pool;
	struct conn c;
	struct segment seg;
	struct step step = { 0 };
	struct notes *notes = NULL;
	int64_t ts = 1700000000000 * MS;

	pool_init(&pool, &alloc_default, 0);
	memset(&c, 0, sizeof(c));
	for (size_t k = 0; k < N_EARLY; k++) {
		all[k].is_begun = false;
		memset(all[k].watch, 0, WATCH_MOST);
	}
	for (int i = 0; i < SEGMENTS; i++) {
		const unsigned from = random_below(dice, 2);
		ts += (int64_t)random_below(dice, 300) * MS *
		      (random_below(dice, 10) ? 1 : 300);
		segment_random(dice, &c, from, ts, &seg);
		seg.frame = (uint64_t)i + 1;
		if (i == 0)
			conn_init(&c, &seg);
		assert_int_equal(conn_observe(&c, &seg, from, &pool, &step),
		                 TCPCLOSE_OK);
		for (size_t k = 0; k < N_EARLY; k++)
			show(&all[k], &step);
		if (notes_concern(notes, &step, &plan))
			assert_int_equal(
				notes_observe(&notes, &step,
			                      notes_minds(notes, &step, &plan),
			                      &pool),
				TCPCLOSE_OK);
		look(&step, notes, found);
	}
	notes_free(notes, &pool);
	conn_fini(&c, &pool);
	assert_int_equal(pool.live, 0);
	pool_fini(&pool);
}

static void a_watch_that_begins_late_has_missed_nothing(void **state)
{
	uint64_t dice = 5;
	unsigned found[N_EARLY] = { 0 };
	(void)state;
	for (int i = 0; i < LIVES; i++)
		live(&dice, found);
	for (size_t k = 0; k < N_EARLY; k++)
		assert_true(found[k] > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_watch_that_begins_late_has_missed_nothing),
	};
	return cmocka_run_group_tests(tests, find_them, NULL);
}
