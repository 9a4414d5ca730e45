/* RSTs: in every state, exact and not, of this end and of somebody else. */
#include "figure.h"

/* clang-format off */

/* RFC 9293 section 3.10.7.4, second step, by the state that the RST meets. */
static void an_exact_rst_ends_an_established_connection(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  CLOSED       -->  R. 1:1(0) ack 1    -->    CLOSED?     : rst abort exact accepted of_connection");

	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  CLOSED?      <--  R  1:1(0)          <--    CLOSED      : rst plain exact accepted of_connection");
}

/* RFC 5961 section 3.2: it draws a challenge ACK; the RST that answers that
 * one is exact. */
static void an_rst_elsewhere_in_the_window_is_challenged(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  CLOSED       -->  R. 11:11(0) ack 1  -->    ESTABLISHED : in_window !accepted of_connection",
	"0.120  CLOSED       <--   . 1:1(0) ack 1    <--    ESTABLISHED ",
	"0.130  CLOSED       -->  R  1:1(0)          -->    CLOSED?     : plain exact accepted");
}

static void an_rst_out_of_the_window_is_ignored(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED ",
	"0.100  CLOSED       -->  R. 64001:64001(0) ack 1  -->    ESTABLISHED : outside !accepted");

	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED ",
	"0.100  CLOSED       -->  R. 64000:64000(0) ack 1  -->    ESTABLISHED : in_window !accepted");

	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED ",
	"0.100  CLOSED       -->  R. 0:0(0) ack 1          -->    ESTABLISHED : outside !accepted");
}

static void an_rst_meets_fin_wait_1(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  CLOSED?      <--  R  1:1(0)          <--    CLOSED      : exact accepted");
}

static void an_rst_meets_fin_wait_2(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2    <--    CLOSE-WAIT  ",
	"0.500  CLOSED?      <--  R. 1:1(0) ack 2    <--    CLOSED      : exact accepted abort");

	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2    <--    CLOSE-WAIT  ",
	"0.500  FIN-WAIT-2?  <--  R. 9:9(0) ack 2    <--    CLOSED      : in_window !accepted");
}

static void an_rst_meets_closing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.101  CLOSING?     <--  F. 1:1(0) ack 1    <--    CLOSING?    ",
	"0.200  CLOSED?      <--  R. 2:2(0) ack 1    <--    CLOSED      : exact accepted");
}

/* Linux also takes RCV.NXT-1, the FIN's own number, for exact:
 * tcp_reset_check(). */
static void an_rst_meets_close_wait(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2    <--    CLOSE-WAIT  ",
	"0.500  CLOSED       -->  R  2:2(0)          -->    CLOSED?     : exact accepted");

	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2    <--    CLOSE-WAIT  ",
	"0.500  CLOSED       -->  R. 1:1(0) ack 1    -->    CLOSED?     : exact accepted");

	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-2?  <--   . 1:1(0) ack 2    <--    CLOSE-WAIT  ",
	"0.500  CLOSED       -->  R. 0:0(0) ack 1    -->    CLOSE-WAIT  : outside !accepted");
}

static void an_rst_meets_last_ack(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2    <--    LAST-ACK    ",
	"0.130  CLOSED       -->  R  2:2(0)          -->    CLOSED?     : exact accepted");
}

static void an_rst_meets_time_wait(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2    <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2    -->    CLOSED?     ",
	"0.500  CLOSED?      <--  R  2:2(0)          <--    CLOSED      : exact accepted");

	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2    <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2    -->    CLOSED?     ",
	"0.500  TIME-WAIT    <--  R  1:1(0)          <--    CLOSED      : outside !accepted",
	"0.600  TIME-WAIT    <--  R  3:3(0)          <--    CLOSED      : in_window !accepted");
}

/* TIME_WAIT applies PAWS to an RST (tcp_paws_reject()); a full socket does not
 * (RFC 7323 section 5.2). */
