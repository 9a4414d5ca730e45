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
		figure(with_gaps_in_the_capture_no_cause_is_certain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
