/* The report for people, as people see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "records.h"
#include "write/text.h"
#include "write/writer.h"

struct session {
	struct buffer out;
	struct writer *writer;
	struct summary summary;
};

static struct session *begin(bool color)
{
	struct session *s = calloc(1, sizeof(*s));
	const struct writer_options options = { .color = color,
		                                .alloc = &alloc_default };
	struct writer_choice choice;
	buffer_init(&s->out, &alloc_default);
	writer_choose(&choice, "text:-", NULL);
	assert_int_equal(writer_open(&s->writer, choice.ops,
	                             sink_to_buffer(&s->out), &options, NULL),
	                 TCPCLOSE_OK);
	return s;
}

static void show(struct session *s, struct record r)
{
	summary_add(&s->summary, &r);
	assert_int_equal(writer_record(s->writer, &r, NULL), TCPCLOSE_OK);
}

static struct run_record some_run(void)
{
	struct run_record r = { 0 };
	fields_clear(run_record_fields, &r);
	r.head.timestamp = records_time(0);
	r.version = "0.1";
	r.input_count = 1;
	texts_add(&r.inputs, "incident.pcapng");
	texts_add(&r.formats, "pcapng");
	texts_add(&r.link_types, "EN10MB");
	return r;
}

static void show_run(struct session *s)
{
	const struct run_record r = some_run();
	show(s, record_of_run(&r));
}

static struct stats_record some_stats(void)
{
	struct stats_record r = { 0 };
	fields_clear(stats_record_fields, &r);
	memset(&r.decode, 0, sizeof(r.decode));
	r.head.timestamp = records_time(900);
	r.first_packet = records_time(0);
	r.last_packet = records_time(900);
	r.packets = 1234567;
	r.bytes = 1900000000;
	r.tcp_segments = 1200001;
	r.connections = 3;
	return r;
}

static void expect_report(struct session *s, const char *expected)
{
	assert_int_equal(writer_close(s->writer, &s->summary, NULL),
	                 TCPCLOSE_OK);
	buffer_char(&s->out, '\0');
	assert_string_equal(s->out.bytes, expected);
	buffer_fini(&s->out);
	free(s);
}

static void expect_in_report(struct session *s, const char *part)
{
	assert_int_equal(writer_close(s->writer, &s->summary, NULL),
	                 TCPCLOSE_OK);
	buffer_char(&s->out, '\0');
	if (!strstr(s->out.bytes, part))
		fail_msg("not found: %s\nin: %s", part, s->out.bytes);
	buffer_fini(&s->out);
	free(s);
}

/* clang-format off */
static const char quiet_report[] =
"incident.pcapng (pcapng, EN10MB)\n"
"2026-05-04 09:12:31 to 09:27:31 UTC (15 min 0 s)\n"
"1,234,567 packets (1.9 GB), 1,200,001 TCP segments, 3 connections\n"
"\n"
"no trouble found in 3 connections\n"
"\n"
"How connections ended\n"
"           3  orderly, with FIN\n"
"  closed first: client 3\n"
"\n"
"State of their ends when each was seen last\n"
"     clients     servers\n"
"           3           0  TIME-WAIT\n"
"           0           3  CLOSED\n";

