/*
 * Interface for writers: records in, bytes of one format out, to a sink.
 *
 *	writer_choose(&choice, "out.ndjson", &err);
 *	writer_open(&w, choice.ops, sink, &options, &err);
 *	writer_record(w, &record, &err);    once a record
 *	writer_close(w, &summary, &err);    also after an early end
 *
 * A writer that fails stays failed: err is filled the first time, after that
 * its functions do nothing but return the same status, so that the caller's
 * other writers go on. Only a writer to a sink that replaces tries again.
 */
#ifndef TCPCLOSE_WRITE_WRITER_H
#define TCPCLOSE_WRITE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/finding.h"
#include "record/record.h"
#include "record/summary.h"
#include "tcpclose/alloc.h"
#include "tcpclose/error.h"
#include "write/sink.h"

struct writer;
struct writer_ops;

struct writer_options {
	const struct finding_kind *const *kinds; /* borrowed; may be NULL */
	size_t n_kinds;
	unsigned events; /* ndjson: bits 1 << enum event_type; 0: default */
	bool color;      /* text: ANSI colours */
	const struct tcpclose_allocator *alloc;
};

/* The records that ndjson carries unless told otherwise: all but tcp_state. */
#define WRITER_DEFAULT_EVENTS                                                  \
	(((1u << N_EVENTS) - 1) & ~(1u << EVENT_TCP_STATE))

/* What --output said. */
struct writer_choice {
	const struct writer_ops *ops;
	const char *file; /* points into the argument; "-": standard output */
};

/*
 * Understand "[FORMAT:]FILE". A name before the colon counts only if it is a
 * format's; otherwise the ending of the file decides.
 *
 * Returns  TCPCLOSE_OK; TCPCLOSE_EUNSUPPORTED for a format that is known but
 *          not built yet; TCPCLOSE_EOPTION if there is no telling.
 */
int writer_choose(struct writer_choice *choice, const char *argument,
                  struct tcpclose_error *err);

/* All that are built, NULL-ended: for help. */
const struct writer_ops *const *writer_all(void);

const char *writer_name(const struct writer_ops *ops);
const char *writer_summary(const struct writer_ops *ops);

/* Endings of file names that mean this format, NULL-ended. */
const char *const *writer_suffixes(const struct writer_ops *ops);

/* Whether a file of this format is best replaced whole whenever there are new
 * statistics, through a sink that replaces. */
bool writer_replaces(const struct writer_ops *ops);

/* Each record is written as it comes, as a line that stands for itself; false:
 * the output is whole only at its end. */
bool writer_is_lines(const struct writer_ops *ops);

int writer_open(struct writer **out, const struct writer_ops *ops,
                struct sink sink, const struct writer_options *options,
                struct tcpclose_error *err);

int writer_record(struct writer *w, const struct record *r,
                  struct tcpclose_error *err);

/* Bytes that it has made so far. */
uint64_t writer_bytes(const struct writer *w);

/* Hand all whole lines to the sink now. */
int writer_flush(struct writer *w, struct tcpclose_error *err);

/* Write what is left, so that the output is complete, and free the writer.
 * NULL is fine. */
int writer_close(struct writer *w, const struct summary *summary,
                 struct tcpclose_error *err);

/* Free a writer that was shown nothing; nothing is written. NULL is fine. */
void writer_discard(struct writer *w);

#endif
