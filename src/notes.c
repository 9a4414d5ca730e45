#include "notes.h"

#include "tcpclose/error.h"

static int begin_watch(struct notes *notes, size_t i,
                       const struct tcpclose_allocator *alloc)
{
	notes->watch[i] = alloc_new(alloc, 1, detectors[i]->memory);
	if (!notes->watch[i])
		return TCPCLOSE_ENOMEM;
	notes->n_bytes += detectors[i]->memory;
	return TCPCLOSE_OK;
}

static int begin_notes(struct notes **notes,
                       const struct tcpclose_allocator *alloc)
{
	const size_t size = sizeof(struct notes) + n_detectors * sizeof(void *);
	*notes = alloc_new(alloc, 1, size);
	if (!*notes)
		return TCPCLOSE_ENOMEM;
	(*notes)->n_bytes = size;
	return TCPCLOSE_OK;
}

int notes_observe(struct notes **notes, const struct step *step,
                  uint64_t enabled, const struct tcpclose_allocator *alloc)
{
	for (size_t i = 0; i < n_detectors; i++) {
		const struct detector *d = detectors[i];
		const bool watching = *notes && (*notes)->watch[i];
		int status = TCPCLOSE_OK;

		if (!(enabled >> i & 1) ||
		    !step_is(step, watching ? d->follows : d->starts))
			continue;
		if (!*notes)
			status = begin_notes(notes, alloc);
		if (status >= 0 && !watching)
			status = begin_watch(*notes, i, alloc);
		if (status < 0)
			return status;
		d->observe((*notes)->watch[i], step);
	}
	return TCPCLOSE_OK;
}

void notes_free(struct notes *notes, const struct tcpclose_allocator *alloc)
{
	if (!notes)
		return;
	for (size_t i = 0; i < n_detectors; i++)
		alloc_free(alloc, notes->watch[i]);
	alloc_free(alloc, notes);
}
