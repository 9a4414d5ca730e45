/* Whole runs inside a test. */
#include "replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "capture/capture.h"
#include "cli/kinds.h"
#include "write/writer.h"

struct run {
	const struct replay_options *options;
	struct replay *result;
	struct capture *capture;
	struct analyzer *analyzer;
	struct writer *writer;
	struct summary summary;
	struct tcpclose_error err;
	uint64_t frames;
};

void replay_options_init(struct replay_options *options)
{
	*options = (struct replay_options){ .format = "ndjson",
		                            .alloc = &alloc_default };
	analyzer_options_init(&options->analysis);
}

static int take_record(void *ctx, const struct record *record)
{
	struct run *run = ctx;
	summary_add(&run->summary, record);
	return writer_record(run->writer, record, &run->err);
}

static const char *source_name(void *ctx, uint32_t i)
{
	const struct run *run = ctx;
	return run->options->as_one_file
	               ? "capture"
	               : capture_source(run->capture, i)->name;
}

static int open_writer(struct run *run)
{
	const struct kinds kinds = kinds_all();
	const struct writer_options writing = {
		.kinds = kinds.kind,
		.n_kinds = kinds.n,
		.events = WRITER_DEFAULT_EVENTS |
		          (unsigned)run->options->analysis.want_states
		                  << EVENT_TCP_STATE,
		.alloc = run->options->alloc,
	};
	char output[64];
	struct writer_choice choice;
	snprintf(output, sizeof(output), "%s:-", run->options->format);
	assert_int_equal(writer_choose(&choice, output, &run->err), 0);
	return writer_open(&run->writer, choice.ops,
	                   sink_to_buffer(&run->result->out), &writing,
	                   &run->err);
}

static int open_all(struct run *run, const char *const *paths, size_t n_paths)
{
	const struct capture_options all = { 0 };
	const struct analyzer_sink sink = { .ctx = run,
		                            .record = take_record,
		                            .source_name = source_name };
	int status = capture_open(&run->capture, paths, n_paths, &all,
	                          run->options->alloc, &run->err);
	if (status == TCPCLOSE_OK)
		status = open_writer(run);
	if (status != TCPCLOSE_OK)
		return status;
	run->analyzer = analyzer_new(&run->options->analysis, &sink,
	                             run->options->alloc);
	return run->analyzer ? TCPCLOSE_OK : TCPCLOSE_ENOMEM;
}

static int begin(struct run *run)
{
	struct run_record r;
	fields_clear(run_record_fields, &r);
	r.head = (struct record_head){ 0, source_name(run, 0) };
	r.version = TCPCLOSE_VERSION;
	const struct record record = record_of_run(&r);
	return take_record(run, &record);
}

static int read_all(struct run *run)
{
	struct tcpclose_packet pkt;
	int status = TCPCLOSE_OK, got;
	while (status >= 0 &&
	       (got = capture_next(run->capture, &pkt, &run->err)) != 0) {
		if (got == TCPCLOSE_ETRUNCATED) {
			run->result->is_truncated = true;
			error_clear(&run->err);
			continue;
		}
		if (got < 0)
			return got;
		run->frames++;
		if (run->options->as_one_file) {
			pkt.frame = run->frames;
			pkt.source = 0;
		}
		status = analyzer_gather(run->analyzer, &pkt);
	}
	return status;
}

static int finish(struct run *run)
{
	const int status = analyzer_finish(run->analyzer);
	if (status < 0)
		return status;
	analyzer_stats(run->analyzer, &run->result->stats);
	run->result->stats.final = true;
	if (run->result->stats.head.timestamp == ABSENT)
		run->result->stats.head.timestamp = 0;
	const struct record record = record_of_stats(&run->result->stats);
	return take_record(run, &record);
}

void replay(struct replay *r, const char *const *paths, size_t n_paths,
            const struct replay_options *options)
{
	struct run run = { .options = options, .result = r };
	*r = (struct replay){ 0 };
	buffer_init(&r->out, &alloc_default);
	r->status = open_all(&run, paths, n_paths);
	if (r->status >= 0)
		r->status = begin(&run);
	if (r->status >= 0)
		r->status = read_all(&run);
	if (r->status >= 0)
		r->status = finish(&run);
	if (run.analyzer)
		run.summary.ledger = analyzer_ledger(run.analyzer);
	const int closed = writer_close(run.writer, &run.summary, &run.err);
	if (r->status >= 0)
		r->status = closed;
	analyzer_free(run.analyzer);
	capture_close(run.capture);
}

void replay_file(struct replay *r, const char *path,
                 const struct replay_options *options)
{
	replay(r, &path, 1, options);
}

void replay_fini(struct replay *r)
{
	buffer_fini(&r->out);
}

const char *replay_text(struct replay *r)
{
	buffer_char(&r->out, '\0');
	assert_false(r->out.failed);
	r->out.len--;
	return r->out.bytes;
}

/* ---- testdata/ --------------------------------------------------- */

static bool is_capture(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot && strncmp(dot, ".pcap", 5) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void testdata_find(struct testdata *t)
{
	DIR *dir = opendir("testdata");
	assert_non_null(dir);
	t->n = 0;
	for (const struct dirent *e; (e = readdir(dir));) {
		if (!is_capture(e->d_name))
			continue;
		assert_true(t->n < REPLAY_TESTDATA_MAX);
		const size_t size = strlen(e->d_name) + sizeof("testdata/");
		t->path[t->n] = malloc(size);
		assert_non_null(t->path[t->n]);
		snprintf(t->path[t->n++], size, "testdata/%s", e->d_name);
	}
	closedir(dir);
	assert_true(t->n > 100);
	qsort(t->path, t->n, sizeof(t->path[0]), by_name);
}

void testdata_free(struct testdata *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->path[i]);
}
