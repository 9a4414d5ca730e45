/* Windows: closed, probed, opened, scaled; and keep-alives, which look the
 * same as probes. */
#include "figure.h"

/* clang-format off */

/* Linux probes with an empty ACK at SND.UNA-1: tcp_xmit_probe_skb(). While the
 * window is closed nobody knows what Linux calls A: __tcp_close(). */
static void a_linux_probe_is_an_empty_ack_before_a_closed_window(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1         -->    ESTABLISHED ",
	"0.120  ESTABLISHED? <--   . 1:1(0) ack 11 win 0    <--    ESTABLISHED  : window_closed !dup_ack",
	"0.340  ESTABLISHED? -->   . 10:10(0) ack 1         -->    ESTABLISHED  : probe !keep_alive !dup_ack",
	"0.360  ESTABLISHED? <--   . 1:1(0) ack 11 win 0    <--    ESTABLISHED  : dup_ack !window_closed",
	"0.780  ESTABLISHED? -->   . 10:10(0) ack 1         -->    ESTABLISHED  : probe",
	"0.900  ESTABLISHED  <--   . 1:1(0) ack 11 win 6400 <--    ESTABLISHED  : window_opened !dup_ack",
	"1.900  ESTABLISHED  -->   . 10:10(0) ack 1         -->    ESTABLISHED  : keep_alive !probe");

	expect_end(*state, SIDE_A, n_probes, 2);
	expect_end(*state, SIDE_A, n_keep_alives, 1);
	expect_end(*state, SIDE_B, n_zero_windows, 1);
	expect_end(*state, SIDE_B, wnd, 6400);
}

static void a_bsd_probe_carries_the_byte_beyond_the_window(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  -            <--   . 1:1(0) ack 1 win 0     <--    ESTABLISHED  : window_closed",
	"0.340  -            -->   . 1:2(1) ack 1           -->    -            : probe",
	"0.360  -            <--   . 1:1(0) ack 1 win 0     <--    -            : dup_ack",
	"0.780  -            -->   . 1:2(1) ack 1           -->    -            : probe repeat");

	expect_end(*state, SIDE_A, n_probes, 2);
}

static void a_keep_alive_may_carry_an_old_byte(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1         -->    ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11          <--    ESTABLISHED ",
	"75.00  ESTABLISHED  -->   . 10:11(1) ack 1         -->    ESTABLISHED  : keep_alive !new_data",
	"75.02  ESTABLISHED  <--   . 1:1(0) ack 11          <--    ESTABLISHED  : dup_ack");

	expect_end(*state, SIDE_A, n_keep_alives, 1);
	expect_end(*state, SIDE_A, bytes, 10);
}

/* A FIN pinned before a closed window: it is repeated, never acknowledged
 * (RFC 9293 section 3.10.7.4, first step); the answers say ACK = the FIN's
 * number, window 0. */
static void a_fin_before_a_closed_window_stays_unacknowledged(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  -            <--   . 1:1(0) ack 1 win 0     <--    ESTABLISHED  : window_closed",
	"0.200  FIN-WAIT-1   -->  F. 1:1(0) ack 1           -->    CLOSE-WAIT?  : fin !probe",
	"0.260  FIN-WAIT-1   <--   . 1:1(0) ack 1 win 0     <--    ESTABLISHED  : rolled_back",
	"0.420  FIN-WAIT-1   -->  F. 1:1(0) ack 1           -->    CLOSE-WAIT?  : fin_copy",
	"0.440  FIN-WAIT-1   <--   . 1:1(0) ack 1 win 0     <--    CLOSE-WAIT?  : dup_ack");
}

/* RFC 7323 section 2.2: the window of a SYN is never scaled. */
static void windows_are_scaled_but_not_those_of_syns(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          win 64240   -->    UNKNOWN      ",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1    win 65160   <--    SYN-RECEIVED ");
	expect_end(*state, SIDE_A, wnd, 64240);
	expect_end(*state, SIDE_B, wnd, 65160);

	draw(*state,
	"0.000  ESTABLISHED                                      ESTABLISHED ",
	"0.100  ESTABLISHED  -->   . 1:1(0) ack 1 win 1280000 -->  ESTABLISHED ");
	expect_end(*state, SIDE_A, wnd, 1280000);
}

static void windows_are_scaled_only_if_both_ends_offer_it(void **state)
{
	/* The ends draw bytes of a window scaled by 7: 500 stand in the
	 * header, and A did not offer to scale. */
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)        <>            -->    UNKNOWN      ",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1                <--    SYN-RECEIVED ",
	"0.030  ESTABLISHED  -->   . 1:1(0) ack 1 win 64000      -->    ESTABLISHED? ",
	"0.100  ESTABLISHED  <--   . 1:1(0) ack 1 win 64000      <--    ESTABLISHED  ");
	expect_end(*state, SIDE_A, wnd, 500);
	expect_end(*state, SIDE_B, wnd, 500);
}

static void windows_without_scaling_are_what_they_say(void **state)
{
	draw(*state, "no window scaling",
	"0.000  ESTABLISHED                                      ESTABLISHED ",
	"0.100  ESTABLISHED  -->   . 1:1(0) ack 1 win 1234 -->   ESTABLISHED ");
	expect_end(*state, SIDE_A, wnd, 1234);
}

/* A segment that left before the newest one says nothing of the window. */
static void an_old_segment_moves_no_window(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                             ESTABLISHED ",
	"0.100  -            -->  P. 1:11(10) ack 1             -->     -           ",
	"0.120  -            <--   . 1:1(0) ack 11 win 1280     <--     -           ",
	"0.121  -            <--   . 1:1(0) ack 1 win 0 <ts 50> <--     -            : !window_closed");
	expect_end(*state, SIDE_B, wnd, 1280);
}

/* RFC 9293 section 3.10.7.4: no window reaches that far. */
static void a_segment_far_beyond_any_window_means_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                             ESTABLISHED ",
	"0.100  ESTABLISHED  -->  F. 20000000:20000000(0) ack 1  -->    ESTABLISHED : out_of_window !fin",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 1                <--    ESTABLISHED ");
	expect_end(*state, SIDE_A, snd_nxt, 1);
}

static void an_ack_far_beyond_anything_sent_means_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                             ESTABLISHED ",
	"0.100  ESTABLISHED  -->   . 1:1(0) ack 1500000000       -->    ESTABLISHED : out_of_window !acks_unseen");
	expect_end(*state, SIDE_B, missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		both_figures(a_linux_probe_is_an_empty_ack_before_a_closed_window),
		both_figures(a_bsd_probe_carries_the_byte_beyond_the_window),
		both_figures(a_keep_alive_may_carry_an_old_byte),
		both_figures(a_fin_before_a_closed_window_stays_unacknowledged),
		both_figures(windows_are_scaled_but_not_those_of_syns),
		both_figures(windows_are_scaled_only_if_both_ends_offer_it),
		both_figures(windows_without_scaling_are_what_they_say),
		both_figures(an_old_segment_moves_no_window),
		both_figures(a_segment_far_beyond_any_window_means_nothing),
		both_figures(an_ack_far_beyond_anything_sent_means_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
