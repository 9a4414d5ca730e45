/* The machine of one end, as a table: RFC 9293 sections 3.3.2 and 3.10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "tcp/state.h"

struct arrow {
	enum tcp_state from;
	enum tcp_event event;
	enum tcp_state to;
};

/* clang-format off */

/* RFC 9293 figure 5, arrow by arrow, as far as a tap can see it. */
static const struct arrow figure_5[] = {
	{ UNKNOWN,      SENT_SYN,      SYN_SENT },     /* active open */
	{ UNKNOWN,      SENT_SYN_ACK,  SYN_RECEIVED }, /* LISTEN, rcv SYN */
	{ SYN_SENT,     SENT_SYN_ACK,  SYN_RECEIVED }, /* rcv SYN */
	{ SYN_SENT,     HEARD_SYN_ACK, ESTABLISHED },
	{ SYN_RECEIVED, HEARD_ACK,     ESTABLISHED },
	{ SYN_RECEIVED, SENT_FIN,      FIN_WAIT_1 },
	{ ESTABLISHED,  SENT_FIN,      FIN_WAIT_1 },
	{ ESTABLISHED,  HEARD_FIN,     CLOSE_WAIT },
	{ FIN_WAIT_1,   FIN_ACKED,     FIN_WAIT_2 },
	{ FIN_WAIT_1,   HEARD_FIN,     CLOSING },
	{ FIN_WAIT_2,   HEARD_FIN,     TIME_WAIT },
	{ CLOSING,      FIN_ACKED,     TIME_WAIT },
	{ CLOSE_WAIT,   SENT_FIN,      LAST_ACK },
	{ LAST_ACK,     FIN_ACKED,     CLOSED },
	{ TIME_WAIT,    TIMED_OUT,     CLOSED },
};

/* A presumption that proved wrong leads back where it came from. */
static const struct arrow ways_back[] = {
	{ ESTABLISHED, SYN_UNACKED, SYN_RECEIVED },
	{ FIN_WAIT_2, FIN_UNACKED, FIN_WAIT_1 },
	{ TIME_WAIT,  FIN_UNACKED, CLOSING },
	{ CLOSED,     FIN_UNACKED, LAST_ACK },
	{ CLOSE_WAIT, FIN_UNHEARD, ESTABLISHED },
	{ CLOSING,    FIN_UNHEARD, FIN_WAIT_1 },
	{ TIME_WAIT,  FIN_UNHEARD, FIN_WAIT_2 },
	{ LAST_ACK,   FIN_UNHEARD, FIN_WAIT_1 },
};

/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void follow(const struct arrow *arrow, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
			machine_next(arrow[i].from, arrow[i].event, UNKNOWN),
			arrow[i].to);
}

static void every_arrow_of_the_rfc_is_followed(void **state)
{
	(void)state;
	follow(figure_5, COUNT(figure_5));
}

static void every_presumption_has_a_way_back(void **state)
{
	(void)state;
	follow(ways_back, COUNT(ways_back));
}

/* The event by which each way back undoes it leads there again. */
static void the_way_back_undoes_the_way_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ways_back); i++) {
		const struct arrow *back = &ways_back[i];
		const enum tcp_event there =
			back->event == SYN_UNACKED   ? HEARD_ACK
			: back->event == FIN_UNACKED ? FIN_ACKED
						     : HEARD_FIN;
		if (back->from == LAST_ACK)
			continue; /* its FIN came after the one unheard */
		assert_int_equal(machine_next(back->to, there, UNKNOWN),
		                 back->from);
	}
}

/* Step 2 of section 3.10.7.4, and the sender of one has no connection. */
static void an_rst_ends_every_state(void **state)
{
	(void)state;
	for (int s = 0; s < N_TCP_STATES; s++) {
		const enum tcp_state from = (enum tcp_state)s;
		assert_int_equal(machine_next(from, SENT_RST, from), CLOSED);
		assert_int_equal(machine_next(from, HEARD_RST, from), CLOSED);
	}
}

