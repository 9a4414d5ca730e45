/* What users get of the ways in which a connection may end. */
#include "figure.h"

/* clang-format off */

/* RFC 9293 section 3.6, Figure 12: normal close, watched from the middle. */
static void a_normal_close_is_complete_and_makes_no_finding(void **state)
{
	draw(*state,
	/*  t      A                                         B            */
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.500  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.530  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");

	expect_close(*state,
	"{'kind': 'fin', 'closed_first': 'client', 'complete': true,"
	" 'conn_state': 'SF', 'history': 'ShAaFf', 'reset_by': null,"
	" 'end_reason': 'end_of_capture', 'duration_us': 430000}");
	expect_connection(*state,
	"{'first_frame': 1, 'last_frame': 8, 'capture_loss': false,"
	" 'rtt_client_us': 10000, 'rtt_server_us': 20000, 'vantage': 'middle',"
	" 'client': {'state': 'time_wait', 'state_grade': 'certain',"
	"            'fin_sent': 1, 'fin_retransmits': 0,"
	"            'time_in_fin_wait_1_us': 30000,"
	"            'time_in_fin_wait_2_us': 370000},"
	" 'server': {'state': 'closed', 'state_grade': 'presumed',"
	"            'time_in_close_wait_us': 400000,"
	"            'time_in_last_ack_us': 30000}}");
	expect_no_findings(*state);
}

static void the_server_may_close_first(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  CLOSE-WAIT?  <--  F. 1:1(0) ack 1   <--    FIN-WAIT-1  ",
	"0.110  LAST-ACK     -->  F. 1:1(0) ack 2   -->    TIME-WAIT?  ",
	"0.130  CLOSED?      <--   . 2:2(0) ack 2   <--    TIME-WAIT   ");

	expect_close(*state,
	"{'kind': 'fin', 'closed_first': 'server', 'complete': true,"
	" 'conn_state': 'SF'}");
	expect_no_findings(*state);
}

static void two_fins_that_cross_close_both_first(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.101  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    ",
	"0.111  CLOSING      -->   . 2:2(0) ack 2   -->    TIME-WAIT?  ",
	"0.121  TIME-WAIT?   <--   . 2:2(0) ack 2   <--    TIME-WAIT?  ");

	expect_close(*state,
	"{'kind': 'fin', 'closed_first': 'both', 'complete': true}");
	expect_no_finding(*state, "fin_retransmission");
	expect_no_finding(*state, "lost_final_ack");
}

static void a_half_closed_connection_is_open_on_one_side(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ");

	expect_close(*state,
	"{'kind': 'fin', 'closed_first': 'client', 'complete': false,"
	" 'conn_state': 'S2'}");
	expect_no_findings(*state);
}

static void an_aborted_connection_was_reset(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  CLOSED       -->  R. 1:1(0) ack 1   -->    CLOSED?     ");

	expect_close(*state,
	"{'kind': 'reset', 'closed_first': null, 'complete': false,"
	" 'reset_by': 'client', 'conn_state': 'RSTO'}");
}

static void an_rst_of_the_server_is_told_from_the_clients(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  CLOSED?      <--  R. 1:1(0) ack 1   <--    CLOSED      ");

	expect_close(*state,
	"{'kind': 'reset', 'reset_by': 'server', 'conn_state': 'RSTR'}");
}

static void a_syn_answered_by_rst_was_refused(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)         -->    UNKNOWN     ",
	"0.020  CLOSED?      <--  R. =0:0(0) ack 1  <--    CLOSED      ");

	expect_close(*state, "{'kind': 'refused', 'conn_state': 'REJ'}");
	expect_no_findings(*state);
}

static void a_syn_without_an_answer_is_unanswered(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)         --X    UNKNOWN     ",
	"1.000  SYN-SENT     -->  S  0:0(0)         --X    UNKNOWN     : syn_copy",
	"3.000  SYN-SENT     -->  S  0:0(0)         --X    UNKNOWN     : syn_copy");

	expect_close(*state, "{'kind': 'unanswered', 'conn_state': 'S0'}");
	expect_no_findings(*state);
}

