/* fin_wait_1_pin: a close held up by a window that stays 0. */
#include "figure.h"

/* clang-format off */

/* B takes 1000 bytes and closes its window (frame 6). A probes it as Linux
 * does, at SND.UNA-1 with doubling gaps; the second probe gets no answer. */
#define PROBED                                                                 \
	"0.120  -     <--   . 1:1(0) ack 1001 win 0     <--   - : window_closed",\
	"0.340  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"0.360  -     <--   . 1:1(0) ack 1001           <--   - : dup_ack",    \
	"0.780  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"1.660  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"1.680  -     <--   . 1:1(0) ack 1001           <--   -",              \
	"3.420  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"3.440  -     <--   . 1:1(0) ack 1001           <--   -",              \
	"6.940  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"6.960  -     <--   . 1:1(0) ack 1001           <--   -"

#define STALL                                                                  \
	"0.000  ESTABLISHED                                   ESTABLISHED",    \
	"0.100  -     -->  P. 1:1001(1000) ack 1        -->   -",              \
	PROBED

/* It goes on to the end of an orphan's life: Linux tcp_probe_timer(). */
#define LONG_STALL STALL,                                                      \
	"13.980 -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"14.000 -     <--   . 1:1(0) ack 1001           <--   -",              \
	"28.060 -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"28.080 -     <--   . 1:1(0) ack 1001           <--   -",              \
	"56.220 -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"56.240 -     <--   . 1:1(0) ack 1001           <--   -",              \
	"112.540 -    -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"112.560 -    <--   . 1:1(0) ack 1001           <--   -"

#define LAST_PROBE                                                             \
	"225.180 -    -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"225.200 -    <--   . 1:1(0) ack 1001           <--   -"

/* ---- a close was pending ------------------------------------------------- */

static void a_fin_that_ends_the_flight_was_held_back(void **state)
{
	draw(*state, STALL,
	"9.000  -            <--   . 1:1(0) ack 1001 win 5000   <--   - : window_opened",
	"9.010  -            -->  P. 1001:2001(1000) ack 1      -->   -",
	"9.011  FIN-WAIT-1   -->  F. 2001:2501(500) ack 1       -->   CLOSE-WAIT?",
	"9.031  FIN-WAIT-2?  <--   . 1:1(0) ack 2502            <--   CLOSE-WAIT");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'end': 'client', 'severity': 'notice', "
	               "'confidence': 'certain', 'outcome': 'released', "
	               "'count': 5, 'frames': [6, 7, 9, 10, 12, 14, 16, 18], "
	               "'message': 'the client had closed and could not send its "
	               "last 1500 bytes and its FIN for 8.88 s, because the window "
	               "of the server stayed 0 over 5 probes; then the window "
	               "opened', "
	               "'fin_wait_1_pin': {'fin': 'held_back', 'probes': 5, "
	               "'close_shown_by': 'flight', 'held_bytes': 1500, "
	               "'answers': 5, 'zero_window_us': 8880000, "
	               "'probe_gaps_us': [440000, 880000, 1760000, 3520000]}}");
	expect_n_findings(*state, "fin_wait_1_pin", 1);
}

static void a_bare_fin_is_held_back_too(void **state)
{
	draw(*state, STALL,
	"9.000  -            <--   . 1:1(0) ack 1001 win 5000   <--   -",
	"9.010  FIN-WAIT-1   -->  F. 1001:1001(0) ack 1         -->   CLOSE-WAIT?",
	"9.031  FIN-WAIT-2?  <--   . 1:1(0) ack 1002            <--   CLOSE-WAIT");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'released', 'confidence': 'certain', "
	               "'fin_wait_1_pin': {'fin': 'held_back', "
	               "'held_bytes': 0}}");
}

