/* The accounts of a run as the analyzer keeps them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "packet_random.h"
#include "replay.h"
#include "talks.h"

#define MS     INT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)

/* ---- a plain list of all ends ---------------------------------------------
 */

#define LIST_MAX 2000

struct listed {
	uint64_t flow_id;
	uint8_t state[2];
};

struct list {
	struct analyzer *a;
	struct listed at[LIST_MAX];
	size_t n;
	int64_t resting[LIST_MAX]; /* until when */
	size_t n_resting;
	int64_t peak[N_STATES];
	int64_t linger, now;
	bool is_over; /* the capture */
	size_t n_compared;
};

static bool rests(int64_t until, int64_t now)
{
	const int64_t width = MINUTE / 60 + 1;
	return now / width <= until / width;
}

static void count_list(const struct list *list, int64_t now,
                       int64_t n[static N_STATES])
{
	const int time_wait = word_index(state_words, "time_wait");
	for (size_t i = 0; i < list->n; i++) {
		for (int end = 0; end < 2; end++) {
			const enum tcp_state s =
				(enum tcp_state)list->at[i].state[end];
			n[word_index(state_words, tcp_state_name(s))]++;
		}
	}
	for (size_t i = 0; i < list->n_resting; i++)
		n[time_wait] += rests(list->resting[i], now);
}

static void expect_same(struct list *list, int64_t now)
{
	struct stats_record stats;
	int64_t n[N_STATES] = { 0 };
	count_list(list, now, n);
	analyzer_stats(list->a, &stats);
	for (int s = 0; s < N_STATES; s++) {
		if (n[s] > list->peak[s])
			list->peak[s] = n[s];
		assert_int_equal(stats.ends.state[s], n[s]);
		assert_int_equal(stats.ends_peak.state[s], list->peak[s]);
	}
	list->n_compared++;
}

static struct listed *in_list(struct list *list, uint64_t flow_id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i].flow_id == flow_id)
			return &list->at[i];
	assert_true(list->n < LIST_MAX);
	list->at[list->n].flow_id = flow_id;
	return &list->at[list->n++];
}

static void on_step(void *ctx, const struct step *step)
{
	struct list *list = ctx;
	const struct conn *c = step->conn;
	struct listed *l = in_list(list, c->flow_id);
	l->state[0] = c->end[0].state;
	l->state[1] = c->end[1].state;
	if (step->seg && !list->is_over)
		expect_same(list, step->ts);
}

static int on_record(void *ctx, const struct record *record)
{
	struct list *list = ctx;
	if (record->type != EVENT_TCP_CLOSE || list->is_over)
		return TCPCLOSE_OK;
	const struct close_record *close = record->data;
	struct listed *l = in_list(list, close->flow.flow_id);
	for (int end = 0; end < 2; end++) {
		if (l->state[end] == TIME_WAIT &&
		    close->ended + MINUTE > list->now &&
		    strcmp(close->close.end_reason, "closed") == 0)
			list->resting[list->n_resting++] =
				close->ended + MINUTE;
	}
	*l = list->at[--list->n];
	return TCPCLOSE_OK;
}

static int by_time(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return memcmp(&x->tuple, &y->tuple, sizeof(x->tuple));
}

static struct analyzer *play(struct talks *t, struct list *list)
{
	const struct analyzer_sink sink = { .ctx = list,
		                            .record = on_record,
		                            .step = on_step };
	struct analyzer_options options;
	analyzer_options_init(&options);
	options.linger = list->linger;
	list->a = analyzer_new(&options, &sink, &alloc_default);
	assert_non_null(list->a);
	qsort(t->seg, t->n, sizeof(t->seg[0]), by_time);
	for (size_t i = 0; i < t->n; i++) {
		t->seg[i].frame = i + 1;
		list->now = t->seg[i].ts;
		assert_int_equal(analyzer_segment(list->a, &t->seg[i]),
		                 TCPCLOSE_OK);
	}
	list->is_over = true;
	assert_int_equal(analyzer_finish(list->a), TCPCLOSE_OK);
	return list->a;
}

static void add_random_talks(struct talks *t, size_t n)
{
	uint64_t random = 3;
	for (size_t i = 0; i < n; i++) {
		const enum talk_close how =
			(enum talk_close)random_below(&random, 4);
		talks_add(t,
		          (struct talk){
				  .at = random_below(&random, 150000),
				  .port = (uint16_t)(10000 + i),
				  .client = (uint8_t)random_below(&random, 5),
				  .server = 200,
				  .answer = i % 9 ? ANSWERED : REFUSED,
				  .close = how,
				  .lasts = random_below(&random, 20000) + 50,
			  });
	}
}

