/* port_exhaustion: ports of one client towards one server's port, counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "detect/host_detector.h"
#include "talks.h"

#define FIRST_PORT 40000

/* n connections, `every` ms apart, each from the next of `ports` ports. */
static void add_many(struct talks *t, struct talk talk, unsigned n,
                     unsigned ports, int64_t every)
{
	for (unsigned i = 0; i < n; i++) {
		talk.port = (uint16_t)(FIRST_PORT + i % ports);
		talks_add(t, talk);
		talk.at += every;
	}
}

static int64_t number(const json_t *finding, const char *name)
{
	const json_t *own = json_object_get(finding, "port_exhaustion");
	return json_integer_value(json_object_get(own, name));
}

static const char *word(const json_t *finding, const char *name)
{
	return json_string_value(json_object_get(finding, name));
}

/* Run it in every world; asserts how many findings there are, and gives the
 * first of the last world. */
static json_t *run_all(void (*build)(struct talks *t), int64_t until, size_t n)
{
	json_t *first = NULL;
	for (int world = 0; world < N_TALKS_WORLDS; world++) {
		struct talks t;
		talks_init(&t, (enum talks_world)world);
		t.port_range = 100;
		build(&t);
		json_t *found = talks_run(&t, until, "port_exhaustion");
		assert_int_equal(json_array_size(found), n);
		json_decref(first);
		first = json_incref(json_array_get(found, 0));
		json_decref(found);
		talks_fini(&t);
	}
	return first;
}

static const struct talk plain = { .client = 1, .server = 1 };

/* ---- what is found ------------------------------------------------------- */

static void ninety_six_in_time_wait(struct talks *t)
{
	add_many(t, plain, 96, 96, 50);
}

static void all_but_a_few_ports_in_time_wait_are_an_error(void **state)
{
	(void)state;
	json_t *f = run_all(ninety_six_in_time_wait, 5000, 1);
	assert_string_equal(word(f, "outcome"), "exhausted");
	assert_string_equal(word(f, "severity"), "error");
	assert_string_equal(word(f, "confidence"), "likely");
	assert_string_equal(word(f, "end"), "client");
	assert_int_equal(number(f, "ports"), 96);
	assert_int_equal(number(f, "percent"), 96);
	assert_int_equal(number(f, "port_range"), 100);
	assert_int_equal(number(f, "lowest_port"), FIRST_PORT);
	assert_int_equal(number(f, "highest_port"), FIRST_PORT + 95);
	assert_int_equal(number(f, "live_ports") + number(f, "time_wait_ports"),
	                 96);
	json_decref(f);
}

static void it_names_hosts_and_no_connection(void **state)
{
	(void)state;
	json_t *f = run_all(ninety_six_in_time_wait, 5000, 1);
	assert_null(json_object_get(f, "flow_id"));
	assert_null(json_object_get(f, "stream"));
	assert_null(json_object_get(f, "incarnation"));
	assert_non_null(json_object_get(f, "event_id"));
	const json_t *client = json_object_get(f, "client");
	const json_t *server = json_object_get(f, "server");
	assert_string_equal(word(client, "ip"), "10.1.0.1");
	assert_null(json_object_get(client, "port"));
	assert_string_equal(word(server, "ip"), "10.2.0.1");
	assert_int_equal(json_integer_value(json_object_get(server, "port")),
	                 80);
	assert_string_equal(word(f, "filter"),
	                    "ip.addr eq 10.1.0.1 and ip.addr eq 10.2.0.1 and "
	                    "tcp.port eq 80");
	json_decref(f);
}

static void eighty_live(struct talks *t)
{
	struct talk open = plain;
	open.close = STAYS_OPEN;
	add_many(t, open, 80, 80, 2000);
}

static void eighty_percent_that_live_are_a_warning(void **state)
{
	(void)state;
	json_t *f = run_all(eighty_live, 200000, 1);
	assert_string_equal(word(f, "outcome"), "near");
	assert_string_equal(word(f, "severity"), "warning");
	assert_int_equal(number(f, "live_ports"), 80);
	assert_int_equal(number(f, "time_wait_ports"), 0);
	json_decref(f);
}

/* 20 in 10 s are 120 in the 60 s of TIME-WAIT. */
static void twenty_in_ten_seconds(struct talks *t)
{
	add_many(t, plain, 24, 100, 500);
}

static void a_rate_that_cannot_last_is_a_warning_too(void **state)
{
	(void)state;
	json_t *f = run_all(twenty_in_ten_seconds, 20000, 1);
	assert_string_equal(word(f, "outcome"), "too_fast");
	assert_string_equal(word(f, "confidence"), "possible");
	assert_int_equal(number(f, "closes_per_second"), 2);
	json_decref(f);
}

static void two_servers(struct talks *t)
{
	struct talk other = plain;
	other.server = 2;
	add_many(t, plain, 96, 96, 50);
	add_many(t, other, 96, 96, 50);
}

static void each_server_is_counted_for_itself(void **state)
{
	(void)state;
	json_decref(run_all(two_servers, 5000, 2));
}

