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
#include "write/json_op.h"

#define JSON_OPENING_MAX 64

/* How the line of a record begins, up to its first field. */
struct json_opening {
	size_t len;
	char text[JSON_OPENING_MAX];
};

struct json_plan;

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
const struct json_op *json_plan_record(const struct json_plan *plan,
                                       const struct record *r);
/* The same, where what r has in common with others of its series is prepared;
 * NULL: it is not. */
const struct json_op *json_plan_series(struct json_plan *plan,
                                       const struct record *r);

const struct json_opening *json_plan_opening(const struct json_plan *plan,
                                             enum event_type type);
const struct json_op *json_plan_detail(const struct json_plan *plan,
                                       const struct finding_kind *kind);

#endif
