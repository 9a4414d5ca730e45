/* What loss does to a close, and how presumptions are taken back. */
#include "figure.h"

/* clang-format off */

/* TIME_WAIT echoes the first FIN's TSval: that one had arrived (measured in the
 * lab: last_ack_lost_behind). */
static void a_last_ack_lost_behind_the_tap_is_taken_back(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.140  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"0.350  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy ack_lost !may_cross rolled_back",
	"0.360  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : reacks_fin had_arrived");

	/* It was in LAST-ACK all the time. */
	expect_fin(*state, SIDE_B, in_state[LAST_ACK], 230 * MS);
	expect_fin(*state, SIDE_B, in_state[CLOSED], 0);
	expect_fin(*state, SIDE_B, n_sent, 2);
}

static void a_last_ack_lost_before_the_tap_shows_in_the_echo(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.140  TIME-WAIT?   --X   . 2:2(0) ack 2   ...    LAST-ACK    ",
	"0.350  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy !ack_lost !rolled_back",
	"0.360  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : acks_fin had_arrived");
}

static void the_last_fin_lost_behind_the_tap_shows_in_the_echo(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.150  TIME-WAIT?   X--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy",
	"0.360  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : acks_fin came_now");
}

/* The data before the FIN had the same timestamp: a receiver that acknowledges
 * a FIN before it takes over its TSval echoes that of the data (gVisor does). */
static void an_echo_that_data_brought_too_says_nothing_of_the_fin(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1        -->    ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 101:101(0) ack 1        --X    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-1   <--   . 1:1(0) ack 101          <--    CLOSE-WAIT? ",
	"0.320  FIN-WAIT-1   -->  F. 101:101(0) ack 1        -->    CLOSE-WAIT? : fin_copy",
	"0.340  FIN-WAIT-2?  <--   . 1:1(0) ack 102 <ecr 95>  <--   CLOSE-WAIT  : acks_fin !had_arrived came_now");
}

/* The echo of the FIN's own timestamp, which nothing had before. */
static void an_echo_of_the_fin_alone_says_that_it_had_arrived(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.099  ESTABLISHED  -->  P. 1:101(100) ack 1        -->    ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 101:101(0) ack 1        -->    CLOSE-WAIT? ",
	"0.320  FIN-WAIT-1   -->  F. 101:101(0) ack 1        -->    CLOSE-WAIT? : fin_copy",
	"0.340  FIN-WAIT-2?  <--   . 1:1(0) ack 102 <ecr 95>  <--   CLOSE-WAIT  : acks_fin had_arrived");
}

/* A Linux TIME_WAIT numbers no packet, and keeps the echo until the FIN is
 * there: with it the shared timestamp is enough. */
static void the_last_fin_shares_its_time_with_data(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-2?  <--  P. 1:101(100) ack 2        <--    CLOSE-WAIT  ",
	"0.130  TIME-WAIT?   <--  F. 101:101(0) ack 2        <--    LAST-ACK    ",
	"0.350  TIME-WAIT?   <--  F. 101:101(0) ack 2        <--    LAST-ACK    : fin_copy",
	"0.360  TIME-WAIT    -->   . 2:2(0) ack 102 id 0 <ecr 120> --> CLOSED?  : acks_fin had_arrived");
}

static void who_numbers_the_last_ack_may_echo_the_data(void **state)
{
	draw(*state, "not over IPv6",
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-2?  <--  P. 1:101(100) ack 2        <--    CLOSE-WAIT  ",
	"0.130  TIME-WAIT?   X--  F. 101:101(0) ack 2        <--    LAST-ACK    ",
	"0.350  TIME-WAIT?   <--  F. 101:101(0) ack 2        <--    LAST-ACK    : fin_copy",
	"0.360  TIME-WAIT    -->   . 2:2(0) ack 102 id 77 <ecr 120> --> CLOSED? : acks_fin !had_arrived !came_now");
}

