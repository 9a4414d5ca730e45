/*
 * Interface for capture filters in libpcap's language. A program belongs to a
 * link type; it is compiled when the first packet of that type comes.
 */
#ifndef TCPCLOSE_CAPTURE_FILTER_H
#define TCPCLOSE_CAPTURE_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "tcpclose/alloc.h"
#include "tcpclose/error.h"
#include "tcpclose/packet.h"

struct filter;

/*
 * Returns  TCPCLOSE_OK and *out, to be freed with filter_free();
 *          TCPCLOSE_EOPTION with libpcap's words if the expression is valid
 *          for no link type; or TCPCLOSE_ENOMEM
 */
int filter_new(struct filter **out, const char *expression,
               const struct tcpclose_allocator *alloc,
               struct tcpclose_error *err);
void filter_free(struct filter *f);

/* Compile for a link type now: names may need the resolver, which a sandbox
 * takes away. A failure is told when a packet of that type comes. */
void filter_prepare(struct filter *f, uint32_t link_type);

/* Returns 1 if the packet passes, 0 if not, or TCPCLOSE_EOPTION if the
 * filter makes no sense for the packet's link type; file names its source. */
int filter_match(struct filter *f, const struct tcpclose_packet *pkt,
                 const char *file, struct tcpclose_error *err);

#endif
