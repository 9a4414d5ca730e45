#include "cli/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN_SOCKET   (STDERR_FILENO + 1)
#define STEP_MS_MOST 32

/* What the run has open is not the helper's business; above all, the reader of
 * an output must see its end when the run is over. */
static void leave_descriptors(int socket)
{
	const int nothing = open("/dev/null", O_RDWR);
	dup2(nothing, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	dup2(socket, OWN_SOCKET);
	fcntl(OWN_SOCKET, F_SETFD, FD_CLOEXEC);
	closefrom(OWN_SOCKET + 1);
}

/* What ^C on a terminal, systemd and pkill send to all processes of a run is
 * meant for the run; a helper ends when that does. */
static void leave_signals(void)
{
	setpgid(0, 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
}

bool helper_start(struct helper *h, void (*serve)(int socket, const void *ctx),
                  const void *ctx)
{
	int pair[2];
	*h = NO_HELPER;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	const pid_t pid = fork();
	if (pid == 0) {
		leave_descriptors(pair[1]);
		leave_signals();
		serve(OWN_SOCKET, ctx);
		_exit(0);
	}
	const int cause = errno;
	close(pair[1]);
	if (pid < 0)
		close(pair[0]);
	else
		*h = (struct helper){ pair[0], pid };
	errno = cause;
	return pid > 0;
}

/* The child's end is looked for, first soon, then less often. */
bool helper_end(struct helper *h, int ms)
{
	if (h->socket < 0)
		return true;
	close(h->socket);
	int waited = 0, step = 1;
	while (waitpid(h->pid, NULL, WNOHANG) == 0 && waited < ms) {
		poll(NULL, 0, step);
		waited += step;
		step = step < STEP_MS_MOST ? 2 * step : step;
	}
	*h = NO_HELPER;
	return waited < ms;
}
