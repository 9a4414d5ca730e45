/* data_after_close: an end closed wholly while its peer still sent. */
#include "figure.h"

/* clang-format off */

/* A asks and closes; its FIN is frame 6, the ACK of it frame 7. */
#define SEEN_WHOLE                                                             \
	"0.000  ESTABLISHED                                 ESTABLISHED",      \
	"0.100  -            -->  P. 1:101(100) ack 1       -->   -",          \
	"0.101  FIN-WAIT-1   -->  F. 101:101(0) ack 1       -->   CLOSE-WAIT?",\
	"0.121  FIN-WAIT-2?  <--   . 1:1(0) ack 102         <--   CLOSE-WAIT"

static void data_that_meets_a_closed_program_is_reset_at_once(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102     <--   - : late_data",
	"0.410  CLOSED  -->  R  102:102(0)             -->   CLOSED? : plain accepted");

	expect_finding(*state, "data_after_close",
	               "{'end': 'client', 'severity': 'notice', "
	               "'confidence': 'certain', 'outcome': 'reset', "
	               "'count': 1, 'frames': [6, 8, 9], "
	               "'duration_us': 309000, "
	               "'message': 'the client had closed when the server still "
	               "sent data, 0.30 s after its FIN: it answered with RST, "
	               "and 500 bytes are lost', "
	               "'data_after_close': {'lost_bytes': 500, "
	               "'gap_us': 299000, 'rsts': 1}}");
	expect_n_findings(*state, "", 1);
}

/* RFC 9112 section 9.6: the RST may destroy the server's last answer. */
static void a_server_that_does_not_read_on_is_worse(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                               ESTABLISHED",
	"0.100  -        -->  P. 1:101(100) ack 1         -->   -",
	"0.120  -        <--  FP. 1:301(300) ack 101      <--   -",
	"0.131  -        -->  P. 101:1101(1000) ack 302   -->   - : late_data",
	"0.151  CLOSED?  <--  R  302:302(0)               <--   CLOSED");

	expect_finding(*state, "data_after_close",
	               "{'end': 'server', 'severity': 'warning', "
	               "'data_after_close': {'lost_bytes': 1000}}");
}

static void each_segment_draws_its_rst(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--   . 1:1461(1460) ack 102     <--   -",
	"0.408  -       <--   . 1461:2921(1460) ack 102  <--   -",
	"0.410  CLOSED  -->  R  102:102(0)               -->   CLOSED?",
	"0.418  CLOSED  -->  R  102:102(0)               -->   CLOSED?");

	expect_n_findings(*state, "data_after_close", 1);
	expect_finding(*state, "data_after_close",
	               "{'count': 2, 'frames': [6, 9, 10, 11], "
	               "'data_after_close': {'lost_bytes': 2920, 'rsts': 2}}");
}

/* The program shut down first, and closed when it had enough. */
/* lwIP tcp_input() aborts the connection: its RST acknowledges the data. */
static void an_answer_by_rst_and_ack_is_told_with_less(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102     <--   - : late_data",
	"0.410  CLOSED  -->  R. 102:102(0) ack 501     -->   CLOSED? : accepted");

	expect_finding(*state, "data_after_close",
	               "{'end': 'client', 'confidence': 'likely', "
	               "'outcome': 'reset', 'count': 1, 'frames': [6, 8, 9], "
	               "'data_after_close': {'lost_bytes': 500, "
	               "'gap_us': 299000, 'rsts': 1}}");
	expect_n_findings(*state, "", 1);
}

static void so_is_one_to_data_with_a_fin(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  FP. 1:501(500) ack 102    <--   - : late_data",
	"0.410  CLOSED  -->  R. 102:102(0) ack 502     -->   CLOSED?");

	expect_finding(*state, "data_after_close",
	               "{'confidence': 'likely', "
	               "'data_after_close': {'lost_bytes': 500}}");
	expect_n_findings(*state, "", 1);
}

/* Who has taken the data had only shut down, and aborts for another reason. */
/* gVisor's RST has the ACK that it had: it takes none of the data, whenever. */
static void an_rst_that_takes_none_of_the_data_refuses_it(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102     <--   - : late_data",
	"1.010  CLOSED  -->  R. 102:102(0) ack 1       -->   CLOSED? : accepted");

	expect_finding(*state, "data_after_close",
	               "{'confidence': 'likely', 'frames': [6, 8, 9]}");
	expect_n_findings(*state, "", 1);
}

/* No round trip is as short as the shortest. */
static void an_answer_may_take_its_time(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102     <--   - : late_data",
	"0.460  CLOSED  -->  R. 102:102(0) ack 501     -->   CLOSED? : accepted");

	expect_finding(*state, "data_after_close", "{'confidence': 'likely'}");
	expect_n_findings(*state, "", 1);
}