/* More than a small buffer holds: the program may have been writing still. */
static void a_long_flight_makes_it_likely(void **state)
{
	draw(*state, STALL,
	"9.000  -            <--   . 1:1(0) ack 1001 win 64000  <--   -",
	"9.010  -            -->  P. 1001:61001(60000) ack 1    -->   -",
	"9.030  -            <--   . 1:1(0) ack 61001           <--   -",
	"9.040  FIN-WAIT-1   -->  F. 61001:101001(40000) ack 1  -->   CLOSE-WAIT?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'released', 'confidence': 'likely', "
	               "'fin_wait_1_pin': {'fin': 'held_back', "
	               "'close_shown_by': 'long_flight'}}");
}

/* The peer closed first: what is pinned is LAST-ACK, as ss shows it. */
static void an_end_in_close_wait_is_pinned_too(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.050  CLOSE-WAIT?  <--  F. 1:1(0) ack 1           <--   FIN-WAIT-1",
	"0.100  CLOSE-WAIT   -->  P. 1:1001(1000) ack 2     -->   FIN-WAIT-2?",
	"0.120  -            <--   . 2:2(0) ack 1001 win 0  <--   FIN-WAIT-2",
	"0.340  -            -->   . 1000:1000(0) ack 2     -->   - : probe",
	"0.780  -            -->   . 1000:1000(0) ack 2     -->   - : probe",
	"1.660  -            -->   . 1000:1000(0) ack 2     -->   - : probe",
	"3.420  -            -->   . 1000:1000(0) ack 2     -->   - : probe",
	"6.940  -            -->   . 1000:1000(0) ack 2     -->   - : probe",
	"9.000  -            <--   . 2:2(0) ack 1001 win 500 <--  -",
	"9.010  LAST-ACK     -->  F. 1001:1101(100) ack 2   -->   TIME-WAIT?",
	"9.030  CLOSED?      <--   . 2:2(0) ack 1102        <--   TIME-WAIT");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'end': 'client', 'outcome': 'released', "
	               "'confidence': 'certain'}");
}

static void a_fin_on_the_wire_that_is_not_taken_is_certain(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED",
	"0.100  -           -->  P. 1:1001(1000) ack 1        -->   -",
	"0.120  -           <--   . 1:1(0) ack 1001 win 0     <--   - : window_closed",
	"0.130  FIN-WAIT-1  -->  F. 1001:1501(500) ack 1      -->   -",
	"0.150  FIN-WAIT-1  <--   . 1:1(0) ack 1001           <--   -",
	"0.350  FIN-WAIT-1  -->  F. 1001:1501(500) ack 1      -->   - : fin_copy",
	"0.370  FIN-WAIT-1  <--   . 1:1(0) ack 1001           <--   -",
	"0.790  FIN-WAIT-1  -->  F. 1001:1501(500) ack 1      -->   - : fin_copy",
	"1.670  FIN-WAIT-1  -->  F. 1001:1501(500) ack 1      -->   -",
	"3.430  FIN-WAIT-1  -->  F. 1001:1501(500) ack 1      -->   -",
	"6.950  FIN-WAIT-1  -->  F. 1001:1501(500) ack 1      -->   -",
	"6.970  FIN-WAIT-2? <--   . 1:1(0) ack 1502 win 5000  <--   - : window_opened");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'end': 'client', 'severity': 'notice', "
	               "'confidence': 'certain', 'outcome': 'released', "
	               "'count': 5, 'fin_wait_1_pin': {'fin': 'on_wire', "
	               "'close_shown_by': 'fin', 'held_bytes': null, "
	               "'zero_window_us': 6850000}}");
}

static void a_late_fin_on_the_wire_was_pinned_for_less(void **state)
{
	draw(*state, STALL,
	"7.000  FIN-WAIT-1  -->  F. 1001:1001(0) ack 1        -->   - : fin",
	"8.000  FIN-WAIT-2? <--   . 1:1(0) ack 1002 win 5000  <--   -");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'severity': 'info', 'confidence': 'certain', "
	               "'fin_wait_1_pin': {'fin': 'on_wire'}}");
}

/* `ss -K`, or a limit on orphans: tcp_send_active_reset(). */
static void an_abort_at_the_oldest_byte_shows_the_close(void **state)
{
	draw(*state, STALL,
	"9.000  CLOSED       -->  R. 1001:1001(0) ack 1         -->   CLOSED?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'reset', 'confidence': 'certain', "
	               "'fin_wait_1_pin': {'fin': 'not_visible', "
	               "'close_shown_by': 'abort', "
	               "'zero_window_us': 8880000}}");
}

