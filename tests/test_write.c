/* Writers as a whole: choosing one, sinks that fail, the report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "records.h"
#include "write/spool.h"
#include "write/writer.h"

static const struct writer_ops *chosen(const char *argument, const char *file)
{
	struct writer_choice choice;
	struct tcpclose_error err = { 0 };
	assert_int_equal(writer_choose(&choice, argument, &err), TCPCLOSE_OK);
	assert_string_equal(choice.file, file);
	return choice.ops;
}

static void a_format_follows_its_prefix_or_the_ending(void **state)
{
	(void)state;
	assert_string_equal(writer_name(chosen("text:-", "-")), "text");
	assert_string_equal(writer_name(chosen("ndjson:-", "-")), "ndjson");
	assert_string_equal(writer_name(chosen("a.jsonl", "a.jsonl")),
	                    "ndjson");
	assert_string_equal(writer_name(chosen("a.ndjson", "a.ndjson")),
	                    "ndjson");
	assert_string_equal(writer_name(chosen("a.json", "a.json")), "json");
	assert_string_equal(writer_name(chosen("a.prom", "a.prom")), "prom");
	assert_string_equal(writer_name(chosen("text:a.json", "a.json")),
	                    "text");
	assert_string_equal(writer_name(chosen("b:1.txt", "b:1.txt")), "text");
}

static void expect_refusal(const char *argument, int status)
{
	struct writer_choice choice;
	struct tcpclose_error err = { 0 };
	assert_int_equal(writer_choose(&choice, argument, &err), status);
	assert_true(err.text[0] != '\0');
}

static void a_format_that_is_not_built_says_so(void **state)
{
	(void)state;
	expect_refusal("a.html", TCPCLOSE_EUNSUPPORTED);
	expect_refusal("html:-", TCPCLOSE_EUNSUPPORTED);
	expect_refusal("a.pcapng", TCPCLOSE_EUNSUPPORTED);
	expect_refusal("-", TCPCLOSE_EOPTION);
	expect_refusal("a.csv", TCPCLOSE_EOPTION);
	expect_refusal("json:", TCPCLOSE_EOPTION);
	expect_refusal(".json", TCPCLOSE_EOPTION);
}

/* One run of a writer into memory. */
struct session {
	struct buffer out;
	struct writer *writer;
	struct summary summary;
	struct tcpclose_error err;
};

static struct session *begin(const char *format, unsigned events)
{
	struct session *s = calloc(1, sizeof(*s));
	const struct writer_options options = { .events = events,
		                                .alloc = &alloc_default };
	struct writer_choice choice;
	buffer_init(&s->out, &alloc_default);
	assert_int_equal(writer_choose(&choice, format, NULL), TCPCLOSE_OK);
	assert_int_equal(writer_open(&s->writer, choice.ops,
	                             sink_to_buffer(&s->out), &options,
	                             &s->err),
	                 TCPCLOSE_OK);
	return s;
}

static void show(struct session *s, struct record r)
{
	summary_add(&s->summary, &r);
	assert_int_equal(writer_record(s->writer, &r, &s->err), TCPCLOSE_OK);
}

static json_t *finished_report(struct session *s)
{
	assert_int_equal(writer_close(s->writer, &s->summary, &s->err),
	                 TCPCLOSE_OK);
	json_error_t error;
	json_t *json = json_loadb(s->out.bytes, s->out.len,
	                          JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s at %d: %.*s", error.text, error.position,
		         (int)s->out.len, s->out.bytes);
	return json;
}

static void finish(struct session *s, json_t *json)
{
	json_decref(json);
	buffer_fini(&s->out);
	free(s);
}

static struct run_record some_run(void)
{
	struct run_record r = { 0 };
	fields_clear(run_record_fields, &r);
	r.head.timestamp = records_time(0);
	r.version = "0.1";
	return r;
}

static struct stats_record some_stats(int64_t packets)
{
	struct stats_record r = { 0 };
	records_fill(stats_record_fields, &r, 10);
	r.packets = packets;
	return r;
}

static void a_report_of_nothing_is_whole(void **state)
{
	(void)state;
	struct session *s = begin("json:-", 0);
	json_t *json = finished_report(s);
	assert_int_equal(json_array_size(json_object_get(json, "connections")),
	                 0);
	assert_non_null(json_object_get(json, "connections"));
	assert_non_null(json_object_get(json, "findings"));
	assert_non_null(json_object_get(json, "summary"));
	finish(s, json);
}