/* 23000 in 46 s, of the 28232 that Linux has. */
static void the_range_of_linux_is_assumed(void **state)
{
	(void)state;
	struct talks t;
	talks_init(&t, OVER_IPV4);
	add_many(&t, plain, 23000, 23000, 2);
	json_t *found = talks_run(&t, 47000, "port_exhaustion");
	assert_int_equal(json_array_size(found), 1);
	const json_t *f = json_array_get(found, 0);
	assert_string_equal(word(f, "outcome"), "near");
	assert_int_equal(number(f, "port_range"), 28232);
	assert_int_equal(number(f, "ports"), 23000);
	assert_int_equal(number(f, "percent"), 81);
	assert_int_equal(number(f, "closes_per_second"), 500);
	json_decref(found);
	talks_fini(&t);
}

/* ---- what is not --------------------------------------------------------- */

static void seventy_nine_live(struct talks *t)
{
	struct talk open = plain;
	open.close = STAYS_OPEN;
	add_many(t, open, 79, 79, 2000);
}

static void less_than_eighty_percent_is_silent(void **state)
{
	(void)state;
	json_decref(run_all(seventy_nine_live, 200000, 0));
}

static void slowly_one_after_the_other(struct talks *t)
{
	add_many(t, plain, 200, 100, 1000);
}

/* 60 of them rest at a time. */
static void ports_are_free_again_after_time_wait(void **state)
{
	(void)state;
	json_decref(run_all(slowly_one_after_the_other, 260000, 0));
}

static void the_server_closes(struct talks *t)
{
	struct talk talk = plain;
	talk.close = SERVER_FIRST;
	add_many(t, talk, 300, 100, 200);
}

static void time_wait_at_the_server_takes_no_port(void **state)
{
	(void)state;
	json_decref(run_all(the_server_closes, 90000, 0));
}

static void aborts(struct talks *t)
{
	struct talk talk = plain;
	talk.close = CLIENT_ABORTS;
	add_many(t, talk, 300, 100, 200);
}

static void an_abort_leaves_no_time_wait(void **state)
{
	(void)state;
	json_decref(run_all(aborts, 90000, 0));
}

static void flood(struct talks *t)
{
	struct talk talk = plain;
	talk.answer = IGNORED;
	add_many(t, talk, 200, 200, 10);
	talk.at = 5000;
	talk.answer = REFUSED;
	add_many(t, talk, 200, 200, 10);
}

static void a_flood_of_syns_takes_no_port(void **state)
{
	(void)state;
	json_decref(run_all(flood, 9000, 0));
}

/* Two ports, taken again and again out of TIME-WAIT. */
static void reuse(struct talks *t)
{
	add_many(t, plain, 60, 2, 2000);
}

static void a_port_that_is_reused_counts_once(void **state)
{
	(void)state;
	json_decref(run_all(reuse, 130000, 0));
}

static void reuse_of_all_there_are(struct talks *t)
{
	t->port_range = 2;
	reuse(t);
}

static void reuse_is_told_with_it(void **state)
{
	(void)state;
	json_t *f = run_all(reuse_of_all_there_are, 130000, 1);
	assert_int_equal(number(f, "ports"), 2);
	assert_int_equal(number(f, "connections"), 60);
	assert_int_equal(number(f, "reused"), 58);
	json_decref(f);
}

static void many_clients(struct talks *t)
{
	for (unsigned i = 0; i < 200; i++) {
		struct talk talk = plain;
		talk.client = (uint8_t)(1 + i);
		talk.at = 10 * i;
		talk.port = (uint16_t)(FIRST_PORT + i);
		talks_add(t, talk);
	}
}

static void many_clients_have_many_ports(void **state)
{
	(void)state;
	json_decref(run_all(many_clients, 9000, 0));
}

/* 96 ports of 1000: a wider range than was assumed. */
static void widely_spread(struct talks *t)
{
	for (unsigned i = 0; i < 96; i++) {
		struct talk talk = plain;
		talk.at = 700 * i;
		talk.port = (uint16_t)(FIRST_PORT + 10 * i);
		talk.close = STAYS_OPEN;
		talks_add(t, talk);
	}
}

static void a_client_with_a_wider_range_has_more(void **state)
{
	(void)state;
	json_decref(run_all(widely_spread, 70000, 0));
}

/* ---- seen badly, and bounds ---------------------------------------------- */

static void client_alone(struct talks *t)
{
	t->client_only = true;
	add_many(t, plain, 96, 96, 50);
}

/* Its ACKs tell that the connection lives and is acknowledged. */
static void the_clients_direction_is_enough(void **state)
{
	(void)state;
	json_decref(run_all(client_alone, 5000, 1));
}

/* Far more hosts than places, and one that matters among them. */
static void crowd(struct talks *t)
{
	for (unsigned i = 0; i < 4000; i++) {
		struct talk talk = plain;
		talk.client = (uint8_t)(2 + i % 200);
		talk.server = (uint8_t)(2 + i / 200 % 200);
		talk.at = i;
		talk.port = (uint16_t)(FIRST_PORT + i % 1000);
		talks_add(t, talk);
	}
	add_many(t, plain, 96, 96, 40);
}

