/*
 * Runs a program and says what it cost, in a line on standard output:
 *
 *	measure PROGRAM ARGUMENT...
 *	0.655 0.671 33280	CPU seconds (user and system), elapsed seconds,
 *				peak memory in KiB
 *
 * It is as small as that because a process is charged with the peak of whoever
 * it was forked from: setmax_mm_hiwater_rss() in exec_mmap().
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void become(char **argv)
{
	const int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	execvp(argv[0], argv);
	_exit(127);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	const double began = now();
	int status;
	if (argc < 2) {
		fprintf(stderr, "usage: measure PROGRAM ARGUMENT...\n");
		return 2;
	}
	const pid_t child = fork();
	if (child == 0)
		become(argv + 1);
	if (child < 0 || wait4(child, &status, 0, &usage) != child ||
	    !WIFEXITED(status))
		return 1;
	printf("%.6f %.6f %ld\n",
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	               1e-6 * (double)(usage.ru_utime.tv_usec +
	                               usage.ru_stime.tv_usec),
	       now() - began, usage.ru_maxrss);
	return WEXITSTATUS(status);
}
