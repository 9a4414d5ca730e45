/*
 * Interface for the sandbox: what a run still needs is said while everything
 * may be had; then all other rights go, for good, before the first byte of a
 * capture is looked at.
 *
 *	sandbox_begin()      nothing is forbidden yet
 *	sandbox_may_...()    what the run will still do
 *	sandbox_enter()      user, capabilities, Landlock, system calls
 *
 * Threads that are begun later are inside, too; the process must have none
 * when it enters. A process that was begun before stays outside.
 */
#ifndef TCPCLOSE_HOST_SANDBOX_H
#define TCPCLOSE_HOST_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "host/landlock.h"
#include "host/privileges.h"
#include "host/system_calls.h"

struct sandbox {
	bool on;
	struct landlock landlock;
	struct system_calls calls;
};

#define SANDBOX_WORDS     5
#define SANDBOX_WORD_SIZE 64

/* What protects the run: "user:nobody", "no_new_privs", "no_capabilities",
 * "landlock:6", "seccomp"; and what does not, for a warning. */
struct sandbox_report {
	size_t n;
	char word[SANDBOX_WORDS][SANDBOX_WORD_SIZE];
	char missing[160]; /* "" if nothing is */
};

/* on       false: nothing is given up but what becoming a user takes */
void sandbox_begin(struct sandbox *s, bool on);

/* Open a file by its name, or the files in a directory. */
void sandbox_may_read(struct sandbox *s, const char *path);

/*
 * Open an output again under its name: a file, which may be created, renamed,
 * cut, removed and looked at, as others in its directory; or a pipe or a
 * device, which may be written. A link is followed.
 */
void sandbox_may_write(struct sandbox *s, const char *path, bool is_regular);

/* Read from a socket, but never send on it: one to capture from. */
void sandbox_may_listen(struct sandbox *s, int fd);

/* Send and receive on a socket, and such ones only: to ask the kernel, to tell
 * a helper. */
void sandbox_may_talk(struct sandbox *s, int fd);

/*
 * Give up the rest.
 *
 * user     to become; its name NULL: whoever it is
 * report   filled
 *
 * Returns  TCPCLOSE_OK, and what neither kernel nor build can do is in
 *          report->missing; or TCPCLOSE_EIO, _ENOMEM: it did not work, and the
 *          process must not go on; where it could not become that user, it
 *          may enter as itself
 */
int sandbox_enter(struct sandbox *s, const struct user *user,
                  struct sandbox_report *report, struct tcpclose_error *err);

#endif
