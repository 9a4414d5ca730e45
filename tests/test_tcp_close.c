/* The closes that RFC 9293 draws, and their everyday shortcuts. */
#include "figure.h"

/* clang-format off */

/* RFC 9293 section 3.6, Figure 12: normal close, watched from the middle. */
static void a_normal_close_ends_in_time_wait_and_closed(void **state)
{
	draw(*state,
	/*  t      A                                         B            */
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? : fin",
	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  : acks_fin !reacks_fin",
	"0.500  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin !acks_fin",
	"0.530  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : acks_fin");

	expect_fin(*state, SIDE_A, n_sent, 1);
	expect_fin(*state, SIDE_A, covered_peer_fin, false);
	expect_fin(*state, SIDE_B, covered_peer_fin, true);
	expect_fin(*state, SIDE_A, in_state[FIN_WAIT_1], 30 * MS);
	expect_fin(*state, SIDE_A, in_state[FIN_WAIT_2], 370 * MS);
	expect_fin(*state, SIDE_B, in_state[CLOSE_WAIT], 400 * MS);
	expect_fin(*state, SIDE_B, in_state[LAST_ACK], 30 * MS);
	expect_fin(*state, SIDE_A, first_frame, 5);
	expect_fin(*state, SIDE_B, acked_frame, 8);
}

static void the_peer_may_close_in_the_segment_that_acks_the_fin(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin acks_fin",
	"0.140  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");

	expect_fin(*state, SIDE_A, in_state[FIN_WAIT_2], 0);
}

/* RFC 9293 section 3.6, Figure 13. Each ACK covers the peer's FIN only, so
 * neither end proves that its own was acknowledged. */
static void two_fins_that_cross_leave_both_ends_in_time_wait(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.101  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    : fin",
	"0.111  CLOSING      -->   . 2:2(0) ack 2   -->    TIME-WAIT?  : acks_fin",
	"0.121  TIME-WAIT?   <--   . 2:2(0) ack 2   <--    TIME-WAIT?  : acks_fin");

	expect_fin(*state, SIDE_A, covered_peer_fin, false);
	expect_fin(*state, SIDE_B, covered_peer_fin, false);
}

/* RFC 9293 section 3.6, figure 13. A FIN repeated from CLOSING may cover the
 * peer's; which end had closed when is judged by the first one. */
static void a_fin_repeated_from_closing_does_not_look_like_last_ack(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.101  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    ",
	"0.111  CLOSING      -->   . 2:2(0) ack 2   -->    TIME-WAIT?  ",
	"0.320  CLOSING      -->  F. 1:1(0) ack 2   -->    TIME-WAIT?  : fin_copy !acks_fin",
	"0.340  TIME-WAIT?   <--   . 2:2(0) ack 2   <--    TIME-WAIT?  : acks_fin came_now");

	expect_fin(*state, SIDE_A, covered_peer_fin, false);
	expect_fin(*state, SIDE_A, n_sent, 2);
}

/* RFC 9293 section 3.6.1: the other direction stays open. */
static void data_flows_back_through_a_half_closed_connection(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                     ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  FP. 1:11(10) ack 1     -->    CLOSE-WAIT? : fin new_data",
	"0.130  FIN-WAIT-2?  <--   .  1:1(0) ack 12      <--    CLOSE-WAIT  ",
	"0.140  FIN-WAIT-2?  <--   P. 1:1001(1000) ack 12 <--   CLOSE-WAIT  : new_data",
	"0.150  FIN-WAIT-2   -->   .  12:12(0) ack 1001  -->    CLOSE-WAIT  : pure_ack !acks_fin",
	"5.000  TIME-WAIT?   <--  FP. 1001:1501(500) ack 12 <-- LAST-ACK    : fin new_data",
	"5.010  TIME-WAIT    -->   .  12:12(0) ack 1502  -->    CLOSED?     ");

	expect_end(*state, SIDE_A, bytes, 10);
	expect_end(*state, SIDE_B, bytes, 1500);
	expect_fin(*state, SIDE_A, pos, 11);
	expect_fin(*state, SIDE_B, pos, 1501);
}

/* RFC 9293 section 3.10.7.4, eighth step: a FIN counts only when every byte
 * before it has arrived. */
static void a_fin_ahead_of_its_data_waits(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                           ESTABLISHED ",
	"0.100  ESTABLISHED  --X  P. 1:101(100) ack 1           ...   ESTABLISHED ",
	"0.101  FIN-WAIT-1   -->  F. 101:101(0) ack 1           -->   ESTABLISHED : fin ahead",
	"0.121  FIN-WAIT-1   <--   . 1:1(0) ack 1 <sack 101:102> <--  ESTABLISHED : sacks_fin !acks_fin",
	"0.131  FIN-WAIT-1   -->  P. 1:101(100) ack 1           -->   CLOSE-WAIT? : fills_hole !repeat",
	"0.151  FIN-WAIT-2?  <--   . 1:1(0) ack 102             <--   CLOSE-WAIT  : acks_fin");

	expect_end(*state, SIDE_A, missing, 0);
}

/* The data before the FIN passed the tap and was lost behind it: the peer's
 * SACK of the FIN, beyond a hole, says so at once. */
static void a_sacked_fin_has_not_been_taken(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                           ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1           --X   ESTABLISHED ",
	"0.101  FIN-WAIT-1   -->  F. 101:101(0) ack 1           -->   CLOSE-WAIT? : fin !ahead",
	"0.121  FIN-WAIT-1   <--   . 1:1(0) ack 1 <sack 101:102> <--  ESTABLISHED : sacks_fin rolled_back dup_ack",
	"0.131  FIN-WAIT-1   -->  P. 1:101(100) ack 1           -->   CLOSE-WAIT? : repeat",
	"0.151  FIN-WAIT-2?  <--   . 1:1(0) ack 102             <--   CLOSE-WAIT  : acks_fin");
}

