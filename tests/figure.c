/*
 * Running figures: every row of every variant, and what the engine holds
 * after it against what is drawn. What stands behind the rows is split: their
 * text (figure_row.c), the ends that send (figure_ends.c), words for what a
 * step meant (figure_word.c), whom it is shown to (figure_engine.c), and what
 * comes out in the end (figure_expect.c).
 */
#include "figure.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture_make.h"
#include "figure_ends.h"
#include "figure_engine.h"
#include "figure_pcapng.h"
#include "figure_run.h"
#include "figure_word.h"

#define ROWS_MAX 200

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
	{ "out of a pcapng", { 1000000, 2000000 },         { 5000, 900000 },
	  .through_pcapng = true, .ip_version = 4 },
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
	struct engine engine;
	unsigned n_wrong;
};

struct figure {
	enum engine_kind kind;
	const struct figure_place *place; /* of the test, while it draws */
	void *scratch;
	struct figure_row row[N_HANDSHAKE + ROWS_MAX];
	size_t n_rows;
	struct figure_options options;
	size_t n_runs;
	struct run run[N_WORLDS];
};

/* ---- what was drawn and what is seen --------------------------------------
 */

#define STATE_TEXT_MAX 24

/* "FIN-WAIT-1?": RFC 9293's name and the mark of its grade. */
static void state_text(const struct conn *c, unsigned end,
                       char out[static STATE_TEXT_MAX])
{
	const char *name = tcp_state_name((enum tcp_state)c->end[end].state);
	const enum tcp_grade grade = conn_grade(c, end);
	const char *mark = grade == GRADE_PRESUMED  ? "?"
	                   : grade == GRADE_EXPIRED ? "~"
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

static void compare(struct run *run, const struct figure_row *row)
{
	const struct step *step = &run->engine.step;
	char seen[2][STATE_TEXT_MAX], words[STEP_TEXT_MAX];
	struct row_part unknown = { 0 };
	bool right = words_hold(&row->words, step, &unknown);

	for (int side = SIDE_A; side <= SIDE_B; side++) {
		const unsigned i = figure_end_index(&run->ends.world,
		                                    (enum figure_side)side);
		state_text(&run->engine.conn, i, seen[side]);
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

/* ---- running --------------------------------------------------------------
 */

static void play(struct run *run, const struct figure_row *row)
{
	struct segment seg;
	if (row->kind == ROW_SEGMENT && figure_ends_send(&run->ends, row, &seg))
		engine_segment(&run->engine, &seg,
		               figure_end_index(&run->ends.world, row->from));
	else
		engine_time(&run->engine, FIGURE_EPOCH + row->ts);
	compare(run, row);
}

/* The segments of the figure as a file; NULL if this world needs none. */
static const char *write_pcapng(struct figure *f,
                                const struct figure_world *world)
{
	struct figure_ends ends;
	struct made file;
	struct segment seg;
	if (!world->through_pcapng)
		return NULL;
	figure_ends_init(&ends, world, &f->options);
	figure_pcapng_begin(&file);
	for (size_t i = 0; i < f->n_rows; i++) {
		if (f->row[i].kind == ROW_SEGMENT &&
		    figure_ends_send(&ends, &f->row[i], &seg))
			figure_pcapng_add(&file, &seg);
	}
	const char *path = scratch_save(f->scratch, "figure.pcapng", &file);
	made_fini(&file);
	return path;
}

static void run_figure(struct figure *f, struct run *run,
                       const struct figure_world *world)
{
	engine_init(&run->engine, f->kind, write_pcapng(f, world));
	figure_ends_init(&run->ends, world, &f->options);
	for (size_t i = 0; i < f->n_rows; i++)
		play(run, &f->row[i]);
	engine_finish(&run->engine);
}

/* ---- drawing --------------------------------------------------------------
 */

static void clear(struct figure *f)
{
	for (size_t i = 0; i < f->n_runs; i++)
		engine_fini(&f->run[i].engine);
	memset(f->run, 0, sizeof(f->run));
	f->n_rows = f->n_runs = 0;
}

static void reject(const struct figure *f, const char *drawn, const char *why)
{
	print_error("  drawn  %s\n  wrong  %s\n", drawn, why);
	_fail(f->place->file, f->place->line);
}

static void put_handshake_before(struct figure *f, int64_t ts)
{
	for (size_t i = 0; i < N_HANDSHAKE; i++) {
		struct figure_row *row = &f->row[f->n_rows++];
		assert_null(row_read(row, handshake[i]));
		row->ts += ts - HANDSHAKE_LASTS;
	}
}

static const char *add_row(struct figure *f, const char *drawn)
{
	struct figure_row row;
	const char *wrong = row_read(&row, drawn);
	if (wrong)
		return wrong;
	if (row.kind == ROW_OPTION)
		return figure_option_read(&f->options, drawn);
	if (f->n_rows == ROWS_MAX)
		return "too many rows";
	if (f->n_rows == 0 && row.kind == ROW_TIME)
		put_handshake_before(f, row.ts);
	f->row[f->n_rows++] = row;
	return NULL;
}

static bool is_left_out(const struct figure *f, const struct figure_world *w)
{
	return (w->through_pcapng && f->kind == ENGINE_MODEL) ||
	       (w->ip_version == 6 && f->options.no_ipv6);
}

void figure_draw(void *state, const struct figure_place *place,
                 const char *const *rows)
{
	struct figure *f = state;
	unsigned n_wrong = 0;

	clear(f);
	f->place = place;
	figure_options_init(&f->options);
	for (; *rows; rows++) {
		const char *why = add_row(f, *rows);
		if (why)
			reject(f, *rows, why);
	}
	for (size_t i = 0; i < N_WORLDS; i++) {
		if (is_left_out(f, &worlds[i]))
			continue;
		struct run *run = &f->run[f->n_runs++];
		run_figure(f, run, &worlds[i]);
		n_wrong += run->n_wrong;
	}
	if (n_wrong > 0)
		_fail(place->file, place->line);
}

static int setup(void **state, enum engine_kind kind)
{
	struct figure *f = calloc(1, sizeof(*f));
	*state = f;
	if (!f)
		return -1;
	f->kind = kind;
	return scratch_make(&f->scratch);
}

int figure_setup(void **state)
{
	return setup(state, ENGINE_ANALYZER);
}

int figure_setup_model(void **state)
{
	return setup(state, ENGINE_MODEL);
}

int figure_teardown(void **state)
{
	struct figure *f = *state;
	clear(f);
	const int status = scratch_remove(&f->scratch);
	free(f);
	return status;
}

/* ---- what the engine holds ------------------------------------------------
 */

size_t figure_runs(void *state)
{
	const struct figure *f = state;
	return f->n_runs;
}

const struct conn *figure_conn(void *state, size_t run)
{
	const struct figure *f = state;
	return &f->run[run].engine.conn;
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
	return &r->engine.conn.end[figure_end_index(&r->ends.world, side)];
}

const struct fin_story *figure_fin_of(void *state, size_t run,
                                      enum figure_side side)
{
	const struct figure *f = state;
	const struct run *r = &f->run[run];
	const struct fin_story *fin = conn_fin(
		&r->engine.conn, figure_end_index(&r->ends.world, side));
	assert_non_null(fin);
	return fin;
}

const char *figure_run_name(void *state, size_t run)
{
	const struct figure *f = state;
	return f->run[run].ends.world.name;
}

const json_t *figure_records(void *state, size_t run)
{
	const struct figure *f = state;
	assert_non_null(f->run[run].engine.records);
	return f->run[run].engine.records;
}
