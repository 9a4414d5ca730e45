/* Zstandard (RFC 8878), through libzstd. Its allocator can only be chosen
 * in its unstable interface, so it keeps to the C library's heap. */
#include "capture/unpack.h"

#include "capture/order.h"

#ifndef TCPCLOSE_WITHOUT_ZSTD

#include <zstd.h>
#include <zstd_errors.h>

static void *open_zstd(const struct tcpclose_allocator *alloc)
{
	(void)alloc;
	return ZSTD_createDStream();
}

static enum unpack_result explain(size_t status, const char **why)
{
	switch ((int)ZSTD_getErrorCode(status)) {
	case ZSTD_error_memory_allocation:
		return UNPACK_NO_MEMORY;
	case ZSTD_error_frameParameter_windowTooLarge:
		*why = "a window over 128 MiB; unpack it with zstd --long=31";
		return UNPACK_BROKEN;
	default:
		*why = ZSTD_getErrorName(status);
		return UNPACK_BROKEN;
	}
}

static enum unpack_result step(void *state, struct unpack_io *io,
                               const char **why)
{
	ZSTD_inBuffer in = { io->in, io->in_left, 0 };
	ZSTD_outBuffer out = { io->out, io->out_left, 0 };
	const size_t status = ZSTD_decompressStream(state, &out, &in);
	io->in += in.pos;
	io->in_left -= in.pos;
	io->out += out.pos;
	io->out_left -= out.pos;
	if (ZSTD_isError(status))
		return explain(status, why);
	return status == 0 ? UNPACK_MEMBER : UNPACK_MORE;
}

static void close_zstd(void *state)
{
	ZSTD_freeDStream(state);
}

#endif

/* A file of pzstd's begins with a skippable frame, of which lz4 knows the
 * same kind; zstd takes them. */
static bool recognise(const uint8_t *head, size_t n)
{
	if (n < 4)
		return false;
	const uint32_t magic = order32(ORDER_LITTLE, head);
	return magic == 0xfd2fb528 || (magic & 0xfffffff0) == 0x184d2a50;
}

const struct unpacker unpack_zstd = {
	.name = "zstd",
	.recognise = recognise,
#ifndef TCPCLOSE_WITHOUT_ZSTD
	.open = open_zstd,
	.step = step,
	.close = close_zstd,
#endif
};
