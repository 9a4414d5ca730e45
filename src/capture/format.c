/* What the readers of all capture formats have in common. */
#include "capture/format.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"

const struct format *format_of(const uint8_t *head, size_t n)
{
#define X(id) &format_##id,
	static const struct format *const formats[] = {
#include "capture/formats.def"
	};
#undef X
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (formats[i]->recognise(head, n))
			return formats[i];
	return NULL;
}

int reader_new(struct reader **out, const struct format *format,
               struct window *window, struct capture_source *stats,
               const struct tcpclose_allocator *alloc,
               struct tcpclose_error *err)
{
	struct reader *r = alloc_new(alloc, 1, format->memory);
	if (!r)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ .file = stats->name },
		                 "no memory");
	r->format = format;
	r->window = window;
	r->stats = stats;
	r->alloc = alloc;
	stats->format = format->name;

	const int status = format->open(r, err);
	if (status < 0)
		reader_free(r);
	else
		*out = r;
	return status;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	if (r->format->close)
		r->format->close(r);
	alloc_free(r->alloc, r);
}

static struct error_place place_of(const struct reader *r, uint64_t offset)
{
	return (struct error_place){ .file = r->stats->name,
		                     .frame = r->frame + 1,
		                     .offset = offset };
}

int reader_ended(const struct reader *r, struct tcpclose_error *err)
{
	const struct window *w = r->window;
	if (w->broken.status == TCPCLOSE_OK && window_left(w) == 0)
		return 0;
	return reader_cut(r, window_offset(w), err);
}

int reader_cut(const struct reader *r, uint64_t offset,
               struct tcpclose_error *err)
{
	const struct window *w = r->window;
	if (w->broken.status != TCPCLOSE_OK)
		return error_set(err, w->broken.status, place_of(r, offset),
		                 "%s", w->broken.text);
	return error_set(err, TCPCLOSE_ETRUNCATED, place_of(r, offset),
	                 "the last packet is cut off: the capture was stopped "
	                 "or copied while it was being written");
}

int reader_headless(const struct reader *r, struct tcpclose_error *err)
{
	const struct error_place place = { .file = r->stats->name };
	if (r->window->broken.status != TCPCLOSE_OK)
		return window_tell_headless(r->window, place, err);
	return error_set(err, TCPCLOSE_EFORMAT, place,
	                 "a %s capture cut off inside its file header",
	                 r->format->name);
}

int reader_damaged(const struct reader *r, uint64_t offset,
                   struct tcpclose_error *err, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_set(err, TCPCLOSE_EFORMAT, place_of(r, offset),
	                 "%s: the file is damaged here", text);
}

void reader_note_link_type(struct reader *r, uint32_t link_type)
{
	struct capture_source *stats = r->stats;
	for (size_t i = 0; i < stats->n_link_types; i++)
		if (stats->link_type[i] == link_type)
			return;
	if (stats->n_link_types < CAPTURE_LINK_TYPES)
		stats->link_type[stats->n_link_types++] = link_type;
}

/*
 * 256 KiB is what tcpdump and Wireshark agree on for networks (BIG TCP is
 * captured within it). D-Bus messages and USB transfers may have 128 MiB;
 * they hold no TCP, but their file is sound. A file that declares a larger
 * snap length may use it.
 */
uint32_t reader_packet_limit(uint32_t link_type, uint32_t snaplen)
{
	enum {
		USUAL = 256 << 10,
		LARGEST = 128 << 20,
		LINKTYPE_USB_LINUX = 189,
		LINKTYPE_USB_LINUX_MMAPPED = 220,
		LINKTYPE_DBUS = 231,
		LINKTYPE_USBPCAP = 249,
	};
	switch (link_type) {
	case LINKTYPE_USB_LINUX:
	case LINKTYPE_USB_LINUX_MMAPPED:
	case LINKTYPE_DBUS:
	case LINKTYPE_USBPCAP:
		return LARGEST;
	default:
		if (snaplen <= USUAL)
			return USUAL;
		return snaplen < LARGEST ? snaplen : LARGEST;
	}
}
