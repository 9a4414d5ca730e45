/* Several lives of one four-tuple, as the analyzer tells them apart. A later
 * life goes on in the sequence space of the first: its SYN stands where its
 * ISS lies from the first one's. */
#include "figure.h"

/* clang-format off */

#define CLOSED_BY_A                                                            \
	"0.000  ESTABLISHED                                  ESTABLISHED ",    \
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",    \
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2     <--    LAST-ACK    ",    \
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2     -->    CLOSED?     "

/* tcp_twsk_unique() takes old SND.NXT + 65537 for the new ISS. */
static void a_new_syn_after_the_close_begins_a_life(void **state)
{
	draw(*state, CLOSED_BY_A,
	"2.000  SYN-SENT     -->  S  65539:65539(0)              -->  UNKNOWN      : syn",
	"2.020  ESTABLISHED? <--  S. 900000:900000(0) ack 65540  <--  SYN-RECEIVED : syn",
	"2.030  ESTABLISHED  -->   . 65540:65540(0) ack 900001   -->  ESTABLISHED? ",
	"2.100  FIN-WAIT-1   -->  F. 65540:65540(0) ack 900001   -->  CLOSE-WAIT?  ");

	expect_connection(*state,
	"{'incarnation': 1, 'stream': 0, 'last_frame': 7,"
	" 'close': {'kind': 'fin', 'end_reason': 'reuse'}}");
	expect_connection(*state,
	"{'incarnation': 2, 'stream': 1, 'first_frame': 8,"
	" 'close': {'kind': 'fin', 'complete': false}}");
}

static void a_syn_sent_again_begins_no_life(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)         --X    UNKNOWN      ",
	"1.000  SYN-SENT     -->  S  0:0(0)         -->    UNKNOWN      : syn_copy",
	"1.020  ESTABLISHED? <--  S. 0:0(0) ack 1   <--    SYN-RECEIVED ",
	"1.030  ESTABLISHED  -->   . 1:1(0) ack 1   -->    ESTABLISHED? ");

	expect_connection(*state, "{'incarnation': 1, 'first_frame': 1}");
}

/* RFC 9293 section 3.5.1, Figure 9. The last ACK was lost, A opens anew from
 * the same port: the old end in LAST-ACK challenges, and is reset. */
static void an_old_end_is_cleaned_up_before_the_new_life(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                  ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1     -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2     <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2     --X    CLOSED?     ",
	"0.150  SYN-SENT     -->  S  65539:65539(0)   -->    UNKNOWN      : syn",
	"0.170  -            <--   . 2:2(0) ack 2     <--    -           ",
	"0.180  -            -->  R  2:2(0)           -->    -            : rst",
	"0.190  SYN-SENT     -->  S  65539:65539(0)   -->    UNKNOWN      : syn_copy",
	"0.210  ESTABLISHED? <--  S. 900000:900000(0) ack 65540  <--  SYN-RECEIVED",
	"0.220  ESTABLISHED  -->   . 65540:65540(0) ack 900001   -->  ESTABLISHED?");

	expect_connection(*state, "{'incarnation': 1}");
	expect_connection(*state, "{'incarnation': 2, 'close': {'kind': 'open'}}");
	expect_no_finding(*state, "stale_rst");
}

/* An RST with the old life's numbers in the new one. */
static void an_rst_of_the_life_before_is_stale(void **state)
{
	draw(*state, CLOSED_BY_A,
	"2.000  SYN-SENT     -->  S  90000000:90000000(0)              -->  UNKNOWN      ",
	"2.020  ESTABLISHED? <--  S. 80000000:80000000(0) ack 90000001  <--  SYN-RECEIVED ",
	"2.030  ESTABLISHED  -->   . 90000001:90000001(0) ack 80000001  -->  ESTABLISHED? ",
	"2.050  ESTABLISHED  <--   . 80000001:80000001(0) ack 90000001  <--  ESTABLISHED  ",
	"2.100  ESTABLISHED  <--  R  2:2(0)                             <--  ESTABLISHED  : rst of_past stale_rst !accepted");

	expect_finding(*state, "stale_rst",
	"{'end': 'client', 'stale_rst': {'rst_incarnation': 1, 'rst_of': 'connection',"
	" 'position': 'out_of_window'}}");
	expect_n_findings(*state, "stale_rst", 1);
}

