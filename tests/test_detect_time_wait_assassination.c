/* time_wait_assassination: TIME-WAIT ended by an RST, RFC 1337. */
#include "figure.h"

/* clang-format off */

/* Data of B, then an orderly close by A; frames 1 to 9. */
#define CLOSED_BY_A                                                            \
	"0.000  ESTABLISHED                                  ESTABLISHED ",    \
	"0.050  ESTABLISHED  <--  P. 1:11(10) ack 1   <--    ESTABLISHED ",    \
	"0.060  ESTABLISHED  -->   . 1:1(0) ack 11    -->    ESTABLISHED ",    \
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 11    -->    CLOSE-WAIT? ",    \
	"0.120  TIME-WAIT?   <--  F. 11:11(0) ack 2   <--    LAST-ACK    ",    \
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 12    -->    CLOSED?     "

/* RFC 1337 section 2, Figure 1. */
static void an_old_duplicate_draws_the_rst_that_ends_time_wait(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.700  TIME-WAIT    <--  P. 1:11(10) ack 1 <ts 50>  <--  CLOSED?  : repeat",
	"0.710  TIME-WAIT    -->   . 2:2(0) ack 12           -->  CLOSED?  ",
	"0.730  CLOSED?      <--  R  12:12(0)                <--  CLOSED   : plain exact accepted");

	expect_n_findings(*state, "time_wait_assassination", 1);
	expect_finding(*state, "time_wait_assassination",
	"{'end': 'client', 'outcome': 'undecided', 'severity': 'notice',"
	" 'confidence': 'likely', 'count': 1, 'frames': [11, 12],"
	" 'message': 'an RST that its answer to an old duplicate drew reached the"
	" client exactly at its RCV.NXT and ended its TIME-WAIT after 0.60 s,"
	" unless it follows RFC 1337',"
	" 'time_wait_assassination': {'drawn_by': 'old_duplicate',"
	" 'answer_frame': 11, 'time_wait_lasted_us': 600000}}");
	expect_no_finding(*state, "time_wait_missing");
	expect_no_finding(*state, "stale_rst");
}

/* Nothing was lost; the second ACK ended LAST-ACK, the first one came late and
 * found it closed (measured in the lab: last_ack_late). */
static void a_late_ack_after_a_good_close_is_no_more_than_info(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.340  TIME-WAIT    <--  F. 11:11(0) ack 2          <--  LAST-ACK : fin_copy",
	"0.350  TIME-WAIT    -->   . 2:2(0) ack 12           -->  CLOSED?  ",
	"0.550  CLOSED?      <--  R  12:12(0)                <--  CLOSED   ");

	expect_finding(*state, "time_wait_assassination",
	"{'end': 'client', 'severity': 'info', 'confidence': 'likely',"
	" 'time_wait_assassination': {'drawn_by': 'late_ack', 'answer_frame': 11}}");
}

/* What came later found it closed: that end does not follow RFC 1337. */
static void an_rst_of_the_victim_confirms_it(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.700  TIME-WAIT    <--  P. 1:11(10) ack 1 <ts 50>  <--  CLOSED?  ",
	"0.710  TIME-WAIT    -->   . 2:2(0) ack 12           -->  CLOSED?  ",
	"0.730  CLOSED?      <--  R  12:12(0)                <--  CLOSED   ",
	"1.700  CLOSED?      <--  P. 1:11(10) ack 1 <ts 50>  <--  -        ",
	"1.711  CLOSED       -->  R  1:1(0)                  -->  -        ");

	expect_n_findings(*state, "time_wait_assassination", 1);
	expect_finding(*state, "time_wait_assassination",
	"{'outcome': 'confirmed', 'confidence': 'certain', 'frames': [11, 12, 14]}");
	expect_no_finding(*state, "time_wait_missing");
}