static void an_end_that_answers_data_with_rst_had_closed(void **state)
{
	draw(*state, STALL,
	"8.000  -            <--  P. 1:11(10) ack 1001          <--   -",
	"8.010  CLOSED       -->  R  1001:1001(0)               -->   CLOSED?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'reset', 'confidence': 'certain', "
	               "'fin_wait_1_pin': {'fin': 'not_visible', "
	               "'close_shown_by': 'data_refused'}}");
}

static void silence_of_an_orphan_then_a_plain_rst_is_certain(void **state)
{
	draw(*state, LONG_STALL, LAST_PROBE,
	"420.000 -           <--  P. 1:11(10) ack 1001          <--   -",
	"420.010 CLOSED      -->  R  1001:1001(0)               -->   CLOSED?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'gave_up', 'confidence': 'certain', "
	               "'severity': 'warning', 'count': 10, "
	               "'fin_wait_1_pin': {'fin': 'not_visible', "
	               "'close_shown_by': 'silence_then_reset', "
	               "'zero_window_us': 345060000}}");
}

static void silence_of_an_orphan_alone_is_likely(void **state)
{
	draw(*state, LONG_STALL, LAST_PROBE,
	"450.000 -           <--  P. 1:11(10) ack 1001          <--   -");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'gave_up', 'confidence': 'likely', "
	               "'fin_wait_1_pin': {'close_shown_by': 'silence'}}");
}

/* ---- a close is not visible ---------------------------------------------- */

static void probes_alone_are_possible(void **state)
{
	draw(*state, STALL);
	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'undecided', 'confidence': 'possible', "
	               "'severity': 'notice', 'fin_wait_1_pin': "
	               "{'fin': 'not_visible', 'close_shown_by': 'none'}}");
}

static void a_reader_that_resets_leaves_it_open(void **state)
{
	draw(*state, STALL,
	"9.000  CLOSED?      <--  R. 1:1(0) ack 1001            <--   CLOSED");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'reset', 'confidence': 'possible', "
	               "'fin_wait_1_pin': {'fin': 'not_visible', "
	               "'close_shown_by': 'none'}}");
}

static void probing_that_stops_too_early_tells_of_no_close(void **state)
{
	draw(*state, STALL,
	"60.000 -            <--  P. 1:11(10) ack 1001          <--   -");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'gave_up', 'confidence': 'possible'}");
}

static void more_than_a_minute_is_a_warning(void **state)
{
	draw(*state, LONG_STALL);
	expect_finding(*state, "fin_wait_1_pin",
	               "{'severity': 'warning', 'count': 9}");
}

/* No orphan of a modern Linux lives so long: somebody holds the socket. */
static void more_than_six_minutes_is_an_error(void **state)
{
	draw(*state, LONG_STALL, LAST_PROBE,
	"345.000 -    -->   . 1000:1000(0) ack 1        -->   - : probe",
	"345.020 -    <--   . 1:1(0) ack 1001           <--   -",
	"465.000 -    -->   . 1000:1000(0) ack 1        -->   - : probe",
	"465.020 -    <--   . 1:1(0) ack 1001           <--   -");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'severity': 'error', 'outcome': 'undecided', "
	               "'count': 12}");
}

/* ---- other probes --------------------------------------------------------- */

