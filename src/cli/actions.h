/*
 * Interface for the actions: what a command line can ask for, one file each.
 * An action says on standard error what went wrong, and returns the status
 * the program ends with.
 */
#ifndef TCPCLOSE_CLI_ACTIONS_H
#define TCPCLOSE_CLI_ACTIONS_H

#include "cli/kinds.h"

struct buffer;
struct options;

enum exit_status {
	EXIT_DONE = 0,
	EXIT_NOT_ALL = 1, /* something could not be read or written */
	EXIT_USAGE = 2,
	EXIT_FOUND = 3, /* --fail-on */
};

/* "0", "everything was read and written", ... for help; NULL-ended. */
struct exit_meaning {
	int status;
	const char *meaning;
};
extern const struct exit_meaning exit_meanings[];

/* Read captures, write outputs. */
int act_analyze(const struct options *options, const struct kinds *kinds);

/* Print to standard output. */
int act_explain(const struct options *options, const struct kinds *kinds);
int act_list_findings(const struct options *options, const struct kinds *kinds);
int act_list_interfaces(const struct options *options,
                        const struct kinds *kinds);
int act_schema(const struct options *options, const struct kinds *kinds);
int act_help(const struct options *options, const struct kinds *kinds);
int act_manual(const struct options *options, const struct kinds *kinds);
int act_version(const struct options *options, const struct kinds *kinds);

/* Write what an action has to say, and give back its memory. */
int act_print(struct buffer *out);

#endif
