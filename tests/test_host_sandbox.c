/* What is given up is gone: each test has a child of its own lose it, and try
 * to do it all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture_make.h"
#include "child.h"
#include "host/sandbox.h"

static const struct user nobody_else = { 0 };

static bool is_in(const struct sandbox_report *report, const char *word)
{
	for (size_t i = 0; i < report->n; i++)
		if (strcmp(report->word[i], word) == 0)
			return true;
	return false;
}

static void needs_landlock(void)
{
	struct landlock l;
	landlock_begin(&l);
	landlock_end(&l);
	if (l.abi == 0)
		skip(); /* this kernel has none */
}

static void needs_seccomp(void)
{
	if (!system_calls_are_built_in() || !system_calls_can_be_filtered())
		skip();
}

static struct sandbox_report enter(struct sandbox *s)
{
	struct sandbox_report report;
	struct tcpclose_error err = { 0 };
	SEE(sandbox_enter(s, &nobody_else, &report, &err) == 0);
	return report;
}

/* ---- files --------------------------------------------------------- */

static bool can_open(const char *path, int how)
{
	const int fd = open(path, how | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void keep_out(struct scratch *s)
{
	struct sandbox sandbox;
	char input[sizeof(s->path)], other[sizeof(s->path)];
	strcpy(input, scratch_write(s, "input", "x", 1));
	strcpy(other, scratch_write(s, "other", "x", 1));
	sandbox_begin(&sandbox, true);
	sandbox_may_read(&sandbox, input);
	SEE(sandbox.landlock.abi > 0);
	enter(&sandbox);

	SEE(can_open(input, O_RDONLY));
	SEE(FAILS(open(input, O_WRONLY), EACCES));
	SEE(FAILS(open(other, O_RDONLY), EACCES));
	SEE(FAILS(open(other, O_WRONLY), EACCES));
	SEE(FAILS(open("/etc/passwd", O_RDONLY), EACCES));
	SEE(FAILS(open("/etc", O_RDONLY | O_DIRECTORY), EACCES));
	SEE(FAILS(open("/proc/self/mem", O_RDWR), EACCES));
	SEE(FAILS(unlink(other), EACCES));
	SEE(FAILS(open(scratch_path(s, "new"), O_CREAT | O_WRONLY, 0600),
	          EACCES));
	SEE(can_open("/dev/null", O_RDONLY));
}

static void files_elsewhere_are_out_of_reach(void **state)
{
	needs_landlock();
	expect_done(keep_out, state);
}

/* As rotation and reopening do, in the directory of the link and of what it
 * leads to. */
static void go_on_writing(struct scratch *s)
{
	struct sandbox sandbox;
	char there[sizeof(s->path)], link[sizeof(s->path)],
		moved[sizeof(s->path)];
	SEE(mkdir(scratch_path(s, "logs"), 0700) == 0);
	SEE(mkdir(scratch_path(s, "disk"), 0700) == 0);
	strcpy(there, scratch_write(s, "disk/x", "x", 1));
	strcpy(link, scratch_path(s, "logs/x"));
	strcpy(moved, scratch_path(s, "disk/x.1"));
	SEE(symlink(there, link) == 0);
	sandbox_begin(&sandbox, true);
	sandbox_may_write(&sandbox, link, true);
	enter(&sandbox);

	const int fd = open(link, O_WRONLY | O_APPEND);
	SEE(fd >= 0 && write(fd, "y", 1) == 1 && ftruncate(fd, 0) == 0);
	SEE(rename(there, moved) == 0);
	SEE(can_open(link, O_WRONLY | O_CREAT | O_TRUNC));
	SEE(can_open(scratch_path(s, "logs/x.new"), O_WRONLY | O_CREAT));
	SEE(unlink(moved) == 0 && unlink(there) == 0 && unlink(link) == 0);
	SEE(unlink(scratch_path(s, "logs/x.new")) == 0);
	SEE(mkdir(scratch_path(s, "logs/d"), 0700) < 0);
	SEE(FAILS(open(scratch_path(s, "new"), O_CREAT | O_WRONLY, 0600),
	          EACCES));
}

static int clear_directories(void **state)
{
	struct scratch *s = *state;
	rmdir(scratch_path(s, "logs"));
	rmdir(scratch_path(s, "disk"));
	return scratch_remove(state);
}

static void outputs_can_be_opened_anew(void **state)
{
	needs_landlock();
	expect_done(go_on_writing, state);
}

/* A device's directory is not what -o /dev/stdout asks for. */
static void write_to_device(struct scratch *s)
{
	struct sandbox sandbox;
	char pipe[sizeof(s->path)];
	strcpy(pipe, scratch_path(s, "pipe"));
	SEE(mkfifo(pipe, 0600) == 0);
	sandbox_begin(&sandbox, true);
	sandbox_may_write(&sandbox, pipe, false);
	enter(&sandbox);
	SEE(FAILS(open(pipe, O_WRONLY | O_NONBLOCK), ENXIO)); /* no reader */
	SEE(FAILS(open(scratch_path(s, "new"), O_CREAT | O_WRONLY, 0600),
	          EACCES));
}

static void a_pipe_is_allowed_without_its_directory(void **state)
{
	needs_landlock();
	expect_done(write_to_device, state);
}

/* Landlock alone, as seccomp forbids sockets altogether. */
static void try_ports(struct scratch *s)
{
	(void)s;
	struct landlock l;
	struct tcpclose_error err = { 0 };
	struct sockaddr_in to = { .sin_family = AF_INET,
		                  .sin_port = htons(1),
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr *address = (const void *)&to;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	SEE(privileges_drop(&nobody_else, &err) == 0);
	landlock_begin(&l);
	SEE(landlock_enter(&l, &err) == 0);
	landlock_end(&l);
	SEE(l.abi < 4 || FAILS(connect(fd, address, sizeof(to)), EACCES));
	SEE(l.abi < 4 || FAILS(bind(fd, address, sizeof(to)), EACCES));
	SEE(l.abi < 6 || FAILS(kill(getppid(), 0), EPERM));
}

static void ports_and_processes_are_out_of_reach(void **state)
{
	needs_landlock();
	expect_done(try_ports, state);
}

/* ---- calls --------------------------------------------------------- */

static void *do_nothing(void *ctx)
{
	return ctx;
}

static void try_calls(struct scratch *s)
{
	(void)s;
	struct sandbox sandbox;
	sandbox_begin(&sandbox, true);
	const struct sandbox_report report = enter(&sandbox);
	SEE(is_in(&report, "seccomp"));

	SEE(FAILS(socket(AF_INET, SOCK_STREAM, 0), EACCES));
	SEE(FAILS(socket(AF_UNIX, SOCK_STREAM, 0), EACCES));
	SEE(FAILS(syscall(SYS_getpriority, 0, 0), ENOSYS));
	SEE(FAILS(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), ENOSYS));
	SEE(FAILS(syscall(SYS_kill, getppid(), 0), ENOSYS));
	SEE(FAILS(fcntl(STDERR_FILENO, F_DUPFD, 0), ENOSYS));
	SEE(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	SEE(FAILS(ioctl(STDERR_FILENO, TIOCSTI, "x"), ENOSYS));
}

static void calls_that_it_does_not_make_fail(void **state)
{
	needs_seccomp();
	expect_done(try_calls, state);
}

static void begin_thread(struct scratch *s)
{
	struct sandbox sandbox;
	pthread_t thread;
	void *out = NULL;
	sandbox_begin(&sandbox, true);
	enter(&sandbox);
	SEE(pthread_create(&thread, NULL, do_nothing, s) == 0);
	SEE(pthread_join(thread, &out) == 0 && out == s);
	void *much = malloc(64 << 20);
	SEE(much);
	free(much);
}

static void threads_can_be_begun(void **state)
{
	expect_done(begin_thread, state);
}

static void run_program(struct scratch *s)
{
	(void)s;
	struct sandbox sandbox;
	char name[] = "true";
	char *argv[] = { name, NULL };
	sandbox_begin(&sandbox, true);
	enter(&sandbox);
	execv("/bin/true", argv);
}

static void trace(struct scratch *s)
{
	(void)s;
	struct sandbox sandbox;
	sandbox_begin(&sandbox, true);
	enter(&sandbox);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void take_root(struct scratch *s)
{
	(void)s;
	struct sandbox sandbox;
	sandbox_begin(&sandbox, true);
	enter(&sandbox);
	(void)!setuid(0);
}

static void calls_that_only_an_intruder_makes_kill(void **state)
{
	needs_seccomp();
	expect_killed(run_program, state);
	expect_killed(trace, state);
	expect_killed(take_root, state);
}

/* Bits above an int's, which the kernel does not look at, change nothing. */
static void listen_only(struct scratch *s)
{
	(void)s;
	struct sandbox sandbox;
	int ends[2];
	char c;
	SEE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	SEE(write(ends[1], "x", 1) == 1);
	sandbox_begin(&sandbox, true);
	sandbox_may_listen(&sandbox, ends[0]);
	enter(&sandbox);
	SEE(read(ends[0], &c, 1) == 1 && c == 'x');
	SEE(FAILS(write(ends[0], "x", 1), EACCES));
	SEE(FAILS(syscall(SYS_write, (long)ends[0] | 1L << 32, "x", 1),
	          EACCES));
	SEE(FAILS(send(ends[0], "x", 1, 0), ENOSYS));
	SEE(FAILS(dup2(ends[0], 100), EACCES));
	SEE(write(ends[1], "x", 1) == 1);
}

static void nothing_is_sent_where_it_only_listens(void **state)
{
	needs_seccomp();
	expect_done(listen_only, state);
}

static void talk_to_two(struct scratch *s)
{
	(void)s;
	struct sandbox sandbox;
	int one[2], two[2];
	char c;
	SEE(socketpair(AF_UNIX, SOCK_STREAM, 0, one) == 0);
	SEE(socketpair(AF_UNIX, SOCK_STREAM, 0, two) == 0);
	sandbox_begin(&sandbox, true);
	sandbox_may_talk(&sandbox, one[0]);
	sandbox_may_talk(&sandbox, two[0]);
	enter(&sandbox);
	SEE(send(one[0], "x", 1, 0) == 1 && recv(one[1], &c, 1, 0) == 1);
	SEE(send(two[0], "x", 1, 0) == 1 && recv(two[1], &c, 1, 0) == 1);
	SEE(FAILS(send(one[1], "x", 1, 0), ENOSYS));
	SEE(FAILS(dup2(one[1], one[0]), EACCES));
	SEE(FAILS(dup2(one[1], two[0]), EACCES));
}

static void some_sockets_may_be_talked_on(void **state)
{
	needs_seccomp();
	expect_done(talk_to_two, state);
}

/* ---- without ------------------------------------------------------- */

static void leave_alone(struct scratch *s)
{
	(void)s;
	struct sandbox sandbox;
	sandbox_begin(&sandbox, false);
	sandbox_may_write(&sandbox, "/tmp/x", true);
	const struct sandbox_report report = enter(&sandbox);
	SEE(report.n == 0 && report.missing[0] == '\0');
	SEE(can_open("/etc/passwd", O_RDONLY));
	SEE(status_is("NoNewPrivs", "0\n"));
}

static void without_a_sandbox_nothing_is_given_up(void **state)
{
	expect_done(leave_alone, state);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_make, clear_directories)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_elsewhere_are_out_of_reach),
		TEST(outputs_can_be_opened_anew),
		TEST(a_pipe_is_allowed_without_its_directory),
		TEST(ports_and_processes_are_out_of_reach),
		TEST(calls_that_it_does_not_make_fail),
		TEST(threads_can_be_begun),
		TEST(calls_that_only_an_intruder_makes_kill),
		TEST(nothing_is_sent_where_it_only_listens),
		TEST(some_sockets_may_be_talked_on),
		TEST(without_a_sandbox_nothing_is_given_up),
	};
	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