/* RFC 9293 section 3.8.6.1: one byte beyond the window, until it is taken. */
static void a_byte_beyond_the_window_is_a_probe(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  -            -->  P. 1:1001(1000) ack 1     -->   -",
	"0.120  -            <--   . 1:1(0) ack 1001 win 0  <--   -",
	"1.120  -            -->   . 1001:1002(1) ack 1     -->   - : probe",
	"1.140  -            <--   . 1:1(0) ack 1001        <--   -",
	"3.120  -            -->   . 1001:1002(1) ack 1     -->   - : probe",
	"3.140  -            <--   . 1:1(0) ack 1001        <--   -",
	"7.120  -            -->   . 1001:1002(1) ack 1     -->   - : probe",
	"7.140  -            <--   . 1:1(0) ack 1001        <--   -",
	"9.000  -            <--   . 1:1(0) ack 1001 win 500 <--  -",
	"9.010  FIN-WAIT-1   -->  F. 1001:1101(100) ack 1   -->   CLOSE-WAIT?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'released', 'confidence': 'certain', "
	               "'count': 3}");
}

/* The window was closed over data in flight: tcp_retransmit_timer(). */
static void retransmissions_against_a_closed_window_probe_it(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  -            -->  P. 1:1001(1000) ack 1     -->   -",
	"0.101  -            -->  P. 1001:2001(1000) ack 1  -->   -",
	"0.120  -            <--   . 1:1(0) ack 1001 win 0  <--   -",
	"0.340  -            -->  P. 1001:2001(1000) ack 1  -->   - : repeat",
	"0.360  -            <--   . 1:1(0) ack 1001        <--   -",
	"0.780  -            -->  P. 1001:2001(1000) ack 1  -->   - : repeat",
	"1.660  -            -->  P. 1001:2001(1000) ack 1  -->   - : repeat",
	"3.420  -            -->  P. 1001:2001(1000) ack 1  -->   - : repeat",
	"6.940  -            -->  P. 1001:2001(1000) ack 1  -->   - : repeat",
	"6.960  -            <--   . 1:1(0) ack 2001 win 500 <--  - : window_opened",
	"6.970  FIN-WAIT-1   -->  F. 2001:2101(100) ack 1   -->   CLOSE-WAIT?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'released', 'confidence': 'certain', "
	               "'count': 5}");
}

/* The FIN is on the wire; the window opens for a moment, the FIN is lost. */
static void two_stalls_of_one_close_are_two_findings(void **state)
{
	draw(*state, STALL,
	"7.000  FIN-WAIT-1  -->  F. 1001:1001(0) ack 1        -->   - : fin",
	"8.000  FIN-WAIT-1  <--   . 1:1(0) ack 1001 win 5000  <--   - : window_opened",
	"8.100  FIN-WAIT-1  <--   . 1:1(0) ack 1001 win 0     <--   - : window_closed",
	"8.400  FIN-WAIT-1  -->  F. 1001:1001(0) ack 1        -->   - : fin_copy",
	"8.420  FIN-WAIT-1  <--   . 1:1(0) ack 1001           <--   -",
	"9.400  FIN-WAIT-1  -->  F. 1001:1001(0) ack 1        -->   - : fin_copy",
	"11.400 FIN-WAIT-1  -->  F. 1001:1001(0) ack 1        -->   - : fin_copy",
	"15.400 FIN-WAIT-1  -->  F. 1001:1001(0) ack 1        -->   - : fin_copy",
	"15.420 FIN-WAIT-2? <--   . 1:1(0) ack 1002 win 5000  <--   - : window_opened");

	expect_n_findings(*state, "fin_wait_1_pin", 2);
	expect_finding(*state, "fin_wait_1_pin",
	               "{'count': 5, 'outcome': 'released', "
	               "'fin_wait_1_pin': {'fin': 'on_wire'}}");
	expect_finding(*state, "fin_wait_1_pin",
	               "{'count': 4, 'outcome': 'released', "
	               "'severity': 'notice', "
	               "'fin_wait_1_pin': {'zero_window_us': 7320000}}");
}

/* ---- near misses ---------------------------------------------------------- */

static void a_slow_reader_that_asks_for_more_is_none(void **state)
{
	draw(*state, STALL,
	"9.000  -            <--   . 1:1(0) ack 1001 win 5000   <--   -",
	"9.010  -            -->  P. 1001:2001(1000) ack 1      -->   -",
	"9.031  -            <--  P. 1:51(50) ack 2001          <--   -",
	"9.041  FIN-WAIT-1   -->  F. 2001:2101(100) ack 51      -->   CLOSE-WAIT?");
	expect_no_finding(*state, "fin_wait_1_pin");
}

