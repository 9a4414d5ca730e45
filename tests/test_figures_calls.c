/* What decides close calls: stories that look like trouble at first and are
 * none, or another one. */
#include "figure.h"

/* clang-format off */

/* A last ACK 0.4 s late meets an end that the second one had closed: a plain
 * RST after a perfectly good close, in which nothing was lost. */
static void an_rst_after_a_late_last_ack_spoils_no_close(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.130  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    LAST-ACK     : fin_copy ack_lost",
	"0.350  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?      : had_arrived",
	"0.560  CLOSED?      <--  R  2:2(0)         <--    CLOSED       : plain exact accepted");

	expect_close(*state,
	"{'kind': 'fin', 'complete': true, 'closed_first': 'client'}");
	expect_no_finding(*state, "lost_final_ack");
	expect_no_finding(*state, "stale_rst");
}

/* Reordered by 30 ms at most: the data is sent again needlessly, the FIN is
 * not, and nobody lost anything. */
static void a_fin_ahead_of_its_data_is_no_trouble(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                           ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 101:101(0) ack 1           -->   ESTABLISHED : fin ahead",
	"0.110  FIN-WAIT-1   -->  P. 1:101(100) ack 1 <ts 94>   -->   CLOSE-WAIT? : fills_hole",
	"0.121  FIN-WAIT-1   <--   . 1:1(0) ack 1 <sack 101:102> <--  -           : sacks_fin",
	"0.131  FIN-WAIT-2?  <--   . 1:1(0) ack 102             <--   CLOSE-WAIT  ",
	"0.200  TIME-WAIT?   <--  F. 1:1(0) ack 102             <--   LAST-ACK    ",
	"0.210  TIME-WAIT    -->   . 102:102(0) ack 2           -->   CLOSED?     ");

	expect_close(*state, "{'kind': 'fin', 'complete': true}");
	expect_no_findings(*state);
}

/* Lost data ahead of a FIN is repaired without repeating the FIN. */
static void data_lost_ahead_of_a_fin_is_no_lost_fin(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                           ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:101(100) ack 1           --X   ESTABLISHED ",
	"0.101  FIN-WAIT-1   -->  F. 101:101(0) ack 1           -->   CLOSE-WAIT? ",
	"0.121  FIN-WAIT-1   <--   . 1:1(0) ack 1 <sack 101:102> <--  ESTABLISHED ",
	"0.331  FIN-WAIT-1   -->  P. 1:101(100) ack 1           -->   CLOSE-WAIT? ",
	"0.351  FIN-WAIT-2?  <--   . 1:1(0) ack 102             <--   CLOSE-WAIT  ",
	"0.400  TIME-WAIT?   <--  F. 1:1(0) ack 102             <--   LAST-ACK    ",
	"0.410  TIME-WAIT    -->   . 102:102(0) ack 2           -->   CLOSED?     ");

	expect_no_findings(*state);
}

/* The first FIN's ACK comes 40 to 50 ms late on an idle connection. */
static void a_delayed_ack_of_a_fin_is_no_trouble(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.165  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.200  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.210  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");

	expect_no_findings(*state);
}

/* Both FINs and both ACKs captured twice, as a mirror port does. */
static void a_close_captured_twice_is_no_trouble(void **state)
{
	draw(*state,
	"0.0000 ESTABLISHED                                ESTABLISHED ",
	"0.1000 FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.1001 FIN-WAIT-1   -->  again             -->    CLOSE-WAIT? ",
	"0.1200 TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.1201 TIME-WAIT?   <--  again ttl 63      <--    LAST-ACK    ",
	"0.1300 TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"0.1301 TIME-WAIT    -->  again             -->    CLOSED?     ");

	expect_connection(*state,
	"{'client': {'fin_sent': 1, 'fin_retransmits': 0}, 'server': {'fin_sent': 1}}");
	expect_no_findings(*state);
}

/* The copy left before the ACK arrived: spurious, and no ACK was lost. */
static void a_copy_that_crosses_the_last_ack_lost_nothing(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.335  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"0.340  TIME-WAIT    <--  F. 1:1(0) ack 2   <--    CLOSED?      : may_cross",
	"0.350  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");

	expect_no_finding(*state, "lost_final_ack");
	expect_finding(*state, "fin_retransmission",
	"{'end': 'server', 'fin_retransmission': {'cause': 'spurious', 'copies': 1}}");
}