static const char troubled_report[] =
"incident.pcapng (pcapng, EN10MB)\n"
"2026-05-04 09:12:31 to 09:27:31 UTC (15 min 0 s)\n"
"1,234,567 packets (1.9 GB), 1,200,001 TCP segments, 3 connections\n"
"not judged: 2 packets are cut before their TCP header ends; 1 broken IP header\n"
"the capture missed 1,203 packets: verdicts are weaker for it\n"
"1 connection was captured with gaps, which weakens verdicts\n"
"\n"
"1 error, 1 warning, 1 remark in 2 of 2 connections\n"
"\n"
"fin_wait_1_pin, 1 time: a peer that reads nothing keeps an end from closing\n"
"error    09:14:02.123456  192.0.2.1:50004 -> 192.0.2.2:443*\n"
"         The server has waited 342.0 s in FIN-WAIT-1 for the client, whose\n"
"         window stayed 0 through 14 probes.\n"
"         certain; outcome: gave_up; frames 8, 9, 10, 11, 12, 13 and 3 more\n"
"         Wireshark: tcp.stream eq 17\n"
"\n"
"lost_final_ack, 2 times: the last ACK did not arrive\n"
"warning  09:12:35.000000  192.0.2.1:50000 -> 192.0.2.2:443*\n"
"         The ACK of the server's FIN was lost behind the tap.\n"
"         likely; outcome: recovered; frame 12\n"
"         Wireshark: tcp.stream eq 0\n"
"info     2026-05-05 09:12:32.000000  192.0.2.1:50000 -> 192.0.2.2:443*\n"
"         The last ACK was late.\n"
"         certain; outcome: recovered; frames 8, 9, 10, 11, 12, 13 and 3 more\n"
"         Wireshark: tcp.stream eq 0\n"
"\n"
"Worst offenders\n"
"  192.0.2.1 pinned its peer in FIN-WAIT-1 1 time, 2.0 s in all\n"
"\n"
"How connections ended\n"
"           1  orderly, with FIN\n"
"           1  reset\n"
"  closed first: client 1\n"
"\n"
"State of their ends when each was seen last\n"
"     clients     servers\n"
"           2           0  TIME-WAIT\n"
"           0           2  CLOSED\n"
"\n"
"Times are UTC; * marks the end that bears the consequence.\n"
"What a finding means and what to do about it: tcpclose --explain NAME\n";

static const char crowded_report[] =
"\n"
"no trouble found in 1 connection\n"
"\n"
"How connections ended\n"
"           1  orderly, with FIN\n"
"  closed first: client 1\n"
"\n"
"Sockets by state, as netstat or ss would have counted them\n"
"     clients     servers        most  at\n"
"         150           0         150  09:12:32  TIME-WAIT\n"
"           0           1           1  09:12:33  CLOSE-WAIT\n"
"\n"
"TIME-WAIT\n"
"  held by the end that closes first: 150 times by clients, 0 times by servers\n"
"  192.0.2.1 -> 192.0.2.2:443\n"
"    the client held 150 at once at 09:12:32, 15 % of its 1,000 ports\n"
"    closes a second: 100 at most, 100 on average; its ports allow 17 for long\n"
"\n"
"Too short to be worth opening: one request or none, less than 1 s\n"
"  192.0.2.1 -> 192.0.2.2:443\n"
"    150 of 150 connections (100 %)\n"
"    1 kept alive would have done: 149 fewer ports and TIME-WAITs\n"
"\n"
"What the wire betrays of the hosts\n"
"  192.0.2.2\n"
"    tcp_orphan_retries = 1 to 2 (likely, frame 11)\n"
"    tcp_fin_timeout = 60 s (certain, seen 2 times)\n";
/* clang-format on */

static void with_nothing_wrong_it_is_short(void **state)
{
	(void)state;
	struct session *s = begin(false);
	show_run(s);
	const struct close_record close = records_close();
	for (int i = 0; i < 3; i++)
		show(s, record_of_close(&close));
	const struct stats_record stats = some_stats();
	show(s, record_of_stats(&stats));
	expect_report(s, quiet_report);
}

static void show_pin(struct session *s, struct worst *worst)
{
	static const struct finding_kind pin = {
		.name = "fin_wait_1_pin",
		.summary = "a peer that reads nothing keeps an end from "
			   "closing",
	};
	struct finding_record f = records_finding(
		SEVERITY_ERROR, 91.123456,
		"The server has waited 342.0 s in FIN-WAIT-1 for the client, "
		"whose window stayed 0 through 14 probes.");
	f.kind = &pin;
	f.finding = pin.name;
	f.client.port = 50004;
	f.outcome = "gave_up";
	f.filter = "tcp.stream eq 17";
	show(s, record_of_finding(&f));
	worst_take_finding(worst, &f);
}

static void show_lost_acks(struct session *s)
{
	const struct finding_record late =
		records_finding(SEVERITY_INFO, 86401, "The last ACK was late.");
	struct finding_record lost =
		records_finding(SEVERITY_WARNING, 4,
	                        "The ACK of the server's FIN was lost behind "
	                        "the tap.");
	lost.confidence = "likely";
	lost.frames.n = 0;
	numbers_add(&lost.frames, 12);
	show(s, record_of_finding(&late));
	show(s, record_of_finding(&lost));
}