static void a_report_holds_all_and_counts_it(void **state)
{
	(void)state;
	struct session *s = begin("json:-", 0);
	const struct run_record run = some_run();
	const struct stats_record early = some_stats(5), last = some_stats(9);
	struct close_record close = records_close();
	close.server.time_in_close_wait = 1000000;
	const struct finding_record finding =
		records_finding(SEVERITY_WARNING, 2, "m");
	struct finding_record open = finding;
	open.phase = "open";

	show(s, record_of_run(&run));
	show(s, record_of_stats(&early));
	show(s, record_of_finding(&open));
	for (int i = 0; i < 3; i++) {
		show(s, record_of_close(&close));
		show(s, record_of_finding(&finding));
	}
	show(s, record_of_stats(&last));
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	ledger_init(ledger, INT64_C(60000000000), 1000);
	for (int i = 0; i < 3; i++)
		worst_take_close(&ledger->worst, &close);
	s->summary.ledger = ledger;

	json_t *json = finished_report(s);
	json_int_t packets, connections, fin, warnings, close_wait;
	const char *version;
	assert_int_equal(
		json_unpack(json,
	                    "{s:{s:I},s:{s:s},s:{s:I,s:{s:I},s:{s:{s:I}},"
	                    "s:{s:[{s:I}]}}}",
	                    "stats", "packets", &packets, "run", "version",
	                    &version, "summary", "connections", &connections,
	                    "by_kind", "fin", &fin, "by_finding",
	                    "lost_final_ack", "warning", &warnings, "offenders",
	                    "close_wait", "close_wait_us", &close_wait),
		0);
	assert_int_equal(packets, 9);
	assert_int_equal(connections, 3);
	assert_int_equal(fin, 3);
	assert_int_equal(warnings, 3);
	assert_int_equal(close_wait, 3000);
	assert_int_equal(json_array_size(json_object_get(json, "connections")),
	                 3);
	assert_int_equal(json_array_size(json_object_get(json, "findings")), 3);
	free(ledger);
	finish(s, json);
}