static void one_host_is_found_in_a_crowd(void **state)
{
	(void)state;
	json_t *f = run_all(crowd, 6000, 1);
	assert_string_equal(word(f, "outcome"), "exhausted");
	json_decref(f);
}

static void who_does_not_ask_does_not_get_it(void **state)
{
	(void)state;
	struct talks t;
	talks_init(&t, OVER_IPV4);
	t.port_range = 100;
	t.findings = 1; /* another kind */
	ninety_six_in_time_wait(&t);
	json_t *found = talks_run(&t, 5000, "port_exhaustion");
	assert_int_equal(json_array_size(found), 0);
	json_decref(found);
	talks_fini(&t);
}

/* ---- live ---------------------------------------------------------------- */

static bool is_pair(const json_t *open, const json_t *closed)
{
	return strcmp(word(open, "phase"), "open") == 0 &&
	       strcmp(word(closed, "phase"), "closed") == 0 &&
	       !word(open, "outcome") && word(closed, "outcome") &&
	       strcmp(word(open, "event_id"), word(closed, "event_id")) == 0;
}

/* From the 80th port on; and over when none has rested for 60 s. */
static void
a_lack_of_ports_is_told_while_it_lasts_and_when_it_is_over(void **state)
{
	struct talks t;
	struct talk second = plain;
	(void)state;
	talks_init(&t, OVER_IPV4);
	t.port_range = 100;
	t.live = true;
	second.at = 150000;
	add_many(&t, plain, 96, 96, 50);
	add_many(&t, second, 90, 90, 50);
	json_t *found = talks_run(&t, 300000, "port_exhaustion");
	assert_int_equal(json_array_size(found), 4);
	const json_t *f[4];
	for (size_t i = 0; i < 4; i++)
		f[i] = json_array_get(found, i);
	assert_true(is_pair(f[0], f[1]));
	assert_true(is_pair(f[2], f[3]));
	assert_true(number(f[0], "ports") < 96);
	assert_int_equal(number(f[1], "ports"), 96);
	assert_int_equal(number(f[3], "ports"), 90);
	assert_string_not_equal(word(f[0], "event_id"), word(f[2], "event_id"));
	json_decref(found);
	talks_fini(&t);
}

static void what_lasts_is_closed_with_the_run_under_the_files_id(void **state)
{
	struct talks t;
	json_t *found[2];
	(void)state;
	for (int live = 0; live < 2; live++) {
		talks_init(&t, OVER_IPV4);
		t.port_range = 100;
		t.live = live;
		ninety_six_in_time_wait(&t);
		found[live] = talks_run(&t, 5000, "port_exhaustion");
		talks_fini(&t);
	}
	assert_int_equal(json_array_size(found[0]), 1);
	assert_int_equal(json_array_size(found[1]), 2);
	assert_true(is_pair(json_array_get(found[1], 0),
	                    json_array_get(found[1], 1)));
	assert_true(json_equal(json_array_get(found[0], 0),
	                       json_array_get(found[1], 1)));
	json_decref(found[0]);
	json_decref(found[1]);
}

static void every_host_detector_is_a_kind_of_finding(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_host_detectors; i++)
		assert_ptr_equal(finding_kind_at(n_detectors + i),
		                 &host_detectors[i]->kind);
	assert_null(finding_kind_at(n_detectors + n_host_detectors));
	assert_ptr_equal(finding_kind_at(0), &detectors[0]->kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_but_a_few_ports_in_time_wait_are_an_error),
		cmocka_unit_test(it_names_hosts_and_no_connection),
		cmocka_unit_test(eighty_percent_that_live_are_a_warning),
		cmocka_unit_test(a_rate_that_cannot_last_is_a_warning_too),
		cmocka_unit_test(each_server_is_counted_for_itself),
		cmocka_unit_test(the_range_of_linux_is_assumed),
		cmocka_unit_test(less_than_eighty_percent_is_silent),
		cmocka_unit_test(ports_are_free_again_after_time_wait),
		cmocka_unit_test(time_wait_at_the_server_takes_no_port),
		cmocka_unit_test(an_abort_leaves_no_time_wait),
		cmocka_unit_test(a_flood_of_syns_takes_no_port),
		cmocka_unit_test(a_port_that_is_reused_counts_once),
		cmocka_unit_test(reuse_is_told_with_it),
		cmocka_unit_test(many_clients_have_many_ports),
		cmocka_unit_test(a_client_with_a_wider_range_has_more),
		cmocka_unit_test(the_clients_direction_is_enough),
		cmocka_unit_test(one_host_is_found_in_a_crowd),
		cmocka_unit_test(who_does_not_ask_does_not_get_it),
		cmocka_unit_test(
			a_lack_of_ports_is_told_while_it_lasts_and_when_it_is_over),
		cmocka_unit_test(
			what_lasts_is_closed_with_the_run_under_the_files_id),
		cmocka_unit_test(every_host_detector_is_a_kind_of_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
