/* A live output that cannot be written to as fast as records come. */
#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/options.h"
#include "cli/output_file.h"

#define TRY_AGAIN_AFTER INT64_C(1000000000) /* ns */
#define PATIENCE_MS     3000                /* with a reader, at the end */

/* ---- telling ----------------------------------------------------- */

static void tell_state(struct output *o)
{
	const struct queue *q = &o->queue;
	if (q->state == o->told || q->state == QUEUE_WAITS)
		return;
	if (q->state == QUEUE_FAILS)
		say("%s: cannot write: %s; trying again, and keeping %zu MiB "
		    "of records meanwhile",
		    o->to.name, strerror(q->cause), q->limit >> 20);
	else if (q->state == QUEUE_GONE && o->directory >= 0)
		say("%s: its reader left; waiting for another", o->to.name);
	else if (q->state == QUEUE_FLOWS && o->told != QUEUE_WAITS &&
	         !o->run->options->quiet)
		say("%s: can be written to again", o->to.name);
	o->told = q->state;
}

/* A report with a hole is worth nothing, so the rest of it is let go, too. */
static void tell_loss(struct output *o)
{
	if (o->queue.lost_lines == 0 || o->told_lost || o->failed)
		return;
	o->told_lost = true;
	o->any_error = true;
	if (o->is_lines) {
		say("%s: its queue is full; records are dropped, and counted "
		    "in stats",
		    o->to.name);
		return;
	}
	queue_shut(&o->queue);
	say("%s: its queue is full; this report will not be whole", o->to.name);
}

void output_tell_lost(struct output *o)
{
	struct queue *q = &o->queue;
	if (queue_waits(q) && q->state == QUEUE_FAILS && o->told != q->state)
		say("%s: cannot write: %s", o->to.name, strerror(q->cause));
	if (queue_waits(q))
		queue_drop(q);
	if (q->lost_lines == 0 || o->failed)
		return;
	o->any_error = true;
	if (o->is_lines)
		say("%s: %" PRIu64 " records were lost", o->to.name,
		    q->lost_lines);
	else
		say("%s: the report is not whole", o->to.name);
}

/* ---- trying ------------------------------------------------------ */

/* Standard output has no name by which another reader could be had. */
static void give_up(struct output *o)
{
	o->failed = true;
	queue_shut(&o->queue);
}

static void look_for_reader(struct output *o)
{
	bool created;
	const int fd = output_file_open(o->directory, file_name_base(&o->name),
	                                OUTPUT_NEEDS_READER, &created);
	if (fd < 0)
		return;
	close(o->to.fd);
	o->to.fd = fd;
	queue_aim(&o->queue, o->to);
}

static void try_again(struct output *o)
{
	if (o->queue.state == QUEUE_GONE && o->directory < 0)
		give_up(o);
	else if (o->queue.state == QUEUE_GONE)
		look_for_reader(o);
	queue_pump(&o->queue);
}

static bool is_flowing(const struct queue *q)
{
	return q->state == QUEUE_FLOWS || q->state == QUEUE_WAITS;
}

void output_tend(struct output *o, int64_t now)
{
	struct queue *q = &o->queue;
	if (o->failed)
		return;
	if (!is_flowing(q) && now - o->tried >= TRY_AGAIN_AFTER) {
		tell_state(o);
		o->tried = now;
		try_again(o);
	} else if (is_flowing(q) && queue_waits(q)) {
		queue_pump(q);
	}
	tell_state(o);
	tell_loss(o);
}

/* ---- the end ----------------------------------------------------- */

static bool wait_for_room(struct output *o)
{
	struct pollfd room = { .fd = o->to.fd, .events = POLLOUT };
	const int n = poll(&room, 1, o->is_lines ? PATIENCE_MS : -1);
	return n > 0 || (n < 0 && errno == EINTR);
}

void output_drain(struct output *o)
{
	struct queue *q = &o->queue;
	do
		queue_pump(q);
	while (q->state == QUEUE_WAITS && wait_for_room(o));
}
