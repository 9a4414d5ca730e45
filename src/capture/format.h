/*
 * Interface for a capture format: a file that ends in one filled-in struct
 * format, and a line in formats.def.
 */
#ifndef TCPCLOSE_CAPTURE_FORMAT_H
#define TCPCLOSE_CAPTURE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"
#include "capture/window.h"

/* What every format's reader begins with. */
struct reader {
	const struct format *format;
	struct window *window;        /* borrowed: the unpacked file */
	struct capture_source *stats; /* borrowed */
	const struct tcpclose_allocator *alloc;
	uint64_t frame; /* packets so far, counted as Wireshark does */
};

struct format {
	const char *name; /* "pcapng" */
	size_t memory;    /* sizeof its reader */

	/* Do these first bytes (n may be small) look like this format? */
	bool (*recognise)(const uint8_t *head, size_t n);

	/* Read the file header. Returns TCPCLOSE_OK or a negative status. */
	int (*open)(struct reader *r, struct tcpclose_error *err);

	/* Fill all of pkt but its source. Returns 1, 0 at the end, or a
	 * negative status. */
	int (*next)(struct reader *r, struct tcpclose_packet *pkt,
	            struct tcpclose_error *err);

	/* Give back what open and next allocated beyond the reader itself;
	 * may be NULL. */
	void (*close)(struct reader *r);
};

#define X(id) extern const struct format format_##id;
#include "capture/formats.def"
#undef X

/* The format of a file that begins so; NULL if it is no capture. */
const struct format *format_of(const uint8_t *head, size_t n);

/*
 * A reader for the window, past the file header.
 *
 * Returns  TCPCLOSE_OK and *out, to be freed with reader_free(); or
 *          TCPCLOSE_EFORMAT, _EUNSUPPORTED, _EIO, _ENOMEM.
 */
int reader_new(struct reader **out, const struct format *format,
               struct window *window, struct capture_source *stats,
               const struct tcpclose_allocator *alloc,
               struct tcpclose_error *err);
void reader_free(struct reader *r);

/* For formats. */

/* The window shows no record more, neither whole nor in part. Returns 0 if
 * the file ends there, else fills err. */
int reader_ended(const struct reader *r, struct tcpclose_error *err);

/* The record that starts at `offset` is not all there: fills err with why.
 * Returns the status. */
int reader_cut(const struct reader *r, uint64_t offset,
               struct tcpclose_error *err);

/* The window could not show the file header. Returns the status. */
int reader_headless(const struct reader *r, struct tcpclose_error *err);

/* The record at `offset` cannot be what it says. Returns the status. */
int reader_damaged(const struct reader *r, uint64_t offset,
                   struct tcpclose_error *err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Remember a link type for the `run` record. */
void reader_note_link_type(struct reader *r, uint32_t link_type);

/* The most bytes that a packet of this link type can hold; more is damage.
 * snaplen is the file's own limit, 0 if it names none. */
uint32_t reader_packet_limit(uint32_t link_type, uint32_t snaplen);

#endif
