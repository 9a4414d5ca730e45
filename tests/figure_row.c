/* Reading the rows of a figure. */
#include "figure_row.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decode/segment.h"

/* What is left to read; `part` is the word read last. */
struct reader {
	const char *next;
	struct row_part part;
};

static bool next_part(struct reader *r)
{
	while (isspace((unsigned char)*r->next))
		r->next++;
	r->part.at = r->next;
	while (*r->next && !isspace((unsigned char)*r->next))
		r->next++;
	r->part.len = (size_t)(r->next - r->part.at);
	return r->part.len > 0;
}

static bool part_is(const struct reader *r, const char *word)
{
	return r->part.len == strlen(word) &&
	       memcmp(r->part.at, word, r->part.len) == 0;
}

/* The next word, if it is that one. */
static bool skip_word(struct reader *r, const char *word)
{
	const struct reader before = *r;
	if (next_part(r) && part_is(r, word))
		return true;
	*r = before;
	return false;
}

static bool read_number(struct reader *r, int64_t *number)
{
	char *end;
	if (!next_part(r))
		return false;
	*number = strtoll(r->part.at, &end, 10);
	return end != r->part.at;
}

/* ---- options --------------------------------------------------------------
 */

static bool starts(const char **text, const char *word)
{
	const size_t len = strlen(word);
	if (strncmp(*text, word, len) != 0)
		return false;
	*text += len;
	return true;
}

static int64_t number_here(const char **text)
{
	char *end;
	const int64_t number = strtoll(*text, &end, 10);
	*text = end;
	return number;
}

static bool read_sack(struct figure_row *row, const char **text)
{
	if (row->n_sacks == ROW_SACKS)
		return false;
	int64_t *block = row->sack[row->n_sacks++];
	block[0] = number_here(text);
	if (!starts(text, ":"))
		return false;
	block[1] = number_here(text);
	return true;
}

static bool read_option(struct figure_row *row, const char **text)
{
	if (starts(text, "no ts")) {
		row->no_timestamp = true;
	} else if (starts(text, "ts ")) {
		row->tsval = number_here(text);
		if (starts(text, " ecr "))
			row->tsecr = number_here(text);
	} else if (starts(text, "ecr ")) {
		row->tsecr = number_here(text);
	} else if (starts(text, "sackOK")) {
		row->sack_permitted = true;
	} else if (starts(text, "sack ")) {
		return read_sack(row, text);
	} else if (starts(text, "mss ")) {
		row->mss = number_here(text);
	} else if (starts(text, "ws ")) {
		row->wscale = number_here(text);
	} else if (starts(text, "cut")) {
		row->options_cut = true;
	} else {
		return false;
	}
	return true;
}

/* From behind '<' to behind '>'. */
static const char *read_options(struct figure_row *row, const char **text)
{
	row->no_options = **text == '>';
	while (**text != '>') {
		if (!read_option(row, text))
			return "an option is none of ts, ecr, no ts, sack, "
			       "sackOK, mss, ws, cut";
		if (!starts(text, ", ") && **text != '>')
			return "options end with >, with ', ' between them";
	}
	++*text;
	return NULL;
}

/* ---- the segment ----------------------------------------------------------
 */

static bool read_flags(struct figure_row *row, const struct row_part *part)
{
	static const char letters[] = "FSRP.UEW"; /* as tcpdump; bits 0 to 7 */
	for (size_t i = 0; i < part->len; i++) {
		const char *at = strchr(letters, part->at[i]);
		if (!at || !*at)
			return false;
		row->flags |= (uint8_t)(1u << (at - letters));
	}
	return true;
}

/* seq:end(len) */
static const char *read_numbers(struct figure_row *row, struct reader *r)
{
	if (!next_part(r))
		return "numbers are missing: seq:end(len)";
	const char *text = r->part.at;
	row->seq_is_wire = starts(&text, "=");
	row->seq = number_here(&text);
	if (!starts(&text, ":"))
		return "no seq:end(len)";
	const int64_t end = number_here(&text);
	if (!starts(&text, "("))
		return "no seq:end(len)";
	row->len = (uint32_t)number_here(&text);
	if (text + 1 != r->next || *text != ')')
		return "no seq:end(len)";
	return end == row->seq + row->len ? NULL : "seq + len is not end";
}