static void time_wait_ignores_an_rst_with_an_old_timestamp(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1          -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2          <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2          -->    CLOSED?     ",
	"0.500  TIME-WAIT    <--  R. 2:2(0) ack 2 <ts 50>  <--    CLOSED      : exact !accepted");

	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1        -->    ESTABLISHED ",
	"0.120  ESTABLISHED  <--   . 1:1(0) ack 11         <--    ESTABLISHED ",
	"0.200  CLOSED       -->  R. 11:11(0) ack 1 <ts 0> -->    CLOSED?     : exact accepted");
}

static void a_refused_syn_ends_both_ends(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN     ",
	"0.020  CLOSED?      <--  R. =0:0(0) ack 1   <--    CLOSED      : refusal accepted of_connection");
}

/* RFC 9293 section 3.10.7.3: SYN-SENT judges an RST by its ACK. */
static void syn_sent_ignores_an_rst_that_acks_something_else(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN     ",
	"0.020  SYN-SENT     <--  R. =0:0(0) ack 77  <--    -           : refusal !accepted",
	"0.030  SYN-SENT     <--  R  1:1(0)          <--    -           : plain !accepted");
}

static void an_rst_meets_syn_received(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN     ",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1    <--    SYN-RECEIVED",
	"0.030  CLOSED       -->  R  1:1(0)          -->    CLOSED?     : exact accepted");
}

/* A request in SYN_RECV applies PAWS to an RST: tcp_check_req(). */
static void syn_received_ignores_an_rst_with_an_old_timestamp(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)                    -->    UNKNOWN     ",
	"0.020  ESTABLISHED? <--  S. 0:0(0) ack 1              <--    SYN-RECEIVED",
	"0.030  -            -->  R. 1:1(0) ack 1 <ts -500>    -->    SYN-RECEIVED : exact !accepted");
}

/* B speaks later than any answer took, and acknowledges none of what A had sent
 * before it aborted: that, and the RST, did not arrive, or B's segment waited
 * in a queue. The RST that answers it finds B where it says that it is. */
static void an_rst_that_answers_an_old_ack_is_exact(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                    ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1    -->   ESTABLISHED ",
	"0.101  CLOSED       -->  R. 101:101(0) ack 1    -->   CLOSED?      : abort exact accepted",
	"0.150  CLOSED       <--  P. 1:501(500) ack 1    <--   ESTABLISHED ",
	"0.155  CLOSED       -->  R  1:1(0)              -->   CLOSED?      : plain exact accepted");

	/* What crosses the data may not know of it yet. */
	draw(*state,
	"0.000  ESTABLISHED                                    ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1    -->   ESTABLISHED ",
	"0.105  ESTABLISHED  <--  P. 1:501(500) ack 1    <--   ESTABLISHED ",
	"0.110  CLOSED       -->  R  1:1(0)              -->   ESTABLISHED  : plain outside !accepted");
}

/* It has the number of the new life: an old ACK it does not refuse. */
static void an_rst_right_after_the_syn_is_of_the_connection(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0)          -->    UNKNOWN      ",
	"0.001  CLOSED       -->  R  1:1(0)          -->    UNKNOWN      : !half_open",
	"0.020  CLOSED       <--  S. 0:0(0) ack 1    <--    -            ");
}

/* The sender goes on, and so does the end that was to be reset. */
static void an_rst_of_a_third_party_is_survived(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  CLOSED?      -->  R. 1:1(0) ack 1 ttl 50    -->    CLOSED?     : rst exact",
	"0.200  ESTABLISHED  -->  P. 1:11(10) ack 1         -->    CLOSED?     : rolled_back",
	"0.220  ESTABLISHED  <--   . 1:1(0) ack 11          <--    ESTABLISHED : rolled_back",
	"0.300  FIN-WAIT-1   -->  F. 11:11(0) ack 1         -->    CLOSE-WAIT? ");
}

