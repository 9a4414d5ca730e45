/*
 * Interface for an interface of this host as a source of packets.
 */
#ifndef TCPCLOSE_CAPTURE_LIVE_H
#define TCPCLOSE_CAPTURE_LIVE_H

#include "capture/source.h"

/*
 * options  its strings are copied
 *
 * Returns  the source, not started; NULL if there is no memory. Its next()
 *          returns CAPTURE_NOTHING_NOW where a file would wait or end.
 */
struct source *source_live_new(const struct capture_live_options *options,
                               const struct tcpclose_allocator *alloc);

/* As capture_count_drops(). */
void source_live_count_drops(struct source *s, int64_t now);

/* Readable when packets may be there; for poll(). -1 while it is stopped. */
int source_live_descriptor(const struct source *s);

#endif