/* Linux tcp_timewait_state_process(): a FIN that is not at RCV.NXT shows that
 * there is data before it. That was lost behind the tap. */
static void a_fin_behind_lost_data_is_reset_as_well(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED",
	"0.100  -            <--  P. 1:201(200) ack 1       <--   -",
	"0.110  FIN-WAIT-1   -->  F. 1:1(0) ack 1           -->   CLOSE-WAIT?",
	"0.130  TIME-WAIT?   <--  F. 201:201(0) ack 2       <--   LAST-ACK : late_data",
	"0.140  CLOSED       -->  R  2:2(0)                 -->   CLOSED?");

	expect_finding(*state, "data_after_close",
	               "{'end': 'client', 'confidence': 'certain', "
	               "'outcome': 'reset', 'frames': [6, 7, 8], "
	               "'message': 'the client had closed before it had all "
	               "that the server sent, whose FIN came 20.0 ms after its "
	               "own: it answered with RST, and 200 bytes are lost', "
	               "'data_after_close': {'lost_bytes': 200, "
	               "'gap_us': 20000}}");
	expect_n_findings(*state, "", 1);
}

/* The same, lost before the tap. */
static void so_is_one_behind_data_that_never_came(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED",
	"0.110  FIN-WAIT-1   -->  F. 1:1(0) ack 1           -->   CLOSE-WAIT?",
	"0.130  FIN-WAIT-2?  <--  F. 201:201(0) ack 2       <--   LAST-ACK : late_data",
	"0.140  CLOSED       -->  R  2:2(0)                 -->   CLOSED?");

	expect_finding(*state, "data_after_close",
	               "{'confidence': 'certain', "
	               "'data_after_close': {'lost_bytes': 200}}");
	expect_n_findings(*state, "", 1);
}

/* The data brought the first ACK of A's FIN: no FIN-WAIT-2 was missing. */
static void data_that_brings_the_ack_of_the_fin_is_late(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                  ESTABLISHED",
	"0.101  FIN-WAIT-1   -->  F. 1:1(0) ack 1       -->  CLOSE-WAIT?",
	"0.121  -            <--  P. 1:501(500) ack 2   <--  - : late_data acks_fin",
	"0.122  -            <--  F. 501:501(0) ack 2   <--  -",
	"0.131  CLOSED       -->  R  2:2(0)             -->  - : plain",
	"0.142  CLOSED       -->  R  2:2(0)             -->  - : plain");

	expect_finding(*state, "data_after_close",
	               "{'end': 'client', 'confidence': 'certain', "
	               "'frames': [5, 6, 8, 9], "
	               "'data_after_close': {'gap_us': 20000}}");
	expect_n_findings(*state, "", 1);
}

/* What is sent again is not the newest, and the tap had missed it before. */
static void data_that_fills_a_hole_is_late_too(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED",
	"0.100  -            <--  P. 501:1001(500) ack 1    <--   - : ahead",
	"0.110  FIN-WAIT-1   -->  F. 1:1(0) ack 1           -->   CLOSE-WAIT?",
	"0.310  -            <--   . 1:501(500) ack 2       <--   - : late_data",
	"0.320  CLOSED       -->  R  2:2(0)                 -->   CLOSED?");

	expect_finding(*state, "data_after_close",
	               "{'confidence': 'certain', "
	               "'data_after_close': {'lost_bytes': 1000}}");
	expect_n_findings(*state, "", 1);
}

static void an_abort_after_the_data_was_taken_is_none(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102     <--   - : late_data",
	"0.405  -       -->   . 102:102(0) ack 501     -->   -",
	"0.410  CLOSED  -->  R. 102:102(0) ack 501     -->   CLOSED?");

	expect_n_findings(*state, "data_after_close", 0);
	expect_n_findings(*state, "abortive_close", 1);
}

static void an_abort_much_later_answers_no_data(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102     <--   - : late_data",
	"0.900  CLOSED  -->  R. 102:102(0) ack 501     -->   CLOSED?");

	expect_n_findings(*state, "data_after_close", 0);
	expect_n_findings(*state, "abortive_close", 1);
}

static void a_half_close_may_become_a_close(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102      <--   -",
	"0.410  -       -->   . 102:102(0) ack 501      -->   -",
	"1.000  -       <--  P. 501:901(400) ack 102    <--   -",
	"1.010  CLOSED  -->  R  102:102(0)              -->   CLOSED?");

	expect_finding(*state, "data_after_close",
	               "{'confidence': 'certain', "
	               "'data_after_close': {'lost_bytes': 400}}");
}

static void data_with_a_fin_is_data(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  FP. 1:501(500) ack 102     <--   -",
	"0.410  CLOSED  -->  R  102:102(0)              -->   -");

	expect_finding(*state, "data_after_close",
	               "{'end': 'client', "
	               "'data_after_close': {'lost_bytes': 500}}");
}

