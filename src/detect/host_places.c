#include "detect/host_places.h"

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

struct host_key host_key_of(const struct ip_addr *client,
                            const struct ip_addr *server, uint16_t port,
                            uint8_t ip_version)
{
	_Static_assert(sizeof(struct host_key) == 40, "no padding to hash");
	struct host_key key = { *client, *server, port, ip_version, 0 };
	key.hash = (uint32_t)hash_bytes(&key, sizeof(key), 0);
	return key;
}

static size_t set_of(const struct host_places *places,
                     const struct host_key *key)
{
	return (key->hash & (places->n_sets - 1)) * WAYS;
}

static bool is_of(const struct host_place *place, const struct host_key *key)
{
	return place->key.hash == key->hash &&
	       memcmp(&place->key, key, sizeof(*key)) == 0;
}

struct host_place *host_places_find(struct host_places *places,
                                    const struct host_key *key, int64_t now)
{
	const size_t set = set_of(places, key);
	for (size_t i = set; i < set + WAYS; i++) {
		struct host_place *place = place_at(places, i);
		if (is_of(place, key)) {
			place->last_ts = now;
			return place;
		}
	}
	return NULL;
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

struct host_place *host_places_take(struct host_places *places,
                                    const struct host_key *key, int64_t now,
                                    bool *is_new)
{
	struct host_place *place = host_places_find(places, key, now);
	*is_new = !place;
	if (place)
		return place;
	const size_t set = set_of(places, key);
	place = place_at(places, set);
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

struct host_place *host_places_next(struct host_places *places, size_t *i)
{
	while (*i < places->n_sets * WAYS) {
		struct host_place *place = place_at(places, (*i)++);
		if (place->key.ip_version != 0)
			return place;
	}
	return NULL;
}
