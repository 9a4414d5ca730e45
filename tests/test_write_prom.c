/* Metrics: what is measured, that it stands there from the start, and that
 * each block is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "records.h"
#include "write/writer.h"

/* A writer, and what its sink was handed. */
struct session {
	struct writer *writer;
	struct buffer block; /* the latest */
	int n_blocks;
	bool refuses;
};

static int take_block(void *ctx, const void *bytes, size_t n,
                      struct tcpclose_error *err)
{
	struct session *s = ctx;
	if (s->refuses)
		return error_set(err, TCPCLOSE_EIO, (struct error_place){ 0 },
		                 "refused");
	buffer_clear(&s->block);
	buffer_put(&s->block, bytes, n);
	buffer_char(&s->block, '\0');
	s->n_blocks++;
	return TCPCLOSE_OK;
}

static void begin(struct session *s, bool replaces)
{
	static const struct finding_kind *const kinds[] = { &records_kind };
	const struct writer_options options = { .kinds = kinds,
		                                .n_kinds = 1,
		                                .alloc = &alloc_default };
	const struct sink sink = { .ctx = s,
		                   .write = take_block,
		                   .replaces = replaces };
	struct writer_choice choice;
	*s = (struct session){ .n_blocks = 0 };
	buffer_init(&s->block, &alloc_default);
	assert_int_equal(writer_choose(&choice, "prom:-", NULL), TCPCLOSE_OK);
	assert_int_equal(
		writer_open(&s->writer, choice.ops, sink, &options, NULL),
		TCPCLOSE_OK);
}

static void show(struct session *s, struct record r)
{
	assert_int_equal(writer_record(s->writer, &r, NULL), TCPCLOSE_OK);
}

static void show_stats(struct session *s, int64_t packets)
{
	struct stats_record r = { 0 };
	records_fill(stats_record_fields, &r, 10);
	r.packets = packets;
	show(s, record_of_stats(&r));
	assert_int_equal(writer_flush(s->writer, NULL), TCPCLOSE_OK);
}

static void show_run(struct session *s, bool live, const char *input)
{
	struct run_record r = { 0 };
	fields_clear(run_record_fields, &r);
	r.version = "1.2.3";
	r.live = live;
	texts_add(&r.inputs, input);
	r.input_count = 1;
	show(s, record_of_run(&r));
}

static void end(struct session *s)
{
	struct summary *none = calloc(1, sizeof(*none));
	writer_close(s->writer, none, NULL);
	free(none);
}

static void forget(struct session *s)
{
	buffer_fini(&s->block);
}

static bool has_line(const struct session *s, const char *line)
{
	char whole[512];
	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return s->block.len > 0 && strstr(s->block.bytes, whole);
}

static void expect_line(const struct session *s, const char *line)
{
	if (!has_line(s, line))
		fail_msg("no line \"%s\" in:\n%s", line,
		         s->block.len ? s->block.bytes : "nothing");
}

/* In the order of the table; each has its reason. */
static bool need_not_be_measured(const char *name)
{
	static const char *const none[] = {
		"final",              /* no number */
		"duration_us",        /* of the two times beside it */
		"packets_per_second", /* rate() knows better */
		"findings",           /* counted by kind and severity */
		"ends_peak_at",       /* a time for each state: too much */
		"host_sysctls",       /* settings: node_exporter has them */
	};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (strcmp(name, none[i]) == 0)
			return true;
	return false;
}

static void every_number_of_stats_is_measured(void **state)
{
	(void)state;
	for (const struct field *f = stats_record_fields; f->name; f++) {
		if (f->type == FIELD_PART || need_not_be_measured(f->name))
			continue;
		if (f->metric.type == METRIC_NONE)
			fail_msg("stats.%s has no metric", f->name);
		if (f->type == FIELD_OBJECT && !f->metric.label)
			fail_msg("stats.%s has no label for its fields",
			         f->name);
	}
}

