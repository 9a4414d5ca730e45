/* The bounded queue before a descriptor that is slow, full, or closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "write/queue.h"

struct pipe_ends {
	int read, write;
};

static struct pipe_ends new_pipe(void)
{
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK); /* the writing end may block */
	return (struct pipe_ends){ fds[0], fds[1] };
}

static void put(struct queue *q, const char *bytes, size_t n)
{
	const struct sink sink = sink_to_queue(q);
	assert_int_equal(sink.write(sink.ctx, bytes, n, NULL), TCPCLOSE_OK);
}

/* A line of `n` bytes that begins with a number. */
static void put_line(struct queue *q, unsigned number, size_t n)
{
	char line[2 * PIPE_BUF];
	assert_true(n <= sizeof(line));
	memset(line, 'x', n);
	snprintf(line, n, "%08u", number);
	line[8] = ' ';
	line[n - 1] = '\n';
	put(q, line, n);
}

/* Read what is there; checks that lines come whole and their numbers grow. */
struct reader {
	char line[2 * PIPE_BUF];
	size_t len;
	unsigned n, last;
	size_t read;
};

static void take(struct reader *r, char c)
{
	assert_true(r->len < sizeof(r->line));
	r->line[r->len++] = c;
	if (c != '\n')
		return;
	unsigned number;
	assert_int_equal(sscanf(r->line, "%8u x", &number), 1);
	assert_true(r->n == 0 || number > r->last);
	r->last = number;
	r->n++;
	r->len = 0;
}

static void read_all(struct reader *r, int fd)
{
	char bytes[65536];
	ssize_t n;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			take(r, bytes[i]);
		r->read += (size_t)n;
	}
}

static void a_full_pipe_blocks_nothing_and_loses_nothing(void **state)
{
	(void)state;
	struct pipe_ends p = new_pipe();
	struct queue q;
	struct reader r = { .n = 0 };
	queue_init(&q, &alloc_default);
	queue_aim(&q, (struct sink_fd){ p.write, "pipe" });
	for (unsigned i = 0; i < 1000; i++)
		put_line(&q, i, 1000);
	assert_int_equal(q.state, QUEUE_WAITS);
	assert_true(q.bytes > 900000);
	while (queue_waits(&q)) {
		read_all(&r, p.read);
		queue_pump(&q);
	}
	read_all(&r, p.read);
	assert_int_equal(r.n, 1000);
	assert_int_equal(r.len, 0);
	assert_int_equal(q.bytes, 0);
	assert_int_equal(q.lost_lines, 0);
	assert_int_equal(q.state, QUEUE_FLOWS);
	close(p.read);
	close(p.write);
}

static void a_full_queue_drops_whole_lines_and_counts_them(void **state)
{
	(void)state;
	struct pipe_ends p = new_pipe();
	struct queue q;
	struct reader r = { .n = 0 };
	queue_init(&q, &alloc_default);
	q.limit = 50000;
	queue_aim(&q, (struct sink_fd){ p.write, "pipe" });
	for (unsigned i = 0; i < 1000; i++) {
		put_line(&q, i, 777);
		assert_true(q.bytes <= 50000);
	}
	assert_true(q.lost_lines > 0);
	while (queue_waits(&q)) {
		read_all(&r, p.read);
		queue_pump(&q);
	}
	read_all(&r, p.read);
	assert_int_equal(r.n + q.lost_lines, 1000);
	assert_int_equal(r.len, 0);
	close(p.read);
	close(p.write);
}

/* pipe(7): a write of at most PIPE_BUF is not mixed with others and not
 * cut, so whoever is killed leaves whole lines in the pipe. */
static void a_pipe_is_given_whole_lines(void **state)
{
	(void)state;
	struct pipe_ends p = new_pipe();
	struct queue q;
	queue_init(&q, &alloc_default);
	queue_aim(&q, (struct sink_fd){ p.write, "pipe" });
	char block[3000 * 3];
	memset(block, 'x', sizeof(block));
	block[2999] = block[5999] = block[8999] = '\n';
	while (q.state == QUEUE_FLOWS)
		put(&q, block, sizeof(block));
	char byte = 0;
	size_t n = 0;
	while (read(p.read, &byte, 1) == 1)
		n++;
	assert_int_equal(byte, '\n');
	assert_int_equal(n % 3000, 0);
	queue_drop(&q);
	close(p.read);
	close(p.write);
}

static void lines_longer_than_a_pipe_takes_at_once_come_whole(void **state)
{
	(void)state;
	struct pipe_ends p = new_pipe();
	struct queue q;
	struct reader r = { .n = 0 };
	queue_init(&q, &alloc_default);
	queue_aim(&q, (struct sink_fd){ p.write, "pipe" });
	for (unsigned i = 0; i < 50; i++)
		put_line(&q, i, 2 * PIPE_BUF - 1);
	while (queue_waits(&q)) {
		read_all(&r, p.read);
		queue_pump(&q);
	}
	read_all(&r, p.read);
	assert_int_equal(r.n, 50);
	assert_int_equal(r.len, 0);
	close(p.read);
	close(p.write);
}

