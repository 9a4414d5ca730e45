/*
 * Running figures: every row of every variant, and what the engine holds
 * after it against what is drawn. What stands behind the rows is split: their
 * text (figure_row.c), the ends that send (figure_ends.c), words for what a
 * step meant (figure_word.c).
 */
#include "figure.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "figure_ends.h"
#include "figure_word.h"
#include "tcp/step.h"
#include "tcpclose/error.h"

#define TIME_WAIT_LASTS (60 * SECOND)
#define ROWS_MAX        200

/* clang-format off */
static const struct figure_world worlds[] = {
	{ "as drawn",        { 1000000, 2000000 },         { 5000, 900000 },
	  .ip_version = 4 },
	{ "wrap at the FIN", { 0xfffffffeu, 0xffffffffu }, { 0u - 137, 0u - 211 },
	  .ip_version = 4 },
	{ "wrap in the data", { 0u - 51, 0u - 51 },        { 0u - 5003, 77 },
	  .ip_version = 4 },
	{ "over IPv6",       { 1000000, 2000000 },         { 5000, 900000 },
	  .ip_version = 6 },
	{ "A has the higher address",
	                     { 1000000, 2000000 },         { 5000, 900000 },
	  .swapped = true, .ip_version = 4 },
};

/* Played before a figure that begins with a row without a segment. */
static const char *const handshake[] = {
	"0.000  -  -->  S  0:0(0)        -->  -",
	"0.020  -  <--  S. 0:0(0) ack 1  <--  -",
	"0.030  -  -->   . 1:1(0) ack 1  -->  -",
	"0.050  -  <--   . 1:1(0) ack 1  <--  -",
};
/* clang-format on */

enum {
	N_WORLDS = sizeof(worlds) / sizeof(*worlds),
	N_HANDSHAKE = sizeof(handshake) / sizeof(*handshake),
};

#define HANDSHAKE_LASTS (60 * MS)

/* One run of the figure, in one world. */
struct run {
	struct figure_ends ends;
	struct conn conn;
	bool begun;
	unsigned n_wrong;
};

struct figure {
	const char *file; /* of the test, for failures */
	int line;
	struct figure_row row[ROWS_MAX];
	size_t n_rows;
	struct figure_options options;
	struct run run[N_WORLDS];
};

/* ---- what was drawn and what is seen --------------------------------------
 */

#define STATE_TEXT_MAX 24

/* "FIN-WAIT-1?": RFC 9293's name and the mark of its grade. */
static void state_text(const struct end *e, char out[static STATE_TEXT_MAX])
{
	const char *name = tcp_state_name((enum tcp_state)e->state);
	const char *mark = e->grade == GRADE_PRESUMED  ? "?"
	                   : e->grade == GRADE_EXPIRED ? "~"
	                                               : "";
	snprintf(out, STATE_TEXT_MAX, "%s%s", name, mark);
	for (char *p = out; *p; p++)
		*p = *p == '_' ? '-' : (char)toupper((unsigned char)*p);
}

static bool part_says(const struct row_part *part, const char *text)
{
	return (part->len == 1 && *part->at == '-') ||
	       (part->len == strlen(text) &&
	        memcmp(part->at, text, part->len) == 0);
}

/* The row again, with the states and words that were seen. */
static void print_seen(const struct figure_row *row,
                       char seen[2][STATE_TEXT_MAX], const char *words)
{
	const struct row_part *a = &row->state[SIDE_A];
	const struct row_part *b = &row->state[SIDE_B];
	int field = (int)a->len;
	while (a->at[field] == ' ' && a->at[field + 1] == ' ')
		field++;
	print_error("  seen   %.*s%-*s%.*s%s : %s\n", (int)(a->at - row->drawn),
	            row->drawn, field, seen[SIDE_A],
	            (int)(b->at - (a->at + field)), a->at + field, seen[SIDE_B],
	            words);
}

static void compare(struct run *run, const struct figure_row *row,
                    const struct step *step)
{
	char seen[2][STATE_TEXT_MAX], words[STEP_TEXT_MAX];
	struct row_part unknown = { 0 };
	bool right = words_hold(&row->words, step, &unknown);

	for (int side = SIDE_A; side <= SIDE_B; side++) {
		const unsigned i = figure_end_index(&run->ends.world,
		                                    (enum figure_side)side);
		state_text(&run->conn.end[i], seen[side]);
		right = right && part_says(&row->state[side], seen[side]);
	}
	if (right)
		return;
	if (run->n_wrong++ == 0)
		print_error("%s:\n", run->ends.world.name);
	if (unknown.len > 0)
		print_error("  no such word: %.*s\n", (int)unknown.len,
		            unknown.at);
	words_of_step(step, words);
	print_error("  drawn  %s\n", row->drawn);
	print_seen(row, seen, words);
}

