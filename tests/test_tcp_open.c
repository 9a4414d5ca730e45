/* How a life begins: handshakes, captures that begin late, and SYNs that meet
 * an end which is not waiting for one. */
#include "figure.h"

/* clang-format off */

/* RFC 9293 section 3.5, Figure 6. */
static void a_handshake_measures_both_sides_of_the_tap(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN      : syn",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1    <--    SYN-RECEIVED : syn",
	"0.030  ESTABLISHED  -->   . 1:1(0) ack 1    -->    ESTABLISHED? ",
	"0.050  ESTABLISHED  <--   . 1:1(0) ack 1    <--    ESTABLISHED  ");

	expect_end(*state, SIDE_A, rtt, 10 * MS);
	expect_end(*state, SIDE_B, rtt, 20 * MS);
	expect_conn(*state, midstream, false);
}

/* RFC 7413: data in the SYN, acknowledged by the SYN+ACK. */
static void a_syn_may_carry_data(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:100(100)       -->   UNKNOWN      : syn new_data",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 101   <--   SYN-RECEIVED ",
	"0.030  ESTABLISHED  -->   . 101:101(0) ack 1 -->   ESTABLISHED? ",
	"0.100  FIN-WAIT-1   -->  F. 101:101(0) ack 1 -->   CLOSE-WAIT?  ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 102   <--   CLOSE-WAIT   ");
	expect_end(*state, SIDE_A, bytes, 100);
	expect_fin(*state, SIDE_A, pos, 101);
}

/* RFC 3168: ECN is asked for with flags that mean nothing here. */
static void a_syn_may_ask_for_ecn(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  SEW 0:0(0)          -->   UNKNOWN      : syn",
	"0.020  ESTABLISHED? <--  S.E 0:0(0) ack 1    <--   SYN-RECEIVED : syn",
	"0.030  ESTABLISHED  -->   .  1:1(0) ack 1    -->   ESTABLISHED? ");
}

/* RFC 6298 section 3: a repeated segment measures nothing. */
static void a_repeated_syn_measures_nothing(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          --X    UNKNOWN      ",
	"1.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN      : syn_copy !syn",
	"1.020  ESTABLISHED? <--  S. 0:0(0) ack 1    <--    SYN-RECEIVED ");

	expect_end(*state, SIDE_B, rtt, 0);
}

/* RFC 9293 section 3.5, Figure 7. */
static void two_syns_that_cross_open_one_connection(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN      ",
	"0.001  SYN-SENT     <--  S  0:0(0)          <--    SYN-SENT     : syn",
	"0.011  SYN-RECEIVED -->  S. 0:0(0) ack 1    -->    ESTABLISHED? ",
	"0.021  ESTABLISHED? <--  S. 0:0(0) ack 1    <--    ESTABLISHED? ",
	"0.031  ESTABLISHED  -->   . 1:1(0) ack 1    -->    ESTABLISHED? ",
	"0.041  ESTABLISHED  <--   . 1:1(0) ack 1    <--    ESTABLISHED  ");
}

/* The SYN was not captured; whoever is answered had sent one. */
static void a_capture_may_begin_with_the_syn_ack(void **state)
{
	draw(*state,
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1    <--    SYN-RECEIVED : syn",
	"0.030  ESTABLISHED  -->   . 1:1(0) ack 1    -->    ESTABLISHED? ",
	"0.050  ESTABLISHED  <--   . 1:1(0) ack 1    <--    ESTABLISHED  ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT?  ");

	expect_end(*state, SIDE_A, rtt, 10 * MS);
	expect_conn(*state, midstream, false);
}

/* A late capture cannot know who had closed his side before it began, until
 * he sends something new. */
static void a_capture_in_mid_stream_is_sure_of_whoever_sends_new_data(void **state)
{
	draw(*state,
	"0.100  ESTABLISHED? -->  P. 1:11(10) ack 1    -->  ESTABLISHED? ",
	"0.120  ESTABLISHED? <--  P. 1:11(10) ack 11   <--  ESTABLISHED? ",
	"0.130  ESTABLISHED? -->  P. 11:21(10) ack 11  -->  ESTABLISHED? ",
	"0.150  ESTABLISHED  <--  P. 11:21(10) ack 21  <--  ESTABLISHED  : new_data",
	"0.160  FIN-WAIT-1   -->  F. 21:21(0) ack 21   -->  CLOSE-WAIT?  ",
	"0.180  TIME-WAIT?   <--  F. 21:21(0) ack 22   <--  LAST-ACK     ",
	"0.190  TIME-WAIT    -->   . 22:22(0) ack 22   -->  CLOSED?      ");

	expect_conn(*state, midstream, true);
}

