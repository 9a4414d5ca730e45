/*
 * Interface for the outputs of a run: files or standard output, each in its
 * format. An output that fails says so once and is left; the others go on.
 */
#ifndef TCPCLOSE_CLI_OUTPUTS_H
#define TCPCLOSE_CLI_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/kinds.h"
#include "record/record.h"
#include "record/summary.h"
#include "tcpclose/error.h"
#include "write/sink_whole.h"
#include "write/writer.h"

struct options;

struct output {
	struct writer_choice choice;
	struct sink_fd to;       /* fd -1: not open */
	struct sink_whole whole; /* if is_whole: replaced again and again */
	bool is_whole;
	bool is_regular; /* a file, no pipe, no device */
	bool created;    /* it was not there before */
	struct writer *writer;
	bool failed;
};

struct outputs {
	size_t n, n_failed;
	bool any_error; /* one failed, and not because its reader left */
	bool began;     /* they may be written to */
	struct output *output;
	struct summary summary; /* of all records that were shown */
};

/*
 * Understand every --output, so that a wrong one is told before anything is
 * opened.
 *
 * Returns  TCPCLOSE_OK, or a status with err filled: usage. outputs_close()
 *          is due either way.
 */
int outputs_choose(struct outputs *outputs, const struct options *options,
                   struct tcpclose_error *err);

/*
 * Open them all, if they are known to be none of the inputs and no other
 * output. Nothing is written, and files stay as they are.
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EIO, _EOPTION, _ENOMEM
 */
int outputs_open(struct outputs *outputs, const struct options *options,
                 const struct kinds *kinds, struct tcpclose_error *err);

/* Empty the files, as there is something to be written. Returns TCPCLOSE_OK or
 * _EIO. */
int outputs_begin(struct outputs *outputs, struct tcpclose_error *err);

/* Show all outputs a record. */
void outputs_record(struct outputs *outputs, const struct record *record);

/* Whether some are replaced whole by new statistics, and renew them: between
 * the stats records that all are shown. */
bool outputs_want_renewal(const struct outputs *outputs);
void outputs_renew(struct outputs *outputs, const struct record *stats);

/* Hand out what is complete, for readers who wait. */
void outputs_flush(struct outputs *outputs);

/* Go on in files of the same names, after the old ones were moved away. */
void outputs_reopen(struct outputs *outputs);

/* Nobody reads any of them any more. */
bool outputs_are_gone(const struct outputs *outputs);

/* Complete and close all; false if one of them failed, now or earlier. Those
 * that were not begun are left as they were found. */
bool outputs_close(struct outputs *outputs);

#endif