static void a_sender_that_pauses_before_its_fin_is_none(void **state)
{
	draw(*state, STALL,
	"9.000  -            <--   . 1:1(0) ack 1001 win 5000   <--   -",
	"9.010  -            -->  P. 1001:2001(1000) ack 1      -->   -",
	"9.031  -            <--   . 1:1(0) ack 2001            <--   -",
	"12.000 FIN-WAIT-1   -->  F. 2001:2001(0) ack 1         -->   CLOSE-WAIT?");
	expect_no_finding(*state, "fin_wait_1_pin");
}

static void a_transfer_that_goes_on_is_none(void **state)
{
	draw(*state, STALL,
	"9.000  -            <--   . 1:1(0) ack 1001 win 5000   <--   -",
	"9.010  -            -->  P. 1001:2001(1000) ack 1      -->   -",
	"9.030  -            <--   . 1:1(0) ack 2001            <--   -",
	"9.040  -            -->  P. 2001:3001(1000) ack 1      -->   -",
	"9.060  -            <--   . 1:1(0) ack 3001            <--   -");
	expect_no_finding(*state, "fin_wait_1_pin");
}

static void less_than_5_s_is_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  -            -->  P. 1:1001(1000) ack 1     -->   -",
	"0.120  -            <--   . 1:1(0) ack 1001 win 0  <--   -",
	"0.340  -            -->   . 1000:1000(0) ack 1     -->   - : probe",
	"0.780  -            -->   . 1000:1000(0) ack 1     -->   - : probe",
	"1.660  -            -->   . 1000:1000(0) ack 1     -->   - : probe",
	"4.900  -            <--   . 1:1(0) ack 1001 win 500 <--  -",
	"4.910  FIN-WAIT-1   -->  F. 1001:1101(100) ack 1   -->   CLOSE-WAIT?");
	expect_no_finding(*state, "fin_wait_1_pin");
}

static void two_probes_are_too_few(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.120  -            <--   . 1:1(0) ack 1 win 0     <--   -",
	"3.120  -            -->   . 0:0(0) ack 1           -->   - : probe",
	"9.120  -            -->   . 0:0(0) ack 1           -->   - : probe",
	"9.140  -            <--   . 1:1(0) ack 1           <--   -");
	expect_no_finding(*state, "fin_wait_1_pin");
}

/* The same segments (tcp_xmit_probe_skb()), but nobody's window is closed. */
static void keep_alives_are_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  -            -->  P. 1:1001(1000) ack 1     -->   -",
	"0.120  -            <--   . 1:1(0) ack 1001        <--   -",
	"10.000 -            -->   . 1000:1000(0) ack 1     -->   - : keep_alive !probe",
	"10.020 -            <--   . 1:1(0) ack 1001        <--   -",
	"30.000 -            -->   . 1000:1000(0) ack 1     -->   - : keep_alive",
	"30.020 -            <--   . 1:1(0) ack 1001        <--   -",
	"70.000 -            -->   . 1000:1000(0) ack 1     -->   - : keep_alive",
	"70.020 -            <--   . 1:1(0) ack 1001        <--   -");
	expect_no_finding(*state, "fin_wait_1_pin");
}

static void an_even_pace_is_that_of_keep_alives(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.120  -            <--   . 1:1(0) ack 1 win 0     <--   -",
	"75.000 -            -->   . 0:0(0) ack 1           -->   - : probe",
	"75.020 -            <--   . 1:1(0) ack 1           <--   -",
	"150.00 -            -->   . 0:0(0) ack 1           -->   - : probe",
	"150.02 -            <--   . 1:1(0) ack 1           <--   -",
	"225.00 -            -->   . 0:0(0) ack 1           -->   - : probe",
	"225.02 -            <--   . 1:1(0) ack 1           <--   -",
	"300.00 -            -->   . 0:0(0) ack 1           -->   - : probe");
	expect_no_finding(*state, "fin_wait_1_pin");
}

