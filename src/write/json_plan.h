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

#include "record/record.h"
#include "tcpclose/alloc.h"

/*
 * Keys and words are copied whole, whatever their length, into a line that
 * has room for it: a few instructions, where a copy of n bytes is a call.
 */
#define JSON_KEY_MAX  32
#define JSON_WORD_MAX 32

/* A word of a closed list. */
struct json_word {
	const char *word; /* as records point to it; NULL ends a list */
	size_t len;
	char text[JSON_WORD_MAX];
};

/* How a field is written. */
struct json_op {
	enum field_type type;
	bool required;
	uint16_t key_len; /* 0: the end of a table, all else is unset */
	size_t offset;
	/* Where the run ends that it begins or is in: counts and durations that
	 * follow one another are written together. */
	const struct json_op *run_end;
	const struct field *fields;    /* FIELD_OBJECT, FIELD_PART */
	const struct json_op *ops;     /* the same prepared, or NULL */
	const struct json_word *words; /* FIELD_WORD: prepared, or NULL */
	/* FIELD_COUNT: "name":0, followed by that of the next counter; NULL:
	 * not prepared. Most counters of a healthy connection are 0, and any
	 * run of them is written by one copy. */
	const char *zeros;
	char key[JSON_KEY_MAX]; /* "name": and the quote that a value needs */
};

struct json_plan;

/* Prepare one field, but nothing that it refers to. */
void json_op_init(struct json_op *op, const struct field *f);

/*
 * Prepare the tables of all records and of these kinds of findings. Tables and
 * kinds are borrowed, the list of kinds only until this returns. NULL without
 * memory.
 */
struct json_plan *json_plan_new(const struct finding_kind *const *kinds,
                                size_t n_kinds,
                                const struct tcpclose_allocator *alloc);

struct time_memo *json_plan_times(struct json_plan *plan);

/* NULL is fine. */
void json_plan_free(struct json_plan *plan);

/* The table of a record, and the object that a finding of a kind has. NULL:
 * it was not prepared, or there is no plan. */
const struct json_op *json_plan_record(const struct json_plan *plan,
                                       const struct record *r);
const struct json_op *json_plan_detail(const struct json_plan *plan,
                                       const struct finding_kind *kind);

#endif
