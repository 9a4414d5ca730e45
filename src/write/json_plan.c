#include "write/json_plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "record/time.h"
#include "write/json_series.h"

/* A field table: its fields, one that stops, the zeros of its counters. */
struct table {
	struct table *next;
	struct json_op op[];
};

/* A closed list. */
struct list {
	struct list *next;
	const char *const *of;
	struct json_words words;
	struct json_word word[];
};

/* The object of a kind of findings. */
struct detail {
	const struct finding_kind *kind;
	const struct json_op *op;
};

struct json_plan {
	const struct tcpclose_allocator *alloc;
	struct table *tables;
	struct list *lists; /* each but once */
	const struct json_op *event[N_EVENTS];
	struct json_opening opening[N_EVENTS];
	struct json_memo memo;
	struct json_series *series;
	struct detail *detail;
	size_t n_details;
};

/* ---- closed lists of words --------------------------------------- */

#define LIST_BITS_MAX 8
#define N_FACTORS     64 /* tried for each number of places */

static void set_word(struct json_word *to, const char *word, size_t n)
{
	to->word = word;
	to->len = n + 2;
	memcpy(to->text, word, n);
	memcpy(to->text + n, "\",", 2);
}

/* False if two of them want the same place. Those that are too long are left
 * to be written as texts are. */
static bool place_words(struct list *l, const char *const *list)
{
	memset(l->word, 0, sizeof(l->word[0]) * (l->words.mask + 1));
	for (size_t i = 0; list[i]; i++) {
		struct json_word *to =
			&l->word[json_words_place(&l->words, list[i])];
		const size_t n = strlen(list[i]);
		if (to->word)
			return false;
		if (n + 2 <= JSON_WORD_MAX)
			set_word(to, list[i], n);
	}
	return true;
}

static bool find_factor(struct list *l, const char *const *list)
{
	for (uint64_t i = 0; i < N_FACTORS; i++) {
		l->words.factor = (2 * i + 1) * UINT64_C(0x9e3779b97f4a7c15);
		if (place_words(l, list))
			return true;
	}
	return false;
}

static size_t n_words(const char *const *list)
{
	size_t n = 0;
	while (list[n])
		n++;
	return n;
}

/* With twice the places whenever no factor is found: with 128 for a dozen of
 * words every other one will do. */
static struct list *new_list(struct json_plan *plan, const char *const *words)
{
	unsigned bits = 1;
	while (((size_t)1 << bits) < n_words(words))
		bits++;
	for (;; bits++) {
		struct list *l =
			alloc_new(plan->alloc, 1,
		                  sizeof(*l) + (sizeof(l->word[0]) << bits));
		if (!l)
			return NULL;
		l->words = (struct json_words){
			.at = l->word, .mask = ((uint64_t)1 << bits) - 1
		};
		if (find_factor(l, words) || bits == LIST_BITS_MAX)
			return l;
		alloc_free(plan->alloc, l);
	}
}

static const struct json_words *prepare_words(struct json_plan *plan,
                                              const char *const *words)
{
	for (const struct list *l = plan->lists; l; l = l->next)
		if (l->of == words)
			return &l->words;
	struct list *l = new_list(plan, words);
	if (!l)
		return NULL;
	l->of = words;
	l->next = plan->lists;
	plan->lists = l;
	return &l->words;
}

/* ---- fields ------------------------------------------------------ */

static size_t n_ops(const struct field *fields)
{
	size_t n = 0;
	for (const struct field *f = fields; f->name; f++) {
		const bool is_nested =
			f->type == FIELD_PART || f->type == FIELD_OBJECT;
		n += is_nested ? n_ops(f->fields) : 1;
		n += f->type == FIELD_OBJECT ? 2 : 0;
	}
	return n;
}

static struct json_op *lay_out(struct json_plan *plan, struct json_op *op,
                               const struct field *fields, size_t offset);

static struct json_op *lay_out_object(struct json_plan *plan,
                                      struct json_op *begin,
                                      const struct field *f, size_t offset)
{
	json_op_init(begin, f);
	struct json_op *end = lay_out(plan, begin + 1, f->fields, offset);
	if (!end)
		return NULL;
	*end = json_op_end(begin);
	return end + 1;
}

static struct json_op *lay_out_field(struct json_plan *plan, struct json_op *op,
                                     const struct field *f, size_t offset)
{
	json_op_init(op, f);
	op->offset = (uint32_t)offset;
	if (f->type == FIELD_WORD && f->words) {
		const struct json_words *words = prepare_words(plan, f->words);
		if (!words)
			return NULL;
		json_op_know(op, words);
	}
	return op + 1;
}

