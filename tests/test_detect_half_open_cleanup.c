/* half_open_cleanup: a SYN meets an end that still holds an older life. */
#include "figure.h"

/* clang-format off */

/* RFC 9293 section 3.5.1, Figure 9: A has forgotten all; frames 1 to 6. */
#define HELD_BY_B                                                              \
	"0.000  ESTABLISHED                                            ESTABLISHED ", \
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1             -->  ESTABLISHED ", \
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 101               <--  ESTABLISHED "

static void an_established_end_is_cleared_away(void **state)
{
	draw(*state, HELD_BY_B,
	"900.00 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      : reopens",
	"900.02 SYN-SENT     <--   . 1:1(0) ack 101               <--  UNKNOWN      : out_of_window",
	"900.03 SYN-SENT     -->  R  101:101(0)                   -->  UNKNOWN      : half_open",
	"900.04 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      : syn_copy",
	"900.06 ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_n_findings(*state, "half_open_cleanup", 1);
	expect_finding(*state, "half_open_cleanup",
	"{'end': 'server', 'incarnation': 2, 'outcome': 'cleared',"
	" 'severity': 'info', 'confidence': 'certain', 'count': 1,"
	" 'frames': [7, 8, 9, 10, 11], 'duration_us': 60000,"
	" 'message': 'the SYN of the client met a server that still held an older"
	" connection in ESTAB: its answer had old numbers and was refused by 1 RST;"
	" it was accepted 60.0 ms after the SYN',"
	" 'half_open_cleanup': {'held_state': 'established', 'answers': 1,"
	" 'resets': 1, 'delay_us': 60000}}");
	expect_no_finding(*state, "stale_rst");
	expect_connection(*state,
	"{'incarnation': 1, 'close': {'end_reason': 'reuse'},"
	" 'client': {'rst_sent': 0}, 'server': {'state': 'closed'}}");
	expect_connection(*state, "{'incarnation': 2, 'close': {'kind': 'open'}}");
}

/* The last ACK passed and was lost, so B is believed closed. */
static void an_end_in_last_ack_is_cleared_away(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1                 -->  CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2                 <--  LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2                 --X  CLOSED?     ",
	"0.150  SYN-SENT     -->  S  65539:65539(0)               -->  UNKNOWN     ",
	"0.170  SYN-SENT     <--   . 2:2(0) ack 2                 <--  UNKNOWN     ",
	"0.180  SYN-SENT     -->  R  2:2(0)                       -->  UNKNOWN      : half_open",
	"0.190  SYN-SENT     -->  S  65539:65539(0)               -->  UNKNOWN     ",
	"0.210  ESTABLISHED? <--  S. 900000:900000(0) ack 65540   <--  SYN-RECEIVED");

	expect_finding(*state, "half_open_cleanup",
	"{'end': 'server', 'incarnation': 2, 'outcome': 'cleared',"
	" 'confidence': 'certain', 'frames': [8, 9, 10, 11, 12],"
	" 'half_open_cleanup': {'held_state': 'last_ack'}}");
	expect_finding(*state, "tuple_reuse",
	"{'severity': 'warning', 'tuple_reuse': {'into': 'last_ack', 'fingerprint': 'tw_reuse'}}");
	expect_no_finding(*state, "time_wait_assassination");
}

/* RFC 6191 section 2: TIME-WAIT refuses a SYN with an old timestamp. */
static void an_end_in_time_wait_is_cleared_away(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  CLOSE-WAIT?  <--  F. 1:1(0) ack 1                 <--  FIN-WAIT-1  ",
	"0.120  LAST-ACK     -->  F. 1:1(0) ack 2                 -->  TIME-WAIT?  ",
	"0.140  CLOSED?      <--   . 2:2(0) ack 2                 <--  TIME-WAIT   ",
	"0.500  SYN-SENT     -->  S  7000000:7000000(0) <ts 50>   -->  UNKNOWN      : paws",
	"0.520  SYN-SENT     <--   . 2:2(0) ack 2                 <--  UNKNOWN     ",
	"0.530  SYN-SENT     -->  R  2:2(0)                       -->  UNKNOWN      : half_open",
	"0.540  SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN     ",
	"0.560  ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_finding(*state, "half_open_cleanup",
	"{'end': 'server', 'outcome': 'cleared',"
	" 'half_open_cleanup': {'held_state': 'time_wait'}}");
	expect_no_finding(*state, "time_wait_assassination");
}