static void a_capture_may_begin_with_a_fin(void **state)
{
	draw(*state,
	"0.100  FIN-WAIT-1?  -->  F. 1:1(0) ack 1      -->  CLOSE-WAIT?  : fin",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2      <--  LAST-ACK     ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2      -->  CLOSED?      ");
}

static void a_capture_may_begin_with_the_ack_of_a_fin(void **state)
{
	draw(*state,
	"0.100  -            <--   . 1:1(0) ack 1      <--  ESTABLISHED? ",
	"0.200  FIN-WAIT-1?  -->  F. 1:1(0) ack 1      -->  CLOSE-WAIT?  : fin");
}

static void a_capture_may_begin_with_an_rst(void **state)
{
	draw(*state,
	"0.100  CLOSED       -->  R. 1:1(0) ack 1      -->  -            : rst",
	"0.101  CLOSED       -->  R  1:1(0)            -->  -            : rst");
}

/* RFC 7323 section 2.2: the shift is in the SYNs, so the windows of a late
 * capture are zero or not zero, no more. */
static void a_late_capture_does_not_know_the_scale(void **state)
{
	draw(*state,
	"0.100  -            -->  P. 1:11(10) ack 1        -->  - ",
	"0.120  -            <--   . 1:1(0) ack 11 win 0   <--  - ");

	for (size_t run = 0; run < figure_runs(*state); run++) {
		assert_false(end_is(figure_end_of(*state, run, SIDE_A),
				    END_WINDOW_KNOWN));
		assert_int_equal(figure_end_of(*state, run, SIDE_B)->wnd, 0);
	}
}

/* Nothing is certain of an end whose peer may have closed unseen. */
static void a_capture_of_one_direction_says_so(void **state)
{
	draw(*state, "seen from A only",
	"0.000  ESTABLISHED?                               ESTABLISHED? ",
	"0.100  FIN-WAIT-1?  -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT?  ",
	"0.120  FIN-WAIT-1?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT?  ",
	"0.320  FIN-WAIT-1?  <--  F. 1:1(0) ack 2   <--    CLOSE-WAIT?  ",
	"0.330  FIN-WAIT-1?  -->   . 2:2(0) ack 2   -->    CLOSE-WAIT?  ");

	for (size_t run = 0; run < figure_runs(*state); run++)
		assert_true(conn_one_sided(figure_conn(*state, run)));
}

static void a_capture_of_the_other_direction_says_so(void **state)
{
	draw(*state, "seen from B only",
	"0.000  ESTABLISHED?                               ESTABLISHED? ",
	"0.100  ESTABLISHED? -->  F. 1:1(0) ack 1   -->    ESTABLISHED? ",
	"0.120  ESTABLISHED? <--   . 1:1(0) ack 2   <--    ESTABLISHED? : !acks_unseen");

	for (size_t run = 0; run < figure_runs(*state); run++)
		assert_true(conn_one_sided(figure_conn(*state, run)));
}

static void both_directions_are_not_one_sided(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED  ");
	for (size_t run = 0; run < figure_runs(*state); run++)
		assert_false(conn_one_sided(figure_conn(*state, run)));
}

/* ---- a SYN where none is expected ----------------------------------------- */

/* RFC 5961 section 4.2: whatever the state, it draws a challenge ACK and changes
 * nothing; neither does it take sequence space of this life. */
static void a_foreign_syn_changes_no_established_end(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED ",
	"0.100  ESTABLISHED  -->  S  90000:90000(0)    -->    ESTABLISHED : !syn !syn_copy !new_data !changes",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 1      <--    ESTABLISHED : !acks_unseen",
	"0.200  FIN-WAIT-1   -->  F. 1:1(0) ack 1      -->    CLOSE-WAIT? ");

	expect_end(*state, SIDE_A, snd_nxt, 2);
	expect_end(*state, SIDE_A, bytes, 0);
}

