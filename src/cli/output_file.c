#include "cli/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "write/json_append.h"

#define LOCK_TRY_MS 20
#define LOCK_TRIES  100

int output_directory(const char *name, size_t base_at)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	if (base_at == 0)
		return open(".", flags);
	char *path = alloc_new(&alloc_default, base_at + 1, 1);
	if (!path)
		return -1;
	memcpy(path, name, base_at);
	const int fd = open(path, flags);
	const int cause = errno;
	alloc_free(&alloc_default, path);
	errno = cause;
	return fd;
}

/* A regular file is opened for reading as well, so that its end can be looked
 * at; a pipe must not be. */
static int access_for(int directory, const char *base)
{
	struct stat st;
	if (fstatat(directory, base, &st, 0) == 0 && !S_ISREG(st.st_mode))
		return O_WRONLY;
	return O_RDWR;
}

/* A link to nowhere is no file, and yet there: without O_EXCL, O_CREAT follows
 * it. */
static int open_there(int directory, const char *base, int flags)
{
	const int access = access_for(directory, base);
	const int fd = openat(directory, base, flags | access, 0666);
	if (fd >= 0 || errno != EACCES || access == O_WRONLY)
		return fd;
	return openat(directory, base, flags | O_WRONLY, 0666);
}

int output_file_open(int directory, const char *base, enum patience patience,
                     bool *created)
{
	int flags = O_CREAT | O_APPEND | O_CLOEXEC;
	if (patience == OUTPUT_NEEDS_READER)
		flags |= O_NONBLOCK;
	const int fd = openat(directory, base, flags | O_EXCL | O_RDWR, 0666);
	*created = fd >= 0;
	return fd >= 0 || errno != EEXIST ? fd
	                                  : open_there(directory, base, flags);
}

void output_file_never_waits(int fd)
{
	const int flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int64_t output_file_size(int fd)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return -1;
	return st.st_size;
}

bool output_file_is_named(int directory, const char *base, int fd)
{
	struct stat named, opened;
	return fstatat(directory, base, &named, 0) == 0 &&
	       fstat(fd, &opened) == 0 && named.st_dev == opened.st_dev &&
	       named.st_ino == opened.st_ino;
}

int output_file_empty(int fd, const char *name, struct tcpclose_error *err)
{
	if (ftruncate(fd, 0) == 0)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EIO,
	                 (struct error_place){ .file = name },
	                 "cannot empty: %s", strerror(errno));
}

int output_file_lock(int fd, const char *name, struct tcpclose_error *err)
{
	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
		if (errno != EWOULDBLOCK)
			return TCPCLOSE_OK; /* a file system without locks */
		if (tries == LOCK_TRIES)
			return error_set(err, TCPCLOSE_EOPTION,
			                 (struct error_place){ .file = name },
			                 "another run writes to this; choose "
			                 "another name");
		poll(NULL, 0, LOCK_TRY_MS);
	}
	return TCPCLOSE_OK;
}

/* Bytes after the last newline of those that are read; no line is longer than
 * JSON_LINE_MAX. */
static size_t broken_at_end(int fd, off_t size)
{
	char tail[JSON_LINE_MAX];
	const size_t n =
		size < JSON_LINE_MAX ? (size_t)size : (size_t)JSON_LINE_MAX;
	const ssize_t got = pread(fd, tail, n, size - (off_t)n);
	size_t broken = 0;
	while ((ssize_t)broken < got && tail[(size_t)got - 1 - broken] != '\n')
		broken++;
	return broken;
}

int output_file_mend(int fd, const char *name, struct tcpclose_error *err)
{
	const struct error_place place = { .file = name };
	const off_t size = output_file_size(fd);
	const size_t broken = size > 0 ? broken_at_end(fd, size) : 0;
	if (broken == 0)
		return TCPCLOSE_OK;
	if (broken == JSON_LINE_MAX)
		return error_set(err, TCPCLOSE_EOPTION, place,
		                 "this does not end in a record; choose "
		                 "another name");
	if (ftruncate(fd, size - (off_t)broken) == 0)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EIO, place,
	                 "cannot cut off a broken line: %s", strerror(errno));
}
