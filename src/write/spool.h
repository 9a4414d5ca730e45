/*
 * Interface for bytes that are kept until later: the first in memory, the
 * rest in an unnamed temporary file. That file is opened at once, because
 * later a sandbox may forbid it; where there is none, memory holds what it may.
 */
#ifndef TCPCLOSE_WRITE_SPOOL_H
#define TCPCLOSE_WRITE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "tcpclose/error.h"

#define SPOOL_MEMORY      ((size_t)4 << 20)
#define SPOOL_MEMORY_ONLY ((size_t)32 << 20) /* without a file */

struct spool {
	struct buffer memory; /* what came after the part in the file */
	FILE *file;           /* NULL: no temporary file to be had */
	uint64_t in_file;     /* bytes */
	size_t taken;         /* bytes of memory read back */
};

void spool_init(struct spool *s, const struct tcpclose_allocator *alloc);
void spool_fini(struct spool *s);

/* n bytes more can be kept: a live run may last for months. */
bool spool_has_room(const struct spool *s, size_t n);

int spool_put(struct spool *s, const void *bytes, size_t n,
              struct tcpclose_error *err);

/* Read back up to n bytes, from the first on; 0 at the end. Begin with
 * spool_rewind(); nothing may be put after that. */
int spool_rewind(struct spool *s, struct tcpclose_error *err);
size_t spool_take(struct spool *s, void *bytes, size_t n);

#endif
