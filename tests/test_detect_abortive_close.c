/* abortive_close: RST instead of FIN. */
#include "figure.h"

/* clang-format off */

/* A asks, B answers: the exchange is over (frames 5 to 8). */
#define EXCHANGE                                                               \
	"0.000  -                                             -",              \
	"0.100  -     -->  P. 1:101(100) ack 1          -->   -",              \
	"0.120  -     <--   . 1:1(0) ack 101            <--   -",              \
	"0.121  -     <--  P. 1:501(500) ack 101        <--   -",              \
	"0.131  -     -->   . 101:101(0) ack 501        -->   -"

/* ---- the kinds ----------------------------------------------------------- */

static void a_client_that_resets_after_the_answer_is_everyday_life(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED  -->  R. 101:101(0) ack 501    -->   CLOSED? : rst abort accepted");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', 'severity': 'info', "
	               "'confidence': 'certain', 'outcome': 'reset', "
	               "'count': 1, 'frames': [9], "
	               "'message': 'the client ended the connection by RST in "
	               "ESTAB instead of FIN: its program or an operator ended "
	               "it at once', "
	               "'abortive_close': {'kind': 'linger_or_kill', "
	               "'kind_confidence': 'likely', 'state': 'established', "
	               "'peer_unacked_bytes': 0, 'own_unacked_bytes': 0, "
	               "'keep_alives': 0, 'rsts': 1}}");
	expect_n_findings(*state, "", 1);
	expect_close(*state, "{'kind': 'reset', 'reset_by': 'client'}");
}

static void a_server_that_resets_after_its_answer_is_worth_a_notice(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R. 501:501(0) ack 101    <--   CLOSED");

	expect_finding(*state, "abortive_close",
	               "{'end': 'client', 'severity': 'notice', "
	               "'abortive_close': {'kind': 'linger_or_kill'}}");
}

/* The data lay there for longer than an answer to it takes: the program had
 * only shut down, and did not read. */
static void an_rst_after_the_fin_does_not_stand_for_it(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 501    -->   CLOSE-WAIT?",
	"0.220  FIN-WAIT-2?  <--   . 501:501(0) ack 102    <--   CLOSE-WAIT",
	"0.300  -            <--  P. 501:601(100) ack 102  <--   -",
	"0.900  CLOSED       -->  R. 102:102(0) ack 601    -->   CLOSED?");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', 'message': 'the client ended the "
	               "connection by RST in FIN-WAIT-2 after its FIN: it had "
	               "probably not read all, and 100 bytes were not "
	               "acknowledged', "
	               "'abortive_close': {'kind': 'unread_data'}}");
	expect_n_findings(*state, "", 1);
}

/* passt hands on so that the program behind it has gone. */
static void nor_does_a_plain_one_that_answers_nothing(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 501    -->   CLOSE-WAIT?",
	"0.220  FIN-WAIT-2?  <--   . 501:501(0) ack 102    <--   CLOSE-WAIT",
	"0.300  -            <--  P. 501:601(100) ack 102  <--   -",
	"0.310  FIN-WAIT-2   -->   . 102:102(0) ack 601    -->   -",
	"0.311  CLOSED       -->  R  102:102(0)            -->   CLOSED?");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', 'severity': 'notice', "
	               "'message': 'the client ended the connection by RST in "
	               "FIN-WAIT-2 after its FIN: no packet tells why', "
	               "'abortive_close': {'kind': 'unknown'}}");
	expect_n_findings(*state, "", 1);
}

/* RFC 2525 section 2.17. */
static void bytes_that_only_the_rst_acknowledges_were_not_read(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  -        -->  P. 101:1101(1000) ack 501  -->   -",
	"0.222  CLOSED?  <--  R. 501:501(0) ack 1101     <--   CLOSED");

	expect_finding(*state, "abortive_close",
	               "{'end': 'client', 'severity': 'warning', "
	               "'abortive_close': {'kind': 'unread_data', "
	               "'kind_confidence': 'likely', "
	               "'peer_unacked_bytes': 1000}}");
}

static void a_client_that_cancels_a_download_leaves_bytes_unread(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  -       <--   . 501:1961(1460) ack 101   <--   -",
	"0.201  -       <--   . 1961:3421(1460) ack 101  <--   -",
	"0.212  CLOSED  -->  R. 101:101(0) ack 3421      -->   CLOSED?");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', 'severity': 'notice', "
	               "'abortive_close': {'kind': 'unread_data', "
	               "'peer_unacked_bytes': 2920}}");
}

