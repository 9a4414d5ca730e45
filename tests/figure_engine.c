/* The model and the analyzer as engines of figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "figure_engine.h"

#include <string.h>

#include "base/alloc.h"
#include "tcpclose/error.h"
#include "write/json_append.h"

#define SECOND          INT64_C(1000000000)
#define TIME_WAIT_LASTS (60 * SECOND)

/* ---- the model ----------------------------------------------------------- */

static void model_time(struct engine *e, int64_t now)
{
	if (e->begun && conn_expiry(&e->conn, TIME_WAIT_LASTS) <= now)
		conn_expire(&e->conn, now, TIME_WAIT_LASTS, &e->step);
}

static void model_segment(struct engine *e, const struct segment *seg,
                          unsigned end)
{
	model_time(e, seg->ts);
	if (!e->begun)
		conn_init(&e->conn, seg);
	e->begun = true;
	memset(&e->step, 0, sizeof(e->step));
	assert_int_equal(conn_observe(&e->conn, seg, end, &e->pool, &e->step),
	                 TCPCLOSE_OK);
}

/* ---- the analyzer -------------------------------------------------------- */

/* Time may act on any connection; here that counts which was drawn last. */
static void on_step(void *ctx, const struct step *step)
{
	struct engine *e = ctx;
	if (!step->seg && step->conn != e->shown)
		return;
	e->shown = step->conn;
	e->step = *step;
	e->conn = *step->conn;
	if (step->conn->closing) {
		e->closing = *step->conn->closing;
		e->conn.closing = &e->closing;
	}
}

static int on_record(void *ctx, const struct record *record)
{
	const struct engine *e = ctx;
	char line[JSON_LINE_MAX];
	json_error_t error;
	const size_t len = json_append_record(record, line);
	json_t *object = json_loadb(line, len, 0, &error);
	if (!object)
		fail_msg("no JSON: %s: %.*s", error.text, (int)len, line);
	assert_int_equal(json_array_append_new(e->records, object), 0);
	return TCPCLOSE_OK;
}

static const char *source_name(void *ctx, uint32_t i)
{
	(void)ctx;
	(void)i;
	return "figure";
}

static void analyzer_init(struct engine *e, const char *path)
{
	struct analyzer_options options;
	const struct analyzer_sink sink = {
		.ctx = e,
		.record = on_record,
		.step = on_step,
		.source_name = source_name,
	};
	analyzer_options_init(&options);
	e->records = json_array();
	e->analyzer = analyzer_new(&options, &sink, &alloc_default);
	assert_non_null(e->analyzer);
	if (path)
		assert_int_equal(capture_open(&e->capture, &path, 1,
		                              &(struct capture_options){ 0 },
		                              &alloc_default, NULL),
		                 TCPCLOSE_OK);
}

static void analyzer_see(struct engine *e, const struct segment *seg)
{
	struct tcpclose_packet pkt;
	int status;
	if (e->capture) {
		assert_int_equal(capture_next(e->capture, &pkt, NULL), 1);
		assert_int_equal(pkt.ts, seg->ts);
		assert_int_equal(pkt.frame, seg->frame);
		status = analyzer_packet(e->analyzer, &pkt);
	} else {
		status = analyzer_segment(e->analyzer, seg);
	}
	assert_int_equal(status, TCPCLOSE_OK);
}

/* A packet without a byte is no segment, but it has a time. */
static void analyzer_time(struct engine *e, int64_t now)
{
	const struct tcpclose_packet nothing = {
		.ts = now,
		.bytes = (const uint8_t *)"",
		.link_type = 1,
	};
	if (e->begun)
		assert_int_equal(analyzer_packet(e->analyzer, &nothing),
		                 TCPCLOSE_OK);
}

/* ---- either -------------------------------------------------------------- */

void engine_init(struct engine *e, enum engine_kind kind, const char *path)
{
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	pool_init(&e->pool, &alloc_default, 0);
	if (kind == ENGINE_ANALYZER)
		analyzer_init(e, path);
}

void engine_fini(struct engine *e)
{
	pool_fini(&e->pool);
	analyzer_free(e->analyzer);
	capture_close(e->capture);
	json_decref(e->records);
	memset(e, 0, sizeof(*e));
}

void engine_segment(struct engine *e, const struct segment *seg, unsigned end)
{
	memset(&e->step, 0, sizeof(e->step));
	if (e->kind == ENGINE_MODEL)
		model_segment(e, seg, end);
	else
		analyzer_see(e, seg);
	e->begun = true;
}

void engine_time(struct engine *e, int64_t now)
{
	memset(&e->step, 0, sizeof(e->step));
	if (e->kind == ENGINE_MODEL)
		model_time(e, now);
	else
		analyzer_time(e, now);
}

void engine_finish(struct engine *e)
{
	if (e->kind == ENGINE_ANALYZER)
		assert_int_equal(analyzer_finish(e->analyzer), TCPCLOSE_OK);
}
