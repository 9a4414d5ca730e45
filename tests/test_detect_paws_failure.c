/* paws_failure: segments rejected for their timestamps. */
#include "figure.h"

/* clang-format off */

/* Data at 6.000 s is taken and echoed: TS.Recent of B is that clock's 6000. */
#define TAKEN                                                                  \
	"0.000  ESTABLISHED                                     ESTABLISHED",  \
	"6.000  -     -->  P. 1:11(10) ack 1 <ts 6000>    -->   -",            \
	"6.020  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -"

/* ---- what the receiver needs ----------------------------------------------- */

static void new_data_with_an_old_timestamp_is_rejected(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     -->  P. 11:21(10) ack 1 <ts 1000>   -->   - : paws",
	"6.120  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -",
	"6.400  -     -->  P. 11:21(10) ack 1 <ts 6400>   -->   - : repeat",
	"6.420  -     <--   . 1:1(0) ack 21 <ecr 6400>    <--   -");

	expect_finding(*state, "paws_failure",
	               "{'end': 'server', 'severity': 'warning', "
	               "'confidence': 'certain', 'outcome': 'rejected', "
	               "'count': 1, 'frames': [7, 8], "
	               "'paws_failure': {'behind_ticks': 5000, "
	               "'segment': 'data', 'incarnation': 1, "
	               "'reaction': 'dup_ack', 'needed': true}}");
	expect_n_findings(*state, "paws_failure", 1);
}

static void it_counts_where_only_the_repetition_was_taken(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     -->  P. 11:21(10) ack 1 <ts 1000>   -->   - : paws",
	"6.120  -     ...   . 1:1(0) ack 11 <ecr 6000>    X--   -",
	"6.400  -     -->  P. 11:21(10) ack 1 <ts 6400>   -->   -",
	"6.425  -     <--   . 1:1(0) ack 21 <ecr 6400>    <--   -");

	expect_finding(*state, "paws_failure",
	               "{'outcome': 'rejected', 'confidence': 'certain', "
	               "'paws_failure': {'reaction': 'none'}}");
}

static void two_repetitions_that_fail_as_well_are_starvation(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     -->  P. 11:21(10) ack 1 <ts 1000>   -->   - : paws",
	"6.120  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -",
	"6.320  -     -->  P. 11:21(10) ack 1 <ts 1220>   -->   - : paws",
	"6.340  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -",
	"6.760  -     -->  P. 11:21(10) ack 1 <ts 1660>   -->   - : paws",
	"6.780  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -");

	expect_finding(*state, "paws_failure",
	               "{'end': 'server', 'severity': 'error', "
	               "'confidence': 'certain', 'outcome': 'rejected', "
	               "'count': 3, 'frames': [7, 8, 9, 10, 11, 12], "
	               "'duration_us': 680000, "
	               "'paws_failure': {'tries': 3}}");
}

static void a_starved_connection_that_recovers_is_a_warning(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     -->  P. 11:21(10) ack 1 <ts 1000>   -->   -",
	"6.120  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -",
	"6.320  -     -->  P. 11:21(10) ack 1 <ts 1220>   -->   -",
	"6.340  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -",
	"6.760  -     -->  P. 11:21(10) ack 1 <ts 1660>   -->   -",
	"6.780  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -",
	"7.640  -     -->  P. 11:21(10) ack 1 <ts 7640>   -->   -",
	"7.660  -     <--   . 1:1(0) ack 21 <ecr 7640>    <--   -");

	expect_finding(*state, "paws_failure",
	               "{'severity': 'warning', 'count': 3, "
	               "'paws_failure': {'tries': 3}}");
}

