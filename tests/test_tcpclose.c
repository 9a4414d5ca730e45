/* The library's front, used as a stranger would use it: public headers, a
 * capture, and what comes out of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "capture_make.h"
#include "tcpclose/tcpclose.h"

#define ORDERLY "testdata/orderly_client_first.pcap"
#define TROUBLE "testdata/last_ack_lost_behind.pcap"
#define LINES   256

/* All records of a run, as JSON, and how often a callback may be called. */
struct heard {
	size_t n;
	size_t refuse_at; /* the n-th record is refused (0: none) */
	char *line[LINES];
};

static int hear(void *ctx, const struct tcpclose_record *record)
{
	struct heard *heard = ctx;
	if (heard->refuse_at && heard->n + 1 == heard->refuse_at)
		return -99;
	char line[TCPCLOSE_JSON_MAX];
	assert_true(tcpclose_record_json(record, line, sizeof(line)) <
	            sizeof(line));
	assert_true(heard->n < LINES);
	heard->line[heard->n++] = strdup(line);
	return TCPCLOSE_OK;
}

static void forget(struct heard *heard)
{
	for (size_t i = 0; i < heard->n; i++)
		free(heard->line[i]);
	heard->n = 0;
}

static bool mentions(const struct heard *heard, const char *words)
{
	for (size_t i = 0; i < heard->n; i++)
		if (strstr(heard->line[i], words))
			return true;
	return false;
}

static struct tcpclose *listen(struct heard *heard,
                               const struct tcpclose_options *options)
{
	const struct tcpclose_callbacks callbacks = { heard, hear };
	struct tcpclose_error err = { 0 };
	struct tcpclose *t = tcpclose_new(options, &callbacks, NULL, &err);
	assert_non_null(t);
	assert_int_equal(err.status, TCPCLOSE_OK);
	return t;
}

static int read_one(struct tcpclose *t, const char *path, const char *filter,
                    struct tcpclose_error *err)
{
	return tcpclose_read_files(t, &path, 1, filter, err);
}

/* What a whole run over one capture says. */
static void run(struct heard *heard, const struct tcpclose_options *options,
                const char *path)
{
	*heard = (struct heard){ 0 };
	struct tcpclose *t = listen(heard, options);
	assert_int_equal(read_one(t, path, NULL, NULL), TCPCLOSE_OK);
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	tcpclose_free(t);
}

static void a_capture_becomes_connections_accounts_and_statistics(void **state)
{
	(void)state;
	struct heard heard;
	run(&heard, NULL, ORDERLY);
	assert_int_equal(heard.n, 4);
	assert_non_null(strstr(heard.line[0], "\"tcp_close\""));
	assert_non_null(strstr(heard.line[0], "\"kind\":\"fin\""));
	assert_non_null(strstr(heard.line[0], "\"source\":\"" ORDERLY "\""));
	assert_non_null(strstr(heard.line[1], "\"tcp_route\""));
	assert_non_null(strstr(heard.line[2], "\"tcp_service\""));
	assert_non_null(strstr(heard.line[3], "\"stats\""));
	for (size_t i = 1; i < heard.n; i++) {
		assert_non_null(strstr(heard.line[i], "\"final\":true"));
		assert_non_null(
			strstr(heard.line[i], "\"source\":\"" ORDERLY "\""));
	}
	forget(&heard);
}

/* ---- ways in ------------------------------------------------------------- */

static void show_packets(struct tcpclose *t, const char *path)
{
	struct capture *capture;
	struct tcpclose_packet pkt;
	const int64_t source = tcpclose_add_source(t, path);
	assert_true(source >= 0);
	assert_int_equal(
		capture_open(&capture, &path, 1, NULL, &alloc_default, NULL),
		TCPCLOSE_OK);
	while (capture_next(capture, &pkt, NULL) > 0) {
		pkt.source = (uint32_t)source;
		assert_int_equal(tcpclose_observe(t, &pkt), TCPCLOSE_OK);
	}
	capture_close(capture);
}

static void packets_shown_one_by_one_give_the_records_of_the_file(void **state)
{
	(void)state;
	struct heard read, shown = { 0 };
	run(&read, NULL, TROUBLE);
	struct tcpclose *t = listen(&shown, NULL);
	show_packets(t, TROUBLE);
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	tcpclose_free(t);

	assert_int_equal(read.n, shown.n);
	for (size_t i = 0; i < read.n; i++)
		assert_string_equal(read.line[i], shown.line[i]);
	forget(&read);
	forget(&shown);
}