static void a_new_life_ends_the_old_one_in_every_state(void **state)
{
	(void)state;
	for (int s = 0; s < N_TCP_STATES; s++)
		assert_int_equal(
			machine_next((enum tcp_state)s, REPLACED, UNKNOWN),
			CLOSED);
}

/* SURVIVED leads back to what the end was; FIN_UNACKED to LAST-ACK; nothing
 * else leads out of CLOSED. */
static void closed_is_left_only_by_who_proves_that_he_lives(void **state)
{
	(void)state;
	for (int e = 0; e < N_TCP_EVENTS; e++) {
		const enum tcp_event event = (enum tcp_event)e;
		const enum tcp_state to =
			machine_next(CLOSED, event, CLOSE_WAIT);
		if (event == SURVIVED)
			assert_int_equal(to, CLOSE_WAIT);
		else if (event == FIN_UNACKED)
			assert_int_equal(to, LAST_ACK);
		else
			assert_int_equal(to, CLOSED);
	}
}

static void survived_means_nothing_to_a_living_end(void **state)
{
	(void)state;
	for (int s = 0; s < CLOSED; s++)
		assert_int_equal(
			machine_next((enum tcp_state)s, SURVIVED, UNKNOWN), s);
}

/* Orphans give up, TIME-WAIT and FIN-WAIT-2 expire; an open connection and
 * CLOSE-WAIT last as long as their program wants. */
static void only_what_waits_for_the_peer_times_out(void **state)
{
	(void)state;
	for (int s = 0; s < CLOSED; s++) {
		const bool waits =
			s != UNKNOWN && s != ESTABLISHED && s != CLOSE_WAIT;
		assert_int_equal(
			machine_next((enum tcp_state)s, TIMED_OUT, UNKNOWN),
			waits ? (int)CLOSED : s);
	}
}

/* Whatever happens twice happens once. */
static void no_event_moves_an_end_twice(void **state)
{
	(void)state;
	for (int s = 0; s < N_TCP_STATES; s++) {
		for (int e = 0; e < N_TCP_EVENTS; e++) {
			const enum tcp_event event = (enum tcp_event)e;
			const enum tcp_state to = machine_next(
				(enum tcp_state)s, event, ESTABLISHED);
			assert_int_equal(machine_next(to, event, ESTABLISHED),
			                 to);
		}
	}
}

static void states_have_names_for_records_and_for_people(void **state)
{
	(void)state;
	assert_string_equal(tcp_state_name(FIN_WAIT_1), "fin_wait_1");
	assert_string_equal(tcp_state_shown(FIN_WAIT_1), "FIN-WAIT-1");
	assert_string_equal(tcp_state_name(ESTABLISHED), "established");
	assert_string_equal(tcp_state_shown(ESTABLISHED), "ESTAB");
	assert_string_equal(tcp_event_name(FIN_UNACKED), "fin_unacked");
	assert_string_equal(tcp_grade_name(GRADE_EXPIRED), "expired");
	assert_null(tcp_grade_name(GRADE_NONE));
	for (int s = 0; s < N_TCP_STATES; s++)
		assert_true(strlen(tcp_state_name((enum tcp_state)s)) > 0);
	for (int e = 0; e < N_TCP_EVENTS; e++)
		assert_true(strlen(tcp_event_name((enum tcp_event)e)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_arrow_of_the_rfc_is_followed),
		cmocka_unit_test(every_presumption_has_a_way_back),
		cmocka_unit_test(the_way_back_undoes_the_way_there),
		cmocka_unit_test(an_rst_ends_every_state),
		cmocka_unit_test(a_new_life_ends_the_old_one_in_every_state),
		cmocka_unit_test(
			closed_is_left_only_by_who_proves_that_he_lives),
		cmocka_unit_test(survived_means_nothing_to_a_living_end),
		cmocka_unit_test(only_what_waits_for_the_peer_times_out),
		cmocka_unit_test(no_event_moves_an_end_twice),
		cmocka_unit_test(states_have_names_for_records_and_for_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