/* So may data that was sent again after the first FIN. */
static void who_numbers_the_last_ack_may_echo_what_filled_a_hole(void **state)
{
	draw(*state, "not over IPv6",
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-2?  X--  P. 1:101(100) ack 2        <--    CLOSE-WAIT  ",
	"0.131  TIME-WAIT?   X--  F. 101:101(0) ack 2        <--    LAST-ACK    ",
	"0.350  TIME-WAIT?   <--  P. 1:101(100) ack 2        <--    LAST-ACK    ",
	"0.360  FIN-WAIT-2   -->   . 2:2(0) ack 101          -->    LAST-ACK    ",
	"0.580  TIME-WAIT?   <--  F. 101:101(0) ack 2        <--    LAST-ACK    : fin_copy",
	"0.590  TIME-WAIT    -->   . 2:2(0) ack 102 id 77 <ecr 340> --> CLOSED? : acks_fin !had_arrived !came_now");
}

/* The last data has the FIN, and Linux's tail loss probe sends both again. */
static void a_dsack_of_data_and_fin_is_one_of_the_fin(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                                                   ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  FP. 1:101(100) ack 1                 -->    CLOSE-WAIT? ",
	"0.320  FIN-WAIT-1   -->  FP. 1:101(100) ack 1                 -->    CLOSE-WAIT? : fin_copy",
	"0.340  FIN-WAIT-2?  <--   . 1:1(0) ack 102 <sack 1:102>       <--    CLOSE-WAIT  : acks_fin dsack had_arrived");
}

/* Linux acknowledges a FIN that waited for data before it forgets the SACK
 * block of it: tcp_ofo_queue() calls tcp_fin() before tcp_sack_remove(). That
 * block lies below the ACK, and is no DSACK. */
static void a_sack_of_the_fin_that_is_still_there_is_no_dsack(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                                   ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1                  --X    ESTABLISHED ",
	"0.102  FIN-WAIT-1   -->  F. 101:101(0) ack 1                  --X    CLOSE-WAIT? ",
	"0.320  FIN-WAIT-1   -->  F. 101:101(0) ack 1                  -->    CLOSE-WAIT? : fin_copy",
	"0.340  FIN-WAIT-1   <--   . 1:1(0) ack 1 <sack 101:102>       <--    ESTABLISHED ",
	"0.350  FIN-WAIT-1   -->  P. 1:101(100) ack 1                  -->    CLOSE-WAIT? ",
	"0.370  FIN-WAIT-2?  <--   . 1:1(0) ack 102 <sack 101:102>     <--    CLOSE-WAIT  : acks_fin !had_arrived");
}

/* The same where that SACK was lost before the tap: what it now answers is
 * data. */
static void an_answer_to_data_is_no_dsack_of_the_fin(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                                   ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1                  --X    ESTABLISHED ",
	"0.102  FIN-WAIT-1   -->  F. 101:101(0) ack 1                  --X    CLOSE-WAIT? ",
	"0.320  FIN-WAIT-1   -->  F. 101:101(0) ack 1                  -->    CLOSE-WAIT? : fin_copy",
	"0.340  FIN-WAIT-1   ...   . 1:1(0) ack 1 <sack 101:102>       X--    CLOSE-WAIT? ",
	"0.450  FIN-WAIT-1   -->  P. 1:101(100) ack 1                  -->    CLOSE-WAIT? ",
	"0.470  FIN-WAIT-2?  <--   . 1:1(0) ack 102 <sack 101:102>     <--    CLOSE-WAIT  : acks_fin !had_arrived");
}

/* Without timestamps and DSACK the two are indistinguishable (measured in the
 * lab: last_ack_lost_no_timestamps). */
static void without_timestamps_nobody_knows_which_fin_arrived(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy",
	"0.360  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : acks_fin !had_arrived !came_now");
}

