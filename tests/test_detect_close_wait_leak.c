/* close_wait_leak: an end hears of the close and does nothing about it. */
#include "figure.h"

/* clang-format off */

static void an_end_that_never_closes_is_found(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 61.130  FIN-WAIT-2?                                CLOSE-WAIT  ");

	expect_finding(*state, "close_wait_leak",
	               "{'end': 'server', 'severity': 'notice', "
	               "'confidence': 'likely', 'outcome': 'never_closed', "
	               "'frames': [5, 6], 'duration_us': 61000000, "
	               "'close_wait_leak': {'silent_us': 61000000, "
	               "'close_wait_us': 61000000, 'data_segments': 0, "
	               "'fin_frame': 5, 'last_heard_frame': 6}}");
	expect_n_findings(*state, "close_wait_leak", 1);
}

static void five_minutes_are_worse(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  CLOSE-WAIT?  <--  F. 1:1(0) ack 1   <--    FIN-WAIT-1  ",
	"  0.130  CLOSE-WAIT   -->   . 1:1(0) ack 2   -->    FIN-WAIT-2? ",
	"301.000  CLOSE-WAIT                                 FIN-WAIT-2? ");
	expect_finding(*state, "close_wait_leak",
	               "{'end': 'client', 'severity': 'warning'}");
}

/* Data sets the clock back, and shows that the half-close is used. */
static void silence_after_data_is_only_possibly_a_leak(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                  ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2     <--    CLOSE-WAIT  ",
	" 50.000  FIN-WAIT-2?  <--  P. 1:101(100) ack 2 <--    CLOSE-WAIT  ",
	" 50.010  FIN-WAIT-2   -->   . 2:2(0) ack 101   -->    CLOSE-WAIT  ",
	"120.000  FIN-WAIT-2                                   CLOSE-WAIT  ");
	expect_finding(*state, "close_wait_leak",
	               "{'confidence': 'possible', 'outcome': 'never_closed', "
	               "'frames': [5, 6, 7], 'close_wait_leak': "
	               "{'silent_us': 69990000, 'close_wait_us': 119870000, "
	               "'data_segments': 1, 'last_heard_frame': 7}}");
}

static void an_end_that_closes_after_all_is_told_apart(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"400.130  -            <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"400.140  -            -->  R  2:2(0) id 0 <> -->    CLOSED?     ");
	expect_finding(*state, "close_wait_leak",
	               "{'end': 'server', 'severity': 'notice', "
	               "'confidence': 'possible', 'outcome': 'closed_late', "
	               "'close_wait_leak': {'silent_us': 400000000}}");
	expect_finding(*state, "fin_wait_2_timeout", "{'end': 'client'}");
}

/* Its keep-alive finds the peer gone. */
static void a_keep_alive_does_not_set_the_clock_back(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 75.000  FIN-WAIT-2?  <--   . 0:0(0) ack 2   <--    CLOSE-WAIT  : keep_alive",
	" 75.010  CLOSED       -->  R  2:2(0) id 0 <> -->    CLOSED?     ");
	expect_finding(*state, "close_wait_leak",
	               "{'outcome': 'reset', 'confidence': 'possible'}");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

static void the_peer_may_reuse_its_ports_meanwhile(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 90.000  -            -->  S  900000:900000(0)           --> - ",
	" 90.020  -            <--  S. 900000:900000(0) ack 900001 <-- - ");
	expect_finding(*state, "close_wait_leak",
	               "{'incarnation': 1, 'outcome': 'reused'}");
}

/* ---- what looks like it ---------------------------------------------------
 */

static void less_than_a_minute_is_no_leak(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	" 60.000  FIN-WAIT-2?                                CLOSE-WAIT  ");
	expect_no_findings(*state);
}

static void a_half_close_in_use_is_no_leak(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                  ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2     <--    CLOSE-WAIT  ",
	" 50.000  FIN-WAIT-2?  <--  P. 1:101(100) ack 2 <--    CLOSE-WAIT  ",
	" 50.010  FIN-WAIT-2   -->   . 2:2(0) ack 101   -->    CLOSE-WAIT  ",
	"100.000  FIN-WAIT-2   <--  P. 101:201(100) ack 2 <--  CLOSE-WAIT  ",
	"100.010  FIN-WAIT-2   -->   . 2:2(0) ack 201   -->    CLOSE-WAIT  ",
	"150.000  TIME-WAIT?   <--  F. 201:201(0) ack 2 <--    LAST-ACK    ",
	"150.010  TIME-WAIT    -->   . 2:2(0) ack 202   -->    CLOSED?     ",
	"209.000  TIME-WAIT                                    CLOSED?     ");
	expect_no_findings(*state);
}