static void a_closed_window_says_that_bytes_were_not_read(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  -        -->  P. 101:1101(1000) ack 501       -->   -",
	"0.220  -        <--   . 501:501(0) ack 1101 win 0    <--   -",
	"9.000  CLOSED?  <--  R. 501:501(0) ack 1101          <--   CLOSED");

	expect_finding(*state, "abortive_close",
	               "{'end': 'client', 'severity': 'warning', "
	               "'abortive_close': {'kind': 'unread_data', "
	               "'kind_confidence': 'likely', "
	               "'peer_unacked_bytes': 0}}");
}

/* It was acknowledged: whether the program took it, nobody sees. */
static void a_request_that_is_reset_unanswered_was_perhaps_not_read(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  -        -->  P. 101:201(100) ack 501    -->   -",
	"0.220  -        <--   . 501:501(0) ack 201      <--   -",
	"0.350  CLOSED?  <--  R. 501:501(0) ack 201      <--   CLOSED");

	expect_finding(*state, "abortive_close",
	               "{'end': 'client', 'severity': 'notice', "
	               "'abortive_close': {'kind': 'unread_data', "
	               "'kind_confidence': 'possible'}}");
}

static void a_request_of_long_ago_is_no_reason(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  -        -->  P. 101:201(100) ack 501    -->   -",
	"0.220  -        <--   . 501:501(0) ack 201      <--   -",
	"9.350  CLOSED?  <--  R. 501:501(0) ack 201      <--   CLOSED");

	expect_finding(*state, "abortive_close",
	               "{'abortive_close': {'kind': 'linger_or_kill'}}");
}

/* Linux tcp_keepalive_timer() ends with RST+ACK. */
static void unanswered_keep_alives_end_in_a_reset(void **state)
{
	draw(*state, EXCHANGE,
	"9.000   -       -->   . 100:100(0) ack 501      --X   - : keep_alive",
	"10.000  -       -->   . 100:100(0) ack 501      --X   - : keep_alive",
	"11.000  CLOSED  -->  R. 101:101(0) ack 501      --X   CLOSED?");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', 'severity': 'warning', "
	               "'frames': [9, 10, 11], 'duration_us': 2000000, "
	               "'message': 'the client ended the connection by RST in "
	               "ESTAB instead of FIN: 2 keep-alives had got no answer', "
	               "'abortive_close': {'kind': 'keep_alive', "
	               "'keep_alives': 2}}");
}

static void an_answered_keep_alive_is_no_reason(void **state)
{
	draw(*state, EXCHANGE,
	"9.000   -       -->   . 100:100(0) ack 501      -->   - : keep_alive",
	"9.020   -       <--   . 501:501(0) ack 101      <--   -",
	"11.000  CLOSED  -->  R. 101:101(0) ack 501      -->   CLOSED?");

	expect_finding(*state, "abortive_close",
	               "{'severity': 'info', 'frames': [11], "
	               "'abortive_close': {'kind': 'linger_or_kill', "
	               "'keep_alives': 0}}");
}

/* B restarted, or a box forgot the connection. */
static void a_plain_rst_to_a_segment_says_there_is_no_such_connection(void **state)
{
	draw(*state, EXCHANGE,
	"60.000  -        -->  P. 101:201(100) ack 501   -->   -",
	"60.020  CLOSED?  <--  R  501:501(0)             <--   CLOSED : plain accepted");

	expect_finding(*state, "abortive_close",
	               "{'end': 'client', 'severity': 'warning', "
	               "'abortive_close': {'kind': 'half_open', "
	               "'peer_unacked_bytes': 100}}");
}

static void a_plain_rst_out_of_the_blue_is_not_explained(void **state)
{
	draw(*state, EXCHANGE,
	"0.132  -        <--   . 501:501(0) ack 101      <--   -",
	"60.020  CLOSED?  <--  R  501:501(0)             <--   CLOSED : plain");

	expect_finding(*state, "abortive_close",
	               "{'end': 'client', "
	               "'abortive_close': {'kind': 'unknown'}}");
}

/* ---- around a FIN -------------------------------------------------------- */

