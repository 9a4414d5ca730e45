/* One output: opening, feeding, going on in another file. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "cli/complain.h"
#include "cli/options.h"
#include "cli/output_file.h"

static bool is_stdout(const struct output *o)
{
	return strcmp(o->choice.file, "-") == 0;
}

static int no_memory(struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
	                 "no memory");
}

/* ---- choosing ---------------------------------------------------- */

/* A report is cut by time only: a part of one says nothing. */
static struct rotation rotation_for(const struct output *o)
{
	struct rotation r = rotation_of(o->run->options);
	if (is_stdout(o) || writer_replaces(o->choice.ops) ||
	    (!o->is_lines && r.every == 0))
		r = (struct rotation){ 0 };
	return r;
}

int output_choose(struct output *o, const struct output_run *run, unsigned i,
                  const char *argument, struct tcpclose_error *err)
{
	*o = (struct output){ .run = run,
		              .i = i,
		              .to = { .fd = -1 },
		              .directory = -1,
		              .part = 1 };
	queue_init(&o->queue, &alloc_default);
	int status = writer_choose(&o->choice, argument, err);
	if (status != TCPCLOSE_OK)
		return status;
	o->is_lines = writer_is_lines(o->choice.ops);
	if (!o->is_lines) {
		o->summary = alloc_new(&alloc_default, 1, sizeof(*o->summary));
		if (!o->summary)
			return no_memory(err);
	}
	if (is_stdout(o))
		return TCPCLOSE_OK;
	o->rotation = rotation_for(o);
	status = rotation_check(&o->rotation, o->choice.file, err);
	if (status == TCPCLOSE_OK)
		status = file_name_init(&o->name, o->choice.file, &o->rotation,
		                        time(NULL), err);
	return status;
}

/* ---- opening ----------------------------------------------------- */

enum beginning { FIRST_FILE, NEXT_FILE, SAME_NAME };

/* Whether what is in a file stays. A run that watches an interface may have
 * been started again, and loses nothing of what the one before it wrote. */
static bool is_continued(const struct output *o, enum beginning how)
{
	if (!o->is_lines)
		return false;
	return how == SAME_NAME ||
	       (o->run->is_live && !rotation_is_ring(&o->rotation));
}

static int prepare_file(const struct output *o, enum beginning how, int fd,
                        struct tcpclose_error *err)
{
	return is_continued(o, how) ? output_file_mend(fd, o->name.now, err)
	                            : output_file_empty(fd, o->name.now, err);
}

/* A file that was filled by an earlier run is passed over. */
static bool is_full_already(const struct output *o, enum beginning how, int fd)
{
	return how != SAME_NAME && is_continued(o, how) &&
	       o->rotation.size > 0 && output_file_size(fd) >= o->rotation.size;
}

static int cannot_open(const struct output *o, enum beginning how,
                       struct tcpclose_error *err)
{
	const struct error_place place = { .file = o->name.now };
	return error_set(err, TCPCLOSE_EIO, place, "cannot %s: %s",
	                 how == SAME_NAME ? "open anew" : "create",
	                 strerror(errno));
}

static int open_named(struct output *o, enum beginning how,
                      struct tcpclose_error *err)
{
	const enum patience patience = how == FIRST_FILE
	                                       ? OUTPUT_WAITS_FOR_READER
	                                       : OUTPUT_NEEDS_READER;
	bool created;
	for (;;) {
		const int fd =
			output_file_open(o->directory, file_name_base(&o->name),
		                         patience, &created);
		o->created = created && how == FIRST_FILE;
		if (fd < 0) {
			cannot_open(o, how, err);
			return -1;
		}
		if (!is_full_already(o, how, fd))
			return fd;
		close(fd);
		file_name_next(&o->name, &o->rotation, true, time(NULL));
	}
}

static int check_clash(const struct output *o, int fd, output_clash *clash,
                       const void *ctx, struct tcpclose_error *err)
{
	const char *else_it_is = clash(ctx, o, fd);
	if (!else_it_is)
		return output_file_lock(fd, o->name.now, err);
	return error_set(err, TCPCLOSE_EOPTION,
	                 (struct error_place){ .file = o->name.now },
	                 "%s; choose another name", else_it_is);
}

/* Returns a descriptor of the file that o->name names, ready to be written to
 * if it is not the first, or -1 with err filled. */
static int open_file(struct output *o, enum beginning how, output_clash *clash,
                     const void *ctx, struct tcpclose_error *err)
{
	const int fd = open_named(o, how, err);
	if (fd < 0)
		return -1;
	const bool is_file = output_file_size(fd) >= 0;
	if (!is_file && o->run->is_live)
		output_file_never_waits(fd);
	if (!is_file)
		return fd;
	int status = check_clash(o, fd, clash, ctx, err);
	if (status == TCPCLOSE_OK && how != FIRST_FILE)
		status = prepare_file(o, how, fd, err);
	if (status == TCPCLOSE_OK)
		return fd;
	close(fd);
	return -1;
}

