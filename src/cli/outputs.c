/* Opening, feeding and closing the outputs. */
#include "cli/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "cli/complain.h"
#include "cli/options.h"

static bool is_stdout(const struct output *o)
{
	return strcmp(o->choice.file, "-") == 0;
}

static int check_stdout(const struct outputs *outputs,
                        struct tcpclose_error *err)
{
	size_t n = 0;
	for (size_t i = 0; i < outputs->n; i++)
		n += is_stdout(&outputs->output[i]);
	if (n < 2)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 },
	                 "two outputs to standard output; give one a file");
}

int outputs_choose(struct outputs *outputs, const struct options *options,
                   struct tcpclose_error *err)
{
	const struct words *words = &options->outputs;
	*outputs = (struct outputs){ 0 };
	outputs->output =
		alloc_new(&alloc_default, words->n, sizeof(*outputs->output));
	if (!outputs->output)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 }, "no memory");
	for (; outputs->n < words->n; outputs->n++) {
		struct output *o = &outputs->output[outputs->n];
		*o = (struct output){ .to = { .fd = -1 } };
		const int status =
			writer_choose(&o->choice, words->at[outputs->n], err);
		if (status != TCPCLOSE_OK)
			return status;
	}
	return check_stdout(outputs, err);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool file_of(const struct output *o, struct stat *st)
{
	if (o->is_whole)
		return stat(o->whole.path, st) == 0;
	return o->to.fd >= 0 && fstat(o->to.fd, st) == 0;
}

/* What else the regular file behind an open output is; NULL: nothing. */
static const char *what_else(const struct outputs *outputs,
                             const struct output *o, const struct stat *st,
                             const struct options *options)
{
	struct stat other;
	for (size_t i = 0; i < options->inputs.n; i++)
		if (stat(options->inputs.at[i], &other) == 0 &&
		    same_file(st, &other))
			return "this is the capture to be read";
	for (size_t i = 0; i < outputs->n; i++)
		if (&outputs->output[i] != o &&
		    file_of(&outputs->output[i], &other) &&
		    same_file(st, &other))
			return "this is another output already";
	return NULL;
}

/* Sets `created`, which is true of a regular file only. */
static int open_or_create(struct output *o)
{
	const int how = O_WRONLY | O_CLOEXEC;
	const int fd = open(o->choice.file, how | O_CREAT | O_EXCL, 0666);
	o->created = fd >= 0;
	/* A link to nowhere is no file, and yet there: O_CREAT follows it. */
	return fd >= 0 || errno != EEXIST
	               ? fd
	               : open(o->choice.file, how | O_CREAT, 0666);
}

static int open_file(const struct outputs *outputs, struct output *o,
                     const struct options *options, struct tcpclose_error *err)
{
	const struct error_place place = { .file = o->choice.file };
	o->to.fd = open_or_create(o);
	if (o->to.fd < 0)
		return error_set(err, TCPCLOSE_EIO, place, "cannot create: %s",
		                 strerror(errno));
	struct stat st;
	if (fstat(o->to.fd, &st) != 0 || !S_ISREG(st.st_mode))
		return TCPCLOSE_OK; /* a pipe or a device: nothing to empty */
	o->is_regular = true;
	const char *else_it_is = what_else(outputs, o, &st, options);
	if (!else_it_is)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EOPTION, place,
	                 "%s; choose another name", else_it_is);
}

/* A pipe or a device cannot be replaced: it is written once. */
static int open_whole(const struct outputs *outputs, struct output *o,
                      const struct options *options, struct tcpclose_error *err)
{
	const char *name = o->choice.file;
	struct stat st;
	const bool is_there = stat(name, &st) == 0;
	if (is_there && !S_ISREG(st.st_mode))
		return open_file(outputs, o, options, err);
	const char *else_it_is =
		is_there ? what_else(outputs, o, &st, options) : NULL;
	if (else_it_is)
		return error_set(err, TCPCLOSE_EOPTION,
		                 (struct error_place){ .file = name },
		                 "%s; choose another name", else_it_is);
	const int status = sink_whole_init(&o->whole, name, err);
	o->is_whole = status == TCPCLOSE_OK;
	o->created = o->is_whole && !is_there;
	return status;
}

/* NO_COLOR counts when it is not empty (no-color.org). */
static bool wants_color(const struct output *o, const struct options *options)
{
	if (options->color != WHEN_AUTO)
		return options->color == WHEN_ALWAYS;
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return !(no && *no) && !(term && strcmp(term, "dumb") == 0) &&
	       isatty(o->to.fd);
}

static int open_fd(const struct outputs *outputs, struct output *o,
                   const struct options *options, struct tcpclose_error *err)
{
	o->to.name = is_stdout(o) ? "standard output" : o->choice.file;
	if (!is_stdout(o) && writer_replaces(o->choice.ops))
		return open_whole(outputs, o, options, err);
	if (!is_stdout(o))
		return open_file(outputs, o, options, err);
	o->to.fd = STDOUT_FILENO;
	return TCPCLOSE_OK;
}

