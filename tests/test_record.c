/* Times, identifiers, lists, offenders and the summary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "record/ids.h"
#include "record/offenders.h"
#include "record/summary.h"
#include "record/time.h"
#include "record/worst.h"
#include "records.h"

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void expect_time(int64_t ns, const char *expected)
{
	char text[TIME_TEXT_LEN + 1] = { 0 };
	time_text(ns, text);
	assert_string_equal(text, expected);
}

static void times_agree_with_the_c_library(void **state)
{
	(void)state;
	uint64_t seed = 4711;
	for (int i = 0; i < 50000; i++) {
		const int64_t ns = (int64_t)(next_random(&seed) >> 1);
		const time_t seconds = ns / NS_PER_SECOND;
		struct tm tm;
		char date[32], expected[64];
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S",
		         gmtime_r(&seconds, &tm));
		snprintf(expected, sizeof(expected), "%s.%09dZ", date,
		         (int)(ns % NS_PER_SECOND));
		expect_time(ns, expected);
	}
}

static void every_day_of_four_centuries_follows_the_one_before(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 106751; day++) {
		const time_t seconds = day * 86400;
		struct tm tm;
		gmtime_r(&seconds, &tm);
		const struct time_parts t = time_parts(seconds * NS_PER_SECOND);
		assert_int_equal(t.year, tm.tm_year + 1900);
		assert_int_equal(t.month, tm.tm_mon + 1);
		assert_int_equal(t.day, tm.tm_mday);
	}
}

static void times_are_clamped_at_both_ends(void **state)
{
	(void)state;
	expect_time(0, "1970-01-01T00:00:00.000000000Z");
	expect_time(-1, "1970-01-01T00:00:00.000000000Z");
	expect_time(INT64_MIN, "1970-01-01T00:00:00.000000000Z");
	expect_time(INT64_MAX, "2262-04-11T23:47:16.854775807Z");
	expect_time(INT64_C(951782400123456789),
	            "2000-02-29T00:00:00.123456789Z");
}

/* Few seconds, many that share a place, none at all, and the ends. */
static void a_time_is_the_same_from_memory(void **state)
{
	(void)state;
	struct time_memo memo = { 0 };
	const int64_t odd[] = { 0, -1, INT64_MIN, INT64_MAX, INT64_MIN + 1 };
	uint64_t seed = 815;
	size_t n_known = 0;
	for (size_t i = 0; i < 20000; i++) {
		const uint64_t second = next_random(&seed) % (i % 40 + 1);
		const int64_t ns =
			i < 5 ? odd[i]
			      : (int64_t)second * NS_PER_SECOND +
					(int64_t)(next_random(&seed) %
		                                  (uint64_t)NS_PER_SECOND);
		char text[TIME_TEXT_LEN + 1] = { 0 };
		if (time_text_known(&memo, ns, text))
			n_known++;
		else
			time_text_remember(&memo, ns, text);
		expect_time(ns, text);
		memset(text, '?', TIME_TEXT_LEN);
		assert_int_equal(time_text_known(&memo, ns, text), ns >= 0);
		if (ns >= 0)
			expect_time(ns, text);
	}
	assert_true(n_known > 1000 && n_known < 19000);
}

static struct four_tuple tuple_of(const char *src, uint16_t sport,
                                  const char *dst, uint16_t dport)
{
	struct four_tuple t = { .sport = sport, .dport = dport };
	const int family = strchr(src, ':') ? AF_INET6 : AF_INET;
	t.ip_version = family == AF_INET6 ? 6 : 4;
	assert_int_equal(inet_pton(family, src, t.src.byte), 1);
	assert_int_equal(inet_pton(family, dst, t.dst.byte), 1);
	return t;
}

static struct four_tuple reversed(const struct four_tuple *t)
{
	struct four_tuple r = *t;
	r.src = t->dst;
	r.dst = t->src;
	r.sport = t->dport;
	r.dport = t->sport;
	return r;
}

