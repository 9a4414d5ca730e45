/* syn_timestamp_drop: what tcp_tw_recycle does to hosts behind one address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "talks.h"

#define BEHIND (-3600000) /* ms: the clock of the other host */

/* n talks, each given in full; ports count up where they are not. */
#define add(t, ...)                                                            \
	add_all(t, (const struct talk[]){ __VA_ARGS__ },                       \
	        sizeof((const struct talk[]){ __VA_ARGS__ }) /                 \
	                sizeof(struct talk))

static void add_all(struct talks *t, const struct talk *talks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct talk talk = talks[i];
		talk.client = talk.client ? talk.client : 1;
		talk.server = talk.server ? talk.server : 1;
		talk.port = talk.port ? talk.port : (uint16_t)(50000 + i);
		talks_add(t, talk);
	}
}

static int64_t number(const json_t *finding, const char *name)
{
	const json_t *own = json_object_get(finding, "syn_timestamp_drop");
	return json_integer_value(json_object_get(own, name));
}

static const char *word(const json_t *finding, const char *name)
{
	return json_string_value(json_object_get(finding, name));
}

static json_t *run_all(void (*build)(struct talks *t), size_t n)
{
	json_t *first = NULL;
	for (int world = 0; world < N_TALKS_WORLDS; world++) {
		struct talks t;
		talks_init(&t, (enum talks_world)world);
		build(&t);
		json_t *found = talks_run(&t, 100000, "syn_timestamp_drop");
		assert_int_equal(json_array_size(found), n);
		json_decref(first);
		first = json_incref(json_array_get(found, 0));
		json_decref(found);
		talks_fini(&t);
	}
	return first;
}

/* ---- what is found ------------------------------------------------------- */

static void one_is_ignored(struct talks *t)
{
	add(t, { .at = 0 },
	    { .at = 600, .clock = BEHIND, .n_syns = 3, .answer = IGNORED },
	    { .at = 1200 }, { .at = 4000 });
}

static void syns_behind_that_are_ignored_are_found(void **state)
{
	(void)state;
	json_t *f = run_all(one_is_ignored, 1);
	assert_string_equal(word(f, "severity"), "warning");
	assert_string_equal(word(f, "confidence"), "possible");
	assert_string_equal(word(f, "end"), "client");
	assert_int_equal(number(f, "connections_ignored"), 1);
	assert_int_equal(number(f, "syns_ignored"), 3);
	assert_int_equal(number(f, "connections_answered"), 3);
	/* The last that the first said was at 130 ms. */
	assert_int_equal(number(f, "behind_ticks"), 3600000 + 130 - 600);
	const json_t *client = json_object_get(f, "client");
	assert_int_equal(json_integer_value(json_object_get(client, "port")),
	                 50001);
	assert_int_equal(json_array_size(json_object_get(f, "frames")), 3);
	json_decref(f);
}

static void several_are_ignored(struct talks *t)
{
	add(t, { .at = 0 },
	    { .at = 600, .clock = BEHIND, .n_syns = 3, .answer = IGNORED },
	    { .at = 1200 },
	    { .at = 2600, .clock = BEHIND, .n_syns = 2, .answer = IGNORED },
	    { .at = 4000 }, { .at = 5000, .no_timestamps = true });
}

static void several_make_it_likely(void **state)
{
	(void)state;
	json_t *f = run_all(several_are_ignored, 1);
	assert_string_equal(word(f, "confidence"), "likely");
	assert_int_equal(number(f, "connections_ignored"), 2);
	assert_int_equal(number(f, "syns_ignored"), 5);
	assert_int_equal(json_integer_value(json_object_get(f, "count")), 5);
	const json_t *client = json_object_get(f, "client");
	assert_null(json_object_get(client, "port"));
	json_decref(f);
}

/* Another service of the same server does not refute it. */
static void each_server_for_itself(struct talks *t)
{
	one_is_ignored(t);
	add(t, { .at = 0, .server = 2 },
	    { .at = 700, .server = 2, .clock = BEHIND });
}

static void another_server_may_behave_otherwise(void **state)
{
	(void)state;
	json_decref(run_all(each_server_for_itself, 1));
}

/* ---- what is not --------------------------------------------------------- */

static void behind_but_answered(struct talks *t)
{
	one_is_ignored(t);
	add(t, { .at = 5000, .port = 51000, .clock = BEHIND });
}

/* It had been told by then: the third SYN was not answered either. */
static void live_it_is_withdrawn_then(void **state)
{
	struct talks t;
	(void)state;
	talks_init(&t, OVER_IPV4);
	t.live = true;
	behind_but_answered(&t);
	json_t *found = talks_run(&t, 100000, "syn_timestamp_drop");
	assert_int_equal(json_array_size(found), 2);
	const json_t *open = json_array_get(found, 0);
	const json_t *closed = json_array_get(found, 1);
	assert_string_equal(word(open, "phase"), "open");
	assert_int_equal(number(open, "syns_ignored"), 3);
	assert_string_equal(word(closed, "phase"), "closed");
	assert_string_equal(word(closed, "outcome"), "withdrawn");
	assert_string_equal(word(open, "event_id"), word(closed, "event_id"));
	json_decref(found);
	talks_fini(&t);
}

