/*
 * Interface for memory: every allocation of the library goes through the
 * allocator of its handle, so that a test can fail each one in turn.
 */
#ifndef TCPCLOSE_BASE_ALLOC_H
#define TCPCLOSE_BASE_ALLOC_H

#include <stddef.h>

#include "tcpclose/alloc.h"

/* The C library's heap. */
extern const struct tcpclose_allocator alloc_default;

/* Zeroed memory for n things of `size` bytes; NULL if there is none. */
void *alloc_new(const struct tcpclose_allocator *a, size_t n, size_t size);

/* Grow or shrink `old` (may be NULL) to n things; new bytes are not zeroed. */
void *alloc_resize(const struct tcpclose_allocator *a, void *old, size_t n,
                   size_t size);

/* Give memory back; NULL is fine. */
void alloc_free(const struct tcpclose_allocator *a, void *old);

/* A copy of a string; NULL if there is no memory. */
char *alloc_string(const struct tcpclose_allocator *a, const char *s);

#endif
