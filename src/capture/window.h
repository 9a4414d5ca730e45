/*
 * Interface for the window: one large buffer that moves along a source of
 * bytes. A reader asks to see the next n bytes, uses them in place and steps
 * over them.
 *
 *      stepped over      seen, not used     not read yet
 *   |-----------------|------------------|---------------|
 *   room              at                 end             room + size
 *
 * An error of the source is kept until the bytes before it are used up, so
 * everything readable is delivered first.
 */
#ifndef TCPCLOSE_CAPTURE_WINDOW_H
#define TCPCLOSE_CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/bytes.h"
#include "tcpclose/alloc.h"

struct window {
	const uint8_t *at;  /* invariant: room <= at <= end <= room + size */
	const uint8_t *end; /* bytes shown stay valid until the next peek */
	const struct tcpclose_allocator *alloc;
	struct bytes *from; /* borrowed */
	uint8_t *room;
	size_t size;
	uint64_t offset; /* of `room` in the stream */
	bool ended;      /* the source has nothing more, or broke */
	struct tcpclose_error broken; /* why it broke, if it did */
};

/* Returns false if there is no memory. window_fini() is due in any case. */
bool window_init(struct window *w, struct bytes *from, size_t size,
                 const struct tcpclose_allocator *alloc);
void window_fini(struct window *w);

/* Read until n bytes can be seen; NULL if the source has fewer. */
const uint8_t *window_fill(struct window *w, size_t n);

static inline size_t window_left(const struct window *w)
{
	return (size_t)(w->end - w->at);
}

/* The next n bytes; NULL if the source ends or breaks before them. */
static inline const uint8_t *window_peek(struct window *w, size_t n)
{
	return window_left(w) >= n ? w->at : window_fill(w, n);
}

/* Step over n bytes that were seen. */
static inline void window_step(struct window *w, size_t n)
{
	w->at += n;
}

/* Step over n bytes that nobody needs to see; false if there are fewer. */
bool window_discard(struct window *w, uint64_t n);

/* The source broke before it gave even a file header: tell why. That it was
 * cut off is no mere warning then. Returns the status. */
int window_tell_headless(const struct window *w, struct error_place place,
                         struct tcpclose_error *err);

/* Where the window stands in the stream. */
static inline uint64_t window_offset(const struct window *w)
{
	return w->offset + (uint64_t)(w->at - w->room);
}

#endif
