#include "base/pool.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/clear.h"

/* Objects that are not out are unreadable where a sanitizer looks on. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define HIDE(at, n) __asan_poison_memory_region(at, n)
#define SHOW(at, n) __asan_unpoison_memory_region(at, n)
#else
#define HIDE(at, n) ((void)(at), (void)(n))
#define SHOW(at, n) ((void)(at), (void)(n))
#endif

#define BIG_BUDGET  (UINT64_C(64) << 20)
#define LINE        64 /* bytes of a cache line */
#define COLOURS     8
#define SPARE_CLASS UINT8_MAX

struct slab {
	struct slab *prev, *next; /* in the list of its class, or of spares */
	void *given;              /* back: a chain of free objects */
	uint32_t number;
	uint32_t object;   /* bytes */
	uint16_t n_live;   /* objects that are out */
	uint16_t capacity; /* of objects */
	uint16_t n_fresh;  /* that were never out */
	uint8_t class;
};

/* The heads of slabs lie on different lines of their first pages, lest they
 * all fall into one set of the cache (Bonwick, The slab allocator, 1994,
 * section 4.1): which line, the address says. */
#define HEAD_ROOM (COLOURS * LINE)
static_assert(sizeof(struct slab) <= LINE, "a slab's head is one line");

struct chunk {
	struct chunk *next;
};

/* ---- sizes ------------------------------------------------------- */

/* Steps of an eighth or less above 128 bytes, so that little is wasted; powers
 * of two, for a division is a quarter of taking an object. */
static const struct band {
	size_t from, to;
	unsigned step;  /* log 2 */
	unsigned first; /* class */
} bands[] = {
	{ 0, 128, 3, 0 },      { 128, 512, 4, 16 },     { 512, 1024, 6, 40 },
	{ 1024, 4096, 8, 48 }, { 4096, 15360, 10, 60 },
};

static const struct band *band_of(size_t size)
{
	const struct band *band = bands;
	while (size > band->to)
		band++;
	return band;
}

static unsigned class_of(size_t size)
{
	const struct band *band = band_of(size);
	return band->first + (unsigned)((size - band->from - 1) >> band->step);
}

size_t pool_object_bytes(size_t size)
{
	const struct band *band = band_of(size);
	const size_t step = (size_t)1 << band->step;
	return band->from + ((size - band->from + step - 1) & ~(step - 1));
}

uint64_t pool_bytes_for(const struct pool *p, size_t size)
{
	return (uint64_t)p->n_of_class[class_of(size)] << p->slab_bits;
}

/* ---- slabs ------------------------------------------------------- */

static size_t slab_size(const struct pool *p)
{
	return (size_t)1 << p->slab_bits;
}

static struct slab *head_at(char *base, unsigned slab_bits)
{
	const uintptr_t colour = ((uintptr_t)base >> slab_bits) % COLOURS;
	return (struct slab *)(void *)(base + colour * LINE);
}

/* How far from the beginning of its slab an object lies. */
static size_t offset_of(const struct pool *p, const void *object)
{
	return (uintptr_t)object & (slab_size(p) - 1);
}

static struct slab *slab_of(const struct pool *p, void *object)
{
	return head_at((char *)object - offset_of(p, object), p->slab_bits);
}

/* The first object lies behind the head, at the same distance from it in
 * every slab: how many fit must not depend on addresses. */
static char *object_at(struct slab *s, unsigned i)
{
	return (char *)s + LINE + (size_t)i * s->object;
}

static void join(struct slab **list, struct slab *s)
{
	s->prev = NULL;
	s->next = *list;
	if (*list)
		(*list)->prev = s;
	*list = s;
}

static void leave(struct slab **list, struct slab *s)
{
	if (s->prev)
		s->prev->next = s->next;
	else
		*list = s->next;
	if (s->next)
		s->next->prev = s->prev;
}

static bool is_lacking(const struct pool *p, unsigned class)
{
	return p->n_of_class[class] > 0 && !p->partial[class];
}

static void make_spare(struct pool *p, struct slab *s)
{
	s->class = SPARE_CLASS;
	join(&p->spare, s);
	p->n_spare++;
}

/* Objects in one more chunk could be named. */
static bool can_name_more(const struct pool *p)
{
	const uint64_t n = (uint64_t)p->n_slabs + p->chunk_slabs;
	return n << p->slab_bits <= POOL_BYTES_MAX;
}

