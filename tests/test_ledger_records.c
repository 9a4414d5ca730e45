/* The ledger as records: what is told, in which order, under which ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/frame.h"
#include "record/ledger_records.h"
#include "records.h"
#include "write/json_append.h"

#define SECOND INT64_C(1000000000)

struct told {
	json_t *all; /* every record, in order */
	int stop_at; /* refuse the record of this number; 0: none */
};

static int take(void *ctx, const struct record *record)
{
	struct told *told = ctx;
	char line[JSON_LINE_MAX];
	if (told->stop_at &&
	    (int)json_array_size(told->all) + 1 == told->stop_at)
		return -7;
	const size_t n = json_append_record(record, line);
	json_t *json = json_loadb(line, n, 0, NULL);
	assert_non_null(json);
	json_array_append_new(told->all, json);
	return 1; /* whatever is not negative goes on */
}

static json_t *tell(const struct ledger *l, bool is_final)
{
	const struct ledger_moment moment = {
		.now = records_time(3),
		.began = records_time(0),
		.source = "a.pcap",
		.is_final = is_final,
	};
	struct told told = { .all = json_array() };
	assert_int_equal(ledger_hand_out(l, &moment, take, &told), 0);
	return told.all;
}

static const char *text(json_t *record, const char *key)
{
	return json_string_value(json_object_get(record, key));
}

static void pin(struct ledger *l, uint8_t host, int times)
{
	struct finding_record r = records_finding(SEVERITY_ERROR, 1, "x");
	r.finding = "fin_wait_1_pin";
	r.client.ip = records_ip(4, host);
	for (int i = 0; i < times; i++)
		worst_take_finding(&l->worst, &r);
}

static void close_wait(struct ledger *l, int64_t port, int64_t seconds)
{
	struct close_record r = records_close();
	r.server.port = port;
	r.server.time_in_close_wait = seconds * SECOND;
	worst_take_close(&l->worst, &r);
}

/* A filled ledger: records_ledger(), two services, two hosts that pin. */
static struct ledger *some_ledger(void)
{
	struct ledger *l = calloc(1, sizeof(*l));
	records_ledger(l);
	close_wait(l, 443, 3);
	close_wait(l, 25, 5);
	pin(l, 9, 1);
	pin(l, 2, 3);
	return l;
}

static void expect_part(json_t *json, const char *part)
{
	json_t *expected = json_loads(part, 0, NULL);
	json_t *all = json_deep_copy(json);
	assert_non_null(expected);
	json_object_update_recursive(all, expected);
	char *is = json_dumps(json, JSON_SORT_KEYS);
	char *should_be = json_dumps(all, JSON_SORT_KEYS);
	assert_string_equal(is, should_be);
	free(is);
	free(should_be);
	json_decref(expected);
	json_decref(all);
}

static void a_route_has_its_time_waits_and_short_connections(void **state)
{
	(void)state;
	struct ledger *l = some_ledger();
	json_t *all = tell(l, true);
	json_t *route = json_array_get(all, 0);
	expect_part(route,
	            "{\"event_type\":\"tcp_route\",\"final\":true,"
	            "\"source\":\"a.pcap\",\"ip_version\":4,"
	            "\"timestamp\":\"2026-05-04T09:12:34.000000000Z\","
	            "\"client\":{\"ip\":\"192.0.2.1\"},"
	            "\"server\":{\"ip\":\"192.0.2.2\",\"port\":443},"
	            "\"first_timestamp\":\"2026-05-04T09:12:31.000000000Z\","
	            "\"last_timestamp\":\"2026-05-04T09:12:32.490000000Z\","
	            "\"connections\":150,\"connections_at_least\":150,"
	            "\"open\":0,\"open_peak\":1,"
	            "\"open_peak_at\":\"2026-05-04T09:12:31.000000000Z\"}");
	/* 149 gaps of a hundredth; 1000 ports for a minute each; closes of
	 * records_close() that rested for no time */
	expect_part(json_object_get(route, "time_wait"),
	            "{\"held_by_client\":150,\"held_by_server\":0,"
	            "\"client_now\":150,\"client_peak\":150,"
	            "\"client_peak_at\":\"2026-05-04T09:12:32.490000000Z\","
	            "\"server_now\":0,\"server_peak\":0,\"port_range\":1000,"
	            "\"port_range_share\":0.15,\"closes_per_second\":100.0,"
	            "\"closes_per_second_ceiling\":16.67,"
	            "\"closes_per_second_peak\":100,\"total_us\":0,"
	            "\"mean\":0.0}");
	expect_part(json_object_get(route, "short_connections"),
	            "{\"over\":150,\"short\":150,\"short_share\":1.0,"
	            "\"keep_alive_would_save\":149}");
	json_decref(all);
	free(l);
}