static void a_reader_that_leaves_is_told_from_one_that_waits(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	struct pipe_ends p = new_pipe(), second = new_pipe();
	struct queue q;
	struct reader r = { .n = 0 };
	queue_init(&q, &alloc_default);
	queue_aim(&q, (struct sink_fd){ p.write, "pipe" });
	/* A line takes two of the pipe's pages, so an odd number of pages that
	 * is left ends within a line. */
	put_line(&q, 0, 100);
	while (q.state == QUEUE_FLOWS)
		put_line(&q, 1, 2 * PIPE_BUF - 1);
	put_line(&q, 7, 100);
	close(p.read);
	queue_pump(&q);
	assert_int_equal(q.state, QUEUE_GONE);
	assert_int_equal(q.cause, EPIPE);

	queue_aim(&q, (struct sink_fd){ second.write, "pipe" });
	queue_pump(&q);
	read_all(&r, second.read);
	assert_int_equal(q.state, QUEUE_FLOWS);
	assert_int_equal(r.last, 7);
	assert_int_equal(r.len, 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(q.lost_lines, 1);
	close(p.write);
	close(second.read);
	close(second.write);
}

static void what_is_shut_counts_what_it_is_given(void **state)
{
	(void)state;
	struct pipe_ends p = new_pipe();
	struct queue q;
	queue_init(&q, &alloc_default);
	queue_aim(&q, (struct sink_fd){ p.write, "pipe" });
	queue_shut(&q);
	put(&q, "one\ntwo\n", 8);
	assert_int_equal(q.lost_lines, 2);
	assert_false(queue_waits(&q));
	close(p.read);
	close(p.write);
}

/* A limit of the file's size is the smallest full disk there is. */
static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_keeps_lines_whole_and_in_order(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	FILE *file = tmpfile();
	assert_non_null(file);
	struct queue q;
	struct reader r = { .n = 0 };
	queue_init(&q, &alloc_default);
	queue_aim(&q, (struct sink_fd){ fileno(file), "x" });
	limit_file_size(5500);
	for (unsigned i = 0; i < 20; i++)
		put_line(&q, i, 1000);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(q.state, QUEUE_FAILS);
	assert_int_equal(q.cause, EFBIG);
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), 5000);
	queue_pump(&q);
	assert_int_equal(q.state, QUEUE_FLOWS);
	rewind(file);
	read_all(&r, fileno(file));
	assert_int_equal(r.n, 20);
	assert_int_equal(q.lost_lines, 0);
	fclose(file);
}

static void what_is_set_aside_comes_after_what_is_new(void **state)
{
	(void)state;
	struct pipe_ends p = new_pipe();
	struct queue q;
	char text[16] = "";
	queue_init(&q, &alloc_default);
	put(&q, "2\n", 2); /* goes nowhere yet */
	queue_set_aside(&q);
	put(&q, "1\n", 2);
	queue_bring_back(&q);
	put(&q, "3\n", 2);
	queue_aim(&q, (struct sink_fd){ p.write, "pipe" });
	queue_pump(&q);
	assert_int_equal(read(p.read, text, sizeof(text)), 6);
	assert_string_equal(text, "1\n2\n3\n");
	assert_int_equal(q.bytes, 0);
	close(p.read);
	close(p.write);
}

static void *no_memory(void *ctx, void *old, size_t size)
{
	(void)ctx, (void)old, (void)size;
	return NULL;
}

static void without_memory_lines_are_counted(void **state)
{
	(void)state;
	const struct tcpclose_allocator none = { .resize = no_memory };
	struct queue q;
	queue_init(&q, &none);
	put(&q, "1\n2\n", 4);
	assert_int_equal(q.lost_lines, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_pipe_blocks_nothing_and_loses_nothing),
		cmocka_unit_test(
			a_full_queue_drops_whole_lines_and_counts_them),
		cmocka_unit_test(a_pipe_is_given_whole_lines),
		cmocka_unit_test(
			lines_longer_than_a_pipe_takes_at_once_come_whole),
		cmocka_unit_test(
			a_reader_that_leaves_is_told_from_one_that_waits),
		cmocka_unit_test(what_is_shut_counts_what_it_is_given),
		cmocka_unit_test(a_full_disk_keeps_lines_whole_and_in_order),
		cmocka_unit_test(what_is_set_aside_comes_after_what_is_new),
		cmocka_unit_test(without_memory_lines_are_counted),
	};
	return cmocka_run_group_tests_name("write_queue", tests, NULL, NULL);
}
