/* gzip (RFC 1952), through zlib. */
#include "capture/unpack.h"

#ifndef TCPCLOSE_WITHOUT_GZIP

#include <limits.h>
#define ZLIB_CONST /* next_in is only read */
#include <zlib.h>

#include "base/alloc.h"

struct gzip {
	z_stream z;
	const struct tcpclose_allocator *alloc;
};

static voidpf allocate(voidpf alloc, uInt n, uInt size)
{
	return alloc_resize(alloc, NULL, n, size);
}

static void release(voidpf alloc, voidpf old)
{
	alloc_free(alloc, old);
}

static void *open_gzip(const struct tcpclose_allocator *alloc)
{
	enum { ONLY_GZIP_HEADERS = 16 };
	struct gzip *g = alloc_new(alloc, 1, sizeof(*g));
	if (!g)
		return NULL;
	g->alloc = alloc;
	/* zlib's callbacks take a pointer without const. */
	union {
		const struct tcpclose_allocator *in;
		voidpf out;
	} opaque = { .in = alloc };
	g->z.opaque = opaque.out;
	g->z.zalloc = allocate;
	g->z.zfree = release;
	if (inflateInit2(&g->z, MAX_WBITS + ONLY_GZIP_HEADERS) != Z_OK) {
		alloc_free(alloc, g);
		return NULL;
	}
	return g;
}

static uInt at_most(size_t n)
{
	return n < UINT_MAX ? (uInt)n : UINT_MAX;
}

static enum unpack_result step(void *state, struct unpack_io *io,
                               const char **why)
{
	z_stream *z = &((struct gzip *)state)->z;
	const uInt in_left = at_most(io->in_left);
	const uInt out_left = at_most(io->out_left);
	z->next_in = io->in;
	z->avail_in = in_left;
	z->next_out = io->out;
	z->avail_out = out_left;

	const int status = inflate(z, Z_NO_FLUSH);
	io->in += in_left - z->avail_in;
	io->in_left -= in_left - z->avail_in;
	io->out += out_left - z->avail_out;
	io->out_left -= out_left - z->avail_out;
	switch (status) {
	case Z_OK:
	case Z_BUF_ERROR: /* no progress: more input will help */
		return UNPACK_MORE;
	case Z_STREAM_END:
		inflateReset(z);
		return UNPACK_MEMBER;
	case Z_MEM_ERROR:
		return UNPACK_NO_MEMORY;
	default:
		*why = z->msg ? z->msg : "not understood";
		return UNPACK_BROKEN;
	}
}

static void close_gzip(void *state)
{
	struct gzip *g = state;
	inflateEnd(&g->z);
	alloc_free(g->alloc, g);
}

#endif

static bool recognise(const uint8_t *head, size_t n)
{
	return n >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8;
}

const struct unpacker unpack_gzip = {
	.name = "gzip",
	.recognise = recognise,
#ifndef TCPCLOSE_WITHOUT_GZIP
	.open = open_gzip,
	.step = step,
	.close = close_gzip,
#endif
};
