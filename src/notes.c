#include "notes.h"

#include <string.h>

#include "tcpclose/error.h"

static int begin_watch(struct notes *notes, size_t i,
                       const struct tcpclose_allocator *alloc)
{
	notes->watch[i] = alloc_new(alloc, 1, detectors[i]->memory);
	if (!notes->watch[i])
		return TCPCLOSE_ENOMEM;
	notes->n_bytes += detectors[i]->memory;
	notes->wants |= detectors[i]->follows;
	return TCPCLOSE_OK;
}

static int begin_notes(struct notes **notes, const struct notes_plan *plan,
                       const struct tcpclose_allocator *alloc)
{
	const size_t size = sizeof(struct notes) + n_detectors * sizeof(void *);
	*notes = alloc_new(alloc, 1, size);
	if (!*notes)
		return TCPCLOSE_ENOMEM;
	(*notes)->n_bytes = size;
	(*notes)->wants = plan->starts;
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
                const struct notes_plan *plan,
                const struct tcpclose_allocator *alloc)
{
	const struct detector *d = detectors[i];
	const bool watching = *notes && (*notes)->watch[i];
	int status = TCPCLOSE_OK;

	if (!(plan->enabled >> i & 1) ||
	    !step_is(step, watching ? d->follows : d->starts))
		return TCPCLOSE_OK;
	if (!*notes)
		status = begin_notes(notes, plan, alloc);
	if (status >= 0 && !watching)
		status = begin_watch(*notes, i, alloc);
	if (status < 0)
		return status;
	d->observe((*notes)->watch[i], step);
	(*notes)->touched |= UINT64_C(1) << i;
	return TCPCLOSE_OK;
}

/* Most steps concern nobody. */
int notes_observe(struct notes **notes, const struct step *step,
                  const struct notes_plan *plan,
                  const struct tcpclose_allocator *alloc)
{
	int status = TCPCLOSE_OK;
	if (*notes)
		(*notes)->touched = 0;
	if (!step_is(step, *notes ? (*notes)->wants : plan->starts))
		return status;
	for (size_t i = 0; i < n_detectors && status >= 0; i++)
		status = show(notes, step, i, plan, alloc);
	return status;
}

bool notes_judge(const struct notes *notes, size_t i,
                 const struct moment *moment, unsigned n, void *detail,
                 struct finding *out)
{
	const struct detector *d = detectors[i];
	*out = (struct finding){ .detail = detail };
	if (d->detail_size)
		memset(detail, 0, d->detail_size);
	return d->judge(notes->watch[i], moment, n, out);
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

void notes_free(struct notes *notes, const struct tcpclose_allocator *alloc)
{
	if (!notes)
		return;
	for (size_t i = 0; i < n_detectors; i++)
		alloc_free(alloc, notes->watch[i]);
	alloc_free(alloc, notes->told);
	alloc_free(alloc, notes);
}
