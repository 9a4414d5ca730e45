/* --manual: the manual page in mdoc(7), made from the tables that the program
 * itself works with. tools/man calls it. */
#include "cli/actions.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "cli/options.h"
#include "cli/roff.h"
#include "record/record.h"
#include "write/writer.h"

static void section(struct buffer *out, const char *title)
{
	buffer_format(out, ".Sh %s\n", title);
}

static void begin_list(struct buffer *out)
{
	buffer_text(out, ".Bl -tag -width Ds\n");
}

static void end_list(struct buffer *out)
{
	buffer_text(out, ".El\n");
}

static void item(struct buffer *out, const char *macro, const char *name,
                 const char *text)
{
	buffer_format(out, ".It %s ", macro);
	roff_word(out, name);
	buffer_char(out, '\n');
	roff_text(out, text);
}

static void describe_head(struct buffer *out)
{
	buffer_text(out, ".Dd November 21, 2026\n"
	                 ".Dt TCPCLOSE 1\n"
	                 ".Os\n"
	                 ".Sh NAME\n"
	                 ".Nm tcpclose\n"
	                 ".Nd how TCP connections ended, and what went wrong\n"
	                 ".Sh SYNOPSIS\n"
	                 ".Nm\n"
	                 ".Fl r Ar FILE ...\n"
	                 ".Op Fl o Oo Ar FORMAT : Oc Ns Ar FILE\n"
	                 ".Op Ar options\n"
	                 ".Op Ar filter expression\n"
	                 ".Nm\n"
	                 ".Fl \\-explain Ar FINDING\n"
	                 ".Nm\n"
	                 ".Fl \\-list\\-findings\n"
	                 ".Nm\n"
	                 ".Fl \\-schema Ar EVENT_TYPE\n");
}

static void describe_program(struct buffer *out)
{
	section(out, "DESCRIPTION");
	buffer_text(out, ".Nm\n");
	roff_text(out,
	          "reads packets, follows both ends of every TCP connection "
	          "through the closing states, and says how each connection "
	          "ended, what went wrong, how sure that is and which packets "
	          "prove it. The filter expression is that of");
	buffer_text(out, ".Xr pcap-filter 7 .\n.Pp\n");
	roff_text(out,
	          "A tap sees segments leave one end; it never sees them "
	          "arrive. So a state is certain if that end's own segments "
	          "prove it, presumed if it holds only when what passed "
	          "towards the end arrived there, and expired if a timer ran "
	          "out that the wire does not show. Findings are certain, "
	          "likely or possible for the same reason, and a capture that "
	          "missed packets makes them weaker.");
}

static void option_item(struct buffer *out, const struct option_row *row)
{
	buffer_text(out, ".It");
	if (row->letter)
		buffer_format(out, " Fl %c%s", row->letter,
		              row->name ? " ," : "");
	if (row->name) {
		buffer_text(out, " Fl \\-");
		roff_word(out, row->name);
	}
	if (row->argument) {
		buffer_text(out, " Ar ");
		roff_word(out, row->argument);
	}
	buffer_char(out, '\n');
	roff_text(out, row->help);
}

static void describe_options(struct buffer *out)
{
	for (unsigned group = 0; group < N_OPTION_GROUPS; group++) {
		buffer_format(out, ".Ss %s\n",
		              option_group_title((enum option_group)group));
		begin_list(out);
		for (size_t i = 0; i < n_option_rows; i++)
			if (option_rows[i].group == group)
				option_item(out, &option_rows[i]);
		end_list(out);
	}
}

static void describe_formats(struct buffer *out)
{
	const struct writer_ops *const *writers = writer_all();
	buffer_text(out, ".Ss Formats\n");
	begin_list(out);
	for (size_t i = 0; writers[i]; i++) {
		item(out, "Cm", writer_name(writers[i]),
		     writer_summary(writers[i]));
		buffer_text(out, "Names that end in");
		const char *const *suffix = writer_suffixes(writers[i]);
		for (size_t k = 0; suffix[k]; k++)
			buffer_format(out, "%s %s", k ? " or" : "", suffix[k]);
		buffer_text(out, ".\n");
	}
	end_list(out);
}