static void a_reset_instead_of_the_second_fin_is_info(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 501  -->   CLOSE-WAIT?",
	"0.220  FIN-WAIT-2?  <--   . 501:501(0) ack 102  <--   CLOSE-WAIT",
	"0.400  CLOSED?      <--  R. 501:501(0) ack 102  <--   CLOSED");

	expect_finding(*state, "abortive_close",
	               "{'end': 'client', 'severity': 'info', "
	               "'abortive_close': {'state': 'close_wait'}}");
}

static void an_orphan_that_is_killed_aborts_too(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 501  -->   CLOSE-WAIT?",
	"0.220  FIN-WAIT-2?  <--   . 501:501(0) ack 102  <--   CLOSE-WAIT",
	"0.400  CLOSED       -->  R. 102:102(0) ack 501  -->   CLOSED?");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', "
	               "'abortive_close': {'state': 'fin_wait_2'}}");
}

static void an_rst_after_both_fins_is_silent(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 501  -->   CLOSE-WAIT?",
	"0.220  TIME-WAIT?   <--  F. 501:501(0) ack 102  <--   LAST-ACK",
	"0.231  CLOSED       -->  R  102:102(0)          -->   CLOSED?");

	expect_no_finding(*state, "abortive_close");
}

static void an_rst_after_a_complete_close_is_silent(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 501  -->   CLOSE-WAIT?",
	"0.220  TIME-WAIT?   <--  F. 501:501(0) ack 102  <--   LAST-ACK",
	"0.231  TIME-WAIT    -->   . 102:102(0) ack 502  -->   CLOSED?",
	"0.240  CLOSED       -->  R. 102:102(0) ack 502  -->   CLOSED?");

	expect_no_finding(*state, "abortive_close");
}

static void data_after_the_close_is_told_by_others(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 501    -->   CLOSE-WAIT?",
	"0.300  FIN-WAIT-2?  <--  P. 501:601(100) ack 102  <--   CLOSE-WAIT",
	"0.310  CLOSED       -->  R  102:102(0)            -->   CLOSED?");

	expect_no_finding(*state, "abortive_close");
}

/* ---- what looks the same ------------------------------------------------- */

static void a_refused_syn_is_none(void **state)
{
	draw(*state,
	"0.000  SYN-SENT  -->  S  0:0(0)          -->   UNKNOWN",
	"0.020  CLOSED?   <--  R. =0:0(0) ack 1   <--   CLOSED : refusal");

	expect_no_findings(*state);
}

/* A scan: the kernel knows nothing of the SYN. */
static void a_syn_ack_that_is_answered_by_rst_opened_nothing(void **state)
{
	draw(*state,
	"0.000  SYN-SENT      -->  S  0:0(0)        -->   UNKNOWN",
	"0.020  ESTABLISHED?  <--  S. 0:0(0) ack 1  <--   SYN-RECEIVED",
	"0.030  CLOSED        -->  R  1:1(0)        -->   CLOSED? : plain");

	expect_no_finding(*state, "abortive_close");
}

/* Its RST has overtaken what it sent. */
static void an_rst_behind_data_was_of_an_open_connection(void **state)
{
	draw(*state,
	"0.000  SYN-SENT     -->  S  0:0(0) win 1000       -->   -",
	"0.010  ESTABLISHED? <--  S. 0:0(0) ack 1 win 1000 <--   SYN-RECEIVED",
	"0.020  CLOSED       -->  R. 201:201(0) ack 1      -->   CLOSED?",
	"0.021  -            -->  P. 1:201(200) ack 1      -->   -");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', 'abortive_close': "
	               "{'kind': 'linger_or_kill'}}");
}

static void the_rst_of_an_end_that_was_reset_is_an_answer(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R. 501:501(0) ack 101       <--   CLOSED",
	"0.305  CLOSED   -->  R. 101:101(0) ack 501       -->   CLOSED");

	expect_n_findings(*state, "abortive_close", 1);
	expect_finding(*state, "abortive_close", "{'end': 'client'}");
}

static void several_rsts_of_one_end_are_one_finding(void **state)
{
	draw(*state, EXCHANGE,
	"0.200  -        -->   . 101:1561(1460) ack 501   -->   -",
	"0.201  -        -->   . 1561:3021(1460) ack 501  -->   -",
	"0.220  CLOSED?  <--  R  501:501(0)               <--   CLOSED",
	"0.229  CLOSED?  <--  R  501:501(0)               <--   CLOSED");

	expect_n_findings(*state, "abortive_close", 1);
	expect_finding(*state, "abortive_close",
	               "{'count': 2, 'frames': [11, 12], "
	               "'abortive_close': {'rsts': 2}}");
}

