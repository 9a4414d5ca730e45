/*
 * Interface for what a figure is shown to: the model alone, or the whole
 * analyzer, which is given segments, or packets out of a pcapng.
 */
#ifndef TCPCLOSE_TESTS_FIGURE_ENGINE_H
#define TCPCLOSE_TESTS_FIGURE_ENGINE_H

#include <jansson.h>

#include "analyzer.h"
#include "capture/capture.h"
#include "decode/segment.h"
#include "tcp/conn.h"
#include "tcp/step.h"

enum engine_kind { ENGINE_MODEL, ENGINE_ANALYZER };

struct engine {
	enum engine_kind kind;
	bool begun;
	struct pool pool; /* the model's */

	/* After each segment() or time(). Of the analyzer's connection this
	 * is a copy, which outlives it. */
	struct conn conn;
	struct closing closing;
	struct step step; /* zero: nothing was told */

	const struct conn *shown; /* the analyzer's, that `conn` copies */
	struct analyzer *analyzer;
	struct capture *capture; /* NULL: segments are given as they are */
	json_t *records;         /* as in the output, in order */
};

/*
 * path     a pcapng that holds the same segments as will be shown, or NULL
 */
void engine_init(struct engine *e, enum engine_kind kind, const char *path);
void engine_fini(struct engine *e);

/* Show a segment, which the model's end number `end` sent. */
void engine_segment(struct engine *e, const struct segment *seg, unsigned end);

/* Let time pass. */
void engine_time(struct engine *e, int64_t now);

/* The capture is over. */
void engine_finish(struct engine *e);

#endif