static void describe_records(struct buffer *out)
{
	buffer_text(out, ".Ss Records\n");
	roff_text(out,
	          "One JSON object a line. What stands in them, with units "
	          "and meanings, is in the schema that --schema prints.");
	begin_list(out);
	for (unsigned i = 0; i < N_EVENTS; i++)
		item(out, "Cm", event_type_name((enum event_type)i),
		     event_type_meaning((enum event_type)i));
	end_list(out);
}

static void describe_findings(struct buffer *out, const struct kinds *kinds)
{
	buffer_text(out, ".Ss Findings\n");
	roff_text(out, "Each is explained at length by --explain.");
	begin_list(out);
	for (size_t i = 0; i < kinds->n; i++)
		item(out, "Cm", kinds->kind[i]->name, kinds->kind[i]->summary);
	end_list(out);
}

static void describe_signals(struct buffer *out)
{
	buffer_text(out, ".Ss Signals\n");
	roff_text(out,
	          "INT and TERM end the reading, and what was read is "
	          "reported; a second one ends the program at once. HUP opens "
	          "the outputs anew, after they were moved away; USR1 writes a "
	          "stats record; both with the next packet, or live at once. "
	          "If the reader of a "
	          "pipe leaves, that output ends quietly.");
}

static void describe_environment(struct buffer *out)
{
	section(out, "ENVIRONMENT");
	begin_list(out);
	item(out, "Ev", "NO_COLOR", "If it is not empty, text has no colour.");
	item(out, "Ev", "TERM", "If it is dumb, text has no colour.");
	end_list(out);
}

static void describe_exits(struct buffer *out)
{
	section(out, "EXIT STATUS");
	begin_list(out);
	for (size_t i = 0; exit_meanings[i].meaning; i++) {
		buffer_format(out, ".It %d\n", exit_meanings[i].status);
		roff_text(out, exit_meanings[i].meaning);
	}
	end_list(out);
}

static void describe_examples(struct buffer *out)
{
	section(out, "EXAMPLES");
	roff_text(out, "Capture enough of every packet, then ask:");
	roff_display(out, "tcpdump -i any -s 160 -w x.pcap tcp\n"
	                  "tcpclose -r x.pcap\n");
	buffer_text(out, ".Pp\n");
	roff_text(out, "A report to read and records to keep:");
	roff_display(out, "tcpclose -r x.pcap -o text:- -o x.ndjson\n");
	buffer_text(out, ".Pp\n");
	roff_text(out, "Beside a load balancer, records as they come:");
	roff_display(out, "tcpclose -i any -o /var/log/tcpclose.ndjson "
	                  "tcp\n");
	buffer_text(out, ".Pp\n");
	roff_text(out, "The peers whose closes were pinned, most often first:");
	roff_display(out, "tcpclose -r x.pcap -o ndjson:- --findings "
	                  "fin_wait_1_pin |\n"
	                  "    jq -r 'select(.event_type == \"tcp_finding\")"
	                  " | .client.ip' |\n"
	                  "    sort | uniq -c | sort -rn\n");
}

static void describe_rest(struct buffer *out)
{
	buffer_text(out, ".Sh SEE ALSO\n"
	                 ".Xr tcpdump 1 ,\n"
	                 ".Xr tshark 1 ,\n"
	                 ".Xr pcap-filter 7 ,\n"
	                 ".Xr tcp 7 ,\n"
	                 ".Xr ss 8\n"
	                 ".Sh STANDARDS\n");
	roff_text(out, "States and transitions are those of RFC 9293, "
	               "timestamps those of RFC 7323, answers to resets those "
	               "of RFC 5961.");
	section(out, "CAVEATS");
	roff_text(out,
	          "TCP inside tunnels is not looked for. A live capture keeps "
	          "its whole report for the end in text and json; for one that "
	          "runs on, ndjson is the format.");
}

int act_manual(const struct options *options, const struct kinds *kinds)
{
	(void)options;
	struct buffer out;
	buffer_init(&out, &alloc_default);
	describe_head(&out);
	describe_program(&out);
	describe_options(&out);
	describe_formats(&out);
	describe_records(&out);
	describe_findings(&out, kinds);
	describe_signals(&out);
	describe_environment(&out);
	describe_exits(&out);
	describe_examples(&out);
	describe_rest(&out);
	return act_print(&out);
}