static void handles_do_not_know_of_each_other(void **state)
{
	(void)state;
	struct heard alone, a = { 0 }, b = { 0 };
	run(&alone, NULL, TROUBLE);
	struct tcpclose *t = listen(&a, NULL), *u = listen(&b, NULL);
	show_packets(t, TROUBLE);
	show_packets(u, ORDERLY);
	tcpclose_finish(u);
	tcpclose_finish(t);
	tcpclose_free(u);
	assert_int_equal(a.n, alone.n);
	for (size_t i = 0; i < a.n; i++)
		assert_string_equal(a.line[i], alone.line[i]);
	tcpclose_free(t);
	forget(&alone);
	forget(&a);
	forget(&b);
}

static void sources_of_several_reads_keep_their_names(void **state)
{
	(void)state;
	struct heard heard = { 0 };
	struct tcpclose *t = listen(&heard, NULL);
	assert_int_equal(read_one(t, ORDERLY, NULL, NULL), TCPCLOSE_OK);
	assert_int_equal(read_one(t, TROUBLE, NULL, NULL), TCPCLOSE_OK);
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	tcpclose_free(t);
	assert_true(mentions(&heard, "\"source\":\"" ORDERLY "\""));
	assert_true(mentions(&heard, "\"source\":\"" TROUBLE "\""));
	forget(&heard);
}

static void a_filter_narrows_what_is_read(void **state)
{
	(void)state;
	struct heard heard = { 0 };
	struct tcpclose *t = listen(&heard, NULL);
	assert_int_equal(read_one(t, ORDERLY, "udp", NULL), TCPCLOSE_OK);
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	tcpclose_free(t);
	assert_int_equal(heard.n, 1); /* the statistics */
	forget(&heard);
}

/* ---- what goes wrong ----------------------------------------------------- */

static void expect_failure(const char *path, const char *filter, int status,
                           const char *words)
{
	struct heard heard = { 0 };
	struct tcpclose_error err = { 0 };
	struct tcpclose *t = listen(&heard, NULL);
	assert_int_equal(read_one(t, path, filter, &err), status);
	assert_int_equal(err.status, status);
	assert_non_null(strstr(err.text, words));
	assert_int_equal(read_one(t, path, filter, NULL), status);
	tcpclose_free(t);
	assert_int_equal(heard.n, 0);
}

static void what_cannot_be_read_is_named_with_its_cause(void **state)
{
	(void)state;
	expect_failure("testdata/absent", NULL, TCPCLOSE_EIO, "cannot open");
	expect_failure("testdata/README.md", NULL, TCPCLOSE_EFORMAT, "capture");
	expect_failure(ORDERLY, "tcp prot 80", TCPCLOSE_EOPTION, "tcp prot 80");
}

static void a_cut_capture_is_read_to_the_cut_and_told(void **state)
{
	struct scratch *scratch = *state;
	char bytes[4096];
	FILE *file = fopen(ORDERLY, "rb");
	assert_non_null(file);
	const size_t n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	const char *path = scratch_write(scratch, "cut.pcap", bytes, n - 10);

	struct heard heard = { 0 };
	struct tcpclose_error err = { 0 };
	struct tcpclose *t = listen(&heard, NULL);
	assert_int_equal(read_one(t, path, NULL, &err), TCPCLOSE_ETRUNCATED);
	assert_string_equal(err.file, path);
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	tcpclose_free(t);
	assert_true(mentions(&heard, "\"tcp_close\""));
	assert_true(mentions(&heard, "\"truncated_files\":1"));
	forget(&heard);
}

static void a_callback_that_refuses_stops_the_run(void **state)
{
	(void)state;
	struct heard heard = { .refuse_at = 1 };
	struct tcpclose *t = listen(&heard, NULL);
	assert_int_equal(read_one(t, ORDERLY, NULL, NULL), TCPCLOSE_OK);
	assert_int_equal(tcpclose_finish(t), -99);
	tcpclose_free(t);
	assert_int_equal(heard.n, 0);
}

static void expect_refused(const struct tcpclose_options *options,
                           const char *words)
{
	const struct tcpclose_callbacks callbacks = { NULL, hear };
	struct tcpclose_error err = { 0 };
	assert_null(tcpclose_new(options, &callbacks, NULL, &err));
	assert_int_equal(err.status, TCPCLOSE_EOPTION);
	assert_non_null(strstr(err.text, words));
}

static void names_that_do_not_exist_are_refused(void **state)
{
	(void)state;
	struct tcpclose_options options;
	tcpclose_options_init(&options, sizeof(options));
	options.findings = "lost_final_ack,nope";
	expect_refused(&options, "nope");
	options.findings = "";
	expect_refused(&options, "no finding");
	options.findings = NULL;
	options.min_severity = "dire";
	expect_refused(&options, "dire");
}

