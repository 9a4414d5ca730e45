/*
 * Interface for the system-call filter: of some 350 calls the kernel answers
 * those that this program makes.
 */
#ifndef TCPCLOSE_HOST_SYSTEM_CALLS_H
#define TCPCLOSE_HOST_SYSTEM_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "tcpclose/error.h"

#define MUTE_MAX 8

struct system_calls {
	int mute[MUTE_MAX]; /* sockets that nothing may be sent on */
	size_t n_mute;
	int talk; /* the one socket that messages may be sent on; -1: none */
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
