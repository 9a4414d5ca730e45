/* Every capture of testdata/ as if it were live, time moving on between its
 * packets: what is told while it lasts agrees with what is told in the end, and
 * that with what a file's reader is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "capture/capture.h"

#define SECOND INT64_C(1000000000)
#define TICK   (SECOND / 4)
#define MOST   512

struct told {
	uint64_t event_id;
	char finding[32], outcome[24], severity[12];
	bool is_open;
	int64_t now;
};

struct heard {
	size_t n;
	struct told at[MOST];
	int64_t now;
};

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

static int hear(void *ctx, const struct record *r)
{
	struct heard *heard = ctx;
	if (r->type != EVENT_TCP_FINDING)
		return TCPCLOSE_OK;
	const struct finding_record *f = r->data;
	assert_true(heard->n < MOST);
	struct told *told = &heard->at[heard->n++];
	told->event_id = f->flow.event_id;
	told->is_open = strcmp(f->phase, "open") == 0;
	told->now = heard->now;
	copy(told->finding, sizeof(told->finding), f->finding);
	copy(told->outcome, sizeof(told->outcome), f->outcome);
	copy(told->severity, sizeof(told->severity), f->severity);
	return TCPCLOSE_OK;
}

static void pass_time(struct analyzer *a, struct heard *heard, int64_t to)
{
	/* Of a long silence its beginning and its end. */
	for (int64_t at = heard->now + TICK; heard->now > 0 && at < to;
	     at += TICK) {
		if (at > heard->now + 400 * SECOND && at < to - 10 * SECOND)
			at = to - 10 * SECOND;
		assert_int_equal(analyzer_advance(a, at), TCPCLOSE_OK);
	}
	if (to > heard->now)
		heard->now = to;
}

static void read_capture(struct heard *heard, const char *file, bool live)
{
	struct analyzer_options options;
	const struct analyzer_sink sink = { .ctx = heard, .record = hear };
	struct tcpclose_error err = { 0 };
	struct tcpclose_packet pkt;
	struct capture *c;
	memset(heard, 0, sizeof(*heard));
	analyzer_options_init(&options);
	options.live = live;
	options.open_rate = UINT32_MAX;
	struct analyzer *a = analyzer_new(&options, &sink, &alloc_default);
	assert_non_null(a);
	assert_int_equal(capture_open(&c, &file, 1, NULL, &alloc_default, &err),
	                 TCPCLOSE_OK);
	while (capture_next(c, &pkt, &err) == 1) {
		if (live)
			pass_time(a, heard, pkt.ts);
		assert_int_equal(analyzer_packet(a, &pkt), TCPCLOSE_OK);
	}
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
	capture_close(c);
	analyzer_free(a);
}

/* ---- what must hold ------------------------------------------------------ */

static const struct told *find(const struct heard *heard, uint64_t id,
                               bool is_open)
{
	for (size_t i = 0; i < heard->n; i++) {
		if (heard->at[i].event_id == id &&
		    heard->at[i].is_open == is_open)
			return &heard->at[i];
	}
	return NULL;
}

static unsigned complain(const char *file, const struct told *told,
                         const char *what)
{
	print_error("%s: %s (%s, %s): %s\n", file, told->finding,
	            told->severity, told->outcome, what);
	return 1;
}

static bool is_withdrawn(const struct told *told)
{
	return strcmp(told->outcome, "withdrawn") == 0;
}

static bool same_verdict(const struct told *a, const struct told *b)
{
	return strcmp(a->severity, b->severity) == 0 &&
	       strcmp(a->outcome, b->outcome) == 0;
}

static unsigned judge_open(const char *file, const struct heard *live,
                           const struct told *told)
{
	const struct told *closed = find(live, told->event_id, false);
	if (told->outcome[0])
		return complain(file, told, "open, with an outcome");
	if (find(live, told->event_id, true) != told)
		return complain(file, told, "opened twice");
	if (!closed)
		return complain(file, told, "opened and never closed");
	return closed < told ? complain(file, told, "closed before it opened")
	                     : 0;
}

static unsigned judge_closed(const char *file, const struct heard *live,
                             const struct heard *offline,
                             const struct told *told)
{
	const struct told *alike = find(offline, told->event_id, false);
	const struct told *open = find(live, told->event_id, true);
	if (find(live, told->event_id, false) != told)
		return complain(file, told, "closed twice");
	if (is_withdrawn(told) && !open)
		return complain(file, told, "withdrawn, and was never told");
	if (is_withdrawn(told))
		return alike ? complain(file, told, "withdrawn wrongly") : 0;
	if (!alike)
		return complain(file, told, "not in the file's report");
	if (!same_verdict(told, alike))
		return complain(file, told, "another verdict than the file's");
	if (!open && strcmp(told->severity, "info") != 0)
		return complain(file, told, "never opened");
	return 0;
}

static unsigned judge(const char *file, const struct heard *live,
                      const struct heard *offline)
{
	unsigned n_wrong = 0;
	for (size_t i = 0; i < live->n; i++) {
		const struct told *told = &live->at[i];
		n_wrong += told->is_open
		                   ? judge_open(file, live, told)
		                   : judge_closed(file, live, offline, told);
	}
	for (size_t i = 0; i < offline->n; i++) {
		const struct told *told = &offline->at[i];
		if (!find(live, told->event_id, false))
			n_wrong += complain(file, told, "not told live");
	}
	return n_wrong;
}

static struct heard live, offline;

static void
what_is_told_live_agrees_with_the_end_and_with_the_file(void **state)
{
	glob_t files;
	unsigned n_wrong = 0;
	size_t n_open = 0;
	(void)state;
	assert_int_equal(glob("testdata/*.pcap*", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		read_capture(&offline, files.gl_pathv[i], false);
		read_capture(&live, files.gl_pathv[i], true);
		n_wrong += judge(files.gl_pathv[i], &live, &offline);
		for (size_t k = 0; k < live.n; k++)
			n_open += live.at[k].is_open;
	}
	globfree(&files);
	assert_true(n_open > 90);
	assert_int_equal(n_wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_told_live_agrees_with_the_end_and_with_the_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