static void all_that_is_counted_begins_with_0(void **state)
{
	(void)state;
	struct session s;
	begin(&s, true);
	show_run(&s, false, "x.pcap");
	show_stats(&s, 0);
	expect_line(&s, "tcpclose_build_info{version=\"1.2.3\"} 1");
	expect_line(&s, "tcpclose_packets_total 0");
	for (int i = 0; severity_words[i]; i++) {
		char line[160];
		snprintf(line, sizeof(line),
		         "tcpclose_findings_total{finding=\"%s\","
		         "severity=\"%s\"} 0",
		         records_kind.name, severity_words[i]);
		expect_line(&s, line);
	}
	for (int i = 0; close_kind_words[i]; i++) {
		char line[160];
		snprintf(line, sizeof(line),
		         "tcpclose_connections_reported_total{kind=\"%s\"} 0",
		         close_kind_words[i]);
		expect_line(&s, line);
	}
	for (int i = 0; conn_state_words[i]; i++) {
		char line[160];
		snprintf(line, sizeof(line),
		         "tcpclose_conn_states_total{conn_state=\"%s\"} 0",
		         conn_state_words[i]);
		expect_line(&s, line);
	}
	expect_line(&s, "tcpclose_close_duration_seconds_count 0");
	end(&s);
	forget(&s);
}

static void closes_are_counted_by_word_and_duration(void **state)
{
	(void)state;
	struct session s;
	begin(&s, true);
	struct close_record close = records_close();
	close.close.kind = "reset";
	close.close.reset_by = "third_party";
	close.close.end_reason = "reuse";
	close.close.duration = INT64_C(1000000); /* on a bound: it is within */
	show(&s, record_of_close(&close));
	close.close.duration = INT64_C(2500000001);
	show(&s, record_of_close(&close));
	close.close.duration = INT64_C(3600000000000);
	show(&s, record_of_close(&close));
	close.close.duration = ABSENT;
	close.close.reset_by = NULL;
	show(&s, record_of_close(&close));
	show_stats(&s, 9);

	expect_line(&s,
	            "tcpclose_connections_reported_total{kind=\"reset\"} 4");
	expect_line(&s, "tcpclose_resets_total{reset_by=\"third_party\"} 3");
	expect_line(&s, "tcpclose_end_reasons_total{end_reason=\"reuse\"} 4");
#define BUCKET(le, n) "tcpclose_close_duration_seconds_bucket{le=\"" le "\"} " n
	expect_line(&s, BUCKET("0.001", "1"));
	expect_line(&s, BUCKET("1", "1"));
	expect_line(&s, BUCKET("5", "2"));
	expect_line(&s, BUCKET("600", "2"));
	expect_line(&s, BUCKET("+Inf", "3"));
	expect_line(&s, "tcpclose_close_duration_seconds_sum 3602.501000001");
	expect_line(&s, "tcpclose_close_duration_seconds_count 3");
	end(&s);
	forget(&s);
}

static void a_finding_is_counted_once_its_outcome_is_known(void **state)
{
	(void)state;
	struct session s;
	begin(&s, true);
	struct finding_record f = records_finding(SEVERITY_ERROR, 1, "m");
	f.kind = &records_kind;
	show_run(&s, true, "eth0");
	show(&s, record_of_finding(&f));
	f.phase = "open";
	show(&s, record_of_finding(&f));
	show(&s, record_of_finding(&f));
	f.phase = "closed";
	f.outcome = FINDING_WITHDRAWN;
	show(&s, record_of_finding(&f));
	show_stats(&s, 1);
	char line[160];
	snprintf(line, sizeof(line),
	         "tcpclose_findings_total{finding=\"%s\",severity=\"error\","
	         "interface=\"eth0\"} 1",
	         records_kind.name);
	expect_line(&s, line);
	snprintf(line, sizeof(line),
	         "tcpclose_findings_opened_total{finding=\"%s\","
	         "interface=\"eth0\"} 2",
	         records_kind.name);
	expect_line(&s, line);
	snprintf(line, sizeof(line),
	         "tcpclose_findings_withdrawn_total{finding=\"%s\","
	         "interface=\"eth0\"} 1",
	         records_kind.name);
	expect_line(&s, line);
	end(&s);
	forget(&s);
}

