/* The window: reading a stream through one large buffer. */
#include "capture/window.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

bool window_init(struct window *w, struct bytes *from, size_t size,
                 const struct tcpclose_allocator *alloc)
{
	*w = (struct window){ .alloc = alloc, .from = from, .size = size };
	w->room = alloc_resize(alloc, NULL, size, 1);
	w->at = w->end = w->room;
	return w->room != NULL;
}

void window_fini(struct window *w)
{
	if (w->alloc)
		alloc_free(w->alloc, w->room);
	*w = (struct window){ 0 };
}

static void break_off(struct window *w, enum tcpclose_status status,
                      const char *why)
{
	error_set(&w->broken, status, (struct error_place){ 0 }, "%s", why);
	w->ended = true;
}

/* Bring the unused bytes to the front. */
static void close_up(struct window *w)
{
	const size_t left = window_left(w);
	if (w->at == w->room)
		return;
	memmove(w->room, w->at, left);
	w->offset += (uint64_t)(w->at - w->room);
	w->at = w->room;
	w->end = w->room + left;
}

/* The window grows only when it is full of bytes that really came: a length
 * that a damaged file claims costs no memory. */
static bool grow(struct window *w)
{
	const size_t left = window_left(w);
	uint8_t *room = w->size > SIZE_MAX / 2
	                        ? NULL
	                        : alloc_resize(w->alloc, w->room, w->size, 2);
	if (!room) {
		break_off(w, TCPCLOSE_ENOMEM, "no memory for a large packet");
		return false;
	}
	w->room = room;
	w->size *= 2;
	w->at = w->room;
	w->end = w->room + left;
	return true;
}

static void read_more(struct window *w)
{
	uint8_t *to = w->room + (w->end - w->room);
	const size_t space = w->size - (size_t)(w->end - w->room);
	const ptrdiff_t n = w->from->read(w->from, to, space, &w->broken);
	if (n > 0)
		w->end += n;
	else if (n == 0)
		w->ended = true;
	else
		break_off(w, (enum tcpclose_status)n, "cannot read");
}

const uint8_t *window_fill(struct window *w, size_t n)
{
	close_up(w);
	while (window_left(w) < n && !w->ended)
		if (window_left(w) < w->size || grow(w))
			read_more(w);
	return window_left(w) >= n ? w->at : NULL;
}

bool window_discard(struct window *w, uint64_t n)
{
	while (n > window_left(w)) {
		n -= window_left(w);
		w->at = w->end;
		if (!window_fill(w, 1))
			return false;
	}
	w->at += n;
	return true;
}

int window_tell_headless(const struct window *w, struct error_place place,
                         struct tcpclose_error *err)
{
	const enum tcpclose_status status =
		w->broken.status == TCPCLOSE_ETRUNCATED ? TCPCLOSE_EFORMAT
							: w->broken.status;
	return error_set(err, status, place, "%s", w->broken.text);
}
