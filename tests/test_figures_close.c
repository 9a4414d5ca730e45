/* What users get of the closes that RFC 9293 draws. */
#include "figure.h"

/* clang-format off */

/* RFC 9293 section 3.6, Figure 12: normal close, watched from the middle. */
static void a_normal_close_is_complete_and_makes_no_finding(void **state)
{
	draw(*state,
	/*  t      A                                         B            */
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? : fin",
	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  : acks_fin !reacks_fin",
	"0.500  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin !acks_fin",
	"0.530  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : acks_fin");

	expect_close(*state, "{'kind': 'fin', 'closed_first': 'client', "
	                     "'complete': true, 'conn_state': 'SF', "
	                     "'end_reason': 'end_of_capture', "
	                     "'duration_us': 430000, 'history': 'ShAaFf'}");
	expect_connection(*state,
	                  "{'first_frame': 1, 'last_frame': 8, "
	                  "'rtt_client_us': 10000, 'rtt_server_us': 20000, "
	                  "'client': {'state': 'time_wait', 'fin_sent': 1, "
	                  "'state_grade': 'certain'}, "
	                  "'server': {'state': 'closed', "
	                  "'state_grade': 'presumed', "
	                  "'time_in_close_wait_us': 400000}, "
	                  "'capture_loss': false}");
	expect_no_findings(*state);
}

static void a_last_ack_lost_behind_the_tap_is_found(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.140  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"0.350  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy ack_lost !may_cross rolled_back",
	"0.360  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : reacks_fin had_arrived");

	expect_finding(*state, "lost_final_ack",
	               "{'end': 'server', 'outcome': 'recovered', "
	               "'confidence': 'certain', "
	               "'lost_final_ack': {'lost': 'behind_tap', "
	               "'ack_frame': 7}}");
	expect_n_findings(*state, "lost_final_ack", 1);
	expect_no_finding(*state, "stale_rst");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_normal_close_is_complete_and_makes_no_finding),
		figure(a_last_ack_lost_behind_the_tap_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