/* Returns the place for the next field; NULL without memory. */
static struct json_op *lay_out(struct json_plan *plan, struct json_op *op,
                               const struct field *fields, size_t offset)
{
	for (const struct field *f = fields; f->name && op; f++) {
		const size_t at = offset + f->offset;
		if (f->type == FIELD_PART)
			op = lay_out(plan, op, f->fields, at);
		else if (f->type == FIELD_OBJECT)
			op = lay_out_object(plan, op, f, at);
		else
			op = lay_out_field(plan, op, f, at);
	}
	return op;
}

/* "name":0, of each counter, one behind the other. */
#define ZERO_MAX (JSON_KEY_MAX + 2)

static void prepare_zeros(struct json_op *op, const struct json_op *end,
                          char *text)
{
	for (; op < end; op++) {
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
	const size_t n = n_ops(fields);
	struct table *t = alloc_new(plan->alloc, 1,
	                            sizeof(*t) + (n + 1) * sizeof(t->op[0]) +
	                                    n * ZERO_MAX + JSON_BLOCK);
	if (!t)
		return NULL;
	t->next = plan->tables;
	plan->tables = t;
	struct json_op *const end = lay_out(plan, t->op, fields, 0);
	if (!end)
		return NULL;
	json_ops_close(t->op, end);
	prepare_zeros(t->op, end, (char *)(end + 1));
	return t->op;
}

/* ---- the plan ---------------------------------------------------- */

struct json_opening json_opening(enum event_type type)
{
	struct json_opening opening = { .len = 0 };
	const int n =
		snprintf(opening.text, sizeof(opening.text),
	                 "{\"event_type\":\"%s\","
	                 "\"schema_version\":\"" RECORD_SCHEMA_VERSION "\",",
	                 event_type_name(type));
	assert(n > 0 && (size_t)n < sizeof(opening.text));
	opening.len = (size_t)n;
	return opening;
}

static bool prepare_events(struct json_plan *plan)
{
	for (int type = 0; type < N_EVENTS; type++) {
		plan->opening[type] = json_opening((enum event_type)type);
		plan->event[type] = prepare_table(
			plan, event_type_fields((enum event_type)type));
		if (!plan->event[type])
			return false;
	}
	return true;
}

static bool prepare_series(struct json_plan *plan)
{
	size_t most = 0;
	for (int type = 0; type < N_EVENTS; type++) {
		const size_t n =
			n_ops(event_type_fields((enum event_type)type));
		most = n > most ? n : most;
	}
	plan->series = json_series_new(most + 1, plan->alloc);
	return plan->series != NULL;
}

/* The object that stands in a finding of a kind. */
static bool prepare_detail(struct json_plan *plan, struct detail *detail,
                           const struct finding_kind *kind)
{
	const struct field object[] = {
		{ kind->name, FIELD_OBJECT, .fields = kind->fields },
		FIELDS_END,
	};
	detail->kind = kind;
	if (!kind->fields)
		return true;
	detail->op = prepare_table(plan, object);
	return detail->op != NULL;
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
	if (prepare_events(plan) && prepare_series(plan) &&
	    prepare_details(plan, kinds, n_kinds))
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
	json_series_free(plan->series);
	alloc_free(alloc, plan->detail);
	alloc_free(alloc, plan);
}

struct json_memo *json_plan_memo(struct json_plan *plan)
{
	return &plan->memo;
}

const struct json_op *json_plan_record(const struct json_plan *plan,
                                       const struct record *r)
{
	if (!plan || r->fields != event_type_fields(r->type))
		return NULL;
	return plan->event[r->type];
}

const struct json_op *json_plan_series(struct json_plan *plan,
                                       const struct record *r)
{
	const struct json_op *all = json_plan_record(plan, r);
	return all && r->series != 0 && !r->detail
	               ? json_series_ops(plan->series, all, r, &plan->memo)
	               : NULL;
}

const struct json_opening *json_plan_opening(const struct json_plan *plan,
                                             enum event_type type)
{
	return plan ? &plan->opening[type] : NULL;
}

const struct json_op *json_plan_detail(const struct json_plan *plan,
                                       const struct finding_kind *kind)
{
	for (size_t i = 0; plan && i < plan->n_details; i++)
		if (plan->detail[i].kind == kind)
			return plan->detail[i].op;
	return NULL;
}