static bool add_chunk(struct pool *p)
{
	const size_t size = slab_size(p);
	if (!can_name_more(p))
		return false;
	if (p->n_slabs + p->chunk_slabs > p->slab_room) {
		const uint32_t room = (p->slab_room + p->chunk_slabs) * 2;
		struct slab **more =
			alloc_resize(p->alloc, p->slab, room, sizeof(*more));
		if (!more)
			return false;
		p->slab = more;
		p->taken += (room - p->slab_room) * sizeof(*more);
		p->slab_room = room;
	}
	struct chunk *chunk =
		alloc_resize(p->alloc, NULL, (size_t)pool_chunk_bytes(p), 1);
	if (!chunk)
		return false;
	chunk->next = p->chunks;
	p->chunks = chunk;
	p->taken += pool_chunk_bytes(p);
	char *base = (char *)(chunk + 1);
	base += -(uintptr_t)base & (size - 1);
	for (unsigned i = 0; i < p->chunk_slabs; i++, base += size) {
		struct slab *s = head_at(base, p->slab_bits);
		s->number = p->n_slabs;
		p->slab[p->n_slabs++] = (struct slab *)(void *)base;
		make_spare(p, s);
	}
	return true;
}

/* A spare slab becomes one of the class. */
static struct slab *open_slab(struct pool *p, unsigned class, size_t object)
{
	if (!p->spare && !add_chunk(p))
		return NULL;
	struct slab *s = p->spare;
	assert(s); /* a new chunk is all spare slabs */
	leave(&p->spare, s);
	p->n_spare--;
	p->n_lacking -= is_lacking(p, class);
	s->given = NULL;
	s->object = (uint32_t)object;
	s->n_live = 0;
	s->capacity = (uint16_t)((slab_size(p) - HEAD_ROOM) / object);
	s->n_fresh = s->capacity;
	s->class = (uint8_t) class;
	HIDE(object_at(s, 0), s->capacity * object);
	join(&p->partial[class], s);
	p->n_of_class[class]++;
	return s;
}

static void close_slab(struct pool *p, struct slab *s)
{
	const unsigned class = s->class;
	SHOW(object_at(s, 0), (size_t)s->capacity * s->object);
	leave(&p->partial[class], s);
	p->n_of_class[class]--;
	p->n_lacking += is_lacking(p, class);
	make_spare(p, s);
}

/* ---- objects ----------------------------------------------------- */

void *pool_take(struct pool *p, size_t size)
{
	assert(size > 0 && size <= POOL_OBJECT_MAX);
	const unsigned class = class_of(size);
	struct slab *s = p->partial[class];
	if (!s)
		s = open_slab(p, class, pool_object_bytes(size));
	if (!s)
		return NULL;

	void *object = s->given;
	if (object) {
		SHOW(object, s->object);
		memcpy(&s->given, object, sizeof(s->given));
	} else {
		object = object_at(s, (unsigned)(s->capacity - s->n_fresh));
		s->n_fresh--;
		SHOW(object, s->object);
	}
	s->n_live++;
	p->live += s->object;
	if (s->n_live == s->capacity) {
		leave(&p->partial[class], s);
		p->n_lacking += is_lacking(p, class);
	}
	return object;
}

bool pool_has(const struct pool *p, size_t size)
{
	return p->partial[class_of(size)] || p->spare;
}

void *pool_take_zeroed(struct pool *p, size_t size)
{
	void *object = pool_take(p, size);
	if (object)
		clear_bytes(object, size);
	return object;
}

void pool_give(struct pool *p, void *object)
{
	if (!object)
		return;
	struct slab *s = slab_of(p, object);
	assert(s->n_live > 0);
	if (s->n_live == s->capacity) {
		p->n_lacking -= is_lacking(p, s->class);
		join(&p->partial[s->class], s);
	}
	memcpy(object, &s->given, sizeof(s->given));
	s->given = object;
	HIDE(object, s->object);
	p->live -= s->object;
	if (--s->n_live == 0)
		close_slab(p, s);
}

pool_ref pool_ref_of(const struct pool *p, void *object)
{
	const pool_ref place = (pool_ref)(offset_of(p, object) >> 3);
	return slab_of(p, object)->number << (p->slab_bits - 3) | place;
}

/* ---- the pool ---------------------------------------------------- */

uint64_t pool_chunk_bytes(const struct pool *p)
{
	return ((uint64_t)p->chunk_slabs + 1) * slab_size(p) +
	       sizeof(struct chunk);
}

void pool_init(struct pool *p, const struct tcpclose_allocator *alloc,
               uint64_t budget)
{
	memset(p, 0, sizeof(*p));
	p->alloc = alloc;
	p->slab_bits = budget < BIG_BUDGET ? 14 : 16;
	p->chunk_slabs = budget < BIG_BUDGET / 8 ? 3 : 15;
}

void pool_fini(struct pool *p)
{
	while (p->chunks) {
		struct chunk *next = p->chunks->next;
		SHOW(p->chunks, pool_chunk_bytes(p));
		alloc_free(p->alloc, p->chunks);
		p->chunks = next;
	}
	alloc_free(p->alloc, p->slab);
	p->slab = NULL;
}