static void the_community_id_is_the_published_one(void **state)
{
	(void)state;
	static const struct {
		const char *src, *dst;
		uint16_t sport, dport;
		const char *id;
	} vectors[] = {
		{ "128.232.110.120", "66.35.250.204", 34855, 80,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "1.2.3.4", "5.6.7.8", 1122, 3344,
		  "1:wCb3OG7yAFWelaUydu0D+125CLM=" },
		{ "2001:470:e5bf:dead:4957:2174:e82c:4887",
		  "2607:f8b0:400c:c03::1a", 63943, 25,
		  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	};
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct four_tuple t =
			tuple_of(vectors[i].src, vectors[i].sport,
		                 vectors[i].dst, vectors[i].dport);
		const struct four_tuple r = reversed(&t);
		char id[COMMUNITY_ID_MAX];
		community_id(&t, id);
		assert_string_equal(id, vectors[i].id);
		community_id(&r, id);
		assert_string_equal(id, vectors[i].id);
	}
}

/* All characters of base64, each beside each other one. */
static void the_community_id_is_encoded_as_nettle_does_it(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4000; i++) {
		/* Seed, addresses in order, protocol, a zero, ports. */
		uint8_t key[16] = { [2] = 10, [6] = 11, [10] = 6 };
		struct four_tuple t = { .ip_version = 4 };
		memcpy(key + 12, &i, sizeof(i));
		memcpy(t.src.byte, key + 2, 4);
		memcpy(t.dst.byte, key + 6, 4);
		t.sport = (uint16_t)(key[12] << 8 | key[13]);
		t.dport = (uint16_t)(key[14] << 8 | key[15]);
		struct sha1_ctx sha1;
		uint8_t digest[SHA1_DIGEST_SIZE];
		sha1_init(&sha1);
		sha1_update(&sha1, sizeof(key), key);
		sha1_digest(&sha1, sizeof(digest), digest);
		char expected[COMMUNITY_ID_MAX] = "1:", id[COMMUNITY_ID_MAX];
		base64_encode_raw(expected + 2, sizeof(digest), digest);
		community_id(&t, id);
		assert_string_equal(id, expected);
	}
}

/* Other programs store these: a change breaks their joins. */
static void flow_ids_stay_as_they_are(void **state)
{
	(void)state;
	const struct four_tuple t =
		tuple_of("192.0.2.1", 50000, "198.51.100.2", 443);
	const struct four_tuple r = reversed(&t);
	const struct tcp_seq isn = { 7 };
	const struct flow_identity forth = { &t, records_time(0), &isn };
	const struct flow_identity back = { &r, records_time(0), &isn };
	const uint64_t id = flow_id(&forth);
	assert_true(id == flow_id(&back));
	assert_true(id == UINT64_C(0x49bcc594cecf8000));
	assert_true(event_id(id, EVENT_TCP_FINDING, "paws_failure", 1) ==
	            UINT64_C(0xfb647508e562bc22));
}

static void anything_that_differs_gives_another_id(void **state)
{
	(void)state;
	const struct four_tuple t =
		tuple_of("192.0.2.1", 50000, "198.51.100.2", 443);
	struct four_tuple tagged = t;
	tagged.vlan[0] = 7;
	tagged.n_vlans = 1;
	const struct tcp_seq isn = { 7 }, other = { 8 };
	const uint64_t ids[] = {
		flow_id(&(struct flow_identity){ &t, 1, &isn }),
		flow_id(&(struct flow_identity){ &t, 2, &isn }),
		flow_id(&(struct flow_identity){ &t, 1, &other }),
		flow_id(&(struct flow_identity){ &t, 1, NULL }),
		flow_id(&(struct flow_identity){ &tagged, 1, &isn }),
		event_id(1, EVENT_TCP_CLOSE, NULL, 0),
		event_id(1, EVENT_TCP_CLOSE, NULL, 1),
		event_id(1, EVENT_TCP_STATE, NULL, 0),
		event_id(1, EVENT_TCP_FINDING, "paws_failure", 0),
		event_id(1, EVENT_TCP_FINDING, "stale_rst", 0),
	};
	const size_t n = sizeof(ids) / sizeof(ids[0]);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_true(ids[i] != ids[k]);
}

static void a_full_list_counts_what_did_not_fit(void **state)
{
	(void)state;
	struct numbers list = { 0 };
	for (int64_t i = 0; i < 100; i++)
		numbers_add(&list, i);
	assert_int_equal(list.n, NUMBERS_MAX);
	assert_int_equal(list.n_more, 100 - NUMBERS_MAX);
	assert_int_equal(list.at[NUMBERS_MAX - 1], NUMBERS_MAX - 1);
}

