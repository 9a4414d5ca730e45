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
};

struct paths {
	const struct tcpclose_allocator *alloc;
	struct path *path;
	size_t n;
	size_t room;
};

/* given[] is borrowed for the life of the list. Returns TCPCLOSE_OK,
 * _EOPTION (standard input twice), _EIO or _ENOMEM; paths_fini() is due in
 * any case. */
int paths_init(struct paths *list, const char *const *given, size_t n_given,
               const struct tcpclose_allocator *alloc,
               struct tcpclose_error *err);
void paths_fini(struct paths *list);

#endif
