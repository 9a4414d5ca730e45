/* What is the capture's fault, not the network's: segments captured twice,
 * missed, or in the wrong order. */
#include "base/alloc.h"
#include "figure.h"
#include "tcp/step.h"
#include "tcpclose/error.h"

/* clang-format off */

static void a_fin_captured_twice_is_one_fin(void **state)
{
	draw(*state,
	"0.0000 ESTABLISHED                                ESTABLISHED ",
	"0.1000 FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT?  : fin",
	"0.1005 FIN-WAIT-1   -->  again             -->    CLOSE-WAIT?  : clone !fin_copy",
	"0.1010 FIN-WAIT-1   -->  again ttl 63      -->    CLOSE-WAIT?  : clone !fin_copy");

	expect_fin(*state, SIDE_A, n_sent, 1);
	expect_end(*state, SIDE_A, packets, 3);
	expect_conn(*state, n_clones, 2);
}

/* Both copies of everything, as a mirror port of both directions makes. */
static void a_close_captured_twice_is_one_close(void **state)
{
	draw(*state,
	"0.0000 ESTABLISHED                                ESTABLISHED ",
	"0.1000 FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.1001 FIN-WAIT-1   -->  again             -->    CLOSE-WAIT?  : clone",
	"0.1300 TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.1301 TIME-WAIT?   <--  again             <--    LAST-ACK     : clone",
	"0.1400 TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ",
	"0.1401 TIME-WAIT    -->  again             -->    CLOSED?      : clone !dup_ack");
}

/* A retransmission has a new IP-ID (ip_select_ident_segs()) and a new TSval. */
static void a_fin_sent_again_is_no_capture_duplicate(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.104  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT?  : fin_copy !clone");
	expect_fin(*state, SIDE_A, n_sent, 2);
}

/* The network may deliver one FIN twice: nobody sent it twice. */
static void a_fin_that_the_network_repeats_is_no_copy(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-1   -->  again             -->    CLOSE-WAIT?  : duplicate !fin_copy !clone");
	expect_fin(*state, SIDE_A, n_sent, 1);
}

/* A clock of timestamps may tick once a second only (RFC 7323 section 5.4):
 * there the IP-ID tells a copy. IPv6 has none. */
static void a_fin_sent_again_within_a_tick_is_told_by_its_ip_id(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                         ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1 <ts 100>   -->    CLOSE-WAIT? ",
	"0.320  FIN-WAIT-1   -->  F. 1:1(0) ack 1 <ts 100>   -->    CLOSE-WAIT?  : !clone");
	for (size_t run = 0; run < figure_runs(*state); run++) {
		const bool has_id = figure_end_of(*state, run, SIDE_A)->ip_id;
		assert_int_equal(figure_fin_of(*state, run, SIDE_A)->n_sent,
				 has_id ? 2 : 1);
	}
}

/* Seen before and behind a firewall that gives packets new IP-IDs. */
static void a_fin_with_another_ip_id_at_once_is_no_copy(void **state)
{
	draw(*state,
	"0.0000 ESTABLISHED                                               ESTABLISHED ",
	"0.1000 FIN-WAIT-1   -->  F. 1:1(0) ack 1 <ts 100>         -->    CLOSE-WAIT? ",
	"0.1004 FIN-WAIT-1   -->  F. 1:1(0) ack 1 id 4711 <ts 100> -->    CLOSE-WAIT?  : !fin_copy");
	expect_fin(*state, SIDE_A, n_sent, 1);
}

