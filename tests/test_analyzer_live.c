/* What the analyzer does for a live capture: time that moves on without
 * packets, and findings that are told while their trouble lasts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "capture/capture.h"
#include "ration.h"

#define SECOND  INT64_C(1000000000)
#define ORDERLY "testdata/orderly_client_first.pcap"
#define TROUBLE "testdata/last_ack_lost_behind.pcap"
#define LATE    "testdata/last_ack_late.pcap" /* looks lost at first */
#define HALF    "testdata/open_half.pcap"     /* ends in CLOSE-WAIT */
#define HEARD   64

struct told {
	uint64_t event_id;
	bool is_open, is_withdrawn;
	enum event_type type;
};

struct heard {
	size_t n;
	struct told at[HEARD];
};

static int hear(void *ctx, const struct record *r)
{
	struct heard *heard = ctx;
	struct told *told = &heard->at[heard->n];
	if (r->type != EVENT_TCP_FINDING && r->type != EVENT_TCP_CLOSE)
		return TCPCLOSE_OK;
	assert_true(heard->n < HEARD);
	*told = (struct told){ .type = r->type };
	if (r->type == EVENT_TCP_FINDING) {
		const struct finding_record *f = r->data;
		told->event_id = f->flow.event_id;
		told->is_open = strcmp(f->phase, "open") == 0;
		told->is_withdrawn =
			f->outcome && strcmp(f->outcome, "withdrawn") == 0;
	}
	heard->n++;
	return TCPCLOSE_OK;
}

static struct analyzer *begin(struct heard *heard, bool live, uint32_t rate)
{
	struct analyzer_options options;
	const struct analyzer_sink sink = { .ctx = heard, .record = hear };
	analyzer_options_init(&options);
	options.live = live;
	options.open_rate = rate;
	options.linger = 5 * SECOND;
	*heard = (struct heard){ 0 };
	struct analyzer *a = analyzer_new(&options, &sink, &alloc_default);
	assert_non_null(a);
	return a;
}

/* Returns the time of the last packet. */
static int64_t show(struct analyzer *a, const char *file)
{
	struct tcpclose_error err = { 0 };
	struct tcpclose_packet pkt = { 0 };
	struct capture *c;
	int64_t last = 0;
	assert_int_equal(capture_open(&c, &file, 1, NULL, &alloc_default, &err),
	                 0);
	while (capture_next(c, &pkt, &err) == 1) {
		last = pkt.ts;
		assert_int_equal(analyzer_packet(a, &pkt), TCPCLOSE_OK);
	}
	capture_close(c);
	return last;
}

static size_t n_open(const struct heard *heard)
{
	size_t n = 0;
	for (size_t i = 0; i < heard->n; i++)
		n += heard->at[i].is_open;
	return n;
}

static size_t n_of(const struct heard *heard, uint64_t id, bool is_open)
{
	size_t n = 0;
	for (size_t i = 0; i < heard->n; i++)
		n += heard->at[i].event_id == id &&
		     heard->at[i].is_open == is_open;
	return n;
}

static void time_alone_ends_a_connection(void **state)
{
	struct heard heard;
	struct analyzer *a = begin(&heard, true, 100);
	const int64_t last = show(a, ORDERLY);
	(void)state;
	assert_int_equal(heard.n, 0);
	assert_int_equal(analyzer_advance(a, last + 4 * SECOND), TCPCLOSE_OK);
	assert_int_equal(heard.n, 0);
	assert_int_equal(analyzer_advance(a, last + 70 * SECOND), TCPCLOSE_OK);
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.at[0].type, EVENT_TCP_CLOSE);
	analyzer_free(a);
}

static void time_that_passed_is_no_part_of_the_capture(void **state)
{
	struct heard heard;
	struct stats_record stats;
	struct analyzer *a = begin(&heard, true, 100);
	const int64_t last = show(a, ORDERLY);
	(void)state;
	assert_int_equal(analyzer_advance(a, last + 9 * SECOND), TCPCLOSE_OK);
	analyzer_stats(a, &stats);
	assert_int_equal(stats.last_packet, last);
	assert_int_equal(stats.duration, last - stats.first_packet);
	assert_int_equal(stats.head.timestamp, last + 9 * SECOND);
	assert_int_equal(stats.time_reversals, 0);
	analyzer_free(a);
}

static void time_does_not_step_back(void **state)
{
	struct heard heard;
	struct stats_record stats;
	struct analyzer *a = begin(&heard, true, 100);
	const int64_t last = show(a, ORDERLY);
	(void)state;
	assert_int_equal(analyzer_advance(a, last - SECOND), TCPCLOSE_OK);
	analyzer_stats(a, &stats);
	assert_int_equal(stats.head.timestamp, last);
	assert_int_equal(stats.time_reversals, 0);
	analyzer_free(a);
}

