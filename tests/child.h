/*
 * What is given up for good is given up in a child, which claims things; the
 * first false one ends it with status 1.
 */
#ifndef TCPCLOSE_TESTS_CHILD_H
#define TCPCLOSE_TESTS_CHILD_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct scratch;

#define SEE(claim)                                                             \
	do {                                                                   \
		if (!(claim)) {                                                \
			dprintf(STDERR_FILENO, "%s:%d: %s (%s)\n", __FILE__,   \
			        __LINE__, #claim, strerror(errno));            \
			_exit(1);                                              \
		}                                                              \
	} while (0)

#define FAILS(call, cause) ((call) < 0 && errno == (cause))

typedef void (*child_body)(struct scratch *s);

/* Run it in a child; it returned. */
void expect_done(child_body run, void **state);

/* Run it in a child; it was killed for a system call. */
void expect_killed(child_body run, void **state);

/* The line "name:\tvalue" is in /proc/self/status. */
bool status_is(const char *name, const char *value);

#endif