/* What was held, no packet of this capture tells. */
static void a_capture_that_begins_with_the_syn_knows_no_state(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"0.020  SYN-SENT     <--   . 500000:500000(0) ack 700000 <--  UNKNOWN      ",
	"0.030  SYN-SENT     -->  R  700000:700000(0)          -->    UNKNOWN      : half_open",
	"1.040  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"1.060  ESTABLISHED? <--  S. 0:0(0) ack 1              <--    SYN-RECEIVED ");

	expect_finding(*state, "half_open_cleanup",
	"{'end': 'server', 'confidence': 'certain', 'outcome': 'cleared',"
	" 'message': 'the SYN of the client met a server that still held an older"
	" connection: its answer had old numbers and was refused by 1 RST; it was"
	" accepted 1.06 s after the SYN',"
	" 'half_open_cleanup': {'held_state': null, 'previous_flow_id': null}}");
}

/* A firewall behind the tap drops the RST. */
static void an_rst_that_does_not_help_is_a_warning(void **state)
{
	draw(*state, HELD_BY_B,
	"900.00 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      ",
	"900.02 SYN-SENT     <--   . 1:1(0) ack 101               <--  UNKNOWN      ",
	"900.03 SYN-SENT     -->  R  101:101(0)                   --X  UNKNOWN      ",
	"901.03 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      ",
	"901.05 SYN-SENT     <--   . 1:1(0) ack 101               <--  UNKNOWN      ",
	"901.06 SYN-SENT     -->  R  101:101(0)                   --X  UNKNOWN      ");

	expect_n_findings(*state, "half_open_cleanup", 1);
	expect_finding(*state, "half_open_cleanup",
	"{'outcome': 'blocked', 'severity': 'warning', 'count': 2,"
	" 'confidence': 'certain', 'frames': [7, 8, 9, 10, 11, 12],"
	" 'half_open_cleanup': {'answers': 2, 'resets': 2, 'delay_us': null}}");
}

static void a_listener_that_is_gone_refuses_the_next_syn(void **state)
{
	draw(*state, HELD_BY_B,
	"900.00 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      ",
	"900.02 SYN-SENT     <--   . 1:1(0) ack 101               <--  UNKNOWN      ",
	"900.03 SYN-SENT     -->  R  101:101(0)                   -->  UNKNOWN      ",
	"900.04 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      ",
	"900.06 CLOSED?      <--  R. =0:0(0) ack 7000001 <>       <--  CLOSED       ");

	expect_finding(*state, "half_open_cleanup", "{'outcome': 'refused'}");
}

static void a_capture_that_ends_too_soon_leaves_it_undecided(void **state)
{
	draw(*state, HELD_BY_B,
	"900.00 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      ",
	"900.02 SYN-SENT     <--   . 1:1(0) ack 101               <--  UNKNOWN      ",
	"900.03 SYN-SENT     -->  R  101:101(0)                   -->  UNKNOWN      ");

	expect_finding(*state, "half_open_cleanup",
	"{'outcome': 'undecided', 'confidence': 'likely'}");
}