static void time_before_the_first_packet_is_kept_for_statistics(void **state)
{
	struct heard heard;
	struct stats_record stats;
	struct analyzer *a = begin(&heard, true, 100);
	(void)state;
	assert_int_equal(analyzer_advance(a, 7 * SECOND), TCPCLOSE_OK);
	analyzer_stats(a, &stats);
	assert_int_equal(stats.head.timestamp, 7 * SECOND);
	assert_int_equal(stats.packets, 0);
	show(a, ORDERLY);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	assert_int_equal(heard.n, 1);
	analyzer_free(a);
}

static void a_trouble_is_told_while_it_lasts_and_when_it_is_over(void **state)
{
	struct heard heard;
	struct analyzer *a = begin(&heard, true, 100);
	(void)state;
	show(a, TROUBLE);
	const size_t n = n_open(&heard);
	assert_true(n > 0);
	assert_int_equal(heard.n, n); /* nothing is closed yet */
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	assert_int_equal(n_open(&heard), n);
	for (size_t i = 0; i < n; i++) {
		const uint64_t id = heard.at[i].event_id;
		assert_int_equal(n_of(&heard, id, true), 1);
		assert_int_equal(n_of(&heard, id, false), 1);
	}
	analyzer_free(a);
}

static void what_turns_out_to_be_none_is_withdrawn(void **state)
{
	struct heard heard;
	struct stats_record stats;
	size_t n_withdrawn = 0, n_closed = 0;
	struct analyzer *a = begin(&heard, true, 100);
	(void)state;
	show(a, LATE);
	assert_int_equal(n_open(&heard), 1);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	for (size_t i = 0; i < heard.n; i++) {
		n_withdrawn += heard.at[i].is_withdrawn;
		n_closed += heard.at[i].type == EVENT_TCP_FINDING &&
		            !heard.at[i].is_open && !heard.at[i].is_withdrawn;
		if (heard.at[i].is_withdrawn)
			assert_int_equal(
				n_of(&heard, heard.at[i].event_id, true), 1);
	}
	assert_int_equal(n_withdrawn, 1);
	analyzer_stats(a, &stats);
	assert_int_equal(stats.findings, n_closed);
	analyzer_free(a);
}

/* 60 s of CLOSE-WAIT make the leak, no packet. */
static void silence_alone_opens_a_finding(void **state)
{
	struct heard heard;
	struct analyzer *a = begin(&heard, true, 100);
	const int64_t last = show(a, HALF);
	(void)state;
	assert_int_equal(heard.n, 0);
	assert_int_equal(analyzer_advance(a, last + 59 * SECOND), TCPCLOSE_OK);
	assert_int_equal(n_open(&heard), 0);
	assert_int_equal(analyzer_advance(a, last + 60 * SECOND + SECOND / 4),
	                 TCPCLOSE_OK);
	assert_int_equal(n_open(&heard), 1);
	assert_int_equal(analyzer_advance(a, last + 400 * SECOND), TCPCLOSE_OK);
	assert_int_equal(heard.n, 1);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	assert_int_equal(n_of(&heard, heard.at[0].event_id, false), 1);
	analyzer_free(a);
}

static void a_file_has_closed_findings_alone(void **state)
{
	struct heard heard;
	struct analyzer *a = begin(&heard, false, 100);
	(void)state;
	show(a, TROUBLE);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	assert_true(heard.n > 1);
	assert_int_equal(n_open(&heard), 0);
	analyzer_free(a);
}

static void openings_beyond_the_rate_are_counted(void **state)
{
	struct heard heard;
	struct stats_record stats;
	struct analyzer *a = begin(&heard, true, 0);
	(void)state;
	show(a, TROUBLE);
	assert_int_equal(n_open(&heard), 0);
	analyzer_stats(a, &stats);
	assert_true(stats.findings_held_back > 0);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	assert_true(heard.n > 1);
	analyzer_free(a);
}

static void a_ration_is_for_each_kind_and_second(void **state)
{
	struct ration r = { .a_second = 2 };
	(void)state;
	assert_true(ration_take(&r, 3, SECOND));
	assert_true(ration_take(&r, 3, SECOND + 1));
	assert_false(ration_take(&r, 3, 2 * SECOND - 1));
	assert_true(ration_take(&r, 4, 2 * SECOND - 1));
	assert_true(ration_take(&r, 3, 2 * SECOND));
	assert_int_equal(r.held_back, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_alone_ends_a_connection),
		cmocka_unit_test(time_that_passed_is_no_part_of_the_capture),
		cmocka_unit_test(time_does_not_step_back),
		cmocka_unit_test(
			time_before_the_first_packet_is_kept_for_statistics),
		cmocka_unit_test(
			a_trouble_is_told_while_it_lasts_and_when_it_is_over),
		cmocka_unit_test(what_turns_out_to_be_none_is_withdrawn),
		cmocka_unit_test(silence_alone_opens_a_finding),
		cmocka_unit_test(a_file_has_closed_findings_alone),
		cmocka_unit_test(openings_beyond_the_rate_are_counted),
		cmocka_unit_test(a_ration_is_for_each_kind_and_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
