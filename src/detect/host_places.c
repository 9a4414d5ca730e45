#include "detect/host_places.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

enum { WAYS = 4, SETS_MIN = 16, SETS_MAX = 256 };

struct host_places {
	size_t n_sets; /* a power of two */
	size_t stride; /* of places, with their tallies */
	max_align_t place[];
};

static size_t rounded_up(size_t n)
{
	const size_t unit = sizeof(max_align_t);
	return (n + unit - 1) / unit * unit;
}

struct host_places *host_places_new(size_t tally_size, uint64_t budget,
                                    const struct tcpclose_allocator *alloc)
{
	const size_t stride =
		rounded_up(sizeof(struct host_place) + tally_size);
	size_t n_sets = SETS_MIN;
	while (n_sets < SETS_MAX && n_sets * 2 * WAYS * stride <= budget)
		n_sets *= 2;
	struct host_places *places =
		alloc_new(alloc, 1, sizeof(*places) + n_sets * WAYS * stride);
	if (!places)
		return NULL;
	places->n_sets = n_sets;
	places->stride = stride;
	return places;
}

void host_places_free(struct host_places *places,
                      const struct tcpclose_allocator *alloc)
{
	alloc_free(alloc, places);
}

size_t host_places_memory(const struct host_places *places)
{
	return sizeof(*places) + places->n_sets * WAYS * places->stride;
}

static struct host_place *place_at(struct host_places *places, size_t i)
{
	unsigned char *first = (void *)places->place;
	return (void *)(first + i * places->stride);
}

static_assert(sizeof(struct host_key) == 5 * sizeof(uint64_t),
              "no padding to hash or to compare");
static_assert(SETS_MAX <= UINT8_MAX + 1, "a byte tells the set");

uint8_t host_key_bucket(const struct host_key *key)
{
	struct host_key whose = *key;
	whose.bucket = 0;
	return (uint8_t)hash_bytes(&whose, sizeof(whose), 0);
}

static size_t set_of(const struct host_places *places,
                     const struct host_key *key)
{
	return (key->bucket & (places->n_sets - 1)) * WAYS;
}

/* In words: a call of memcmp() would cost more than what it does. */
static bool is_of(const struct host_place *place, const struct host_key *key)
{
	uint64_t a[5], b[5];
	memcpy(a, &place->key, sizeof(a));
	memcpy(b, key, sizeof(b));
	return a[0] == b[0] && a[2] == b[2] && a[4] == b[4] && a[1] == b[1] &&
	       a[3] == b[3];
}

static struct host_place *find(struct host_places *places,
                               const struct host_key *key)
{
	unsigned char *at = (void *)place_at(places, set_of(places, key));
	for (unsigned i = 0; i < WAYS; i++, at += places->stride) {
		struct host_place *place = (void *)at;
		if (is_of(place, key))
			return place;
	}
	return NULL;
}

struct host_place *host_places_find(struct host_places *places,
                                    const struct host_key *key, int64_t now)
{
	struct host_place *place = find(places, key);
	if (place)
		place->last_ts = now;
	return place;
}

static bool is_lesser(const struct host_place *a, const struct host_place *b)
{
	if (a->is_held != b->is_held)
		return b->is_held;
	const bool a_used = a->key.ip_version != 0;
	const bool b_used = b->key.ip_version != 0;
	if (a_used != b_used)
		return b_used;
	if (a->weight != b->weight)
		return a->weight < b->weight;
	return a->last_ts < b->last_ts;
}

static struct host_place *take_over(struct host_places *places,
                                    const struct host_key *key, int64_t now,
                                    bool *is_new)
{
	const size_t set = set_of(places, key);
	struct host_place *place = place_at(places, set);
	for (size_t i = set + 1; i < set + WAYS; i++) {
		struct host_place *other = place_at(places, i);
		if (is_lesser(other, place))
			place = other;
	}
	if (place->is_held) {
		*is_new = false;
		return NULL;
	}
	memset(place, 0, places->stride);
	place->key = *key;
	place->since = place->last_ts = now;
	return place;
}

struct host_place *host_places_take(struct host_places *places,
                                    const struct host_key *key, int64_t now,
                                    bool *is_new)
{
	struct host_place *place = find(places, key);
	*is_new = !place;
	if (!place)
		return take_over(places, key, now, is_new);
	place->last_ts = now;
	return place;
}

struct host_place *host_places_next(struct host_places *places, size_t *i)
{
	while (*i < places->n_sets * WAYS) {
		struct host_place *place = place_at(places, (*i)++);
		if (place->key.ip_version != 0)
			return place;
	}
	return NULL;
}
