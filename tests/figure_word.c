/* What a step says, in words for figures. */
#include "figure_word.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	uint32_t meaning;
} meanings[] = {
	{ "syn", STEP_SYN },
	{ "syn_copy", STEP_SYN_COPY },
	{ "new_data", STEP_NEW_DATA },
	{ "repeat", STEP_REPEAT },
	{ "fills_hole", STEP_FILLS_HOLE },
	{ "ahead", STEP_AHEAD },
	{ "fin", STEP_FIN },
	{ "fin_copy", STEP_FIN_COPY },
	{ "beyond_fin", STEP_BEYOND_FIN },
	{ "acks_fin", STEP_ACKS_FIN },
	{ "reacks_fin", STEP_REACKS_FIN },
	{ "pure_ack", STEP_PURE_ACK },
	{ "dup_ack", STEP_DUP_ACK },
	{ "window_closed", STEP_WINDOW_CLOSED },
	{ "window_opened", STEP_WINDOW_OPENED },
	{ "probe", STEP_PROBE },
	{ "keep_alive", STEP_KEEP_ALIVE },
	{ "rst", STEP_RST },
	{ "paws", STEP_PAWS },
	{ "out_of_window", STEP_OUT_OF_WINDOW },
	{ "clone", STEP_CLONE },
	{ "acks_unseen", STEP_ACKS_UNSEEN },
	{ "time", STEP_TIME },
	{ "reopens", STEP_REOPENS },
	{ "stale_rst", STEP_STALE_RST },
	{ "duplicate", STEP_DUPLICATE },
	{ "reset", STEP_RESET },
	{ "late_data", STEP_LATE_DATA },
	{ "old", STEP_OLD },
};

enum {
	N_MEANINGS = sizeof(meanings) / sizeof(*meanings),
	N_DETAILS_MAX = 32,
	WORD_MAX = 32,
};

struct detail {
	const char *word;
	bool holds;
};

static bool rolled_back(const struct step *s)
{
	for (unsigned i = 0; i < s->n_changes; i++) {
		if (s->change[i].rolled_back)
			return true;
	}
	return false;
}

static size_t details_of(const struct step *s,
                         struct detail out[static N_DETAILS_MAX])
{
	const bool rst = step_is(s, STEP_RST), paws = step_is(s, STEP_PAWS);
	const struct rst_story *r = &s->rst;
	const struct detail all[] = {
		{ "may_cross", s->may_cross },
		{ "ack_lost", s->ack_lost },
		{ "dsack", s->has_dsack },
		{ "sacks_fin", s->sacks_fin },
		{ "had_arrived", s->fin_word == FIN_WORD_HAD_ARRIVED },
		{ "came_now", s->fin_word == FIN_WORD_CAME_NOW },
		{ "rolled_back", rolled_back(s) },
		{ "took_isn", s->took_over == TOOK_ISN },
		{ "took_echo", s->took_over == TOOK_ECHO },
		{ "changes", s->n_changes > 0 },
		{ "plain", rst && r->form == RST_PLAIN },
		{ "refusal", rst && r->form == RST_REFUSAL },
		{ "abort", rst && r->form == RST_ABORT },
		{ "exact", rst && r->position == RST_EXACT },
		{ "in_window", rst && r->position == RST_IN_WINDOW },
		{ "outside", rst && r->position == RST_OUT_OF_WINDOW },
		{ "accepted", rst && r->accepted },
		{ "of_connection", rst && r->belongs == RST_OF_CONNECTION },
		{ "of_past", rst && r->belongs == RST_OF_PAST },
		{ "of_past_syn", rst && r->belongs == RST_OF_PAST_SYN },
		{ "of_unknown", rst && r->belongs == RST_OF_UNKNOWN },
		{ "half_open", rst && r->half_open },
		{ "by_timestamp", rst && r->by_timestamp },
		{ "paws_certain", paws && s->paws.sure == GRADE_CERTAIN },
		{ "paws_presumed", paws && s->paws.sure == GRADE_PRESUMED },
		{ "harmful", paws && s->paws.harmful },
	};
	memcpy(out, all, sizeof(all));
	return sizeof(all) / sizeof(*all);
}

/* 1: holds, 0: does not, -1: there is no such word. */
static int word_holds(const char *word, const struct step *step)
{
	for (size_t i = 0; i < N_MEANINGS; i++) {
		if (strcmp(meanings[i].word, word) == 0)
			return step_is(step, meanings[i].meaning);
	}
	struct detail detail[N_DETAILS_MAX];
	const size_t n = details_of(step, detail);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(detail[i].word, word) == 0)
			return detail[i].holds;
	}
	return -1;
}

bool words_hold(const struct row_part *words, const struct step *step,
                struct row_part *unknown)
{
	const char *at = words->at, *end = words->at + words->len;
	bool all = true;
	while (at < end) {
		char word[WORD_MAX] = "";
		const bool no = *at == '!';
		size_t len = 0;
		at += no;
		while (at + len < end && !isspace((unsigned char)at[len]))
			len++;
		if (len > 0 && len < WORD_MAX)
			memcpy(word, at, len);
		const int holds = len > 0 ? word_holds(word, step) : !no;
		if (holds < 0)
			*unknown = (struct row_part){ at, len };
		all = all && holds == !no;
		at += len > 0 ? len : 1;
	}
	return all;
}

static void append(char out[static STEP_TEXT_MAX], const char *word)
{
	const size_t len = strlen(out);
	snprintf(out + len, STEP_TEXT_MAX - len, "%s%s", len ? " " : "", word);
}

void words_of_step(const struct step *step, char out[static STEP_TEXT_MAX])
{
	struct detail detail[N_DETAILS_MAX];
	const size_t n = details_of(step, detail);
	out[0] = '\0';
	for (size_t i = 0; i < N_MEANINGS; i++) {
		if (step_is(step, meanings[i].meaning))
			append(out, meanings[i].word);
	}
	for (size_t i = 0; i < n; i++) {
		if (detail[i].holds)
			append(out, detail[i].word);
	}
}
