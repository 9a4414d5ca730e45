/* Packets that a capture says it missed: when that was, and what is less sure
 * for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "base/spans.h"
#include "capture_make.h"

#define SECOND  INT64_C(1000000000)
#define TROUBLE "testdata/last_ack_lost_behind.pcap"

/* ---- when -------------------------------------------------------------- */

/* Reads on to the next loss; returns the packets before it, or -1. */
static int next_loss(struct capture *c, struct capture_loss *loss)
{
	struct tcpclose_error err = { 0 };
	struct tcpclose_packet pkt;
	int n = 0, got;
	do {
		got = capture_next(c, &pkt, &err);
		assert_true(got >= 0);
		if (capture_take_loss(c, loss))
			return n;
		n += got;
	} while (got > 0);
	return -1;
}

static struct capture *open_made(void **state, struct made *m)
{
	struct tcpclose_error err = { 0 };
	struct capture *c;
	const char *path = scratch_save(*state, "a.pcapng", m);
	assert_int_equal(capture_open(&c, &path, 1, NULL, &alloc_default, &err),
	                 TCPCLOSE_OK);
	made_fini(m);
	return c;
}

static void begin_made(struct made *m)
{
	made_init(m, ORDER_BIG);
	made_section(m, UINT64_MAX);
	made_interface(m, LINK_ETHERNET, 0, 9, 0);
}

static void
each_growth_of_a_counter_is_a_loss_since_the_one_before(void **state)
{
	struct made m;
	struct capture_loss loss;
	begin_made(&m);
	made_enhanced(&m, 0, 100, 60, 60);
	made_timed_statistics(&m, 0, (struct made_times){ .written = 150 }, 0);
	made_enhanced(&m, 0, 200, 60, 60);
	made_timed_statistics(&m, 0, (struct made_times){ .written = 250 }, 7);
	made_enhanced(&m, 0, 300, 60, 60);
	made_timed_statistics(&m, 0, (struct made_times){ .written = 350 }, 7);
	made_enhanced(&m, 0, 400, 60, 60);
	made_timed_statistics(&m, 0, (struct made_times){ .written = 450 }, 9);
	struct capture *c = open_made(state, &m);
	assert_int_equal(next_loss(c, &loss), 2);
	assert_int_equal(loss.from, 150);
	assert_int_equal(loss.to, 250);
	assert_int_equal(next_loss(c, &loss), 1);
	assert_int_equal(loss.from, 350);
	assert_int_equal(loss.to, 450);
	assert_int_equal(next_loss(c, &loss), -1);
	capture_close(c);
}

/* As dumpcap writes it: one block, at the end of the file. */
static void one_block_at_the_end_tells_of_its_start_and_end(void **state)
{
	struct made m;
	struct capture_loss loss;
	const struct made_times times = { .written = 500,
		                          .start = 50,
		                          .end = 450 };
	begin_made(&m);
	made_enhanced(&m, 0, 100, 60, 60);
	made_enhanced(&m, 0, 400, 60, 60);
	made_timed_statistics(&m, 0, times, 3);
	struct capture *c = open_made(state, &m);
	assert_int_equal(next_loss(c, &loss), 2);
	assert_int_equal(loss.from, 50);
	assert_int_equal(loss.to, 450);
	capture_close(c);
}

static void without_a_start_the_loss_may_be_as_old_as_the_file(void **state)
{
	struct made m;
	struct capture_loss loss;
	begin_made(&m);
	made_enhanced(&m, 0, 100, 60, 60);
	made_timed_statistics(&m, 0, (struct made_times){ 0 }, 3);
	struct capture *c = open_made(state, &m);
	assert_int_equal(next_loss(c, &loss), 1);
	assert_true(loss.from < 100);
	assert_int_equal(loss.to, 100); /* the block stands behind this */
	capture_close(c);
}

/* ---- what is less sure ------------------------------------------------- */

