#include "record/offenders.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static_assert(sizeof(struct offender_key) == 5 * sizeof(uint64_t),
              "no padding to compare");

/* FNV-1a, folded to a byte. Anyone may aim at one tag: that costs a scan of
 * OFFENDERS keys, no more. */
static uint8_t tag_of(const struct offender_key *key)
{
	uint64_t words[sizeof(*key) / sizeof(uint64_t)];
	memcpy(words, key, sizeof(words));
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		hash = (hash ^ words[i]) * UINT64_C(0x100000001b3);
	return (uint8_t)(hash >> 56);
}

/* In words: connections of one key come in rows, so that this is most of what
 * is done. */
static bool is_of(const struct offender *o, const struct offender_key *key)
{
	uint64_t a[5], b[5];
	memcpy(a, &o->key, sizeof(a));
	memcpy(b, key, sizeof(b));
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] &&
	       a[4] == b[4];
}

/* Its place; list->n if it has none. */
static size_t place_of(const struct offenders *list,
                       const struct offender_key *key, uint8_t tag)
{
	const uint8_t *from = list->tag;
	const uint8_t *end = list->tag + list->n;
	while (from < end) {
		const uint8_t *hit = memchr(from, tag, (size_t)(end - from));
		if (!hit)
			break;
		const size_t place = (size_t)(hit - list->tag);
		if (is_of(&list->at[place], key))
			return place;
		from = hit + 1;
	}
	return list->n;
}

static struct offender *smallest(struct offenders *list)
{
	struct offender *least = &list->at[0];
	for (size_t i = 1; i < OFFENDERS; i++)
		if (list->at[i].weight < least->weight)
			least = &list->at[i];
	return least;
}

/* A counter for a key that has none: a free one, or the smallest. */
static struct offender *take(struct offenders *list,
                             const struct offender_key *key, uint8_t tag)
{
	const bool is_free = list->n < OFFENDERS;
	struct offender *o = is_free ? &list->at[list->n] : smallest(list);
	const uint64_t inherited = is_free ? 0 : o->weight;
	list->n += is_free;
	list->tag[o - list->at] = tag;
	*o = (struct offender){
		.key = *key,
		.weight = inherited,
		.error = inherited,
		.first = INT64_MAX,
		.last = INT64_MIN,
	};
	return o;
}

struct offender *offenders_add(struct offenders *list,
                               const struct offender_key *key, uint64_t weight)
{
	struct offender *o = &list->at[list->newest];
	if (list->newest >= list->n || !is_of(o, key)) {
		const uint8_t tag = tag_of(key);
		const size_t place = place_of(list, key, tag);
		o = place < list->n ? &list->at[place] : take(list, key, tag);
		list->newest = (uint32_t)(o - list->at);
	}
	o->weight += weight;
	return o;
}

const struct offender *offenders_find(const struct offenders *list,
                                      const struct offender_key *key)
{
	const size_t place = place_of(list, key, tag_of(key));
	return place < list->n ? &list->at[place] : NULL;
}

static bool is_worse(const struct offender *a, const struct offender *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight;
	return memcmp(&a->key, &b->key, sizeof(a->key)) < 0;
}

size_t offenders_top(const struct offenders *list, size_t k,
                     const struct offender *top[])
{
	size_t n = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct offender *o = &list->at[i];
		size_t at = n;
		while (at > 0 && is_worse(o, top[at - 1]))
			at--;
		if (at == k)
			continue;
		n += n < k;
		memmove(top + at + 1, top + at, (n - at - 1) * sizeof(top[0]));
		top[at] = o;
	}
	return n;
}
