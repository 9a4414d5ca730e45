#include "write/json_series.h"

#include "base/alloc.h"
#include "write/json_put.h"

#define COMMON_MAX 4096 /* bytes of what a series has in common */

struct json_series {
	const struct tcpclose_allocator *alloc;
	uint64_t newest; /* number of the record before */
	uint64_t made;   /* of the series that is prepared; 0: none yet */
	bool fits;       /* all that it has in common does */
	char text[COMMON_MAX + JSON_CONSTANT_BLOCK];
	struct json_op op[];
};

struct json_series *json_series_new(size_t n_ops,
                                    const struct tcpclose_allocator *alloc)
{
	struct json_series *s =
		alloc_new(alloc, 1, sizeof(*s) + n_ops * sizeof(s->op[0]));
	if (s)
		s->alloc = alloc;
	return s;
}

void json_series_free(struct json_series *s)
{
	if (s)
		alloc_free(s->alloc, s);
}

/* The end of an object depends on what was put before it. */
static bool is_common(const struct json_op *op)
{
	return !op->own && !op->is_end;
}

/* Zeros of a table are copied on to those of the next counter of the table,
 * which may be no longer the next one here. */
static struct json_op own_op(const struct json_op *op)
{
	struct json_op own = *op;
	if (op->type == FIELD_COUNT)
		own.zeros = NULL;
	return own;
}

static void make(struct json_series *s, const struct json_op *all,
                 const char *base, struct json_memo *memo)
{
	struct json_out out = {
		.at = s->text,
		.limit = s->text + COMMON_MAX,
		.text_max = JSON_TEXT_MAX,
		.list_max = NUMBERS_MAX,
		.memo = memo,
	};
	struct json_op *to = s->op;
	for (; all->put != json_put_stop; all++) {
		if (!is_common(all)) {
			*to++ = own_op(all);
			continue;
		}
		const char *const text = out.at;
		json_put_op(&out, all, base);
		const uint32_t n = (uint32_t)(out.at - text);
		if (to > s->op && to[-1].put == json_put_constant)
			to[-1].text_len += n;
		else if (n > 0)
			*to++ = json_op_constant(text, n);
	}
	json_ops_close(s->op, to);
	s->fits = !out.full;
}

/* Made only for the second of a series: what lies between series that take
 * turns is dear. */
const struct json_op *json_series_ops(struct json_series *s,
                                      const struct json_op *all,
                                      const struct record *r,
                                      struct json_memo *memo)
{
	const bool is_first = r->series != s->newest;
	s->newest = r->series;
	if (s->made != r->series) {
		if (is_first)
			return NULL;
		s->made = r->series;
		make(s, all, r->data, memo);
	}
	return s->fits ? s->op : NULL;
}