/* What is written from now on goes there. */
static int take_descriptor(struct output *o, int fd, struct tcpclose_error *err)
{
	char *name = NULL;
	if (!is_stdout(o)) {
		name = alloc_string(&alloc_default, o->name.now);
		if (!name)
			return no_memory(err);
	}
	alloc_free(&alloc_default, o->opened);
	o->opened = name;
	o->to = (struct sink_fd){ fd, name ? name : "standard output" };
	const int64_t size = output_file_size(fd);
	o->is_file = size >= 0;
	o->held = o->is_file ? size : 0;
	if (o->run->is_live)
		queue_aim(&o->queue, o->to);
	output_keep_lines(o);
	return TCPCLOSE_OK;
}

void output_keep_lines(const struct output *o)
{
	if (o->is_file && o->directory >= 0)
		line_keeper_watch(&o->run->keeper, o->i, o->to.fd);
}

/* A pipe or a device cannot be replaced: it is written once. */
static bool is_replaced(const struct output *o)
{
	struct stat st;
	return writer_replaces(o->choice.ops) &&
	       (stat(o->choice.file, &st) != 0 || S_ISREG(st.st_mode));
}

static int open_whole(struct output *o, output_clash *clash, const void *ctx,
                      struct tcpclose_error *err)
{
	const int there = open(o->choice.file, O_PATH | O_CLOEXEC);
	const bool is_there = there >= 0;
	const char *else_it_is = is_there ? clash(ctx, o, there) : NULL;
	int status = TCPCLOSE_OK;
	if (is_there)
		close(there);
	if (else_it_is)
		status = error_set(
			err, TCPCLOSE_EOPTION,
			(struct error_place){ .file = o->choice.file },
			"%s; choose another name", else_it_is);
	if (status == TCPCLOSE_OK)
		status = sink_whole_init(&o->whole, o->choice.file, err);
	o->is_whole = status == TCPCLOSE_OK;
	o->created = o->is_whole && !is_there;
	return status;
}

int output_open(struct output *o, output_clash *clash, const void *ctx,
                struct tcpclose_error *err)
{
	if (is_stdout(o))
		return take_descriptor(o, STDOUT_FILENO, err);
	if (is_replaced(o))
		return open_whole(o, clash, ctx, err);
	o->directory = output_directory(o->choice.file, o->name.base_at);
	if (o->directory < 0)
		return cannot_open(o, FIRST_FILE, err);
	const int fd = open_file(o, FIRST_FILE, clash, ctx, err);
	return fd < 0 ? err->status : take_descriptor(o, fd, err);
}

int output_begin(struct output *o, struct tcpclose_error *err)
{
	if (!o->is_file || is_stdout(o))
		return TCPCLOSE_OK;
	const int status = prepare_file(o, FIRST_FILE, o->to.fd, err);
	o->held = output_file_size(o->to.fd);
	return status;
}

/* ---- writing ----------------------------------------------------- */

/* NO_COLOR counts when it is not empty (no-color.org). */
static bool wants_color(const struct output *o)
{
	const int64_t color = o->run->options->color;
	if (color != WHEN_AUTO)
		return color == WHEN_ALWAYS;
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return !(no && *no) && !(term && strcmp(term, "dumb") == 0) &&
	       isatty(o->to.fd);
}

/* The first file's is written when the run begins, each other's with it. */
static int write_begin(struct output *o, struct tcpclose_error *err)
{
	if (!o->run->begin || o->part == 1)
		return TCPCLOSE_OK;
	struct run_record run = *o->run->begin;
	run.part = o->part;
	const struct record record = record_of_run(&run);
	return writer_record(o->writer, &record, err);
}

static struct sink sink_of(struct output *o)
{
	if (o->is_whole)
		return sink_to_whole(&o->whole);
	return o->run->is_live ? sink_to_queue(&o->queue) : sink_to_fd(&o->to);
}

int output_make_writer(struct output *o, struct tcpclose_error *err)
{
	const struct writer_options writing = {
		.kinds = o->run->kinds->kind,
		.n_kinds = o->run->kinds->n,
		.events = (unsigned)o->run->options->events,
		.color = wants_color(o),
		.alloc = &alloc_default,
	};
	if (o->summary)
		*o->summary = (struct summary){ 0 };
	const int status = writer_open(&o->writer, o->choice.ops, sink_of(o),
	                               &writing, err);
	return status == TCPCLOSE_OK ? write_begin(o, err) : status;
}

/* Whoever read the other end of a pipe has had enough, as head(1) has. */
static bool reader_left(int fd)
{
	struct pollfd pipe = { .fd = fd, .events = POLLOUT };
	return poll(&pipe, 1, 0) == 1 && pipe.revents & POLLERR;
}

void output_fail(struct output *o, const struct tcpclose_error *err)
{
	if (o->failed)
		return;
	o->failed = true;
	if (!o->run->is_live && reader_left(o->to.fd))
		return;
	o->any_error = true;
	complain(err);
}

