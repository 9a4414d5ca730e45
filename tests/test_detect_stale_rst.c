/* stale_rst: resets of an earlier life of the four-tuple. */
#include "figure.h"

/* clang-format off */

/* Life 1 is ended by B's RST (frame 7); life 2 begins with frame 8. */
#define FIRST_LIFE                                                             \
	"0.000  ESTABLISHED                                       ESTABLISHED",\
	"0.100  -            -->  P. 1:11(10) ack 1         -->   -",          \
	"0.120  -            <--   . 1:1(0) ack 11          <--   -",          \
	"0.130  CLOSED?      <--  R. 1:1(0) ack 11          <--   CLOSED"

#define SECOND_LIFE                                                            \
	"1.000  SYN-SENT     -->  S  70000:70000(0)         -->   -",          \
	"1.020  ESTABLISHED? <--  S. 80000:80000(0) ack 70001 <-- SYN-RECEIVED",\
	"1.030  ESTABLISHED  -->   . 70001:70001(0) ack 80001 --> -"

static void a_stale_rst_at_rcv_nxt_kills_and_the_victim_answers_with_rst(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  CLOSED?      <--  R. 80001:80001(0) ack 11 <ts 130>    <-- - : rst of_past exact accepted",
	"1.400  CLOSED?      <--  P. 80001:80011(10) ack 70001         <-- -",
	"1.410  -            -->  R  70001:70001(0)                    --> -");

	expect_finding(*state, "stale_rst",
	               "{'end': 'client', 'incarnation': 2, 'outcome': 'killed', "
	               "'severity': 'error', 'confidence': 'certain', "
	               "'count': 1, 'frames': [11, 13], 'duration_us': 210000, "
	               "'message': 'an RST that belongs to incarnation 1 of this "
	               "four-tuple reached the client in incarnation 2 exactly at "
	               "its RCV.NXT, 1.07 s after the last packet of the earlier "
	               "one: it ended the connection', "
	               "'stale_rst': {'rst_incarnation': 1, 'gap_us': 1070000, "
	               "'rst_of': 'connection', 'position': 'exact', "
	               "'recognised_by': 'timestamp', 'duplicate': true}}");
	expect_n_findings(*state, "stale_rst", 1);
}

static void one_that_was_only_seen_late_is_no_duplicate(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  CLOSED       -->  R. 1:1(0) ack 1            -->  CLOSED?",
	SECOND_LIFE,
	"1.200  CLOSED?      <--  R. 80001:80001(0) ack 1 <ts 120>     <-- -");
	expect_finding(*state, "stale_rst",
	               "{'stale_rst': {'duplicate': false}}");
}

static void a_victim_that_stays_silent_was_killed(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  CLOSED?      <--  R. 80001:80001(0) ack 11 <ts 130>    <-- -",
	"1.400  CLOSED?      <--  P. 80001:80011(10) ack 70001         <-- -",
	"1.820  CLOSED?      <--  P. 80001:80011(10) ack 70001         <-- -",
	"4.000  CLOSED?      <--  P. 80001:80011(10) ack 70001         <-- -");

	expect_finding(*state, "stale_rst",
	               "{'end': 'client', 'outcome': 'killed', 'frames': [11]}");
}

static void a_capture_that_ends_too_soon_leaves_it_undecided(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  CLOSED?      <--  R. 80001:80001(0) ack 11 <ts 130>    <-- -",
	"1.400  CLOSED?      <--  P. 80001:80011(10) ack 70001         <-- -");

	expect_finding(*state, "stale_rst",
	               "{'end': 'client', 'outcome': 'undecided', "
	               "'severity': 'warning', "
	               "'stale_rst': {'position': 'exact'}}");
}

/* A stack may ignore even an exact one, for its timestamp; it speaks on. */
static void a_victim_that_speaks_on_ignored_it(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  CLOSED?      <--  R. 80001:80001(0) ack 11 <ts 130>    <-- -",
	"1.400  ESTABLISHED  -->  P. 70001:70011(10) ack 80001         --> -",
	"1.420  ESTABLISHED  <--   . 80001:80001(0) ack 70011          <-- -");

	expect_finding(*state, "stale_rst",
	               "{'outcome': 'ignored', 'severity': 'info', "
	               "'frames': [11, 12]}");
}

