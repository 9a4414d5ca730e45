/*
 * What no honest end sends, and captures hold all the same: found by fuzzing,
 * kept here as what a reader can understand.
 */
#include "figure.h"

#include <string.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "figure_ends.h"
#include "tcpclose/error.h"

static void a_fin_before_acknowledged_data_is_of_another_life(void **state)
{
	/* clang-format off */
	draw(*state,
	"0.000  ESTABLISHED                                      ESTABLISHED",
	"0.100  ESTABLISHED  -->  P. 1:1001(1000) ack 1   -->    ESTABLISHED",
	"0.130  ESTABLISHED  <--   . 1:1(0) ack 1001      <--    ESTABLISHED",
	"0.300  ESTABLISHED  -->  F. 501:501(0) ack 1     -->    ESTABLISHED : !fin");
	/* clang-format on */
}

static void one_segment_may_close_two_holes(void **state)
{
	/* clang-format off */
	draw(*state,
	"0.000  ESTABLISHED                                      ESTABLISHED",
	"0.100  ESTABLISHED  --X   . 1:101(100) ack 1     ...    ESTABLISHED",
	"0.101  ESTABLISHED  -->   . 101:201(100) ack 1   -->    ESTABLISHED",
	"0.102  ESTABLISHED  --X   . 201:301(100) ack 1   ...    ESTABLISHED",
	"0.103  FIN-WAIT-1   -->  F. 301:401(100) ack 1   -->    ESTABLISHED",
	"0.400  FIN-WAIT-1   -->   . 1:351(350) ack 1     -->    CLOSE-WAIT?");
	/* clang-format on */
	expect_end(*state, SIDE_A, passed, 402);
}

static void bytes_that_come_after_their_ack_are_missing_no_more(void **state)
{
	/* clang-format off */
	draw(*state,
	"0.000  ESTABLISHED                                      ESTABLISHED",
	"0.100  -            --X   . 1:4(3) ack 1         ...    -",
	"0.101  -            -->   . 4:644(640) ack 1     -->    -",
	"0.120  -            <--   . 1:1(0) ack 644       <--    - : acks_unseen",
	"0.121  -            -->   . 1:1001(1000) ack 1   -->    -");
	/* clang-format on */
	expect_end(*state, SIDE_A, missing, 0);
	expect_end(*state, SIDE_A, bytes, 1000);
}

static int take_record(void *ctx, const struct record *record)
{
	(void)record;
	++*(size_t *)ctx;
	return TCPCLOSE_OK;
}

static void a_time_stamp_may_hold_any_64_bits(void **state)
{
	static const int64_t times[] = { INT64_MIN,     -1,        0,
		                         INT64_MAX - 1, INT64_MAX, 0 };
	size_t n = 0;
	const struct analyzer_sink sink = { .ctx = &n, .record = take_record };
	struct analyzer_options options;
	(void)state;
	analyzer_options_init(&options);
	struct analyzer *a = analyzer_new(&options, &sink, &alloc_default);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct segment seg;
		memset(&seg, 0, sizeof(seg));
		seg.ts = times[i];
		seg.frame = i + 1;
		seg.tuple.ip_version = 4;
		seg.tuple.sport = 40000;
		seg.tuple.dport = 80;
		seg.flags = TCP_FIN | TCP_ACK;
		assert_int_equal(analyzer_segment(a, &seg), TCPCLOSE_OK);
	}
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	assert_true(n > 0);
	analyzer_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_fin_before_acknowledged_data_is_of_another_life),
		figure(one_segment_may_close_two_holes),
		figure(bytes_that_come_after_their_ack_are_missing_no_more),
		cmocka_unit_test(a_time_stamp_may_hold_any_64_bits),
	};
	return cmocka_run_group_tests_name("analyzer odd", tests, NULL, NULL);
}