static void expect_list_agrees(int64_t linger)
{
	struct list *list = calloc(1, sizeof(*list));
	struct talks t;
	list->linger = linger;
	talks_init(&t, OVER_IPV4);
	add_random_talks(&t, 300);
	struct analyzer *a = play(&t, list);
	assert_true(list->n_compared > 1300);
	assert_int_equal(list->n_resting > 50, linger < MINUTE);
	analyzer_free(a);
	talks_fini(&t);
	free(list);
}

static void ends_are_counted_as_a_list_counts_them(void **state)
{
	(void)state;
	expect_list_agrees(MINUTE);
}

static void time_wait_outlives_its_connection(void **state)
{
	(void)state;
	expect_list_agrees(5 * SECOND);
}

/* ---- routes --------------------------------------------------------------
 */

/* A hundred connections, ten a second, each open for 70 ms. */
static struct analyzer *play_hundred(enum talk_close how, int64_t lasts,
                                     struct list *list)
{
	struct talks t;
	talks_init(&t, OVER_IPV6);
	for (int i = 0; i < 100; i++)
		talks_add(&t, (struct talk){ .at = i * 100,
		                             .port = (uint16_t)(40000 + i),
		                             .client = 1,
		                             .server = 2,
		                             .close = how,
		                             .lasts = lasts });
	list->linger = MINUTE;
	struct analyzer *a = play(&t, list);
	talks_fini(&t);
	return a;
}

static const struct route *only_route(const struct ledger *l)
{
	assert_int_equal(l->routes.list.n, 1);
	assert_int_equal(l->routes.list.at[0].weight, 100);
	return &l->routes.at[0];
}

static void clients_that_close_first_hold_their_ports(void **state)
{
	struct list *list = calloc(1, sizeof(*list));
	(void)state;
	struct analyzer *a = play_hundred(CLIENT_FIRST, 90, list);
	const struct ledger *l = analyzer_ledger(a);
	const struct route *r = only_route(l);
	assert_int_equal(l->held[ROLE_CLIENT], 100);
	assert_int_equal(l->held[ROLE_SERVER], 0);
	assert_int_equal(r->held[ROLE_CLIENT], 100);
	assert_int_equal(r->time_wait[ROLE_CLIENT].peak.n, 100);
	assert_int_equal(r->time_wait[ROLE_SERVER].peak.n, 0);
	assert_int_equal(r->closes.peak.n, 10);
	assert_int_equal(r->closes.total, 100);
	assert_int_equal(r->established.peak.n, 1);
	assert_int_equal(r->judged, 100);
	assert_int_equal(r->brief, 100);
	assert_int_equal(l->brief, 100);
	assert_int_equal(route_saving(r), 99);
	assert_int_equal(census_count(&l->census, ROLE_CLIENT, TIME_WAIT, 0),
	                 100);
	analyzer_free(a);
	free(list);
}

static void servers_that_close_first_hold_time_wait(void **state)
{
	struct list *list = calloc(1, sizeof(*list));
	(void)state;
	struct analyzer *a = play_hundred(SERVER_FIRST, 90, list);
	const struct ledger *l = analyzer_ledger(a);
	const struct route *r = only_route(l);
	assert_int_equal(l->held[ROLE_CLIENT], 0);
	assert_int_equal(l->held[ROLE_SERVER], 100);
	assert_int_equal(r->time_wait[ROLE_CLIENT].peak.n, 0);
	assert_int_equal(r->time_wait[ROLE_SERVER].peak.n, 100);
	analyzer_free(a);
	free(list);
}

static void what_lives_for_a_second_is_not_too_short(void **state)
{
	struct list *list = calloc(1, sizeof(*list));
	(void)state;
	struct analyzer *a = play_hundred(CLIENT_FIRST, 1000, list);
	const struct route *r = only_route(analyzer_ledger(a));
	assert_int_equal(r->judged, 100);
	assert_int_equal(r->brief, 0);
	assert_int_equal(r->established.peak.n, 10);
	assert_int_equal(route_saving(r), 0);
	analyzer_free(a);
	free(list);
}

static void an_unanswered_syn_takes_no_seat(void **state)
{
	struct list *list = calloc(1, sizeof(*list));
	struct talks t;
	(void)state;
	talks_init(&t, OVER_IPV4);
	for (int i = 0; i < 200; i++)
		talks_add(&t,
		          (struct talk){ .at = i,
		                         .port = (uint16_t)(40000 + i),
		                         .client = (uint8_t)i,
		                         .server = 2,
		                         .answer = i % 2 ? IGNORED : REFUSED });
	list->linger = MINUTE;
	struct analyzer *a = play(&t, list);
	assert_int_equal(analyzer_ledger(a)->routes.list.n, 0);
	assert_int_equal(analyzer_ledger(a)->judged, 0);
	analyzer_free(a);
	talks_fini(&t);
	free(list);
}

