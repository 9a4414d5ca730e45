/* tuple_reuse: a four-tuple opened again before it was done with. */
#include "figure.h"

/* clang-format off */

/* A closes first and holds TIME-WAIT at the end; frames 1 to 7. */
#define CLOSED_BY_A                                                            \
	"0.000  ESTABLISHED                                  ESTABLISHED ",    \
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",    \
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2     <--    LAST-ACK    ",    \
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2     -->    CLOSED?     "

/* B does. */
#define CLOSED_BY_B                                                            \
	"0.000  ESTABLISHED                                  ESTABLISHED ",    \
	"0.100  CLOSE-WAIT?  <--  F. 1:1(0) ack 1     <--    FIN-WAIT-1  ",    \
	"0.120  LAST-ACK     -->  F. 1:1(0) ack 2     -->    TIME-WAIT?  ",    \
	"0.130  CLOSED?      <--   . 2:2(0) ack 2     <--    TIME-WAIT   "

/* tcp_twsk_unique(): old SND.NXT + 65537. */
static void a_client_that_leaves_time_wait_is_known_by_its_isn(void **state)
{
	draw(*state, CLOSED_BY_A,
	"2.000  SYN-SENT     -->  S  65539:65539(0)              -->  UNKNOWN      : syn reopens took_isn",
	"2.020  ESTABLISHED? <--  S. 900000:900000(0) ack 65540  <--  SYN-RECEIVED : !took_isn",
	"2.030  ESTABLISHED  -->   . 65540:65540(0) ack 900001   -->  ESTABLISHED? ");

	expect_n_findings(*state, "tuple_reuse", 1);
	expect_finding(*state, "tuple_reuse",
	"{'end': 'client', 'incarnation': 2, 'outcome': 'accepted',"
	" 'severity': 'info', 'confidence': 'certain', 'frames': [7, 8, 9],"
	" 'message': 'the client opened this four-tuple again 1.87 s after the"
	" last packet of the connection before, and met it in TIME-WAIT; its SYN,"
	" out of TIME-WAIT, was accepted',"
	" 'tuple_reuse': {'gap_us': 1870000, 'into': 'time_wait',"
	" 'fingerprint': 'tw_reuse'}}");
	expect_no_finding(*state, "half_open_cleanup");
}

static void a_syn_that_echoes_an_old_timestamp_left_time_wait(void **state)
{
	draw(*state, CLOSED_BY_A,
	"2.000  SYN-SENT     -->  S  7000000:7000000(0) <ecr 120>   -->  UNKNOWN      : took_echo",
	"2.020  ESTABLISHED? <--  S. 900000:900000(0) ack 7000001   <--  SYN-RECEIVED");

	expect_finding(*state, "tuple_reuse",
	"{'confidence': 'certain', 'tuple_reuse': {'into': 'time_wait', 'fingerprint': 'tw_reuse'}}");
}

/* The same number in the SYN+ACK, if the server held TIME-WAIT:
 * tcp_timewait_state_process(). */
static void a_server_that_leaves_time_wait_is_known_by_its_isn(void **state)
{
	draw(*state, CLOSED_BY_B,
	"2.000  SYN-SENT     -->  S  7000000:7000000(0)             -->  UNKNOWN      : reopens !took_isn !took_echo",
	"2.020  ESTABLISHED? <--  S. 65539:65539(0) ack 7000001     <--  SYN-RECEIVED : took_isn");

	expect_finding(*state, "tuple_reuse",
	"{'end': 'client', 'outcome': 'accepted', 'severity': 'info', 'confidence': 'certain',"
	" 'tuple_reuse': {'into': 'time_wait', 'fingerprint': 'server_reopened'}}");
}

/* An ISN of the kernel's choice and no echo: TIME-WAIT is presumed. */
static void without_a_mark_it_is_likely(void **state)
{
	draw(*state, CLOSED_BY_A,
	"59.000 SYN-SENT     -->  S  7000000:7000000(0)             -->  UNKNOWN     ",
	"59.020 ESTABLISHED? <--  S. 900000:900000(0) ack 7000001   <--  SYN-RECEIVED");

	expect_finding(*state, "tuple_reuse",
	"{'confidence': 'likely', 'severity': 'info',"
	" 'tuple_reuse': {'into': 'time_wait', 'fingerprint': 'none'}}");
}

static void without_timestamps_the_isn_still_tells(void **state)
{
	draw(*state, "no timestamps", CLOSED_BY_A,
	"2.000  SYN-SENT     -->  S  65539:65539(0)                 -->  UNKNOWN      : took_isn",
	"2.020  ESTABLISHED? <--  S. 900000:900000(0) ack 65540     <--  SYN-RECEIVED");

	expect_finding(*state, "tuple_reuse",
	"{'confidence': 'certain', 'tuple_reuse': {'fingerprint': 'tw_reuse'}}");
}

static void a_refused_syn_says_so(void **state)
{
	draw(*state, CLOSED_BY_A,
	"2.000  SYN-SENT     -->  S  65539:65539(0)              -->  UNKNOWN ",
	"2.020  CLOSED?      <--  R. =0:0(0) ack 65540 <>        <--  CLOSED  : refusal accepted");

	expect_finding(*state, "tuple_reuse", "{'outcome': 'refused', 'frames': [7, 8, 9]}");
}

static void a_syn_without_an_answer_is_undecided(void **state)
{
	draw(*state, CLOSED_BY_A,
	"2.000  SYN-SENT     -->  S  65539:65539(0)              -->  UNKNOWN ",
	"3.000  SYN-SENT     -->  S  65539:65539(0)              -->  UNKNOWN : syn_copy");

	expect_n_findings(*state, "tuple_reuse", 1);
	expect_finding(*state, "tuple_reuse", "{'outcome': 'undecided'}");
}

