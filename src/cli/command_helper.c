#include "cli/command_helper.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/complain.h"

#define LOWEST_PRIORITY 19
#define PATIENCE_MS     5000 /* with the last commands */
#define CANNOT_RUN      127  /* as in a shell */

/* ---- the helper's own process ------------------------------------ */

static void execute(const char *command, const char *file)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	execlp(command, command, file, (char *)NULL);
	say("-z %s: cannot run: %s", command, strerror(errno));
	_exit(CANNOT_RUN);
}

static void tell_end(const char *command, const char *file, int status)
{
	if (WIFSIGNALED(status))
		say("-z %s %s: ended by signal %d", command, file,
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != CANNOT_RUN)
		say("-z %s %s: exit status %d", command, file,
		    WEXITSTATUS(status));
}

static void run_one(const char *command, const char *file)
{
	int status = 0;
	const pid_t pid = fork();
	if (pid == 0)
		execute(command, file);
	if (pid < 0)
		say("-z %s %s: cannot start a process: %s", command, file,
		    strerror(errno));
	else if (waitpid(pid, &status, 0) == pid)
		tell_end(command, file, status);
}

/* What to serve. */
struct service {
	const char *command;
	const struct user *user;
};

static void serve(int socket, const void *ctx)
{
	const struct service *service = ctx;
	struct tcpclose_error err = { 0 };
	char file[PATH_MAX];
	ssize_t n;
	if (service->user &&
	    privileges_drop(service->user, &err) != TCPCLOSE_OK) {
		complain(&err);
		say("-z %s: cannot run with the rights of %s", service->command,
		    service->user->name);
		return;
	}
	setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY);
	while ((n = recv(socket, file, sizeof(file) - 1, 0)) > 0) {
		file[n] = '\0';
		run_one(service->command, file);
	}
}

/* ---- the run's side ---------------------------------------------- */

int command_helper_start(struct command_helper *h, const char *command,
                         const struct user *user, struct tcpclose_error *err)
{
	const struct service service = { command, user };
	h->command = command;
	if (helper_start(&h->helper, serve, &service))
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EIO, (struct error_place){ 0 },
	                 "-z %.100s: cannot start a process: %s", command,
	                 strerror(errno));
}

void command_helper_run(struct command_helper *h, const char *file)
{
	const int socket = h->helper.socket;
	if (socket < 0 ||
	    send(socket, file, strlen(file), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	if (!h->told_busy)
		say("-z %s: %s and maybe others are left out: %s", h->command,
		    file,
		    errno == EAGAIN ? "earlier ones still run"
		                    : strerror(errno));
	h->told_busy = true;
}

void command_helper_end(struct command_helper *h)
{
	if (!helper_end(&h->helper, PATIENCE_MS))
		say("-z %s: still runs; not waited for", h->command);
}