static void without_timestamps_the_ip_id_or_the_gap_tells_a_copy(void **state)
{
	draw(*state, "no timestamps",
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT?  : fin_copy !clone");
}

/* An ACK of what never passed is a loss of the capture. */
static void an_ack_of_bytes_never_seen_is_capture_loss(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                     ESTABLISHED ",
	"0.100  ESTABLISHED  ~~>  P. 1:101(100) ack 1    ~~>    ESTABLISHED ",
	"0.120  ESTABLISHED? <--   . 1:1(0) ack 101      <--    ESTABLISHED? : acks_unseen",
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 1    -->    CLOSE-WAIT?  : fin !ahead");

	expect_end(*state, SIDE_A, missing, 100);
	for (size_t run = 0; run < figure_runs(*state); run++)
		assert_true(end_is(figure_end_of(*state, run, SIDE_A),
				   END_GAP));
}

static void only_the_part_never_seen_is_missing(void **state)
{
	draw(*state,
	"0.000  -                                               - ",
	"0.100  -            -->  P. 1:11(10) ack 1      -->    - ",
	"0.101  -            ~~>  P. 11:21(10) ack 1     ~~>    - ",
	"0.102  -            -->  P. 21:31(10) ack 1     -->    - : ahead",
	"0.120  -            <--   . 1:1(0) ack 31       <--    - : acks_unseen");
	expect_end(*state, SIDE_A, missing, 10);
	expect_end(*state, SIDE_A, passed, 31);
}

/* Neighbouring frames out of order, up to 10 ms. */
static void an_ack_captured_before_its_data_is_no_loss(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                     ESTABLISHED ",
	"0.120  -            <--   . 1:1(0) ack 101      <--    -            : acks_unseen",
	"0.121  ESTABLISHED  -->  P. 1:101(100) ack 1    -->    ESTABLISHED  : new_data !repeat",
	"0.200  FIN-WAIT-1   -->  F. 101:101(0) ack 1    -->    CLOSE-WAIT?  ");

	expect_end(*state, SIDE_A, missing, 0);
	expect_end(*state, SIDE_A, bytes, 100);
	for (size_t run = 0; run < figure_runs(*state); run++)
		assert_false(end_is(figure_end_of(*state, run, SIDE_A),
				    END_GAP));
}

/* Half of the segment lies beyond what was acknowledged before it. */
static void bytes_captured_after_their_ack_are_counted_once(void **state)
{
	draw(*state,
	"0.0000 -                                               - ",
	"0.1000 -            ~~>  P. 1:51(50) ack 1      ~~>    - ",
	"0.1100 -            <--   . 1:1(0) ack 51       <--    - : acks_unseen",
	"0.2000 -            <--   . 1:1(0) ack 101      <--    - : acks_unseen",
	"0.2001 -            -->  FP. 51:151(100) ack 1  -->    - : new_data fin",
	"0.2002 -            -->   . 152:152(0) ack 1    -->    - ");
	expect_end(*state, SIDE_A, missing, 50);
	expect_end(*state, SIDE_A, bytes, 100);
}

/* Later than that, it is sent again. */
static void data_long_after_its_ack_is_a_repetition(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                     ESTABLISHED ",
	"0.100  ESTABLISHED  ~~>  P. 1:101(100) ack 1    ~~>    ESTABLISHED ",
	"0.120  -            X--   . 1:1(0) ack 101      <--    -            : acks_unseen",
	"0.320  -            -->  P. 1:101(100) ack 1    -->    -            : repeat");
	expect_end(*state, SIDE_A, missing, 100);
}

static void a_fin_captured_after_its_ack_is_acknowledged(void **state)
{
	draw(*state,
	"0.0000 ESTABLISHED                                ESTABLISHED ",
	"0.1200 -            <--   . 1:1(0) ack 2   <--    -            ",
	"0.1201 FIN-WAIT-2?  -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT   : fin",
	"0.5000 TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK     ",
	"0.5300 TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?      ");
	expect_end(*state, SIDE_A, missing, 0);
}

/* The capture missed the first FIN; its ACK is lost behind the tap. The copy
 * proves that, and that the peer has the FIN. */
static void a_fin_first_seen_as_a_copy_had_been_acknowledged(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  ESTABLISHED  ~~>  F. 1:1(0) ack 1   ~~>    ESTABLISHED ",
	"0.120  ESTABLISHED? X--   . 1:1(0) ack 2   <--    ESTABLISHED? : acks_unseen",
	"0.330  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT  ",
	"0.350  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ");
}

