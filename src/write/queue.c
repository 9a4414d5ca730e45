#include "write/queue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

struct queue_block {
	struct queue_block *next;
	size_t len, done; /* bytes in it, and written of it */
	char bytes[];
};

void queue_init(struct queue *q, const struct tcpclose_allocator *alloc)
{
	*q = (struct queue){
		.alloc = alloc,
		.to = { .fd = -1 },
		.limit = QUEUE_BYTES,
	};
}

/* ---- lists ------------------------------------------------------- */

static uint64_t count_lines(const char *bytes, size_t n)
{
	uint64_t lines = 0;
	const char *at = bytes, *const end = bytes + n;
	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		lines++;
		at++;
	}
	return lines;
}

static void append(struct queue_list *list, struct queue_block *block)
{
	if (list->last)
		list->last->next = block;
	else
		list->first = block;
	list->last = block;
}

static void free_first(struct queue *q, struct queue_list *list)
{
	struct queue_block *block = list->first;
	list->first = block->next;
	if (!list->first)
		list->last = NULL;
	q->bytes -= block->len - block->done;
	alloc_free(q->alloc, block);
}

static void drop_list(struct queue *q, struct queue_list *list)
{
	while (list->first) {
		const struct queue_block *b = list->first;
		q->lost_lines +=
			count_lines(b->bytes + b->done, b->len - b->done);
		free_first(q, list);
	}
}

void queue_drop(struct queue *q)
{
	drop_list(q, &q->waiting);
	drop_list(q, &q->aside);
}

void queue_shut(struct queue *q)
{
	queue_drop(q);
	q->is_shut = true;
}

void queue_set_aside(struct queue *q)
{
	q->aside = q->waiting;
	q->waiting = (struct queue_list){ NULL, NULL };
}

void queue_bring_back(struct queue *q)
{
	if (!q->aside.first)
		return;
	append(&q->waiting, q->aside.first);
	q->waiting.last = q->aside.last;
	q->aside = (struct queue_list){ NULL, NULL };
}

bool queue_waits(const struct queue *q)
{
	return q->waiting.first != NULL;
}

/* ---- writing ----------------------------------------------------- */

/* As much as one write to a pipe takes whole, and of that the whole lines; a
 * line that is longer goes in parts. */
static size_t piece_of(const char *bytes, size_t n)
{
	if (n <= PIPE_BUF)
		return n;
	const char *end = memrchr(bytes, '\n', PIPE_BUF);
	return end ? (size_t)(end - bytes) + 1 : PIPE_BUF;
}

static bool is_reader_gone(int cause)
{
	return cause == EPIPE || cause == ECONNRESET || cause == EIO ||
	       cause == ENXIO;
}

static void note_failure(struct queue *q, int cause)
{
	q->cause = cause;
	if (cause == EAGAIN)
		q->state = QUEUE_WAITS;
	else if (!q->is_file && is_reader_gone(cause))
		q->state = QUEUE_GONE;
	else
		q->state = QUEUE_FAILS;
}

static size_t put_file(struct queue *q, const char *bytes, size_t n)
{
	int cause;
	const size_t done = sink_fd_put(&q->to, bytes, n, &cause);
	if (done < n)
		note_failure(q, cause);
	return done;
}

static size_t put_stream(struct queue *q, const char *bytes, size_t n)
{
	struct pollfd room = { .fd = q->to.fd, .events = POLLOUT };
	if (poll(&room, 1, 0) == 0) {
		note_failure(q, EAGAIN);
		return 0;
	}
	const ssize_t done = write(q->to.fd, bytes, piece_of(bytes, n));
	if (done < 0 && errno != EINTR)
		note_failure(q, errno);
	return done < 0 ? 0 : (size_t)done;
}

void queue_pump(struct queue *q)
{
	if (q->to.fd < 0)
		return;
	q->state = QUEUE_FLOWS;
	while (q->waiting.first && q->state == QUEUE_FLOWS) {
		struct queue_block *b = q->waiting.first;
		const char *bytes = b->bytes + b->done;
		const size_t left = b->len - b->done;
		const size_t done = q->is_file ? put_file(q, bytes, left)
		                               : put_stream(q, bytes, left);
		b->done += done;
		q->bytes -= done;
		if (b->done == b->len)
			free_first(q, &q->waiting);
	}
}

/* ---- taking ------------------------------------------------------ */

static struct queue_block *new_block(const struct queue *q, const void *bytes,
                                     size_t n)
{
	if (q->is_shut || n > q->limit || q->bytes > q->limit - n)
		return NULL;
	struct queue_block *block = alloc_new(q->alloc, 1, sizeof(*block) + n);
	if (!block)
		return NULL;
	block->len = n;
	memcpy(block->bytes, bytes, n);
	return block;
}

static int put(void *ctx, const void *bytes, size_t n,
               struct tcpclose_error *err)
{
	(void)err;
	struct queue *q = ctx;
	struct queue_block *block = new_block(q, bytes, n);
	if (!block) {
		q->lost_lines += count_lines(bytes, n);
		return TCPCLOSE_OK;
	}
	append(&q->waiting, block);
	q->bytes += n;
	if (q->state == QUEUE_FLOWS || q->state == QUEUE_WAITS)
		queue_pump(q);
	return TCPCLOSE_OK;
}

struct sink sink_to_queue(struct queue *q)
{
	return (struct sink){ .ctx = q, .write = put };
}

/* ---- changing descriptors ---------------------------------------- */

static void drop_rest_of_line(struct queue *q, struct queue_list *list)
{
	struct queue_block *b = list->first;
	if (!b || b->done == 0 || b->bytes[b->done - 1] == '\n')
		return;
	const char *end = memchr(b->bytes + b->done, '\n', b->len - b->done);
	const size_t done = end ? (size_t)(end - b->bytes) + 1 : b->len;
	q->bytes -= done - b->done;
	q->lost_lines++;
	b->done = done;
	if (b->done == b->len)
		free_first(q, list);
}

void queue_aim(struct queue *q, struct sink_fd to)
{
	struct stat st;
	drop_rest_of_line(q, &q->waiting);
	drop_rest_of_line(q, &q->aside);
	q->to = to;
	q->state = QUEUE_FLOWS;
	q->is_file = fstat(to.fd, &st) == 0 && S_ISREG(st.st_mode);
}
