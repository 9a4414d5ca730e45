/* old_duplicate: data and FINs of an earlier life of the four-tuple. */
#include "figure.h"

/* clang-format off */

/* Life 1: A sends 100 bytes, B 50, A closes first (frames 5 to 10). */
#define FIRST_LIFE                                                             \
	"0.000  -            -",                                               \
	"0.100  -  -->  P. 1:101(100) ack 1     -->   -",                      \
	"0.120  -  <--  P. 1:51(50) ack 101     <--   -",                      \
	"0.200  -  -->  F. 101:101(0) ack 51    -->   -",                      \
	"0.220  -  <--  F. 51:51(0) ack 102     <--   -",                      \
	"0.230  -  -->   . 102:102(0) ack 52    -->   -"

/* Life 2 (frames 10 to 13): far away, as ISNs of a clock are. */
#define SECOND_LIFE                                                            \
	"1.000  -  -->  S  90000000:90000000(0)              -->  -",          \
	"1.020  -  <--  S. 80000000:80000000(0) ack 90000001 <--  -",          \
	"1.030  -  -->   . 90000001:90000001(0) ack 80000001 -->  -",          \
	"1.050  -  <--   . 80000001:80000001(0) ack 90000001 <--  -"

static void data_of_the_life_before_is_told_by_its_timestamp(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  -  -->  P. 1:101(100) ack 1 <ts 90 ecr 20>    -->  - : old paws",
	"1.220  -  <--   . 80000001:80000001(0) ack 90000001  <--  -");

	expect_finding(*state, "old_duplicate",
	               "{'end': 'server', 'incarnation': 2, 'severity': 'info', "
	               "'confidence': 'certain', 'outcome': 'rejected', "
	               "'count': 1, 'frames': [14, 15], 'duration_us': 20000, "
	               "'message': '1 segment of incarnation 1 of this "
	               "four-tuple (data, 100 bytes) reached the server in "
	               "incarnation 2, 0.97 s after the last packet of the "
	               "earlier one: it was rejected', "
	               "'old_duplicate': {'old_incarnation': 1, "
	               "'segment': 'data', 'recognised_by': 'timestamp', "
	               "'bytes': 100, 'gap_us': 970000}}");
	expect_n_findings(*state, "old_duplicate", 1);
}

static void a_fin_of_the_life_before_closes_nothing(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  ESTABLISHED  <--  F. 51:51(0) ack 102 <ts 210 ecr 190>     <--  ESTABLISHED : old !fin",
	"1.211  ESTABLISHED  -->   . 90000001:90000001(0) ack 80000001     -->  ESTABLISHED");

	expect_finding(*state, "old_duplicate",
	               "{'end': 'client', 'confidence': 'certain', "
	               "'outcome': 'rejected', "
	               "'old_duplicate': {'segment': 'fin', 'bytes': 0}}");
	expect_close(*state, "{'kind': 'open'}");
}

static void without_timestamps_numbers_make_it_likely(void **state)
{
	draw(*state, "no timestamps", FIRST_LIFE, SECOND_LIFE,
	"1.200  -  -->  P. 1:101(100) ack 1                   -->  - : old",
	"1.220  -  <--   . 80000001:80000001(0) ack 90000001  <--  -");

	expect_finding(*state, "old_duplicate",
	               "{'end': 'server', 'confidence': 'likely', "
	               "'outcome': 'rejected', "
	               "'old_duplicate': {'recognised_by': 'numbers'}}");
}

/* A server that takes a SYN in TIME-WAIT begins 65537 above its SND.NXT:
 * tcp_timewait_state_process(). */
static void numbers_just_before_the_new_syn_are_old(void **state)
{
	draw(*state, "no timestamps", FIRST_LIFE,
	"1.000  -  -->  S  65639:65639(0)              -->  -",
	"1.020  -  <--  S. 65589:65589(0) ack 65640    <--  -",
	"1.030  -  -->   . 65640:65640(0) ack 65590    -->  -",
	"1.200  -  -->  P. 1:101(100) ack 1            -->  - : old",
	"1.220  -  <--   . 65590:65590(0) ack 65640    <--  -");

	expect_finding(*state, "old_duplicate",
	               "{'end': 'server', 'confidence': 'likely', "
	               "'outcome': 'rejected'}");
}