/* Live, a connection is over after 5 s while its TIME-WAIT is still there; a
 * new life of the four-tuple ends it. */
static void a_time_wait_that_is_reused_is_not_counted_twice(void **state)
{
	struct analyzer_options options;
	struct list *list = calloc(1, sizeof(*list));
	struct talks t;
	(void)state;
	analyzer_options_init(&options);
	talks_init(&t, OVER_IPV4);
	for (int i = 0; i < 4; i++)
		talks_add(&t, (struct talk){ .at = 10000 * i,
		                             .port = 40000,
		                             .client = 1,
		                             .server = 2,
		                             .close = CLIENT_FIRST });
	list->is_over = true; /* the list knows nothing of reuse */
	list->linger = 5 * SECOND;
	struct analyzer *a = play(&t, list);
	const struct ledger *l = analyzer_ledger(a);
	assert_int_equal(l->census.peak[TIME_WAIT].n, 1);
	assert_int_equal(l->routes.at[0].time_wait[ROLE_CLIENT].peak.n, 1);
	assert_int_equal(l->held[ROLE_CLIENT], 4);
	analyzer_free(a);
	talks_fini(&t);
	free(list);
}

/* ---- settings ------------------------------------------------------------
 */

/* Captures whose sidecars name the sysctl of the server. */
static void the_range_of_orphan_retries_holds_the_true_value(void **state)
{
	static const struct {
		const char *path, *expected; /* 1, 2, 3, 5; 2; and 6 */
	} lab[] = {
		{ "testdata/peer_silent_1.pcap", "least\":1,\"orphan_retries_"
		                                 "estimate\":2," },
		{ "testdata/peer_silent_2.pcap", "least\":1,\"orphan_retries_"
		                                 "estimate\":2," },
		{ "testdata/peer_silent_3.pcap", "least\":2,\"orphan_retries_"
		                                 "estimate\":3," },
		{ "testdata/peer_silent_5.pcap", "least\":5,\"orphan_retries_"
		                                 "estimate\":5," },
		{ "testdata/peer_silent_last_ack.pcap",
		  "least\":1,\"orphan_retries_estimate\":2," },
		{ "testdata/peer_silent_capped.pcap",
		  "least\":6,\"orphan_retries_estimate\":6," },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(lab) / sizeof(lab[0]); i++) {
		struct replay_options options;
		struct replay r;
		replay_options_init(&options);
		replay_file(&r, lab[i].path, &options);
		assert_non_null(strstr(replay_text(&r), lab[i].expected));
		replay_fini(&r);
	}
}

static void the_report_lists_what_hosts_betray(void **state)
{
	struct replay_options options;
	struct replay r;
	(void)state;
	replay_options_init(&options);
	options.format = "json";
	replay_file(&r, "testdata/reuse_chosen_ports.pcap", &options);
	json_t *report = json_loads(replay_text(&r), 0, NULL);
	json_t *hosts =
		json_object_get(json_object_get(report, "summary"), "hosts");
	assert_int_equal(json_array_size(hosts), 1);
	const char *ip, *name;
	int least, n;
	assert_int_equal(json_unpack(json_array_get(hosts, 0),
	                             "{s:s,s:[{s:s,s:i,s:i}]}", "ip", &ip,
	                             "settings", "name", &name, "at_least",
	                             &least, "observations", &n),
	                 0);
	assert_string_equal(ip, "198.51.100.1");
	assert_string_equal(name, "tcp_tw_reuse");
	assert_int_equal(least, 1);
	assert_int_equal(n, 2);
	json_decref(report);
	replay_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_are_counted_as_a_list_counts_them),
		cmocka_unit_test(time_wait_outlives_its_connection),
		cmocka_unit_test(clients_that_close_first_hold_their_ports),
		cmocka_unit_test(servers_that_close_first_hold_time_wait),
		cmocka_unit_test(what_lives_for_a_second_is_not_too_short),
		cmocka_unit_test(an_unanswered_syn_takes_no_seat),
		cmocka_unit_test(
			a_time_wait_that_is_reused_is_not_counted_twice),
		cmocka_unit_test(
			the_range_of_orphan_retries_holds_the_true_value),
		cmocka_unit_test(the_report_lists_what_hosts_betray),
	};
	return cmocka_run_group_tests_name("bookkeeping", tests, NULL, NULL);
}
