/*
 * Interface for what the sources of a run are called: the files, or the
 * interface, that frames are of (base/frame.h).
 */
#ifndef TCPCLOSE_RECORD_SOURCES_H
#define TCPCLOSE_RECORD_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "record/field.h"

/* Zeroed: they have no names. */
struct source_names {
	const char *(*name)(void *ctx, uint32_t source);
	void *ctx;
	bool several; /* else none is told where frames are of */
};

/*
 * The name of the source that a frame is of, if that is not the one that a
 * record names anyway.
 *
 * source   the record's; NULL: it names none
 *
 * Returns  borrowed; "unknown" if there are too many sources to tell; NULL:
 *          it is of that source, there is no frame, no name, or only one source
 */
const char *source_elsewhere(const struct source_names *names, uint64_t frame,
                             const char *source);

/* The same for a frame that has a place for it. */
void source_name_frame(const struct source_names *names, const char *source,
                       struct frame_named *frame);

/* And for all such of a struct, which may be NULL: each FIELD_FRAME in its
 * table is one. */
void sources_name_frames(const struct source_names *names, const char *source,
                         const struct field *fields, void *data);

/* Name the source of each frame, unless all are of the one that the record
 * names: then none. */
void sources_tell(const struct source_names *names,
                  const struct numbers *frames, const char *source,
                  struct sources *out);

#endif