/* A copy of the FIN behind the assassination: that is its work, no other. */
static void a_fin_copy_that_is_reset_later_is_no_missing_time_wait(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.700  TIME-WAIT    <--  P. 1:11(10) ack 1 <ts 50>  <--  -        ",
	"0.710  TIME-WAIT    -->   . 2:2(0) ack 12           -->  -        ",
	"0.730  CLOSED?      <--  R  12:12(0)                <--  -        ",
	"1.700  CLOSED?      <--  F. 11:11(0) ack 2          <--  -        ",
	"1.711  CLOSED       -->  R  2:2(0)                  -->  -        ");

	expect_finding(*state, "time_wait_assassination",
	"{'outcome': 'confirmed', 'confidence': 'certain'}");
	expect_no_finding(*state, "time_wait_missing");
}

static void a_new_life_without_the_guard_is_told(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.340  TIME-WAIT    <--  F. 11:11(0) ack 2          <--  LAST-ACK ",
	"0.350  TIME-WAIT    -->   . 2:2(0) ack 12           -->  CLOSED?  ",
	"0.550  CLOSED?      <--  R  12:12(0)                <--  CLOSED   ",
	"2.000  SYN-SENT     -->  S  7000000:7000000(0)      -->  UNKNOWN  ",
	"2.020  ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <-- SYN-RECEIVED");

	expect_finding(*state, "time_wait_assassination",
	"{'incarnation': 1, 'outcome': 'reused', 'severity': 'notice'}");
	expect_no_finding(*state, "tuple_reuse");
}

/* After a simultaneous close both ends hold TIME-WAIT. */
static void either_end_can_be_the_victim(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                  ESTABLISHED ",
	"0.100  CLOSE-WAIT?  <--  F. 1:1(0) ack 1     <--    FIN-WAIT-1  ",
	"0.120  LAST-ACK     -->  F. 1:1(0) ack 2     -->    TIME-WAIT?  ",
	"0.140  CLOSED?      <--   . 2:2(0) ack 2     <--    TIME-WAIT   ",
	"0.340  CLOSED?      <--   . 2:2(0) ack 2     <--    TIME-WAIT   ",
	"0.350  CLOSED       -->  R  2:2(0)           -->    CLOSED?     ");

	expect_finding(*state, "time_wait_assassination",
	"{'end': 'server', 'severity': 'info',"
	" 'time_wait_assassination': {'drawn_by': 'late_ack', 'answer_frame': 8}}");
}

static void another_hop_count_makes_it_possible(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.700  TIME-WAIT    <--  P. 1:11(10) ack 1 <ts 50>  <--  CLOSED?  ",
	"0.710  TIME-WAIT    -->   . 2:2(0) ack 12           -->  CLOSED?  ",
	"0.730  -            <--  R  12:12(0) ttl 50         <--  -        ");

	expect_finding(*state, "time_wait_assassination", "{'confidence': 'possible'}");
}

static void a_late_capture_lowers_the_grade(void **state)
{
	draw(*state,
	"0.100  FIN-WAIT-1?  -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2     <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2     -->    CLOSED?     ",
	"0.330  TIME-WAIT    -->   . 2:2(0) ack 2     -->    CLOSED?     ",
	"0.350  CLOSED?      <--  R  2:2(0)           <--    CLOSED      ");

	expect_finding(*state, "time_wait_assassination", "{'confidence': 'possible'}");
}

/* ---- what is none --------------------------------------------------------- */

/* RFC 1337 fix F1: TIME-WAIT ignores the RST, and answers on. */
static void a_time_wait_that_answers_on_survived(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.700  TIME-WAIT    <--  P. 1:11(10) ack 1 <ts 50>  <--  CLOSED?  ",
	"0.710  TIME-WAIT    -->   . 2:2(0) ack 12           -->  CLOSED?  ",
	"0.730  CLOSED?      <--  R  12:12(0)                <--  CLOSED   ",
	"1.700  CLOSED?      <--  P. 1:11(10) ack 1 <ts 50>  <--  -        ",
	"1.711  TIME-WAIT    -->   . 2:2(0) ack 12           -->  -        : rolled_back");

	expect_no_finding(*state, "time_wait_assassination");
}

