/* RFC 7323: TS.Recent as a tap knows it, and what fails PAWS against it.
 * TSvals are drawn as the sender's clock in ms. */
#include "figure.h"

/* clang-format off */

static void expect_ts(void *state, enum figure_side side, int64_t certain,
		      int64_t presumed)
{
	for (size_t run = 0; run < figure_runs(state); run++) {
		const struct end *e = figure_end_of(state, run, side);
		assert_int_equal(e->ts_recent.wire,
				 figure_tsval(state, run, !side, certain));
		assert_int_equal(e->ts_presumed.wire,
				 figure_tsval(state, run, !side, presumed));
	}
}

/* RFC 7323 section 4.3: what an end echoed, its TS.Recent holds at least. */
static void an_echo_makes_ts_recent_certain(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                      ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100> --> ESTABLISHED ");
	expect_ts(*state, SIDE_B, -35, 100);

	draw(*state,
	"0.000  ESTABLISHED                                      ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100> --> ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11           <-- ESTABLISHED ");
	expect_ts(*state, SIDE_B, 100, 100);
}

/* Section 4.3: of segments that await one ACK, the first one's is kept. */
static void a_delayed_ack_echoes_the_first_segment(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.102  ESTABLISHED  -->  P. 11:21(10) ack 1 <ts 102> -->  ESTABLISHED ",
	"0.140  ESTABLISHED  <--   . 1:1(0) ack 21            <--  ESTABLISHED ");
	expect_ts(*state, SIDE_B, 100, 100);
}

/* Section 5.3, R1. It goes on where the sender stands, so the sender's clock
 * is at fault; the receiver drops it all the same. */
static void a_segment_older_than_an_echo_fails_for_certain(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"0.200  ESTABLISHED  -->  P. 11:21(10) ack 1 <ts 50>  -->  ESTABLISHED  : paws paws_certain harmful",
	"0.220  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED  : dup_ack");
}

/* TCP_PAWS_WINDOW: one tick behind passes, two do not. */
static void one_tick_behind_passes(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"0.200  ESTABLISHED  -->  P. 11:21(10) ack 1 <ts 99>  -->  ESTABLISHED  : !paws",
	"0.210  ESTABLISHED  -->  P. 21:31(10) ack 1 <ts 98>  -->  ESTABLISHED  : paws_certain");
}

/* The newer one may be lost or overtaken behind the tap. */
static void a_segment_older_than_one_that_passed_fails_presumably(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.101  ESTABLISHED  -->  P. 11:21(10) ack 1 <ts 50>  -->  ESTABLISHED  : paws_presumed !paws_certain harmful");
}

/* RFC 7323 section 5.3: PAWS compares with TS.Recent, not with the highest
 * TSval seen. */
static void data_overtaken_by_newer_data_is_accepted(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 11:21(10) ack 1 <ts 100> -->  ESTABLISHED  : ahead !paws",
	"0.101  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 90>   -->  ESTABLISHED  : fills_hole !paws",
	"0.121  ESTABLISHED  <--   . 1:1(0) ack 21            <--  ESTABLISHED  ");
	expect_ts(*state, SIDE_B, 90, 90);
}

/* Wholly below the receiver's ACK: a late duplicate, which harms nobody. */
static void an_old_copy_of_old_data_is_harmless(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"0.200  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 10>   -->  ESTABLISHED  : paws_certain repeat !harmful");
}

static void a_fin_that_fails_paws_is_not_taken(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"0.200  FIN-WAIT-1   -->  F. 11:11(0) ack 1 <ts 50>   -->  ESTABLISHED  : paws_certain harmful fin",
	"0.220  FIN-WAIT-1   <--   . 1:1(0) ack 11            <--  ESTABLISHED  ",
	"0.420  FIN-WAIT-1   -->  F. 11:11(0) ack 1 <ts 420>  -->  CLOSE-WAIT?  : fin_copy !paws",
	"0.440  FIN-WAIT-2?  <--   . 1:1(0) ack 12            <--  CLOSE-WAIT   ");
}

/* An old duplicate is old news of its sender too. */
static void an_old_fin_of_another_life_closes_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                          ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>   -->   ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11             <--   ESTABLISHED ",
	"0.200  ESTABLISHED  -->  F. 500:500(0) ack 1 <ts -9000> --> ESTABLISHED  : paws_certain !fin !changes");
	expect_end(*state, SIDE_A, snd_nxt, 11);
}

/* Section 5.2: RST is exempt. */
static void an_rst_is_not_checked(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"0.200  CLOSED       -->  R. 11:11(0) ack 1 <ts 50>   -->  CLOSED?      : !paws");
}

/* TCP_PAWS_WRAP: TS.Recent is void after 2147 s. */
static void ts_recent_is_void_after_half_an_hour_and_more(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"2200.0 ESTABLISHED  -->  P. 11:21(10) ack 1 <ts 50>  -->  ESTABLISHED  : !paws");

	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1 <ts 100>  -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"2100.0 ESTABLISHED  -->  P. 11:21(10) ack 1 <ts 50>  -->  ESTABLISHED  : paws_certain");
}

/* RFC 7323 section 3.2 would have it dropped; Linux takes a segment without
 * the option unchecked: tcp_validate_incoming(). Options that were not captured
 * say nothing. */
static void a_segment_without_a_timestamp_is_not_checked(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1           -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"0.200  ESTABLISHED  -->  P. 11:21(10) ack 1 <no ts>  -->  ESTABLISHED  : !paws new_data",
	"0.300  ESTABLISHED  -->  P. 21:31(10) ack 1 <cut>    -->  ESTABLISHED  : !paws new_data");
}

/* Section 5.2: without the ACK flag TSecr says nothing. */
static void the_tsecr_of_a_syn_is_no_echo(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0) <ts 0 ecr 7777>   -->  UNKNOWN      ");
	for (size_t run = 0; run < figure_runs(*state); run++)
		assert_false(end_is(figure_end_of(*state, run, SIDE_A),
				    END_TS_CERTAIN));
}

static void without_timestamps_nothing_fails(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1           -->  ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11            <--  ESTABLISHED ",
	"0.200  ESTABLISHED  -->  P. 1:11(10) ack 1           -->  ESTABLISHED  : repeat !paws");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		both_figures(an_echo_makes_ts_recent_certain),
		both_figures(a_delayed_ack_echoes_the_first_segment),
		both_figures(a_segment_older_than_an_echo_fails_for_certain),
		both_figures(one_tick_behind_passes),
		both_figures(a_segment_older_than_one_that_passed_fails_presumably),
		both_figures(data_overtaken_by_newer_data_is_accepted),
		both_figures(an_old_copy_of_old_data_is_harmless),
		both_figures(a_fin_that_fails_paws_is_not_taken),
		both_figures(an_old_fin_of_another_life_closes_nothing),
		both_figures(an_rst_is_not_checked),
		both_figures(ts_recent_is_void_after_half_an_hour_and_more),
		both_figures(a_segment_without_a_timestamp_is_not_checked),
		both_figures(the_tsecr_of_a_syn_is_no_echo),
		both_figures(without_timestamps_nothing_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