/* RFC 9293 section 3.5.1, figure 9: the other end still held the old life,
 * and says so. */
static void an_old_end_that_answers_makes_it_a_warning(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1             -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 101               <--  ESTABLISHED ",
	"900.00 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      : reopens",
	"900.02 SYN-SENT     <--   . 1:1(0) ack 101               <--  UNKNOWN      : out_of_window",
	"900.03 SYN-SENT     -->  R  101:101(0)                   -->  UNKNOWN      : half_open",
	"900.04 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      : syn_copy",
	"900.06 ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_finding(*state, "tuple_reuse",
	"{'end': 'client', 'severity': 'warning', 'confidence': 'certain',"
	" 'outcome': 'accepted', 'frames': [6, 7, 8, 11],"
	" 'tuple_reuse': {'into': 'established', 'fingerprint': 'none'}}");
	expect_finding(*state, "half_open_cleanup", "{'end': 'server', 'incarnation': 2}");
}

/* The capture missed the close: the new SYN is taken at once. */
static void an_unseen_close_leaves_an_unfinished_life(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1             -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 101               <--  ESTABLISHED ",
	"9.000  SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN     ",
	"9.020  ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_finding(*state, "tuple_reuse",
	"{'severity': 'info', 'confidence': 'likely',"
	" 'tuple_reuse': {'into': 'established', 'fingerprint': 'none'}}");
}

static void one_direction_lowers_the_grade(void **state)
{
	draw(*state, "seen from A only",
	"0.000  -                                            -           ",
	"0.100  FIN-WAIT-1?  -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	"0.120  -            <--  F. 1:1(0) ack 2     <--    -           ",
	"0.130  FIN-WAIT-1?  -->   . 2:2(0) ack 2     -->    CLOSE-WAIT? ",
	"2.000  -            -->  S  65539:65539(0) <ecr 120>    -->  -            : reopens took_isn",
	"2.020  -            <--  S. 900000:900000(0) ack 65540  <--  -            ",
	"2.030  -            -->   . 65540:65540(0) ack 900001   -->  -            ");

	expect_finding(*state, "tuple_reuse",
	"{'confidence': 'likely', 'tuple_reuse': {'fingerprint': 'tw_reuse'}}");
}

/* ---- what is none --------------------------------------------------------- */

static void after_a_minute_all_is_over(void **state)
{
	draw(*state, CLOSED_BY_A,
	"62.000 SYN-SENT     -->  S  7000000:7000000(0)             -->  UNKNOWN     ",
	"62.020 ESTABLISHED? <--  S. 900000:900000(0) ack 7000001   <--  SYN-RECEIVED");

	expect_no_findings(*state);
}

static void an_unfinished_life_of_long_ago_was_not_captured_to_its_end(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"900.00 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN     ",
	"900.02 ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_no_findings(*state);
}

static void nothing_is_left_after_a_reset(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  CLOSED       -->  R. 1:1(0) ack 1                 -->  CLOSED?     ",
	"0.400  SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN     ",
	"0.420  ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_no_finding(*state, "tuple_reuse");
}

static void a_syn_that_was_refused_leaves_nothing(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                       -->  UNKNOWN      : !reopens",
	"0.020  CLOSED?      <--  R. =0:0(0) ack 1 <>             <--  CLOSED      ",
	"0.400  SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      : !reopens",
	"0.420  ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_no_finding(*state, "tuple_reuse");
}

static void a_syn_that_was_never_answered_leaves_nothing(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                       --X  UNKNOWN     ",
	"9.000  SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      : syn !reopens",
	"9.020  ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_no_findings(*state);
}

static void a_repeated_syn_opens_nothing_again(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN      ",
	"1.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN      : syn_copy !reopens",
	"1.020  ESTABLISHED? <--  S. 0:0(0) ack 1    <--    SYN-RECEIVED ");

	expect_no_findings(*state);
}

/* Data of a life that a reset ended, held up; the SYN is taken all the same. */
static void a_straggler_is_no_old_end(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  CLOSED       -->  R. 1:1(0) ack 1                 -->  CLOSED?     ",
	"0.400  SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN     ",
	"0.405  SYN-SENT     <--  P. 1:101(100) ack 1             <--  UNKNOWN      : out_of_window",
	"0.410  SYN-SENT     -->  R  1:1(0)                       -->  UNKNOWN      : half_open",
	"0.420  ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_no_finding(*state, "tuple_reuse");
	expect_no_finding(*state, "half_open_cleanup");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_client_that_leaves_time_wait_is_known_by_its_isn),
		figure(a_syn_that_echoes_an_old_timestamp_left_time_wait),
		figure(a_server_that_leaves_time_wait_is_known_by_its_isn),
		figure(without_a_mark_it_is_likely),
		figure(without_timestamps_the_isn_still_tells),
		figure(a_refused_syn_says_so),
		figure(a_syn_without_an_answer_is_undecided),
		figure(an_old_end_that_answers_makes_it_a_warning),
		figure(an_unseen_close_leaves_an_unfinished_life),
		figure(one_direction_lowers_the_grade),
		figure(after_a_minute_all_is_over),
		figure(an_unfinished_life_of_long_ago_was_not_captured_to_its_end),
		figure(nothing_is_left_after_a_reset),
		figure(a_syn_that_was_refused_leaves_nothing),
		figure(a_syn_that_was_never_answered_leaves_nothing),
		figure(a_repeated_syn_opens_nothing_again),
		figure(a_straggler_is_no_old_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