static void a_foreign_syn_changes_no_close_wait(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1      -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2      <--    CLOSE-WAIT  ",
	"0.200  FIN-WAIT-2?  -->  S  90000:90000(0)    -->    CLOSE-WAIT  : !changes !beyond_fin",
	"0.220  FIN-WAIT-2?  <--   . 1:1(0) ack 2      <--    CLOSE-WAIT  : dup_ack");
}

static void a_foreign_syn_changes_no_fin_wait(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1      --X    CLOSE-WAIT? ",
	"0.150  FIN-WAIT-1   <--  S  90000:90000(0)    <--    CLOSE-WAIT? : !changes",
	"0.160  FIN-WAIT-1   -->   . 2:2(0) ack 1      -->    CLOSE-WAIT? ");
}

static void a_foreign_syn_changes_no_closing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1      -->    CLOSE-WAIT? ",
	"0.101  CLOSING?     <--  F. 1:1(0) ack 1      <--    CLOSING?    ",
	"0.150  CLOSING?     <--  S  90000:90000(0)    <--    CLOSING?    : !changes");
}

static void a_foreign_syn_changes_no_last_ack_and_no_time_wait(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1      -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2      <--    LAST-ACK    ",
	"0.125  TIME-WAIT?   -->  S  90000:90000(0)    -->    LAST-ACK    : !changes",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2      -->    CLOSED?     ",
	"0.200  TIME-WAIT    <--  S  90000:90000(0)    <--    CLOSED?     : !changes",
	"0.210  TIME-WAIT    -->   . 2:2(0) ack 2      -->    CLOSED?     ");
}

/* The SYN of this life, overtaken by all the rest. */
static void a_late_copy_of_the_own_syn_changes_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1      -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2      <--    CLOSE-WAIT  ",
	"0.200  FIN-WAIT-2?  -->  S  0:0(0)            -->    CLOSE-WAIT  : syn_copy !changes");
}

/* RFC 9293 section 3.5.1, Figure 9, from the new life's side: the old end's
 * challenge has numbers of the old life, and so has the RST that it draws. */
static void an_old_end_is_cleaned_up_before_the_handshake(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"0.020  SYN-SENT     <--   . 500000:500000(0) ack 700000 <--  UNKNOWN      : out_of_window !acks_unseen",
	"0.030  SYN-SENT     -->  R  700000:700000(0)          -->    UNKNOWN      : rst half_open",
	"0.040  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      : syn_copy",
	"0.060  ESTABLISHED? <--  S. 0:0(0) ack 1              <--    SYN-RECEIVED : syn",
	"0.070  ESTABLISHED  -->   . 1:1(0) ack 1              -->    ESTABLISHED? ");

	expect_end(*state, SIDE_A, snd_nxt, 1);
	expect_end(*state, SIDE_A, missing, 0);
	expect_end(*state, SIDE_B, snd_nxt, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		both_figures(a_handshake_measures_both_sides_of_the_tap),
		both_figures(a_syn_may_carry_data),
		both_figures(a_syn_may_ask_for_ecn),
		both_figures(a_repeated_syn_measures_nothing),
		both_figures(two_syns_that_cross_open_one_connection),
		both_figures(a_capture_may_begin_with_the_syn_ack),
		both_figures(a_capture_in_mid_stream_is_sure_of_whoever_sends_new_data),
		both_figures(a_capture_may_begin_with_a_fin),
		both_figures(a_capture_may_begin_with_the_ack_of_a_fin),
		both_figures(a_capture_may_begin_with_an_rst),
		both_figures(a_late_capture_does_not_know_the_scale),
		both_figures(a_capture_of_one_direction_says_so),
		both_figures(a_capture_of_the_other_direction_says_so),
		both_figures(both_directions_are_not_one_sided),
		model_figure(a_foreign_syn_changes_no_established_end),
		model_figure(a_foreign_syn_changes_no_close_wait),
		model_figure(a_foreign_syn_changes_no_fin_wait),
		model_figure(a_foreign_syn_changes_no_closing),
		model_figure(a_foreign_syn_changes_no_last_ack_and_no_time_wait),
		both_figures(a_late_copy_of_the_own_syn_changes_nothing),
		both_figures(an_old_end_is_cleaned_up_before_the_handshake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