static void a_stale_rst_in_the_window_is_challenged(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  ESTABLISHED  <--  R. 81001:81001(0) ack 11 <ts 130>    <-- - : in_window !accepted",
	"1.211  ESTABLISHED  -->   . 70001:70001(0) ack 80001          --> -",
	"1.400  ESTABLISHED  <--  P. 80001:80011(10) ack 70001         <-- -",
	"1.410  ESTABLISHED  -->   . 70001:70001(0) ack 80011          --> -");

	expect_finding(*state, "stale_rst",
	               "{'end': 'client', 'outcome': 'challenged', "
	               "'severity': 'warning', 'confidence': 'certain', "
	               "'frames': [11, 12], "
	               "'stale_rst': {'position': 'in_window'}}");
}

static void an_ack_of_data_that_came_twice_is_no_challenge(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.100  ESTABLISHED  <--  P. 80001:80011(10) ack 70001         <-- -",
	"1.110  ESTABLISHED  -->   . 70001:70001(0) ack 80011          --> -",
	"1.198  ESTABLISHED  <--  P. 80001:80011(10) ack 70001         <-- -",
	"1.200  ESTABLISHED  <--  R. 81001:81001(0) ack 11 <ts 130>    <-- - : in_window",
	"1.208  ESTABLISHED  -->   . 70001:70001(0) ack 80011 <sack 80001:80011> --> -",
	"1.400  ESTABLISHED  -->  P. 70001:70011(10) ack 80011         --> -");

	expect_finding(*state, "stale_rst", "{'outcome': 'ignored'}");
}

/* Stacks before RFC 5961 accept any RST in the window: RFC 9293 section
 * 3.5.3. */
static void an_old_stack_dies_of_one_in_the_window(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  ESTABLISHED  <--  R. 81001:81001(0) ack 11 <ts 130>    <-- - : in_window",
	"1.400  ESTABLISHED  <--  P. 80001:80011(10) ack 70001         <-- -",
	"1.410  CLOSED       -->  R  70001:70001(0)                    --> -");

	expect_finding(*state, "stale_rst",
	               "{'outcome': 'killed', 'severity': 'error'}");
}

static void old_numbers_tell_without_timestamps(void **state)
{
	draw(*state, "no timestamps", FIRST_LIFE, SECOND_LIFE,
	"1.200  ESTABLISHED  <--  R. 1:1(0) ack 11                     <-- - : outside !accepted of_past",
	"1.400  ESTABLISHED  <--  P. 80001:80011(10) ack 70001         <-- -",
	"1.450  ESTABLISHED  -->   . 70001:70001(0) ack 80011          --> -");

	expect_finding(*state, "stale_rst",
	               "{'end': 'client', 'outcome': 'ignored', "
	               "'severity': 'info', 'confidence': 'certain', "
	               "'stale_rst': {'rst_incarnation': 1, "
	               "'recognised_by': 'exact_number', "
	               "'position': 'out_of_window'}}");
}

/* Among the numbers of the past, and far from today's. */
static void a_number_merely_near_makes_it_likely(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  -            <--  P. 1:1001(1000) ack 1      <--   -",
	"0.110  -            -->   . 1:1(0) ack 1001         -->   -",
	"0.130  CLOSED       -->  R. 1:1(0) ack 1001         -->   CLOSED?",
	"1.000  SYN-SENT     -->  S  70000000:70000000(0)        -->   -",
	"1.020  ESTABLISHED? <--  S. 80000000:80000000(0) ack 70000001 <-- -",
	"1.030  ESTABLISHED  -->   . 70000001:70000001(0) ack 80000001 --> -",
	"1.200  ESTABLISHED  <--  R. 501:501(0) ack 1        <--   -",
	"1.400  ESTABLISHED  -->  P. 70000001:70000011(10) ack 80000001 --> -");

	expect_finding(*state, "stale_rst",
	               "{'outcome': 'ignored', 'confidence': 'likely', "
	               "'stale_rst': {'recognised_by': 'near_number'}}");
}

