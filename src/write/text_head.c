/* The head of the text report: what the capture is, and what it lacks. */
#include "write/text.h"

#include <string.h>

static void list(struct buffer *out, const struct texts *items)
{
	for (uint32_t i = 0; i < items->n; i++) {
		if (i)
			buffer_text(out, ", ");
		text_clean(out, items->at[i]);
	}
}

#define INPUTS_SHOWN 3

static void describe_inputs(struct buffer *out, const struct run_record *run)
{
	const uint32_t shown =
		run->inputs.n < INPUTS_SHOWN ? run->inputs.n : INPUTS_SHOWN;
	for (uint32_t i = 0; i < shown; i++) {
		if (i)
			buffer_text(out, ", ");
		text_clean(out, run->inputs.at[i]);
	}
	if (run->input_count > shown) {
		buffer_text(out, " and ");
		text_number(out, run->input_count - shown);
		buffer_text(out, " more");
	}
}

void text_describe_run(struct buffer *out, const struct run_record *run)
{
	describe_inputs(out, run);
	if (run->formats.n + run->link_types.n > 0) {
		buffer_text(out, " (");
		list(out, &run->formats);
		if (run->formats.n && run->link_types.n)
			buffer_text(out, ", ");
		list(out, &run->link_types);
		buffer_char(out, ')');
	}
	buffer_char(out, '\n');
	if (run->filter && run->filter[0]) {
		buffer_text(out, "filter: ");
		text_clean(out, run->filter);
		buffer_char(out, '\n');
	}
}

static bool same_day(int64_t a, int64_t b)
{
	const int64_t day = INT64_C(86400) * 1000000000;
	return a / day == b / day;
}

static void describe_span(struct buffer *out, const struct stats_record *s)
{
	if (s->first_packet == ABSENT || s->last_packet == ABSENT)
		return;
	text_date(out, s->first_packet);
	buffer_char(out, ' ');
	text_clock(out, s->first_packet);
	buffer_text(out, " to ");
	if (!same_day(s->first_packet, s->last_packet)) {
		text_date(out, s->last_packet);
		buffer_char(out, ' ');
	}
	text_clock(out, s->last_packet);
	buffer_text(out, " UTC (");
	text_duration(out, s->last_packet - s->first_packet);
	buffer_text(out, ")\n");
}

/* The kinds of packets that a reader should know were not judged: not the
 * ordinary ones that are no TCP. */
static void describe_oddities(struct buffer *out, const struct stats_decode *d)
{
	const struct {
		int64_t n;
		const char *one, *many;
	} odd[] = {
		{ d->TRUNCATED, "packet is cut before its TCP header ends",
		  "packets are cut before their TCP header ends" },
		{ d->FRAGMENT, "later IP fragment", "later IP fragments" },
		{ d->FIRST_FRAGMENT_SHORT, "fragment cuts a TCP header",
		  "fragments cut a TCP header" },
		{ d->BAD_IP, "broken IP header", "broken IP headers" },
		{ d->BAD_TCP, "broken TCP header", "broken TCP headers" },
		{ d->BAD_CHECKSUM, "wrong checksum", "wrong checksums" },
		{ d->UNKNOWN_LINK_TYPE, "packet of an unknown link type",
		  "packets of an unknown link type" },
	};
	bool any = false;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		if (odd[i].n <= 0)
			continue;
		buffer_text(out, any ? "; " : "not judged: ");
		text_count(out, odd[i].n, odd[i].one, odd[i].many);
		any = true;
	}
	if (any)
		buffer_char(out, '\n');
}

static int64_t or_zero(int64_t n)
{
	return n == ABSENT ? 0 : n;
}

/* Missing packets weaken every verdict, so this stands at the top. */
static void describe_losses(struct buffer *out, const struct stats_record *s)
{
	const int64_t dropped =
		or_zero(s->dropped.kernel) + or_zero(s->dropped.interface);
	const int64_t evicted = or_zero(s->evicted.connections) +
	                        or_zero(s->evicted.unanswered_syns);
	if (dropped > 0) {
		buffer_text(out, "the capture missed ");
		text_count(out, dropped, "packet", "packets");
		buffer_text(out, ": verdicts are weaker for it\n");
	}
	if (or_zero(s->truncated_files) > 0) {
		text_count(out, s->truncated_files, "capture", "captures");
		buffer_text(out, " cut off in the last packet\n");
	}
	if (evicted > 0) {
		text_count(out, evicted, "connection", "connections");
		buffer_text(out, " reported early for lack of memory; "
		                 "see --max-memory\n");
	}
}

void text_describe_stats(struct buffer *out, const struct stats_record *s)
{
	describe_span(out, s);
	text_count(out, or_zero(s->packets), "packet", "packets");
	buffer_text(out, " (");
	text_bytes(out, or_zero(s->bytes));
	buffer_text(out, "), ");
	text_count(out, or_zero(s->tcp_segments), "TCP segment",
	           "TCP segments");
	buffer_text(out, ", ");
	text_count(out, or_zero(s->connections), "connection", "connections");
	buffer_char(out, '\n');
	describe_oddities(out, &s->decode);
	describe_losses(out, s);
}
