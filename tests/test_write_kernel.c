/* What the kernel of this host says, as people read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "records.h"
#include "write/text.h"
#include "write/writer.h"

/* ---- one socket ---------------------------------------------------------- */

static struct kernel_word a_word(const char *state)
{
	struct kernel_word k;
	fields_clear(kernel_word_fields, &k);
	k.end = "server";
	k.state = state;
	return k;
}

static void expect_word(const struct kernel_word *k, const char *expected)
{
	struct buffer out;
	buffer_init(&out, &alloc_default);
	text_kernel_word(&out, k);
	buffer_char(&out, '\0');
	assert_string_equal(out.bytes, expected);
	buffer_fini(&out);
}

static void a_socket_is_told_in_a_line(void **state)
{
	(void)state;
	struct kernel_word k = a_word(NULL);
	expect_word(&k, "");
	k = a_word("closed");
	expect_word(&k, "it has no such socket at the server");
	k = a_word("established");
	k.unaccepted = 1;
	k.orphaned = 0;
	k.send_queue = 0;
	k.receive_queue = 5000;
	k.timer = "none";
	expect_word(&k, "the server is in ESTAB, not accepted yet, 5.0 kB not "
	                "read");
	k = a_word("last_ack");
	k.orphaned = 1;
	k.send_queue = 1;
	k.timer = "retransmit";
	k.timer_expires = INT64_C(1700000000);
	k.retransmits = 3;
	expect_word(&k,
	            "the server is in LAST-ACK, held by no program, 1 byte to "
	            "send, retransmit timer in 1.7 s, 3 retransmissions");
}

static void findings_hold_it(void **state)
{
	struct buffer out;
	struct writer *w;
	struct writer_choice choice;
	struct summary summary = { 0 };
	const struct writer_options options = { .alloc = &alloc_default };
	struct finding_record seen =
		records_finding(SEVERITY_WARNING, 1, "It is stuck.");
	struct finding_record none =
		records_finding(SEVERITY_INFO, 1, "It never was.");
	(void)state;
	seen.kernel = a_word("fin_wait_1");
	none.outcome = FINDING_WITHDRAWN;
	buffer_init(&out, &alloc_default);
	writer_choose(&choice, "text:-", NULL);
	assert_int_equal(writer_open(&w, choice.ops, sink_to_buffer(&out),
	                             &options, NULL),
	                 TCPCLOSE_OK);
	const struct record r[] = { record_of_finding(&seen),
		                    record_of_finding(&none) };
	for (size_t i = 0; i < 2; i++) {
		summary_add(&summary, &r[i]);
		assert_int_equal(writer_record(w, &r[i], NULL), TCPCLOSE_OK);
	}
	assert_int_equal(summary.findings, 1);
	assert_int_equal(writer_close(w, &summary, NULL), TCPCLOSE_OK);
	buffer_char(&out, '\0');
	assert_non_null(strstr(out.bytes, "\n         the kernel says: the "
	                                  "server is in FIN-WAIT-1\n"));
	assert_null(strstr(out.bytes, "never was"));
	buffer_fini(&out);
}

/* ---- the host ------------------------------------------------------------ */

static struct stats_record some_stats(void)
{
	struct stats_record s;
	fields_clear(stats_record_fields, &s);
	for (size_t i = 0; i < HOST_STATES; i++)
		s.host_states.state[i] = 0;
	s.host_states.state[2] = 12345;
	s.host_states.state[6] = 65536;
	s.host_orphans = 512;
	s.host_sysctls = (struct stats_host_sysctls){
		.tcp_fin_timeout = 15,
		.tcp_orphan_retries = 0,
		.tcp_tw_reuse = 2,
		.tcp_max_tw_buckets = 131072,
		.tcp_max_orphans = 32768,
		.tcp_rfc1337 = 1,
		.ip_local_port_range = { .n = 2, .at = { 32768, 60999 } },
	};
	return s;
}

/* The text on one line, without indents. */
static char *host_text(const struct stats_record *s)
{
	struct buffer out;
	buffer_init(&out, &alloc_default);
	text_describe_host(&out, false, s);
	char *text = calloc(1, out.len + 1), *to = text;
	for (size_t i = 0; i < out.len; i++) {
		const bool blank = out.bytes[i] == ' ' || out.bytes[i] == '\n';
		if (!blank)
			*to++ = out.bytes[i];
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	buffer_fini(&out);
	return text;
}

static void expect_host(const struct stats_record *s, const char *part)
{
	char *text = host_text(s);
	if (!strstr(text, part))
		fail_msg("not found: %s\nin: %s", part, text);
	free(text);
}

static void a_host_is_told_with_what_its_sysctls_mean(void **state)
{
	const struct stats_record s = some_stats();
	(void)state;
	expect_host(&s, "This host, as its kernel says sockets: 12,345 ESTAB, "
	                "65,536 TIME-WAIT tcp_fin_timeout 15: FIN-WAIT-2 ends "
	                "15 s after its program closed;");
	expect_host(&s, "tcp_orphan_retries 0: acts as 8; a FIN that nothing "
	                "answers is sent about 10 times, and an orphan in "
	                "FIN-WAIT-1 or LAST-ACK is gone after about 107 s;");
	expect_host(&s, "tcp_max_tw_buckets 131072: beyond it no TIME-WAIT is "
	                "held, and a FIN that is repeated is answered by RST; "
	                "65,536 TIME-WAITs now, 50.0 %");
	expect_host(&s, "512 such sockets now, 1.6 %");
	expect_host(&s, "tcp_rfc1337 1: an RST does not end TIME-WAIT");
	expect_host(&s, "28,232 ports, each rests 60 s if this host closes "
	                "first: 471 connections a second");
}

static void orphan_retries_become_seconds(void **state)
{
	static const struct {
		int64_t set;
		const char *text;
	} of[] = {
		{ 1, "tcp_orphan_retries 1: a FIN that nothing answers is sent "
		     "about 4 times, and an orphan in FIN-WAIT-1 or LAST-ACK "
		     "is gone after about 2 s" },
		{ 3, "about 6 times, and an orphan in FIN-WAIT-1 or LAST-ACK "
		     "is gone after about 7 s" },
		{ 5, "about 7 times, and an orphan in FIN-WAIT-1 or LAST-ACK "
		     "is gone after about 13 s" },
		/* From 120 s on the gaps grow no more. */
		{ 11, "about 13 times, and an orphan in FIN-WAIT-1 or LAST-ACK "
		      "is gone after about 454 s" },
	};
	struct stats_record s = some_stats();
	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		s.host_sysctls.tcp_orphan_retries = of[i].set;
		expect_host(&s, of[i].text);
	}
}

static void what_is_not_known_is_left_out(void **state)
{
	struct stats_record s = some_stats();
	(void)state;
	s.host_sysctls.tcp_max_orphans = ABSENT;
	s.host_states.state[0] = ABSENT;
	s.host_sysctls.tcp_tw_reuse = 9; /* of a kernel to come */
	char *text = host_text(&s);
	assert_null(strstr(text, "tcp_max_orphans"));
	assert_null(strstr(text, "sockets: "));
	assert_non_null(strstr(text, "tcp_tw_reuse 9: "));
	free(text);
	fields_clear(stats_record_fields, &s);
	text = host_text(&s);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_told_in_a_line),
		cmocka_unit_test(findings_hold_it),
		cmocka_unit_test(a_host_is_told_with_what_its_sysctls_mean),
		cmocka_unit_test(orphan_retries_become_seconds),
		cmocka_unit_test(what_is_not_known_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