#define LIVES_AGAIN                                                            \
	CLOSED_BY_A,                                                           \
	"2.000  SYN-SENT     -->  S  90000000:90000000(0)              -->  UNKNOWN      ", \
	"2.020  ESTABLISHED? <--  S. 80000000:80000000(0) ack 90000001  <--  SYN-RECEIVED ", \
	"2.030  ESTABLISHED  -->   . 90000001:90000001(0) ack 80000001  -->  ESTABLISHED? ", \
	"2.050  ESTABLISHED  <--   . 80000001:80000001(0) ack 90000001  <--  ESTABLISHED  "

/* RFC 9293 section 3.10.7.1: ACK-1 names the SYN that is refused. */
static void a_refusal_of_an_older_syn_is_told_by_its_ack(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                             --X  UNKNOWN      ",
	"5.000  SYN-SENT     -->  S  90000000:90000000(0)               -->  UNKNOWN      : syn",
	"5.020  ESTABLISHED? <--  S. 80000000:80000000(0) ack 90000001  <--  SYN-RECEIVED ",
	"5.030  ESTABLISHED  -->   . 90000001:90000001(0) ack 80000001  -->  ESTABLISHED? ",
	"5.050  ESTABLISHED  <--   . 80000001:80000001(0) ack 90000001  <--  ESTABLISHED  ",
	"5.100  ESTABLISHED  <--  R. =0:0(0) ack 1                      <--  ESTABLISHED  : refusal of_past_syn stale_rst !accepted");
}

/* Rule 4: the four-tuple has one timestamp clock, whatever the numbers. */
static void an_rst_with_a_tsval_before_this_life_is_older(void **state)
{
	draw(*state, LIVES_AGAIN,
	"2.100  -            <--  R. 80000001:80000001(0) ack 90000001 <ts 500 ecr 490> <--  -  : abort of_past by_timestamp stale_rst");
}

static void an_rst_of_this_life_is_no_stale_one(void **state)
{
	draw(*state, LIVES_AGAIN,
	"2.100  CLOSED?      <--  R. 80000001:80000001(0) ack 90000001  <--  CLOSED       : abort exact of_connection !stale_rst accepted");
	expect_no_finding(*state, "stale_rst");
	expect_connection(*state,
	"{'incarnation': 2, 'close': {'kind': 'reset', 'reset_by': 'server'}}");
}

/* A plain RST takes its number from the ACK of the segment it answers. */
static void an_rst_that_answers_a_segment_of_this_life_belongs_to_it(void **state)
{
	draw(*state, LIVES_AGAIN,
	"2.060  -            -->  P. 90000001:90000011(10) ack 80000001 -->  -            ",
	"2.080  CLOSED?      <--  R  80000001:80000001(0)               <--  CLOSED       : plain exact of_connection !stale_rst");
}

/* A late FIN copy of a life that is over draws no new life. */
static void a_late_fin_copy_belongs_to_the_life_that_is_over(void **state)
{
	draw(*state, CLOSED_BY_A,
	"70.000 TIME-WAIT                                    CLOSED?     ",
	"80.000 -            <--  F. 1:1(0) ack 2     <--    -           ");

	expect_connection(*state, "{'incarnation': 1, 'last_frame': 7}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_new_syn_after_the_close_begins_a_life),
		figure(a_syn_sent_again_begins_no_life),
		figure(an_old_end_is_cleaned_up_before_the_new_life),
		figure(an_rst_of_the_life_before_is_stale),
		figure(a_refusal_of_an_older_syn_is_told_by_its_ack),
		figure(an_rst_with_a_tsval_before_this_life_is_older),
		figure(an_rst_of_this_life_is_no_stale_one),
		figure(an_rst_that_answers_a_segment_of_this_life_belongs_to_it),
		figure(a_late_fin_copy_belongs_to_the_life_that_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
