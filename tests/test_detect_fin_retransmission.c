/* Why an end sent its FIN again, and how sure that is. */
#include "figure.h"

/* clang-format off */

/* The ACK passed the tap a fifth of a second before the copy, twenty round
 * trips. It may have been as late as that. */
static void an_ack_that_had_to_be_there_was_likely_lost(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  X--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT   : ack_lost",
	"0.330  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'confidence': 'certain', 'outcome': 'acked', "
	" 'frames': [5, 6, 7, 8], 'fin_retransmission': "
	"{'cause': 'ack_lost', 'cause_confidence': 'likely', 'copies': 1}}");
}

/* An ACK so late is none. */
static void an_ack_that_two_copies_miss_was_lost(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  X--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT   : ack_lost",
	"0.330  FIN-WAIT-2?  X--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.730  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT   : ack_lost",
	"0.750  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ");

	expect_finding(*state, "fin_retransmission",
	"{'fin_retransmission': "
	"{'cause': 'ack_lost', 'cause_confidence': 'certain', 'copies': 2}}");
}

/* B's FIN acknowledges A's and takes 0.2 s behind the tap: A sends its FIN
 * again, and then acknowledges a FIN that was sent once. So it came. */
static void a_fin_that_came_after_all_brought_its_ack(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2            <--    LAST-ACK    ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1 <ecr 0>    -->    LAST-ACK     : ack_lost",
	"0.321  TIME-WAIT    -->   . 2:2(0) ack 2 <ecr 110>  -->    CLOSED?     ",
	"0.330  TIME-WAIT    <--   . 2:2(0) ack 2            <--    -           ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'frames': [5, 6, 7, 8, 9], 'fin_retransmission': "
	"{'cause': 'spurious', 'cause_confidence': 'certain', 'copies': 1}}");
	expect_no_finding(*state, "lost_final_ack");
}

/* The same, but B sends its FIN again, too: which of them A acknowledges
 * nobody can tell. */
static void a_fin_that_was_sent_twice_proves_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   X--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    LAST-ACK     : ack_lost",
	"0.340  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK     : fin_copy",
	"0.350  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': {'cause': 'ack_lost'}}");
}

/* Only the answer to the copy says that the FIN came now. */
static void a_fin_that_was_lost_is_sent_again(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT?  : fin_copy",
	"0.330  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT   : came_now");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'severity': 'info', 'outcome': 'acked', "
	" 'fin_retransmission': {'cause': 'fin_lost', 'gaps_us': [210000]}}");
}

/* The same where the peer closes at once: its FIN brings the first ACK, and
 * that came in time. */
static void a_fin_that_answers_the_copy_was_not_late(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   --X    CLOSE-WAIT? ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT?  : fin_copy",
	"0.330  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK?    : came_now",
	"0.340  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': "
	"{'cause': 'fin_lost', 'cause_confidence': 'likely'}}");
}

/* B answers the data that A sends after all with RST, not an ACK: it says
 * nothing of how many ACKs it had. */
static void an_rst_that_answers_data_tells_of_no_ack(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-1   ...   . 1:1(0) ack 2            X--    CLOSE-WAIT? ",
	"0.320  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT?  : fin_copy",
	"0.340  FIN-WAIT-2?  <--   . 1:1(0) ack 2 <sack 1:2> <--    CLOSE-WAIT   : had_arrived",
	"0.500  FIN-WAIT-2?  <--  P. 1:101(100) ack 2        <--    CLOSE-WAIT   : late_data",
	"0.510  CLOSED       -->  R  2:2(0)                  -->    CLOSED?     ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': "
	"{'cause': 'ack_lost', 'cause_confidence': 'certain', 'copies': 1}}");
}

/* B holds the FIN back: it lacks the data before it, and says so once, before
 * there is a copy. */
