/*
 * Interface for understanding what an option was given.
 */
#ifndef TCPCLOSE_CLI_OPTION_VALUE_H
#define TCPCLOSE_CLI_OPTION_VALUE_H

#include "cli/options.h"

/*
 * Take one option into `options`.
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EOPTION and err says what would do.
 */
int option_take(struct options *options, const struct option_row *row,
                const char *value, const struct kinds *kinds,
                struct tcpclose_error *err);

/* "-r" or "--time-wait": how people write it; valid until the next call
 * with the same text. */
#define OPTION_TEXT_MAX 32
const char *option_text(const struct option_row *row,
                        char text[static OPTION_TEXT_MAX]);

#endif
