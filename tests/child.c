#include "child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

/* Returns the child's status, as wait() does. */
static int in_child(child_body run, void **state)
{
	const pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		run(*state);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

void expect_done(child_body run, void **state)
{
	assert_int_equal(in_child(run, state), 0);
}

void expect_killed(child_body run, void **state)
{
	const int status = in_child(run, state);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

bool status_is(const char *name, const char *value)
{
	char text[8192], line[128];
	const int fd = open("/proc/self/status", O_RDONLY);
	const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	snprintf(line, sizeof(line), "\n%s:\t%s", name, value);
	const char *at = strstr(text, line);
	if (!at)
		dprintf(STDERR_FILENO, "not %s %s in:\n%s", name, value, text);
	return at != NULL;
}
