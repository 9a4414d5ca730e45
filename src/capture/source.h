/*
 * Interface for a source of packets: one file each kind, behind one table of
 * functions. capture.c puts the sources into one time line.
 */
#ifndef TCPCLOSE_CAPTURE_SOURCE_H
#define TCPCLOSE_CAPTURE_SOURCE_H

#include <stdbool.h>

#include "capture/capture.h"
#include "capture/file.h"

struct source;

struct source_ops {
	/* Begin to deliver, from the first packet. Returns TCPCLOSE_OK or a
	 * negative status; stop() is due in any case. */
	int (*start)(struct source *s, struct tcpclose_error *err);

	/* The next packet; its `source` is left to the caller. Returns 1, 0
	 * at the end, or a negative status, after which nothing more comes. */
	int (*next)(struct source *s, struct tcpclose_packet *pkt,
	            struct tcpclose_error *err);

	/* Give back what delivering took; stopping twice is fine. */
	void (*stop)(struct source *s);

	void (*free)(struct source *s);
};

struct source {
	const struct source_ops *ops;
	struct capture_source stats;
	size_t buffer;   /* bytes that start() may spend on a read buffer */
	bool replayable; /* after start(): it works again after stop() */
	bool foreign;    /* start() failed because this is no capture at all */
};

/* Packets were missed at some time between the two, ns since 1970. */
static inline void source_note_loss(struct capture_source *stats, int64_t from,
                                    int64_t to)
{
	if (stats->lost && stats->loss.from < from)
		from = stats->loss.from;
	if (stats->lost && stats->loss.to > to)
		to = stats->loss.to;
	stats->loss = (struct capture_loss){ from, to };
	stats->lost = true;
}

/*
 * A capture file, or standard input if path is "-".
 *
 * path     copied
 * held     a descriptor of it, taken in any case; -1: none
 * pool     borrowed for the life of the source
 *
 * Returns  the source, not started; NULL if there is no memory
 */
struct source *source_file_new(const char *path, int held,
                               struct file_pool *pool,
                               const struct tcpclose_allocator *alloc);

#endif
