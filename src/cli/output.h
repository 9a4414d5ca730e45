/*
 * Interface for one output of a run: a file or standard output, in a format.
 *
 * An output of lines (ndjson) is written as records come. A report (text,
 * json) is whole only when it is closed; where outputs are rotated by time each
 * file holds the report of its period.
 *
 * Live, what cannot be written now waits in a bounded queue; otherwise writing
 * blocks, and one failure is the end of the output.
 */
#ifndef TCPCLOSE_CLI_OUTPUT_H
#define TCPCLOSE_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/kinds.h"
#include "cli/line_keeper.h"
#include "cli/rotation.h"
#include "record/record.h"
#include "record/summary.h"
#include "tcpclose/error.h"
#include "write/queue.h"
#include "write/sink_whole.h"
#include "write/writer.h"

struct options;

/* What all outputs of a run have in common; borrowed. */
struct output_run {
	const struct options *options;
	const struct kinds *kinds;
	const struct ledger *ledger;    /* NULL until there is one */
	const struct run_record *begin; /* NULL until it is written */
	bool is_live;
	struct helper keeper; /* see cli/line_keeper.h */
};

struct output {
	const struct output_run *run;
	unsigned i; /* its place among them */
	struct writer_choice choice;
	struct rotation rotation; /* zeros: none */
	bool is_lines;
	struct file_name name; /* of the file now, or of the next to be had */
	char *opened;          /* the name of the open file */
	int directory;         /* of the file; -1: standard output */
	bool created;          /* the first file was not there before */
	struct sink_fd to;     /* fd -1: not open */
	bool is_file;          /* a regular one */
	bool is_whole;         /* replaced again and again, by `whole` */
	struct sink_whole whole;
	int64_t held; /* bytes in the file when it was opened */
	int64_t part; /* 1 for the first file */

	struct writer *writer;
	struct summary *summary; /* of the present file; NULL for lines */
	bool failed;             /* for good */
	bool any_error;          /* not all got there, and somebody wanted it */

	struct queue queue; /* live */
	int64_t tried;      /* when, ns of the steady clock */
	enum queue_state told;
	bool told_lost;
};

/* The descriptor of another output, or of an input, that is the same file. */
typedef const char *output_clash(const void *ctx, const struct output *o,
                                 int fd);

/* Understand --output; output_close() is due. */
int output_choose(struct output *o, const struct output_run *run, unsigned i,
                  const char *argument, struct tcpclose_error *err);

/* Open the first file, or standard output. Nothing is written, and a file stays
 * as it is. */
int output_open(struct output *o, output_clash *clash, const void *ctx,
                struct tcpclose_error *err);

/* Show the keeper of broken lines its file, when there is one. */
void output_keep_lines(const struct output *o);

/* Make its writer, when all are open. */
int output_make_writer(struct output *o, struct tcpclose_error *err);

/* Empty the first file, or mend it, as there is something to be written. */
int output_begin(struct output *o, struct tcpclose_error *err);

/* Show new statistics to an output that is replaced by them. */
void output_renew(struct output *o, const struct record *stats);

void output_record(struct output *o, const struct record *record);
void output_flush(struct output *o);

/* An error that ends it. */
void output_fail(struct output *o, const struct tcpclose_error *err);

/* The present file reached its size. */
bool output_is_full(const struct output *o);

/*
 * Complete the present file and go on in the next. If the next cannot be had
 * that is told, and the present one goes on.
 *
 * Returns  the name of the file that was completed, for the caller to free, or
 *          NULL
 */
char *output_turn(struct output *o, bool is_full, output_clash *clash,
                  const void *ctx);

/* Complete the present file, which was moved away or removed, and go on in one
 * of its name; if it is still there, nothing happens. */
void output_reopen(struct output *o, output_clash *clash, const void *ctx);

/*
 * Live: write what waits, try again what failed, tell what changed.
 *
 * now      ns of the steady clock
 */
void output_tend(struct output *o, int64_t now);

/* Complete the last file. A reader that takes nothing for some seconds is not
 * waited for any longer, but that of a report is. */
void output_finish(struct output *o);

/* Instead of all that: leave the file as it was found. */
void output_give_up(struct output *o);

/* Close it. */
void output_close(struct output *o);

/* ---- for the files that this is made of ---------------------------------- */

/* Write what waits, at the end. */
void output_drain(struct output *o);

/* Say at the end what was lost. */
void output_tell_lost(struct output *o);

#endif
