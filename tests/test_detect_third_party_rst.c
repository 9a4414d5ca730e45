/* third_party_rst: an RST that the end it names did not send. */
#include "figure.h"

/* clang-format off */

/* A asks, B answers: the exchange is over (frames 5 to 8). */
#define EXCHANGE                                                               \
	"0.000  -                                             -",              \
	"0.100  -     -->  P. 1:101(100) ack 1          -->   -",              \
	"0.120  -     <--   . 1:1(0) ack 101            <--   -",              \
	"0.121  -     <--  P. 1:501(500) ack 101        <--   -",              \
	"0.131  -     -->   . 101:101(0) ack 501        -->   -"

/* ---- certain: the end itself goes on ------------------------------------- */

static void an_end_that_sends_on_did_not_send_the_rst(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R  501:501(0) ttl 37        <--   CLOSED? : rst plain accepted",
	"0.600  CLOSED?  <--  P. 501:801(300) ack 101     <--   ESTABLISHED : rolled_back",
	"0.610  CLOSED   -->  R  101:101(0)               -->   CLOSED?");

	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'severity': 'error', "
	               "'confidence': 'certain', 'outcome': 'killed', "
	               "'count': 1, 'frames': [9, 10, 11], "
	               "'duration_us': 310000, "
	               "'message': 'an RST towards the client, in the server\\u0027s "
	               "name, was sent by a third party: the server itself spoke "
	               "on; it ended the connection there', "
	               "'third_party_rst': {"
	               "'evidence': ['ttl', 'sender_goes_on'], 'ttl': 37, "
	               "'own_ttl': 64, 'rsts': 1}}");
	expect_n_findings(*state, "", 1);
	expect_close(*state, "{'kind': 'reset', 'reset_by': 'third_party'}");
}

static void with_its_own_ttl_even_if_the_rst_has_it_too(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R  501:501(0)               <--   CLOSED",
	"0.600  CLOSED?  <--  P. 501:801(300) ack 101     <--   ESTABLISHED",
	"0.610  -        -->  R  101:101(0)               -->   -");

	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'confidence': 'certain', "
	               "'outcome': 'killed', "
	               "'third_party_rst': {'evidence': ['sender_goes_on']}}");
	expect_no_finding(*state, "abortive_close");
	expect_close(*state, "{'reset_by': 'third_party'}");
}

/* Both ends go on: neither was reset. */
static void a_connection_that_goes_on_ignored_it(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  -  <--  R  511:511(0) ttl 37          <--   - : in_window !accepted",
	"0.600  -  -->  P. 101:201(100) ack 501       -->   -",
	"0.620  -  <--   . 501:501(0) ack 201         <--   -");

	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'severity': 'notice', "
	               "'confidence': 'certain', 'outcome': 'ignored'}");
	expect_no_finding(*state, "abortive_close");
	expect_close(*state, "{'kind': 'open', 'reset_by': null}");
}

static void a_fin_of_its_own_is_speech(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  -  <--  R  501:501(0)                 <--   -",
	"0.600  -  <--  F. 501:501(0) ack 101         <--   -");

	expect_finding(*state, "third_party_rst",
	               "{'confidence': 'certain', 'outcome': 'undecided', "
	               "'severity': 'warning'}");
}

/* ---- likely: by its looks ------------------------------------------------ */

static void another_distance_makes_it_likely(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R. 501:501(0) ack 101 ttl 57 <>  <--   CLOSED?");

	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'severity': 'warning', "
	               "'confidence': 'likely', 'outcome': 'undecided', "
	               "'third_party_rst': {"
	               "'evidence': ['ttl', 'no_timestamp'], 'ttl': 57}}");
	expect_no_finding(*state, "abortive_close");
	expect_close(*state, "{'reset_by': 'third_party'}");
}

static void silence_to_what_the_end_sends_means_killed(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R. 501:501(0) ack 101 ttl 57    <--   CLOSED?",
	"0.301  CLOSED?  <--  P. 501:801(300) ack 101         <--   CLOSED?",
	"9.000  CLOSED?                                             CLOSED?",
	"9.100  CLOSED?  <--  P. 501:801(300) ack 101         <--   -");

	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'outcome': 'killed'}");
}

/* They step through the window: nobody sends beyond what it has sent. */
static void a_series_that_guesses_ahead_is_a_strangers(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  -  <--  R  501:501(0)                 <--   -",
	"0.301  -  <--  R  1961:1961(0)               <--   -",
	"0.302  -  <--  R  3421:3421(0)               <--   -");

	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'confidence': 'likely', 'count': 3, "
	               "'third_party_rst': {'evidence': ['stepped_seq'], "
	               "'rsts': 3}}");
	expect_no_finding(*state, "abortive_close");
}

/* A firewall ends an idle connection on both sides. */
static void one_to_each_end_at_once_are_a_strangers(void **state)
{
	draw(*state, EXCHANGE,
	"60.000  -  <--  R  501:501(0)                <--   -",
	"60.001  -  -->  R  101:101(0)                -->   -");

	expect_n_findings(*state, "third_party_rst", 2);
	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'confidence': 'likely', "
	               "'third_party_rst': {'evidence': ['both_ends']}}");
	expect_finding(*state, "third_party_rst", "{'end': 'server'}");
	expect_no_finding(*state, "abortive_close");
	expect_close(*state, "{'reset_by': 'third_party'}");
}

/* ---- what looks the same ------------------------------------------------- */

static void the_ends_own_rst_is_none(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R. 501:501(0) ack 101    <--   CLOSED");

	expect_no_finding(*state, "third_party_rst");
	expect_close(*state, "{'reset_by': 'server'}");
}

static void one_hop_more_is_a_route_that_changed(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R. 501:501(0) ack 101 ttl 63  <--   -");

	expect_no_finding(*state, "third_party_rst");
}