struct heard {
	size_t n_findings, n_closes;
	const char *confidence;  /* of lost_final_ack */
	bool copies_are_certain; /* fin_retransmission: the copies were seen */
	bool capture_loss;
};

static int hear(void *ctx, const struct record *r)
{
	struct heard *heard = ctx;
	if (r->type == EVENT_TCP_CLOSE) {
		const struct close_record *close = r->data;
		heard->capture_loss = close->capture_loss == 1;
		heard->n_closes++;
	} else if (r->type == EVENT_TCP_FINDING) {
		const struct finding_record *f = r->data;
		if (strcmp(f->finding, "lost_final_ack") == 0)
			heard->confidence = f->confidence;
		else
			heard->copies_are_certain =
				strcmp(f->confidence, "certain") == 0;
		heard->n_findings++;
	}
	return TCPCLOSE_OK;
}

/* A loss of two seconds that begins so long after the last packet. */
static void lose(struct heard *heard, int64_t after)
{
	const char *file = TROUBLE;
	struct analyzer_options options;
	const struct analyzer_sink sink = { .ctx = heard, .record = hear };
	struct tcpclose_error err = { 0 };
	struct tcpclose_packet pkt;
	struct capture *c;
	*heard = (struct heard){ 0 };
	analyzer_options_init(&options);
	struct analyzer *a = analyzer_new(&options, &sink, &alloc_default);
	assert_non_null(a);
	assert_int_equal(capture_open(&c, &file, 1, NULL, &alloc_default, &err),
	                 TCPCLOSE_OK);
	while (capture_next(c, &pkt, &err) == 1)
		assert_int_equal(analyzer_packet(a, &pkt), TCPCLOSE_OK);
	analyzer_note_loss(a, pkt.ts + after, pkt.ts + after + 2 * SECOND);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	assert_int_equal(heard->n_findings, 2);
	assert_int_equal(heard->n_closes, 1);
	capture_close(c);
	analyzer_free(a);
}

static void a_finding_in_a_time_of_losses_is_a_grade_less_sure(void **state)
{
	struct heard heard;
	(void)state;
	lose(&heard, -SECOND);
	assert_string_equal(heard.confidence, "likely");
	assert_true(heard.capture_loss);
}

static void what_was_seen_stays_seen(void **state)
{
	struct heard heard;
	(void)state;
	lose(&heard, -SECOND);
	assert_true(heard.copies_are_certain);
}

static void losses_before_and_after_a_connection_concern_others(void **state)
{
	struct heard heard;
	(void)state;
	lose(&heard, -10 * SECOND);
	assert_string_equal(heard.confidence, "certain");
	assert_false(heard.capture_loss);
	lose(&heard, 10 * SECOND);
	assert_string_equal(heard.confidence, "certain");
	assert_false(heard.capture_loss);
}

static void spans_meet_where_they_share_a_moment(void **state)
{
	struct spans set = { 0 };
	(void)state;
	spans_add(&set, 10, 20);
	spans_add(&set, 30, 40);
	assert_true(spans_meet(&set, 19, 20));
	assert_true(spans_meet(&set, 0, 11));
	assert_true(spans_meet(&set, 0, 100));
	assert_false(spans_meet(&set, 20, 30));
	assert_false(spans_meet(&set, 40, 50));
	assert_false(spans_meet(&set, 15, 15));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_growth_of_a_counter_is_a_loss_since_the_one_before),
		cmocka_unit_test(
			one_block_at_the_end_tells_of_its_start_and_end),
		cmocka_unit_test(
			without_a_start_the_loss_may_be_as_old_as_the_file),
		cmocka_unit_test(
			a_finding_in_a_time_of_losses_is_a_grade_less_sure),
		cmocka_unit_test(what_was_seen_stays_seen),
		cmocka_unit_test(
			losses_before_and_after_a_connection_concern_others),
		cmocka_unit_test(spans_meet_where_they_share_a_moment),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
