/* Opening captures, and their numbers. */
#include "cli/inputs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "capture/capture.h"
#include "cli/complain.h"
#include "cli/options.h"
#include "cli/protect.h"
#include "decode/decode.h"

#define FILTER_MAX (64 << 10) /* bytes of -F: libpcap's limit is lower */

static int fail_filter(struct tcpclose_error *err, const char *file)
{
	return error_set(err, TCPCLOSE_EIO,
	                 (struct error_place){ .file = file },
	                 "cannot read the filter: %s", strerror(errno));
}

/* As in tcpdump's: from # to the end of the line is a comment. */
static void blank_comments(struct buffer *filter)
{
	bool is_comment = false;
	for (size_t i = 0; i < filter->len; i++) {
		char *c = &filter->bytes[i];
		is_comment = *c == '#' || (is_comment && *c != '\n');
		if (is_comment)
			*c = ' ';
	}
}

static int read_filter(struct buffer *filter, const char *path,
                       struct tcpclose_error *err)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return fail_filter(err, path);
	char some[4096];
	size_t n;
	while (filter->len < FILTER_MAX &&
	       (n = fread(some, 1, sizeof(some), file)) > 0)
		buffer_put(filter, some, n);
	const int status = ferror(file) ? fail_filter(err, path) : TCPCLOSE_OK;
	fclose(file);
	blank_comments(filter);
	return status;
}

/* The filter of the command line or of -F, ending in a 0. */
static int make_filter(struct buffer *filter, const struct options *options,
                       struct tcpclose_error *err)
{
	int status = TCPCLOSE_OK;
	if (options->filter)
		buffer_text(filter, options->filter);
	else if (options->filter_file)
		status = read_filter(filter, options->filter_file, err);
	buffer_char(filter, '\0');
	if (status == TCPCLOSE_OK && filter->failed)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 }, "no memory");
	return status;
}

static int open_live(struct inputs *inputs, const struct options *options,
                     struct tcpclose_error *err)
{
	const struct capture_live_options how = {
		.interface = options->interface,
		.filter = inputs->filter.bytes,
		.snapshot_length = (uint32_t)options->snapshot_length,
		.buffer_kib = (uint32_t)options->buffer_kib,
		.promiscuous = options->promiscuous != 0,
		.immediate = options->immediate != 0,
	};
	inputs->is_live = true;
	return capture_open_live(&inputs->capture, &how, &alloc_default, err);
}

/* One that is not to be had costs only itself. */
static void leave_out(struct inputs *inputs, struct tcpclose_error *err)
{
	complain(err);
	inputs->n_failed++;
	error_clear(err);
}

/* Names in the filter are looked up for every kind of link that may come. */
static void compile_filter(struct capture *capture)
{
	for (uint32_t i = 0; i <= UINT16_MAX; i++)
		if (link_type_name(i))
			capture_expect(capture, i);
}

static int open_files(struct inputs *inputs, const struct options *options,
                      struct tcpclose_error *err)
{
	const struct capture_options how = { .filter = inputs->filter.bytes,
		                             .hold = true };
	const size_t n = options->inputs.n;
	protect_raise_limit();
	int status = capture_new(&inputs->capture, &how, &alloc_default, err);
	if (status != TCPCLOSE_OK)
		return status;
	compile_filter(inputs->capture);
	for (size_t i = 0; i < n; i++) {
		status = capture_add(inputs->capture, options->inputs.at[i],
		                     err);
		if (status == TCPCLOSE_EOPTION)
			return status;
		if (status != TCPCLOSE_OK)
			leave_out(inputs, err);
	}
	return inputs->n_failed < n ? TCPCLOSE_OK : status;
}

int inputs_open(struct inputs *inputs, const struct options *options,
                struct tcpclose_error *err)
{
	*inputs = (struct inputs){ 0 };
	buffer_init(&inputs->filter, &alloc_default);
	for (size_t i = 0; i < options->inputs.n; i++)
		inputs->has_stdin |= strcmp(options->inputs.at[i], "-") == 0;
	if (inputs->has_stdin && isatty(STDIN_FILENO))
		return error_set(err, TCPCLOSE_EOPTION,
		                 (struct error_place){ 0 },
		                 "-r -: standard input is a terminal; pipe a "
		                 "capture into it");
	const int status = make_filter(&inputs->filter, options, err);
	if (status != TCPCLOSE_OK)
		return status;
	return options->interface ? open_live(inputs, options, err)
	                          : open_files(inputs, options, err);
}

bool inputs_begin(struct inputs *inputs)
{
	struct tcpclose_error err = { 0 };
	int status;
	while ((status = capture_begin(inputs->capture, &err)) != TCPCLOSE_OK) {
		leave_out(inputs, &err);
		if (status == TCPCLOSE_ENOMEM)
			return false;
	}
	return capture_n_sources(inputs->capture) > 0;
}

void inputs_close(struct inputs *inputs)
{
	capture_close(inputs->capture);
	buffer_fini(&inputs->filter);
}

const char *inputs_name(const struct inputs *inputs, uint32_t i)
{
	if (i >= capture_n_sources(inputs->capture))
		return "?";
	return capture_source(inputs->capture, i)->name;
}

const char *inputs_only_name(const struct inputs *inputs)
{
	return capture_n_sources(inputs->capture) == 1 ? inputs_name(inputs, 0)
	                                               : NULL;
}

void inputs_fill_stats(const struct inputs *inputs, struct stats_record *stats)
{
	uint64_t kernel = 0, interface = 0;
	for (size_t i = 0; i < capture_n_sources(inputs->capture); i++) {
		const struct capture_source *s =
			capture_source(inputs->capture, i);
		kernel += s->dropped_kernel;
		interface += s->dropped_interface;
	}
	if (kernel > 0 || inputs->is_live)
		stats->dropped.kernel = (int64_t)kernel;
	if (interface > 0 || inputs->is_live)
		stats->dropped.interface = (int64_t)interface;
	stats->truncated_files = inputs->n_truncated;
	stats->head.source = inputs_only_name(inputs);
}

void inputs_describe(const struct inputs *inputs)
{
	for (size_t i = 0; i < capture_n_sources(inputs->capture); i++) {
		const struct capture_source *s =
			capture_source(inputs->capture, i);
		say("%s: %s%s%s, %" PRIu64 " packets, %" PRIu64 " bytes read",
		    s->name, s->format ? s->format : "no capture",
		    s->packing ? ", packed with " : "",
		    s->packing ? s->packing : "", s->packets, s->bytes_read);
	}
}