static void a_connection_that_nobody_closed_is_open(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                  ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1   -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 101     <--  ESTABLISHED ");

	expect_close(*state,
	"{'kind': 'open', 'closed_first': null, 'conn_state': 'S1',"
	" 'history': 'ShAaD'}");
	expect_connection(*state,
	"{'client': {'bytes': 100, 'state': 'established'}}");
	expect_no_findings(*state);
}

static void bytes_that_the_capture_missed_are_said(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                  ESTABLISHED ",
	"0.100  ESTABLISHED  ~~>  P. 1:101(100) ack 1   ~~>  ESTABLISHED ",
	"0.120  -            <--   . 1:1(0) ack 101     <--  -           ",
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 1   -->  CLOSE-WAIT? ",
	"0.220  TIME-WAIT?   <--  F. 1:1(0) ack 102     <--  LAST-ACK    ",
	"0.230  TIME-WAIT    -->   . 102:102(0) ack 2   -->  CLOSED?     ");

	expect_connection(*state,
	"{'capture_loss': true, 'client': {'missing_bytes': 100}}");
	expect_no_findings(*state);
}

static void a_capture_of_one_direction_is_one_sided(void **state)
{
	draw(*state, "seen from A only",
	"0.000  ESTABLISHED?                               ESTABLISHED? ",
	"0.100  FIN-WAIT-1?  -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT?  ",
	"0.120  FIN-WAIT-1?  <--  F. 1:1(0) ack 2   <--    CLOSE-WAIT?  ",
	"0.130  FIN-WAIT-1?  -->   . 2:2(0) ack 2   -->    CLOSE-WAIT?  ");

	expect_connection(*state,
	"{'vantage': 'one_sided', 'capture_loss': true}");
	expect_no_findings(*state);
}

/* Middleboxes inject RSTs; the ends go on. */
static void an_rst_that_both_ends_survive_closes_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                     ESTABLISHED ",
	"0.100  CLOSED?      -->  R. 1:1(0) ack 1 ttl 50   -->  CLOSED?     ",
	"0.200  ESTABLISHED  -->  P. 1:11(10) ack 1        -->  CLOSED?     ",
	"0.220  ESTABLISHED  <--   . 1:1(0) ack 11         <--  ESTABLISHED ",
	"0.300  FIN-WAIT-1   -->  F. 11:11(0) ack 1        -->  CLOSE-WAIT? ",
	"0.320  TIME-WAIT?   <--  F. 1:1(0) ack 12         <--  LAST-ACK    ",
	"0.330  TIME-WAIT    -->   . 12:12(0) ack 2        -->  CLOSED?     ");

	expect_close(*state,
	"{'kind': 'fin', 'closed_first': 'client', 'complete': true,"
	" 'reset_by': null, 'conn_state': 'SF'}");
}

static void a_quiet_connection_times_out(void **state)
{
	draw(*state,
	"0.000    ESTABLISHED                                ESTABLISHED ",
	"0.100    ESTABLISHED  -->   . 1:1(0) ack 1   -->    ESTABLISHED ",
	"3603.0   ESTABLISHED                                ESTABLISHED ");

	expect_close(*state, "{'kind': 'open', 'end_reason': 'idle_timeout'}");
}

static void a_closed_connection_is_over_after_a_minute(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"63.00  TIME-WAIT                                  CLOSED?     ");

	expect_close(*state, "{'kind': 'fin', 'end_reason': 'closed'}");
	expect_connection(*state,
	"{'client': {'state': 'time_wait'}, 'ended': '2023-11-14T22:13:20.130000000Z'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_normal_close_is_complete_and_makes_no_finding),
		figure(the_server_may_close_first),
		figure(two_fins_that_cross_close_both_first),
		figure(a_half_closed_connection_is_open_on_one_side),
		figure(an_aborted_connection_was_reset),
		figure(an_rst_of_the_server_is_told_from_the_clients),
		figure(a_syn_answered_by_rst_was_refused),
		figure(a_syn_without_an_answer_is_unanswered),
		figure(a_connection_that_nobody_closed_is_open),
		figure(bytes_that_the_capture_missed_are_said),
		figure(a_capture_of_one_direction_is_one_sided),
		figure(an_rst_that_both_ends_survive_closes_nothing),
		figure(a_quiet_connection_times_out),
		figure(a_closed_connection_is_over_after_a_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
