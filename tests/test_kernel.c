/*
 * The kernel's word, made up here: what it does to findings while they are
 * open and when they are closed, and how often it is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "kernel_scene.h"

/* ---- pins ---------------------------------------------------------------- */

static void without_the_kernel_a_stall_is_possible(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	scene_handshake(&s);
	scene_stall(&s);
	assert_int_equal(s.n_told, 1);
	assert_string_equal(s.told[0].confidence, "possible");
	assert_null(s.told[0].kernel.state);
	scene_end(&s);
	assert_true(s.n_asked > 0);
}

static void expect_pin(const struct told *t, const char *phase)
{
	assert_string_equal(t->name, "fin_wait_1_pin");
	assert_string_equal(t->phase, phase);
	assert_string_equal(t->confidence, "certain");
	assert_string_equal(t->shown_by, "kernel");
	assert_string_equal(t->outcome,
	                    strcmp(phase, "open") == 0 ? "" : "undecided");
}

static void fin_wait_1_makes_it_certain(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	scene_state(&s, true, HOST_FIN_WAIT_1);
	scene_handshake(&s);
	scene_stall(&s);
	scene_end(&s);
	assert_int_equal(s.n_told, 2);
	expect_pin(&s.told[0], "open");
	expect_pin(&s.told[1], "closed");
	assert_true(s.told[1].stands);
	const struct kernel_word *k = &s.told[0].kernel;
	assert_string_equal(k->end, "server");
	assert_string_equal(k->state, "fin_wait_1");
	assert_string_equal(k->timer, "probe");
	assert_int_equal(k->timer_expires, 3 * SECOND);
	assert_int_equal(k->probes, 2);
	assert_int_equal(k->retransmits, ABSENT);
	assert_int_equal(k->send_queue, 5001);
	assert_int_equal(k->orphaned, 1);
	assert_int_equal(k->unaccepted, ABSENT);
	assert_int_equal(k->uid, ABSENT);
	assert_int_equal(s.n_findings, 1);
}

/* The capture began late, so the wire alone would be a grade less sure. */
static void last_ack_is_certain_though_the_capture_is_not_whole(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	scene_state(&s, true, HOST_LAST_ACK);
	scene_stall(&s);
	scene_end(&s);
	assert_int_equal(s.n_told, 2);
	expect_pin(&s.told[1], "closed");
}

static void established_is_no_trouble(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	scene_state(&s, true, HOST_ESTABLISHED);
	scene_handshake(&s);
	scene_stall(&s);
	const struct stats_record stats = scene_end(&s);
	assert_int_equal(s.n_told, 0);
	assert_int_equal(s.n_findings, 0);
	assert_int_equal(stats.findings, 0);
	assert_int_equal(stats.findings_dismissed, 1);
	assert_int_equal(stats.kernel_questions, s.n_asked);
}

/* The program closes while the stall lasts. */
static void it_is_asked_again(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	scene_state(&s, true, HOST_ESTABLISHED);
	scene_handshake(&s);
	scene_stall(&s);
	assert_int_equal(s.n_told, 0);
	scene_state(&s, true, HOST_FIN_WAIT_1);
	scene_probe(&s, 6720);
	assert_int_equal(s.n_told, 1);
	expect_pin(&s.told[0], "open");
	scene_end(&s);
	expect_pin(&s.told[1], "closed");
}

static void what_was_told_is_dismissed(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	s.answer[1] = HOST_SOCKET_UNKNOWN; /* so it is told ... */
	scene_handshake(&s);
	scene_stall(&s);
	assert_int_equal(s.n_told, 1);
	assert_string_equal(s.told[0].confidence, "possible");
	scene_state(&s, true, HOST_CLOSE_WAIT); /* ... and was none */
	const struct stats_record stats = scene_end(&s);
	assert_int_equal(s.n_told, 2);
	assert_string_equal(s.told[1].phase, "closed");
	assert_string_equal(s.told[1].outcome, "withdrawn");
	assert_string_equal(s.told[1].severity, "info");
	assert_string_equal(s.told[1].kernel.state, "close_wait");
	assert_int_equal(s.told[1].event_id, s.told[0].event_id);
	assert_false(s.told[1].stands);
	assert_int_equal(s.n_findings, 0);
	assert_int_equal(stats.findings, 0);
	assert_int_equal(stats.findings_dismissed, 1);
}

