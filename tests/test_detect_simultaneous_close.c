/* simultaneous_close: both ends close before either hears of the other. */
#include "figure.h"

/* clang-format off */

/* RFC 9293 section 3.6, Figure 13. */
static void two_fins_that_cross_are_a_simultaneous_close(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.105  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    ",
	"0.115  CLOSING      -->   . 2:2(0) ack 2   -->    TIME-WAIT?  ",
	"0.120  TIME-WAIT?   <--   . 2:2(0) ack 2   <--    TIME-WAIT?  ");

	expect_finding(*state, "simultaneous_close",
	               "{'end': 'both', 'severity': 'info', "
	               "'confidence': 'certain', 'outcome': 'complete', "
	               "'count': 1, 'frames': [5, 6, 7, 8], "
	               "'simultaneous_close': {'why': 'crossed', "
	               "'gap_us': 5000, 'first_fin_frame': 5, "
	               "'second_fin_frame': 6}}");
	expect_n_findings(*state, "simultaneous_close", 1);
	expect_close(*state, "{'closed_first': 'both', 'complete': true}");
}

static void a_fin_repeated_out_of_closing_does_not_hide_it(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.105  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    ",
	"0.115  CLOSING      -->   . 2:2(0) ack 2   -->    TIME-WAIT?  ",
	"0.120  CLOSING      ...   . 2:2(0) ack 2   X--    TIME-WAIT?  ",
	"0.320  CLOSING      -->  F. 1:1(0) ack 2   -->    TIME-WAIT?  : fin_copy",
	"0.340  TIME-WAIT?   <--   . 2:2(0) ack 2   <--    TIME-WAIT?  ");

	expect_finding(*state, "simultaneous_close",
	               "{'outcome': 'complete', 'confidence': 'certain'}");
	expect_n_findings(*state, "simultaneous_close", 1);
}

static void a_fin_that_did_not_arrive_in_time_is_told_apart(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.180  -            <--  F. 1:1(0) ack 1   <--    -           ",
	"0.190  -            -->   . 2:2(0) ack 2   -->    -           ",
	"0.330  -            -->  F. 1:1(0) ack 2   -->    -           ",
	"0.350  TIME-WAIT?   <--   . 2:2(0) ack 2   <--    TIME-WAIT?  ");

	expect_finding(*state, "simultaneous_close",
	               "{'end': 'both', 'outcome': 'complete', "
	               "'simultaneous_close': {'why': 'delayed', "
	               "'gap_us': 80000}}");
}

static void a_simultaneous_close_may_end_by_reset_or_not_at_all(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.105  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    ",
	"0.115  -            -->  R. 2:2(0) ack 2   -->    -           ");
	expect_finding(*state, "simultaneous_close", "{'outcome': 'reset'}");

	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.105  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    ");
	expect_finding(*state, "simultaneous_close", "{'outcome': 'undecided'}");
}

/* ---- what looks like it ---------------------------------------------------
 */

static void a_fin_that_covers_the_other_came_second(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.121  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.131  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");
	expect_no_findings(*state);
}

/* A, whose ACK is lost, repeats its FIN after B's: that copy does not make it
 * simultaneous. */
static void one_fin_is_no_simultaneous_close(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.500  FIN-WAIT-2?                                CLOSE-WAIT  ");
	expect_no_finding(*state, "simultaneous_close");
}

static void a_second_life_has_its_own_fins(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.200  -            -->  R. 2:2(0) ack 1   -->    -           ",
	"1.000  -            -->  S  65539:65539(0)           -->  - ",
	"1.020  -            <--  S. 65539:65539(0) ack 65540 <--  - ",
	"1.030  -            -->   . 65540:65540(0) ack 65540 -->  - ",
	"1.100  -            <--  F. 65540:65540(0) ack 65540 <--  - ",
	"1.110  -            -->   . 65540:65540(0) ack 65541 -->  - ");
	expect_no_finding(*state, "simultaneous_close");
}

/* ---- seen badly -----------------------------------------------------------
 */

static void it_is_certain_in_a_capture_with_holes(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.050  ESTABLISHED  ~~>  P. 1:101(100) ack 1 ~~>  ESTABLISHED ",
	"0.100  -            -->  F. 101:101(0) ack 1 -->  -           ",
	"0.105  -            <--  F. 1:1(0) ack 1     <--  -           ",
	"0.115  -            -->   . 102:102(0) ack 2 -->  -           ",
	"0.120  -            <--   . 2:2(0) ack 102   <--  -           ");
	expect_finding(*state, "simultaneous_close",
	               "{'confidence': 'certain', 'outcome': 'complete'}");
}

static void a_capture_that_begins_at_the_fins_shows_it(void **state)
{
	draw(*state,
	"0.100  -            -->  F. 1:1(0) ack 1   -->    -           ",
	"0.105  -            <--  F. 1:1(0) ack 1   <--    -           ",
	"0.115  -            -->   . 2:2(0) ack 2   -->    -           ",
	"0.120  -            <--   . 2:2(0) ack 2   <--    -           ");
	expect_finding(*state, "simultaneous_close",
	               "{'end': 'both', 'outcome': 'complete'}");
}

static void one_direction_alone_does_not_show_it(void **state)
{
	draw(*state, "seen from A only",
	"0.000  -                                          -           ",
	"0.100  -            -->  F. 1:1(0) ack 1   -->    -           ",
	"0.105  -            <--  F. 1:1(0) ack 1   <--    -           ",
	"0.115  -            -->   . 2:2(0) ack 2   -->    -           ");
	expect_no_finding(*state, "simultaneous_close");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(two_fins_that_cross_are_a_simultaneous_close),
		figure(a_fin_repeated_out_of_closing_does_not_hide_it),
		figure(a_fin_that_did_not_arrive_in_time_is_told_apart),
		figure(a_simultaneous_close_may_end_by_reset_or_not_at_all),
		figure(a_fin_that_covers_the_other_came_second),
		figure(one_fin_is_no_simultaneous_close),
		figure(a_second_life_has_its_own_fins),
		figure(it_is_certain_in_a_capture_with_holes),
		figure(a_capture_that_begins_at_the_fins_shows_it),
		figure(one_direction_alone_does_not_show_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