static void the_ack_of_the_first_fin_lost_leads_back_to_fin_wait_1(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  X--   . 1:1(0) ack 2            <--    CLOSE-WAIT  ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT  : fin_copy ack_lost rolled_back",
	"0.330  FIN-WAIT-2?  <--   . 1:1(0) ack 2 <sack 1:2> <--    CLOSE-WAIT  : reacks_fin dsack had_arrived",
	"0.500  TIME-WAIT?   <--  F. 1:1(0) ack 2            <--    LAST-ACK    ",
	"0.510  TIME-WAIT    -->   . 2:2(0) ack 2            -->    CLOSED?     ");

	expect_fin(*state, SIDE_A, in_state[FIN_WAIT_1], 230 * MS);
	expect_fin(*state, SIDE_A, in_state[FIN_WAIT_2], 170 * MS);
}

/* The copy's ACK has no DSACK, so no FIN had arrived before it. */
static void a_fin_lost_behind_the_tap_and_repeated_came_now(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? : fin_copy !ack_lost",
	"0.330  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  : acks_fin came_now");
}

/* The peer speaks, and does not acknowledge what it must have had by then. */
static void a_peer_that_goes_on_without_acking_has_no_fin(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    --X    CLOSE-WAIT? ",
	"0.200  FIN-WAIT-1   <--  P. 1:11(10) ack 1  <--    ESTABLISHED : rolled_back",
	"0.210  FIN-WAIT-1   -->   . 2:2(0) ack 11   -->    ESTABLISHED ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 11   -->    CLOSE-WAIT? : fin_copy",
	"0.330  FIN-WAIT-2?  <--   . 11:11(0) ack 2  <--    CLOSE-WAIT  : acks_fin");
}

/* Sent before the FIN can have arrived: 15 ms behind a FIN that needs 20 ms
 * there and back. */
static void data_that_crosses_a_fin_takes_nothing_back(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.115  FIN-WAIT-1   <--  P. 1:11(10) ack 1  <--    CLOSE-WAIT? : !rolled_back",
	"0.120  FIN-WAIT-2?  <--   . 11:11(0) ack 2  <--    CLOSE-WAIT  ");
}

/* The ACK was 5 ms ahead of the copy, B is 20 ms away. */
static void a_fin_copy_that_crosses_its_ack_proves_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.345  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"0.350  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    CLOSED?     : fin_copy may_cross !ack_lost !rolled_back",
	"0.360  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : reacks_fin");
}

/* One tick more than the round trip of 20 ms and the 1 ms on top. */
static void a_fin_copy_after_the_round_trip_proves_the_loss(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.328  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"0.350  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy !may_cross ack_lost rolled_back");
}

/* An RTT that is not known counts as 200 ms: conn_crossing(). */
static void without_a_round_trip_crossing_takes_two_tenths(void **state)
{
	draw(*state,
	"0.100  FIN-WAIT-1?  -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.300  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    ");

	draw(*state,
	"0.100  FIN-WAIT-1?  -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.302  CLOSING?     <--  F. 1:1(0) ack 1   <--    FIN-WAIT-1  : rolled_back");
}

static void both_fins_lost_in_turn_are_repaired(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.200  CLOSING?     X--  F. 1:1(0) ack 1   <--    FIN-WAIT-1  : rolled_back",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSING?    : fin_copy rolled_back",
	"0.330  FIN-WAIT-2?  <--   . 2:2(0) ack 2   <--    CLOSING     : acks_fin",
	"0.410  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    CLOSING     : fin_copy",
	"0.420  TIME-WAIT?   -->   . 2:2(0) ack 2   -->    TIME-WAIT?  : acks_fin came_now");
}

/* B's FIN took the ACK of A's FIN along and was lost. Both send again at once,
 * and B's copy is there first: A, whose copy was already on its way, then
 * acknowledges a FIN that nobody sent without the ACK of A's. */
static void an_ack_of_the_peers_fin_proves_the_ack_that_it_carried(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   X--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy",
	"0.3800 FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    LAST-ACK    : fin_copy ack_lost",
	"0.3801 TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     : acks_fin");
}

