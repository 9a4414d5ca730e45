/*
 * A capture file as a source of packets. Three layers, of which the middle
 * one is missing if the file is not compressed:
 *
 *   file --> window [--> decompressor --> window] --> reader of its format
 */
#include "capture/source.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "capture/format.h"
#include "capture/looks_like.h"
#include "capture/unpack.h"
#include "capture/window.h"

/* Enough to recognise every format by. */
#define HEAD 512

struct file_source {
	struct source base;
	const struct tcpclose_allocator *alloc;
	struct file_pool *pool; /* borrowed */
	char *path;
	int held; /* a descriptor of it; -1: it is opened by its name */

	/* While started: */
	struct file file;
	struct window outer; /* the file as it lies on disk */
	struct unpacked *unpacked;
	struct window inner; /* what came out of it, if it was packed */
	struct reader *reader;
};

static struct error_place place_of(const struct file_source *f)
{
	return (struct error_place){ .file = f->path };
}

static int no_memory(const struct file_source *f, struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_ENOMEM, place_of(f), "no memory");
}

/* The first bytes, as many as there are up to HEAD. */
static struct cursor head_of(struct window *w)
{
	window_peek(w, HEAD);
	struct cursor head = cursor_of(w->at, window_left(w));
	cursor_limit(&head, HEAD);
	return head;
}

static int not_a_capture(struct file_source *f, const struct window *w,
                         struct cursor head, struct tcpclose_error *err)
{
	if (w->broken.status != TCPCLOSE_OK)
		return window_tell_headless(w, place_of(f), err);
	f->base.foreign = true;
	const struct likeness like = looks_like(head);
	const char *packing = f->base.stats.packing;
	return error_set(err, TCPCLOSE_EFORMAT, place_of(f),
	                 "no pcap or pcapng capture%s%s%s but %s%s%s",
	                 packing ? " inside this " : "", packing ? packing : "",
	                 packing ? " file" : "", like.what,
	                 like.remedy ? ": " : "",
	                 like.remedy ? like.remedy : "");
}

/* Put a decompressor between file and reader if the file needs one. */
static int unpack(struct file_source *f, struct window **plain,
                  struct tcpclose_error *err)
{
	const struct cursor head = head_of(&f->outer);
	const struct unpacker *how = unpacker_of(head.at, cursor_left(&head));
	*plain = &f->outer;
	if (!how)
		return TCPCLOSE_OK;

	f->base.stats.packing = how->name;
	const int status = unpacked_new(&f->unpacked, how, &f->outer, f->alloc,
	                                place_of(f), err);
	if (status < 0)
		return status;
	if (!window_init(&f->inner, unpacked_bytes(f->unpacked), f->base.buffer,
	                 f->alloc))
		return no_memory(f, err);
	*plain = &f->inner;
	return TCPCLOSE_OK;
}

static int start(struct source *s, struct tcpclose_error *err)
{
	struct file_source *f = (struct file_source *)s;
	int status = file_open(&f->file, f->path, f->held, f->pool,
	                       &s->stats.bytes_read, err);
	if (status < 0)
		return status;
	s->stats.bytes_total = f->file.size;
	s->replayable = f->file.seekable;
	if (!window_init(&f->outer, &f->file.bytes, f->base.buffer, f->alloc))
		return no_memory(f, err);

	struct window *plain;
	status = unpack(f, &plain, err);
	if (status < 0)
		return status;
	const struct cursor head = head_of(plain);
	const struct format *format = format_of(head.at, cursor_left(&head));
	if (!format)
		return not_a_capture(f, plain, head, err);
	return reader_new(&f->reader, format, plain, &s->stats, f->alloc, err);
}

static int next(struct source *s, struct tcpclose_packet *pkt,
                struct tcpclose_error *err)
{
	struct file_source *f = (struct file_source *)s;
	return f->reader->format->next(f->reader, pkt, err);
}

static void stop(struct source *s)
{
	struct file_source *f = (struct file_source *)s;
	reader_free(f->reader);
	f->reader = NULL;
	window_fini(&f->inner);
	unpacked_free(f->unpacked);
	f->unpacked = NULL;
	window_fini(&f->outer);
	file_close(&f->file);
}

static void free_source(struct source *s)
{
	struct file_source *f = (struct file_source *)s;
	stop(s);
	if (f->held >= 0)
		close(f->held);
	alloc_free(f->alloc, f->path);
	alloc_free(f->alloc, f);
}

static const struct source_ops file_ops = {
	.start = start,
	.next = next,
	.stop = stop,
	.free = free_source,
};

struct source *source_file_new(const char *path, int held,
                               struct file_pool *pool,
                               const struct tcpclose_allocator *alloc)
{
	struct file_source *f = alloc_new(alloc, 1, sizeof(*f));
	char *copy = alloc_string(alloc, path);
	if (!f || !copy) {
		alloc_free(alloc, f);
		alloc_free(alloc, copy);
		if (held >= 0)
			close(held);
		return NULL;
	}
	*f = (struct file_source){ .alloc = alloc,
		                   .pool = pool,
		                   .path = copy,
		                   .held = held,
		                   .file.fd = -1 };
	f->base.ops = &file_ops;
	f->base.stats.name = copy;
	return &f->base;
}
