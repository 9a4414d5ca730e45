/*
 * Interface for field tables prepared for writing: keys as they will stand in
 * the line, words with their lengths. Made once a writer, used for each of
 * its records.
 */
#ifndef TCPCLOSE_WRITE_JSON_PLAN_H
#define TCPCLOSE_WRITE_JSON_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "record/record.h"
#include "record/time.h"
#include "tcpclose/alloc.h"

/*
 * Keys and words are copied whole, whatever their length, into a line that
 * has room for it: a few instructions, where a copy of n bytes is a call.
 */
#define JSON_KEY_MAX  32
#define JSON_WORD_MAX 32

#define JSON_OPENING_MAX 64
#define JSON_BLOCK       32

/* A word of a closed list. */
struct json_word {
	const char *word; /* as records point to it; NULL: none is here */
	size_t len;
	char text[JSON_WORD_MAX];
};

/*
 * A closed list. Where a word stands in it follows from its address, without a
 * search: `factor` was chosen so that no two of them get the same place.
 */
struct json_words {
	const struct json_word *at;
	uint64_t factor;
	unsigned shift;
};

/* NULL: it is none of them, or not by its address. */
static inline const struct json_word *
json_words_find(const struct json_words *words, const char *word)
{
	const uint64_t mixed = (uintptr_t)word * words->factor;
	const struct json_word *w = &words->at[mixed >> words->shift];
	return w->word == word ? w : NULL;
}

/* How a field is written; a line of the cache. */
struct json_op {
	enum field_type type;
	bool required;
	uint8_t key_len;
	/* Of the run that begins here: counts and durations that follow one
	 * another are written together. */
	uint16_t run_len;
	size_t offset;
	union {
		/* FIELD_OBJECT; the same prepared, or NULL */
		struct {
			const struct field *fields;
			const struct json_table *table;
		};
		/* FIELD_WORD: prepared, or NULL */
		const struct json_words *words;
		/* FIELD_COUNT: "name":0, followed by that of the next counter;
		 * NULL: not prepared. Most counters of a healthy connection are
		 * 0, and any run of them is written by one copy, in blocks:
		 * there are JSON_BLOCK bytes behind the last. */
		const char *zeros;
	};
	char key[JSON_KEY_MAX]; /* "name": and the quote that a value needs */
};

/* A field table, its parts laid out in it. */
struct json_table {
	const struct json_op *op, *end;
};

/* How the line of a record begins, up to its first field. */
struct json_opening {
	size_t len;
	char text[JSON_OPENING_MAX];
};

/* What was written lately, as text. */
struct json_memo {
	struct time_memo times;
	struct ip_memo addresses;
};

struct json_plan;

/* Prepare one field, but nothing that it refers to. */
void json_op_init(struct json_op *op, const struct field *f);

/* How every record of TYPE begins. */
struct json_opening json_opening(enum event_type type);

/*
 * Prepare the tables of all records and of these kinds of findings. Tables and
 * kinds are borrowed, the list of kinds only until this returns. NULL without
 * memory.
 */
struct json_plan *json_plan_new(const struct finding_kind *const *kinds,
                                size_t n_kinds,
                                const struct tcpclose_allocator *alloc);

struct json_memo *json_plan_memo(struct json_plan *plan);

/* NULL is fine. */
void json_plan_free(struct json_plan *plan);

/* The table of a record, the beginning of its line, and the object that a
 * finding of a kind has. NULL: it was not prepared, or there is no plan. */
const struct json_table *json_plan_record(const struct json_plan *plan,
                                          const struct record *r);
const struct json_opening *json_plan_opening(const struct json_plan *plan,
                                             enum event_type type);
const struct json_op *json_plan_detail(const struct json_plan *plan,
                                       const struct finding_kind *kind);

#endif