static void a_fin_with_an_old_timestamp_is_rejected(void **state)
{
	draw(*state, TAKEN,
	"6.100  FIN-WAIT-1   -->  F. 11:11(0) ack 1 <ts 1000>  -->   - : paws",
	"6.120  FIN-WAIT-1   <--   . 1:1(0) ack 11 <ecr 6000>  <--   -",
	"6.320  FIN-WAIT-1   -->  F. 11:11(0) ack 1 <ts 6320>  -->   CLOSE-WAIT?",
	"6.340  FIN-WAIT-2?  <--   . 1:1(0) ack 12 <ecr 6320>  <--   CLOSE-WAIT");

	expect_finding(*state, "paws_failure",
	               "{'end': 'server', 'severity': 'warning', "
	               "'outcome': 'rejected', "
	               "'paws_failure': {'segment': 'fin', "
	               "'reaction': 'dup_ack'}}");
}

static void either_end_may_reject(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                     ESTABLISHED",
	"6.000  -     <--  P. 1:11(10) ack 1 <ts 6000>    <--   -",
	"6.010  -     -->   . 1:1(0) ack 11 <ecr 6000>    -->   -",
	"6.100  -     <--  P. 11:21(10) ack 1 <ts 1000>   <--   - : paws",
	"6.110  -     -->   . 1:1(0) ack 11 <ecr 6000>    -->   -");

	expect_finding(*state, "paws_failure",
	               "{'end': 'client', 'outcome': 'rejected'}");
	expect_n_findings(*state, "paws_failure", 1);
}

static void both_ends_make_two_findings(void **state)
{
	draw(*state, TAKEN,
	"6.030  -     <--  P. 1:11(10) ack 11 <ts 6030>   <--   -",
	"6.040  -     -->   . 11:11(0) ack 11 <ecr 6030>  -->   -",
	"6.100  -     -->  P. 11:21(10) ack 11 <ts 1000>  -->   - : paws",
	"6.120  -     <--   . 11:11(0) ack 11 <ecr 6000>  <--   -",
	"6.200  -     <--  P. 11:21(10) ack 11 <ts 1000>  <--   - : paws",
	"6.210  -     -->   . 11:11(0) ack 11 <ecr 6030>  -->   -");
	expect_n_findings(*state, "paws_failure", 2);
}

/* An ACK that brings news and is rejected: the sender never hears of it. */
static void an_ack_with_news_and_a_clock_gone_wrong_counts(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     <--  P. 1:101(100) ack 11           <--   -",
	"6.110  -     -->   . 11:11(0) ack 101 <ts 1000>  -->   - : paws",
	"6.135  -     <--   . 101:101(0) ack 11 <ecr 6000> <--  -",
	"6.400  -     <--  P. 1:101(100) ack 11           <--   -");

	expect_finding(*state, "paws_failure",
	               "{'end': 'server', 'outcome': 'rejected', "
	               "'paws_failure': {'segment': 'ack', "
	               "'behind_ticks': 5000}}");
}

/* ---- what only a presumption says ------------------------------------------ */

/* The window update at 6.500 passes the tap; only if it arrives is TS.Recent
 * 6500, and the data after it too old. */
#define PRESUMED TAKEN,                                                        \
	"6.500  -     -->   . 11:11(0) ack 1 win 50000 <ts 6500> --> -"

static void a_presumed_failure_without_an_answer_is_likely(void **state)
{
	draw(*state, PRESUMED,
	"6.600  -     -->  P. 11:21(10) ack 1 <ts 6100>   -->   - : paws");

	expect_finding(*state, "paws_failure",
	               "{'severity': 'notice', 'confidence': 'likely', "
	               "'outcome': 'undecided', "
	               "'paws_failure': {'behind_ticks': 400, "
	               "'reaction': 'none'}}");
}

static void an_answer_makes_it_certain(void **state)
{
	draw(*state, PRESUMED,
	"6.600  -     -->  P. 11:21(10) ack 1 <ts 6100>   -->   - : paws",
	"6.620  -     <--   . 1:1(0) ack 11 <ecr 6500>    <--   -");

	expect_finding(*state, "paws_failure",
	               "{'confidence': 'certain', 'outcome': 'rejected'}");
}