static void a_window_of_0_in_an_rst_closes_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  -            -->  P. 1:1001(1000) ack 1     -->   -",
	"0.120  CLOSED?      <--  R. 1:1(0) ack 1001 win 0  <--   CLOSED : !window_closed",
	"8.000  -            -->   . 1000:1000(0) ack 1     -->   CLOSED");
	expect_no_finding(*state, "fin_wait_1_pin");
}

/* Linux takes a bare FIN into a closed window (6.2): then nothing is pinned. */
static void a_fin_that_was_taken_leaves_nothing_pinned(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED",
	"0.100  -            -->  P. 1:1001(1000) ack 1     -->   -",
	"0.110  FIN-WAIT-1   -->  F. 1001:1001(0) ack 1     -->   CLOSE-WAIT?",
	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 1002 win 0  <--   CLOSE-WAIT",
	"30.00  FIN-WAIT-2?  <--   . 1:1(0) ack 1002 win 9000 <-- CLOSE-WAIT");
	expect_no_finding(*state, "fin_wait_1_pin");
}

/* ---- captures with holes --------------------------------------------------- */

static void a_capture_that_missed_bytes_is_less_sure(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED",
	"0.100  -     ~~>  P. 1:1001(1000) ack 1        ~~>   -",
	PROBED,
	"9.000  -            <--   . 1:1(0) ack 1001 win 5000   <--   -",
	"9.010  FIN-WAIT-1   -->  F. 1001:1501(500) ack 1       -->   CLOSE-WAIT?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'released', 'confidence': 'likely'}");
}

static void a_capture_that_begins_within_the_stall_sees_the_rest(void **state)
{
	draw(*state,
	"0.360  -     <--   . 1:1(0) ack 1001 win 0     <--   -",
	"0.780  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"1.660  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"1.680  -     <--   . 1:1(0) ack 1001           <--   -",
	"3.420  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"3.440  -     <--   . 1:1(0) ack 1001           <--   -",
	"6.940  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"6.960  -     <--   . 1:1(0) ack 1001           <--   -",
	"9.000  -     <--   . 1:1(0) ack 1001 win 5000  <--   -",
	"9.010  FIN-WAIT-1?  -->  F. 1001:1501(500) ack 1 --> CLOSE-WAIT?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'released', 'confidence': 'likely', "
	               "'count': 4}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_fin_that_ends_the_flight_was_held_back),
		figure(a_bare_fin_is_held_back_too),
		figure(a_long_flight_makes_it_likely),
		figure(an_end_in_close_wait_is_pinned_too),
		figure(a_fin_on_the_wire_that_is_not_taken_is_certain),
		figure(a_late_fin_on_the_wire_was_pinned_for_less),
		figure(an_abort_at_the_oldest_byte_shows_the_close),
		figure(an_end_that_answers_data_with_rst_had_closed),
		figure(silence_of_an_orphan_then_a_plain_rst_is_certain),
		figure(silence_of_an_orphan_alone_is_likely),
		figure(probes_alone_are_possible),
		figure(a_reader_that_resets_leaves_it_open),
		figure(probing_that_stops_too_early_tells_of_no_close),
		figure(more_than_a_minute_is_a_warning),
		figure(more_than_six_minutes_is_an_error),
		figure(a_byte_beyond_the_window_is_a_probe),
		figure(retransmissions_against_a_closed_window_probe_it),
		figure(two_stalls_of_one_close_are_two_findings),
		figure(a_slow_reader_that_asks_for_more_is_none),
		figure(a_sender_that_pauses_before_its_fin_is_none),
		figure(a_transfer_that_goes_on_is_none),
		figure(less_than_5_s_is_none),
		figure(two_probes_are_too_few),
		figure(keep_alives_are_none),
		figure(an_even_pace_is_that_of_keep_alives),
		figure(a_window_of_0_in_an_rst_closes_nothing),
		figure(a_fin_that_was_taken_leaves_nothing_pinned),
		figure(a_capture_that_missed_bytes_is_less_sure),
		figure(a_capture_that_begins_within_the_stall_sees_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