static void the_worst_is_read_first(void **state)
{
	(void)state;
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	struct session *s = begin(false);
	s->summary.ledger = ledger;
	show_run(s);
	show_lost_acks(s);
	show_pin(s, &ledger->worst);
	struct close_record close = records_close();
	texts_add(&close.findings, "lost_final_ack");
	show(s, record_of_close(&close));
	close.close.kind = "reset";
	close.close.closed_first = NULL;
	close.capture_loss = 1;
	show(s, record_of_close(&close));
	struct stats_record stats = some_stats();
	stats.decode.TRUNCATED = 2;
	stats.decode.BAD_IP = 1;
	stats.dropped.kernel = 1203;
	show(s, record_of_stats(&stats));
	expect_report(s, troubled_report);
	free(ledger);
}

static const char *name_source(void *ctx, uint32_t source)
{
	(void)ctx;
	return source == 0 ? "first.pcap" : "second.pcap";
}

/* Frames are counted within a file. */
static void of_several_files_frames_name_theirs(void **state)
{
	(void)state;
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	struct session *s = begin(false);
	records_ledger(ledger);
	ledger->sources.name = name_source;
	ledger->sources.several = true;
	s->summary.ledger = ledger;
	struct run_record run = some_run();
	run.input_count = 2;
	show(s, record_of_run(&run));
	struct finding_record f = records_finding(SEVERITY_NOTICE, 4, "m");
	f.head.source = "second.pcap";
	f.frames.n = 2;
	show(s, record_of_finding(&f));
	assert_int_equal(writer_close(s->writer, &s->summary, NULL),
	                 TCPCLOSE_OK);
	buffer_char(&s->out, '\0');
	assert_non_null(strstr(s->out.bytes, "frames 8, 9 of second.pcap\n"));
	assert_non_null(
		strstr(s->out.bytes, "(likely, frame 11 of first.pcap)\n"));
	buffer_fini(&s->out);
	free(s);
	free(ledger);
}

/* The line of the frames of a finding with these, each with its file. */
static void expect_frames(const struct numbers *frames,
                          const char *const *sources, const char *words)
{
	struct session *s = begin(false);
	struct run_record run = some_run();
	run.input_count = 3;
	show(s, record_of_run(&run));
	struct finding_record f = records_finding(SEVERITY_NOTICE, 4, "m");
	f.frames = *frames;
	for (uint32_t i = 0; sources && i < frames->n; i++)
		f.frame_sources.at[f.frame_sources.n++] = sources[i];
	show(s, record_of_finding(&f));
	assert_int_equal(writer_close(s->writer, &s->summary, NULL),
	                 TCPCLOSE_OK);
	buffer_char(&s->out, '\0');
	if (!strstr(s->out.bytes, words))
		fail_msg("no \"%s\" in\n%s", words, s->out.bytes);
	buffer_fini(&s->out);
	free(s);
}

static void frames_of_several_files_each_name_theirs(void **state)
{
	(void)state;
	static char long_name[600];
	const struct numbers few = { .n = 3, .at = { 12, 15, 2 } };
	const struct numbers many = { .n = 7, .at = { 1, 2, 3, 4, 5, 6, 7 } };
	memset(long_name, 'x', sizeof(long_name) - 1);
	expect_frames(&few, (const char *[]){ "a", "a", "b" },
	              "; frames 12, 15 of a and 2 of b\n");
	expect_frames(&few, (const char *[]){ "b", "b", "b" },
	              "; frames 12, 15, 2 of b\n");
	expect_frames(&many,
	              (const char *[]){ "a", "b", "b", "a", "a", "a", "a" },
	              "; frames 1 of a and 2, 3 of b and 4, 5, 6 of a and 1 "
	              "more\n");
	expect_frames(&few, (const char *[]){ "a", long_name, "b" },
	              "; frames 12 of a and 2 more\n");
	expect_frames(&few, (const char *[]){ long_name, "a", "b" },
	              "; frames 3 in all\n");
	expect_frames(&(struct numbers){ 0 }, NULL, "; began in a.pcap\n");
}