/* The same host answers without a socket, and begins with another TTL. */
static void another_first_ttl_at_the_same_distance_is_none(void **state)
{
	draw(*state, EXCHANGE,
	"60.000  -        -->  P. 101:201(100) ack 501  -->   -",
	"60.020  CLOSED?  <--  R  501:501(0) ttl 255    <--   -");

	expect_no_finding(*state, "third_party_rst");
	expect_finding(*state, "abortive_close",
	               "{'abortive_close': {'kind': 'half_open'}}");
}

/* Not every stack writes timestamps into an RST. */
static void a_missing_timestamp_alone_is_none(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R. 501:501(0) ack 101 <>  <--   CLOSED");

	expect_no_finding(*state, "third_party_rst");
}

static void an_ip_id_alone_is_none(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  CLOSED?  <--  R. 501:501(0) ack 101 id 0  <--   CLOSED");

	expect_no_finding(*state, "third_party_rst");
}

/* What was sent before the RST and overtaken by it. */
static void data_that_the_rst_overtook_is_no_life(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  -  <--  R. 801:801(0) ack 101           <--   -",
	"0.304  -  <--  P. 501:801(300) ack 101 <ts 280 ecr 131>  <--   -");

	expect_no_finding(*state, "third_party_rst");
	expect_finding(*state, "abortive_close", "{'end': 'client'}");
}

static void data_held_up_for_long_shows_its_age(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  -  <--  R. 801:801(0) ack 101           <--   -",
	"0.900  -  <--  P. 501:801(300) ack 101 <ts 280 ecr 131>  <--   -");

	expect_no_finding(*state, "third_party_rst");
}

static void an_answer_to_an_end_that_aborts_is_no_pair(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  -        -->  P. 101:201(100) ack 501   -->   -",
	"0.315  CLOSED   -->  R. 201:201(0) ack 501     -->   CLOSED?",
	"0.320  CLOSED   <--  R  501:501(0)             <--   -");

	expect_no_finding(*state, "third_party_rst");
}

static void several_answers_with_one_number_are_no_series(void **state)
{
	draw(*state, EXCHANGE,
	"0.300  -  -->   . 101:1561(1460) ack 501       -->   -",
	"0.301  -  -->   . 1561:3021(1460) ack 501      -->   -",
	"0.320  -  <--  R  501:501(0)                   <--   -",
	"0.329  -  <--  R  501:501(0)                   <--   -");

	expect_no_finding(*state, "third_party_rst");
}

/* A listener refuses one SYN and takes the next. */
static void a_refusal_is_none_though_the_server_goes_on(void **state)
{
	draw(*state,
	"0.000  SYN-SENT  -->  S  0:0(0)                -->   UNKNOWN",
	"0.020  CLOSED?   X--  R. =0:0(0) ack 1         <--   CLOSED",
	"1.000  SYN-SENT  -->  S  0:0(0)                -->   -",
	"1.020  -         <--  S. 0:0(0) ack 1          <--   -",
	"1.030  -         -->   . 1:1(0) ack 1          -->   -",
	"1.300  -         <--  P. 1:101(100) ack 1      <--   -");

	expect_no_finding(*state, "third_party_rst");
}

/* ---- bad views ----------------------------------------------------------- */

static void a_capture_that_began_late_is_less_sure(void **state)
{
	draw(*state,
	"0.100  -     -->  P. 1:101(100) ack 1          -->   -",
	"0.120  -     <--  P. 1:501(500) ack 101        <--   -",
	"0.300  -     <--  R  501:501(0) ttl 37         <--   -",
	"0.600  -     <--  P. 501:801(300) ack 101      <--   -");

	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'confidence': 'likely'}");
}

static void one_direction_shows_it_too(void **state)
{
	draw(*state, "seen from B only", EXCHANGE,
	"0.300  -     <--  R  501:501(0) ttl 37         <--   -",
	"0.900  -     <--  P. 501:801(300) ack 101      <--   -");

	expect_finding(*state, "third_party_rst",
	               "{'end': 'client', 'confidence': 'likely', "
	               "'outcome': 'undecided'}");
}

/* Nothing is known of the end whose first segment is an RST. */
static void an_end_that_never_spoke_has_no_ttl(void **state)
{
	draw(*state,
	"0.000  SYN-SENT  -->  S  0:0(0)                -->   UNKNOWN",
	"0.020  CLOSED?   <--  R. =0:0(0) ack 1 ttl 250 <--   CLOSED");

	expect_no_findings(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		figure(an_end_that_sends_on_did_not_send_the_rst),
		figure(with_its_own_ttl_even_if_the_rst_has_it_too),
		figure(a_connection_that_goes_on_ignored_it),
		figure(a_fin_of_its_own_is_speech),
		figure(another_distance_makes_it_likely),
		figure(silence_to_what_the_end_sends_means_killed),
		figure(a_series_that_guesses_ahead_is_a_strangers),
		figure(one_to_each_end_at_once_are_a_strangers),
		figure(the_ends_own_rst_is_none),
		figure(one_hop_more_is_a_route_that_changed),
		figure(another_first_ttl_at_the_same_distance_is_none),
		figure(a_missing_timestamp_alone_is_none),
		figure(an_ip_id_alone_is_none),
		figure(data_that_the_rst_overtook_is_no_life),
		figure(data_held_up_for_long_shows_its_age),
		figure(an_answer_to_an_end_that_aborts_is_no_pair),
		figure(several_answers_with_one_number_are_no_series),
		figure(a_refusal_is_none_though_the_server_goes_on),
		figure(a_capture_that_began_late_is_less_sure),
		figure(one_direction_shows_it_too),
		figure(an_end_that_never_spoke_has_no_ttl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