static void data_that_crossed_the_fin_is_told_with_less(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                            ESTABLISHED",
	"0.100  -       <--  P. 1:501(500) ack 1       <--   -",
	"0.102  -       -->  F. 1:1(0) ack 1           -->   -",
	"0.110  CLOSED  -->  R  1:1(0)                 -->   -");

	expect_finding(*state, "data_after_close",
	               "{'end': 'client', 'confidence': 'likely', "
	               "'frames': [6, 7], "
	               "'data_after_close': {'lost_bytes': 500, "
	               "'gap_us': null}}");
}

static void a_lost_rst_is_sent_again(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102      <--   -",
	"0.410  CLOSED  -->  R  102:102(0)              --X   CLOSED?",
	"0.620  CLOSED  <--  P. 1:501(500) ack 102      <--   CLOSE-WAIT",
	"0.630  CLOSED  -->  R  102:102(0)              -->   CLOSED?");

	expect_n_findings(*state, "data_after_close", 1);
	expect_finding(*state, "data_after_close",
	               "{'count': 2, 'outcome': 'reset'}");
}

static void a_sender_that_goes_on_leaves_it_undecided(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  P. 1:501(500) ack 102      <--   -",
	"0.410  CLOSED  -->  R  102:102(0)              --X   CLOSED?",
	"0.620  CLOSED  <--  P. 1:501(500) ack 102      <--   CLOSE-WAIT");

	expect_finding(*state, "data_after_close",
	               "{'outcome': 'undecided'}");
}

/* ---- what looks the same ------------------------------------------------- */

static void a_half_close_that_takes_the_data_is_none(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -            <--  P. 1:501(500) ack 102     <--   -",
	"0.410  -            -->   . 102:102(0) ack 501     -->   -",
	"0.500  TIME-WAIT?   <--  F. 501:501(0) ack 102     <--   LAST-ACK",
	"0.510  TIME-WAIT    -->   . 102:102(0) ack 502     -->   CLOSED?");

	expect_no_findings(*state);
}

/* Linux's tcp_fin_timeout is 60 s: fin_wait_2_timeout judges what comes
 * later. */
static void data_after_a_long_silence_is_left_to_fin_wait_2_timeout(void **state)
{
	draw(*state, SEEN_WHOLE,
	"62.000  -       <--  P. 1:501(500) ack 102     <--   -",
	"62.010  CLOSED  -->  R  102:102(0)             -->   CLOSED?");

	expect_no_finding(*state, "data_after_close");
}

static void just_sixty_seconds_are_a_long_silence(void **state)
{
	draw(*state, SEEN_WHOLE,
	"60.121  -       <--  P. 1:501(500) ack 102      <--   -",
	"60.131  CLOSED  -->  R  102:102(0)              -->   CLOSED?");

	expect_no_finding(*state, "data_after_close");
}

static void a_little_less_is_not(void **state)
{
	draw(*state, SEEN_WHOLE,
	"60.120  -       <--  P. 1:501(500) ack 102      <--   -",
	"60.131  CLOSED  -->  R  102:102(0)              -->   CLOSED?");

	expect_finding(*state, "data_after_close", "{'confidence': 'certain'}");
}

/* Whatever becomes of the first, the time to the next is not the close's. */
static void a_silence_counts_from_the_last_word(void **state)
{
	draw(*state, SEEN_WHOLE,
	"58.000  -       X--  P. 1:501(500) ack 102     <--   -",
	"62.000  -       <--  P. 501:1001(500) ack 102  <--   -",
	"62.010  CLOSED  -->  R  102:102(0)             -->   CLOSED?");

	expect_finding(*state, "data_after_close", "{'confidence': 'certain'}");
	expect_no_finding(*state, "fin_wait_2_timeout");
}

/* It passed before the FIN and was lost behind the tap; its copy is late. */
static void older_data_that_is_sent_again_is_reset_as_well(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED",
	"0.100  -            -->  P. 1:101(100) ack 1      -->   -",
	"0.110  -            X--   . 1:1461(1460) ack 101  <--   -",
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 1      -->   CLOSE-WAIT?",
	"0.220  FIN-WAIT-2?  <--   . 1461:1461(0) ack 102  <--   CLOSE-WAIT",
	"2.400  -            <--   . 1:1461(1460) ack 102  <--   -",
	"2.401  CLOSED       -->  R  102:102(0)            -->   CLOSED?");

	expect_finding(*state, "data_after_close",
	               "{'end': 'client', 'confidence': 'certain', "
	               "'data_after_close': {'lost_bytes': 1460}}");
	expect_n_findings(*state, "", 1);
}

