/*
 * Interface for memory for millions of small things: slabs that come from the
 * allocator in chunks, each cut into objects of one size.
 *
 *	chunk   |~~~|  slab  |  slab  |  slab  |  ...
 *	slab    [head|object|object|object| ... ]
 *
 * The packet path takes and gives objects without a call of malloc(3), whose
 * sixteen bytes a block, search and merging cost a tenth of a run; a slab
 * whose objects were all given back serves any size again; and the end gives
 * back a few chunks, not a million objects.
 *
 * A slab lies at an address that is a multiple of its size, so an object
 * leads to its slab without a word of its own, and can be named by a 32-bit
 * reference: the slab's number and the place in it.
 */
#ifndef TCPCLOSE_BASE_POOL_H
#define TCPCLOSE_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

#define POOL_CLASSES    71
#define POOL_OBJECT_MAX 15360 /* bytes */

struct slab;

struct pool {
	const struct tcpclose_allocator *alloc;
	unsigned slab_bits;   /* log 2 of a slab's size */
	unsigned chunk_slabs; /* slabs in a chunk */
	struct slab **slab;   /* by number */
	uint32_t n_slabs, slab_room;
	uint32_t n_spare;   /* slabs without an object, of no size yet */
	uint32_t n_lacking; /* sizes in use that have no object left */
	struct slab *spare;
	struct slab *partial[POOL_CLASSES]; /* that have objects left */
	uint32_t n_of_class[POOL_CLASSES];  /* slabs */
	struct chunk *chunks;
	uint64_t live;  /* bytes of objects that are out */
	uint64_t taken; /* bytes taken from the allocator */
};

/* A name for an object; 0 names none. */
typedef uint32_t pool_ref;

/* Of so many bytes in slabs each object has a name: 32 bits of eight bytes.
 * There is no memory beyond. */
#define POOL_BYTES_MAX (UINT64_C(8) << 32)

/*
 * An empty pool, which allocates nothing yet.
 *
 * budget  bytes that it is meant to hold at most: a small one gets small
 *         slabs. The pool itself does not keep to it.
 */
void pool_init(struct pool *p, const struct tcpclose_allocator *alloc,
               uint64_t budget);

/* Gives everything back, with all objects. */
void pool_fini(struct pool *p);

/* An object of `size` bytes, POOL_OBJECT_MAX at most, aligned for pointers and
 * 64-bit numbers, not zeroed; NULL if there is no memory. */
void *pool_take(struct pool *p, size_t size);
void *pool_take_zeroed(struct pool *p, size_t size);

/* An object of that size can be taken without another chunk. */
bool pool_has(const struct pool *p, size_t size);

/* Give an object back; NULL is fine. */
void pool_give(struct pool *p, void *object);

/* What one more chunk would take from the allocator. */
uint64_t pool_chunk_bytes(const struct pool *p);

/* Bytes that an object of that size really occupies. */
size_t pool_object_bytes(size_t size);

/* What slabs of objects of that size take. */
uint64_t pool_bytes_for(const struct pool *p, size_t size);

pool_ref pool_ref_of(const struct pool *p, void *object);

/* The object of a reference that is not 0. */
static inline void *pool_at(const struct pool *p, pool_ref ref)
{
	const unsigned bits = p->slab_bits - 3;
	return (char *)(void *)p->slab[ref >> bits] +
	       ((size_t)(ref & ((1u << bits) - 1)) << 3);
}

#endif