static void services_are_told_worst_first(void **state)
{
	(void)state;
	struct ledger *l = some_ledger();
	json_t *all = tell(l, true);
	expect_part(json_array_get(all, 1),
	            "{\"event_type\":\"tcp_service\","
	            "\"server\":{\"ip\":\"192.0.2.2\",\"port\":25},"
	            "\"close_wait\":{\"connections\":1,\"at_end\":0,"
	            "\"total_us\":5000000,\"total_at_least_us\":5000000,"
	            "\"longest_us\":5000000}}");
	expect_part(json_array_get(all, 2), "{\"server\":{\"port\":443}}");
	json_decref(all);
	free(l);
}

/* The host that pins and betrays settings is told once. */
static void a_host_has_its_pins_and_its_settings(void **state)
{
	(void)state;
	struct ledger *l = some_ledger();
	const struct ip_value other = records_ip(6, 5);
	settings_observe(&l->settings, &other, SETTING_RFC1337,
	                 &(struct setting_seen){ .least = 1, .most = 1 });
	json_t *all = tell(l, true);
	assert_int_equal(json_array_size(all), 6);
	expect_part(json_array_get(all, 3),
	            "{\"event_type\":\"tcp_host\","
	            "\"host\":{\"ip\":\"192.0.2.2\"},"
	            "\"pins\":{\"count\":3,\"count_at_least\":3,"
	            "\"total_us\":6000000,\"longest_us\":2000000},"
	            "\"settings\":{\"tcp_orphan_retries\":{\"value\":2,"
	            "\"at_least\":1,\"at_most\":2,\"varies\":false,"
	            "\"confidence\":\"likely\",\"observations\":1,"
	            "\"frame\":11,\"flow_id\":\"0000000000c0ffee\"},"
	            "\"tcp_fin_timeout\":{\"value\":60,"
	            "\"confidence\":\"certain\",\"observations\":2}}}");
	expect_part(json_array_get(all, 4),
	            "{\"host\":{\"ip\":\"192.0.2.9\"},\"pins\":{\"count\":1}}");
	assert_null(json_object_get(json_array_get(all, 4), "settings"));
	json_t *last = json_array_get(all, 5);
	expect_part(last, "{\"host\":{\"ip\":\"2001:db8::5\"},"
	                  "\"ip_version\":6,\"settings\":{\"tcp_rfc1337\":"
	                  "{\"value\":1,\"confidence\":\"possible\"}}}");
	assert_null(json_object_get(last, "pins"));
	json_decref(all);
	free(l);
}

static void every_setting_has_a_place_of_its_name(void **state)
{
	(void)state;
	struct ledger *l = calloc(1, sizeof(*l));
	const struct ip_value ip = records_ip(4, 1);
	ledger_init(l, SECOND, 1);
	for (int i = 0; i < N_SETTINGS; i++)
		settings_observe(&l->settings, &ip, (enum setting)i,
		                 &(struct setting_seen){ .least = 100 + i,
		                                         .most = 100 + i });
	json_t *all = tell(l, true);
	json_t *settings = json_object_get(json_array_get(all, 0), "settings");
	assert_int_equal(json_object_size(settings), N_SETTINGS);
	for (int i = 0; i < N_SETTINGS; i++) {
		const json_t *one = json_object_get(
			settings, setting_name((enum setting)i));
		const json_t *value = json_object_get(one, "value");
		assert_int_equal(json_integer_value(value), 100 + i);
	}
	json_decref(all);
	free(l);
}

static const char *name_of(void *ctx, uint32_t source)
{
	return ((const char *const *)ctx)[source];
}

/* The observation of a setting names its file, where there is another. */
static void a_frame_has_its_file_beside_it(void **state)
{
	(void)state;
	const char *names[] = { "a.pcap", "b.pcap" };
	struct ledger *l = calloc(1, sizeof(*l));
	ledger_init(l, SECOND, 1);
	for (uint32_t i = 0; i < 2; i++) {
		const struct ip_value ip = records_ip(4, (uint8_t)i);
		settings_observe(
			&l->settings, &ip, SETTING_RFC1337,
			&(struct setting_seen){ .frame = frame_of(i, 7) });
	}
	for (int several = 0; several < 2; several++) {
		l->sources = (struct source_names){ name_of, names, several };
		json_t *all = tell(l, true);
		for (size_t i = 0; i < 2; i++) {
			json_t *seen = json_object_get(
				json_object_get(json_array_get(all, i),
			                        "settings"),
				"tcp_rfc1337");
			const char *file = text(seen, "frame_source");
			assert_int_equal(json_integer_value(json_object_get(
						 seen, "frame")),
			                 7);
			if (several && i == 1)
				assert_string_equal(file, "b.pcap");
			else
				assert_null(file);
		}
		json_decref(all);
	}
	free(l);
}

