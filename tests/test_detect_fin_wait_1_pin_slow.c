/* fin_wait_1_pin: a reader that is slow, and closes its window time and again.
 */
#include "figure.h"

/* clang-format off */

/* Five times the window stays 0 for eight seconds; then it takes what one
 * segment holds, and in the end the FIN. */
static void each_stall_of_a_slow_reader_is_a_finding(void **state)
{
	draw(*state,
	"0.000   ESTABLISHED                                          ESTABLISHED",
	"0.100   -            -->  P. 1:1001(1000) ack 1          -->   -",
	"0.120   -            <--   . 1:1(0) ack 1001 win 0       <--   - : window_closed",
	"1.020   -            -->   . 1000:1000(0) ack 1          -->   - : probe",
	"1.040   -            <--   . 1:1(0) ack 1001             <--   -",
	"2.820   -            -->   . 1000:1000(0) ack 1          -->   - : probe",
	"2.840   -            <--   . 1:1(0) ack 1001             <--   -",
	"6.420   -            -->   . 1000:1000(0) ack 1          -->   - : probe",
	"6.440   -            <--   . 1:1(0) ack 1001             <--   -",
	"8.120   -            <--   . 1:1(0) ack 1001 win 1000    <--   - : window_opened",
	"8.130   -            -->  P. 1001:2001(1000) ack 1       -->   -",
	"8.150   -            <--   . 1:1(0) ack 2001 win 0       <--   - : window_closed",
	"9.050   -            -->   . 2000:2000(0) ack 1          -->   - : probe",
	"9.070   -            <--   . 1:1(0) ack 2001             <--   -",
	"10.850  -            -->   . 2000:2000(0) ack 1          -->   - : probe",
	"10.870  -            <--   . 1:1(0) ack 2001             <--   -",
	"14.450  -            -->   . 2000:2000(0) ack 1          -->   - : probe",
	"14.470  -            <--   . 1:1(0) ack 2001             <--   -",
	"16.150  -            <--   . 1:1(0) ack 2001 win 1000    <--   - : window_opened",
	"16.160  -            -->  P. 2001:3001(1000) ack 1       -->   -",
	"16.180  -            <--   . 1:1(0) ack 3001 win 0       <--   - : window_closed",
	"17.080  -            -->   . 3000:3000(0) ack 1          -->   - : probe",
	"17.100  -            <--   . 1:1(0) ack 3001             <--   -",
	"18.880  -            -->   . 3000:3000(0) ack 1          -->   - : probe",
	"18.900  -            <--   . 1:1(0) ack 3001             <--   -",
	"22.480  -            -->   . 3000:3000(0) ack 1          -->   - : probe",
	"22.500  -            <--   . 1:1(0) ack 3001             <--   -",
	"24.180  -            <--   . 1:1(0) ack 3001 win 1000    <--   - : window_opened",
	"24.190  -            -->  P. 3001:4001(1000) ack 1       -->   -",
	"24.210  -            <--   . 1:1(0) ack 4001 win 0       <--   - : window_closed",
	"25.110  -            -->   . 4000:4000(0) ack 1          -->   - : probe",
	"25.130  -            <--   . 1:1(0) ack 4001             <--   -",
	"26.910  -            -->   . 4000:4000(0) ack 1          -->   - : probe",
	"26.930  -            <--   . 1:1(0) ack 4001             <--   -",
	"30.510  -            -->   . 4000:4000(0) ack 1          -->   - : probe",
	"30.530  -            <--   . 1:1(0) ack 4001             <--   -",
	"32.210  -            <--   . 1:1(0) ack 4001 win 1000    <--   - : window_opened",
	"32.220  -            -->  P. 4001:5001(1000) ack 1       -->   -",
	"32.240  -            <--   . 1:1(0) ack 5001 win 0       <--   - : window_closed",
	"33.140  -            -->   . 5000:5000(0) ack 1          -->   - : probe",
	"33.160  -            <--   . 1:1(0) ack 5001             <--   -",
	"34.940  -            -->   . 5000:5000(0) ack 1          -->   - : probe",
	"34.960  -            <--   . 1:1(0) ack 5001             <--   -",
	"38.540  -            -->   . 5000:5000(0) ack 1          -->   - : probe",
	"38.560  -            <--   . 1:1(0) ack 5001             <--   -",
	"40.240  -            <--   . 1:1(0) ack 5001 win 5000    <--   - : window_opened",
	"40.250  FIN-WAIT-1   -->  F. 5001:5501(500) ack 1        -->   CLOSE-WAIT?",
	"40.270  FIN-WAIT-2?  <--   . 1:1(0) ack 5502             <--   CLOSE-WAIT");

	expect_n_findings(*state, "fin_wait_1_pin", 5);
	expect_finding(*state, "fin_wait_1_pin",
	               "{'confidence': 'certain', 'outcome': 'released', "
	               "'fin_wait_1_pin': {'fin': 'held_back', 'probes': 3, "
	               "'held_bytes': 4500}}");
	expect_finding(*state, "fin_wait_1_pin",
	               "{'fin_wait_1_pin': {'held_bytes': 3500}}");
	expect_finding(*state, "fin_wait_1_pin",
	               "{'fin_wait_1_pin': {'held_bytes': 2500}}");
	expect_finding(*state, "fin_wait_1_pin",
	               "{'fin_wait_1_pin': {'held_bytes': 1500}}");
	expect_finding(*state, "fin_wait_1_pin",
	               "{'fin_wait_1_pin': {'held_bytes': 500}}");
}

/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(each_stall_of_a_slow_reader_is_a_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