/* Neither the ACK of A's FIN nor B's FIN, which carries it again, arrived:
 * A's copy acknowledges neither. */
static void a_fin_copy_may_take_back_two_presumptions(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  X--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.130  TIME-WAIT?   X--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    LAST-ACK     : fin_copy ack_lost rolled_back",
	"0.330  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK     : fin_copy reacks_fin",
	"0.340  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?      : acks_fin");
	expect_fin(*state, SIDE_A, in_state[FIN_WAIT_1], 230 * MS);
	expect_fin(*state, SIDE_A, in_state[FIN_WAIT_2], 0);
}

/* The last ACK of a simultaneous close may be lost, too. */
static void an_ack_lost_after_fins_crossed_leads_back_to_closing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.101  CLOSING?     <--  F. 1:1(0) ack 1   <--    CLOSING?    ",
	"0.111  CLOSING      -->   . 2:2(0) ack 2   --X    TIME-WAIT?  ",
	"0.121  TIME-WAIT?   <--   . 2:2(0) ack 2   <--    TIME-WAIT?  ",
	"0.320  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    CLOSING      : fin_copy ack_lost rolled_back",
	"0.330  TIME-WAIT?   -->   . 2:2(0) ack 2   -->    TIME-WAIT?   : reacks_fin had_arrived");
}

/* A's copy and B's FIN, which acknowledges the first, cross. */
static void a_fin_copy_that_crosses_the_peers_fin_proves_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.310  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK?   ",
	"0.315  TIME-WAIT?   -->  F. 1:1(0) ack 1   -->    LAST-ACK?    : fin_copy may_cross !ack_lost !rolled_back",
	"0.320  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");
}

/* B's first FIN may have been lost before the tap, and have crossed A's: this
 * one comes late enough to be its copy. */
static void a_late_fin_may_be_a_copy_of_one_that_was_lost(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.300  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK?   ",
	"0.310  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");
}

/* The tap stands beside A: to B and back takes 200 ms, so what comes 150 ms
 * after an ACK was sent before it arrived. */
static void crossing_is_measured_by_the_far_sides_round_trip(void **state)
{
	draw(*state, "rtt A 2 ms, B 200 ms",
	"0.000  SYN-SENT     -->  S  0:0(0)         -->    UNKNOWN     ",
	"0.200  ESTABLISHED? <--  S. 0:0(0) ack 1   <--    SYN-RECEIVED",
	"0.202  ESTABLISHED  -->   . 1:1(0) ack 1   -->    ESTABLISHED?",
	"1.000  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"1.200  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"1.202  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"1.352  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    CLOSED?      : may_cross !ack_lost",
	"1.354  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"1.700  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK     : fin_copy ack_lost !may_cross");
	expect_end(*state, SIDE_A, rtt, 2 * MS);
	expect_end(*state, SIDE_B, rtt, 200 * MS);
}

/* Two copies, two lost ACKs: the end goes back each time. */
static void a_last_ack_may_be_lost_twice(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"0.330  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK     : ack_lost rolled_back",
	"0.340  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"0.750  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK     : ack_lost rolled_back",
	"0.760  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?      : reacks_fin had_arrived");
	expect_fin(*state, SIDE_B, n_sent, 3);
	expect_fin(*state, SIDE_B, in_state[LAST_ACK], 640 * MS);
}

/* The second ACK is still in flight when the third copy passes. */
static void a_copy_that_crosses_the_second_ack_takes_nothing_back(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2   --X    CLOSED?     ",
	"0.330  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK     : ack_lost",
	"0.540  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"0.545  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    CLOSED?      : fin_copy ack_lost may_cross !rolled_back");
}

