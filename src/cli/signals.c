/*
 * Signals. The flags are the program's only state at file scope: a handler is
 * given nothing to find any other (C11 section 7.14.1.1).
 */
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t stop, reopen, stats;

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

static void on_reopen(int signal)
{
	(void)signal;
	reopen = 1;
}

static void on_stats(int signal)
{
	(void)signal;
	stats = 1;
}

static void watch(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, NULL);
}

void signals_watch(void)
{
	watch(SIGINT, on_stop, (int)SA_RESETHAND);
	watch(SIGTERM, on_stop, (int)SA_RESETHAND);
	watch(SIGHUP, on_reopen, SA_RESTART);
	watch(SIGUSR1, on_stats, SA_RESTART);
	watch(SIGPIPE, SIG_IGN, 0);
}

static bool take(volatile sig_atomic_t *flag)
{
	const bool is_set = *flag != 0;
	if (is_set)
		*flag = 0;
	return is_set;
}

bool signals_say_reopen(void)
{
	return take(&reopen);
}

bool signals_say_stats(void)
{
	return take(&stats);
}

bool signals_say_stop(void)
{
	return stop != 0;
}