static void a_stale_rst_may_reach_the_server(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  -            -->  R. 70001:70001(0) ack 1 <ts 110>     --> CLOSED? : of_past exact",
	"1.300  -            -->  P. 70001:70011(10) ack 80001         --> CLOSED?",
	"1.320  -            <--  R  80001:80001(0)                    <-- -");

	expect_finding(*state, "stale_rst",
	               "{'end': 'server', 'outcome': 'killed'}");
	expect_n_findings(*state, "stale_rst", 1);
}

static void several_of_one_life_are_one_finding(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  ESTABLISHED  <--  R. 1:1(0) ack 11 <ts 130>            <-- - : outside",
	"1.300  ESTABLISHED  <--  R. 81001:81001(0) ack 11 <ts 131>    <-- - : in_window",
	"1.311  ESTABLISHED  -->   . 70001:70001(0) ack 80001          --> -",
	"1.500  ESTABLISHED  <--  R. 1:1(0) ack 11 <ts 130>            <-- - : outside",
	"1.700  ESTABLISHED  -->  P. 70001:70011(10) ack 80001         --> -");

	expect_finding(*state, "stale_rst",
	               "{'count': 3, 'outcome': 'challenged', "
	               "'stale_rst': {'position': 'in_window'}}");
	expect_n_findings(*state, "stale_rst", 1);
}

/* ---- refusals of a SYN -------------------------------------------------- */

static void the_refusal_of_the_syn_before_is_stale(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                   -->   -",
	"1.000  SYN-SENT     -->  S  70000:70000(0)           -->   -",
	"1.020  ESTABLISHED? <--  S. 80000:80000(0) ack 70001 <--   -",
	"1.030  ESTABLISHED  -->   . 70001:70001(0) ack 80001 -->   -",
	"1.200  ESTABLISHED  <--  R. =0:0(0) ack 1            <--   - : of_past_syn !accepted",
	"1.500  ESTABLISHED  -->  P. 70001:70011(10) ack 80001 -->  -");

	expect_finding(*state, "stale_rst",
	               "{'end': 'client', 'incarnation': 2, "
	               "'outcome': 'ignored', 'confidence': 'certain', "
	               "'stale_rst': {'rst_of': 'syn', 'rst_incarnation': 1, "
	               "'recognised_by': 'refused_syn', 'gap_us': 1200000}}");
}

static void the_refusal_of_a_copy_before_the_answer_is_stale(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->   -",
	"1.000  SYN-SENT     -->  S  0:0(0)          -->   - : syn_copy",
	"1.020  ESTABLISHED? <--  S. 0:0(0) ack 1    <--   SYN-RECEIVED",
	"1.030  ESTABLISHED  -->   . 1:1(0) ack 1    -->   ESTABLISHED?",
	"1.040  ESTABLISHED  <--  P. 1:21(20) ack 1  <--   ESTABLISHED",
	"1.050  ESTABLISHED  -->   . 1:1(0) ack 21   -->   ESTABLISHED",
	"1.200  ESTABLISHED  <--  R. =0:0(0) ack 1   <--   ESTABLISHED : !accepted",
	"1.500  ESTABLISHED  -->  P. 1:11(10) ack 21 -->   ESTABLISHED");

	expect_finding(*state, "stale_rst",
	               "{'end': 'client', 'incarnation': 1, "
	               "'outcome': 'ignored', 'confidence': 'likely', "
	               "'message': 'an RST that refuses an earlier copy of the SYN "
	               "reached the client 1.20 s after that SYN was first sent, "
	               "when it had been accepted: it was ignored', "
	               "'stale_rst': {'rst_of': 'syn', 'rst_incarnation': 1, "
	               "'gap_us': 1200000}}");
}

