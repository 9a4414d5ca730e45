/* --help: made from the table of options. */
#include "cli/actions.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "cli/options.h"
#include "write/text.h"
#include "write/writer.h"

#define COLUMN 26 /* where explanations begin */

const struct exit_meaning exit_meanings[] = {
	{ EXIT_DONE, "Everything was read, reported and written." },
	{ EXIT_NOT_ALL,
	  "Something could not be read or written; all that was read is "
	  "reported first. A last packet that is cut off is only a warning." },
	{ EXIT_USAGE, "The command line makes no sense; nothing was read." },
	{ EXIT_FOUND,
	  "With --fail-on: a finding of that severity, or a worse one, was "
	  "made." },
	{ 0, NULL },
};

/* A head in the left column and its explanation, wrapped, in the right. */
static void entry(struct buffer *out, const char *head, const char *text)
{
	struct buffer wrapped;
	buffer_init(&wrapped, out->alloc);
	text_wrap(&wrapped, text, COLUMN);
	buffer_text(out, head);
	const size_t width = strlen(head);
	if (wrapped.len < COLUMN || width + 1 >= COLUMN) {
		buffer_char(out, '\n');
		buffer_put(out, wrapped.bytes, wrapped.len);
	} else {
		buffer_put(out, wrapped.bytes + width, wrapped.len - width);
	}
	out->failed |= wrapped.failed;
	buffer_fini(&wrapped);
}

static void option_entry(struct buffer *out, const struct option_row *row)
{
	char head[64];
	char letter[5] = "    ";
	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c%s", row->letter,
		         row->name ? ", " : "");
	snprintf(head, sizeof(head), "  %s%s%s%s%s", letter,
	         row->name ? "--" : "", row->name ? row->name : "",
	         row->argument ? " " : "", row->argument ? row->argument : "");
	entry(out, head, row->help);
}

static void describe_group(struct buffer *out, enum option_group group)
{
	buffer_format(out, "\n%s:\n", option_group_title(group));
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].group == group)
			option_entry(out, &option_rows[i]);
}

static void describe_formats(struct buffer *out)
{
	buffer_text(out, "\nFormats:\n");
	const struct writer_ops *const *writers = writer_all();
	for (size_t i = 0; writers[i]; i++) {
		char head[64];
		size_t used = (size_t)snprintf(head, sizeof(head), "  %s",
		                               writer_name(writers[i]));
		const char *const *suffix = writer_suffixes(writers[i]);
		for (size_t k = 0; suffix[k] && used < sizeof(head); k++)
			used += (size_t)snprintf(head + used,
			                         sizeof(head) - used, " %s",
			                         suffix[k]);
		entry(out, head, writer_summary(writers[i]));
	}
}

static void describe_exits(struct buffer *out)
{
	buffer_text(out, "\nExit status:\n");
	for (size_t i = 0; exit_meanings[i].meaning; i++) {
		char head[16];
		snprintf(head, sizeof(head), "  %d", exit_meanings[i].status);
		entry(out, head, exit_meanings[i].meaning);
	}
}

int act_help(const struct options *options, const struct kinds *kinds)
{
	(void)options;
	(void)kinds;
	struct buffer out;
	buffer_init(&out, &alloc_default);
	buffer_text(&out,
	            "How did this TCP connection end, and what went wrong?\n\n"
	            "usage: tcpclose -r FILE... [-o [FORMAT:]FILE]... "
	            "[options] [filter expression]\n"
	            "       tcpclose --explain FINDING | --list-findings | "
	            "--schema EVENT_TYPE\n\n"
	            "The filter expression is libpcap's, as for tcpdump: "
	            "host 192.0.2.1 and port 443\n");
	for (unsigned group = 0; group < N_OPTION_GROUPS; group++)
		describe_group(&out, (enum option_group)group);
	describe_formats(&out);
	describe_exits(&out);
	return act_print(&out);
}
