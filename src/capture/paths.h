/*
 * Interface for the list of files that the given paths stand for: a
 * directory stands for the regular files in it, by name.
 */
#ifndef TCPCLOSE_CAPTURE_PATHS_H
#define TCPCLOSE_CAPTURE_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "tcpclose/alloc.h"
#include "tcpclose/error.h"

struct path {
	char *name;       /* owned by the list */
	const char *from; /* the directory it was found in; NULL if named */
	int held;         /* a descriptor of it, owned by the list; -1: none */
};

struct paths {
	const struct tcpclose_allocator *alloc;
	struct path *path;
	size_t n;
	size_t room;
	bool has_stdin;
	const char *directory; /* the first one that was given; NULL if none */
};

void paths_init(struct paths *list, const struct tcpclose_allocator *alloc);
void paths_fini(struct paths *list);

/*
 * Add what a path stands for.
 *
 * given    borrowed for the life of the list
 *
 * Returns  TCPCLOSE_OK, _EOPTION (standard input twice), _EIO or _ENOMEM;
 *          after an error the list is as it was.
 */
int paths_add(struct paths *list, const char *given,
              struct tcpclose_error *err);

/*
 * Open the files of the list from the i-th on, those that the process may
 * still open with some to spare; a pipe among them is waited for. A file that
 * cannot be opened is an error if it was named, and is then taken from the
 * list; one that was found stays, to be complained about when it is read.
 *
 * Returns  TCPCLOSE_OK or _EIO
 */
int paths_hold(struct paths *list, size_t i, struct tcpclose_error *err);

#endif
