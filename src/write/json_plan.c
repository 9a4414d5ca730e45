#include "write/json_plan.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "record/time.h"

/* A field table, its parts laid out in it. */
struct table {
	struct table *next;
	const struct field *fields;
	struct json_op op[];
};

/* A closed list. */
struct list {
	struct list *next;
	const char *const *words;
	struct json_word word[];
};

/* The object of a kind of findings: a table of one, and its end. */
struct detail {
	const struct finding_kind *kind;
	struct json_op op[2];
};

struct json_plan {
	const struct tcpclose_allocator *alloc;
	struct table *tables; /* each but once, as */
	struct list *lists;   /* each of these */
	const struct json_op *event[N_EVENTS];
	struct time_memo times;
	struct detail *detail;
	size_t n_details;
};

/* ---- closed lists of words --------------------------------------- */

/* Words that are too long are left to be written as texts are. */
static void take_words(struct json_word *to, const char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		const size_t n = strlen(words[i]);
		if (n + 2 > JSON_WORD_MAX)
			continue;
		to->word = words[i];
		to->len = n + 2;
		memcpy(to->text, words[i], n);
		memcpy(to->text + n, "\",", 2);
		to++;
	}
}

static const struct json_word *prepare_words(struct json_plan *plan,
                                             const char *const *words)
{
	for (const struct list *l = plan->lists; l; l = l->next)
		if (l->words == words)
			return l->word;
	size_t n = 1; /* the end */
	while (words[n - 1])
		n++;
	struct list *l =
		alloc_new(plan->alloc, 1, sizeof(*l) + n * sizeof(l->word[0]));
	if (!l)
		return NULL;
	take_words(l->word, words);
	l->words = words;
	l->next = plan->lists;
	plan->lists = l;
	return l->word;
}

/* ---- fields ------------------------------------------------------ */

static bool is_in_quotes(enum field_type type)
{
	return type == FIELD_TIME || type == FIELD_ID || type == FIELD_IP ||
	       type == FIELD_WORD;
}

void json_op_init(struct json_op *op, const struct field *f)
{
	const size_t n = strlen(f->name);
	assert(n + 4 <= JSON_KEY_MAX);
	*op = (struct json_op){
		.type = f->type,
		.required = f->required,
		.run_end = op + 1,
		.key_len = (uint16_t)(n + 3 + is_in_quotes(f->type)),
		.offset = f->offset,
		.fields = f->fields,
	};
	op->key[0] = '"';
	memcpy(op->key + 1, f->name, n);
	memcpy(op->key + 1 + n, "\":\"", 3);
}

static const struct json_op *prepare_table(struct json_plan *plan,
                                           const struct field *fields);

static bool prepare_field(struct json_plan *plan, struct json_op *op,
                          const struct field *f)
{
	json_op_init(op, f);
	if (f->type == FIELD_WORD && f->words) {
		op->words = prepare_words(plan, f->words);
		return op->words != NULL;
	}
	if (f->type == FIELD_OBJECT) {
		op->ops = prepare_table(plan, f->fields);
		return op->ops != NULL;
	}
	return true;
}

/* ---- tables ------------------------------------------------------ */

static size_t n_fields(const struct field *fields)
{
	size_t n = 0;
	for (const struct field *f = fields; f->name; f++)
		n += f->type == FIELD_PART ? n_fields(f->fields) : 1;
	return n;
}

/* Returns the place for the next field; NULL without memory. */
static struct json_op *lay_out(struct json_plan *plan, struct json_op *op,
                               const struct field *fields, size_t offset)
{
	for (const struct field *f = fields; f->name && op; f++) {
		if (f->type == FIELD_PART) {
			op = lay_out(plan, op, f->fields, offset + f->offset);
			continue;
		}
		if (!prepare_field(plan, op, f))
			return NULL;
		op->offset += offset;
		op++;
	}
	return op;
}

static bool makes_runs(enum field_type type)
{
	return type == FIELD_COUNT || type == FIELD_DURATION;
}

static void prepare_runs(const struct json_op *first, struct json_op *end)
{
	for (struct json_op *op = end; op-- > first;)
		if (op + 1 < end && op[1].type == op->type &&
		    makes_runs(op->type))
			op->run_end = op[1].run_end;
}

