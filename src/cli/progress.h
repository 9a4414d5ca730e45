/*
 * Interface for the progress line on standard error: what part of the
 * captures is read, how fast, and how long it will take.
 */
#ifndef TCPCLOSE_CLI_PROGRESS_H
#define TCPCLOSE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct capture;
struct options;

struct progress {
	bool on;
	bool is_terminal; /* the line is drawn anew in its place */
	bool drawn;       /* there is a line to be taken away */
	uint64_t packets; /* seen so far */
	int64_t began;    /* ns, of the steady clock */
	int64_t last;     /* when the line was drawn */
};

void progress_begin(struct progress *p, const struct options *options);

/* So many more packets; draws now and then. */
void progress_step(struct progress *p, unsigned n,
                   const struct capture *capture);

/* Take the line away, for other words or for good. */
void progress_clear(struct progress *p);

/* Packets a second since the beginning. */
double progress_rate(const struct progress *p);

#endif
