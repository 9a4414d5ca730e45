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

/* The path that an error is about; n if it is about none of them. */
static size_t find_path(const char *const *paths, size_t n,
                        const struct tcpclose_error *err)
{
	size_t i = 0;
	while (i < n && strcmp(paths[i], err->file) != 0)
		i++;
	return i;
}

/*
 * Open what can be opened. Standard input can be begun only once, so where it
 * is among the inputs the first error is the last.
 */
static int open_good(struct inputs *inputs, const char **paths, size_t n,
                     const struct capture_options *how,
                     struct tcpclose_error *err)
{
	for (;;) {
		const int status = capture_open(&inputs->capture, paths, n, how,
		                                &alloc_default, err);
		if (status == TCPCLOSE_OK || status == TCPCLOSE_EOPTION)
			return status;
		complain(err);
		inputs->n_failed++;
		const size_t bad = find_path(paths, n, err);
		error_clear(err);
		if (bad == n || n == 1 || inputs->has_stdin)
			return status;
		n--;
		memmove(&paths[bad], &paths[bad + 1],
		        (n - bad) * sizeof(*paths));
	}
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

static int open_all(struct inputs *inputs, const struct options *options,
                    struct tcpclose_error *err)
{
	const struct capture_options how = { .filter = inputs->filter.bytes };
	const size_t n = options->inputs.n;
	const char **paths = alloc_new(&alloc_default, n, sizeof(*paths));
	if (!paths)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 }, "no memory");
	memcpy(paths, options->inputs.at, n * sizeof(*paths));
	const int status = open_good(inputs, paths, n, &how, err);
	alloc_free(&alloc_default, paths);
	return status;
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
	                          : open_all(inputs, options, err);
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