/* Fail the n-th allocation; true once n is more than there are. */
static bool survives(size_t n)
{
	struct failing failing;
	struct heard heard = { 0 };
	const struct tcpclose_callbacks callbacks = { &heard, hear };
	failing_init(&failing, n);
	struct tcpclose *t =
		tcpclose_new(NULL, &callbacks, &failing.alloc, NULL);
	int status = t ? read_one(t, TROUBLE, NULL, NULL) : TCPCLOSE_ENOMEM;
	if (status == TCPCLOSE_OK)
		status = tcpclose_finish(t);
	tcpclose_free(t);
	forget(&heard);
	assert_int_equal(failing.n_live, 0);
	const bool is_past_all = failing.n_calls < n;
	if (is_past_all)
		assert_int_equal(status, TCPCLOSE_OK);
	else if (status != TCPCLOSE_OK)
		assert_int_equal(status, TCPCLOSE_ENOMEM);
	return is_past_all;
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	size_t n = 1;
	while (!survives(n))
		assert_true(++n < 1000);
	assert_true(n > 5);
}

/* ---- options --------------------------------------------------------- */

static void an_older_callers_options_are_understood(void **state)
{
	(void)state;
	struct heard heard = { 0 };
	struct tcpclose_options options;
	memset(&options, 0xff, sizeof(options)); /* what is past its end */
	tcpclose_options_init(&options,
	                      offsetof(struct tcpclose_options, findings));
	assert_int_equal(options.time_wait, INT64_C(60000000000));
	struct tcpclose *t = listen(&heard, &options);
	assert_int_equal(read_one(t, TROUBLE, NULL, NULL), TCPCLOSE_OK);
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	tcpclose_free(t);
	assert_true(mentions(&heard, "\"lost_final_ack\""));
	forget(&heard);
}

static void findings_are_narrowed_by_name_and_severity(void **state)
{
	(void)state;
	struct heard heard;
	struct tcpclose_options options;
	tcpclose_options_init(&options, sizeof(options));
	options.findings = "stale_rst,lost_final_ack";
	run(&heard, &options, TROUBLE);
	assert_true(mentions(&heard, "\"finding\":\"lost_final_ack\""));
	assert_false(mentions(&heard, "\"finding\":\"fin_retransmission\""));
	forget(&heard);

	options.min_severity = "error";
	run(&heard, &options, TROUBLE);
	assert_false(mentions(&heard, "\"tcp_finding\""));
	forget(&heard);

	options.only_troubled = 1;
	run(&heard, &options, ORDERLY);
	assert_false(mentions(&heard, "\"tcp_close\""));
	forget(&heard);
}

static void statistics_can_be_had_at_any_time(void **state)
{
	(void)state;
	struct heard heard = { 0 };
	struct tcpclose *t = listen(&heard, NULL);
	assert_int_equal(tcpclose_stats(t), TCPCLOSE_OK);
	assert_true(mentions(&heard, "\"packets\":0"));
	assert_true(mentions(&heard, "\"final\":false"));
	assert_int_equal(read_one(t, ORDERLY, NULL, NULL), TCPCLOSE_OK);
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	assert_true(mentions(&heard, "\"connections_open\":1"));
	assert_true(mentions(&heard, "\"time_wait\":1"));
	const size_t n = heard.n;
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	assert_int_equal(heard.n, n);
	tcpclose_free(t);
	tcpclose_free(NULL);
	forget(&heard);
}

static void what_there_is_to_find_is_listed(void **state)
{
	(void)state;
	size_t n = 0;
	for (; tcpclose_finding_name(n); n++)
		assert_true(strlen(tcpclose_finding_summary(n)) > 10);
	assert_true(n > 0);
	assert_null(tcpclose_finding_summary(n));
	assert_true(strlen(tcpclose_version()) >= 5);
	for (int i = 1; i >= TCPCLOSE_EUNSUPPORTED - 1; i--)
		assert_non_null(tcpclose_status_text(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_capture_becomes_connections_accounts_and_statistics),
		cmocka_unit_test(
			packets_shown_one_by_one_give_the_records_of_the_file),
		cmocka_unit_test(handles_do_not_know_of_each_other),
		cmocka_unit_test(sources_of_several_reads_keep_their_names),
		cmocka_unit_test(a_filter_narrows_what_is_read),
		cmocka_unit_test(what_cannot_be_read_is_named_with_its_cause),
		cmocka_unit_test(a_cut_capture_is_read_to_the_cut_and_told),
		cmocka_unit_test(a_callback_that_refuses_stops_the_run),
		cmocka_unit_test(names_that_do_not_exist_are_refused),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(an_older_callers_options_are_understood),
		cmocka_unit_test(findings_are_narrowed_by_name_and_severity),
		cmocka_unit_test(statistics_can_be_had_at_any_time),
		cmocka_unit_test(what_there_is_to_find_is_listed),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
