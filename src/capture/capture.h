/*
 * Interface for reading packets: from files, from standard input and, behind
 * the same functions, from an interface.
 *
 * Several files are one time line: packets come in the order of their time
 * stamps, ties in the order of the files. Within one file the order of the
 * file is kept, even where its time steps back.
 */
#ifndef TCPCLOSE_CAPTURE_CAPTURE_H
#define TCPCLOSE_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcpclose/alloc.h"
#include "tcpclose/error.h"
#include "tcpclose/packet.h"

struct capture;

struct capture_options {
	const char *filter; /* libpcap's language; NULL or "": everything */
	bool hold; /* open files when they are added, and keep them open */
};

struct capture_live_options {
	const char *interface;    /* "any": all of them */
	const char *filter;       /* as above; works in the kernel */
	uint32_t snapshot_length; /* bytes of each packet; 1 .. 262144 */
	uint32_t buffer_kib;      /* of the kernel; 1 .. 2097151 */
	bool promiscuous;
	bool immediate; /* do not wait until a block of packets is full */
};

/* One link type that was met in a source, for the `run` record. */
#define CAPTURE_LINK_TYPES 8

/* A time in which packets were missed, ns since 1970; both ends belong to it.
 * Counters tell no more: they grew between two readings. */
struct capture_loss {
	int64_t from, to;
};

struct capture_source {
	const char *name;    /* as given or found in a directory; "-" */
	const char *format;  /* "pcap", "pcapng", "live" */
	const char *packing; /* "gzip", "zstd", "lz4", "xz", or NULL */
	uint32_t link_type[CAPTURE_LINK_TYPES]; /* those seen so far */
	size_t n_link_types;
	uint64_t packets;        /* read, before the filter */
	uint64_t bytes_read;     /* of the file as it lies on disk */
	uint64_t bytes_total;    /* 0 if not known (a pipe) */
	uint64_t dropped_kernel; /* pcapng interface statistics, or libpcap */
	uint64_t dropped_interface;
	bool is_down; /* an interface that is there, but not up now */
	bool lost;    /* a loss was not taken yet, see capture_take_loss() */
	struct capture_loss loss;
};

/*
 * Opening captures comes in two halves, so that a program can give up its
 * rights between them: captures come from strangers. In the first, names are
 * found; not a byte of a file is read.
 *
 * options  borrowed for the call only; NULL: none
 *
 * Returns  TCPCLOSE_OK and *out, to be freed with capture_close(); or
 *          TCPCLOSE_EOPTION (the filter), _ENOMEM.
 */
int capture_new(struct capture **out, const struct capture_options *options,
                const struct tcpclose_allocator *alloc,
                struct tcpclose_error *err);

/*
 * Add a path: a file, "-", or a directory, which stands for the captures in
 * it, by name; a file in a directory that is no capture is passed over, one
 * that is named must be one.
 *
 * path     borrowed until capture_begin() is through
 *
 * Returns  TCPCLOSE_OK; or TCPCLOSE_EIO, _EOPTION ("-" twice), _ENOMEM, after
 *          which others may be added.
 */
int capture_add(struct capture *c, const char *path,
                struct tcpclose_error *err);

/* Compile the filter for a link type that may be met, now that the names in it
 * can still be looked up. */
void capture_expect(struct capture *c, uint32_t link_type);

/*
 * Files that are not held, because there were too many or nobody asked: they
 * are opened by name, now and again. To be asked before capture_begin().
 *
 * Returns  the next such name, where *i is 0 at first; NULL after the last
 */
const char *capture_by_name(const struct capture *c, size_t *i);

/*
 * The second half: read what the files begin with, and of several files the
 * first packets, which may wait for a pipe.
 *
 * Returns  TCPCLOSE_OK, though all were left out; or an error as
 * capture_open(). A file that was named and is no capture is left out, and the
 * next call goes on with the others. A live capture has begun already.
 */
int capture_begin(struct capture *c, struct tcpclose_error *err);

/*
 * Both halves at once; the first error ends it.
 *
 * paths and options are borrowed for the call only.
 *
 * Returns  TCPCLOSE_OK and *out, to be freed with capture_close(); or
 *          TCPCLOSE_EIO, _EFORMAT (saying what the file looks like instead),
 *          _EUNSUPPORTED (a version or a packing that this build cannot
 *          read), _EOPTION (the filter, no path, or "-" twice), _ENOMEM.
 */
int capture_open(struct capture **out, const char *const *paths, size_t n_paths,
                 const struct capture_options *options,
                 const struct tcpclose_allocator *alloc,
                 struct tcpclose_error *err);

/*
 * Open an interface of this host; the filter's names are resolved here.
 *
 * options  borrowed for the call only
 *
 * Returns  TCPCLOSE_OK and *out, to be freed with capture_close(); or
 *          TCPCLOSE_EIO (no such interface, no permission, it is down),
 *          _EOPTION (the filter), _ENOMEM.
 */
int capture_open_live(struct capture **out,
                      const struct capture_live_options *options,
                      const struct tcpclose_allocator *alloc,
                      struct tcpclose_error *err);

/* Of a live capture: readable when capture_next() may have something. Whoever
 * polls it should ask again within a second in any case, for an interface that
 * goes down or away makes no noise. */
int capture_live_descriptor(const struct capture *c);

/*
 * Of a live capture: read how many packets kernel and interface dropped. Where
 * that is more than at the last reading, they were lost since then. To be
 * called every second or so: a finding in that time is less sure.
 *
 * now      ns since 1970, of the clock that stamps the packets
 */
void capture_count_drops(struct capture *c, int64_t now);

void capture_close(struct capture *c);

/* What capture_next() returns on a live capture where a file would end. */
#define CAPTURE_NOTHING_NOW 2

/*
 * The next packet that passes the filter.
 *
 * pkt      filled; its bytes stay valid until the next call
 *
 * Returns  1 with a packet, 0 at the end of all sources, CAPTURE_NOTHING_NOW
 *          if a packet may come yet (live), or a negative status for a source
 * that broke: the error names file, frame and offset, that source is finished,
 * and the next call goes on with the others. TCPCLOSE_ETRUNCATED (a last
 * packet, or the compressed data that hold it, cut off) is a warning;
 * TCPCLOSE_EOPTION means that the filter makes no sense for a link type of this
 * source.
 */
int capture_next(struct capture *c, struct tcpclose_packet *pkt,
                 struct tcpclose_error *err);

/*
 * When packets were missed, as far as it came to be known since the last call:
 * from a live capture's counters, or from the interface statistics of a pcapng
 * file. Those stand behind the packets that they are about, as a rule at the
 * end of the file, so this may come late.
 *
 * Returns  true with a time; call until false
 */
bool capture_take_loss(struct capture *c, struct capture_loss *loss);

size_t capture_n_sources(const struct capture *c);
const struct capture_source *capture_source(const struct capture *c, size_t i);

#endif
