/*
 * Fuzzing everything from a file to its records: the bytes are a capture.
 * Whatever they hold, what comes out is whole lines of JSON, and every packet
 * that was read is counted.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "base/error.h"
#include "capture/capture.h"
#include "detect/detector.h"
#include "write/writer.h"

#define KINDS 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct run {
	struct capture *capture;
	struct writer *writer;
	struct summary summary;
	struct tcpclose_error err;
};

static int check_lines(void *ctx, const void *bytes, size_t n,
                       struct tcpclose_error *err)
{
	(void)ctx;
	(void)err;
	const char *at = bytes, *end = at + n;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		assert(newline);
		json_t *line = json_loadb(at, (size_t)(newline - at), 0, NULL);
		assert(json_is_object(line));
		json_decref(line);
		at = newline + 1;
	}
	return TCPCLOSE_OK;
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
	return capture_source(run->capture, i)->name;
}

static void open_writer(struct run *run)
{
	const struct finding_kind *kinds[KINDS];
	assert(n_detectors <= KINDS);
	for (size_t i = 0; i < n_detectors; i++)
		kinds[i] = &detectors[i]->kind;
	const struct writer_options writing = {
		.kinds = kinds,
		.n_kinds = n_detectors,
		.events = (1u << N_EVENTS) - 1,
		.alloc = &alloc_default,
	};
	struct writer_choice choice;
	const int chosen = writer_choose(&choice, "ndjson:-", &run->err);
	assert(chosen == TCPCLOSE_OK);
	const struct sink sink = { .ctx = run, .write = check_lines };
	const int opened = writer_open(&run->writer, choice.ops, sink, &writing,
	                               &run->err);
	assert(opened == TCPCLOSE_OK);
	(void)chosen;
	(void)opened;
}

static uint64_t show_packets(struct run *run, struct analyzer *a)
{
	struct tcpclose_packet pkt;
	uint64_t n = 0;
	int got;
	while ((got = capture_next(run->capture, &pkt, &run->err)) != 0) {
		if (got < 0) {
			error_clear(&run->err);
			continue;
		}
		assert(pkt.caplen <= pkt.len);
		n++;
		const int status = analyzer_packet(a, &pkt);
		assert(status == TCPCLOSE_OK);
		(void)status;
	}
	return n;
}

static void analyze(struct run *run)
{
	const struct analyzer_sink sink = { .ctx = run,
		                            .record = take_record,
		                            .source_name = source_name };
	struct analyzer_options options;
	analyzer_options_init(&options);
	options.want_states = true;
	options.max_memory = 1u << 18;
	open_writer(run);
	struct analyzer *a = analyzer_new(&options, &sink, &alloc_default);
	const uint64_t n = show_packets(run, a);
	int status = analyzer_finish(a);
	struct stats_record stats;
	analyzer_stats(a, &stats);
	assert(stats.packets == (int64_t)n);
	const struct record record = record_of_stats(&stats);
	status = take_record(run, &record);
	assert(status == TCPCLOSE_OK);
	analyzer_free(a);
	status = writer_close(run->writer, &run->summary, &run->err);
	assert(status == TCPCLOSE_OK);
	(void)status;
	(void)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char name[32];
	const struct capture_options options = { 0 };
	struct run run = { 0 };
	const int fd = memfd_create("capture", MFD_CLOEXEC);
	assert(fd >= 0);
	if (write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	const char *const path = name;
	if (capture_open(&run.capture, &path, 1, &options, &alloc_default,
	                 &run.err) == TCPCLOSE_OK)
		analyze(&run);
	capture_close(run.capture);
	close(fd);
	return 0;
}
