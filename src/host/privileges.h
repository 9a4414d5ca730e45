/*
 * Interface for giving up rights: from root to a user, and from any user's
 * capabilities to none, for good.
 */
#ifndef TCPCLOSE_HOST_PRIVILEGES_H
#define TCPCLOSE_HOST_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "tcpclose/error.h"

/* The user to be from now on. */
struct user {
	const char *name; /* borrowed; NULL: whoever runs the program */
	uid_t uid;
	gid_t gid;
	bool is_listed; /* in the user database, which knows its groups */
};

/* Is the process root, so that it can become another user? */
bool privileges_are_root(void);

/* Nobody, for whom the kernel has a number where no database lists him. */
void user_nobody(struct user *user);

/*
 * Look a user up.
 *
 * name     borrowed for the life of *user
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EOPTION: there is no such user
 */
int user_find(struct user *user, const char *name, struct tcpclose_error *err);

/*
 * Become that user, with its groups, and give up all capabilities; then see
 * whether any of it could be taken back. To stay root means to keep
 * CAP_DAC_OVERRIDE alone: root's files stay root's to open. New programs can
 * give nothing back either (no_new_privs).
 *
 * The process must have one thread: libraries and kernel do some of this for
 * the calling thread only.
 *
 * Returns  TCPCLOSE_OK; or TCPCLOSE_EIO (not permitted), after which the
 *          process may have lost a part of its rights
 * Source   setresuid(2), capabilities(7), prctl(2) PR_SET_NO_NEW_PRIVS
 */
int privileges_drop(const struct user *user, struct tcpclose_error *err);

/* Can capabilities be dropped by this build? Else only those go that go with
 * root. */
bool privileges_know_capabilities(void);

#endif