static void a_duplicate_ack_before_the_copy_tells_of_the_hole(void **state)
{
	draw(*state, "no sack",
	"0.000  ESTABLISHED                                   ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1  --X    ESTABLISHED ",
	"0.102  FIN-WAIT-1   -->  F. 101:101(0) ack 1  -->    CLOSE-WAIT? ",
	"0.124  FIN-WAIT-1   <--   . 1:1(0) ack 1      <--    ESTABLISHED  : dup_ack",
	"0.312  FIN-WAIT-1   -->  FP. 1:101(100) ack 1 -->    CLOSE-WAIT?  : fin_copy",
	"0.332  FIN-WAIT-2?  <--   . 1:1(0) ack 102    <--    CLOSE-WAIT  ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': "
	"{'cause': 'behind_hole', 'cause_confidence': 'certain', 'copies': 1}}");
}

/* The data was lost before the tap already: the FIN passes behind a hole, and
 * comes again with what fills it. */
static void a_fin_that_passes_behind_a_hole_waits_there(void **state)
{
	draw(*state, "no sack",
	"0.000  ESTABLISHED                                    ESTABLISHED ",
	"0.100  ESTABLISHED  --X  P. 1:101(100) ack 1  ...     ESTABLISHED ",
	"0.102  FIN-WAIT-1   -->  F. 101:101(0) ack 1  -->     ESTABLISHED  : ahead",
	"0.312  FIN-WAIT-1   -->  FP. 1:101(100) ack 1 -->     CLOSE-WAIT?  : fin_copy fills_hole",
	"0.332  FIN-WAIT-2?  <--   . 1:1(0) ack 102    <--     CLOSE-WAIT  ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': "
	"{'cause': 'behind_hole', 'cause_confidence': 'likely', 'copies': 1}}");
}

/* The hole was closed, and the ACK of that says that only the FIN is missing
 * now. */
static void a_hole_that_was_closed_is_not_why(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1           --X    ESTABLISHED ",
	"0.101  ESTABLISHED  -->  P. 101:201(100) ack 1         -->    ESTABLISHED ",
	"0.102  FIN-WAIT-1   -->  F. 201:201(0) ack 1           --X    CLOSE-WAIT? ",
	"0.121  FIN-WAIT-1   <--   . 1:1(0) ack 1 <sack 101:201> <--   CLOSE-WAIT?  : dup_ack",
	"0.131  FIN-WAIT-1   -->  P. 1:101(100) ack 1           -->    CLOSE-WAIT? ",
	"0.151  FIN-WAIT-1   <--   . 1:1(0) ack 201             <--    ESTABLISHED ",
	"0.400  FIN-WAIT-1   -->  F. 201:201(0) ack 1           -->    CLOSE-WAIT?  : fin_copy",
	"0.420  FIN-WAIT-2?  <--   . 1:1(0) ack 202             <--    CLOSE-WAIT   : came_now");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': {'cause': 'fin_lost'}}");
}

/* An ACK that repeats an older one was on its way when the FIN passed: it is
 * of what came before. */
static void a_duplicate_ack_that_crosses_the_fin_tells_of_no_hole(void **state)
{
	draw(*state, "no sack",
	"0.000  ESTABLISHED                                   ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1  -->    ESTABLISHED ",
	"0.102  FIN-WAIT-1   -->  F. 101:101(0) ack 1  --X    CLOSE-WAIT? ",
	"0.110  FIN-WAIT-1   <--   . 1:1(0) ack 1      <--    CLOSE-WAIT?  : dup_ack",
	"0.312  FIN-WAIT-1   -->  F. 101:101(0) ack 1  -->    CLOSE-WAIT?  : fin_copy",
	"0.332  FIN-WAIT-2?  <--   . 1:1(0) ack 102    <--    CLOSE-WAIT  ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': {'cause': 'unknown'}}");
}

/* The copy comes long before B's delayed ACK is due. */
static void a_copy_sooner_than_a_delayed_ack_is_spurious(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-1   -->  F. 1:1(0) ack 1            -->    CLOSE-WAIT?  : fin_copy",
	"0.150  FIN-WAIT-2?  <--   . 1:1(0) ack 2 <sack 1:2> <--    CLOSE-WAIT   : had_arrived");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': "
	"{'cause': 'spurious', 'cause_confidence': 'likely', 'copies': 1}}");
}