/* It may follow RFC 1337, and then it ignores the next RST as well. */
static void after_one_that_was_survived_the_next_is_possible(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.700  TIME-WAIT    <--  P. 1:11(10) ack 1 <ts 50>  <--  CLOSED?  ",
	"0.710  TIME-WAIT    -->   . 2:2(0) ack 12           -->  CLOSED?  ",
	"0.730  CLOSED?      <--  R  12:12(0)                <--  CLOSED   ",
	"1.700  CLOSED?      <--  P. 1:11(10) ack 1 <ts 50>  <--  -        ",
	"1.711  TIME-WAIT    -->   . 2:2(0) ack 12           -->  -        : rolled_back",
	"1.731  CLOSED?      <--  R  12:12(0)                <--  -        ");

	expect_finding(*state, "time_wait_assassination",
	               "{'confidence': 'possible', 'outcome': 'undecided'}");
}

/* tcp_timewait_state_process(): any other number is dropped, and TIME-WAIT
 * kept. */
static void an_rst_elsewhere_ends_nothing(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.730  TIME-WAIT    <--  R  13:13(0)                <--  -        : in_window !accepted",
	"0.740  TIME-WAIT    <--  R  11:11(0)                <--  -        : !accepted");

	expect_no_finding(*state, "time_wait_assassination");
}

/* tcp_paws_reject(): an RST with an old timestamp is no good to TIME-WAIT. */
static void an_rst_that_fails_paws_ends_nothing(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.730  TIME-WAIT    <--  R. 12:12(0) ack 2 <ts 50>  <--  -        : exact !accepted");

	expect_no_finding(*state, "time_wait_assassination");
}

static void after_a_minute_there_is_no_time_wait(void **state)
{
	draw(*state, CLOSED_BY_A,
	"59.000 TIME-WAIT                                         CLOSED?  ",
	"70.000 -            <--  R  12:12(0)                <--  -        ");

	expect_no_finding(*state, "time_wait_assassination");
}

static void an_rst_in_fin_wait_2_is_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                  ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2     <--    CLOSE-WAIT  ",
	"0.500  CLOSED?      <--  R. 1:1(0) ack 2     <--    CLOSED      ");

	expect_no_finding(*state, "time_wait_assassination");
}

/* The end in TIME-WAIT resets the other: it holds none. */
static void an_rst_by_the_end_in_time_wait_is_none(void **state)
{
	draw(*state, CLOSED_BY_A,
	"0.340  TIME-WAIT    <--  F. 11:11(0) ack 2          <--  LAST-ACK ",
	"0.350  CLOSED       -->  R  2:2(0)                  -->  CLOSED?  ");

	expect_no_finding(*state, "time_wait_assassination");
	expect_finding(*state, "time_wait_missing", "{'end': 'client'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(an_old_duplicate_draws_the_rst_that_ends_time_wait),
		figure(a_late_ack_after_a_good_close_is_no_more_than_info),
		figure(an_rst_of_the_victim_confirms_it),
		figure(a_fin_copy_that_is_reset_later_is_no_missing_time_wait),
		figure(a_new_life_without_the_guard_is_told),
		figure(either_end_can_be_the_victim),
		figure(another_hop_count_makes_it_possible),
		figure(a_late_capture_lowers_the_grade),
		figure(a_time_wait_that_answers_on_survived),
		figure(after_one_that_was_survived_the_next_is_possible),
		figure(an_rst_elsewhere_ends_nothing),
		figure(an_rst_that_fails_paws_ends_nothing),
		figure(after_a_minute_there_is_no_time_wait),
		figure(an_rst_in_fin_wait_2_is_none),
		figure(an_rst_by_the_end_in_time_wait_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
