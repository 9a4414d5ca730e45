/*
 * Interface for where a writer's bytes go: a file, a pipe, memory.
 */
#ifndef TCPCLOSE_WRITE_SINK_H
#define TCPCLOSE_WRITE_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "tcpclose/error.h"

struct buffer;

/*
 * write    takes all n bytes or fails: TCPCLOSE_OK, or TCPCLOSE_EIO (or
 *          _ENOMEM) with err filled. Is given whole lines only.
 * replaces what is written takes the place of all that was written before
 */
struct sink {
	void *ctx; /* borrowed for the life of the writer */
	int (*write)(void *ctx, const void *bytes, size_t n,
	             struct tcpclose_error *err);
	bool replaces;
};

/* An open file descriptor, borrowed. */
struct sink_fd {
	int fd;
	const char *name; /* for messages, borrowed */
};

/*
 * Write what a descriptor takes. Where a regular file takes only a part (a full
 * disk), the broken line at its end is taken back.
 *
 * cause    0, or the errno that ended it before n bytes
 *
 * Returns  bytes that stand there now
 */
size_t sink_fd_put(const struct sink_fd *to, const char *bytes, size_t n,
                   int *cause);

/*
 * Write to a descriptor: a file, a pipe, a socket that blocks; see
 * sink_fd_put().
 */
struct sink sink_to_fd(struct sink_fd *to);

/* Append to a buffer. */
struct sink sink_to_buffer(struct buffer *to);

#endif
