/* time_wait_missing: an end that knows nothing of its own TIME-WAIT. */
#include "figure.h"

/* clang-format off */

/* Frames 5 to 7; the last ACK passes, and is lost behind the tap. */
#define LAST_ACK_LOST                                                          \
	"0.000  ESTABLISHED                                ESTABLISHED ",      \
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",      \
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",      \
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     "

static void a_fin_copy_that_is_reset_finds_no_time_wait(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy ack_lost",
	"0.350  CLOSED       -->  R  2:2(0)         -->    CLOSED?     : plain exact accepted");

	expect_n_findings(*state, "time_wait_missing", 1);
	expect_finding(*state, "time_wait_missing",
	"{'end': 'client', 'outcome': 'reset', 'severity': 'warning',"
	" 'confidence': 'likely', 'count': 1, 'frames': [7, 8, 9],"
	" 'message': 'the client acknowledged the FIN of the server, but 0.21 s"
	" later answered a copy of it with an RST: it holds no TIME-WAIT, and the"
	" other end was reset',"
	" 'time_wait_missing': {'ack_frame': 7, 'time_wait_age_us': 210000}}");
	expect_finding(*state, "lost_final_ack", "{'end': 'server', 'outcome': 'reset'}");
	expect_no_finding(*state, "time_wait_assassination");
}

static void a_server_that_closes_first_can_lack_it_too(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  CLOSE-WAIT?  <--  F. 1:1(0) ack 1   <--    FIN-WAIT-1  ",
	"0.120  LAST-ACK     -->  F. 1:1(0) ack 2   -->    TIME-WAIT?  ",
	"0.140  CLOSED?      X--   . 2:2(0) ack 2   <--    TIME-WAIT   ",
	"0.340  LAST-ACK     -->  F. 1:1(0) ack 2   -->    TIME-WAIT   ",
	"0.360  CLOSED?      <--  R  2:2(0)         <--    CLOSED      ");

	expect_finding(*state, "time_wait_missing", "{'end': 'server', 'outcome': 'reset'}");
}

/* The host restarted while TIME-WAIT answered. */
static void time_wait_may_go_missing_later(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"0.780  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.790  CLOSED       -->  R  2:2(0)         -->    CLOSED?     ");

	expect_finding(*state, "time_wait_missing",
	"{'frames': [9, 10, 11], 'time_wait_missing': {'ack_frame': 9, 'time_wait_age_us': 430000}}");
}

/* The RST is lost as well: one trouble, not two. */
static void an_rst_that_is_lost_is_counted(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  CLOSED       -->  R  2:2(0)         --X    -           ",
	"0.780  CLOSED       <--  F. 1:1(0) ack 2   <--    -           ",
	"0.790  CLOSED       -->  R  2:2(0)         -->    -           ");

	expect_n_findings(*state, "time_wait_missing", 1);
	expect_finding(*state, "time_wait_missing",
	"{'count': 2, 'frames': [7, 8, 9, 10, 11], 'outcome': 'reset'}");
}

static void another_hop_count_makes_it_possible(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.341  -            -->  R  2:2(0) ttl 200 -->    -           ");

	expect_finding(*state, "time_wait_missing", "{'confidence': 'possible'}");
}

static void a_late_capture_lowers_the_grade(void **state)
{
	draw(*state,
	"0.100  FIN-WAIT-1?  -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  CLOSED       -->  R  2:2(0)         -->    CLOSED?     ");

	expect_finding(*state, "time_wait_missing", "{'confidence': 'possible'}");
}

/* ---- what is none --------------------------------------------------------- */

static void a_copy_that_is_acknowledged_found_it(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");

	expect_no_finding(*state, "time_wait_missing");
}

/* The RST came from elsewhere: TIME-WAIT answers on. */
static void an_end_that_answers_on_has_it(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.341  -            -->  R  2:2(0)         --X    -           ",
	"0.780  -            <--  F. 1:1(0) ack 2   <--    -           ",
	"0.790  -            -->   . 2:2(0) ack 2   -->    -            : reacks_fin");

	expect_no_finding(*state, "time_wait_missing");
}

/* Its 60 s are over: an RST is in order. */
static void a_copy_after_a_minute_finds_it_over(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"59.000 TIME-WAIT                                  -           ",
	"61.000 -            <--  F. 1:1(0) ack 2   <--    -           ",
	"61.010 -            -->  R  2:2(0)         -->    -           ");

	expect_no_finding(*state, "time_wait_missing");
}

/* FIN-WAIT-2 timed out: that is another trouble (fin_wait_2_timeout). */
static void a_first_fin_that_is_reset_is_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"9.000  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"9.010  CLOSED       -->  R  2:2(0)         -->    CLOSED?     ");

	expect_no_finding(*state, "time_wait_missing");
}

/* Nor was a copy of it acknowledged before. */
static void a_copy_of_a_fin_that_was_never_acknowledged_is_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"9.000  -            X--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"9.220  -            <--  F. 1:1(0) ack 2   <--    LAST-ACK     : fin_copy",
	"9.230  CLOSED       -->  R  2:2(0)         -->    CLOSED?     ");

	expect_no_finding(*state, "time_wait_missing");
}

/* The late ACK's RST comes from the other end (measured in the lab:
 * last_ack_late). */
static void an_rst_of_the_closed_end_is_none(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"0.550  CLOSED?      <--  R  2:2(0)         <--    CLOSED      ");

	expect_no_finding(*state, "time_wait_missing");
	expect_finding(*state, "time_wait_assassination", "{'end': 'client'}");
}

/* An abort is no answer to a FIN. */
static void an_abort_is_none(void **state)
{
	draw(*state, LAST_ACK_LOST,
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  CLOSED       -->  R. 2:2(0) ack 2   -->    CLOSED?      : abort");

	expect_no_finding(*state, "time_wait_missing");
}

/* Nobody saw whether the FIN was acknowledged. */
static void one_direction_says_nothing(void **state)
{
	draw(*state, "seen from B only",
	"0.000  -                                          -           ",
	"0.100  -            -->  F. 1:1(0) ack 1   -->    -           ",
	"0.120  -            <--  F. 1:1(0) ack 2   <--    -           ",
	"0.130  -            -->   . 2:2(0) ack 2   --X    -           ",
	"0.340  -            <--  F. 1:1(0) ack 2   <--    -           ",
	"0.350  -            -->  R  2:2(0)         -->    -           ");

	expect_no_finding(*state, "time_wait_missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_fin_copy_that_is_reset_finds_no_time_wait),
		figure(a_server_that_closes_first_can_lack_it_too),
		figure(time_wait_may_go_missing_later),
		figure(an_rst_that_is_lost_is_counted),
		figure(another_hop_count_makes_it_possible),
		figure(a_late_capture_lowers_the_grade),
		figure(a_copy_that_is_acknowledged_found_it),
		figure(an_end_that_answers_on_has_it),
		figure(a_copy_after_a_minute_finds_it_over),
		figure(a_first_fin_that_is_reset_is_none),
		figure(a_copy_of_a_fin_that_was_never_acknowledged_is_none),
		figure(an_rst_of_the_closed_end_is_none),
		figure(an_abort_is_none),
		figure(one_direction_says_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