/* The answer was dropped by the capture: the RST and the repeated SYN tell. */
static void an_answer_that_was_not_captured_makes_it_likely(void **state)
{
	draw(*state, HELD_BY_B,
	"900.00 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      ",
	"900.02 -            <~~   . 1:1(0) ack 101               <~~  -            ",
	"900.03 SYN-SENT     -->  R  101:101(0)                   -->  UNKNOWN      : half_open",
	"900.04 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      ",
	"900.06 ESTABLISHED? <--  S. 900000:900000(0) ack 7000001 <--  SYN-RECEIVED");

	expect_finding(*state, "half_open_cleanup",
	"{'outcome': 'cleared', 'confidence': 'likely',"
	" 'half_open_cleanup': {'answers': 0, 'resets': 1}}");
}

static void one_direction_makes_it_possible(void **state)
{
	draw(*state, "seen from A only",
	"0.000  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"0.020  -            <--   . 500000:500000(0) ack 700000 <--  -            ",
	"0.030  SYN-SENT     -->  R  700000:700000(0)          -->    UNKNOWN      : half_open",
	"0.040  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"0.060  -            <--  S. 0:0(0) ack 1              <--    -            ",
	"0.070  ESTABLISHED? -->   . 1:1(0) ack 1              -->    -            ");

	expect_finding(*state, "half_open_cleanup", "{'confidence': 'possible'}");
}

/* ---- what is none --------------------------------------------------------- */

/* The first SYN is accepted: B held nothing. */
static void a_straggler_of_the_older_life_is_none(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"0.005  SYN-SENT     <--  P. 500000:500100(100) ack 700000 <-- UNKNOWN     ",
	"0.010  SYN-SENT     -->  R  700000:700000(0)          -->    UNKNOWN      ",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1              <--    SYN-RECEIVED ");

	expect_no_finding(*state, "half_open_cleanup");
}

/* RFC 9293 section 3.5, Figure 8: an old duplicate SYN reached B. */
static void a_syn_ack_for_an_old_syn_is_none(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"0.020  -            <--  S. 0:0(0) ack 700000         <--    -            ",
	"0.030  -            -->  R  700000:700000(0)          -->    -            ",
	"1.000  -            -->  S  0:0(0)                    -->    -            ",
	"1.020  -            <--  S. 5000:5000(0) ack 1        <--    -            ");

	expect_no_finding(*state, "half_open_cleanup");
}

static void an_rst_that_refuses_the_syn_is_none(void **state)
{
	draw(*state, HELD_BY_B,
	"900.00 SYN-SENT     -->  S  7000000:7000000(0)           -->  UNKNOWN      ",
	"900.02 CLOSED?      <--  R. =0:0(0) ack 7000001 <>       <--  CLOSED       ");

	expect_no_finding(*state, "half_open_cleanup");
}

/* The client gives up its SYN: an RST, but nothing was refused with it. */
static void an_opener_that_gives_up_is_none(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"1.000  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN      ",
	"2.000  -            -->  R  1:1(0)                    -->    -            ");

	expect_no_finding(*state, "half_open_cleanup");
}

static void an_rst_in_an_open_connection_is_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  CLOSED       -->  R  1:1(0)                       -->  CLOSED?      : !half_open");

	expect_no_finding(*state, "half_open_cleanup");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(an_established_end_is_cleared_away),
		figure(an_end_in_last_ack_is_cleared_away),
		figure(an_end_in_time_wait_is_cleared_away),
		figure(a_capture_that_begins_with_the_syn_knows_no_state),
		figure(an_rst_that_does_not_help_is_a_warning),
		figure(a_listener_that_is_gone_refuses_the_next_syn),
		figure(a_capture_that_ends_too_soon_leaves_it_undecided),
		figure(an_answer_that_was_not_captured_makes_it_likely),
		figure(one_direction_makes_it_possible),
		figure(a_straggler_of_the_older_life_is_none),
		figure(a_syn_ack_for_an_old_syn_is_none),
		figure(an_rst_that_refuses_the_syn_is_none),
		figure(an_opener_that_gives_up_is_none),
		figure(an_rst_in_an_open_connection_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