/* An end that closed before its peer acknowledges the peer's FIN at once. */
static void who_closed_first_delays_no_ack(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.050  CLOSE-WAIT?  <--  F. 1:1(0) ack 1   <--    FIN-WAIT-1  ",
	"0.060  LAST-ACK     -->  F. 1:1(0) ack 2   -->    TIME-WAIT?  ",
	"0.080  LAST-ACK     ...   . 2:2(0) ack 2   X--    TIME-WAIT?  ",
	"0.090  LAST-ACK     -->  F. 1:1(0) ack 2   -->    TIME-WAIT?   : fin_copy",
	"0.110  CLOSED?      <--   . 2:2(0) ack 2   <--    TIME-WAIT    : had_arrived");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'fin_retransmission': {'cause': 'ack_lost'}}");
}

/* BSD's tcp_output() sends the FIN with every ACK until it is acknowledged. */
static void a_fin_that_goes_along_with_an_ack_is_spurious(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->   CLOSE-WAIT? ",
	"0.112  CLOSING?     <--  F. 1:1(0) ack 1     <--   CLOSING?    ",
	"0.122  CLOSING      -->  F. 1:1(0) ack 2     -->   TIME-WAIT?   : fin_copy",
	"0.142  TIME-WAIT?   <--   . 2:2(0) ack 2     <--   TIME-WAIT?  ");

	expect_finding(*state, "fin_retransmission",
	"{'end': 'client', 'severity': 'info', 'fin_retransmission': "
	"{'cause': 'spurious', 'cause_confidence': 'likely', 'copies': 1}}");
}

/* The capture lost packets, too: a cause is never certain then. */
static void with_gaps_in_the_capture_no_cause_is_certain(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.050  ESTABLISHED  ~~>  P. 1:101(100) ack 1       ~~>    ESTABLISHED ",
	"0.070  -            <--   . 1:1(0) ack 101         <--    -           ",
	"0.100  FIN-WAIT-1   -->  F. 101:101(0) ack 1       -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  X--   . 1:1(0) ack 102         <--    CLOSE-WAIT  ",
	"0.310  FIN-WAIT-1   -->  F. 101:101(0) ack 1       -->    CLOSE-WAIT   : ack_lost",
	"0.330  FIN-WAIT-2?  X--   . 1:1(0) ack 102         <--    CLOSE-WAIT  ",
	"0.730  FIN-WAIT-1   -->  F. 101:101(0) ack 1       -->    CLOSE-WAIT   : ack_lost",
	"0.750  FIN-WAIT-2?  <--   . 1:1(0) ack 102         <--    CLOSE-WAIT  ");

	expect_finding(*state, "fin_retransmission",
	"{'confidence': 'certain', 'fin_retransmission': "
	"{'cause': 'ack_lost', 'cause_confidence': 'likely'}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(an_ack_that_had_to_be_there_was_likely_lost),
		figure(an_ack_that_two_copies_miss_was_lost),
		figure(a_fin_that_came_after_all_brought_its_ack),
		figure(a_fin_that_was_sent_twice_proves_nothing),
		figure(a_fin_that_was_lost_is_sent_again),
		figure(a_fin_that_answers_the_copy_was_not_late),
		figure(an_rst_that_answers_data_tells_of_no_ack),
		figure(a_duplicate_ack_before_the_copy_tells_of_the_hole),
		figure(a_fin_that_passes_behind_a_hole_waits_there),
		figure(a_hole_that_was_closed_is_not_why),
		figure(a_duplicate_ack_that_crosses_the_fin_tells_of_no_hole),
		figure(a_copy_sooner_than_a_delayed_ack_is_spurious),
		figure(who_closed_first_delays_no_ack),
		figure(a_fin_that_goes_along_with_an_ack_is_spurious),
		figure(with_gaps_in_the_capture_no_cause_is_certain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