/* B's FIN passed while the RST may have been in flight to it. */
static void a_fin_sent_before_the_end_proved_alive_counts(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                       ESTABLISHED ",
	"0.100  CLOSED?      -->  R. 1:1(0) ack 1 ttl 50   -->    CLOSED?     ",
	"0.110  CLOSED?      <--  F. 1:1(0) ack 1          <--    CLOSED?      : fin",
	"0.320  -            <--  F. 1:1(0) ack 1          <--    FIN-WAIT-1   : fin_copy rolled_back",
	"0.330  CLOSE-WAIT   -->   . 1:1(0) ack 2          -->    FIN-WAIT-2?  : rolled_back");
}

/* Within one round trip the end's own segment may have left before. */
static void data_in_flight_towards_the_rst_survives_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  CLOSED       -->  R. 1:1(0) ack 1    -->    CLOSED?     ",
	"0.115  CLOSED       <--  P. 1:11(10) ack 1  <--    CLOSED?     : !rolled_back",
	"0.200  CLOSED       <--  P. 11:21(10) ack 1 <--    ESTABLISHED : rolled_back");
}

/* Whoever aborts and then answers what was still in flight stays closed. */
static void an_rst_repeated_changes_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  CLOSED       -->  R. 1:1(0) ack 1    -->    CLOSED?     ",
	"0.101  CLOSED       <--  P. 1:11(10) ack 1  <--    CLOSED?     ",
	"0.111  CLOSED       -->  R  1:1(0)          -->    CLOSED?     : rst !changes");
}

/* RFC 9293 section 3.10.7.1: a closed end answers; here the FIN copy that an
 * assassinated TIME-WAIT should have acknowledged. */
static void an_rst_instead_of_the_last_ack_closes_both(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2    <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2    --X    CLOSED?     ",
	"0.330  TIME-WAIT    <--  F. 1:1(0) ack 2    <--    LAST-ACK    : ack_lost",
	"0.340  CLOSED       -->  R  2:2(0)          -->    CLOSED?     : plain exact accepted");
}

/* No RST is sent when a timer ends a socket (tcp_write_err()); one that answers
 * what comes later makes it certain. */
static void an_end_that_gave_up_says_so_by_rst(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                 ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1    --X    CLOSE-WAIT? ",
	"0.310  FIN-WAIT-1   -->  F. 1:1(0) ack 1    --X    CLOSE-WAIT? ",
	"5.000  CLOSED~                                     CLOSE-WAIT? ",
	"6.000  CLOSED~      <--  P. 1:11(10) ack 1  <--    ESTABLISHED  : rolled_back",
	"6.010  CLOSED       -->  R  1:1(0)          -->    CLOSED?      : plain");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		both_figures(an_exact_rst_ends_an_established_connection),
		both_figures(an_rst_elsewhere_in_the_window_is_challenged),
		both_figures(an_rst_out_of_the_window_is_ignored),
		both_figures(an_rst_meets_fin_wait_1),
		both_figures(an_rst_meets_fin_wait_2),
		both_figures(an_rst_meets_closing),
		both_figures(an_rst_meets_close_wait),
		both_figures(an_rst_meets_last_ack),
		both_figures(an_rst_meets_time_wait),
		both_figures(time_wait_ignores_an_rst_with_an_old_timestamp),
		both_figures(a_refused_syn_ends_both_ends),
		both_figures(syn_sent_ignores_an_rst_that_acks_something_else),
		both_figures(an_rst_meets_syn_received),
		both_figures(syn_received_ignores_an_rst_with_an_old_timestamp),
		both_figures(an_rst_that_answers_an_old_ack_is_exact),
		both_figures(an_rst_right_after_the_syn_is_of_the_connection),
		both_figures(an_rst_of_a_third_party_is_survived),
		both_figures(a_fin_sent_before_the_end_proved_alive_counts),
		both_figures(data_in_flight_towards_the_rst_survives_nothing),
		both_figures(an_rst_repeated_changes_nothing),
		both_figures(an_end_that_gave_up_says_so_by_rst),
		both_figures(an_rst_instead_of_the_last_ack_closes_both),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