static const char *read_rest(struct figure_row *row, struct reader *r)
{
	int64_t *numbers[] = { &row->ack, &row->win, &row->id, &row->ttl,
		               &row->port };
	static const char *const names[] = { "ack", "win", "id", "ttl",
		                             "port" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (skip_word(r, names[i]) && !read_number(r, numbers[i]))
			return "a number is missing";
	}
	while (isspace((unsigned char)*r->next))
		r->next++;
	if (*r->next == '<' && strchr(".0123456789menstcw>", r->next[1])) {
		r->next++;
		return read_options(row, &r->next);
	}
	return NULL;
}

static const char *read_segment(struct figure_row *row, struct reader *r)
{
	if (skip_word(r, "again")) {
		row->again = true;
		return skip_word(r, "ttl") && !read_number(r, &row->ttl)
		               ? "a number is missing"
		               : NULL;
	}
	if (!next_part(r) || !read_flags(row, &r->part))
		return "no flags: letters of FSRP.UEW";
	const char *wrong = read_numbers(row, r);
	if (!wrong)
		wrong = read_rest(row, r);
	if (!wrong && ((row->flags & TCP_ACK) != 0) != (row->ack != ROW_UNSAID))
		wrong = "'.' and ack go together";
	return wrong;
}

/* ---- the row --------------------------------------------------------------
 */

/* The two arrows of a row, and what they mean. */
static const struct shape {
	const char *left, *right;
	enum figure_side from;
	enum row_fate fate;
} shapes[] = {
	{ "-->", "-->", SIDE_A, FATE_DELIVERED },
	{ "-->", "--X", SIDE_A, FATE_LOST_BEHIND },
	{ "--X", "...", SIDE_A, FATE_LOST_BEFORE },
	{ "<--", "<--", SIDE_B, FATE_DELIVERED },
	{ "X--", "<--", SIDE_B, FATE_LOST_BEHIND },
	{ "...", "X--", SIDE_B, FATE_LOST_BEFORE },
	{ "~~>", "~~>", SIDE_A, FATE_MISSED },
	{ "<~~", "<~~", SIDE_B, FATE_MISSED },
};

#define N_SHAPES (sizeof(shapes) / sizeof(*shapes))

static bool is_arrow(const struct row_part *part)
{
	for (size_t i = 0; i < N_SHAPES; i++) {
		if (part->len == 3 && memcmp(part->at, shapes[i].left, 3) == 0)
			return true;
	}
	return false;
}

static const char *read_arrows(struct figure_row *row,
                               const struct row_part *left,
                               const struct row_part *right)
{
	for (size_t i = 0; i < N_SHAPES; i++) {
		if (memcmp(left->at, shapes[i].left, 3) != 0 ||
		    right->len != 3 ||
		    memcmp(right->at, shapes[i].right, 3) != 0)
			continue;
		row->from = shapes[i].from;
		row->fate = shapes[i].fate;
		return NULL;
	}
	return "the arrows do not go together";
}

/* From the first arrow to the second. */
static const char *read_middle(struct figure_row *row, struct reader *r)
{
	const struct row_part left = r->part;
	row->kind = ROW_SEGMENT;
	const char *wrong = read_segment(row, r);
	if (wrong)
		return wrong;
	if (!next_part(r))
		return "the second arrow is missing";
	return read_arrows(row, &left, &r->part);
}

static const char *read_end(struct figure_row *row, struct reader *r)
{
	if (!next_part(r))
		return NULL;
	if (!part_is(r, ":"))
		return "something stands behind B's state";
	row->words = (struct row_part){ r->next, strlen(r->next) };
	return NULL;
}

static void leave_unsaid(struct figure_row *row)
{
	row->ack = row->win = row->id = row->ttl = row->port = ROW_UNSAID;
	row->tsval = row->tsecr = row->mss = row->wscale = ROW_UNSAID;
}

const char *row_read(struct figure_row *row, const char *drawn)
{
	struct reader r = { .next = drawn };
	char *end;

	*row = (struct figure_row){ .drawn = drawn };
	leave_unsaid(row);
	if (!next_part(&r))
		return "an empty row";
	if (!isdigit((unsigned char)*r.part.at))
		return NULL; /* ROW_OPTION */

	row->kind = ROW_TIME;
	row->ts = llround(strtod(r.part.at, &end) * 1e6) * 1000;
	if (end != r.next)
		return "the time is no number of seconds";
	if (!next_part(&r))
		return "A's state is missing";
	row->state[SIDE_A] = r.part;
	if (!next_part(&r))
		return "B's state is missing";
	if (is_arrow(&r.part)) {
		const char *wrong = read_middle(row, &r);
		if (wrong)
			return wrong;
		if (!next_part(&r))
			return "B's state is missing";
	}
	row->state[SIDE_B] = r.part;
	return read_end(row, &r);
}