static void an_ack_that_covers_it_withdraws_it(void **state)
{
	draw(*state, TAKEN,
	"6.500  -     -->   . 11:11(0) ack 1 win 50000 <ts 6500> --X -",
	"6.600  -     -->  P. 11:21(10) ack 1 <ts 6100>   -->   - : paws",
	"6.620  -     <--   . 1:1(0) ack 21 <ecr 6100>    <--   -");
	expect_no_finding(*state, "paws_failure");
}

/* It had echoed 6000, and took 1000: no PAWS is at work there. */
static void an_end_that_takes_what_must_fail_is_told_as_information(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     -->  P. 11:21(10) ack 1 <ts 1000>   -->   - : paws",
	"6.120  -     <--   . 1:1(0) ack 21 <ecr 6000>    <--   -");

	expect_finding(*state, "paws_failure",
	               "{'severity': 'info', 'outcome': 'accepted', "
	               "'paws_failure': {'reaction': 'none'}}");
}

/* ---- SYN against TIME-WAIT ------------------------------------------------- */

/* B closes first and holds TIME-WAIT; A comes again from the same port. */
#define TIME_WAIT_AT_B                                                         \
	"0.000  ESTABLISHED                                     ESTABLISHED",  \
	"6.000  -            <--  F. 1:1(0) ack 1         <--   FIN-WAIT-1",   \
	"6.010  -            -->  F. 1:1(0) ack 2         -->   TIME-WAIT?",   \
	"6.030  -            <--   . 2:2(0) ack 2         <--   TIME-WAIT"

static void a_syn_that_time_wait_refuses_is_found(void **state)
{
	draw(*state, TIME_WAIT_AT_B,
	"7.000  SYN-SENT     -->  S  70000:70000(0) <ts 1000> --> - : paws",
	"7.020  SYN-SENT     <--   . 2:2(0) ack 2 <ecr 6010> <-- - : out_of_window",
	"7.030  SYN-SENT     -->  R  2:2(0)               -->   - : half_open",
	"7.042  SYN-SENT     -->  S  70000:70000(0) <ts 7042> --> - : !paws",
	"7.062  ESTABLISHED? <--  S. 80000:80000(0) ack 70001 <-- -",
	"7.072  ESTABLISHED  -->   . 70001:70001(0) ack 80001 --> -");

	expect_finding(*state, "paws_failure",
	               "{'end': 'server', 'incarnation': 2, "
	               "'severity': 'warning', 'confidence': 'certain', "
	               "'outcome': 'rejected', 'frames': [8, 9], "
	               "'paws_failure': {'segment': 'syn', "
	               "'behind_ticks': 5010, 'reaction': 'dup_ack'}}");
	expect_n_findings(*state, "paws_failure", 1);
}

static void a_syn_that_is_accepted_after_all_is_none(void **state)
{
	draw(*state, TIME_WAIT_AT_B,
	"7.000  SYN-SENT     -->  S  70000:70000(0) <ts 1000> --> - : paws",
	"7.020  ESTABLISHED? <--  S. 80000:80000(0) ack 70001 <-- -",
	"7.030  ESTABLISHED  -->   . 70001:70001(0) ack 80001 --> -");
	expect_no_finding(*state, "paws_failure");
}

static void time_wait_forgets_its_timestamp_after_60_s(void **state)
{
	draw(*state, TIME_WAIT_AT_B,
	"67.000 SYN-SENT     -->  S  70000:70000(0) <ts 1000> --> - : !paws",
	"68.000 SYN-SENT     -->  S  70000:70000(0) <ts 2000> --> -");
	expect_no_finding(*state, "paws_failure");
}

/* ---- near misses ----------------------------------------------------------- */

static void one_tick_behind_is_tolerated(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     -->  P. 11:21(10) ack 1 <ts 5999>   -->   - : !paws",
	"6.120  -     <--   . 1:1(0) ack 21 <ecr 6000>    <--   -");
	expect_no_finding(*state, "paws_failure");
}