/* Two captures of one host are told apart, whatever the interface's name. */
static void live_metrics_name_their_interface(void **state)
{
	(void)state;
	struct session s;
	begin(&s, true);
	show_run(&s, true, "a\"b\\c\nd");
	show_stats(&s, 5);
	expect_line(&s,
	            "tcpclose_packets_total{interface=\"a\\\"b\\\\c\\nd\"} 5");
	end(&s);
	forget(&s);
}

static void no_name_of_a_file_is_told(void **state)
{
	(void)state;
	struct session s;
	begin(&s, true);
	const struct close_record close = records_close();
	show_run(&s, false, "198.51.100.9.pcap");
	show(&s, record_of_close(&close));
	show_stats(&s, 5);
	assert_null(strstr(s.block.bytes, "pcap"));
	assert_null(strstr(s.block.bytes, "192.0.2."));
	expect_line(&s, "tcpclose_packets_total 5");
	end(&s);
	forget(&s);
}

/* From the first byte to the last line. */
static void expect_whole(const struct session *s)
{
	static const char head[] = "# HELP tcpclose_build_info ";
	assert_memory_equal(s->block.bytes, head, sizeof(head) - 1);
	const char *again = strstr(s->block.bytes + 1, head);
	assert_null(again);
	char last[160];
	snprintf(last, sizeof(last),
	         "tcpclose_findings_total{finding=\"%s\",severity=\"error\"} 0",
	         records_kind.name);
	expect_line(s, last);
}

static void each_stats_record_replaces_all(void **state)
{
	(void)state;
	struct session s;
	begin(&s, true);
	show_stats(&s, 5);
	expect_whole(&s);
	/* Two before anybody looked. */
	struct stats_record r = { 0 };
	records_fill(stats_record_fields, &r, 10);
	show(&s, record_of_stats(&r));
	show_stats(&s, 7);
	expect_whole(&s);
	expect_line(&s, "tcpclose_packets_total 7");
	assert_int_equal(s.n_blocks, 2);
	/* Without new statistics nothing is new. */
	assert_int_equal(writer_flush(s.writer, NULL), TCPCLOSE_OK);
	end(&s);
	assert_int_equal(s.n_blocks, 2);
	forget(&s);
}

static void what_cannot_be_replaced_is_written_at_the_end(void **state)
{
	(void)state;
	struct session s;
	begin(&s, false);
	show_stats(&s, 5);
	show_stats(&s, 7);
	assert_int_equal(s.n_blocks, 0);
	end(&s);
	assert_int_equal(s.n_blocks, 1);
	expect_whole(&s);
	expect_line(&s, "tcpclose_packets_total 7");
	forget(&s);
}

static void a_refused_block_is_followed_by_a_newer_one(void **state)
{
	(void)state;
	struct session s;
	begin(&s, true);
	struct stats_record r = { 0 };
	records_fill(stats_record_fields, &r, 10);
	s.refuses = true;
	show(&s, record_of_stats(&r));
	assert_int_equal(writer_flush(s.writer, NULL), TCPCLOSE_EIO);
	s.refuses = false;
	show_stats(&s, 7);
	expect_whole(&s);
	expect_line(&s, "tcpclose_packets_total 7");
	end(&s);
	forget(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_of_stats_is_measured),
		cmocka_unit_test(all_that_is_counted_begins_with_0),
		cmocka_unit_test(closes_are_counted_by_word_and_duration),
		cmocka_unit_test(
			a_finding_is_counted_once_its_outcome_is_known),
		cmocka_unit_test(live_metrics_name_their_interface),
		cmocka_unit_test(no_name_of_a_file_is_told),
		cmocka_unit_test(each_stats_record_replaces_all),
		cmocka_unit_test(what_cannot_be_replaced_is_written_at_the_end),
		cmocka_unit_test(a_refused_block_is_followed_by_a_newer_one),
	};
	return cmocka_run_group_tests_name("write_prom", tests, NULL, NULL);
}