/* An ACK that refuses nothing of SYN-SENT provokes the SYN again (7.2). */
static void syn_sent_repeats_its_syn_when_a_stale_rst_comes(void **state)
{
	draw(*state, FIRST_LIFE,
	"1.000  SYN-SENT     -->  S  70000:70000(0)           -->   -",
	"1.005  SYN-SENT     <--  R. 1:1(0) ack 11 <ts 130>   <--   - : of_past !accepted",
	"1.017  SYN-SENT     -->  S  70000:70000(0)           -->   - : syn_copy",
	"1.037  ESTABLISHED? <--  S. 80000:80000(0) ack 70001 <--   SYN-RECEIVED",
	"1.047  ESTABLISHED  -->   . 70001:70001(0) ack 80001 -->   ESTABLISHED?");

	expect_finding(*state, "stale_rst",
	               "{'end': 'client', 'outcome': 'ignored', "
	               "'frames': [9, 10], 'stale_rst': {'position': null}}");
}

/* ---- near misses --------------------------------------------------------- */

static void a_life_that_is_reset_in_its_own_right_is_none(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  CLOSED?      <--  R. 80001:80001(0) ack 70001          <-- CLOSED : of_connection");
	expect_no_finding(*state, "stale_rst");
}

static void a_refusal_of_the_syn_that_was_just_sent_is_none(void **state)
{
	draw(*state, FIRST_LIFE,
	"1.000  SYN-SENT     -->  S  70000:70000(0)            -->  -",
	"1.020  CLOSED?      <--  R. =0:0(0) ack 70001         <--  CLOSED : of_connection accepted");
	expect_no_finding(*state, "stale_rst");
}

/* RFC 9293 section 3.5.1, figure 9: old numbers, but sent just now. */
static void a_half_open_end_that_is_cleared_away_is_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED",
	"0.100  -            -->  P. 1:11(10) ack 1          -->   -",
	"0.120  -            <--   . 1:1(0) ack 11           <--   -",
	"9.000  SYN-SENT     -->  S  70000:70000(0)          -->   -",
	"9.020  -            <--   . 1:1(0) ack 11           <--   -",
	"9.030  -            -->  R  11:11(0)                -->   -",
	"9.042  SYN-SENT     -->  S  70000:70000(0)          -->   -",
	"9.062  ESTABLISHED? <--  S. 80000:80000(0) ack 70001 <--  SYN-RECEIVED",
	"9.072  ESTABLISHED  -->   . 70001:70001(0) ack 80001 -->  ESTABLISHED?");
	expect_no_finding(*state, "stale_rst");
}

/* The same, and the old end is in TIME-WAIT. */
static void a_time_wait_that_is_cleared_away_is_none(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                                        ESTABLISHED",
	"0.100  CLOSE-WAIT?  <--  F. 1:1(0) ack 1            <--   FIN-WAIT-1",
	"0.110  LAST-ACK     -->  F. 1:1(0) ack 2            -->   TIME-WAIT?",
	"0.130  CLOSED?      <--   . 2:2(0) ack 2            <--   TIME-WAIT",
	"9.000  SYN-SENT     -->  S  -70000:-70000(0)        -->   -",
	"9.020  SYN-SENT     <--   . 2:2(0) ack 2            <--   - : out_of_window",
	"9.030  SYN-SENT     -->  R  2:2(0)                  -->   - : half_open",
	"9.042  SYN-SENT     -->  S  -70000:-70000(0)        -->   -",
	"9.062  ESTABLISHED? <--  S. 65539:65539(0) ack -69999 <-- SYN-RECEIVED",
	"9.072  ESTABLISHED  -->   . -69999:-69999(0) ack 65540 --> ESTABLISHED?");
	expect_no_finding(*state, "stale_rst");
}

/* Another hop count, and no number or clock of the past. */
static void a_stranger_with_a_number_near_the_past_is_none(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  -            <--  P. 1:1001(1000) ack 1      <--   -",
	"0.110  -            -->   . 1:1(0) ack 1001         -->   -",
	"0.130  CLOSED       -->  R. 1:1(0) ack 1001         -->   CLOSED?",
	"1.000  SYN-SENT     -->  S  70000000:70000000(0)        -->   -",
	"1.020  ESTABLISHED? <--  S. 80000000:80000000(0) ack 70000001 <-- -",
	"1.030  ESTABLISHED  -->   . 70000001:70000001(0) ack 80000001 --> -",
	"1.200  ESTABLISHED  <--  R. 501:501(0) ack 1 ttl 37 <--   -",
	"1.400  ESTABLISHED  -->  P. 70000001:70000011(10) ack 80000001 --> -");
	expect_no_finding(*state, "stale_rst");
}