static void data_overtaken_by_newer_data_is_none(void **state)
{
	draw(*state, TAKEN,
	"6.200  -     -->  P. 21:31(10) ack 1 <ts 6200>   -->   - : ahead",
	"6.220  -     <--   . 1:1(0) ack 11 <ecr 6000, sack 21:31> <-- -",
	"6.240  -     -->  P. 11:21(10) ack 1 <ts 6100>   -->   - : !paws",
	"6.260  -     <--   . 1:1(0) ack 31 <ecr 6100>    <--   -");
	expect_no_finding(*state, "paws_failure");
}

/* Plain reordering does that all the time (measured in the lab:
 * near_reordered). */
static void an_old_ack_that_was_overtaken_is_none(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     <--  P. 1:101(100) ack 11           <--   -",
	"6.110  -     -->   . 11:11(0) ack 101 <ts 6110>  -->   -",
	"6.120  -     <--  P. 101:201(100) ack 11 <ecr 6110> <-- -",
	"6.125  -     -->   . 11:11(0) ack 1 <ts 6005>    -->   - : paws",
	"6.145  -     <--   . 201:201(0) ack 11 <ecr 6110> <--  -");
	expect_no_finding(*state, "paws_failure");
}

static void frames_that_the_capture_swapped_are_none(void **state)
{
	draw(*state, TAKEN,
	"6.504  -     -->   . 11:11(0) ack 1 win 50000 <ts 6504> --> -",
	"6.506  -     -->  P. 11:21(10) ack 1 <ts 6500>   -->   - : paws",
	"6.700  -     -->  P. 21:31(10) ack 1 <ts 6700>   -->   -");
	expect_no_finding(*state, "paws_failure");
}

static void a_copy_overtaken_by_a_newer_one_is_none(void **state)
{
	draw(*state, TAKEN,
	"6.500  -     -->  P. 11:21(10) ack 1 <ts 6420>   -->   -",
	"6.600  -     -->  P. 11:21(10) ack 1 <ts 6200>   -->   - : paws",
	"7.300  -     -->  P. 11:21(10) ack 1 <ts 7300>   -->   -");
	expect_no_finding(*state, "paws_failure");
}

static void ts_recent_is_void_after_2147_s(void **state)
{
	draw(*state, TAKEN,
	"2154.000 -   -->  P. 11:21(10) ack 1 <ts 1000>   -->   - : !paws",
	"2154.020 -   <--   . 1:1(0) ack 21 <ecr 1000>    <--   -");
	expect_no_finding(*state, "paws_failure");
}

static void an_rst_is_not_examined(void **state)
{
	draw(*state, TAKEN,
	"6.100  CLOSED -->  R. 11:11(0) ack 1 <ts 1000>   -->   CLOSED? : !paws");
	expect_no_finding(*state, "paws_failure");
}

static void without_timestamps_there_is_no_paws(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                               ESTABLISHED",
	"6.000  -     -->  P. 1:11(10) ack 1        -->   -",
	"6.020  -     <--   . 1:1(0) ack 11         <--   -",
	"6.100  -     -->  P. 1:11(10) ack 1        -->   - : repeat !paws",
	"6.120  -     <--   . 1:1(0) ack 11         <--   -");
	expect_no_finding(*state, "paws_failure");
}

/* The options were cut off by the snap length: unknown, not old. */
static void a_timestamp_that_was_cut_off_says_nothing(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     -->  P. 11:21(10) ack 1 <cut>       -->   - : !paws",
	"6.120  -     <--   . 1:1(0) ack 21               <--   -");
	expect_no_finding(*state, "paws_failure");
}