static void of_many_alike_the_worst_are_shown(void **state)
{
	(void)state;
	struct session *s = begin(false);
	for (int i = 0; i < 143; i++) {
		const struct finding_record f = records_finding(
			i == 140 ? SEVERITY_ERROR : SEVERITY_NOTICE, i, "m");
		show(s, record_of_finding(&f));
	}
	const char *const first =
		"lost_final_ack, 143 times: the last ACK did not arrive\n"
		"error    2026-05-04 09:14:51.000000";
	assert_int_equal(writer_close(s->writer, &s->summary, NULL),
	                 TCPCLOSE_OK);
	buffer_char(&s->out, '\0');
	assert_non_null(strstr(s->out.bytes, first));
	assert_non_null(strstr(s->out.bytes, "         and 123 more like it; "
	                                     "see -o ndjson:FILE\n"));
	buffer_fini(&s->out);
	free(s);
}

static void a_crowd_is_accounted_for(void **state)
{
	(void)state;
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	struct session *s = begin(false);
	const struct close_record close = records_close();
	records_ledger(ledger);
	s->summary.ledger = ledger;
	show(s, record_of_close(&close));
	expect_report(s, crowded_report);
	free(ledger);
}

static void a_few_connections_are_not(void **state)
{
	(void)state;
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	struct session *s = begin(false);
	const struct close_record close = records_close();
	ledger_init(ledger, INT64_C(60000000000), 1000);
	census_enter(&ledger->census, ROLE_CLIENT, TIME_WAIT, 1);
	s->summary.ledger = ledger;
	show(s, record_of_close(&close));
	expect_report(s, "\nno trouble found in 1 connection\n"
	                 "\nHow connections ended\n"
	                 "           1  orderly, with FIN\n"
	                 "  closed first: client 1\n"
	                 "\nState of their ends when each was seen last\n"
	                 "     clients     servers\n"
	                 "           1           0  TIME-WAIT\n"
	                 "           0           1  CLOSED\n");
	free(ledger);
}

static void a_capture_without_tcp_says_so(void **state)
{
	(void)state;
	expect_report(begin(false), "\nno TCP connections\n");
}

static void colour_is_only_there_on_request(void **state)
{
	(void)state;
	struct session *s = begin(true);
	struct worst *worst = calloc(1, sizeof(*worst));
	show_pin(s, worst);
	free(worst);
	expect_in_report(s, "\033[1;31merror    \033[0m");
	s = begin(true);
	show_run(s);
	expect_report(s, "incident.pcapng (pcapng, EN10MB)\n"
	                 "\nno TCP connections\n");
}

static void a_stranger_cannot_write_to_the_terminal(void **state)
{
	(void)state;
	struct session *s = begin(false);
	struct finding_record f =
		records_finding(SEVERITY_INFO, 1, "a \033[2J b\nc");
	f.filter = "\033]0;x\a";
	show(s, record_of_finding(&f));
	expect_in_report(s, "         a ?[2J b\n         c\n");
}

static void expect_duration(int64_t ns, const char *expected)
{
	struct buffer out;
	buffer_init(&out, &alloc_default);
	text_duration(&out, ns);
	buffer_char(&out, '\0');
	assert_string_equal(out.bytes, expected);
	buffer_fini(&out);
}

static void durations_have_the_unit_that_fits(void **state)
{
	(void)state;
	const int64_t s = 1000000000;
	expect_duration(-1, "0 us");
	expect_duration(340000, "340 us");
	expect_duration(12999999, "12 ms");
	expect_duration(4 * s + 790000000, "4.7 s");
	expect_duration(59 * s + 999999999, "59.9 s");
	expect_duration(903 * s, "15 min 3 s");
	expect_duration(7800 * s, "2 h 10 min");
	expect_duration(90000 * s, "1 d 1 h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_nothing_wrong_it_is_short),
		cmocka_unit_test(the_worst_is_read_first),
		cmocka_unit_test(of_several_files_frames_name_theirs),
		cmocka_unit_test(frames_of_several_files_each_name_theirs),
		cmocka_unit_test(of_many_alike_the_worst_are_shown),
		cmocka_unit_test(a_crowd_is_accounted_for),
		cmocka_unit_test(a_few_connections_are_not),
		cmocka_unit_test(a_capture_without_tcp_says_so),
		cmocka_unit_test(colour_is_only_there_on_request),
		cmocka_unit_test(a_stranger_cannot_write_to_the_terminal),
		cmocka_unit_test(durations_have_the_unit_that_fits),
	};
	return cmocka_run_group_tests_name("write text", tests, NULL, NULL);
}
