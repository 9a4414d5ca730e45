/*
 * Interface for what outputs need when rights are given up: their files belong
 * to the user that is to come, and their directories are his to write.
 */
#ifndef TCPCLOSE_CLI_PROTECT_OUTPUTS_H
#define TCPCLOSE_CLI_PROTECT_OUTPUTS_H

#include <stdbool.h>

#include "tcpclose/error.h"

struct outputs;
struct sandbox;
struct user;

/* Give the files that were made here to a user: what is made later will be his
 * as well. */
void outputs_give(const struct outputs *outputs, const struct user *user);

/* Name what must be opened again. */
void outputs_allow(const struct outputs *outputs, struct sandbox *sandbox);

/*
 * As the new user: can files be made in the directories of outputs? One that is
 * rotated, or replaced again and again, cannot do without.
 *
 * warn     also of those that must be opened anew after HUP only
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_EIO
 */
int outputs_see_directories(const struct outputs *outputs,
                            const struct user *user, bool warn,
                            struct tcpclose_error *err);

#endif
