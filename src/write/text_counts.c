/* How connections ended and in which states, in the text report. */
#include "write/text.h"

#define COLUMN 12

static void describe_kinds(struct buffer *out, const struct summary *s)
{
	/* In the order of close_kind_words. */
	static const char *const words[N_CLOSE_KINDS] = {
		"orderly, with FIN",
		"reset",
		"refused: SYN answered by RST",
		"unanswered SYN",
		"still open when the capture ended",
	};
	for (size_t i = 0; i < N_CLOSE_KINDS; i++) {
		if (s->by_kind[i] == 0)
			continue;
		text_column(out, s->by_kind[i], COLUMN);
		buffer_format(out, "  %s\n", words[i]);
	}
}

static void describe_first(struct buffer *out, const struct summary *s)
{
	/* In the order of end_words. */
	static const char *const words[] = { "client", "server", "both" };
	bool any = false;
	for (size_t i = 0; i < 3; i++) {
		if (s->closed_first[i] == 0)
			continue;
		buffer_text(out, any ? ", " : "  closed first: ");
		buffer_format(out, "%s ", words[i]);
		text_number(out, s->closed_first[i]);
		any = true;
	}
	if (any)
		buffer_char(out, '\n');
}

static void describe_states(struct buffer *out, const struct summary *s)
{
	const int64_t *client = s->ends[SUMMARY_CLIENT];
	const int64_t *server = s->ends[SUMMARY_SERVER];
	buffer_format(out, "%*s%*s\n", COLUMN, "clients", COLUMN, "servers");
	for (size_t i = 0; i < N_STATES; i++) {
		if (client[i] + server[i] == 0)
			continue;
		text_column(out, client[i], COLUMN);
		text_column(out, server[i], COLUMN);
		buffer_format(out, "  %s\n", text_state(i));
	}
}

void text_describe_kinds(struct buffer *out, bool color,
                         const struct summary *s)
{
	text_heading(out, color, "How connections ended");
	describe_kinds(out, s);
	describe_first(out, s);
}

void text_describe_ends(struct buffer *out, bool color, const struct summary *s)
{
	text_heading(out, color, "State of their ends when each was seen last");
	describe_states(out, s);
}

#define SHOWN 5

static void describe_pins(struct buffer *out, const struct offenders *pins)
{
	const struct offender *top[SHOWN];
	const size_t n = offenders_top(pins, SHOWN, top);
	for (size_t i = 0; i < n; i++) {
		const struct ip_value ip = { top[i]->key.peer,
			                     top[i]->key.ip_version };
		buffer_text(out, "  ");
		text_end(out, &ip, ABSENT);
		buffer_text(out, " pinned its peer in FIN-WAIT-1 ");
		text_count(out, (int64_t)top[i]->weight, "time", "times");
		buffer_text(out, ", ");
		text_duration(out, top[i]->total);
		buffer_text(out, " in all");
		if (top[i]->count > 1) {
			buffer_text(out, ", ");
			text_duration(out, top[i]->longest);
			buffer_text(out, " at most");
		}
		buffer_char(out, '\n');
	}
}

/* Less than this, per connection, is how applications are. */
#define LONG_CLOSE_WAIT (INT64_C(10) * 1000000000)

static void describe_close_wait(struct buffer *out,
                                const struct offenders *servers)
{
	const struct offender *top[SHOWN];
	const size_t n = offenders_top(servers, SHOWN, top);
	for (size_t i = 0; i < n; i++) {
		const struct offender *o = top[i];
		if (o->total / o->count < LONG_CLOSE_WAIT)
			continue;
		const struct ip_value ip = { o->key.server, o->key.ip_version };
		buffer_text(out, "  ");
		text_end(out, &ip, o->key.port);
		buffer_text(out, " kept ");
		text_count(out, o->count, "connection", "connections");
		buffer_text(out, " in CLOSE-WAIT, ");
		text_duration(out, o->total / o->count);
		buffer_text(out, " on average, ");
		text_duration(out, o->longest);
		buffer_text(out, " at most");
		if (o->still > 0) {
			buffer_text(out, ", ");
			text_number(out, o->still);
			buffer_text(out, " to the end of the capture");
		}
		buffer_char(out, '\n');
	}
}

void text_describe_offenders(struct buffer *out, bool color,
                             const struct summary *s)
{
	if (!s->ledger)
		return;
	const size_t before = out->len;
	text_heading(out, color, "Worst offenders");
	const size_t headed = out->len;
	describe_pins(out, &s->ledger->worst.pins);
	describe_close_wait(out, &s->ledger->worst.close_wait);
	if (out->len == headed)
		out->len = before;
}