/* When all is over the socket is gone: what it said before counts. */
static void its_word_lasts(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	scene_state(&s, true, HOST_FIN_WAIT_1);
	scene_handshake(&s);
	scene_stall(&s);
	s.answer[1] = HOST_SOCKET_GONE;
	scene_state(&s, false, HOST_ESTABLISHED); /* its peer is not asked */
	scene_end(&s);
	assert_int_equal(s.n_told, 2);
	expect_pin(&s.told[1], "closed");
	assert_string_equal(s.told[1].kernel.state, "closed");
	assert_int_equal(s.told[1].kernel.orphaned, ABSENT);
}

/* What the wire proves, the kernel's earlier word does not take away. */
static void a_fin_on_the_wire_is_not_dismissed(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	scene_state(&s, true, HOST_ESTABLISHED);
	scene_handshake(&s);
	scene_stall(&s);
	scene_speak(&s, 1000, false, TCP_ACK, 1, 1001, 0, 5000);
	scene_speak(&s, 1, true, TCP_ACK | TCP_FIN, 1001, 1, 500, 60000);
	s.answer[1] = HOST_SOCKET_GONE;
	scene_end(&s);
	assert_true(s.n_told > 0);
	assert_string_equal(s.told[s.n_told - 1].shown_by, "flight");
	assert_true(s.told[s.n_told - 1].stands);
}

static void the_peers_socket_is_told_and_decides_nothing(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	scene_state(&s, false, HOST_ESTABLISHED);
	s.socket[0].inode = 4711;
	s.socket[0].uid = 33;
	scene_handshake(&s);
	scene_stall(&s);
	assert_int_equal(s.n_told, 1);
	assert_string_equal(s.told[0].confidence, "possible");
	assert_string_equal(s.told[0].kernel.end, "client");
	assert_string_equal(s.told[0].kernel.state, "established");
	assert_int_equal(s.told[0].kernel.orphaned, 0);
	assert_int_equal(s.told[0].kernel.unaccepted, 0);
	assert_int_equal(s.told[0].kernel.inode, 4711);
	assert_int_equal(s.told[0].kernel.uid, 33);
	scene_end(&s);
}

/* ---- when it is asked ---------------------------------------------------- */

static void files_ask_nobody(void **state)
{
	struct scene s;
	(void)state;
	scene_begin_with(&s, false, 1000);
	scene_handshake(&s);
	scene_stall(&s);
	const struct stats_record stats = scene_end(&s);
	assert_int_equal(s.n_asked, 0);
	assert_int_equal(s.n_told, 1);
	assert_int_equal(stats.kernel_questions, ABSENT);
	assert_int_equal(stats.findings_dismissed, ABSENT);
}

static void a_new_life_is_not_asked_about_the_old_one(void **state)
{
	struct scene s;
	(void)state;
	scene_begin(&s);
	s.answer[1] = HOST_SOCKET_UNKNOWN;
	scene_handshake(&s);
	scene_stall(&s);
	assert_int_equal(s.n_told, 1);
	scene_state(&s, true, HOST_ESTABLISHED); /* the new one */
	scene_speak(&s, 70000, false, TCP_SYN, 900000, 0, 0, 60000);
	scene_speak(&s, 1, true, TCP_SYN | TCP_ACK, 700000, 900001, 0, 60000);
	scene_speak(&s, 1, false, TCP_ACK, 900001, 700001, 0, 60000);
	assert_true(s.n_told >= 2);
	for (size_t i = 1; i < s.n_told; i++) {
		if (strcmp(s.told[i].name, "fin_wait_1_pin") != 0)
			continue;
		assert_string_equal(s.told[i].phase, "closed");
		assert_null(s.told[i].kernel.state);
		assert_true(s.told[i].stands);
	}
	scene_end(&s);
}