/* RFC 9293 section 3.10.4: new sequence space after the own FIN is nothing a
 * TCP sends. */
static void data_beyond_the_own_fin_is_told(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2    <--    CLOSE-WAIT  ",
	"0.200  FIN-WAIT-2?  -->  P. 2:12(10) ack 1  -->    CLOSE-WAIT  : beyond_fin");
}

static void a_second_fin_beyond_the_first_is_told(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2    <--    CLOSE-WAIT  ",
	"0.200  FIN-WAIT-2?  -->  F. 2:12(10) ack 1  -->    CLOSE-WAIT  : beyond_fin !fin !fin_copy");

	expect_fin(*state, SIDE_A, n_sent, 1);
}

/* tcp_retrans_try_collapse(): a retransmission may merge the FIN with the data
 * before it. */
static void a_fin_is_known_by_its_end_not_by_its_start(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                    ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:4(3) ack 1      --X     ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 4:4(0) ack 1      --X     CLOSE-WAIT? : fin",
	"0.310  FIN-WAIT-1   -->  F. 4:4(0) ack 1      --X     CLOSE-WAIT? : fin_copy",
	"0.520  FIN-WAIT-1   -->  FP. 1:4(3) ack 1     -->     CLOSE-WAIT? : fin_copy repeat",
	"0.540  FIN-WAIT-2?  <--   . 1:1(0) ack 5      <--     CLOSE-WAIT  ");

	expect_fin(*state, SIDE_A, n_sent, 3);
	expect_fin(*state, SIDE_A, last_gap, 210 * MS);
	expect_end(*state, SIDE_A, bytes, 3);
}

/* More than once round the sequence space; the FIN is known all the same. */
static void a_close_after_nine_gigabytes_is_a_close(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                             ESTABLISHED ",
	"1.000  ESTABLISHED -->  . 1:1500000001(1500000000) ack 1   --> ESTABLISHED ",
	"1.020  ESTABLISHED <--  . 1:1(0) ack 1500000001            <-- ESTABLISHED ",
	"2.000  ESTABLISHED -->  . 1500000001:3000000001(1500000000) ack 1 --> ESTABLISHED ",
	"2.020  ESTABLISHED <--  . 1:1(0) ack 3000000001            <-- ESTABLISHED ",
	"3.000  ESTABLISHED -->  . 3000000001:4500000001(1500000000) ack 1 --> ESTABLISHED ",
	"3.020  ESTABLISHED <--  . 1:1(0) ack 4500000001            <-- ESTABLISHED ",
	"4.000  ESTABLISHED -->  . 4500000001:6000000001(1500000000) ack 1 --> ESTABLISHED ",
	"4.020  ESTABLISHED <--  . 1:1(0) ack 6000000001            <-- ESTABLISHED ",
	"5.000  ESTABLISHED -->  . 6000000001:7500000001(1500000000) ack 1 --> ESTABLISHED ",
	"5.020  ESTABLISHED <--  . 1:1(0) ack 7500000001            <-- ESTABLISHED ",
	"6.000  FIN-WAIT-1  --> F. 7500000001:9000000001(1500000000) ack 1 --> CLOSE-WAIT? ",
	"6.020  TIME-WAIT?  <-- F. 1:1(0) ack 9000000002            <-- LAST-ACK    ",
	"6.030  TIME-WAIT   -->  . 9000000002:9000000002(0) ack 2   --> CLOSED?     ");
	expect_end(*state, SIDE_A, bytes, 9000000000);
	expect_fin(*state, SIDE_A, pos, 9000000001);
}

static void time_wait_is_over_after_sixty_seconds(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	" 0.140  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"60.139  TIME-WAIT                                  CLOSED?     ",
	"60.140  CLOSED~                                    CLOSED?     : time");

	expect_fin(*state, SIDE_A, in_state[TIME_WAIT], 60 * SECOND + 10 * MS);
}

/* RFC 9293 section 3.10.7.4, eighth step: a FIN copy sets the timer back. */
static void a_repeated_fin_begins_time_wait_anew(void **state)
{
	draw(*state,
	" 0.000  ESTABLISHED                                ESTABLISHED ",
	" 0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	" 0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	" 0.140  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"50.000  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"50.010  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"60.200  TIME-WAIT                                  CLOSED?     ",
	"110.100 CLOSED~                                    CLOSED?     ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		both_figures(a_normal_close_ends_in_time_wait_and_closed),
		both_figures(the_peer_may_close_in_the_segment_that_acks_the_fin),
		both_figures(two_fins_that_cross_leave_both_ends_in_time_wait),
		both_figures(a_fin_repeated_from_closing_does_not_look_like_last_ack),
		both_figures(data_flows_back_through_a_half_closed_connection),
		both_figures(a_fin_ahead_of_its_data_waits),
		both_figures(a_sacked_fin_has_not_been_taken),
		both_figures(data_beyond_the_own_fin_is_told),
		both_figures(a_second_fin_beyond_the_first_is_told),
		both_figures(a_fin_is_known_by_its_end_not_by_its_start),
		model_figure(a_close_after_nine_gigabytes_is_a_close),
		model_figure(time_wait_is_over_after_sixty_seconds),
		model_figure(a_repeated_fin_begins_time_wait_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
