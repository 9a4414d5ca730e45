/* Understanding a command line. */
#include "cli/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "base/error.h"
#include "cli/nearest.h"
#include "cli/option_value.h"
#include "write/writer.h"

#define NO_PLACE ((struct error_place){ 0 })

/* Live, a connection that is over is reported soon. */
#define LIVE_LINGER INT64_C(5000000000)

/* What libpcap can be asked for. */
#define SNAPSHOT_MOST   262144
#define BUFFER_KIB_MOST (INT32_MAX >> 10)

/* What getopt_long() returns for row i: no letter is as large. */
#define ROW_CODE 256

void options_init(struct options *options)
{
	struct analyzer_options analysis;
	analyzer_options_init(&analysis);
	*options = (struct options){
		.action = ACTION_ANALYZE,
		.events = WRITER_DEFAULT_EVENTS,
		.snapshot_length = 256,
		.buffer_kib = 65536,
		.promiscuous = 1,
		.sandbox = 1,
		.min_severity = analysis.min_severity,
		.fail_on = -1,
		.time_wait = analysis.time_wait,
		.port_range = analysis.port_range,
		.linger = analysis.linger,
		.idle_timeout = analysis.idle_timeout,
		.max_memory = (int64_t)analysis.max_memory,
	};
}

void options_fini(struct options *options)
{
	alloc_free(&alloc_default, options->inputs.at);
	alloc_free(&alloc_default, options->outputs.at);
	alloc_free(&alloc_default, options->filter);
}

/* What getopt_long() wants to know, made from the rows. */
struct grammar {
	char letters[2 * OPTION_ROWS + 2];
	struct option names[OPTION_ROWS + 1];
};

static void make_grammar(struct grammar *g)
{
	size_t n_letters = 0, n_names = 0;
	memset(g, 0, sizeof(*g));
	g->letters[n_letters++] = ':'; /* tell a missing argument apart */
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];
		if (row->letter)
			g->letters[n_letters++] = (char)row->letter;
		if (row->letter && row->argument)
			g->letters[n_letters++] = ':';
		if (row->name)
			g->names[n_names++] = (struct option){
				row->name,
				row->argument ? required_argument : no_argument,
				NULL, ROW_CODE + (int)i
			};
	}
}

static const struct option_row *find_row(int code)
{
	if (code >= ROW_CODE)
		return &option_rows[code - ROW_CODE];
	for (size_t i = 0; i < n_option_rows; i++)
		if (code && option_rows[i].letter == code)
			return &option_rows[i];
	return NULL;
}

static int complain_missing(struct tcpclose_error *err)
{
	const struct option_row *row = find_row(optopt);
	char name[OPTION_TEXT_MAX];
	assert(row); /* getopt misses arguments only of options it knows */
	return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
	                 "%s needs an argument: %s", option_text(row, name),
	                 row->argument);
}

static int complain_unknown(const char *typed, struct tcpclose_error *err)
{
	struct nearest near = { 0 };
	char name[NEAREST_MAX + 1];
	if (strncmp(typed, "--", 2) != 0)
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "there is no option -%c; see tcpclose --help",
		                 optopt);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(typed + 2, "="),
	         typed + 2);
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].group != GROUP_HIDDEN)
			nearest_consider(&near, name, option_rows[i].name);
	if (near.name)
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "there is no option --%s; did you mean --%s?",
		                 name, near.name);
	return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
	                 "there is no option --%s; see tcpclose --help", name);
}

/* getopt_long() answered `?`: no such option, an abbreviation of several, or
 * a value given to an option that takes none. */
static int complain_wrong(const char *typed, struct tcpclose_error *err)
{
	const struct option_row *row = find_row(optopt);
	if (row && optopt >= ROW_CODE)
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "--%s takes no argument", row->name);
	return complain_unknown(typed, err);
}

static int take_options(struct options *options, int argc, char **argv,
                        const struct kinds *kinds, struct tcpclose_error *err)
{
	struct grammar grammar;
	make_grammar(&grammar);
	optind = 0; /* glibc: begin anew, so that tests can parse twice */
	opterr = 0;
	int code, status = TCPCLOSE_OK;
	while (status == TCPCLOSE_OK &&
	       (code = getopt_long(argc, argv, grammar.letters, grammar.names,
	                           NULL)) != -1) {
		if (code == ':')
			return complain_missing(err);
		if (code == '?')
			return complain_wrong(argv[optind - 1], err);
		status = option_take(options, find_row(code), optarg, kinds,
		                     err);
	}
	return status;
}

