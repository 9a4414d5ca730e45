#include "notes.h"

#include <assert.h>
#include <string.h>

#include "tcpclose/error.h"

static size_t aligned(size_t size)
{
	return (size + 7) / 8 * 8;
}

static size_t head_size(void)
{
	return aligned(sizeof(struct notes) + n_detectors * sizeof(uint16_t));
}

static void *own_watch(struct notes *notes, size_t i)
{
	return (char *)notes + notes->at[i];
}

/* The block with room for so many bytes more, which are zeroed. */
static struct notes *grow(struct notes *old, size_t more, struct pool *pool)
{
	const size_t size = old ? old->size : 0;
	struct notes *notes = old;
	if (!old || pool_object_bytes(size + more) != pool_object_bytes(size)) {
		notes = pool_take(pool, size + more);
		if (!notes)
			return NULL;
		if (old)
			memcpy(notes, old, size);
		pool_give(pool, old);
	}
	memset((char *)notes + size, 0, more);
	notes->size = (uint32_t)(size + more);
	return notes;
}

/* Takes the first member out of a set that has one. */
static size_t take_first(uint64_t *set)
{
	const size_t i = (size_t)__builtin_ctzll(*set);
	*set &= *set - 1;
	return i;
}

/* What begins with one step is given room at once. */
static int begin_watches(struct notes **notes, uint64_t set, struct pool *pool)
{
	size_t at = *notes ? (*notes)->size : head_size();
	size_t more = *notes ? 0 : at;
	for (uint64_t left = set; left;)
		more += aligned(detectors[take_first(&left)]->memory);
	struct notes *grown = grow(*notes, more, pool);
	if (!grown)
		return TCPCLOSE_ENOMEM;
	assert(grown->size <= UINT16_MAX);
	for (uint64_t left = set; left;) {
		const size_t i = take_first(&left);
		grown->at[i] = (uint16_t)at;
		grown->follows |= detectors[i]->follows;
		at += aligned(detectors[i]->memory);
	}
	grown->watching |= set;
	*notes = grown;
	return TCPCLOSE_OK;
}

static void plan_for(struct notes_plan *plan, size_t i)
{
	const struct detector *d = detectors[i];
	const uint64_t self = UINT64_C(1) << i;
	plan->starts[true] |= d->starts;
	if (d->in_close)
		plan->in_close |= self;
	else
		plan->starts[false] |= d->starts;
	for (unsigned bit = 0; bit < NOTES_MEANINGS; bit++) {
		if (d->starts >> bit & 1)
			plan->begin[bit] |= self;
		if (d->follows >> bit & 1)
			plan->follow[bit] |= self;
	}
}

struct notes_plan notes_plan_of(uint64_t enabled)
{
	struct notes_plan plan = { .in_close = 0 };
	for (size_t i = 0; i < n_detectors; i++) {
		if (enabled >> i & 1)
			plan_for(&plan, i);
	}
	return plan;
}

/* All detectors that any meaning of a step concerns. */
static uint64_t any_of(const uint64_t by_meaning[static NOTES_MEANINGS],
                       const struct step *step)
{
	uint64_t set = 0;
	for (uint64_t left = step->meaning; left;)
		set |= by_meaning[take_first(&left)];
	return set;
}

/* Those without a watch that begin one with this step. */
static uint64_t beginners(const struct notes_plan *plan, uint64_t watching,
                          const struct step *step)
{
	uint64_t set = 0, left = any_of(plan->begin, step) & ~watching;
	if (!step->conn->closing)
		left &= ~plan->in_close;
	while (left) {
		const uint64_t first = left & -left;
		const struct detector *d = detectors[take_first(&left)];
		if (!d->begins || d->begins(step))
			set |= first;
	}
	return set;
}

struct notes_minds notes_minds(const struct notes *notes,
                               const struct step *step,
                               const struct notes_plan *plan)
{
	const uint64_t watching = notes ? notes->watching : 0;
	const uint64_t begin = beginners(plan, watching, step);
	uint64_t all = begin;
	if (watching)
		all |= any_of(plan->follow, step) & watching;
	return (struct notes_minds){ .all = all, .begin = begin };
}

int notes_observe(struct notes **notes, const struct step *step,
                  struct notes_minds minds, struct pool *pool)
{
	uint64_t set = minds.all;
	if (minds.begin && begin_watches(notes, minds.begin, pool) < 0)
		return TCPCLOSE_ENOMEM;
	if (set)
		(*notes)->touched |= set;
	while (set) {
		const size_t i = take_first(&set);
		detectors[i]->observe(own_watch(*notes, i), step);
	}
	return TCPCLOSE_OK;
}

bool notes_judge(const struct notes *notes, size_t i,
                 const struct moment *moment, unsigned n, void *detail,
                 struct finding *out)
{
	return detector_judge(detectors[i], notes_watch(notes, i), moment, n,
	                      detail, out);
}

bool notes_hear(struct notes *notes, size_t i, const struct moment *moment,
                unsigned n, const struct kernel_word *word)
{
	if (!detectors[i]->hear)
		return false;
	detectors[i]->hear(own_watch(notes, i), moment, n, word);
	return true;
}

size_t notes_detail_size(void)
{
	size_t largest = 1;
	for (size_t i = 0; i < n_detectors; i++) {
		if (detectors[i]->detail_size > largest)
			largest = detectors[i]->detail_size;
	}
	return largest;
}

void notes_free(struct notes *notes, struct pool *pool)
{
	if (!notes)
		return;
	pool_give(pool, notes->told);
	pool_give(pool, notes);
}
