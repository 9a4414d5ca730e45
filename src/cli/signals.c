/*
 * Signals. The flag is the program's only state at file scope: a handler is
 * given nothing to find any other (C11 section 7.14.1.1).
 */
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

/*
 * A read of standard input may be waiting for a packet that never comes, so
 * the input is made to end. Both calls are async-signal-safe (POSIX.1-2017
 * section 2.4.3).
 */
static void on_stop(int signal)
{
	(void)signal;
	const int cause = errno;
	stop = 1;
	const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing >= 0)
		dup2(nothing, STDIN_FILENO);
	errno = cause;
}

void signals_watch(void)
{
	struct sigaction on = { .sa_handler = on_stop,
		                .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigemptyset(&on.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &on, NULL);
	sigaction(SIGTERM, &on, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool signals_say_stop(void)
{
	return stop != 0;
}
