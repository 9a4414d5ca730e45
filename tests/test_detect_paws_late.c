/* paws_failure: copies of what the receiver has, that come late. */
#include "figure.h"

/* clang-format off */

/* Data at 6.000 s is taken and echoed: TS.Recent of B is that clock's 6000. */
#define TAKEN                                                                  \
	"0.000  ESTABLISHED                                     ESTABLISHED",  \
	"6.000  -     -->  P. 1:11(10) ack 1 <ts 6000>    -->   -",            \
	"6.020  -     <--   . 1:1(0) ack 11 <ecr 6000>    <--   -"

static void a_late_copy_that_was_answered_is_information(void **state)
{
	draw(*state, TAKEN,
	"6.200  -     -->  P. 11:21(10) ack 1 <ts 6200>   -->   -",
	"6.220  -     <--   . 1:1(0) ack 21 <ecr 6200>    <--   -",
	"6.500  -     -->  P. 1:11(10) ack 1 <ts 6000>    -->   - : paws repeat",
	"6.520  -     <--   . 1:1(0) ack 21 <ecr 6200, sack 1:11> <-- -");

	expect_finding(*state, "paws_failure",
	               "{'severity': 'info', 'outcome': 'rejected', "
	               "'paws_failure': {'reaction': 'dsack', "
	               "'behind_ticks': 200, 'needed': false}}");
}

static void an_answer_at_the_host_itself_may_come_at_once(void **state)
{
	draw(*state,
	"0.000000  -     -->  S  0:0(0)                     -->   -",
	"0.000041  -     <--  S. 0:0(0) ack 1 <ecr 0>       <--   -",
	"0.020000  -     -->   . 1:1(0) ack 1               -->   -",
	"6.000000  -     -->  P. 1:11(10) ack 1 <ts 6000>   -->   -",
	"6.000060  -     <--   . 1:1(0) ack 11 <ecr 6000>   <--   -",
	"6.500000  -     -->  P. 11:21(10) ack 1 <ts 1000>  -->   - : paws",
	"6.500004  -     <--   . 1:1(0) ack 11 <ecr 6000>   <--   -");

	expect_finding(*state, "paws_failure",
	               "{'frames': [6, 7], 'paws_failure': {'reaction': 'dup_ack'}}");
}

/* B was slow to answer the SYN and is faster now. */
static void a_dsack_names_what_it_answers_however_soon(void **state)
{
	draw(*state,
	"0.000  -     -->  S  0:0(0)                       -->   -",
	"0.072  -     <--  S. 0:0(0) ack 1                 <--   -",
	"0.082  -     -->   . 1:1(0) ack 1                 -->   -",
	"6.000  -     -->  P. 1:11(10) ack 1 <ts 6000>     -->   -",
	"6.080  -     <--   . 1:1(0) ack 11 <ecr 6000>     <--   -",
	"6.300  -     -->  P. 11:21(10) ack 1 <ts 6300>    -->   -",
	"6.380  -     <--   . 1:1(0) ack 21 <ecr 6300>     <--   -",
	"6.500  -     -->  P. 1:11(10) ack 1 <ts 6000>     -->   - : paws repeat",
	"6.533  -     <--   . 1:1(0) ack 21 <ecr 6300, sack 1:11> <-- -");

	expect_finding(*state, "paws_failure",
	               "{'frames': [8, 9], 'paws_failure': {'reaction': 'dsack'}}");
}

/* A reordering network: the original comes 30 ms after its copy. */
static void data_overtaken_by_its_own_copy_is_reordering(void **state)
{
	draw(*state, TAKEN,
	"6.200  -     -->  P. 11:21(10) ack 1 <ts 6200>   -->   -",
	"6.220  -     <--   . 1:1(0) ack 21 <ecr 6200>    <--   -",
	"6.230  -     -->  P. 11:21(10) ack 1 <ts 6170>   -->   - : paws repeat",
	"6.250  -     <--   . 1:1(0) ack 21 <ecr 6200, sack 11:21> <-- -");

	expect_no_findings(*state);
}

static void a_copy_more_than_a_second_old_counts_unanswered(void **state)
{
	draw(*state, TAKEN,
	"8.200  -     -->  P. 11:21(10) ack 1 <ts 8200>   -->   -",
	"8.220  -     <--   . 1:1(0) ack 21 <ecr 8200>    <--   -",
	"8.500  -     -->  P. 1:11(10) ack 1 <ts 6000>    -->   - : paws repeat");

	expect_finding(*state, "paws_failure",
	               "{'severity': 'info', 'outcome': 'undecided', "
	               "'paws_failure': {'behind_ticks': 2200}}");
}

static void a_younger_copy_without_an_answer_is_none(void **state)
{
	draw(*state, TAKEN,
	"6.200  -     -->  P. 11:21(10) ack 1 <ts 6200>   -->   -",
	"6.220  -     <--   . 1:1(0) ack 21 <ecr 6200>    <--   -",
	"6.500  -     -->  P. 1:11(10) ack 1 <ts 6000>    -->   - : paws repeat");
	expect_no_finding(*state, "paws_failure");
}

static void a_segment_of_the_life_before_is_told_as_such(void **state)
{
	draw(*state, TAKEN,
	"6.100  -     -->  R. 11:11(0) ack 1              -->   -",
	"8.000  -     -->  S  11:11(0)                    -->   -",
	"8.020  -     <--  S. 80000:80000(0) ack 12       <--   -",
	"8.030  -     -->   . 12:12(0) ack 80001          -->   -",
	"8.100  -     -->  P. 12:22(10) ack 80001         -->   -",
	"8.120  -     <--   . 80001:80001(0) ack 22       <--   -",
	"8.200  -     -->  P. 1:11(10) ack 1 <ts 6000>    -->   - : paws");

	expect_finding(*state, "paws_failure",
	               "{'end': 'server', 'incarnation': 2, "
	               "'severity': 'info', "
	               "'paws_failure': {'incarnation': 1, "
	               "'segment': 'data', 'needed': false}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_late_copy_that_was_answered_is_information),
		figure(an_answer_at_the_host_itself_may_come_at_once),
		figure(a_dsack_names_what_it_answers_however_soon),
		figure(data_overtaken_by_its_own_copy_is_reordering),
		figure(a_copy_more_than_a_second_old_counts_unanswered),
		figure(a_younger_copy_without_an_answer_is_none),
		figure(a_segment_of_the_life_before_is_told_as_such),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
