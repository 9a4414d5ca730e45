/* LZ4's frame format, through liblz4. Its allocator can only be chosen in
 * its unstable interface, so it keeps to the C library's heap. */
#include "capture/unpack.h"

#include "capture/order.h"

#ifndef TCPCLOSE_WITHOUT_LZ4

#include <lz4frame.h>

static void *open_lz4(const struct tcpclose_allocator *alloc)
{
	(void)alloc;
	LZ4F_dctx *lz4;
	const size_t status =
		LZ4F_createDecompressionContext(&lz4, LZ4F_VERSION);
	return LZ4F_isError(status) ? NULL : lz4;
}

static enum unpack_result step(void *state, struct unpack_io *io,
                               const char **why)
{
	size_t in = io->in_left, out = io->out_left;
	const size_t status =
		LZ4F_decompress(state, io->out, &out, io->in, &in, NULL);
	if (LZ4F_isError(status)) {
		*why = LZ4F_getErrorName(status);
		return UNPACK_BROKEN;
	}
	io->in += in;
	io->in_left -= in;
	io->out += out;
	io->out_left -= out;
	return status == 0 ? UNPACK_MEMBER : UNPACK_MORE;
}

static void close_lz4(void *state)
{
	LZ4F_freeDecompressionContext(state);
}

#endif

static bool recognise(const uint8_t *head, size_t n)
{
	return n >= 4 && order32(ORDER_LITTLE, head) == 0x184d2204;
}

const struct unpacker unpack_lz4 = {
	.name = "lz4",
	.recognise = recognise,
#ifndef TCPCLOSE_WITHOUT_LZ4
	.open = open_lz4,
	.step = step,
	.close = close_lz4,
#endif
};
