#include "write/json_plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "record/time.h"

/* A field table. */
struct table {
	struct table *next;
	const struct field *of;
	struct json_table table;
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
	struct json_op op;
};

struct json_plan {
	const struct tcpclose_allocator *alloc;
	struct table *tables; /* each but once, as */
	struct list *lists;   /* each of these */
	const struct json_table *event[N_EVENTS];
	struct json_opening opening[N_EVENTS];
	struct json_memo memo;
	struct detail *detail;
	size_t n_details;
};

/* ---- closed lists of words --------------------------------------- */

#define LIST_BITS_MAX 8
#define N_FACTORS     64 /* tried for each number of places */

static struct json_word *place_of(const struct json_words *words,
                                  struct json_word *at, const char *word)
{
	return &at[(uintptr_t)word * words->factor >> words->shift];
}

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
	memset(l->word, 0, sizeof(l->word[0]) << (64 - l->words.shift));
	for (size_t i = 0; list[i]; i++) {
		struct json_word *to = place_of(&l->words, l->word, list[i]);
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
		l->words = (struct json_words){ .at = l->word,
			                        .shift = 64 - bits };
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
		.run_len = 1,
		.key_len = (uint8_t)(n + 3 + is_in_quotes(f->type)),
		.offset = f->offset,
	};
	if (f->type == FIELD_OBJECT)
		op->fields = f->fields;
	op->key[0] = '"';
	memcpy(op->key + 1, f->name, n);
	memcpy(op->key + 1 + n, "\":\"", 3);
}

static const struct json_table *prepare_table(struct json_plan *plan,
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
		op->table = prepare_table(plan, f->fields);
		return op->table != NULL;
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
			op->run_len = (uint16_t)(op[1].run_len + 1);
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

static const struct json_table *prepare_table(struct json_plan *plan,
                                              const struct field *fields)
{
	for (const struct table *t = plan->tables; t; t = t->next)
		if (t->of == fields)
			return &t->table;
	const size_t n = n_fields(fields);
	struct table *t = alloc_new(plan->alloc, 1,
	                            sizeof(*t) + n * sizeof(t->op[0]) +
	                                    n * ZERO_MAX + JSON_BLOCK);
	if (!t)
		return NULL;
	t->of = fields;
	t->next = plan->tables;
	plan->tables = t;
	struct json_op *const end = lay_out(plan, t->op, fields, 0);
	if (!end)
		return NULL;
	t->table = (struct json_table){ t->op, end };
	prepare_runs(t->op, end);
	prepare_zeros(t->op, end, (char *)end);
	return &t->table;
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

static bool prepare_detail(struct json_plan *plan, struct detail *detail,
                           const struct finding_kind *kind)
{
	const struct field object = {
		.name = kind->name,
		.type = FIELD_OBJECT,
		.fields = kind->fields,
	};
	detail->kind = kind;
	return !kind->fields || prepare_field(plan, &detail->op, &object);
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

struct json_memo *json_plan_memo(struct json_plan *plan)
{
	return plan ? &plan->memo : NULL;
}

const struct json_table *json_plan_record(const struct json_plan *plan,
                                          const struct record *r)
{
	if (!plan || r->fields != event_type_fields(r->type))
		return NULL;
	return plan->event[r->type];
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
			return &plan->detail[i].op;
	return NULL;
}