/* "name":0, of each counter, one behind the other. */
#define ZERO_MAX (JSON_KEY_MAX + 2)

static void prepare_zeros(struct json_op *op, char *text)
{
	for (; op->key_len; op++) {
		if (op->type != FIELD_COUNT)
			continue;
		op->zeros = text;
		memcpy(text, op->key, op->key_len);
		memcpy(text + op->key_len, "0,", 2);
		text += op->key_len + 2;
	}
}

static const struct json_op *prepare_table(struct json_plan *plan,
                                           const struct field *fields)
{
	for (const struct table *t = plan->tables; t; t = t->next)
		if (t->fields == fields)
			return t->op;
	const size_t n = n_fields(fields) + 1; /* and the end */
	struct table *t =
		alloc_new(plan->alloc, 1,
	                  sizeof(*t) + n * sizeof(t->op[0]) + n * ZERO_MAX);
	if (!t)
		return NULL;
	t->fields = fields;
	t->next = plan->tables;
	plan->tables = t;
	struct json_op *const end = lay_out(plan, t->op, fields, 0);
	if (!end)
		return NULL;
	prepare_runs(t->op, end);
	prepare_zeros(t->op, (char *)(t->op + n));
	return t->op;
}

/* ---- the plan ---------------------------------------------------- */

static bool prepare_events(struct json_plan *plan)
{
	for (int type = 0; type < N_EVENTS; type++) {
		plan->event[type] = prepare_table(
			plan, event_type_fields((enum event_type)type));
		if (!plan->event[type])
			return false;
	}
	return true;
}

static bool prepare_detail(struct json_plan *plan, struct detail *detail,
                           const struct finding_kind *kind)
{
	const struct field object = {
		.name = kind->name,
		.type = FIELD_OBJECT,
		.fields = kind->fields,
	};
	detail->kind = kind;
	return !kind->fields || prepare_field(plan, &detail->op[0], &object);
}

static bool prepare_details(struct json_plan *plan,
                            const struct finding_kind *const *kinds, size_t n)
{
	plan->detail = alloc_new(plan->alloc, n + 1, sizeof(plan->detail[0]));
	if (!plan->detail)
		return false;
	for (plan->n_details = 0; plan->n_details < n; plan->n_details++) {
		const size_t i = plan->n_details;
		if (!prepare_detail(plan, &plan->detail[i], kinds[i]))
			return false;
	}
	return true;
}

struct json_plan *json_plan_new(const struct finding_kind *const *kinds,
                                size_t n_kinds,
                                const struct tcpclose_allocator *alloc)
{
	struct json_plan *plan = alloc_new(alloc, 1, sizeof(*plan));
	if (!plan)
		return NULL;
	plan->alloc = alloc;
	if (prepare_events(plan) && prepare_details(plan, kinds, n_kinds))
		return plan;
	json_plan_free(plan);
	return NULL;
}

void json_plan_free(struct json_plan *plan)
{
	if (!plan)
		return;
	const struct tcpclose_allocator *alloc = plan->alloc;
	while (plan->tables) {
		struct table *t = plan->tables;
		plan->tables = t->next;
		alloc_free(alloc, t);
	}
	while (plan->lists) {
		struct list *l = plan->lists;
		plan->lists = l->next;
		alloc_free(alloc, l);
	}
	alloc_free(alloc, plan->detail);
	alloc_free(alloc, plan);
}

struct time_memo *json_plan_times(struct json_plan *plan)
{
	return plan ? &plan->times : NULL;
}

const struct json_op *json_plan_record(const struct json_plan *plan,
                                       const struct record *r)
{
	if (!plan || r->fields != event_type_fields(r->type))
		return NULL;
	return plan->event[r->type];
}

const struct json_op *json_plan_detail(const struct json_plan *plan,
                                       const struct finding_kind *kind)
{
	for (size_t i = 0; plan && i < plan->n_details; i++)
		if (plan->detail[i].kind == kind)
			return plan->detail[i].op;
	return NULL;
}