static void nothing_is_left_of_a_life_after_240_s(void **state)
{
	draw(*state, "no timestamps", FIRST_LIFE,
	"300.000 SYN-SENT     -->  S  70000:70000(0)         -->   -",
	"300.020 ESTABLISHED? <--  S. 80000:80000(0) ack 70001 <-- SYN-RECEIVED",
	"300.030 ESTABLISHED  -->   . 70001:70001(0) ack 80001 --> -",
	"300.200 ESTABLISHED  <--  R. 1:1(0) ack 11          <--   -",
	"300.400 ESTABLISHED  -->  P. 70001:70011(10) ack 80001 --> -");
	expect_no_finding(*state, "stale_rst");
}

static void a_late_rst_with_no_later_life_is_none(void **state)
{
	draw(*state, FIRST_LIFE,
	"1.200  CLOSED?      <--  R. 1:1(0) ack 11 <ts 131>  <--   CLOSED");
	expect_no_finding(*state, "stale_rst");
}

/* ---- captures with holes -------------------------------------------------- */

static void a_capture_that_missed_bytes_is_less_sure(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.100  -            ~~>  P. 70001:70011(10) ack 80001 ~~> -",
	"1.120  -            <--   . 80001:80001(0) ack 70011 <--  - : acks_unseen",
	"1.200  -            <--  R. 1:1(0) ack 11 <ts 130>   <--  -",
	"1.400  ESTABLISHED  -->  P. 70011:70021(10) ack 80001 --> -");
	expect_finding(*state, "stale_rst",
	               "{'outcome': 'ignored', 'confidence': 'likely'}");
}

static void the_rst_is_told_where_the_first_life_was_met_midway(void **state)
{
	draw(*state,
	"0.100  -            -->  P. 1:11(10) ack 1         -->   -",
	"0.120  -            <--   . 1:1(0) ack 11          <--   -",
	"0.130  CLOSED?      <--  R. 1:1(0) ack 11          <--   CLOSED",
	SECOND_LIFE,
	"1.200  CLOSED?      <--  R. 80001:80001(0) ack 11 <ts 130> <-- -",
	"1.400  CLOSED?      <--  P. 80001:80011(10) ack 70001 <-- -",
	"1.410  -            -->  R  70001:70001(0)         -->   -");
	expect_finding(*state, "stale_rst",
	               "{'outcome': 'killed', 'confidence': 'certain'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_stale_rst_at_rcv_nxt_kills_and_the_victim_answers_with_rst),
		figure(one_that_was_only_seen_late_is_no_duplicate),
		figure(a_victim_that_stays_silent_was_killed),
		figure(a_capture_that_ends_too_soon_leaves_it_undecided),
		figure(a_victim_that_speaks_on_ignored_it),
		figure(a_stale_rst_in_the_window_is_challenged),
		figure(an_ack_of_data_that_came_twice_is_no_challenge),
		figure(an_old_stack_dies_of_one_in_the_window),
		figure(old_numbers_tell_without_timestamps),
		figure(a_number_merely_near_makes_it_likely),
		figure(a_stale_rst_may_reach_the_server),
		figure(several_of_one_life_are_one_finding),
		figure(the_refusal_of_the_syn_before_is_stale),
		figure(the_refusal_of_a_copy_before_the_answer_is_stale),
		figure(syn_sent_repeats_its_syn_when_a_stale_rst_comes),
		figure(a_life_that_is_reset_in_its_own_right_is_none),
		figure(a_refusal_of_the_syn_that_was_just_sent_is_none),
		figure(a_half_open_end_that_is_cleared_away_is_none),
		figure(a_time_wait_that_is_cleared_away_is_none),
		figure(a_stranger_with_a_number_near_the_past_is_none),
		figure(nothing_is_left_of_a_life_after_240_s),
		figure(a_late_rst_with_no_later_life_is_none),
		figure(a_capture_that_missed_bytes_is_less_sure),
		figure(the_rst_is_told_where_the_first_life_was_met_midway),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