static int open_writer(struct output *o, const struct options *options,
                       const struct kinds *kinds, struct tcpclose_error *err)
{
	const struct writer_options writing = {
		.kinds = kinds->kind,
		.n_kinds = kinds->n,
		.events = (unsigned)options->events,
		.color = wants_color(o, options),
		.alloc = &alloc_default,
	};
	const struct sink sink =
		o->is_whole ? sink_to_whole(&o->whole) : sink_to_fd(&o->to);
	return writer_open(&o->writer, o->choice.ops, sink, &writing, err);
}

/* All files first: if one cannot be had, nothing was written to the others. */
int outputs_open(struct outputs *outputs, const struct options *options,
                 const struct kinds *kinds, struct tcpclose_error *err)
{
	int status = TCPCLOSE_OK;
	for (size_t i = 0; status == TCPCLOSE_OK && i < outputs->n; i++)
		status = open_fd(outputs, &outputs->output[i], options, err);
	for (size_t i = 0; status == TCPCLOSE_OK && i < outputs->n; i++)
		status = open_writer(&outputs->output[i], options, kinds, err);
	return status;
}

int outputs_begin(struct outputs *outputs, struct tcpclose_error *err)
{
	for (size_t i = 0; i < outputs->n; i++) {
		const struct output *o = &outputs->output[i];
		if (o->is_regular && ftruncate(o->to.fd, 0) != 0)
			return error_set(
				err, TCPCLOSE_EIO,
				(struct error_place){ .file = o->to.name },
				"cannot empty: %s", strerror(errno));
	}
	outputs->began = true;
	return TCPCLOSE_OK;
}

/* Whoever read the other end of a pipe has had enough, as head(1) has. */
static bool reader_left(int fd)
{
	struct pollfd pipe = { .fd = fd, .events = POLLOUT };
	return poll(&pipe, 1, 0) == 1 && pipe.revents & POLLERR;
}

static void note(struct outputs *outputs, struct output *o, int status,
                 const struct tcpclose_error *err)
{
	if (status == TCPCLOSE_OK || o->failed)
		return;
	o->failed = true;
	outputs->n_failed += !o->is_whole; /* that one is tried again */
	if (reader_left(o->to.fd))
		return;
	outputs->any_error = true;
	complain(err);
}

void outputs_record(struct outputs *outputs, const struct record *record)
{
	summary_add(&outputs->summary, record);
	for (size_t i = 0; i < outputs->n; i++) {
		struct output *o = &outputs->output[i];
		struct tcpclose_error err = { 0 };
		note(outputs, o, writer_record(o->writer, record, &err), &err);
	}
}

bool outputs_want_renewal(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->output[i].is_whole)
			return true;
	return false;
}

void outputs_renew(struct outputs *outputs, const struct record *stats)
{
	for (size_t i = 0; i < outputs->n; i++) {
		struct output *o = &outputs->output[i];
		struct tcpclose_error err = { 0 };
		if (!o->is_whole)
			continue;
		note(outputs, o, writer_record(o->writer, stats, &err), &err);
		note(outputs, o, writer_flush(o->writer, &err), &err);
	}
}

void outputs_flush(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++) {
		struct output *o = &outputs->output[i];
		struct tcpclose_error err = { 0 };
		note(outputs, o, writer_flush(o->writer, &err), &err);
	}
}

/* The new file takes the place of the old one's descriptor. */
static int reopen(struct output *o, struct tcpclose_error *err)
{
	const int fd = open(o->choice.file,
	                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	const bool is_done = fd >= 0 && dup3(fd, o->to.fd, O_CLOEXEC) >= 0;
	const int cause = errno;
	if (fd >= 0)
		close(fd);
	if (is_done)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EIO,
	                 (struct error_place){ .file = o->choice.file },
	                 "cannot open anew: %s", strerror(cause));
}

void outputs_reopen(struct outputs *outputs)
{
	outputs_flush(outputs);
	for (size_t i = 0; i < outputs->n; i++) {
		struct output *o = &outputs->output[i];
		struct tcpclose_error err = { 0 };
		if (!is_stdout(o) && !o->is_whole && !o->failed)
			note(outputs, o, reopen(o, &err), &err);
	}
}

bool outputs_are_gone(const struct outputs *outputs)
{
	return outputs->n_failed == outputs->n;
}

/* As if it had not been opened, but for what the rights have gone for. */
static void give_up(const struct output *o)
{
	writer_discard(o->writer);
	if (o->created)
		(void)unlink(o->choice.file);
	if (o->to.fd >= 0)
		close(o->to.fd);
}

static void close_output(struct outputs *outputs, struct output *o)
{
	struct tcpclose_error err = { 0 };
	note(outputs, o, writer_close(o->writer, &outputs->summary, &err),
	     &err);
	if (o->to.fd < 0)
		return;
	/* A network file system may report a full disk only here. */
	const struct error_place place = { .file = o->to.name };
	if (close(o->to.fd) != 0)
		note(outputs, o,
		     error_set(&err, TCPCLOSE_EIO, place, "cannot write: %s",
		               strerror(errno)),
		     &err);
}

bool outputs_close(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->began)
			close_output(outputs, &outputs->output[i]);
		else
			give_up(&outputs->output[i]);
	alloc_free(&alloc_default, outputs->output);
	return !outputs->any_error;
}
