/*
 * Interface for a bounded queue between a writer and a descriptor that must
 * not hold up the analysis: a pipe whose reader is slow, a disk that is full
 * for a while.
 *
 * Blocks of whole lines go in. Whoever owns the queue pumps it: each time it
 * writes what the descriptor takes now, in the order it came. When the queue
 * is full, whole blocks that come are dropped and their lines counted.
 *
 * Nothing is assumed about O_NONBLOCK, because standard output is one open
 * file description for all processes that share it: a pipe, socket or terminal
 * is asked by poll(2) first and given at most PIPE_BUF bytes at a time, which
 * is what a pipe that polls writable has room for (pipe(7)). Regular files
 * always poll writable and are written to at once.
 */
#ifndef TCPCLOSE_WRITE_QUEUE_H
#define TCPCLOSE_WRITE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcpclose/alloc.h"
#include "write/sink.h"

#define QUEUE_BYTES ((size_t)16 << 20)

struct queue_block;

struct queue_list {
	struct queue_block *first, *last;
};

/* What the last attempt to write came to. */
enum queue_state {
	QUEUE_FLOWS, /* all was taken */
	QUEUE_WAITS, /* the reader is slow */
	QUEUE_FAILS, /* it may work later: a full disk; see cause */
	QUEUE_GONE,  /* the reader left; see queue_aim() */
};

struct queue {
	const struct tcpclose_allocator *alloc;
	struct sink_fd to; /* borrowed */
	bool is_file;      /* a regular one */
	enum queue_state state;
	int cause; /* the errno of QUEUE_FAILS and QUEUE_GONE */
	struct queue_list waiting, aside;
	size_t bytes, limit; /* of both lists */
	bool is_shut;        /* takes nothing more */
	uint64_t lost_lines;
};

/* An empty queue that goes nowhere; queue_aim() is next, queue_drop() frees
 * what waits. */
void queue_init(struct queue *q, const struct tcpclose_allocator *alloc);

/* Go on into this descriptor. Of a line that another one has in part, the rest
 * is dropped, and counted. */
void queue_aim(struct queue *q, struct sink_fd to);

/* Takes all bytes, or counts them as lost; see queue.state for the rest. */
struct sink sink_to_queue(struct queue *q);

/* Write what can be written without waiting. */
void queue_pump(struct queue *q);

/* Something waits to be written. */
bool queue_waits(const struct queue *q);

/* Drop and count all that waits. */
void queue_drop(struct queue *q);

/* The same, and all that comes is lost as well. */
void queue_shut(struct queue *q);

/* Let what waits come after what is put next, or follow it now. A regular file
 * that is full may be left for the next one so: its next line is a first. */
void queue_set_aside(struct queue *q);
void queue_bring_back(struct queue *q);

#endif