/* __tcp_close(): its FIN waits behind the window, its program has closed. */
static void an_end_behind_a_closed_window_is_held_back(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  -            -->  F. 1:1(0) ack 1 win 0 --> -          ",
	"  0.130  -            <--   . 1:1(0) ack 2   <--    -           ",
	" 90.000  -            <--   . 0:0(0) ack 2   <--    -           : probe",
	" 90.010  -            -->   . 2:2(0) ack 1 win 0 --> -          ",
	"200.000  -                                          -           ");
	expect_no_finding(*state, "close_wait_leak");
}

static void an_end_with_data_in_flight_is_held_back(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                  ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2     <--    CLOSE-WAIT  ",
	"  0.140  FIN-WAIT-2?  <--  P. 1:101(100) ack 2 <--    CLOSE-WAIT  ",
	"  0.340  FIN-WAIT-2?  <--  P. 1:101(100) ack 2 <--    CLOSE-WAIT  ",
	"100.000  FIN-WAIT-2?                                  CLOSE-WAIT  ");
	expect_no_finding(*state, "close_wait_leak");
}

static void time_wait_is_no_close_wait(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"  0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"  0.140  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	" 60.130  TIME-WAIT                                  CLOSED?     ",
	"400.000  -                                          -           ");
	expect_no_findings(*state);
}

static void an_idle_connection_that_nobody_closed_is_no_leak(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"900.000  ESTABLISHED                                ESTABLISHED ");
	expect_no_findings(*state);
}

/* ---- seen badly -----------------------------------------------------------
 */

static void a_fin_that_the_capture_missed_is_thought_of(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                ESTABLISHED ",
	"  0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"  0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"  0.200  -            <~~  F. 1:1(0) ack 2   <~~    -           ",
	"  0.210  -            -->   . 2:2(0) ack 2   -->    -           ",
	"100.000  -                                          -           ");
	expect_no_finding(*state, "close_wait_leak");
}

static void a_capture_with_holes_is_one_grade_less_sure(void **state)
{
	draw(*state,
	"  0.000  ESTABLISHED                                  ESTABLISHED ",
	"  0.050  ESTABLISHED  ~~>  P. 1:101(100) ack 1 ~~>    ESTABLISHED ",
	"  0.060  -            <--   . 1:1(0) ack 101   <--    -           ",
	"  0.100  -            -->  F. 101:101(0) ack 1 -->    -           ",
	"  0.130  -            <--   . 1:1(0) ack 102   <--    -           ",
	"100.000  -                                            -           ");
	expect_finding(*state, "close_wait_leak",
	               "{'confidence': 'possible'}");
}

static void either_direction_alone_does_not_show_it(void **state)
{
	draw(*state, "seen from A only",
	"  0.000  -                                          -           ",
	"  0.100  -            -->  F. 1:1(0) ack 1   -->    -           ",
	"  0.130  -            <--   . 1:1(0) ack 2   <--    -           ",
	"100.000  -                                          -           ");
	expect_no_finding(*state, "close_wait_leak");

	draw(*state, "seen from B only",
	"  0.000  -                                          -           ",
	"  0.100  -            -->  F. 1:1(0) ack 1   -->    -           ",
	"  0.130  -            <--   . 1:1(0) ack 2   <--    -           ",
	"100.000  -                                          -           ");
	expect_no_finding(*state, "close_wait_leak");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(an_end_that_never_closes_is_found),
		figure(five_minutes_are_worse),
		figure(silence_after_data_is_only_possibly_a_leak),
		figure(an_end_that_closes_after_all_is_told_apart),
		figure(a_keep_alive_does_not_set_the_clock_back),
		figure(the_peer_may_reuse_its_ports_meanwhile),
		figure(less_than_a_minute_is_no_leak),
		figure(a_half_close_in_use_is_no_leak),
		figure(an_end_behind_a_closed_window_is_held_back),
		figure(an_end_with_data_in_flight_is_held_back),
		figure(time_wait_is_no_close_wait),
		figure(an_idle_connection_that_nobody_closed_is_no_leak),
		figure(a_fin_that_the_capture_missed_is_thought_of),
		figure(a_capture_with_holes_is_one_grade_less_sure),
		figure(either_direction_alone_does_not_show_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
