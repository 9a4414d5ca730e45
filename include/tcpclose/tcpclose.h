/*
 * libtcpclose: how TCP connections ended, and what went wrong.
 *
 * A handle is shown packets, or reads capture files, and hands out records:
 * one for each connection, one for each trouble, statistics at the end. The
 * records are those of the program's NDJSON output, field by field; the JSON
 * Schemas in schemas/ describe them.
 *
 *	struct tcpclose_options options;
 *	struct tcpclose_callbacks callbacks = { .record = print_it };
 *	tcpclose_options_init(&options, sizeof(options));
 *	struct tcpclose *t = tcpclose_new(&options, &callbacks, NULL, &err);
 *	tcpclose_read_files(t, paths, n_paths, "tcp port 443", &err);
 *	tcpclose_finish(t);
 *	tcpclose_free(t);
 *
 * The library keeps no state outside its handles, reads no clock, prints
 * nothing and never exits. Time is the packets' time: the same packets and
 * options give the same records.
 *
 * Threads: a handle, and the records it hands out, belong to one thread at a
 * time. Different handles are independent of each other.
 *
 * Errors: functions that can fail return a negative enum tcpclose_status and
 * fill a struct tcpclose_error, if they are given one and it holds no earlier
 * error; so begin with { 0 }. After TCPCLOSE_ENOMEM the handle can only be
 * freed. A malformed packet is no error: statistics count it.
 */
#ifndef TCPCLOSE_TCPCLOSE_H
#define TCPCLOSE_TCPCLOSE_H

#include <stddef.h>
#include <stdint.h>

#include "tcpclose/alloc.h"
#include "tcpclose/error.h"
#include "tcpclose/packet.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TCPCLOSE_API __attribute__((visibility("default")))
#else
#define TCPCLOSE_API
#endif

struct tcpclose;        /* a handle */
struct tcpclose_record; /* valid until the callback that was shown it returns */

/* "1.0.0" of the library that runs. Static. */
TCPCLOSE_API const char *tcpclose_version(void);

/* A status as a few words, such as "no memory". Static, never NULL. */
TCPCLOSE_API const char *tcpclose_status_text(int status);

/*
 * The findings this library can make: name and one-line summary of the i-th,
 * from 0. Static; NULL past the last.
 */
TCPCLOSE_API const char *tcpclose_finding_name(size_t i);
TCPCLOSE_API const char *tcpclose_finding_summary(size_t i);

/* ---- a handle ------------------------------------------------------------ */

/*
 * What to look for. Fill with tcpclose_options_init(), then change members.
 * Later versions append members; `size` tells them apart.
 */
struct tcpclose_options {
	size_t size;          /* of this struct where the caller was compiled */
	int64_t time_wait;    /* ns that hosts keep TIME-WAIT; 60 s */
	int64_t linger;       /* ns that a finished connection is kept; 60 s */
	int64_t idle_timeout; /* ns that a silent connection is kept; 3600 s */
	uint64_t max_memory;  /* bytes that connections may take; 1 GiB. They
	                       * never take more than 32 GiB */
	uint64_t hash_seed; /* secret, against floods; records do not change */
	const char *findings;     /* names, by commas; NULL: all */
	const char *min_severity; /* "info" ... "error"; NULL: "info" */
	int only_troubled;    /* tcp_close only for connections with findings */
	int want_states;      /* tcp_state records too */
	int ignore_vlan;      /* VLAN tags do not tell connections apart */
	int verify_checksums; /* leave out segments whose checksum is wrong */
	int several_sources;  /* `filter` goes by addresses, not frames; so it
	                       * does anyway for frames of several */
};

/* Defaults. size is sizeof(*options). */
TCPCLOSE_API void tcpclose_options_init(struct tcpclose_options *options,
                                        size_t size);

struct tcpclose_callbacks {
	void *ctx; /* handed back */

	/*
	 * The next record. A negative value stops the function that was
	 * called, which returns it; then the handle can only be freed. The
	 * callback must not call functions with the handle.
	 */
	int (*record)(void *ctx, const struct tcpclose_record *record);
};

/*
 * A new handle.
 *
 * options    borrowed for the call; NULL: defaults
 * callbacks  borrowed for the call
 * allocator  borrowed for the call; NULL: the C library's heap. Filters and
 *            compressed captures use the heap of their own libraries besides.
 *
 * Returns NULL and fills err with TCPCLOSE_ENOMEM, or TCPCLOSE_EOPTION for a
 * name that does not exist.
 */
TCPCLOSE_API struct tcpclose *
tcpclose_new(const struct tcpclose_options *options,
             const struct tcpclose_callbacks *callbacks,
             const struct tcpclose_allocator *allocator,
             struct tcpclose_error *err);

