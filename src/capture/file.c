/* Files as sources of bytes, and the pool that bounds how many are open. */
#include "capture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define HOW (O_RDONLY | O_CLOEXEC | O_NOCTTY)

static int fail_path(const char *path, const char *doing,
                     struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_EIO,
	                 (struct error_place){ .file = path }, "cannot %s: %s",
	                 doing, strerror(errno));
}

static int fail(const struct file *f, const char *doing,
                struct tcpclose_error *err)
{
	return fail_path(f->path, doing, err);
}

static void pool_enter(struct file_pool *pool, struct file *f)
{
	f->newer = NULL;
	f->older = pool->newest;
	*(pool->newest ? &pool->newest->newer : &pool->oldest) = f;
	pool->newest = f;
	pool->n_open++;
}

static void pool_leave(struct file_pool *pool, struct file *f)
{
	*(f->newer ? &f->newer->older : &pool->newest) = f->older;
	*(f->older ? &f->older->newer : &pool->oldest) = f->newer;
	pool->n_open--;
}

static void park(struct file *f)
{
	pool_leave(f->pool, f);
	close(f->fd);
	f->fd = -1;
}

/* If the system's limit is reached before the pool's, park and try again. */
static int open_within_limits(struct file *f)
{
	struct file_pool *pool = f->pool;
	if (pool->n_open >= FILE_POOL_OPEN)
		park(pool->oldest);
	for (;;) {
		const int fd = open(f->path, HOW);
		if (fd >= 0)
			return fd;
		const bool full = errno == EMFILE || errno == ENFILE;
		if (errno != EINTR && !(full && pool->oldest))
			return -1;
		if (full)
			park(pool->oldest);
	}
}

static ptrdiff_t read_some(struct file *f, uint8_t *to, size_t size)
{
	ptrdiff_t n;
	do
		n = read(f->fd, to, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static int open_again(struct file *f, struct tcpclose_error *err)
{
	f->fd = open_within_limits(f);
	if (f->fd < 0)
		return fail(f, "open again", err);
	pool_enter(f->pool, f);

	struct stat now;
	if (fstat(f->fd, &now) != 0)
		return fail(f, "stat", err);
	if (now.st_dev != f->device || now.st_ino != f->inode)
		return error_set(err, TCPCLOSE_EIO,
		                 (struct error_place){ .file = f->path },
		                 "replaced by another file while being read");
	if (lseek(f->fd, (off_t)*f->at, SEEK_SET) < 0)
		return fail(f, "seek", err);
	return TCPCLOSE_OK;
}

/* Standard input, pipes and held files stand outside the pool. */
static void touch(struct file *f)
{
	if (!f->pooled || f->pool->newest == f)
		return;
	pool_leave(f->pool, f);
	pool_enter(f->pool, f);
}

static ptrdiff_t file_read(struct bytes *self, uint8_t *to, size_t size,
                           struct tcpclose_error *err)
{
	struct file *f = (struct file *)self;
	if (f->fd < 0) {
		const int status = open_again(f, err);
		if (status < 0)
			return status;
	}
	touch(f);
	const ptrdiff_t n = read_some(f, to, size);
	if (n < 0)
		return fail(f, "read", err);
	*f->at += (uint64_t)n;
	return n;
}

static int learn(struct file *f, struct tcpclose_error *err)
{
	struct stat st;
	if (fstat(f->fd, &st) != 0)
		return fail(f, "stat", err);
	if (!S_ISREG(st.st_mode))
		return TCPCLOSE_OK;
	f->size = (uint64_t)st.st_size;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	if (f->fd == STDIN_FILENO)
		return TCPCLOSE_OK;
	f->seekable = true;
	f->pooled = !f->borrowed;
	if (f->pooled)
		pool_enter(f->pool, f);
	else if (lseek(f->fd, 0, SEEK_SET) < 0)
		return fail(f, "seek", err);
	posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return TCPCLOSE_OK;
}

int file_open(struct file *f, const char *path, int held,
              struct file_pool *pool, uint64_t *at, struct tcpclose_error *err)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	*f = (struct file){ .bytes.read = file_read,
		            .pool = pool,
		            .path = path,
		            .fd = is_stdin ? STDIN_FILENO : held,
		            .borrowed = is_stdin || held >= 0,
		            .at = at };
	*at = 0;
	if (!f->borrowed)
		f->fd = open_within_limits(f);
	if (f->fd < 0)
		return fail(f, "open", err);
	return learn(f, err);
}

void file_close(struct file *f)
{
	if (!f->pool || f->fd < 0)
		return;
	if (f->pooled)
		pool_leave(f->pool, f);
	if (!f->borrowed)
		close(f->fd);
	f->fd = -1;
}

int file_hold(const char *path, struct tcpclose_error *err)
{
	int fd;
	do
		fd = open(path, HOW);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? fail_path(path, "open", err) : fd;
}
