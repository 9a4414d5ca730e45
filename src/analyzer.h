/*
 * Interface for the analyzer: wires capture, decode, flow, tcp and detect
 * together and hands out records. Internal: the public front is
 * include/tcpclose/tcpclose.h.
 */
#ifndef TCPCLOSE_ANALYZER_H
#define TCPCLOSE_ANALYZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/decode.h"
#include "kernel.h"
#include "record/ledger.h"
#include "record/record.h"
#include "tcp/step.h"
#include "tcpclose/alloc.h"
#include "tcpclose/error.h"
#include "tcpclose/packet.h"

struct analyzer;

struct analyzer_options {
	struct decode_options decode;
	int64_t time_wait;    /* ns; 60 s */
	int64_t linger;       /* ns a finished connection is kept; 60 s */
	int64_t idle_timeout; /* ns; 3600 s */
	uint64_t max_memory;  /* bytes that connections may use; 1 GiB */
	uint64_t hash_seed;   /* results do not depend on it */
	uint32_t port_range;  /* ports that clients take theirs from; 28232 */
	bool want_states;     /* make tcp_state records */
	bool several_sources; /* frame and stream numbers are not one file's */
	uint64_t findings;    /* set of kinds, by finding_kind_at(); all ones */
	enum severity min_severity;
	bool live;            /* tell troubles while they last, too */
	uint32_t open_rate;   /* of those, so many a kind and second; 100 */
	uint32_t kernel_rate; /* questions to the kernel a second; 1000 */
	bool only_troubled;   /* tcp_close only for connections with findings */
	/* Packets that analyzer_gather() keeps before it looks at any; results
	 * do not depend on it. 1 to BATCH_MAX; 32 */
	uint32_t batch;
};

/* Where results go. Everything is borrowed for the call. */
struct analyzer_sink {
	void *ctx;
	/* The next record. Negative stops the analysis with that status. */
	int (*record)(void *ctx, const struct record *record);
	/* Every step, for traces and tests; may be NULL. */
	void (*step)(void *ctx, const struct step *step);
	/* Name of source number i, for records; it lasts as long as the
	 * analyzer. */
	const char *(*source_name)(void *ctx, uint32_t i);
	/* What the kernel of this host says of a socket; asked live for
	 * findings, as they are opened and closed. NULL: it is not asked. */
	kernel_ask_fn ask_kernel;
};

/* Never NULL. */
static inline const char *sink_source_name(const struct analyzer_sink *sink,
                                           uint32_t i)
{
	const char *name =
		sink->source_name ? sink->source_name(sink->ctx, i) : NULL;
	return name ? name : "";
}

/* What users get when they ask for nothing. */
void analyzer_options_init(struct analyzer_options *options);

/* NULL: no memory. */
struct analyzer *analyzer_new(const struct analyzer_options *options,
                              const struct analyzer_sink *sink,
                              const struct tcpclose_allocator *alloc);
void analyzer_free(struct analyzer *a);

/* Packets may come of other sources than number 0: records tell which of them
 * their frames are of. Goes without saying with options.several_sources. */
void analyzer_several_sources(struct analyzer *a);

/*
 * Show one captured packet, or one segment that is decoded already. Time that
 * steps back is held at the newest time seen, and counted.
 *
 * Returns  TCPCLOSE_OK, TCPCLOSE_ENOMEM, or what the sink returned
 */
int analyzer_packet(struct analyzer *a, const struct tcpclose_packet *pkt);
int analyzer_segment(struct analyzer *a, const struct segment *seg);

/*
 * The same for whoever has many packets: they wait until there is a batch of
 * them, as decoded, so that what they will touch is fetched from memory side by
 * side. analyzer_settle() looks at all that wait; so do all other functions
 * that take packets, time or losses, and analyzer_finish(). What only reads
 * results does not. A failure is returned again from then on.
 */
int analyzer_gather(struct analyzer *a, const struct tcpclose_packet *pkt);
int analyzer_settle(struct analyzer *a);

/*
 * Live, a trouble of at least SEVERITY_NOTICE is told with `phase: open` when
 * the packet passes that makes it one, or time has made it one; once. When its
 * connection is over it is told again under the same event_id, `closed`, with
 * what became of it: `withdrawn`, if it turned out to be none.
 */

/*
 * Time has come to `now`, and no packet before that is to be expected: lives
 * end and timers expire. For live captures, while no packet comes. A time
 * before the newest known changes nothing.
 *
 * now      ns since 1970, of the clock that stamps the packets, less what
 *          packets may take to arrive here
 */
int analyzer_advance(struct analyzer *a, int64_t now);

/*
 * The capture missed packets at some time from `from` to `to`, ns since 1970;
 * it may lie ahead of the newest packet. Connections that lived then are marked
 * (capture_loss), and what is found in them is a grade less sure. What was told
 * of them already stays as it is.
 */
int analyzer_note_loss(struct analyzer *a, int64_t from, int64_t to);

/* The capture is over: judge and report everything that is still open. */
int analyzer_finish(struct analyzer *a);

/*
 * Fill the statistics of this moment; after analyzer_finish(), those of the
 * moment before, when the connections were still held. Drops and files are the
 * caller's to add: it knows the capture.
 */
void analyzer_stats(const struct analyzer *a, struct stats_record *stats);

/*
 * Hand out the accounts of the run so far as records: tcp_route, tcp_service
 * and tcp_host.
 *
 * source   of all of it; NULL if there are several
 * final    the last ones of the run: all that are kept, not only the worst
 *
 * Returns  TCPCLOSE_OK, or what the sink returned
 */
int analyzer_accounts(struct analyzer *a, const char *source, bool final);

/*
 * The accounts of the run: what its connections together cost their hosts.
 * Borrowed from the analyzer; as of the newest packet.
 */
const struct ledger *analyzer_ledger(const struct analyzer *a);

/* A finding was made that is at least this bad (--fail-on). */
bool analyzer_found(const struct analyzer *a, enum severity severity);

#endif
