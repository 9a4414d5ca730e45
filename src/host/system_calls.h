/*
 * Interface for the system-call filter: of some 350 calls the kernel answers
 * those that this program makes.
 */
#ifndef TCPCLOSE_HOST_SYSTEM_CALLS_H
#define TCPCLOSE_HOST_SYSTEM_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "tcpclose/error.h"

#define SOCKETS_MAX 8

/* There is room for more sockets than any run has. */
struct system_calls {
	int mute[SOCKETS_MAX]; /* nothing may be sent on these */
	size_t n_mute;
	int talk[SOCKETS_MAX]; /* messages may be sent on these alone */
	size_t n_talk;
};

/* Can this build filter, and this kernel? */
bool system_calls_are_built_in(void);
bool system_calls_can_be_filtered(void);

/*
 * Filter, for good, the calls of the calling thread and what it starts;
 * no_new_privs must be set before.
 *
 * Returns  TCPCLOSE_OK; or TCPCLOSE_EIO, _EUNSUPPORTED (built without), _ENOMEM
 * Source   seccomp(2), libseccomp
 */
int system_calls_filter(const struct system_calls *calls,
                        struct tcpclose_error *err);

#endif
