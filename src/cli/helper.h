/*
 * Interface for a process that helps the run: it does what the run itself may
 * not do later, when a sandbox holds it, or cannot do any more, when it was
 * killed. It is started with the rights that its parent has then, hears from it
 * over a socket, and ends when the parent has, in whatever way.
 */
#ifndef TCPCLOSE_CLI_HELPER_H
#define TCPCLOSE_CLI_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

struct helper {
	int socket; /* of packets, so that messages come whole; -1: no helper */
	pid_t pid;
};

#define NO_HELPER ((struct helper){ .socket = -1 })

/*
 * Start one. In its process serve() is called, which returns when the socket
 * ends. Of the parent's descriptors it has standard error alone.
 *
 * Returns  false with errno
 */
bool helper_start(struct helper *h, void (*serve)(int socket, const void *ctx),
                  const void *ctx);

/* Send it away and wait for its end, but no longer than `ms`; true if it has
 * ended. A sandbox may hold the run by now. */
bool helper_end(struct helper *h, int ms);

#endif
