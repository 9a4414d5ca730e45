#include "notes.h"

#include <assert.h>
#include <string.h>

#include "tcpclose/error.h"

static size_t aligned(size_t size)
{
	return (size + 7) / 8 * 8;
}

/* The head, with the offsets of the watches. */
static size_t head_size(void)
{
	return aligned(sizeof(struct notes) + n_detectors * sizeof(uint16_t));
}

void *notes_watch(const struct notes *notes, size_t i)
{
	return notes && (notes->watching >> i & 1)
	               ? (char *)(uintptr_t)notes + notes->at[i]
	               : NULL;
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

static int begin_watch(struct notes **notes, size_t i, struct pool *pool)
{
	const size_t size = *notes ? (*notes)->size : head_size();
	const size_t more =
		aligned(detectors[i]->memory) + (*notes ? 0 : head_size());
	struct notes *grown = grow(*notes, more, pool);
	if (!grown)
		return TCPCLOSE_ENOMEM;
	assert(grown->size <= UINT16_MAX);
	grown->at[i] = (uint16_t)size;
	grown->watching |= UINT64_C(1) << i;
	*notes = grown;
	return TCPCLOSE_OK;
}

uint32_t notes_starts(uint64_t enabled)
{
	uint32_t starts = 0;
	for (size_t i = 0; i < n_detectors; i++)
		starts |= enabled >> i & 1 ? detectors[i]->starts : 0;
	return starts;
}

static int show(struct notes **notes, size_t i, const struct step *step,
                struct pool *pool)
{
	const struct detector *d = detectors[i];
	const bool watching = *notes && (*notes)->watching >> i & 1;
	if (!step_is(step, watching ? d->follows : d->starts))
		return TCPCLOSE_OK;
	if (!watching && begin_watch(notes, i, pool) < 0)
		return TCPCLOSE_ENOMEM;
	d->observe(notes_watch(*notes, i), step);
	(*notes)->touched |= UINT64_C(1) << i;
	return TCPCLOSE_OK;
}

int notes_observe(struct notes **notes, const struct step *step,
                  const struct notes_choice *choice, struct pool *pool)
{
	const bool may_begin = step_is(step, choice->starts);
	if (*notes)
		(*notes)->touched = 0;
	else if (!may_begin)
		return TCPCLOSE_OK; /* most steps end here */
	const uint64_t set = may_begin ? choice->enabled : (*notes)->watching;
	for (size_t i = 0; i < n_detectors && set >> i; i++) {
		if ((set >> i & 1) && show(notes, i, step, pool) < 0)
			return TCPCLOSE_ENOMEM;
	}
	return TCPCLOSE_OK;
}

bool notes_judge(const struct notes *notes, size_t i,
                 const struct moment *moment, unsigned n, void *detail,
                 struct finding *out)
{
	const struct detector *d = detectors[i];
	if (!notes_watch(notes, i))
		return false;
	*out = (struct finding){ .detail = detail };
	if (d->detail_size)
		memset(detail, 0, d->detail_size);
	return d->judge(notes_watch(notes, i), moment, n, out);
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