static void questions_are_rationed(void **state)
{
	struct scene s;
	(void)state;
	scene_begin_with(&s, true, 3);
	scene_state(&s, true, HOST_ESTABLISHED);
	scene_handshake(&s);
	scene_stall(&s);
	s.n_asked = 0;
	s.now += SECOND - s.now % SECOND; /* a new second */
	for (int i = 0; i < 10; i++)
		scene_speak(&s, 50, false, TCP_ACK, 1, 1001, 0, 0);
	assert_int_equal(s.n_asked, 3);
	assert_int_equal(s.n_told, 0); /* what it said before holds */
	const struct stats_record stats = scene_end(&s);
	assert_true(stats.kernel_held_back >= 7);
}

/* Two questions, where the finding's own end is not of this host. */
static void each_end_takes_from_the_ration(void **state)
{
	struct scene s;
	(void)state;
	scene_begin_with(&s, true, 1);
	scene_handshake(&s);
	scene_stall(&s);
	assert_int_equal(s.n_told, 1);
	assert_int_equal(s.n_asked, 1);
	scene_end(&s);
}

/* ---- its words ----------------------------------------------------------- */

static void every_state_has_its_word(void **state)
{
	static const struct {
		enum host_tcp_state state;
		const char *word;
		int64_t orphaned, unaccepted;
	} words[] = {
		{ HOST_ESTABLISHED, "established", 0, 1 },
		{ HOST_SYN_SENT, "syn_sent", ABSENT, ABSENT },
		{ HOST_FIN_WAIT_1, "fin_wait_1", 1, ABSENT },
		{ HOST_FIN_WAIT_2, "fin_wait_2", 1, ABSENT },
		{ HOST_CLOSE_WAIT, "close_wait", 0, 1 },
		{ HOST_LAST_ACK, "last_ack", 1, ABSENT },
		{ HOST_CLOSING, "closing", 1, ABSENT },
		/* The short forms have no holder. */
		{ HOST_TIME_WAIT, "time_wait", ABSENT, ABSENT },
		{ HOST_SYN_RECV, "syn_received", ABSENT, ABSENT },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct scene s;
		scene_begin(&s);
		s.answer[1] = HOST_SOCKET_UNKNOWN;
		scene_handshake(&s);
		scene_stall(&s);
		scene_state(&s, true, words[i].state);
		s.socket[1].is_whole = words[i].state != HOST_TIME_WAIT &&
		                       words[i].state != HOST_SYN_RECV;
		scene_end(&s);
		const struct kernel_word *k = &s.told[1].kernel;
		assert_int_equal(s.n_told, 2);
		assert_string_equal(k->state, words[i].word);
		assert_int_equal(k->orphaned, words[i].orphaned);
		assert_int_equal(k->unaccepted, words[i].unaccepted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_the_kernel_a_stall_is_possible),
		cmocka_unit_test(fin_wait_1_makes_it_certain),
		cmocka_unit_test(
			last_ack_is_certain_though_the_capture_is_not_whole),
		cmocka_unit_test(established_is_no_trouble),
		cmocka_unit_test(it_is_asked_again),
		cmocka_unit_test(what_was_told_is_dismissed),
		cmocka_unit_test(its_word_lasts),
		cmocka_unit_test(a_fin_on_the_wire_is_not_dismissed),
		cmocka_unit_test(the_peers_socket_is_told_and_decides_nothing),
		cmocka_unit_test(files_ask_nobody),
		cmocka_unit_test(a_new_life_is_not_asked_about_the_old_one),
		cmocka_unit_test(questions_are_rationed),
		cmocka_unit_test(each_end_takes_from_the_ration),
		cmocka_unit_test(every_state_has_its_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