/* The shell makes one argument of -r and words of the rest of *.pcap. No
 * filter begins with the name of a file: it would need a dot or a slash. */
static bool is_capture_name(const char *word)
{
	struct stat st;
	return strpbrk(word, "./") && stat(word, &st) == 0;
}

static char *join(char **words)
{
	size_t size = 0;
	for (size_t i = 0; words[i]; i++)
		size += strlen(words[i]) + 1;
	char *joined = alloc_new(&alloc_default, size + 1, 1);
	for (size_t i = 0, at = 0; joined && words[i]; i++)
		at += (size_t)snprintf(joined + at, size + 1 - at, "%s%s",
		                       i ? " " : "", words[i]);
	return joined;
}

static int no_memory(struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_ENOMEM, NO_PLACE, "no memory");
}

static int take_trailing(struct options *options, char **words,
                         struct tcpclose_error *err)
{
	while (options->inputs.n > 0 && *words && is_capture_name(*words))
		options->inputs.at[options->inputs.n++] = *words++;
	if (!*words)
		return TCPCLOSE_OK;
	if (options->inputs.n == 0 && is_capture_name(*words))
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "nothing to read; did you mean -r %.200s?",
		                 *words);
	if (options->filter_file)
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "two filters: -F %.100s and the words \"%.60s"
		                 " ...\"; leave one out",
		                 options->filter_file, *words);
	options->filter = join(words);
	return options->filter ? TCPCLOSE_OK : no_memory(err);
}

static bool is_given(const struct options *options, size_t offset)
{
	for (size_t i = 0; i < n_option_rows; i++)
		if (options->given[i] && option_rows[i].offset == offset)
			return true;
	return false;
}

static int check_live(struct options *options, struct tcpclose_error *err)
{
	if (options->inputs.n > 0)
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "both -i and -r; read files or capture live, "
		                 "not both");
	if (options->snapshot_length > SNAPSHOT_MOST)
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "-s: give at most %d", SNAPSHOT_MOST);
	if (options->buffer_kib > BUFFER_KIB_MOST)
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "-B: give at most %d", BUFFER_KIB_MOST);
	if (!is_given(options, offsetof(struct options, linger)))
		options->linger = LIVE_LINGER;
	return TCPCLOSE_OK;
}

static int check_files(const struct options *options,
                       struct tcpclose_error *err)
{
	if (options->kernel_states)
		return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
		                 "--kernel-states: sockets of now say nothing "
		                 "about a file; capture with -i NAME");
	if (options->inputs.n > 0)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
	                 "nothing to read; name a capture with -r FILE or an "
	                 "interface with -i NAME, or see tcpclose --help");
}

static int check_rotation(const struct options *options,
                          struct tcpclose_error *err)
{
	const bool is_rotated =
		options->rotate_every > 0 || options->rotate_size > 0;
	if (is_rotated || (options->rotate_files == 0 && !options->command))
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EOPTION, NO_PLACE,
	                 "%s: outputs are not rotated; give -G SEC or -C SIZE",
	                 options->command ? "-z" : "-W");
}

/* What only the whole command line shows. */
static int check(struct options *options, struct tcpclose_error *err)
{
	if (options->action != ACTION_ANALYZE)
		return TCPCLOSE_OK;
	int status = options->interface ? check_live(options, err)
	                                : check_files(options, err);
	if (status == TCPCLOSE_OK)
		status = check_rotation(options, err);
	if (status != TCPCLOSE_OK)
		return status;
	if (options->outputs.n == 0)
		options->outputs.at[options->outputs.n++] = "text:-";
	return TCPCLOSE_OK;
}

int options_parse(struct options *options, int argc, char **argv,
                  const struct kinds *kinds, struct tcpclose_error *err)
{
	const size_t room = (size_t)argc + 1;
	options->findings = kinds_set(kinds);
	options->inputs.at = alloc_new(&alloc_default, room, sizeof(char *));
	options->outputs.at = alloc_new(&alloc_default, room, sizeof(char *));
	if (!options->inputs.at || !options->outputs.at)
		return no_memory(err);
	int status = take_options(options, argc, argv, kinds, err);
	if (status == TCPCLOSE_OK)
		status = take_trailing(options, argv + optind, err);
	if (status == TCPCLOSE_OK)
		status = check(options, err);
	return status;
}