static void a_copy_of_a_list_says_the_same(void **state)
{
	(void)state;
	for (int64_t n = 0; n < 100; n += 9) {
		struct numbers list = { 0 }, copy;
		memset(&copy, 0xff, sizeof(copy));
		for (int64_t i = 0; i < n; i++)
			numbers_add(&list, -i);
		numbers_copy(&copy, &list);
		assert_int_equal(copy.n, list.n);
		assert_int_equal(copy.n_more, list.n_more);
		assert_memory_equal(copy.at, list.at,
		                    list.n * sizeof(list.at[0]));
	}
}

static void severities_and_confidences_are_ordered(void **state)
{
	(void)state;
	assert_true(SEVERITY_ERROR > SEVERITY_WARNING);
	assert_true(CONFIDENCE_CERTAIN > CONFIDENCE_LIKELY);
	assert_string_equal(severity_name(SEVERITY_NOTICE), "notice");
	assert_string_equal(confidence_name(CONFIDENCE_POSSIBLE), "possible");
	assert_null(state_words[N_STATES]);
	assert_null(conn_state_words[N_CONN_STATES]);
	assert_null(close_kind_words[N_CLOSE_KINDS]);
}

/* Neither in an empty list nor after another is a key taken for one that was
 * found just before. */
static void offenders_are_told_apart(void **state)
{
	(void)state;
	static struct offenders list;
	const struct offender_key zero = { .port = 0 };
	const struct offender_key other = { .peer.byte[15] = 1 };
	memset(&list, 0, sizeof(list));
	struct offender *first = offenders_add(&list, &zero, 3);
	assert_int_equal(list.n, 1);
	assert_ptr_equal(offenders_add(&list, &zero, 4), first);
	struct offender *second = offenders_add(&list, &other, 5);
	assert_ptr_not_equal(second, first);
	assert_ptr_equal(offenders_add(&list, &other, 6), second);
	assert_ptr_equal(offenders_add(&list, &zero, 7), first);
	assert_int_equal(first->weight, 14);
	assert_int_equal(second->weight, 11);
	assert_int_equal(list.n, 2);
}

/* Ten heavy keys among ten thousand light ones, against exact counts. */
static void the_worst_offenders_survive_a_flood(void **state)
{
	(void)state;
	static struct offenders list;
	memset(&list, 0, sizeof(list));
	uint64_t exact[10] = { 0 };
	uint64_t seed = 99;
	for (int i = 0; i < 100000; i++) {
		const uint64_t r = next_random(&seed);
		const uint32_t heavy = (uint32_t)(r % 20);
		struct offender_key key = { .ip_version = 4 };
		key.port = heavy < 10 ? heavy + 1
		                      : 100 + (uint32_t)(r >> 20) % 10000;
		offenders_add(&list, &key, 1 + heavy % 10);
		if (heavy < 10)
			exact[heavy] += 1 + heavy;
	}
	const struct offender *top[10];
	assert_int_equal(offenders_top(&list, 10, top), 10);
	for (size_t i = 0; i < 6; i++) {
		assert_true(top[i]->key.port >= 1 && top[i]->key.port <= 10);
		const uint64_t truth = exact[top[i]->key.port - 1];
		assert_true(top[i]->weight >= truth);
		assert_true(top[i]->weight - top[i]->error <= truth);
	}
	for (size_t i = 1; i < 10; i++)
		assert_true(top[i - 1]->weight >= top[i]->weight);
}

static void show(struct summary *s, const struct record *r)
{
	summary_add(s, r);
}

static void a_summary_counts_both_ends(void **state)
{
	(void)state;
	static struct summary s;
	memset(&s, 0, sizeof(s));
	struct close_record r = records_close();
	r.client.time_in_time_wait = 60 * NS_PER_SECOND;
	struct record view = record_of_close(&r);
	for (int i = 0; i < 3; i++)
		show(&s, &view);
	r.close.kind = "reset";
	r.close.conn_state = "RSTO";
	r.close.closed_first = NULL;
	r.server.time_in_close_wait = 90 * NS_PER_SECOND;
	texts_add(&r.findings, "abortive_close");
	show(&s, &view);

	assert_int_equal(s.connections, 4);
	assert_int_equal(s.troubled, 1);
	assert_int_equal(s.by_kind[0], 3);
	assert_int_equal(s.by_kind[1], 1);
	assert_int_equal(s.by_conn_state[0], 3);
	assert_int_equal(s.by_conn_state[4], 1);
	assert_int_equal(s.closed_first[0], 3);
	assert_int_equal(s.ends[SUMMARY_CLIENT][6], 4);
	assert_int_equal(s.ends[SUMMARY_SERVER][9], 4);
}