/* RFC 9293 section 3.8.1: the handshake's ACK lost, SYN+ACK sent again. */
static void a_syn_ack_sent_again_leads_back_to_syn_received(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN      ",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1    <--    SYN-RECEIVED ",
	"0.030  ESTABLISHED  -->   . 1:1(0) ack 1    --X    ESTABLISHED? ",
	"1.020  ESTABLISHED  <--  S. 0:0(0) ack 1    <--    SYN-RECEIVED : syn_copy rolled_back",
	"1.030  ESTABLISHED  -->   . 1:1(0) ack 1    -->    ESTABLISHED? ");

	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN      ",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1    <--    SYN-RECEIVED ",
	"1.015  ESTABLISHED  -->   . 1:1(0) ack 1    -->    ESTABLISHED? ",
	"1.020  ESTABLISHED  <--  S. 0:0(0) ack 1    <--    ESTABLISHED? : syn_copy !rolled_back");
}

/* Silence for one and a half times the gap that was next. */
static void an_end_that_repeats_its_fin_in_vain_gives_up(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.520  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.940  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"2.190  FIN-WAIT-1                                 CLOSE-WAIT? ",
	"4.000  CLOSED~                                    CLOSE-WAIT? : time");
}

static void an_end_that_was_thought_to_have_given_up_may_go_on(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"2.000  CLOSED~                                    CLOSE-WAIT? ",
	"3.000  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? : fin_copy rolled_back");
}

static void a_last_ack_end_thought_to_have_given_up_may_go_on(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.350  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"2.000  TIME-WAIT?                                 CLOSED~     ",
	"3.000  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    : fin_copy rolled_back",
	"3.010  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		both_figures(a_last_ack_lost_behind_the_tap_is_taken_back),
		both_figures(a_last_ack_lost_before_the_tap_shows_in_the_echo),
		both_figures(the_last_fin_lost_behind_the_tap_shows_in_the_echo),
		both_figures(an_echo_that_data_brought_too_says_nothing_of_the_fin),
		both_figures(an_echo_of_the_fin_alone_says_that_it_had_arrived),
		both_figures(the_last_fin_shares_its_time_with_data),
		both_figures(who_numbers_the_last_ack_may_echo_the_data),
		both_figures(a_dsack_of_data_and_fin_is_one_of_the_fin),
		both_figures(an_answer_to_data_is_no_dsack_of_the_fin),
		both_figures(a_sack_of_the_fin_that_is_still_there_is_no_dsack),
		both_figures(who_numbers_the_last_ack_may_echo_what_filled_a_hole),
		both_figures(without_timestamps_nobody_knows_which_fin_arrived),
		both_figures(the_ack_of_the_first_fin_lost_leads_back_to_fin_wait_1),
		both_figures(a_fin_lost_behind_the_tap_and_repeated_came_now),
		both_figures(a_peer_that_goes_on_without_acking_has_no_fin),
		both_figures(data_that_crosses_a_fin_takes_nothing_back),
		both_figures(a_fin_copy_that_crosses_its_ack_proves_nothing),
		both_figures(a_fin_copy_after_the_round_trip_proves_the_loss),
		both_figures(without_a_round_trip_crossing_takes_two_tenths),
		both_figures(both_fins_lost_in_turn_are_repaired),
		both_figures(an_ack_of_the_peers_fin_proves_the_ack_that_it_carried),
		both_figures(a_fin_copy_may_take_back_two_presumptions),
		both_figures(an_ack_lost_after_fins_crossed_leads_back_to_closing),
		both_figures(a_fin_copy_that_crosses_the_peers_fin_proves_nothing),
		both_figures(a_late_fin_may_be_a_copy_of_one_that_was_lost),
		both_figures(crossing_is_measured_by_the_far_sides_round_trip),
		both_figures(a_last_ack_may_be_lost_twice),
		both_figures(a_copy_that_crosses_the_second_ack_takes_nothing_back),
		both_figures(a_syn_ack_sent_again_leads_back_to_syn_received),
		both_figures(an_end_that_repeats_its_fin_in_vain_gives_up),
		both_figures(an_end_that_was_thought_to_have_given_up_may_go_on),
		both_figures(a_last_ack_end_thought_to_have_given_up_may_go_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
