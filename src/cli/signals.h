/*
 * Interface for the signals that a run listens to.
 */
#ifndef TCPCLOSE_CLI_SIGNALS_H
#define TCPCLOSE_CLI_SIGNALS_H

#include <stdbool.h>

/*
 * INT and TERM end the reading, so that what was read is reported; a second
 * one ends the program at once. HUP and USR1 are noticed with the next
 * packet, or live at once. A pipe whose reader left is an error of writing, not
 * a signal.
 */
void signals_watch(void);

/* INT or TERM came. */
bool signals_say_stop(void);

/* HUP (open the outputs anew) or USR1 (write statistics) came since the last
 * call of the same function. */
bool signals_say_reopen(void);
bool signals_say_stats(void);

#endif
