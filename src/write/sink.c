#include "write/sink.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"

/* Bytes of a block that were written before an error. */
static size_t write_some(int fd, const char *bytes, size_t n)
{
	size_t done = 0;
	while (done < n) {
		const ssize_t now = write(fd, bytes + done, n - done);
		if (now < 0 && errno == EINTR)
			continue;
		if (now <= 0)
			break;
		done += (size_t)now;
	}
	return done;
}

/* Cut a regular file back to the last whole line; elsewhere it is too late.
 * Returns how many bytes were taken back. */
static size_t take_back_broken_line(int fd, const char *bytes, size_t done)
{
	size_t broken = 0;
	while (broken < done && bytes[done - 1 - broken] != '\n')
		broken++;
	struct stat st;
	const off_t end = lseek(fd, 0, SEEK_CUR);
	if (broken == 0 || end < (off_t)broken || fstat(fd, &st) != 0 ||
	    !S_ISREG(st.st_mode) || ftruncate(fd, end - (off_t)broken) != 0)
		return 0;
	lseek(fd, end - (off_t)broken, SEEK_SET);
	return broken;
}

size_t sink_fd_put(const struct sink_fd *to, const char *bytes, size_t n,
                   int *cause)
{
	errno = 0;
	const size_t done = write_some(to->fd, bytes, n);
	*cause = done == n ? 0 : errno ? errno : ENOSPC;
	return done == n ? n
	                 : done - take_back_broken_line(to->fd, bytes, done);
}

static int fd_write(void *ctx, const void *bytes, size_t n,
                    struct tcpclose_error *err)
{
	const struct sink_fd *to = ctx;
	int cause;
	if (sink_fd_put(to, bytes, n, &cause) == n)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EIO,
	                 (struct error_place){ .file = to->name },
	                 "cannot write: %s", strerror(cause));
}

struct sink sink_to_fd(struct sink_fd *to)
{
	return (struct sink){ to, fd_write, false };
}

static int buffer_write(void *ctx, const void *bytes, size_t n,
                        struct tcpclose_error *err)
{
	struct buffer *to = ctx;
	buffer_put(to, bytes, n);
	if (!to->failed)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
	                 "no memory left for the output");
}

struct sink sink_to_buffer(struct buffer *to)
{
	return (struct sink){ to, buffer_write, false };
}
