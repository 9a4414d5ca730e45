/* fin_wait_2_timeout: what comes after FIN-WAIT-2 has timed out is reset. */
#include "figure.h"

/* clang-format off */

/* tcp_fin_timeout: the socket is gone 60 s after its FIN was acknowledged. */
static void a_late_fin_that_is_reset_shows_the_timeout(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"66.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"66.140  CLOSED       -->  R  2:2(0) id 0 <> -->    CLOSED?     : plain accepted");

	expect_finding(*state, "fin_wait_2_timeout",
	               "{'end': 'client', 'confidence': 'certain', "
	               "'severity': 'notice', 'outcome': 'fin_reset', "
	               "'frames': [5, 6, 7, 8], 'fin_wait_2_timeout': "
	               "{'cause': 'timeout', 'answered': 'fin', "
	               "'waited_us': 66000000, 'timeout_at_least_us': null, "
	               "'timeout_at_most_us': 66000000, "
	               "'timeout_estimate_us': 60000000, "
	               "'late_frame': 7, 'rst_frame': 8}}");
	expect_n_findings(*state, "fin_wait_2_timeout", 1);
}

static void a_short_timeout_is_bounded_by_what_was_seen(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 1.130  FIN-WAIT-2?  <--   . 0:0(0) ack 2   <--    CLOSE-WAIT  : keep_alive",
	" 1.140  FIN-WAIT-2?  -->   . 2:2(0) ack 1   -->    CLOSE-WAIT  ",
	" 4.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	" 4.140  CLOSED       -->  R  2:2(0) id 0 <> -->    CLOSED?     ");

	expect_finding(*state, "fin_wait_2_timeout",
	               "{'confidence': 'certain', 'fin_wait_2_timeout': "
	               "{'waited_us': 2990000, 'timeout_at_least_us': 1010000, "
	               "'timeout_at_most_us': 4000000, "
	               "'timeout_estimate_us': null}}");
}

static void late_data_is_lost(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                  ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2     <--    CLOSE-WAIT  ",
	"70.000  FIN-WAIT-2?  <--  P. 1:301(300) ack 2 <--    CLOSE-WAIT  ",
	"70.010  CLOSED       -->  R  2:2(0) id 0 <>   -->    CLOSED?     ");

	expect_finding(*state, "fin_wait_2_timeout",
	               "{'end': 'client', 'confidence': 'likely', "
	               "'severity': 'warning', 'outcome': 'data_lost', "
	               "'fin_wait_2_timeout': {'answered': 'data'}}");
}

/* A short tcp_fin_timeout may have run out: but data is reset by any end that
 * can have one, in FIN-WAIT-2 or out of it. */
static void data_after_a_few_seconds_came_after_a_close(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                  ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2     <--    CLOSE-WAIT  ",
	" 4.000  FIN-WAIT-2?  <--  P. 1:301(300) ack 2 <--    CLOSE-WAIT  ",
	" 4.010  CLOSED       -->  R  2:2(0) id 0 <>   -->    CLOSED?     ");
	expect_no_finding(*state, "fin_wait_2_timeout");
	expect_finding(*state, "data_after_close", "{'confidence': 'certain'}");
}

/* tcp_max_tw_buckets is full, or 0. */
static void a_fin_that_is_reset_at_once_shows_that_none_was_kept(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 0.180  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	" 0.190  CLOSED       -->  R  2:2(0) id 0 <> -->    CLOSED?     ");
	expect_finding(*state, "fin_wait_2_timeout",
	               "{'end': 'client', 'confidence': 'certain', "
	               "'fin_wait_2_timeout': {'cause': 'never_kept', "
	               "'waited_us': 50000, 'timeout_at_most_us': null}}");
}

/* The first copy may have been taken and its ACK lost before the tap. */
static void a_fin_that_is_reset_when_repeated_is_only_likely(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"66.130  TIME-WAIT?   X--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"66.340  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"66.350  CLOSED       -->  R  2:2(0) id 0 <> -->    CLOSED?     ");
	expect_finding(*state, "fin_wait_2_timeout",
	               "{'confidence': 'likely', 'outcome': 'fin_reset', "
	               "'fin_wait_2_timeout': {'waited_us': 66000000}}");
}

static void the_server_can_time_out_as_well(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  CLOSE-WAIT?  <--  F. 1:1(0) ack 1   <--    FIN-WAIT-1  ",
	" 0.130  CLOSE-WAIT   -->   . 1:1(0) ack 2   -->    FIN-WAIT-2? ",
	"66.130  LAST-ACK     -->  F. 1:1(0) ack 2   -->    TIME-WAIT?  ",
	"66.150  CLOSED?      <--  R  2:2(0) id 0 <> <--    CLOSED      ");
	expect_finding(*state, "fin_wait_2_timeout", "{'end': 'server'}");
}

/* ---- what looks like it ---------------------------------------------------
 */

static void data_that_is_reset_at_once_came_after_a_close(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                  ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2     <--    CLOSE-WAIT  ",
	" 0.400  FIN-WAIT-2?  <--  P. 1:301(300) ack 2 <--    CLOSE-WAIT  ",
	" 0.410  CLOSED       -->  R  2:2(0) id 0 <>   -->    CLOSED?     ");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