/* Ids tell all of them apart, stay as totals grow, and are another capture's
 * for another beginning. */
static void ids_name_accounts(void **state)
{
	(void)state;
	struct ledger *l = some_ledger();
	json_t *before = tell(l, false);
	close_wait(l, 25, 70);
	json_t *after = tell(l, true);
	const size_t n = json_array_size(before);
	assert_int_equal(json_array_size(after), n);
	for (size_t i = 0; i < n; i++) {
		json_t *one = json_array_get(before, i);
		assert_string_equal(text(one, "event_id"),
		                    text(json_array_get(after, i), "event_id"));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
				text(one, "event_id"),
				text(json_array_get(before, k), "event_id"));
	}
	const struct ledger_moment other = { .began = records_time(1) };
	struct told told = { .all = json_array() };
	ledger_hand_out(l, &other, take, &told);
	assert_string_not_equal(text(json_array_get(told.all, 0), "event_id"),
	                        text(json_array_get(before, 0), "event_id"));
	assert_null(json_object_get(json_array_get(told.all, 0), "source"));
	json_decref(told.all);
	json_decref(before);
	json_decref(after);
	free(l);
}

static size_t count(json_t *all, const char *type)
{
	size_t i, n = 0;
	json_t *one;
	json_array_foreach(all, i, one) n +=
		strcmp(text(one, "event_type"), type) == 0;
	return n;
}

static void fill(struct ledger *l)
{
	ledger_init(l, SECOND, 1);
	for (int i = 0; i < 200; i++) {
		const struct offender_key key = {
			.peer = records_ip(4, (uint8_t)i).addr,
			.server = records_ip(4, 250).addr,
			.ip_version = 4,
			.port = 80,
		};
		const struct ip_value ip = records_ip(6, (uint8_t)i);
		routes_join(&l->routes, &key, i);
		close_wait(l, 1000 + i, 1);
		pin(l, (uint8_t)i, 1);
		settings_observe(&l->settings, &ip, SETTING_RFC1337,
		                 &(struct setting_seen){ .least = 1 });
	}
}

static void there_are_never_more_than_are_kept(void **state)
{
	(void)state;
	struct ledger *l = calloc(1, sizeof(*l));
	fill(l);
	json_t *some = tell(l, false), *all = tell(l, true);
	assert_int_equal(count(some, "tcp_route"), LEDGER_TOLD);
	assert_int_equal(count(some, "tcp_service"), LEDGER_TOLD);
	assert_int_equal(count(some, "tcp_host"), LEDGER_TOLD);
	assert_int_equal(count(all, "tcp_route"), OFFENDERS);
	assert_int_equal(count(all, "tcp_service"), OFFENDERS);
	assert_int_equal(count(all, "tcp_host"), OFFENDERS + SETTINGS_HOSTS);
	json_decref(some);
	json_decref(all);
	free(l);
}

static void who_refuses_a_record_is_told_no_more(void **state)
{
	(void)state;
	struct ledger *l = some_ledger();
	const struct ledger_moment moment = { .is_final = true };
	for (int i = 1; i <= 5; i++) {
		struct told told = { .all = json_array(), .stop_at = i };
		assert_int_equal(ledger_hand_out(l, &moment, take, &told), -7);
		assert_int_equal(json_array_size(told.all), i - 1);
		json_decref(told.all);
	}
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_route_has_its_time_waits_and_short_connections),
		cmocka_unit_test(services_are_told_worst_first),
		cmocka_unit_test(a_host_has_its_pins_and_its_settings),
		cmocka_unit_test(every_setting_has_a_place_of_its_name),
		cmocka_unit_test(a_frame_has_its_file_beside_it),
		cmocka_unit_test(ids_name_accounts),
		cmocka_unit_test(there_are_never_more_than_are_kept),
		cmocka_unit_test(who_refuses_a_record_is_told_no_more),
	};
	return cmocka_run_group_tests_name("ledger records", tests, NULL, NULL);
}