static void without_an_answer_its_fate_is_open(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  -  -->  P. 1:101(100) ack 1 <ts 90 ecr 20>    -->  - : old");

	expect_finding(*state, "old_duplicate",
	               "{'outcome': 'undecided', 'severity': 'notice', "
	               "'frames': [14]}");
}

static void several_are_one_finding(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  -  -->  P. 1:101(100) ack 1 <ts 90 ecr 20>    -->  -",
	"1.220  -  <--   . 80000001:80000001(0) ack 90000001  <--  -",
	"1.300  -  -->  F. 101:101(0) ack 51 <ts 195 ecr 110> -->  -",
	"1.320  -  <--   . 80000001:80000001(0) ack 90000001  <--  -");

	expect_n_findings(*state, "old_duplicate", 1);
	expect_finding(*state, "old_duplicate",
	               "{'count': 2, 'frames': [14, 15, 16, 17], "
	               "'old_duplicate': {'segment': 'fin', 'bytes': 100}}");
}

/* An ISN among the old numbers, and an end without PAWS: what TIME-WAIT and
 * RFC 6528 are to prevent. */
#define AMONG_THE_OLD_NUMBERS                                                  \
	"0.000  -  -",                                                         \
	"0.100  -  -->   . 1:1461(1460) ack 1    -->   -",                     \
	"0.120  -  <--   . 1:1(0) ack 1461       <--   -",                     \
	"0.200  -  -->  F. 1461:1461(0) ack 1    -->   -",                     \
	"0.220  -  <--  F. 1:1(0) ack 1462       <--   -",                     \
	"0.230  -  -->   . 1462:1462(0) ack 2    -->   -",                     \
	"1.000  -  -->  S  500:500(0)                        -->  -",          \
	"1.020  -  <--  S. 80000000:80000000(0) ack 501      <--  -",          \
	"1.030  -  -->   . 501:501(0) ack 80000001           -->  -",          \
	"1.050  -  <--   . 80000001:80000001(0) ack 501      <--  -",          \
	"1.200  -  -->  P. 501:1461(960) ack 1 <ts 90 ecr 20>  --> - : old"

static void old_data_that_is_acknowledged_was_accepted(void **state)
{
	draw(*state, AMONG_THE_OLD_NUMBERS,
	"1.220  -  <--   . 80000001:80000001(0) ack 1461     <--  -");

	expect_finding(*state, "old_duplicate",
	               "{'end': 'server', 'outcome': 'accepted', "
	               "'severity': 'error', 'confidence': 'certain', "
	               "'frames': [14, 15], "
	               "'old_duplicate': {'bytes': 960}}");
}

static void what_the_sender_itself_sends_there_is_its_own(void **state)
{
	draw(*state, AMONG_THE_OLD_NUMBERS,
	"1.210  -  -->  P. 501:1461(960) ack 80000001        -->  -",
	"1.230  -  <--   . 80000001:80000001(0) ack 1461     <--  -");

	expect_finding(*state, "old_duplicate", "{'outcome': 'rejected'}");
}

/* ---- what looks the same ------------------------------------------------- */

static void a_retransmission_is_none(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.100  -  -->  P. 90000001:90000101(100) ack 80000001  -->  -",
	"1.320  -  -->  P. 90000001:90000101(100) ack 80000001  -->  - : repeat !old",
	"1.340  -  <--   . 80000001:80000001(0) ack 90000101    <--  -");

	expect_no_finding(*state, "old_duplicate");
}

/* With its old TSval it fails PAWS, but its numbers are of this life. */
static void an_old_timestamp_with_new_numbers_is_none(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.100  -  -->  P. 90000001:90000101(100) ack 80000001 <ts 90 ecr 20>  -->  - : paws !old");

	expect_no_finding(*state, "old_duplicate");
}

static void a_first_life_has_no_past(void **state)
{
	draw(*state,
	"0.000  -                                      -",
	"0.200  -  -->  P. 90000001:90000101(100) ack 1   -->  - : !old",
	"0.220  -  <--   . 1:1(0) ack 1                   <--  -");

	expect_no_finding(*state, "old_duplicate");
}

