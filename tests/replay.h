/*
 * A whole run inside a test: captures are read, analysed and written as the
 * program does it, and what comes out is kept in memory.
 */
#ifndef TCPCLOSE_TESTS_REPLAY_H
#define TCPCLOSE_TESTS_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer.h"
#include "base/buffer.h"

#define REPLAY_TESTDATA_MAX 512

struct replay_options {
	struct analyzer_options analysis;
	const char *format; /* "ndjson", "json", "text", ...; default ndjson */
	/* Frames count on over all files, and all files are one source: what
	 * a capture that was cut into files looked like before. */
	bool as_one_file;
	const struct tcpclose_allocator *alloc; /* of everything but `out` */
};

struct replay {
	struct buffer out;
	int status; /* the first failure, or TCPCLOSE_OK */
	bool is_truncated;
	struct stats_record stats;
};

void replay_options_init(struct replay_options *options);

/* Give the result back with replay_fini(), also after a failure. */
void replay(struct replay *r, const char *const *paths, size_t n_paths,
            const struct replay_options *options);
void replay_file(struct replay *r, const char *path,
                 const struct replay_options *options);
void replay_fini(struct replay *r);

/* What was written, ending in a 0. Borrowed from r. */
const char *replay_text(struct replay *r);

/* All captures of testdata/, by name. Fails the test if there are few. */
struct testdata {
	size_t n;
	char *path[REPLAY_TESTDATA_MAX];
};

void testdata_find(struct testdata *t);
void testdata_free(struct testdata *t);

#endif