/* Reordering gives pure ACKs with an older TSval and an older ACK number all
 * the time; it harms nobody. */
static void a_pure_ack_overtaken_by_another_is_no_trouble(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                        ESTABLISHED ",
	"0.100  ESTABLISHED  -->  P. 1:11(10) ack 1           -->  ESTABLISHED ",
	"0.102  ESTABLISHED  -->  P. 11:21(10) ack 1          -->  ESTABLISHED ",
	"0.122  ESTABLISHED  <--   . 1:1(0) ack 21 <ts 112>   <--  ESTABLISHED ",
	"0.130  ESTABLISHED  -->   . 21:21(0) ack 1           -->  ESTABLISHED ",
	"0.140  ESTABLISHED  <--   . 1:1(0) ack 11 <ts 110>   <--  ESTABLISHED ");

	expect_no_findings(*state);
}

/* A pure ACK that arrives late among keep-alives, an idle hour, an orderly
 * close: nothing to tell. */
static void keep_alives_are_no_trouble(void **state)
{
	draw(*state,
	"0.000   ESTABLISHED                                ESTABLISHED ",
	"75.000  ESTABLISHED  -->   . 0:0(0) ack 1   -->    ESTABLISHED  : keep_alive",
	"75.020  ESTABLISHED  <--   . 1:1(0) ack 1   <--    ESTABLISHED ",
	"150.00  ESTABLISHED  -->   . 0:0(0) ack 1   -->    ESTABLISHED  : keep_alive",
	"150.02  ESTABLISHED  <--   . 1:1(0) ack 1   <--    ESTABLISHED ",
	"151.00  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"151.02  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"151.03  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");

	expect_connection(*state, "{'client': {'keep_alives': 2, 'window_probes': 0}}");
	expect_no_findings(*state);
}

/* Two connections between the same hosts do not touch each other. */
static void the_next_port_is_another_connection(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                            ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1               -->    CLOSE-WAIT? ",
	"0.110  SYN-SENT     -->  S  0:0(0) port 40001          -->    UNKNOWN     ",
	"0.120  TIME-WAIT?   <--  F. 1:1(0) ack 2               <--    LAST-ACK    ",
	"0.130  ESTABLISHED? <--  S. 0:0(0) ack 1 port 40001    <--    SYN-RECEIVED",
	"0.140  ESTABLISHED  -->   . 1:1(0) ack 1 port 40001    -->    ESTABLISHED?",
	"0.141  TIME-WAIT    -->   . 2:2(0) ack 2               -->    CLOSED?     ");

	expect_connection(*state, "{'stream': 0, 'client': {'port': 40000}, 'close': {'kind': 'fin'}}");
	expect_connection(*state, "{'stream': 1, 'client': {'port': 40001}, 'close': {'kind': 'open'}}");
	expect_no_findings(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(an_rst_after_a_late_last_ack_spoils_no_close),
		figure(a_fin_ahead_of_its_data_is_no_trouble),
		figure(data_lost_ahead_of_a_fin_is_no_lost_fin),
		figure(a_delayed_ack_of_a_fin_is_no_trouble),
		figure(a_close_captured_twice_is_no_trouble),
		figure(a_copy_that_crosses_the_last_ack_lost_nothing),
		figure(a_pure_ack_overtaken_by_another_is_no_trouble),
		figure(keep_alives_are_no_trouble),
		figure(the_next_port_is_another_connection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