/* More than a spool keeps in memory. */
static void a_report_of_many_findings_keeps_them_all(void **state)
{
	(void)state;
	struct session *s = begin("json:-", 0);
	struct finding_record finding = records_finding(SEVERITY_INFO, 1, "m");
	enum { MANY = 12000 };
	for (int i = 0; i < MANY; i++) {
		finding.count = i;
		show(s, record_of_finding(&finding));
	}
	json_t *json = finished_report(s);
	assert_true(s->out.len > SPOOL_MEMORY);
	json_t *findings = json_object_get(json, "findings");
	assert_int_equal(json_array_size(findings), MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(json_integer_value(json_object_get(
					 json_array_get(findings, i), "count")),
		                 i);
	finish(s, json);
}

/* No descriptor is left for a temporary file. */
static void
without_a_file_memory_is_bounded_and_the_rest_is_counted(void **state)
{
	struct rlimit before, none;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	struct session *s = begin("json:-", 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	struct finding_record finding = records_finding(SEVERITY_INFO, 1, "m");
	enum { MANY = 100000 };
	for (int i = 0; i < MANY; i++)
		show(s, record_of_finding(&finding));
	assert_int_equal(writer_close(s->writer, &s->summary, &s->err), 0);
	buffer_char(&s->out, '\0');
	const char *left = strstr(s->out.bytes, "\"findings_left_out\":");
	assert_non_null(left);
	assert_true(atoi(strchr(left, ':') + 1) > 0);
	assert_true(s->out.len < SPOOL_MEMORY_ONLY + ((size_t)1 << 20));
	finish(s, NULL);
}

static size_t lines_of(const struct buffer *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->len; i++)
		n += b->bytes[i] == '\n';
	return n;
}

static size_t lines_with_events(unsigned events)
{
	struct session *s = begin("ndjson:-", events);
	const struct run_record run = some_run();
	const struct close_record close = records_close();
	struct state_record change = { 0 };
	records_fill(state_record_fields, &change, 3);
	show(s, record_of_run(&run));
	show(s, record_of_state(&change));
	show(s, record_of_close(&close));
	assert_int_equal(writer_close(s->writer, &s->summary, &s->err), 0);
	const size_t n = lines_of(&s->out);
	finish(s, NULL);
	return n;
}

static void transitions_are_written_on_request(void **state)
{
	(void)state;
	assert_int_equal(lines_with_events(0), 2);
	assert_int_equal(lines_with_events(~0u), 3);
	assert_int_equal(lines_with_events(1u << EVENT_TCP_STATE), 1);
}

static void a_flush_hands_out_what_is_there(void **state)
{
	(void)state;
	struct session *s = begin("ndjson:-", 0);
	const struct close_record close = records_close();
	show(s, record_of_close(&close));
	assert_int_equal(s->out.len, 0);
	assert_int_equal(writer_flush(s->writer, &s->err), TCPCLOSE_OK);
	assert_int_equal(lines_of(&s->out), 1);
	writer_close(s->writer, &s->summary, &s->err);
	assert_int_equal(lines_of(&s->out), 1);
	finish(s, NULL);
}

struct failing_sink {
	int calls;
};

static int refuse(void *ctx, const void *bytes, size_t n,
                  struct tcpclose_error *err)
{
	struct failing_sink *sink = ctx;
	(void)bytes, (void)n;
	sink->calls++;
	return error_set(err, TCPCLOSE_EIO, (struct error_place){ 0 },
	                 "refused");
}

static void a_failed_write_is_reported_once(void **state)
{
	(void)state;
	struct failing_sink failing = { 0 };
	struct writer *w;
	struct writer_choice choice;
	const struct writer_options options = { .alloc = &alloc_default };
	writer_choose(&choice, "ndjson:-", NULL);
	assert_int_equal(
		writer_open(&w, choice.ops,
	                    (struct sink){ .ctx = &failing, .write = refuse },
	                    &options, NULL),
		TCPCLOSE_OK);
	const struct close_record close = records_close();
	const struct record r = record_of_close(&close);
	struct tcpclose_error first = { 0 }, second = { 0 };
	writer_record(w, &r, &first);
	assert_int_equal(writer_flush(w, &first), TCPCLOSE_EIO);
	assert_string_equal(first.text, "refused");
	assert_int_equal(writer_record(w, &r, &second), TCPCLOSE_EIO);
	struct summary *none = calloc(1, sizeof(*none));
	assert_int_equal(writer_close(w, none, &second), TCPCLOSE_EIO);
	assert_int_equal(second.status, TCPCLOSE_OK);
	assert_int_equal(failing.calls, 1);
	free(none);
}

/* Memory that ends after some allocations. */
static void *grudging_resize(void *ctx, void *old, size_t size)
{
	int *left = ctx;
	if (*left == 0)
		return NULL;
	--*left;
	return realloc(old, size);
}

static void grudging_release(void *ctx, void *old)
{
	(void)ctx;
	free(old);
}

static int run_with_allocations(const char *format, int n)
{
	const struct tcpclose_allocator alloc = { &n, grudging_resize,
		                                  grudging_release };
	struct buffer out;
	buffer_init(&out, &alloc_default);
	struct writer_choice choice;
	struct writer *w = NULL;
	struct summary *summary = calloc(1, sizeof(*summary));
	const struct writer_options options = { .alloc = &alloc };
	const struct run_record run = some_run();
	const struct finding_record f = records_finding(SEVERITY_INFO, 1, "m");
	const struct stats_record stats = some_stats(1);
	const struct record records[] = { record_of_run(&run),
		                          record_of_finding(&f),
		                          record_of_stats(&stats) };
	writer_choose(&choice, format, NULL);
	int status = writer_open(&w, choice.ops, sink_to_buffer(&out), &options,
	                         NULL);
	for (size_t i = 0; i < 3 && status == TCPCLOSE_OK; i++)
		writer_record(w, &records[i], NULL);
	if (status == TCPCLOSE_OK)
		status = writer_close(w, summary, NULL);
	free(summary);
	buffer_fini(&out);
	return status;
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	static const char *const formats[] = { "text:-", "ndjson:-", "json:-",
		                               "prom:-" };
	for (size_t i = 0; i < 4; i++) {
		int n = 0;
		while (run_with_allocations(formats[i], n) != TCPCLOSE_OK) {
			assert_int_equal(run_with_allocations(formats[i], n),
			                 TCPCLOSE_ENOMEM);
			assert_true(++n < 500);
		}
		assert_true(n > 0);
	}
}

static void a_descriptor_that_fails_is_named(void **state)
{
	(void)state;
	const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	struct sink_fd to = { fd, "/dev/full" };
	const struct sink sink = sink_to_fd(&to);
	struct tcpclose_error err = { 0 };
	assert_int_equal(sink.write(sink.ctx, "a\n", 2, &err), TCPCLOSE_EIO);
	assert_string_equal(err.file, "/dev/full");
	assert_non_null(strstr(err.text, "No space left"));
	close(fd);
}

static void a_descriptor_gets_every_byte(void **state)
{
	(void)state;
	FILE *file = tmpfile();
	assert_non_null(file);
	struct sink_fd to = { fileno(file), "x" };
	const struct sink sink = sink_to_fd(&to);
	assert_int_equal(sink.write(sink.ctx, "one\n", 4, NULL), TCPCLOSE_OK);
	assert_int_equal(sink.write(sink.ctx, "two\n", 4, NULL), TCPCLOSE_OK);
	char text[16] = "";
	assert_int_equal(pread(fileno(file), text, sizeof(text), 0), 8);
	assert_string_equal(text, "one\ntwo\n");
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_follows_its_prefix_or_the_ending),
		cmocka_unit_test(a_format_that_is_not_built_says_so),
		cmocka_unit_test(a_report_of_nothing_is_whole),
		cmocka_unit_test(a_report_holds_all_and_counts_it),
		cmocka_unit_test(a_report_of_many_findings_keeps_them_all),
		cmocka_unit_test(
			without_a_file_memory_is_bounded_and_the_rest_is_counted),
		cmocka_unit_test(transitions_are_written_on_request),
		cmocka_unit_test(a_flush_hands_out_what_is_there),
		cmocka_unit_test(a_failed_write_is_reported_once),
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(a_descriptor_that_fails_is_named),
		cmocka_unit_test(a_descriptor_gets_every_byte),
	};
	return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