static void a_copy_sent_twice_at_once_is_none(void **state)
{
	draw(*state, TAKEN,
	"6.200  -     -->  P. 11:21(10) ack 1 <ts 6200>   -->   -",
	"6.210  -     -->  P. 11:21(10) ack 1 <ts 6200>   -->   - : !paws",
	"6.220  -     <--   . 1:1(0) ack 21 <ecr 6200>    <--   -",
	"6.230  -     <--   . 1:1(0) ack 21 <ecr 6200, sack 11:21> <-- -");
	expect_no_finding(*state, "paws_failure");
}

/* ---- captures with holes ---------------------------------------------------- */

static void a_capture_that_missed_bytes_is_less_sure(void **state)
{
	draw(*state, TAKEN,
	"6.050  -     ~~>  P. 11:21(10) ack 1 <ts 6050>   ~~>   -",
	"6.070  -     <--   . 1:1(0) ack 21 <ecr 6050>    <--   - : acks_unseen",
	"6.100  -     -->  P. 21:31(10) ack 1 <ts 1000>   -->   - : paws",
	"6.120  -     <--   . 1:1(0) ack 21 <ecr 6050>    <--   -");

	expect_finding(*state, "paws_failure",
	               "{'outcome': 'rejected', 'confidence': 'likely'}");
}

static void a_capture_that_began_late_is_less_sure(void **state)
{
	draw(*state,
	"6.000  -     -->  P. 1:11(10) ack 1 <ts 6000, ecr 5000> --> -",
	"6.020  -     <--   . 1:1(0) ack 11 <ts 6020, ecr 6000>  <-- -",
	"6.100  -     -->  P. 11:21(10) ack 1 <ts 1000, ecr 6020> --> - : paws",
	"6.120  -     <--   . 1:1(0) ack 11 <ts 6120, ecr 6000>  <-- -");

	expect_finding(*state, "paws_failure",
	               "{'outcome': 'rejected', 'confidence': 'likely'}");
}

static void one_direction_alone_proves_nothing(void **state)
{
	draw(*state, "seen from A only",
	"0.000  -                                               -",
	"6.000  -     -->  P. 1:11(10) ack 1 <ts 6000>    -->   -",
	"6.020  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -",
	"6.500  -     -->   . 11:11(0) ack 1 win 50000 <ts 6500> --> -",
	"6.600  -     -->  P. 11:21(10) ack 1 <ts 1000>   -->   -");
	expect_no_finding(*state, "paws_failure");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(new_data_with_an_old_timestamp_is_rejected),
		figure(it_counts_where_only_the_repetition_was_taken),
		figure(two_repetitions_that_fail_as_well_are_starvation),
		figure(a_starved_connection_that_recovers_is_a_warning),
		figure(a_fin_with_an_old_timestamp_is_rejected),
		figure(either_end_may_reject),
		figure(both_ends_make_two_findings),
		figure(an_ack_with_news_and_a_clock_gone_wrong_counts),
		figure(a_presumed_failure_without_an_answer_is_likely),
		figure(an_answer_makes_it_certain),
		figure(an_ack_that_covers_it_withdraws_it),
		figure(an_end_that_takes_what_must_fail_is_told_as_information),
		figure(a_syn_that_time_wait_refuses_is_found),
		figure(a_syn_that_is_accepted_after_all_is_none),
		figure(time_wait_forgets_its_timestamp_after_60_s),
		figure(one_tick_behind_is_tolerated),
		figure(data_overtaken_by_newer_data_is_none),
		figure(an_old_ack_that_was_overtaken_is_none),
		figure(frames_that_the_capture_swapped_are_none),
		figure(a_copy_overtaken_by_a_newer_one_is_none),
		figure(ts_recent_is_void_after_2147_s),
		figure(an_rst_is_not_examined),
		figure(without_timestamps_there_is_no_paws),
		figure(a_timestamp_that_was_cut_off_says_nothing),
		figure(a_copy_sent_twice_at_once_is_none),
		figure(a_capture_that_missed_bytes_is_less_sure),
		figure(a_capture_that_began_late_is_less_sure),
		figure(one_direction_alone_proves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
