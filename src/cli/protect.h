/*
 * Interface for giving up rights between opening and reading: which user to
 * be, and what of files and sockets the run still needs.
 */
#ifndef TCPCLOSE_CLI_PROTECT_H
#define TCPCLOSE_CLI_PROTECT_H

#include <stdbool.h>

#include "host/sandbox.h"
#include "tcpclose/error.h"

struct inputs;
struct kernel_states;
struct options;
struct outputs;

/* A build that is watched from inside, by a sanitizer or gcov, behaves as with
 * --no-sandbox. */
bool protect_is_off(void);

/* Let the process open as many files as it is allowed to, to hold captures. */
void protect_raise_limit(void);

/*
 * Give up all rights but those that reading these inputs, asking the kernel and
 * writing these outputs takes. All are open, and nothing was read yet; the
 * helpers of the outputs are started here, because they become that user, too,
 * and keep the other rights.
 *
 * report   filled, for the run record
 *
 * Returns  TCPCLOSE_OK, perhaps after a warning; TCPCLOSE_EOPTION (no such
 *          user); or another status: the run must not go on
 */
int protect(const struct options *options, const struct inputs *inputs,
            const struct kernel_states *kernel, struct outputs *outputs,
            struct sandbox_report *report, struct tcpclose_error *err);

#endif