static void a_fin_that_is_reset_loses_no_data(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -       <--  F. 1:1(0) ack 102          <--   -",
	"0.410  CLOSED  -->  R  102:102(0)              -->   -");

	expect_no_finding(*state, "data_after_close");
}

/* It was acknowledged; only a copy of it came later. */
static void a_repetition_of_old_data_is_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                             ESTABLISHED",
	"0.100  -       <--  P. 1:501(500) ack 1        <--   -",
	"0.110  -       -->  F. 1:1(0) ack 501          -->   -",
	"0.330  -       <--  P. 1:501(500) ack 1        <--   - : repeat",
	"0.340  CLOSED  -->  R  1:1(0)                  -->   -");

	expect_no_finding(*state, "data_after_close");
}

static void an_end_that_never_closed_is_half_open(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                             ESTABLISHED",
	"0.400  -       <--  P. 1:501(500) ack 1        <--   -",
	"0.410  CLOSED  -->  R  1:1(0)                  -->   CLOSED?");

	expect_no_finding(*state, "data_after_close");
}

static void an_end_that_was_reset_before_is_none(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.300  CLOSED? <--  R. 1:1(0) ack 102          <--   CLOSED",
	"0.305  -       <--  P. 1:501(500) ack 102      <--   -",
	"0.310  -       -->  R  102:102(0)              -->   -");

	expect_no_finding(*state, "data_after_close");
}

static void another_hop_count_is_a_third_partys(void **state)
{
	draw(*state, SEEN_WHOLE,
	"0.400  -        <--  P. 1:501(500) ack 102     <--   -",
	"0.410  CLOSED?  -->  R  102:102(0) ttl 57      -->   CLOSED?");

	expect_no_finding(*state, "data_after_close");
	expect_finding(*state, "third_party_rst",
	               "{'end': 'server', 'confidence': 'likely'}");
}

/* ---- bad views ----------------------------------------------------------- */

static void a_capture_that_began_late_is_less_sure(void **state)
{
	draw(*state,
	"0.100  -       -->  P. 1:101(100) ack 1        -->   -",
	"0.101  -       -->  F. 101:101(0) ack 1        -->   -",
	"0.121  -       <--   . 1:1(0) ack 102          <--   -",
	"0.400  -       <--  P. 1:501(500) ack 102      <--   -",
	"0.410  CLOSED  -->  R  102:102(0)              -->   CLOSED?");

	expect_finding(*state, "data_after_close", "{'confidence': 'likely'}");
}

static void without_the_datas_direction_nothing_is_said(void **state)
{
	draw(*state, "seen from A only",
	"0.000  -                                       -",
	"0.101  -       -->  F. 1:1(0) ack 1            -->   -",
	"0.121  -       <--   . 1:1(0) ack 2            <--   -",
	"0.400  -       <--  P. 1:501(500) ack 2        <--   -",
	"0.410  -       -->  R  2:2(0)                  -->   -");

	expect_no_finding(*state, "data_after_close");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(data_that_meets_a_closed_program_is_reset_at_once),
		figure(a_server_that_does_not_read_on_is_worse),
		figure(each_segment_draws_its_rst),
		figure(an_answer_by_rst_and_ack_is_told_with_less),
		figure(so_is_one_to_data_with_a_fin),
		figure(an_rst_that_takes_none_of_the_data_refuses_it),
		figure(an_answer_may_take_its_time),
		figure(a_fin_behind_lost_data_is_reset_as_well),
		figure(so_is_one_behind_data_that_never_came),
		figure(data_that_brings_the_ack_of_the_fin_is_late),
		figure(data_that_fills_a_hole_is_late_too),
		figure(an_abort_after_the_data_was_taken_is_none),
		figure(an_abort_much_later_answers_no_data),
		figure(a_half_close_may_become_a_close),
		figure(data_with_a_fin_is_data),
		figure(data_that_crossed_the_fin_is_told_with_less),
		figure(a_lost_rst_is_sent_again),
		figure(a_sender_that_goes_on_leaves_it_undecided),
		figure(a_half_close_that_takes_the_data_is_none),
		figure(data_after_a_long_silence_is_left_to_fin_wait_2_timeout),
		figure(just_sixty_seconds_are_a_long_silence),
		figure(a_little_less_is_not),
		figure(a_silence_counts_from_the_last_word),
		figure(older_data_that_is_sent_again_is_reset_as_well),
		figure(a_fin_that_is_reset_loses_no_data),
		figure(a_repetition_of_old_data_is_none),
		figure(an_end_that_never_closed_is_half_open),
		figure(an_end_that_was_reset_before_is_none),
		figure(another_hop_count_is_a_third_partys),
		figure(a_capture_that_began_late_is_less_sure),
		figure(without_the_datas_direction_nothing_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
