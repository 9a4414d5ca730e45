/*
 * The allocator that a handle of libtcpclose uses.
 */
#ifndef TCPCLOSE_ALLOC_H
#define TCPCLOSE_ALLOC_H

#include <stddef.h>

/*
 * resize   realloc(3) in behaviour: old may be NULL; returns NULL on failure
 *          and leaves `old` as it was. Never called with size 0.
 * release  free(3) in behaviour.
 */
struct tcpclose_allocator {
	void *ctx; /* borrowed for the life of the handle */
	void *(*resize)(void *ctx, void *old, size_t size);
	void (*release)(void *ctx, void *old);
};

#endif
