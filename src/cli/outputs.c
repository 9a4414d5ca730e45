/* Opening, feeding, rotating and closing the outputs. */
#include "cli/outputs.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error.h"
#include "cli/complain.h"
#include "cli/live.h"
#include "cli/options.h"

static int fail_option(struct tcpclose_error *err, const char *why)
{
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 }, "%s",
	                 why);
}

/* ---- choosing and opening ---------------------------------------- */

static int check_stdout(const struct outputs *outputs,
                        struct tcpclose_error *err)
{
	size_t n = 0;
	for (size_t i = 0; i < outputs->n; i++)
		n += strcmp(outputs->output[i].choice.file, "-") == 0;
	if (n < 2)
		return TCPCLOSE_OK;
	return fail_option(err,
	                   "two outputs to standard output; give one a file");
}

static int check_rotation(const struct outputs *outputs,
                          struct tcpclose_error *err)
{
	const struct options *options = outputs->run.options;
	bool is_any = false;
	for (size_t i = 0; i < outputs->n; i++) {
		const struct rotation *r = &outputs->output[i].rotation;
		is_any |= r->every > 0 || r->size > 0;
	}
	if (is_any || (options->rotate_every == 0 && options->rotate_size == 0))
		return TCPCLOSE_OK;
	if (options->rotate_every == 0)
		return fail_option(err, "-C: there is no ndjson output to a "
		                        "file, such as -o x.ndjson");
	return fail_option(err, "-G: there is no output to a file; standard "
	                        "output is not rotated");
}

int outputs_choose(struct outputs *outputs, const struct options *options,
                   const struct kinds *kinds, struct tcpclose_error *err)
{
	const struct words *words = &options->outputs;
	*outputs = (struct outputs){
		.run = { .options = options,
		         .kinds = kinds,
		         .is_live = options->interface != NULL,
		         .keeper = NO_HELPER },
		.commands = { .helper = NO_HELPER },
	};
	outputs->output =
		alloc_new(&alloc_default, words->n, sizeof(*outputs->output));
	if (!outputs->output)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 }, "no memory");
	while (outputs->n < words->n) {
		const size_t i = outputs->n++;
		const int status =
			output_choose(&outputs->output[i], &outputs->run,
		                      (unsigned)i, words->at[i], err);
		if (status != TCPCLOSE_OK)
			return status;
	}
	const int status = check_stdout(outputs, err);
	return status == TCPCLOSE_OK ? check_rotation(outputs, err) : status;
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

/* What else the file behind an open output is; NULL: nothing. */
static const char *what_else(const void *ctx, const struct output *o, int fd)
{
	const struct outputs *outputs = ctx;
	const struct words *inputs = &outputs->run.options->inputs;
	struct stat st, other;
	if (fstat(fd, &st) != 0)
		return NULL;
	for (size_t i = 0; i < inputs->n; i++)
		if (stat(inputs->at[i], &other) == 0 && same_file(&st, &other))
			return "this is the capture to be read";
	for (size_t i = 0; i < outputs->n; i++)
		if (&outputs->output[i] != o &&
		    file_of(&outputs->output[i], &other) &&
		    same_file(&st, &other))
			return "this is another output already";
	return NULL;
}

/* All files first: if one cannot be had, nothing was written to the others. */
int outputs_open(struct outputs *outputs, struct tcpclose_error *err)
{
	int status = TCPCLOSE_OK;
	tzset(); /* for names with a time, while the file of the zone is had */
	outputs->turned = live_steady();
	for (size_t i = 0; status == TCPCLOSE_OK && i < outputs->n; i++)
		status = output_open(&outputs->output[i], what_else, outputs,
		                     err);
	for (size_t i = 0; status == TCPCLOSE_OK && i < outputs->n; i++)
		status = output_make_writer(&outputs->output[i], err);
	return status;
}

int outputs_begin(struct outputs *outputs, struct tcpclose_error *err)
{
	int status = TCPCLOSE_OK;
	for (size_t i = 0; status == TCPCLOSE_OK && i < outputs->n; i++)
		status = output_begin(&outputs->output[i], err);
	outputs->began = status == TCPCLOSE_OK;
	return status;
}

static bool has_files(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->output[i].is_file &&
		    outputs->output[i].directory >= 0)
			return true;
	return false;
}

int outputs_start_helpers(struct outputs *outputs, const struct user *user,
                          struct tcpclose_error *err)
{
	const char *command = outputs->run.options->command;
	if (has_files(outputs))
		line_keeper_start(&outputs->run.keeper, user);
	for (size_t i = 0; i < outputs->n; i++)
		output_keep_lines(&outputs->output[i]);
	return command ? command_helper_start(&outputs->commands, command, user,
	                                      err)
	               : TCPCLOSE_OK;
}

void outputs_keep_run(struct outputs *outputs, const struct run_record *run)
{
	outputs->run.begin = run;
}