static void out_of_window_and_of_no_past_is_none(void **state)
{
	draw(*state, "no timestamps", FIRST_LIFE, SECOND_LIFE,
	"1.200  -  -->  P. 50000000:50000100(100) ack 80000001  -->  - : !old",
	"1.220  -  <--   . 80000001:80000001(0) ack 90000001    <--  -");

	expect_no_finding(*state, "old_duplicate");
}

/* The old numbers fit, but they were sent after this life began. */
static void a_new_timestamp_is_of_today(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  -  -->  P. 1:101(100) ack 1                   -->  - : !old",
	"1.220  -  <--   . 80000001:80000001(0) ack 90000001  <--  -");

	expect_no_finding(*state, "old_duplicate");
}

static void a_pure_ack_of_the_past_is_none(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200  -  -->   . 102:102(0) ack 52 <ts 190 ecr 110>  -->  - : !old");

	expect_no_finding(*state, "old_duplicate");
}

static void a_capture_of_it_twice_counts_once(void **state)
{
	draw(*state, FIRST_LIFE, SECOND_LIFE,
	"1.200   -  -->  P. 1:101(100) ack 1 <ts 90 ecr 20>    -->  -",
	"1.2001  -  -->  again                                 -->  - : clone",
	"1.220   -  <--   . 80000001:80000001(0) ack 90000001  <--  -");

	expect_finding(*state, "old_duplicate", "{'count': 1}");
}

static void after_240_s_nothing_is_left_to_compare_with(void **state)
{
	draw(*state, "no timestamps", FIRST_LIFE,
	"300.000  -  -->  S  90000000:90000000(0)              -->  -",
	"300.020  -  <--  S. 80000000:80000000(0) ack 90000001 <--  -",
	"300.030  -  -->   . 90000001:90000001(0) ack 80000001 -->  -",
	"300.200  -  -->  P. 1:101(100) ack 1                  -->  - : !old");

	expect_no_finding(*state, "old_duplicate");
}

/* ---- bad views ----------------------------------------------------------- */

static void a_first_life_met_midway_is_a_past_too(void **state)
{
	draw(*state,
	"0.100  -  -->  P. 1:101(100) ack 1     -->   -",
	"0.120  -  <--  P. 1:51(50) ack 101     <--   -",
	"0.200  -  -->  F. 101:101(0) ack 51    -->   -",
	"0.220  -  <--  F. 51:51(0) ack 102     <--   -",
	"0.230  -  -->   . 102:102(0) ack 52    -->   -",
	SECOND_LIFE,
	"1.200  -  -->  P. 1:101(100) ack 1 <ts 90 ecr 20>    -->  - : old",
	"1.220  -  <--   . 80000001:80000001(0) ack 90000001  <--  -");

	expect_finding(*state, "old_duplicate",
	               "{'end': 'server', 'confidence': 'certain'}");
}

/* Nobody is seen to accept the new SYN: the old life may go on. */
static void with_one_direction_only_nothing_is_said(void **state)
{
	draw(*state, "seen from A only", FIRST_LIFE, SECOND_LIFE,
	"1.200  -  -->  P. 1:101(100) ack 1 <ts 90 ecr 20>    -->  - : !old",
	"1.220  -  <--   . 80000001:80000001(0) ack 90000001  <--  -");

	expect_no_finding(*state, "old_duplicate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(data_of_the_life_before_is_told_by_its_timestamp),
		figure(a_fin_of_the_life_before_closes_nothing),
		figure(without_timestamps_numbers_make_it_likely),
		figure(numbers_just_before_the_new_syn_are_old),
		figure(without_an_answer_its_fate_is_open),
		figure(several_are_one_finding),
		figure(old_data_that_is_acknowledged_was_accepted),
		figure(what_the_sender_itself_sends_there_is_its_own),
		figure(a_retransmission_is_none),
		figure(an_old_timestamp_with_new_numbers_is_none),
		figure(a_first_life_has_no_past),
		figure(out_of_window_and_of_no_past_is_none),
		figure(a_new_timestamp_is_of_today),
		figure(a_pure_ack_of_the_past_is_none),
		figure(a_capture_of_it_twice_counts_once),
		figure(after_240_s_nothing_is_left_to_compare_with),
		figure(a_first_life_met_midway_is_a_past_too),
		figure(with_one_direction_only_nothing_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