/* ---- the model as engine --------------------------------------------------
 */

static void let_time_pass(struct run *run, int64_t now, struct step *step)
{
	memset(step, 0, sizeof(*step));
	step->conn = &run->conn;
	if (run->begun && conn_expiry(&run->conn, TIME_WAIT_LASTS) <= now)
		conn_expire(&run->conn, now, TIME_WAIT_LASTS, step);
}

static void show(struct run *run, enum figure_side from,
                 const struct segment *seg, struct step *step)
{
	let_time_pass(run, seg->ts, step);
	if (!run->begun)
		conn_init(&run->conn, seg);
	run->begun = true;
	memset(step, 0, sizeof(*step));
	const unsigned end = figure_end_index(&run->ends.world, from);
	assert_int_equal(
		conn_observe(&run->conn, seg, end, &alloc_default, step),
		TCPCLOSE_OK);
}

static void play(struct run *run, const struct figure_row *row)
{
	struct segment seg;
	struct step step;
	let_time_pass(run, FIGURE_EPOCH + row->ts, &step);
	if (row->kind == ROW_SEGMENT && figure_ends_send(&run->ends, row, &seg))
		show(run, row->from, &seg, &step);
	compare(run, row, &step);
}

static void play_handshake(struct run *run, int64_t before)
{
	for (size_t i = 0; i < N_HANDSHAKE; i++) {
		struct figure_row row;
		assert_null(row_read(&row, handshake[i]));
		row.ts += before - HANDSHAKE_LASTS;
		play(run, &row);
	}
}

static void run_figure(struct figure *f, struct run *run,
                       const struct figure_world *world)
{
	figure_ends_init(&run->ends, world, &f->options);
	if (f->row[0].kind == ROW_TIME)
		play_handshake(run, f->row[0].ts);
	for (size_t i = 0; i < f->n_rows; i++)
		play(run, &f->row[i]);
}

/* ---- drawing --------------------------------------------------------------
 */

static void clear(struct figure *f)
{
	for (size_t i = 0; i < N_WORLDS; i++)
		conn_fini(&f->run[i].conn, &alloc_default);
	memset(f, 0, sizeof(*f));
}

static void reject(const struct figure *f, const char *drawn, const char *why)
{
	print_error("  drawn  %s\n  wrong  %s\n", drawn, why);
	_fail(f->file, f->line);
}

static void read_rows(struct figure *f, const char *const *rows)
{
	for (; *rows; rows++) {
		struct figure_row row;
		const char *why = f->n_rows == ROWS_MAX ? "too many rows"
		                                        : row_read(&row, *rows);
		if (!why && row.kind == ROW_OPTION)
			why = figure_option_read(&f->options, *rows);
		else if (!why)
			f->row[f->n_rows++] = row;
		if (why)
			reject(f, *rows, why);
	}
	if (f->n_rows == 0)
		reject(f, "", "a figure without rows");
}

void figure_draw(void *state, const char *file, int line,
                 const char *const *rows)
{
	struct figure *f = state;
	unsigned n_wrong = 0;

	clear(f);
	f->file = file;
	f->line = line;
	figure_options_init(&f->options);
	read_rows(f, rows);
	for (size_t i = 0; i < N_WORLDS; i++) {
		run_figure(f, &f->run[i], &worlds[i]);
		n_wrong += f->run[i].n_wrong;
	}
	if (n_wrong > 0)
		_fail(file, line);
}

int figure_setup(void **state)
{
	*state = calloc(1, sizeof(struct figure));
	return *state ? 0 : -1;
}

int figure_teardown(void **state)
{
	clear(*state);
	free(*state);
	return 0;
}

/* ---- what the model holds -------------------------------------------------
 */

size_t figure_runs(void *state)
{
	(void)state;
	return N_WORLDS;
}

const struct conn *figure_conn(void *state, size_t run)
{
	const struct figure *f = state;
	return &f->run[run].conn;
}

uint32_t figure_tsval(void *state, size_t run, enum figure_side side,
                      int64_t ms)
{
	const struct figure *f = state;
	return f->run[run].ends.world.ts_zero[side] + (uint32_t)ms;
}

const struct end *figure_end_of(void *state, size_t run, enum figure_side side)
{
	const struct figure *f = state;
	const struct run *r = &f->run[run];
	return &r->conn.end[figure_end_index(&r->ends.world, side)];
}

const struct fin_story *figure_fin_of(void *state, size_t run,
                                      enum figure_side side)
{
	const struct figure *f = state;
	const struct run *r = &f->run[run];
	const struct fin_story *fin =
		conn_fin(&r->conn, figure_end_index(&r->ends.world, side));
	assert_non_null(fin);
	return fin;
}