void outputs_keep_ledger(struct outputs *outputs, const struct ledger *ledger)
{
	outputs->run.ledger = ledger;
}

/* ---- rotating ---------------------------------------------------- */

/* Takes the name of a finished file, which may be NULL. */
static void finish_file(struct outputs *outputs, char *name)
{
	if (name)
		command_helper_run(&outputs->commands, name);
	alloc_free(&alloc_default, name);
}

bool outputs_are_due(const struct outputs *outputs, int64_t now)
{
	const int64_t every = outputs->run.options->rotate_every;
	return every > 0 && now - outputs->turned >= every;
}

bool outputs_are_complete(const struct outputs *outputs, int64_t now)
{
	const struct options *options = outputs->run.options;
	return options->rotate_files > 0 && options->rotate_size == 0 &&
	       outputs->n_turns + 1 >= options->rotate_files &&
	       outputs_are_due(outputs, now);
}

void outputs_turn(struct outputs *outputs, int64_t now)
{
	const int64_t every = outputs->run.options->rotate_every;
	outputs->n_turns++;
	outputs->turned += (now - outputs->turned) / every * every;
	for (size_t i = 0; i < outputs->n; i++)
		finish_file(outputs, output_turn(&outputs->output[i], false,
		                                 what_else, outputs));
}

void outputs_reopen(struct outputs *outputs)
{
	outputs_flush(outputs);
	for (size_t i = 0; i < outputs->n; i++)
		output_reopen(&outputs->output[i], what_else, outputs);
}

/* ---- writing ----------------------------------------------------- */

void outputs_record(struct outputs *outputs, const struct record *record)
{
	for (size_t i = 0; i < outputs->n; i++) {
		struct output *o = &outputs->output[i];
		output_record(o, record);
		if (output_is_full(o))
			finish_file(outputs,
			            output_turn(o, true, what_else, outputs));
	}
}

void outputs_flush(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		output_flush(&outputs->output[i]);
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
	for (size_t i = 0; i < outputs->n; i++)
		output_renew(&outputs->output[i], stats);
}

/* One that is replaced is tried again, whatever it met. */
bool outputs_are_gone(const struct outputs *outputs)
{
	size_t n = 0;
	for (size_t i = 0; i < outputs->n; i++)
		n += outputs->output[i].failed && !outputs->output[i].is_whole;
	return n == outputs->n;
}

void outputs_tend(struct outputs *outputs, int64_t now)
{
	for (size_t i = 0; outputs->run.is_live && i < outputs->n; i++) {
		struct output *o = &outputs->output[i];
		const bool had_failed = o->failed;
		output_tend(o, now);
		if (o->failed && !had_failed && !outputs_are_gone(outputs))
			say("%s: its reader left; the other outputs go on",
			    o->to.name);
	}
}

static bool waits_for_room(const struct output *o)
{
	return o->queue.state == QUEUE_WAITS && queue_waits(&o->queue);
}

size_t outputs_waiting(const struct outputs *outputs, struct pollfd *room,
                       size_t n)
{
	size_t used = 0;
	for (size_t i = 0; i < outputs->n && used < n; i++)
		if (waits_for_room(&outputs->output[i]))
			room[used++] = (struct pollfd){
				.fd = outputs->output[i].to.fd,
				.events = POLLOUT,
			};
	return used;
}

void outputs_fill_stats(const struct outputs *outputs,
                        struct stats_record *stats)
{
	if (!outputs->run.is_live)
		return;
	struct stats_outputs sum = { 0 };
	for (size_t i = 0; i < outputs->n; i++) {
		const struct output *o = &outputs->output[i];
		const struct queue *q = &o->queue;
		if (o->is_lines)
			sum.lost_records += (int64_t)q->lost_lines;
		sum.waiting += (int64_t)q->bytes;
		sum.failing += o->failed || q->state == QUEUE_FAILS ||
		               q->state == QUEUE_GONE;
	}
	stats->outputs = sum;
}

/* ---- the end ----------------------------------------------------- */

static bool is_rotated(const struct output *o)
{
	return o->is_file && (o->rotation.every > 0 || o->rotation.size > 0);
}

static void finish(struct outputs *outputs, struct output *o)
{
	output_finish(o);
	if (is_rotated(o))
		command_helper_run(&outputs->commands, o->opened);
}

bool outputs_close(struct outputs *outputs)
{
	bool is_well = true;
	for (size_t i = 0; i < outputs->n; i++) {
		struct output *o = &outputs->output[i];
		if (outputs->began)
			finish(outputs, o);
		else
			output_give_up(o);
		is_well &= !o->any_error;
	}
	for (size_t i = 0; i < outputs->n; i++)
		output_close(&outputs->output[i]);
	line_keeper_end(&outputs->run.keeper);
	command_helper_end(&outputs->commands);
	alloc_free(&alloc_default, outputs->output);
	return is_well;
}
