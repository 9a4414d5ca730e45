/*
 * Interface for the names that a rotated output's files get, as tcpdump(8)
 * gives them:
 *
 *	-G SEC           -o x-%H.ndjson   the time by strftime(3), each period
 *	-C SIZE          -o x.ndjson      x.ndjson, x.ndjson1, x.ndjson2, ...
 *	-C SIZE -W 12    -o x.ndjson      x.ndjson00 ... x.ndjson11, and again
 *	-G SEC -C SIZE   -o x-%H.ndjson   the time, and within a period numbers
 *
 * tcpdump writes over a file whose name comes again; here a time that has not
 * changed means the same file, and -G wants a name that changes.
 */
#ifndef TCPCLOSE_CLI_ROTATION_H
#define TCPCLOSE_CLI_ROTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "tcpclose/error.h"

struct options;

struct rotation {
	int64_t every; /* ns; 0: not by time */
	int64_t size;  /* bytes; 0: not by size */
	int64_t files; /* 0: any number */
};

/* The file that an output is in now. */
struct file_name {
	const char *pattern; /* as given, borrowed */
	size_t base_at;      /* where its last component begins */
	char *now;           /* the whole name; room for NAME_MAX more */
	char *timed;         /* that without a number */
	uint64_t number;
};

/* What the options ask for. */
struct rotation rotation_of(const struct options *options);

/* Old files are written over, because their number is bounded. */
bool rotation_is_ring(const struct rotation *r);

/*
 * Whether a name can be rotated so at all.
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EOPTION and err says what would do
 */
int rotation_check(const struct rotation *r, const char *pattern,
                   struct tcpclose_error *err);

/* The first file's; TCPCLOSE_ENOMEM without memory. file_name_fini() is due. */
int file_name_init(struct file_name *n, const char *pattern,
                   const struct rotation *r, time_t now,
                   struct tcpclose_error *err);
void file_name_fini(struct file_name *n);

/*
 * The next file's.
 *
 * is_full  the present file reached its size
 *
 * Returns  false: it is the same as before
 */
bool file_name_next(struct file_name *n, const struct rotation *r, bool is_full,
                    time_t now);

/* Its last component. */
const char *file_name_base(const struct file_name *n);

#endif
