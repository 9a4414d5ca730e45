/*
 * Interface for describing a kind of finding: the part of a detector that
 * records, schemas and --explain need. A detector's file defines one, beside
 * its functions; whoever needs all of them is handed an array of pointers.
 */
#ifndef TCPCLOSE_RECORD_FINDING_H
#define TCPCLOSE_RECORD_FINDING_H

#include "record/field.h"

/*
 * The texts are plain and UTF-8, wrapped by their reader: a newline ends a
 * paragraph, a line that begins with two spaces is kept as it is. Any but
 * name and summary may be NULL.
 */
/* The outcome, of any kind, of what was told while it lasted and then turned
 * out to be none. */
#define FINDING_WITHDRAWN "withdrawn"

struct finding_kind {
	const char *name;            /* "lost_final_ack" */
	const char *summary;         /* one line, lower case, no full stop */
	const char *source;          /* "RFC 9293 section 3.10.7.4, ..." */
	const char *const *outcomes; /* NULL-ended; NULL if it has none */
	const struct field *fields;  /* its own object; NULL if it has none:
	                              * each frame in it is FRAME_NAMED() */

	const char *story;      /* what happens, and why it hurts */
	const char *evidence;   /* which packets prove it, and how surely */
	const char *lookalikes; /* what looks the same and is not reported */
	const char *remedy;     /* what to do, and what does not help */
};

#endif
