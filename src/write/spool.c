#include "write/spool.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

void spool_init(struct spool *s, const struct tcpclose_allocator *alloc)
{
	*s = (struct spool){ .file = tmpfile() };
	buffer_init(&s->memory, alloc);
}

void spool_fini(struct spool *s)
{
	buffer_fini(&s->memory);
	if (s->file)
		fclose(s->file);
	s->file = NULL;
}

static int file_failed(struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_EIO, (struct error_place){ 0 },
	                 "cannot keep findings in a temporary file: %s",
	                 strerror(errno));
}

static int spill(struct spool *s, struct tcpclose_error *err)
{
	const size_t n = s->memory.len;
	if (fwrite(s->memory.bytes, 1, n, s->file) != n)
		return file_failed(err);
	s->in_file += n;
	buffer_clear(&s->memory);
	return TCPCLOSE_OK;
}

bool spool_has_room(const struct spool *s, size_t n)
{
	return s->file || s->memory.len + n <= SPOOL_MEMORY_ONLY;
}

int spool_put(struct spool *s, const void *bytes, size_t n,
              struct tcpclose_error *err)
{
	buffer_put(&s->memory, bytes, n);
	if (s->memory.failed)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 },
		                 "no memory to keep findings in");
	if (s->file && s->memory.len >= SPOOL_MEMORY)
		return spill(s, err);
	return TCPCLOSE_OK;
}

/* Once a file is in use all goes through it, so that there is one order. */
int spool_rewind(struct spool *s, struct tcpclose_error *err)
{
	if (s->in_file == 0)
		return TCPCLOSE_OK;
	const int status = spill(s, err);
	if (status != TCPCLOSE_OK)
		return status;
	if (fseek(s->file, 0, SEEK_SET) != 0)
		return file_failed(err);
	return TCPCLOSE_OK;
}

size_t spool_take(struct spool *s, void *bytes, size_t n)
{
	if (s->in_file > 0)
		return fread(bytes, 1, n, s->file);
	const size_t left = s->memory.len - s->taken;
	if (n > left)
		n = left;
	if (n > 0)
		memcpy(bytes, s->memory.bytes + s->taken, n);
	s->taken += n;
	return n;
}
