/*
 * Backoff that comes to its limit (tcp_rto_max_ms, TCP_RTO_MAX_MS) before 120
 * s: probes of a closed window, and copies of a FIN.
 */
#include "figure.h"

/* clang-format off */

/* As Linux probes with tcp_rto_max_ms 1000. */
#define PROBED                                                                 \
	"0.000  ESTABLISHED                                   ESTABLISHED",    \
	"0.100  -     -->  P. 1:1001(1000) ack 1        -->   -",              \
	"0.120  -     <--   . 1:1(0) ack 1001 win 0     <--   - : window_closed",\
	"0.340  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"0.360  -     <--   . 1:1(0) ack 1001           <--   -",              \
	"0.780  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"1.660  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"1.680  -     <--   . 1:1(0) ack 1001           <--   -",              \
	"2.670  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"2.690  -     <--   . 1:1(0) ack 1001           <--   -",              \
	"3.690  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"3.710  -     <--   . 1:1(0) ack 1001           <--   -",              \
	"4.730  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"4.750  -     <--   . 1:1(0) ack 1001           <--   -",              \
	"5.740  -     -->   . 1000:1000(0) ack 1        -->   - : probe",      \
	"5.760  -     <--   . 1:1(0) ack 1001           <--   -"

static void probes_that_come_to_an_even_pace_are_of_one_stall(void **state)
{
	draw(*state, PROBED,
	"6.000  -            <--   . 1:1(0) ack 1001 win 5000   <--   - : window_opened",
	"6.010  -            -->  P. 1001:2001(1000) ack 1      -->   -",
	"6.011  FIN-WAIT-1   -->  F. 2001:2501(500) ack 1       -->   CLOSE-WAIT?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'end': 'client', 'confidence': 'certain', "
	               "'outcome': 'released', 'count': 7, 'fin_wait_1_pin': "
	               "{'probe_gaps_us': [440000, 880000, 1010000, 1020000, "
	               "1040000, 1010000]}}");
}

/* The next probe was due a second later, not two. */
static void an_even_pace_that_stops_gave_up_when_the_next_was_due(void **state)
{
	draw(*state, PROBED,
	"7.500  -            <--  P. 1:11(10) ack 1001          <--   -",
	"7.510  CLOSED       -->  R  1001:1001(0)               -->   CLOSED?");

	expect_finding(*state, "fin_wait_1_pin",
	               "{'outcome': 'gave_up', 'confidence': 'likely', "
	               "'fin_wait_1_pin': {'zero_window_us': 6630000}}");
}

/* Each gap a tenth longer: no Linux backs off so, and none limits it so. */
static void a_pace_that_never_doubled_is_none(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED",
	"0.100  -     -->  P. 1:1001(1000) ack 1        -->   -",
	"0.120  -     <--   . 1:1(0) ack 1001 win 0     <--   - : window_closed",
	"1.000  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"1.020  -     <--   . 1:1(0) ack 1001           <--   -",
	"2.000  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"3.100  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"4.310  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"5.640  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"7.100  -     -->   . 1000:1000(0) ack 1        -->   - : probe",
	"8.000  -            <--   . 1:1(0) ack 1001 win 5000   <--   - : window_opened",
	"8.010  FIN-WAIT-1   -->  F. 1001:1501(500) ack 1       -->   CLOSE-WAIT?");

	expect_no_finding(*state, "fin_wait_1_pin");
}

/* tcp_rto_max_ms 1000 and tcp_orphan_retries 6, as in the lab's
 * peer_silent_capped: without the limit in mind it would be 4. */
static void retries_are_counted_with_the_limit_in_mind(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                   ESTABLISHED",
	"0.100  FIN-WAIT-1  -->  F. 1:1(0) ack 1        --X   -",
	"0.330  FIN-WAIT-1  -->  F. 1:1(0) ack 1        --X   - : fin_copy",
	"0.562  FIN-WAIT-1  -->  F. 1:1(0) ack 1        --X   - : fin_copy",
	"1.030  FIN-WAIT-1  -->  F. 1:1(0) ack 1        --X   -",
	"1.958  FIN-WAIT-1  -->  F. 1:1(0) ack 1        --X   -",
	"2.982  FIN-WAIT-1  -->  F. 1:1(0) ack 1        --X   -",
	"4.006  FIN-WAIT-1  -->  F. 1:1(0) ack 1        --X   -",
	"5.030  FIN-WAIT-1  -->  F. 1:1(0) ack 1        --X   -",
	"40.000 -                                             -");

	expect_finding(*state, "fin_retransmission",
	               "{'outcome': 'gave_up', 'fin_retransmission': "
	               "{'copies': 7, 'orphan_retries_at_least': 5, "
	               "'orphan_retries_estimate': 6}}");
}
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(probes_that_come_to_an_even_pace_are_of_one_stall),
		figure(an_even_pace_that_stops_gave_up_when_the_next_was_due),
		figure(a_pace_that_never_doubled_is_none),
		figure(retries_are_counted_with_the_limit_in_mind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
