#include "record/sources.h"

#include "base/frame.h"
#include "base/text.h"

static const char *name_of(const struct source_names *names, uint64_t frame)
{
	const uint32_t source = frame_source(frame);
	if (source == FRAME_SOURCE_UNKNOWN)
		return "unknown";
	return names->name ? names->name(names->ctx, source) : NULL;
}

const char *source_elsewhere(const struct source_names *names, uint64_t frame,
                             const char *source)
{
	if (!names->several || frame_number(frame) == 0)
		return NULL;
	const char *name = name_of(names, frame);
	return !name || text_is(source, name) ? NULL : name;
}

void source_name_frame(const struct source_names *names, const char *source,
                       struct frame_named *frame)
{
	frame->source = source_elsewhere(names, frame->frame, source);
}

void sources_name_frames(const struct source_names *names, const char *source,
                         const struct field *fields, void *data)
{
	if (!names->several || !data)
		return;
	for (const struct field *f = fields; f->name; f++) {
		void *at = (char *)data + f->offset;
		if (f->type == FIELD_FRAME)
			source_name_frame(names, source, at);
	}
}

static uint64_t frame_at(const struct numbers *frames, uint32_t i)
{
	return (uint64_t)frames->at[i];
}

/* A name is looked up where it changes: nearly all are of one file. */
static bool are_elsewhere(const struct source_names *names,
                          const struct numbers *frames, const char *source)
{
	for (uint32_t i = 0; i < frames->n; i++) {
		const uint64_t frame = frame_at(frames, i);
		const bool is_new =
			i == 0 || frame_source(frame) !=
					  frame_source(frame_at(frames, i - 1));
		if (is_new && source_elsewhere(names, frame, source))
			return true;
	}
	return false;
}

void sources_tell(const struct source_names *names,
                  const struct numbers *frames, const char *source,
                  struct sources *out)
{
	out->n = 0;
	if (!names->several || !are_elsewhere(names, frames, source))
		return;
	for (uint32_t i = 0; i < frames->n; i++) {
		const char *name = name_of(names, frame_at(frames, i));
		out->at[out->n++] = name ? name : "";
	}
}
