/*
 * Interface for decompressors: a file each, which ends in one filled-in
 * struct unpacker, and a line in unpackers.def. unpack.c drives them all: it
 * finds the next member of a concatenated file, tells a cut file from a
 * finished one, and delivers what came out before something broke.
 */
#ifndef TCPCLOSE_CAPTURE_UNPACK_H
#define TCPCLOSE_CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/bytes.h"
#include "capture/window.h"

/* What a decompressor may eat and where it may put the result; it moves the
 * pointers and lowers the counts as far as it came. */
struct unpack_io {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t out_left;
};

enum unpack_result {
	UNPACK_MORE,   /* goes on with more input or more room */
	UNPACK_MEMBER, /* a member is complete; ready for another one */
	UNPACK_BROKEN, /* the data are damaged, or too demanding */
	UNPACK_NO_MEMORY,
};

struct unpacker {
	const char *name; /* "gzip" */

	bool (*recognise)(const uint8_t *head, size_t n);

	/* NULL: no memory. A build with -DTCPCLOSE_WITHOUT_GZIP (_ZSTD, ...)
	 * leaves the three functions out, and the file says what to do. */
	void *(*open)(const struct tcpclose_allocator *alloc);

	/* *why is a short reason if the result is UNPACK_BROKEN. Without
	 * input it gives what it still holds. */
	enum unpack_result (*step)(void *state, struct unpack_io *io,
	                           const char **why);
	void (*close)(void *state);
};

#define X(id) extern const struct unpacker unpack_##id;
#include "capture/unpackers.def"
#undef X

/* The longest of the magic numbers. */
#define UNPACK_HEAD 6

/* The decompressor of a file that begins so; NULL if it needs none. */
const struct unpacker *unpacker_of(const uint8_t *head, size_t n);

struct unpacked;

/*
 * A source of the bytes that `how` makes out of `packed` (borrowed).
 *
 * Returns  TCPCLOSE_OK and *out, to be freed with unpacked_free();
 *          TCPCLOSE_ENOMEM; or _EUNSUPPORTED if built without it
 */
int unpacked_new(struct unpacked **out, const struct unpacker *how,
                 struct window *packed, const struct tcpclose_allocator *alloc,
                 struct error_place place, struct tcpclose_error *err);
void unpacked_free(struct unpacked *u);

struct bytes *unpacked_bytes(struct unpacked *u);

#endif
