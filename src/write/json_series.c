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

/* Zeros of a table are copied on to those of the next counter of the table,
 * which may be no longer the next one here. */
static struct json_op own_op(const struct json_op *op)
{
	struct json_op own = *op;
	if (op->type == FIELD_COUNT)
		own.zeros = NULL;
	return own;
}

/* While ops of a series are laid out. */
struct draft {
	struct json_out out; /* the texts, one behind the other */
	struct json_op *first, *to;
	bool is_filled; /* the innermost object is not empty, whatever a record
	                 * has of its own */
};

static bool is_common(const struct draft *d, const struct json_op *op)
{
	return !op->own && (!op->is_end || d->is_filled);
}

/* The end of an object takes the place of a comma: it stands in the text before
 * it, or else behind what the record puts there. */
static void add_common(struct draft *d, const struct json_op *op,
                       const char *base)
{
	char *const text = d->out.at;
	const bool goes_on =
		d->to > d->first && d->to[-1].put == json_put_constant;
	const bool is_behind_own = op->is_end && !goes_on;
	if (is_behind_own)
		*d->out.at++ = ',';
	json_put_op(&d->out, op, base);
	const uint32_t n = (uint32_t)(d->out.at - text);
	d->is_filled |= n > 0;
	if (goes_on) {
		d->to[-1].text_len += n;
	} else if (n > 0) {
		*d->to = json_op_constant(text, n);
		d->to++->takes_back = is_behind_own;
	}
}

static void add_own(struct draft *d, const struct json_op *op)
{
	*d->to++ = own_op(op);
	d->is_filled &= op->type != FIELD_OBJECT;
}

static void make(struct json_series *s, const struct json_op *all,
                 const char *base, struct json_memo *memo)
{
	struct draft d = {
		.out = {
			.at = s->text,
			.limit = s->text + COMMON_MAX,
			.text_max = JSON_TEXT_MAX,
			.list_max = NUMBERS_MAX,
			.memo = memo,
		},
		.first = s->op,
		.to = s->op,
	};
	for (; all->put != json_put_stop; all++) {
		if (is_common(&d, all))
			add_common(&d, all, base);
		else
			add_own(&d, all);
		if (all->type == FIELD_OBJECT && !all->is_end)
			d.is_filled = false;
	}
	json_ops_close(s->op, d.to);
	s->fits = !d.out.full;
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
