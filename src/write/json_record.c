/* A record as a line of JSON, field by field as its tables say. */
#include "write/json_append.h"

#include <string.h>

#include "write/json_op.h"
#include "write/json_plan.h"

/* What is tried in turn; the second always fits (a test fills everything). */
#define N_TRIES 2
static const size_t text_max_of[N_TRIES] = { JSON_TEXT_MAX, 96 };
static const uint32_t list_max_of[N_TRIES] = { NUMBERS_MAX, 8 };

#define CLOSING_ROOM 32 /* for the braces that are open, and the newline */

/* Fields that were not prepared, one by one. */
static void put_fields(struct json_out *out, const struct field *fields,
                       const char *base)
{
	for (const struct field *f = fields; f->name; f++) {
		const char *const inner = base + f->offset;
		struct json_op op;
		if (f->type == FIELD_PART) {
			put_fields(out, f->fields, inner);
			continue;
		}
		json_op_init(&op, f);
		if (json_put_op(out, &op, base) && f->type == FIELD_OBJECT) {
			put_fields(out, f->fields, inner);
			op = json_op_end(&op);
			json_put_op(out, &op, base);
		}
	}
}

/* The object that a finding's own fields stand in, named as the finding. */
static void put_unprepared_detail(struct json_out *out, const struct record *r)
{
	const struct field object[] = {
		{ r->kind->name, FIELD_OBJECT, .fields = r->kind->fields },
		FIELDS_END,
	};
	put_fields(out, object, r->detail);
}

static void put_detail(struct json_out *out, const struct json_plan *plan,
                       const struct record *r)
{
	const struct json_op *op = json_plan_detail(plan, r->kind);
	if (op)
		out->at = json_put_ops(out, op, r->detail, out->at);
	else
		put_unprepared_detail(out, r);
}

static void put_data(struct json_out *out, const struct json_plan *plan,
                     const struct record *r)
{
	const struct json_op *op = json_plan_record(plan, r);
	if (op)
		out->at = json_put_ops(out, op, r->data, out->at);
	else
		put_fields(out, r->fields, r->data);
}

static char *put_opening(char *at, const struct json_plan *plan,
                         enum event_type type)
{
	const struct json_opening *opening = json_plan_opening(plan, type);
	struct json_opening unprepared;
	if (!opening) {
		unprepared = json_opening(type);
		opening = &unprepared;
	}
	memcpy(at, opening->text, JSON_OPENING_MAX);
	return at + opening->len;
}

static void begin_line(struct json_out *out, const struct json_plan *plan,
                       struct json_memo *memo, enum event_type type,
                       size_t i_try, char line[static JSON_LINE_MAX])
{
	*out = (struct json_out){
		.at = put_opening(line, plan, type),
		.limit = line + JSON_LINE_MAX - CLOSING_ROOM,
		.text_max = text_max_of[i_try],
		.list_max = list_max_of[i_try],
		.memo = memo,
	};
}

/* Returns its length. */
static size_t end_line(const struct json_out *out, const char *line)
{
	memcpy(out->at - 1, "}\n", 2); /* in place of the last comma */
	return (size_t)(out->at + 1 - line);
}

static size_t append(const struct json_plan *plan, struct json_memo *memo,
                     const struct record *r, char line[static JSON_LINE_MAX])
{
	struct json_out out;
	size_t i = 0;
	do {
		begin_line(&out, plan, memo, r->type, i, line);
		put_data(&out, plan, r);
		if (r->detail)
			put_detail(&out, plan, r);
	} while (out.full && ++i < N_TRIES);
	return end_line(&out, line);
}

/* As append(), where what the record has in common with others is prepared;
 * returns 0 if it is not, or something would have to be cut. */
static size_t append_of_series(struct json_plan *plan, const struct record *r,
                               char line[static JSON_LINE_MAX])
{
	const struct json_op *op = json_plan_series(plan, r);
	struct json_out out;
	if (!op)
		return 0;
	begin_line(&out, plan, json_plan_memo(plan), r->type, 0, line);
	out.at = json_put_ops(&out, op, r->data, out.at);
	return out.full ? 0 : end_line(&out, line);
}

size_t json_append_planned(struct json_plan *plan, const struct record *r,
                           char line[static JSON_LINE_MAX])
{
	const size_t n = r->series ? append_of_series(plan, r, line) : 0;
	return n ? n : append(plan, json_plan_memo(plan), r, line);
}

size_t json_append_record(const struct record *r,
                          char line[static JSON_LINE_MAX])
{
	struct json_memo memo = { 0 };
	return append(NULL, &memo, r, line);
}
