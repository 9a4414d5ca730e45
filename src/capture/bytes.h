/*
 * Interface for a source of bytes: a file, or a decompressor that stands on
 * another source. They stack; only a window (window.h) reads them.
 */
#ifndef TCPCLOSE_CAPTURE_BYTES_H
#define TCPCLOSE_CAPTURE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "tcpclose/error.h"

struct bytes {
	/*
	 * Read 1 to `size` bytes (size > 0); fewer than asked for is no sign
	 * of the end.
	 *
	 * Returns  how many; 0 at the end; or a negative status, with err
	 *          filled but for the place, which the reader above knows.
	 */
	ptrdiff_t (*read)(struct bytes *self, uint8_t *to, size_t size,
	                  struct tcpclose_error *err);
};

#endif
