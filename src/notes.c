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

static int begin_notes(struct notes **notes, const struct notes_plan *plan,
                       struct pool *pool)
{
	*notes = grow(NULL, head_size(), pool);
	if (!*notes)
		return TCPCLOSE_ENOMEM;
	(*notes)->wants = plan->starts;
	return TCPCLOSE_OK;
}

static int begin_watch(struct notes **notes, size_t i, struct pool *pool)
{
	const size_t at = (*notes)->size;
	struct notes *grown = grow(*notes, aligned(detectors[i]->memory), pool);
	if (!grown)
		return TCPCLOSE_ENOMEM;
	assert(grown->size <= UINT16_MAX);
	grown->at[i] = (uint16_t)at;
	grown->wants |= detectors[i]->follows;
	*notes = grown;
	return TCPCLOSE_OK;
}

struct notes_plan notes_plan_of(uint64_t enabled)
{
	struct notes_plan plan = { .enabled = enabled };
	for (size_t i = 0; i < n_detectors; i++) {
		if (enabled >> i & 1)
			plan.starts |= detectors[i]->starts;
	}
	return plan;
}

static int show(struct notes **notes, const struct step *step, size_t i,
                const struct notes_plan *plan, struct pool *pool)
{
	const struct detector *d = detectors[i];
	const bool watching = *notes && notes_watch(*notes, i);
	int status = TCPCLOSE_OK;

	if (!(plan->enabled >> i & 1) ||
	    !step_is(step, watching ? d->follows : d->starts))
		return TCPCLOSE_OK;
	if (!*notes)
		status = begin_notes(notes, plan, pool);
	if (status >= 0 && !watching)
		status = begin_watch(notes, i, pool);
	if (status < 0)
		return status;
	d->observe(own_watch(*notes, i), step);
	(*notes)->touched |= UINT64_C(1) << i;
	return TCPCLOSE_OK;
}

/* Most steps concern nobody. */
int notes_observe(struct notes **notes, const struct step *step,
                  const struct notes_plan *plan, struct pool *pool)
{
	int status = TCPCLOSE_OK;
	if (*notes)
		(*notes)->touched = 0;
	if (!step_is(step, *notes ? (*notes)->wants : plan->starts))
		return status;
	for (size_t i = 0; i < n_detectors && status >= 0; i++)
		status = show(notes, step, i, plan, pool);
	return status;
}

bool notes_judge(const struct notes *notes, size_t i,
                 const struct moment *moment, unsigned n, void *detail,
                 struct finding *out)
{
	const struct detector *d = detectors[i];
	finding_clear(out, detail);
	if (d->detail_size)
		memset(detail, 0, d->detail_size);
	return d->judge(notes_watch(notes, i), moment, n, out);
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