static void a_patient_half_close_takes_the_late_fin(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                  ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2     <--    CLOSE-WAIT  ",
	"90.000  FIN-WAIT-2?  <--  P. 1:301(300) ack 2 <--    CLOSE-WAIT  ",
	"90.010  FIN-WAIT-2   -->   . 2:2(0) ack 301   -->    CLOSE-WAIT  ",
	"99.000  TIME-WAIT?   <--  F. 301:301(0) ack 2 <--    LAST-ACK    ",
	"99.010  TIME-WAIT    -->   . 2:2(0) ack 302   -->    CLOSED?     ");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

/* TIME-WAIT was there, and is gone: time_wait_missing. */
static void a_fin_that_was_taken_first_is_another_story(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 5.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	" 5.140  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	" 5.350  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	" 5.360  CLOSED       -->  R  2:2(0) id 0 <> -->    CLOSED?     ");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

static void an_end_whose_fin_was_not_acknowledged_is_not_in_it(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 9.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK?   ",
	" 9.140  CLOSED       -->  R  2:2(0) id 0 <> -->    CLOSED?     ");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

static void an_abort_out_of_fin_wait_2_is_no_timeout(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 9.000  CLOSED       -->  R. 2:2(0) ack 1   -->    CLOSED?     : abort",
	" 9.010  -            <--  F. 1:1(0) ack 2   <--    -           ",
	" 9.020  -            -->  R  2:2(0) id 0 <> -->    -           ");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

static void an_end_that_the_peer_reset_has_no_timeout(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 9.000  CLOSED?      <--  R. 1:1(0) ack 2   <--    CLOSED      ",
	" 9.010  -            <--  F. 1:1(0) ack 2   <--    -           ",
	" 9.020  -            -->  R  2:2(0) id 0 <> -->    -           ");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

/* ---- seen badly -----------------------------------------------------------
 */

static void a_capture_with_holes_is_one_grade_less_sure(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                  ESTABLISHED ",
	" 0.050  ESTABLISHED  ~~>  P. 1:101(100) ack 1 ~~>    ESTABLISHED ",
	" 0.060  -            <--   . 1:1(0) ack 101   <--    -           ",
	" 0.100  -            -->  F. 101:101(0) ack 1 -->    -           ",
	" 0.130  -            <--   . 1:1(0) ack 102   <--    -           ",
	"66.130  -            <--  F. 1:1(0) ack 102   <--    -           ",
	"66.140  -            -->  R  102:102(0) id 0 <> -->  -           ");
	expect_finding(*state, "fin_wait_2_timeout",
	               "{'confidence': 'likely'}");
}

static void a_timeout_whose_rst_is_not_captured_is_not_told(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"66.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"66.140  TIME-WAIT?   ~~>  R  2:2(0) id 0 <> ~~>    LAST-ACK    ");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

static void either_direction_alone_does_not_show_it(void **state)
{
	draw(*state, "seen from A only",
	" 0.000  -                                          -           ",
	" 0.100  -            -->  F. 1:1(0) ack 1   -->    -           ",
	" 0.130  -            <--   . 1:1(0) ack 2   <--    -           ",
	"66.130  -            <--  F. 1:1(0) ack 2   <--    -           ",
	"66.140  -            -->  R  2:2(0) id 0 <> -->    -           ");
	expect_no_finding(*state, "fin_wait_2_timeout");

	draw(*state, "seen from B only",
	" 0.000  -                                          -           ",
	" 0.100  -            -->  F. 1:1(0) ack 1   -->    -           ",
	" 0.130  -            <--   . 1:1(0) ack 2   <--    -           ",
	"66.130  -            <--  F. 1:1(0) ack 2   <--    -           ",
	"66.140  -            -->  R  2:2(0) id 0 <> -->    -           ");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

static void an_rst_from_elsewhere_is_not_certain(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"66.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"66.140  -            -->  R  2:2(0) id 0 ttl 60 <> --> -       ");
	expect_finding(*state, "fin_wait_2_timeout",
	               "{'confidence': 'likely'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_late_fin_that_is_reset_shows_the_timeout),
		figure(a_short_timeout_is_bounded_by_what_was_seen),
		figure(late_data_is_lost),
		figure(data_after_a_few_seconds_came_after_a_close),
		figure(a_fin_that_is_reset_at_once_shows_that_none_was_kept),
		figure(a_fin_that_is_reset_when_repeated_is_only_likely),
		figure(the_server_can_time_out_as_well),
		figure(data_that_is_reset_at_once_came_after_a_close),
		figure(a_patient_half_close_takes_the_late_fin),
		figure(a_fin_that_was_taken_first_is_another_story),
		figure(an_end_whose_fin_was_not_acknowledged_is_not_in_it),
		figure(an_abort_out_of_fin_wait_2_is_no_timeout),
		figure(an_end_that_the_peer_reset_has_no_timeout),
		figure(a_capture_with_holes_is_one_grade_less_sure),
		figure(a_timeout_whose_rst_is_not_captured_is_not_told),
		figure(either_direction_alone_does_not_show_it),
		figure(an_rst_from_elsewhere_is_not_certain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
