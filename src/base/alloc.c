#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *heap_resize(void *ctx, void *old, size_t size)
{
	(void)ctx;
	return realloc(old, size);
}

static void heap_release(void *ctx, void *old)
{
	(void)ctx;
	free(old);
}

const struct tcpclose_allocator alloc_default = {
	.resize = heap_resize,
	.release = heap_release,
};

void *alloc_resize(const struct tcpclose_allocator *a, void *old, size_t n,
                   size_t size)
{
	if (n == 0 || size == 0 || n > SIZE_MAX / size)
		return NULL;
	return a->resize(a->ctx, old, n * size);
}

void *alloc_new(const struct tcpclose_allocator *a, size_t n, size_t size)
{
	void *fresh = alloc_resize(a, NULL, n, size);
	if (fresh)
		memset(fresh, 0, n * size);
	return fresh;
}

void alloc_free(const struct tcpclose_allocator *a, void *old)
{
	if (old)
		a->release(a->ctx, old);
}

char *alloc_string(const struct tcpclose_allocator *a, const char *s)
{
	const size_t size = strlen(s) + 1;
	char *copy = alloc_resize(a, NULL, size, 1);
	if (copy)
		memcpy(copy, s, size);
	return copy;
}
