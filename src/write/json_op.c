/* Fields prepared for writing, and what is done where a line is nearly full. */
#include "write/json_op.h"

#include <assert.h>
#include <stdio.h>

#include "write/json_put.h"

/* ---- to prepare -------------------------------------------------- */

/* What stands behind the colon, whatever the value is. */
static const char *value_begin(enum field_type type)
{
	if (type == FIELD_OBJECT)
		return "{";
	return type == FIELD_TIME || type == FIELD_ID || type == FIELD_IP ||
	                       type == FIELD_WORD || type == FIELD_TEXT
	               ? "\""
	               : "";
}

void json_op_init(struct json_op *op, const struct field *f)
{
	*op = (struct json_op){
		.put = json_put_of(f->type),
		.type = (uint8_t)f->type,
		.required = f->required,
		.own = f->own,
		.offset = (uint32_t)f->offset,
	};
	const int n = snprintf(op->key, sizeof(op->key), "\"%s\":%s", f->name,
	                       value_begin(f->type));
	assert(n > 0 && (size_t)n < sizeof(op->key));
	op->key_len = (uint8_t)n;
}

void json_op_know(struct json_op *op, const struct json_words *words)
{
	op->put = json_put_known_word;
	op->words = words;
}

struct json_op json_op_constant(const char *text, uint32_t n)
{
	return (struct json_op){
		.put = json_put_constant,
		.type = FIELD_PART,
		.text = text,
		.text_len = n,
	};
}

struct json_op json_op_end(const struct json_op *begin)
{
	struct json_op end = *begin;
	end.is_end = true;
	return end;
}

static bool is_simple(enum field_type type)
{
	return type != FIELD_TEXT && type != FIELD_NUMBERS &&
	       type != FIELD_DURATIONS && type != FIELD_WORDS &&
	       type != FIELD_TEXTS && type != FIELD_FRAMES &&
	       type != FIELD_SOURCES;
}

static const struct json_op stop = {
	.put = json_put_stop,
	.room = INT32_MIN, /* it needs none */
	.type = FIELD_PART,
};

/* A value with what stands behind it. */
#define VALUE_MAX (IP_TEXT_MAX + 2)

/* At most, of what is simple. */
static int32_t size_of(const struct json_op *op)
{
	return op->put == json_put_constant ? (int32_t)op->text_len
	                                    : op->key_len + VALUE_MAX;
}

/* What is not simple asks again behind itself. */
void json_ops_close(const struct json_op *first, struct json_op *end)
{
	int32_t room = JSON_SIMPLE_ROOM;
	*end = stop;
	for (struct json_op *op = end; op-- > first;) {
		room = is_simple(op->type) ? size_of(op) + room
		                           : JSON_SIMPLE_ROOM;
		op->room = room;
	}
}

/* ---- to put ------------------------------------------------------ */

bool json_put_op(struct json_out *out, const struct json_op *op,
                 const char *base)
{
	const struct json_op alone[] = { *op, stop };
	const ptrdiff_t most = op->put == json_put_constant ? op->text_len : 0;
	const bool fits =
		out->limit - out->at >= most + JSON_SIMPLE_ROOM || op->is_end;
	if (fits)
		out->at = op->put(out, alone, base, out->at);
	else
		out->full |= !json_is_absent(op->type, base + op->offset);
	return fits;
}

/* The end of the object that begins here. */
static const struct json_op *end_of(const struct json_op *op)
{
	size_t depth = 1;
	while (depth > 0) {
		op++;
		if (op->type == FIELD_OBJECT)
			depth += op->is_end ? -(size_t)1 : 1;
	}
	return op;
}

/* Where there is no room for all that is simple, each is asked for. */
__attribute__((noinline)) static char *put_tight(struct json_out *out,
                                                 const struct json_op *op,
                                                 const char *base, char *at)
{
	out->at = at;
	while (out->limit - out->at < op->room) {
		const bool fits = json_put_op(out, op, base);
		if (op->type == FIELD_OBJECT && !fits)
			op = end_of(op);
		op++;
	}
	return op->put(out, op, base, out->at);
}

char *json_put_ops(struct json_out *out, const struct json_op *op,
                   const char *base, char *at)
{
	return out->limit - at >= op->room ? op->put(out, op, base, at)
	                                   : put_tight(out, op, base, at);
}
