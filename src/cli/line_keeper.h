/*
 * Interface for the helper that keeps the lines of files whole: if the run is
 * killed in the middle of a write, it cuts off the broken one. (SIGKILL ends
 * a write to a regular file between two pages: generic_perform_write() of
 * Linux asks fatal_signal_pending() before each.)
 *
 * It holds the files' descriptors, and with them their flock(2), so that a
 * run that is started anew waits until it has done.
 */
#ifndef TCPCLOSE_CLI_LINE_KEEPER_H
#define TCPCLOSE_CLI_LINE_KEEPER_H

#include "cli/helper.h"
#include "host/privileges.h"

#define LINE_KEEPER_FILES 64 /* more are not kept */

/*
 * Without a keeper the run goes on.
 *
 * user     whose rights it gets; NULL: those of now
 */
void line_keeper_start(struct helper *keeper, const struct user *user);

/* Keep this regular file, which output i < LINE_KEEPER_FILES goes to from now
 * on, instead of the one before. */
void line_keeper_watch(const struct helper *keeper, unsigned i, int fd);

void line_keeper_end(struct helper *keeper);

#endif
