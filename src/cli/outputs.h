/*
 * Interface for the outputs of a run: files or standard output, each in its
 * format. What one of them suffers does not hold up the others.
 *
 * Everything that writing needs is had by outputs_open() and
 * outputs_start_helpers(); after these, rights may go: see
 * cli/protect_outputs.h for what is still needed.
 */
#ifndef TCPCLOSE_CLI_OUTPUTS_H
#define TCPCLOSE_CLI_OUTPUTS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/command_helper.h"
#include "cli/kinds.h"
#include "cli/output.h"
#include "record/record.h"
#include "tcpclose/error.h"

struct options;

struct outputs {
	struct output_run run;
	size_t n;
	struct output *output;
	bool began;      /* they may be written to */
	int64_t turned;  /* when the files of -G were begun, steady clock */
	int64_t n_turns; /* of -G */
	struct command_helper commands;
};

/*
 * Understand every --output, so that a wrong one is told before anything is
 * opened. `outputs` must stay where it is; kinds and options are borrowed.
 *
 * Returns  TCPCLOSE_OK, or a status with err filled: usage. outputs_close()
 *          is due either way.
 */
int outputs_choose(struct outputs *outputs, const struct options *options,
                   const struct kinds *kinds, struct tcpclose_error *err);

/*
 * Open them all, if they are known to be none of the inputs and no other
 * output. Nothing is written, and files stay as they are.
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EIO, _EOPTION, _ENOMEM
 */
int outputs_open(struct outputs *outputs, struct tcpclose_error *err);

/*
 * Start the processes that help: one that runs the command of -z, and one that
 * keeps the files' lines whole if this process is killed. A sandbox that is
 * entered after this does not hold them.
 *
 * user     whose rights they get; NULL: those of now
 */
int outputs_start_helpers(struct outputs *outputs, const struct user *user,
                          struct tcpclose_error *err);

/* Empty the files, as there is something to be written; those of records are
 * continued if the run is live. Returns TCPCLOSE_OK, _EIO or _EOPTION. */
int outputs_begin(struct outputs *outputs, struct tcpclose_error *err);

/* The run record with which later files begin; borrowed until the end. */
void outputs_keep_run(struct outputs *outputs, const struct run_record *run);

/* The ledger that reports show; borrowed until the end. */
void outputs_keep_ledger(struct outputs *outputs, const struct ledger *ledger);

/* Show all outputs a record. */
void outputs_record(struct outputs *outputs, const struct record *record);

/* Whether some are replaced whole by new statistics, and renew them: between
 * the stats records that all are shown. */
bool outputs_want_renewal(const struct outputs *outputs);
void outputs_renew(struct outputs *outputs, const struct record *stats);

/* Hand out what is complete, for readers who wait. */
void outputs_flush(struct outputs *outputs);

/* Go on in files of the same names, where the old ones were moved away. */
void outputs_reopen(struct outputs *outputs);

/* -G: it is time for new files; or for none, because -W files are done. All
 * times are ns of the steady clock. */
bool outputs_are_due(const struct outputs *outputs, int64_t now);
bool outputs_are_complete(const struct outputs *outputs, int64_t now);
void outputs_turn(struct outputs *outputs, int64_t now);

/* Live: write what waits, and try again what failed. To be called often. */
void outputs_tend(struct outputs *outputs, int64_t now);

/* What poll(2) may wait for besides packets; returns how many there are. */
size_t outputs_waiting(const struct outputs *outputs, struct pollfd *room,
                       size_t n);

void outputs_fill_stats(const struct outputs *outputs,
                        struct stats_record *stats);

/* Nobody reads any of them any more. */
bool outputs_are_gone(const struct outputs *outputs);

/* Complete and close all; false if one of them failed, now or earlier. Those
 * that were not begun are left as they were found. */
bool outputs_close(struct outputs *outputs);

#endif
