/*
 * Interface for a file that is written whole, again and again: whoever reads
 * it sees what was there before or what is there now, never a part.
 *
 * Each write goes to a new file beside it, which then takes its name:
 * rename(2) is atomic. A process that is killed leaves at most that other
 * file, whose name ends in SINK_WHOLE_SUFFIX, and its next run removes it.
 */
#ifndef TCPCLOSE_WRITE_SINK_WHOLE_H
#define TCPCLOSE_WRITE_SINK_WHOLE_H

#include <limits.h>

#include "tcpclose/error.h"
#include "write/sink.h"

#define SINK_WHOLE_SUFFIX ".new"

struct sink_whole {
	const char *name; /* for messages, borrowed */
	char path[PATH_MAX];
	char beside[PATH_MAX + sizeof(SINK_WHOLE_SUFFIX)];
};

/*
 * Find out that such a file can be written; if there is none, an empty one is
 * made. What a symbolic link points to is replaced, not the link.
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EIO with err filled
 */
int sink_whole_init(struct sink_whole *to, const char *name,
                    struct tcpclose_error *err);

/* What is written at once becomes the whole file, which all may read. */
struct sink sink_to_whole(struct sink_whole *to);

#endif
