#include "detect/host_places.h"

#include <string.h>

#include "base/hash.h"

struct host_key host_key_of(const struct four_tuple *tuple)
{
	struct host_key key;
	memset(&key, 0, sizeof(key));
	key.client = tuple->src;
	key.server = tuple->dst;
	key.port = tuple->dport;
	key.ip_version = tuple->ip_version;
	key.in_use = 1;
	return key;
}

static size_t set_of(const struct host_key *key)
{
	const uint64_t hash = hash_bytes(key, sizeof(*key), 0);
	return (size_t)(hash % HOST_SETS) * HOST_WAYS;
}

size_t host_places_find(struct host_places *places, const struct host_key *key,
                        int64_t now)
{
	const size_t set = set_of(key);
	for (size_t i = set; i < set + HOST_WAYS; i++) {
		if (memcmp(&places->at[i].key, key, sizeof(*key)) == 0) {
			places->at[i].last_ts = now;
			return i;
		}
	}
	return HOST_NOWHERE;
}

static bool is_lesser(const struct host_place *a, const struct host_place *b)
{
	if (a->key.in_use != b->key.in_use)
		return b->key.in_use;
	if (a->weight != b->weight)
		return a->weight < b->weight;
	return a->last_ts < b->last_ts;
}

size_t host_places_take(struct host_places *places, const struct host_key *key,
                        int64_t now, bool *is_new)
{
	const size_t at = host_places_find(places, key, now);
	*is_new = at == HOST_NOWHERE;
	if (!*is_new)
		return at;
	const size_t set = set_of(key);
	size_t least = set;
	for (size_t i = set + 1; i < set + HOST_WAYS; i++) {
		if (is_lesser(&places->at[i], &places->at[least]))
			least = i;
	}
	places->at[least] = (struct host_place){ .key = *key, .last_ts = now };
	return least;
}