static void an_rst_captured_twice_counts_once(void **state)
{
	draw(*state, EXCHANGE,
	"0.300   CLOSED  -->  R. 101:101(0) ack 501  -->   CLOSED?",
	"0.3001  CLOSED  -->  again                  -->   CLOSED?");

	expect_finding(*state, "abortive_close", "{'count': 1, 'frames': [9]}");
}

/* ---- what becomes of it, and bad views ----------------------------------- */

static void an_end_that_goes_on_did_not_hear_it(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED  -->  R. 101:101(0) ack 501       --X   CLOSED?",
	"0.600  CLOSED  <--  P. 501:601(100) ack 101     <--   ESTABLISHED");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', 'outcome': 'ignored'}");
}

static void an_rst_that_is_not_acceptable_leaves_it_undecided(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED  -->  R. 111:111(0) ack 501       -->   ESTABLISHED : in_window !accepted");

	expect_finding(*state, "abortive_close", "{'outcome': 'undecided'}");
}

static void one_direction_is_enough_for_less(void **state)
{
	draw(*state, "seen from A only", EXCHANGE,
	"0.300  CLOSED  -->  R. 101:101(0) ack 501       -->   CLOSED?");

	expect_finding(*state, "abortive_close",
	               "{'end': 'server', 'confidence': 'likely', "
	               "'abortive_close': {'kind': 'linger_or_kill', "
	               "'kind_confidence': 'possible'}}");
}

static void a_capture_that_began_late_says_so_with_less(void **state)
{
	draw(*state,
	"0.100  -       -->  P. 1:101(100) ack 1         -->   -",
	"0.120  -       <--  P. 1:501(500) ack 101       <--   -",
	"0.131  -       -->   . 101:101(0) ack 501       -->   -",
	"0.300  CLOSED  -->  R. 101:101(0) ack 501       -->   CLOSED?");

	expect_finding(*state, "abortive_close", "{'confidence': 'likely'}");
}

static void a_lone_rst_is_no_story(void **state)
{
	draw(*state,
	"0.300  -       -->  R. 101:101(0) ack 501       -->   -");

	expect_no_findings(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(a_client_that_resets_after_the_answer_is_everyday_life),
		figure(a_server_that_resets_after_its_answer_is_worth_a_notice),
		figure(an_rst_after_the_fin_does_not_stand_for_it),
		figure(nor_does_a_plain_one_that_answers_nothing),
		figure(bytes_that_only_the_rst_acknowledges_were_not_read),
		figure(a_client_that_cancels_a_download_leaves_bytes_unread),
		figure(a_closed_window_says_that_bytes_were_not_read),
		figure(a_request_that_is_reset_unanswered_was_perhaps_not_read),
		figure(a_request_of_long_ago_is_no_reason),
		figure(unanswered_keep_alives_end_in_a_reset),
		figure(an_answered_keep_alive_is_no_reason),
		figure(a_plain_rst_to_a_segment_says_there_is_no_such_connection),
		figure(a_plain_rst_out_of_the_blue_is_not_explained),
		figure(a_reset_instead_of_the_second_fin_is_info),
		figure(an_orphan_that_is_killed_aborts_too),
		figure(an_rst_after_both_fins_is_silent),
		figure(an_rst_after_a_complete_close_is_silent),
		figure(data_after_the_close_is_told_by_others),
		figure(a_refused_syn_is_none),
		figure(a_syn_ack_that_is_answered_by_rst_opened_nothing),
		figure(an_rst_behind_data_was_of_an_open_connection),
		figure(the_rst_of_an_end_that_was_reset_is_an_answer),
		figure(several_rsts_of_one_end_are_one_finding),
		figure(an_rst_captured_twice_counts_once),
		figure(an_end_that_goes_on_did_not_hear_it),
		figure(an_rst_that_is_not_acceptable_leaves_it_undecided),
		figure(one_direction_is_enough_for_less),
		figure(a_capture_that_began_late_says_so_with_less),
		figure(a_lone_rst_is_no_story),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
