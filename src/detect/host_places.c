#include "detect/host_places.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define XXH_INLINE_ALL /* a key is hashed at constant length */
#include <xxhash.h>

enum { WAYS = 4, SETS_MIN = 16, SETS_MAX = 256 };

struct host_places {
	size_t n_sets; /* a power of two */
	size_t memory; /* bytes, of this and the tallies */
	struct host_place place[];
};

static size_t rounded_up(size_t n)
{
	const size_t unit = sizeof(max_align_t);
	return (n + unit - 1) / unit * unit;
}

struct host_places *host_places_new(size_t tally_size, uint64_t budget,
                                    const struct tcpclose_allocator *alloc)
{
	const size_t tally = rounded_up(tally_size);
	const size_t size = sizeof(struct host_place) + tally;
	size_t n_sets = SETS_MIN;
	while (n_sets < SETS_MAX && n_sets * 2 * WAYS * size <= budget)
		n_sets *= 2;
	const size_t n = n_sets * WAYS;
	const size_t head = rounded_up(sizeof(struct host_places) +
	                               n * sizeof(struct host_place));
	struct host_places *places = alloc_new(alloc, 1, head + n * tally);
	if (!places)
		return NULL;
	places->n_sets = n_sets;
	places->memory = head + n * tally;
	for (size_t i = 0; i < n; i++)
		places->place[i].tally = (char *)places + head + i * tally;
	return places;
}

void host_places_free(struct host_places *places,
                      const struct tcpclose_allocator *alloc)
{
	alloc_free(alloc, places);
}

size_t host_places_memory(const struct host_places *places)
{
	return places->memory;
}

static_assert(sizeof(struct host_key) == 5 * sizeof(uint64_t),
              "no padding to hash or to compare");
static_assert(SETS_MAX <= UINT8_MAX + 1, "a byte tells the set");

uint8_t host_key_bucket(const struct host_key *key)
{
	uint64_t whose[5];
	memcpy(whose, key, sizeof(key->client) + sizeof(key->server));
	/* Not copied: the processor waits for what was just stored in parts and
	 * is loaded as one. */
	whose[4] = htole64((uint64_t)key->ip_version << 16 | key->port);
	return (uint8_t)XXH3_64bits_withSeed(whose, sizeof(whose), 0);
}

/* The first place of the set that a key belongs to. */
static struct host_place *set_of(struct host_places *places,
                                 const struct host_key *key)
{
	return &places->place[(key->bucket & (places->n_sets - 1)) * WAYS];
}

static uint64_t word(const struct host_key *key, size_t i)
{
	uint64_t w;
	memcpy(&w, (const char *)key + i * sizeof(w), sizeof(w));
	return w;
}

/* In words, the client's first: a call of memcmp() would cost more than what it
 * does. */
static bool is_same(const struct host_key *a, const struct host_key *b)
{
	return word(a, 0) == word(b, 0) && word(a, 2) == word(b, 2) &&
	       word(a, 4) == word(b, 4) && word(a, 1) == word(b, 1) &&
	       word(a, 3) == word(b, 3);
}

static struct host_place *find(struct host_places *places,
                               const struct host_key *key)
{
	struct host_place *place = set_of(places, key);
	for (unsigned i = 0; i < WAYS; i++, place++) {
		if (place->key.ip_version == 0)
			break; /* they are taken in order */
		if (is_same(&place->key, key))
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
	struct host_place *place = set_of(places, key), *other = place + 1;
	for (unsigned i = 1; i < WAYS; i++, other++) {
		if (is_lesser(other, place))
			place = other;
	}
	*is_new = !place->is_held;
	if (place->is_held)
		return NULL;
	place->key = *key;
	place->weight = 0;
	place->since = place->last_ts = now;
	return place;
}

struct host_place *host_places_take(struct host_places *places,
                                    const struct host_key *key, int64_t now,
                                    bool *is_new)
{
	struct host_place *place = find(places, key);
	if (!place)
		return take_over(places, key, now, is_new);
	*is_new = false;
	place->last_ts = now;
	return place;
}

struct host_place *host_places_next(struct host_places *places, size_t *i)
{
	while (*i < places->n_sets * WAYS) {
		struct host_place *place = &places->place[(*i)++];
		if (place->key.ip_version != 0)
			return place;
	}
	return NULL;
}