static void an_open_finding_is_not_counted_twice(void **state)
{
	(void)state;
	static struct summary s;
	memset(&s, 0, sizeof(s));
	struct finding_record r = records_finding(SEVERITY_ERROR, 1, "x");
	struct record view = record_of_finding(&r);
	r.phase = "open";
	show(&s, &view);
	r.phase = "closed";
	show(&s, &view);
	r.severity = "info";
	show(&s, &view);
	assert_int_equal(s.findings, 2);
	assert_int_equal(s.n_kinds, 1);
	assert_int_equal(s.finding[0].by_severity[SEVERITY_ERROR], 1);
	assert_int_equal(summary_finding_count(&s.finding[0]), 2);
}

static void the_worst_are_known_by_address_and_port(void **state)
{
	(void)state;
	static struct worst w;
	memset(&w, 0, sizeof(w));
	struct close_record r = records_close();
	r.client.time_in_time_wait = 60 * NS_PER_SECOND;
	for (int i = 0; i < 3; i++)
		worst_take_close(&w, &r);
	r.server.time_in_close_wait = 90 * NS_PER_SECOND;
	worst_take_close(&w, &r);
	assert_int_equal(w.close_wait.n, 1);
	assert_true(w.close_wait.at[0].weight == 90000000);
	assert_int_equal(w.time_wait.n, 1);
	/* 240 s of rest in a second and a minute: four ports at a time */
	assert_true(offender_occupancy(&w.time_wait.at[0]) > 3.9);
	assert_true(offender_occupancy(&w.time_wait.at[0]) < 4.1);
	assert_true(offender_rate(&w.time_wait.at[0]) == 4.0);
}

static void syns_that_nobody_answered_are_no_closes(void **state)
{
	(void)state;
	static struct worst w;
	memset(&w, 0, sizeof(w));
	struct close_record r = records_close();
	r.close.kind = "unanswered";
	worst_take_close(&w, &r);
	assert_int_equal(w.time_wait.n, 0);
	r.close.kind = "refused";
	worst_take_close(&w, &r);
	assert_int_equal(w.time_wait.n, 1);
}

static void a_pin_is_counted_against_the_peer(void **state)
{
	(void)state;
	static struct worst w;
	memset(&w, 0, sizeof(w));
	struct finding_record r = records_finding(SEVERITY_ERROR, 1, "x");
	worst_take_finding(&w, &r);
	assert_int_equal(w.pins.n, 0); /* it is another finding */
	r.finding = "fin_wait_1_pin";
	worst_take_finding(&w, &r); /* the server is pinned, by the client */
	assert_int_equal(w.pins.n, 1);
	assert_int_equal(w.pins.at[0].key.peer.byte[3], 1);
	assert_int_equal(w.pins.at[0].total, 2 * NS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_agree_with_the_c_library),
		cmocka_unit_test(
			every_day_of_four_centuries_follows_the_one_before),
		cmocka_unit_test(times_are_clamped_at_both_ends),
		cmocka_unit_test(a_time_is_the_same_from_memory),
		cmocka_unit_test(the_community_id_is_the_published_one),
		cmocka_unit_test(the_community_id_is_encoded_as_nettle_does_it),
		cmocka_unit_test(flow_ids_stay_as_they_are),
		cmocka_unit_test(anything_that_differs_gives_another_id),
		cmocka_unit_test(a_full_list_counts_what_did_not_fit),
		cmocka_unit_test(a_copy_of_a_list_says_the_same),
		cmocka_unit_test(severities_and_confidences_are_ordered),
		cmocka_unit_test(offenders_are_told_apart),
		cmocka_unit_test(the_worst_offenders_survive_a_flood),
		cmocka_unit_test(a_summary_counts_both_ends),
		cmocka_unit_test(an_open_finding_is_not_counted_twice),
		cmocka_unit_test(the_worst_are_known_by_address_and_port),
		cmocka_unit_test(syns_that_nobody_answered_are_no_closes),
		cmocka_unit_test(a_pin_is_counted_against_the_peer),
	};
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
