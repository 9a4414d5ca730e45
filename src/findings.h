/*
 * Interface for what is told of troubles: detectors are asked for it, it
 * becomes records, and what lasts is told twice.
 *
 *	step, or a look when a detector wished for one      `open`, live only
 *	the connection is over                              `closed`, same id
 *
 * Whatever was told as open is told as closed, once: with what became of it,
 * or, if it turned out to be no trouble, as withdrawn (FINDING_WITHDRAWN).
 *
 * Both times the kernel of this host is asked, where the analyzer's owner lends
 * a way; what it dismisses is not told, or withdrawn.
 */
#ifndef TCPCLOSE_FINDINGS_H
#define TCPCLOSE_FINDINGS_H

#include "account.h"
#include "analyzer.h"
#include "base/alloc.h"
#include "base/spans.h"
#include "detect/host_detector.h"
#include "flow/wheel.h"
#include "kernel.h"
#include "ration.h"

struct findings {
	const struct analyzer_options *options;
	const struct analyzer_sink *sink;
	const struct tcpclose_allocator *alloc;
	struct pool *pool;     /* of the notes; set it before the first life */
	struct ledger *ledger; /* of what is closed */
	void *detail;          /* scratch for a finding's own object */
	uint64_t n, n_severity[N_SEVERITIES]; /* closed, and not withdrawn */
	struct ration openings;
	struct kernel kernel;
	struct spans losses; /* times in which the capture missed packets */
	struct wheel looks;  /* at lives, when their detectors wish */
	bool has_time;       /* looks was begun */
	struct kernel_word silence; /* what it says that was not asked */
};

/*
 * All but f and alloc's memory is borrowed for as long as f lives.
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_ENOMEM
 */
int findings_init(struct findings *f, const struct analyzer_options *options,
                  const struct analyzer_sink *sink, struct ledger *ledger,
                  const struct tcpclose_allocator *alloc);
void findings_fini(struct findings *f);

/* Note what a connection may have missed so far; done before anything is told
 * of it. */
void findings_note_losses(const struct findings *f, struct conn *conn,
                          int64_t now);

/* All of these return TCPCLOSE_OK, TCPCLOSE_ENOMEM, or the sink's status. */

/* The detectors that life->notes names as touched saw a step: tell what has
 * become a trouble with it, once each. Does nothing unless live. */
int findings_open(struct findings *f, struct life *life, int64_t now);

/* Look at the lives whose time has come. Live only. */
int findings_look(struct findings *f, int64_t now);

/* A life is over: tell all; add names and severity to its own record. */
int findings_close(struct findings *f, const struct account *who,
                   const struct moment *moment, struct close_record *close);

/* A finding that is no one connection's; r lacks only its source. */
int findings_tell(struct findings *f, const struct host_finding *host,
                  struct finding_record *r);

#endif