/* The answer of an end whose FIN the capture missed covers the peer's FIN:
 * it is known all the same that the peer is in CLOSE-WAIT at least. */
static void a_last_ack_of_a_fin_never_seen_is_no_dead_end(void **state)
{
	draw(*state,
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.120  -            <~~  F. 1:1(0) ack 2   <~~    -           ",
	"0.130  -            -->   . 2:2(0) ack 2   -->    -            : acks_unseen");
}

/* A time that steps back is held. */
static void time_never_runs_backwards(void **state)
{
	draw(*state,
	"0.0000 ESTABLISHED                                ESTABLISHED ",
	"0.1000 FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.1300 FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ",
	"0.1290 TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ");
	expect_fin(*state, SIDE_A, in_state[FIN_WAIT_2], 0);
	expect_conn(*state, last_ts, 1700000000LL * SECOND + 130 * MS);
}

/* clang-format on */

/* Whether the second of two segments is taken for a capture of the first. */
static bool is_clone(const struct segment *first, const struct segment *second)
{
	struct conn c;
	struct pool pool;
	struct step step = { .pasts = NULL };
	pool_init(&pool, &alloc_default, 0);
	conn_init(&c, first);
	assert_int_equal(conn_observe(&c, first, 0, &pool, &step), TCPCLOSE_OK);
	assert_int_equal(conn_observe(&c, second, 0, &pool, &step),
	                 TCPCLOSE_OK);
	pool_fini(&pool);
	return step_is(&step, STEP_CLONE);
}

static void a_clone_agrees_in_all_that_a_router_leaves_alone(void **state)
{
	(void)state;
	const struct segment first = {
		.ts = 1700000000LL * SECOND,
		.flags = TCP_ACK,
		.seq = { 7 },
		.ack = { 7 },
		.window = 500,
		.options = OPTION_TIMESTAMP,
		.tsval = { 9 },
		.tsecr = { 9 },
		.has_ip_id = true,
		.ip_id = 3,
		.ttl = 64,
	};
	struct segment other[] = { first, first, first, first,
		                   first, first, first, first };
	other[0].seq.wire++;
	other[1].ack.wire++;
	other[2].tsval.wire++;
	other[3].tsecr.wire++;
	other[4].window++;
	other[5].payload_len++;
	other[6].flags |= TCP_PSH;
	other[7].ip_id++;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_false(is_clone(&first, &other[i]));
	struct segment again = first;
	again.ttl--;
	assert_true(is_clone(&first, &again));
}

/* clang-format off */

int main(void)
{
	const struct CMUnitTest tests[] = {
		both_figures(a_fin_captured_twice_is_one_fin),
		both_figures(a_close_captured_twice_is_one_close),
		both_figures(a_fin_sent_again_is_no_capture_duplicate),
		both_figures(a_fin_that_the_network_repeats_is_no_copy),
		both_figures(a_fin_sent_again_within_a_tick_is_told_by_its_ip_id),
		both_figures(a_fin_with_another_ip_id_at_once_is_no_copy),
		both_figures(without_timestamps_the_ip_id_or_the_gap_tells_a_copy),
		both_figures(an_ack_of_bytes_never_seen_is_capture_loss),
		both_figures(only_the_part_never_seen_is_missing),
		both_figures(an_ack_captured_before_its_data_is_no_loss),
		both_figures(bytes_captured_after_their_ack_are_counted_once),
		both_figures(data_long_after_its_ack_is_a_repetition),
		both_figures(a_fin_captured_after_its_ack_is_acknowledged),
		both_figures(a_fin_first_seen_as_a_copy_had_been_acknowledged),
		both_figures(a_last_ack_of_a_fin_never_seen_is_no_dead_end),
		both_figures(time_never_runs_backwards),
		cmocka_unit_test(a_clone_agrees_in_all_that_a_router_leaves_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