/* NULL is fine. Nothing is reported: see tcpclose_finish(). */
TCPCLOSE_API void tcpclose_free(struct tcpclose *t);

/*
 * Name a source of packets: what records call `source`. The name is copied.
 *
 * Returns the number to put into packet.source, or TCPCLOSE_ENOMEM.
 */
TCPCLOSE_API int64_t tcpclose_add_source(struct tcpclose *t, const char *name);

/*
 * Show one captured packet. Packets come in the order of their time; one
 * that is older than its predecessor is handled at the predecessor's time,
 * and counted. A source without a name is called "packets".
 *
 * pkt      borrowed for the call; bytes may be cut short (caplen < len)
 *
 * Returns  TCPCLOSE_OK, TCPCLOSE_ENOMEM, or what the callback returned
 */
TCPCLOSE_API int tcpclose_observe(struct tcpclose *t,
                                  const struct tcpclose_packet *pkt);

/*
 * Read captures to their end: pcap or pcapng, plain or packed with gzip,
 * zstd, lz4 or xz. A path is a file, "-" for standard input, or a directory,
 * which stands for the captures in it. All of them are one time line. Can be
 * called again for what comes later.
 *
 * filter   in libpcap's language; NULL: everything
 *
 * Returns  TCPCLOSE_OK. If one cannot be opened, nothing is read:
 *          TCPCLOSE_EIO, _EFORMAT, or _EOPTION for the filter. If one turns
 *          out to be damaged, the others are read, and then the first such
 *          error is returned; TCPCLOSE_ETRUNCATED, a last packet cut off, is
 *          returned only if nothing worse was met. TCPCLOSE_ENOMEM, or what
 *          the callback returned, which leaves err as it was.
 */
TCPCLOSE_API int tcpclose_read_files(struct tcpclose *t,
                                     const char *const *paths, size_t n_paths,
                                     const char *filter,
                                     struct tcpclose_error *err);

/*
 * Hand out a stats record of this moment, and before it the ten worst
 * accounts of each type: tcp_route, tcp_service, tcp_host.
 *
 * Returns  as tcpclose_observe()
 */
TCPCLOSE_API int tcpclose_stats(struct tcpclose *t);

/*
 * The capture is over: judge and report everything that is still open, and
 * hand out all accounts that are kept and the last stats record. Called again
 * it does nothing.
 *
 * Returns  as tcpclose_observe()
 */
TCPCLOSE_API int tcpclose_finish(struct tcpclose *t);

/* ---- a record ------------------------------------------------------------ */

/* "tcp_close", "tcp_finding", "tcp_state", "tcp_route", "tcp_service",
 * "tcp_host" or "stats". Static. */
TCPCLOSE_API const char *
tcpclose_record_type(const struct tcpclose_record *record);

/* Room that is always enough for a record as JSON, and its 0. */
#define TCPCLOSE_JSON_MAX 8193

/*
 * The record as one line of NDJSON, its newline included, and a 0.
 *
 * Returns  the length without the 0. If that is not less than `size`, line
 *          does not hold the record but an empty string (if size is not 0).
 */
TCPCLOSE_API size_t tcpclose_record_json(const struct tcpclose_record *record,
                                         char *line, size_t size);

/*
 * One field, by its path in the JSON: "finding", "client.port",
 * "close.duration_us", "lost_final_ack.fin_copies".
 *
 * Each returns 1 if the record has that field in that form, else 0, and then
 * leaves *out alone.
 *
 * integer  whole numbers; true and false as 1 and 0; times in nanoseconds since
 *          1970-01-01 UTC; durations in microseconds, as their names say
 * number   the same, and numbers with decimals
 * text     words, texts, addresses, ids and times, as in JSON, cut at
 *          size - 1 bytes and ended with a 0
 */
TCPCLOSE_API int tcpclose_record_integer(const struct tcpclose_record *record,
                                         const char *path, int64_t *out);
TCPCLOSE_API int tcpclose_record_number(const struct tcpclose_record *record,
                                        const char *path, double *out);
TCPCLOSE_API int tcpclose_record_text(const struct tcpclose_record *record,
                                      const char *path, char *out, size_t size);

/*
 * The same for the i-th item of a list, from 0, such as "frames".
 *
 * Frames are numbered within their source. The i-th of "frames" is of the
 * record's "source", or, where the record has a list "frame_sources", of the
 * i-th of that. Any other frame, such as "last_frame", is of "source" unless
 * there is a field of its name and "_source".
 */
TCPCLOSE_API int
tcpclose_record_integer_at(const struct tcpclose_record *record,
                           const char *path, size_t i, int64_t *out);
TCPCLOSE_API int tcpclose_record_text_at(const struct tcpclose_record *record,
                                         const char *path, size_t i, char *out,
                                         size_t size);

#ifdef __cplusplus
}
#endif

#endif