static void note(struct output *o, int status, const struct tcpclose_error *err)
{
	if (status != TCPCLOSE_OK)
		output_fail(o, err);
}

void output_record(struct output *o, const struct record *record)
{
	struct tcpclose_error err;
	if (!o->writer)
		return;
	if (o->summary)
		summary_add(o->summary, record);
	error_clear(&err);
	note(o, writer_record(o->writer, record, &err), &err);
}

void output_flush(struct output *o)
{
	struct tcpclose_error err = { 0 };
	if (o->writer)
		note(o, writer_flush(o->writer, &err), &err);
}

void output_renew(struct output *o, const struct record *stats)
{
	struct tcpclose_error err = { 0 };
	if (!o->is_whole)
		return;
	output_record(o, stats);
	const int status = writer_flush(o->writer, &err);
	if (status == TCPCLOSE_OK)
		o->failed = false; /* it is written whole again */
	note(o, status, &err);
}

bool output_is_full(const struct output *o)
{
	return o->writer && o->rotation.size > 0 && o->is_lines && o->is_file &&
	       o->held + (int64_t)writer_bytes(o->writer) >= o->rotation.size;
}

/* ---- another file ------------------------------------------------ */

/* Write what the writer still has. What a full disk does not take, an output
 * of lines takes to its next file. */
static void complete(struct output *o)
{
	struct tcpclose_error err = { 0 };
	const size_t limit = o->queue.limit;
	if (o->summary) {
		o->summary->ledger = o->run->ledger;
		o->queue.limit = SIZE_MAX; /* it is in memory already */
	}
	note(o, writer_close(o->writer, o->summary, &err), &err);
	o->writer = NULL;
	o->queue.limit = limit;
}

/* A network file system may report a full disk only here. */
static void close_descriptor(struct output *o)
{
	struct tcpclose_error err = { 0 };
	const struct error_place place = { .file = o->to.name };
	if (o->to.fd >= 0 && close(o->to.fd) != 0)
		note(o,
		     error_set(&err, TCPCLOSE_EIO, place, "cannot write: %s",
		               strerror(errno)),
		     &err);
	o->to.fd = -1;
}

static void leave_file(struct output *o)
{
	complete(o);
	if (o->run->is_live && o->is_lines)
		queue_set_aside(&o->queue);
	else if (o->run->is_live)
		output_tell_lost(o);
	close_descriptor(o);
	o->part++;
}

static void enter_file(struct output *o, int fd)
{
	struct tcpclose_error err = { 0 };
	int status = take_descriptor(o, fd, &err);
	if (status == TCPCLOSE_OK)
		status = output_make_writer(o, &err);
	if (status == TCPCLOSE_OK)
		status = writer_flush(o->writer, &err);
	note(o, status, &err);
	queue_bring_back(&o->queue);
}

/* The present file goes on. */
static void complain_of_next(struct output *o, const struct tcpclose_error *err)
{
	o->any_error = true;
	o->held =
		-(int64_t)writer_bytes(o->writer); /* try again after as much */
	complain(err);
}

char *output_turn(struct output *o, bool is_full, output_clash *clash,
                  const void *ctx)
{
	struct tcpclose_error err = { 0 };
	if (o->failed || !o->is_file ||
	    (o->rotation.every == 0 && o->rotation.size == 0) ||
	    !file_name_next(&o->name, &o->rotation, is_full, time(NULL)))
		return NULL;
	const int fd = open_file(o, NEXT_FILE, clash, ctx, &err);
	if (fd < 0) {
		complain_of_next(o, &err);
		return NULL;
	}
	char *done = alloc_string(&alloc_default, o->opened);
	leave_file(o);
	enter_file(o, fd);
	return done;
}

void output_reopen(struct output *o, output_clash *clash, const void *ctx)
{
	struct tcpclose_error err = { 0 };
	if (o->failed || o->directory < 0 ||
	    output_file_is_named(o->directory, file_name_base(&o->name),
	                         o->to.fd))
		return;
	const int fd = open_file(o, SAME_NAME, clash, ctx, &err);
	if (fd < 0) {
		complain_of_next(o, &err);
		return;
	}
	leave_file(o);
	enter_file(o, fd);
}

/* ---- the end ----------------------------------------------------- */

void output_finish(struct output *o)
{
	if (!o->writer)
		return;
	complete(o);
	if (o->run->is_live) {
		output_drain(o);
		output_tell_lost(o);
	}
	close_descriptor(o);
}

void output_give_up(struct output *o)
{
	writer_discard(o->writer);
	if (o->created && o->is_whole)
		(void)unlink(o->whole.path);
	else if (o->created)
		(void)unlinkat(o->directory, file_name_base(&o->name), 0);
}

void output_close(struct output *o)
{
	queue_drop(&o->queue);
	file_name_fini(&o->name);
	if (o->to.fd >= 0)
		close(o->to.fd);
	if (o->directory >= 0)
		close(o->directory);
	alloc_free(&alloc_default, o->opened);
	alloc_free(&alloc_default, o->summary);
}