static void one_that_is_behind_and_answered_refutes_it(void **state)
{
	(void)state;
	json_decref(run_all(behind_but_answered, 0));
}

static void answered_at_last(struct talks *t)
{
	add(t, { .at = 0 }, { .at = 600, .clock = BEHIND, .n_syns = 3 },
	    { .at = 1200 }, { .at = 8000 });
}

static void lost_syns_of_one_that_is_answered_are_loss(void **state)
{
	(void)state;
	json_decref(run_all(answered_at_last, 0));
}

static void all_are_ignored(struct talks *t)
{
	add(t, { .at = 0 },
	    { .at = 600, .clock = BEHIND, .n_syns = 3, .answer = IGNORED },
	    { .at = 1200, .n_syns = 3, .answer = IGNORED }, { .at = 9000 });
}

static void a_server_that_ignores_others_too_is_down(void **state)
{
	(void)state;
	json_decref(run_all(all_are_ignored, 0));
}

static void nobody_comes_after(struct talks *t)
{
	add(t, { .at = 0 },
	    { .at = 600, .clock = BEHIND, .n_syns = 3, .answer = IGNORED });
}

static void a_server_that_answers_nobody_since_is_down(void **state)
{
	(void)state;
	json_decref(run_all(nobody_comes_after, 0));
}

static void one_syn(struct talks *t)
{
	add(t, { .at = 0 }, { .at = 600, .clock = BEHIND, .answer = IGNORED },
	    { .at = 1200 }, { .at = 4000 });
}

static void one_syn_may_be_lost(void **state)
{
	(void)state;
	json_decref(run_all(one_syn, 0));
}

static void more_than_a_minute_after(struct talks *t)
{
	add(t, { .at = 0 },
	    { .at = 61000, .clock = BEHIND, .n_syns = 3, .answer = IGNORED },
	    { .at = 90000 });
}

static void a_minute_later_nothing_is_remembered(void **state)
{
	(void)state;
	json_decref(run_all(more_than_a_minute_after, 0));
}

static void not_behind(struct talks *t)
{
	add(t, { .at = 0 },
	    { .at = 600, .clock = 5000, .n_syns = 3, .answer = IGNORED },
	    { .at = 1200 }, { .at = 4000 });
}

static void a_newer_timestamp_is_no_reason(void **state)
{
	(void)state;
	json_decref(run_all(not_behind, 0));
}

static void no_timestamps(struct talks *t)
{
	add(t, { .at = 0, .no_timestamps = true },
	    { .at = 600, .n_syns = 3, .answer = IGNORED }, { .at = 1200 },
	    { .at = 4000 });
}

static void without_timestamps_there_is_no_such_reason(void **state)
{
	(void)state;
	json_decref(run_all(no_timestamps, 0));
}

static void refused(struct talks *t)
{
	add(t, { .at = 0 },
	    { .at = 600, .clock = BEHIND, .n_syns = 2, .answer = REFUSED },
	    { .at = 1200 }, { .at = 4000 });
}

static void a_refusal_is_an_answer(void **state)
{
	(void)state;
	json_decref(run_all(refused, 0));
}

static void other_client(struct talks *t)
{
	add(t, { .at = 0 },
	    { .at = 600,
	      .client = 2,
	      .clock = BEHIND,
	      .n_syns = 3,
	      .answer = IGNORED },
	    { .at = 1200 }, { .at = 4000 });
}

static void another_address_has_its_own_clock(void **state)
{
	(void)state;
	json_decref(run_all(other_client, 0));
}

/* ---- seen badly ---------------------------------------------------------- */

static void client_alone(struct talks *t)
{
	t->client_only = true;
	several_are_ignored(t);
}

/* No answer is in the capture, so none can be missing. */
static void one_direction_alone_does_not_show_it(void **state)
{
	(void)state;
	json_decref(run_all(client_alone, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syns_behind_that_are_ignored_are_found),
		cmocka_unit_test(several_make_it_likely),
		cmocka_unit_test(another_server_may_behave_otherwise),
		cmocka_unit_test(one_that_is_behind_and_answered_refutes_it),
		cmocka_unit_test(live_it_is_withdrawn_then),
		cmocka_unit_test(lost_syns_of_one_that_is_answered_are_loss),
		cmocka_unit_test(a_server_that_ignores_others_too_is_down),
		cmocka_unit_test(a_server_that_answers_nobody_since_is_down),
		cmocka_unit_test(one_syn_may_be_lost),
		cmocka_unit_test(a_minute_later_nothing_is_remembered),
		cmocka_unit_test(a_newer_timestamp_is_no_reason),
		cmocka_unit_test(without_timestamps_there_is_no_such_reason),
		cmocka_unit_test(a_refusal_is_an_answer),
		cmocka_unit_test(another_address_has_its_own_clock),
		cmocka_unit_test(one_direction_alone_does_not_show_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
