/*
 * Interface for the signals that end a run early.
 */
#ifndef TCPCLOSE_CLI_SIGNALS_H
#define TCPCLOSE_CLI_SIGNALS_H

#include <stdbool.h>

/*
 * INT and TERM end the reading, so that what was read is reported; a second
 * one ends the program at once. A pipe whose reader left is an error of
 * writing, not a signal.
 */
void signals_watch(void);

/* INT or TERM came. */
bool signals_say_stop(void);

#endif
