/*
 * Interface for the command of -z, which a helper runs on finished files, one
 * at a time and at the lowest priority. When the run is over, in whatever way,
 * the helper completes what it was told.
 */
#ifndef TCPCLOSE_CLI_COMMAND_HELPER_H
#define TCPCLOSE_CLI_COMMAND_HELPER_H

#include <stdbool.h>

#include "cli/helper.h"
#include "host/privileges.h"
#include "tcpclose/error.h"

struct command_helper {
	struct helper helper;
	const char *command; /* borrowed */
	bool told_busy;
};

/*
 * user     whose rights the command gets; NULL: those of now
 */
int command_helper_start(struct command_helper *h, const char *command,
                         const struct user *user, struct tcpclose_error *err);

/* Have the command run on a file. Never waits: if too many are waiting
 * already that is told, once, and this one is left out. */
void command_helper_run(struct command_helper *h, const char *file);

/* Wait some seconds for the commands that still run. */
void command_helper_end(struct command_helper *h);

#endif
