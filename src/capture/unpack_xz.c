/* xz (the .xz file format 1.2), through liblzma. */
#include "capture/unpack.h"

#include <string.h>

#ifndef TCPCLOSE_WITHOUT_XZ

#include <lzma.h>

#include "base/alloc.h"

/* xz -9 needs 65 MiB to unpack; who asks for far more is no friend. */
#define MEMORY_LIMIT (UINT64_C(512) << 20)

struct xz {
	lzma_stream lzma;
	lzma_allocator callbacks;
	const struct tcpclose_allocator *alloc;
};

static void *allocate(void *xz, size_t n, size_t size)
{
	return alloc_resize(((struct xz *)xz)->alloc, NULL, n, size);
}

static void release(void *xz, void *old)
{
	alloc_free(((struct xz *)xz)->alloc, old);
}

static void *open_xz(const struct tcpclose_allocator *alloc)
{
	struct xz *x = alloc_new(alloc, 1, sizeof(*x));
	if (!x)
		return NULL;
	*x = (struct xz){ .lzma = LZMA_STREAM_INIT, .alloc = alloc };
	x->callbacks = (lzma_allocator){ allocate, release, x };
	x->lzma.allocator = &x->callbacks;
	if (lzma_stream_decoder(&x->lzma, MEMORY_LIMIT, 0) != LZMA_OK) {
		alloc_free(alloc, x);
		return NULL;
	}
	return x;
}

static enum unpack_result explain(lzma_ret status, const char **why)
{
	switch ((int)status) {
	case LZMA_OK:
	case LZMA_BUF_ERROR: /* no progress: more input will help */
		return UNPACK_MORE;
	case LZMA_MEM_ERROR:
		return UNPACK_NO_MEMORY;
	case LZMA_MEMLIMIT_ERROR:
		*why = "more than 512 MiB needed to unpack it";
		return UNPACK_BROKEN;
	case LZMA_OPTIONS_ERROR:
		*why = "options that this liblzma does not know";
		return UNPACK_BROKEN;
	default:
		*why = "its check sums or its structure are wrong";
		return UNPACK_BROKEN;
	}
}

static enum unpack_result step(void *state, struct unpack_io *io,
                               const char **why)
{
	lzma_stream *z = &((struct xz *)state)->lzma;
	z->next_in = io->in;
	z->avail_in = io->in_left;
	z->next_out = io->out;
	z->avail_out = io->out_left;
	lzma_ret status = lzma_code(z, LZMA_RUN);
	*io = (struct unpack_io){ z->next_in, z->avail_in, z->next_out,
		                  z->avail_out };
	if (status != LZMA_STREAM_END)
		return explain(status, why);
	status = lzma_stream_decoder(z, MEMORY_LIMIT, 0);
	return status == LZMA_OK ? UNPACK_MEMBER : explain(status, why);
}

static void close_xz(void *state)
{
	struct xz *x = state;
	lzma_end(&x->lzma);
	alloc_free(x->alloc, x);
}

#endif

static bool recognise(const uint8_t *head, size_t n)
{
	static const char magic[6] = "\xfd"
				     "7zXZ";
	return n >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0;
}

const struct unpacker unpack_xz = {
	.name = "xz",
	.recognise = recognise,
#ifndef TCPCLOSE_WITHOUT_XZ
	.open = open_xz,
	.step = step,
	.close = close_xz,
#endif
};
