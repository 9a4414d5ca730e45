#include "write/sink_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* Its reader is another user, so the umask has no say. */
#define FOR_ALL_TO_READ 0644

static int fail(const struct sink_whole *to, const char *what,
                struct tcpclose_error *err)
{
	const int cause = errno ? errno : EIO;
	unlink(to->beside);
	return error_set(err, TCPCLOSE_EIO,
	                 (struct error_place){ .file = to->name },
	                 "cannot %s: %s", what, strerror(cause));
}

/* What a run that was killed left is in the way; nobody else's file or link
 * is written to. */
static int open_beside(const struct sink_whole *to)
{
	unlink(to->beside);
	const int fd =
		open(to->beside,
	             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	             FOR_ALL_TO_READ);
	if (fd >= 0 && fchmod(fd, FOR_ALL_TO_READ) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int close_beside(const struct sink_whole *to, int fd, bool keep,
                        struct tcpclose_error *err)
{
	if (close(fd) != 0)
		return fail(to, "write", err);
	if (!keep) {
		unlink(to->beside);
		return TCPCLOSE_OK;
	}
	return rename(to->beside, to->path) == 0 ? TCPCLOSE_OK
	                                         : fail(to, "replace", err);
}

/*
 * The file is not forced to the disk before it is renamed: that may take
 * seconds, in which packets would be dropped, and only a machine that loses
 * its power would know the difference.
 */
static int whole_write(void *ctx, const void *bytes, size_t n,
                       struct tcpclose_error *err)
{
	const struct sink_whole *to = ctx;
	struct sink_fd beside = { .fd = open_beside(to), .name = to->name };
	if (beside.fd < 0)
		return fail(to, "create a file beside it", err);
	const struct sink sink = sink_to_fd(&beside);
	const int status = sink.write(sink.ctx, bytes, n, err);
	if (status == TCPCLOSE_OK)
		return close_beside(to, beside.fd, true, err);
	close(beside.fd);
	unlink(to->beside);
	return status;
}

static bool set_path(struct sink_whole *to, const char *path)
{
	if (strlen(path) >= sizeof(to->path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	snprintf(to->path, sizeof(to->path), "%s", path);
	snprintf(to->beside, sizeof(to->beside), "%s%s", path,
	         SINK_WHOLE_SUFFIX);
	return true;
}

int sink_whole_init(struct sink_whole *to, const char *name,
                    struct tcpclose_error *err)
{
	*to = (struct sink_whole){ .name = name };
	char *target = realpath(name, NULL); /* NULL: there is none yet */
	const bool is_there = target != NULL;
	const bool fits = set_path(to, is_there ? target : name);
	free(target);
	const int fd = fits ? open_beside(to) : -1;
	if (fd < 0)
		return fail(to, "create a file beside it", err);
	return close_beside(to, fd, !is_there, err);
}

struct sink sink_to_whole(struct sink_whole *to)
{
	return (struct sink){ to, whole_write, true };
}
