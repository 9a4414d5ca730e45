/*
 * Interface for Landlock: the kernel's way for a process without rights to
 * forbid itself files and, in newer kernels, more.
 *
 * Source   landlock(7), Documentation/userspace-api/landlock.rst
 */
#ifndef TCPCLOSE_HOST_LANDLOCK_H
#define TCPCLOSE_HOST_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "tcpclose/error.h"

struct landlock {
	int abi;          /* 0: this kernel has none */
	int ruleset;      /* a descriptor; -1: none */
	uint64_t handled; /* what of files this kernel can forbid */
};

/* What may be done beneath a path. */
enum landlock_access {
	LANDLOCK_READ,  /* a file, or what is in a directory */
	LANDLOCK_WRITE, /* a file that is there */
	LANDLOCK_CREATE /* files in a directory: all but execute */
};

/* Begin a set of rules: what none of them allows is forbidden. Without
 * Landlock in the kernel, abi is 0 and the other functions do nothing. */
void landlock_begin(struct landlock *l);
void landlock_end(struct landlock *l);

/* Allow it; a path that is not there is passed over, as it allows nothing. */
void landlock_allow(const struct landlock *l, const char *path,
                    enum landlock_access access);

/*
 * Forbid the rest, for good, to the calling thread and what it starts: files,
 * TCP ports, and from ABI 6 on signals and abstract sockets to others.
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_EIO; no_new_privs must be set before
 */
int landlock_enter(const struct landlock *l, struct tcpclose_error *err);

#endif
