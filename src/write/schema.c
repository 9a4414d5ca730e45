#include "write/schema.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "record/record.h"
#include "write/json_append.h"
#include "write/summary_json.h"

#define DIALECT "https://json-schema.org/draft/2020-12/schema"
#define ID_STEM "urn:tcpclose:schema:" RECORD_SCHEMA_VERSION ":"

#define TIME_PATTERN                                                           \
	"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"               \
	"\\.[0-9]{9}Z$"

/* All kinds of findings that a schema is made for. */
struct kinds {
	const struct finding_kind *const *kind;
	size_t n;
};

static json_t *integer_schema(json_int_t minimum)
{
	return json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum", minimum,
	                 "maximum", (json_int_t)JSON_INTEGER_MAX);
}

static json_t *word_list(const char *const *words)
{
	json_t *list = json_array();
	for (size_t i = 0; words[i]; i++)
		json_array_append_new(list, json_string(words[i]));
	return list;
}

static json_t *word_schema(const char *const *words)
{
	return json_pack("{s:s,s:o}", "type", "string", "enum",
	                 word_list(words));
}

static json_t *list_schema(json_t *items, int max)
{
	return json_pack("{s:s,s:o,s:i,s:i}", "type", "array", "items", items,
	                 "minItems", 1, "maxItems", max);
}

static json_t *string_schema(void)
{
	return json_pack("{s:s}", "type", "string");
}

static json_t *ip_schema(void)
{
	return json_pack("{s:s,s:[{s:s},{s:s}]}", "type", "string", "anyOf",
	                 "format", "ipv4", "format", "ipv6");
}

static json_t *object_schema(const struct field *fields);

static json_t *field_schema(const struct field *f)
{
	switch (f->type) {
	case FIELD_COUNT:
	case FIELD_FRAME:
	case FIELD_DURATION:
		return integer_schema(0);
	case FIELD_NUMBER:
		return integer_schema(-JSON_INTEGER_MAX);
	case FIELD_DECIMAL:
		return json_pack("{s:s,s:i}", "type", "number", "minimum", 0);
	case FIELD_TIME:
		return json_pack("{s:s,s:s,s:s}", "type", "string", "format",
		                 "date-time", "pattern", TIME_PATTERN);
	case FIELD_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case FIELD_ID:
		return json_pack("{s:s,s:s}", "type", "string", "pattern",
		                 "^[0-9a-f]{16}$");
	case FIELD_WORD:
		return word_schema(f->words);
	case FIELD_TEXT:
		return string_schema();
	case FIELD_IP:
		return ip_schema();
	case FIELD_NUMBERS:
		return list_schema(integer_schema(-JSON_INTEGER_MAX),
		                   NUMBERS_MAX);
	case FIELD_DURATIONS:
		return list_schema(integer_schema(-JSON_INTEGER_MAX),
		                   NUMBERS_MAX);
	case FIELD_FRAMES:
		return list_schema(integer_schema(0), NUMBERS_MAX);
	case FIELD_WORDS:
		return list_schema(word_schema(f->words), TEXTS_MAX);
	case FIELD_TEXTS:
		return list_schema(string_schema(), TEXTS_MAX);
	case FIELD_SOURCES:
		return list_schema(string_schema(), NUMBERS_MAX);
	case FIELD_OBJECT:
	case FIELD_PART:
		return object_schema(f->fields);
	}
	return NULL;
}

static void describe(json_t *schema, const struct field *f)
{
	if (!f->meaning)
		return;
	json_t *text = f->unit ? json_sprintf("%s; in %s", f->meaning, f->unit)
	                       : json_string(f->meaning);
	json_object_set_new(schema, "description", text);
}

/* Add fields to an object's properties; those of a part are its own. */
static void add_fields(json_t *object, const struct field *fields)
{
	json_t *properties = json_object_get(object, "properties");
	json_t *required = json_object_get(object, "required");
	for (const struct field *f = fields; f->name; f++) {
		if (f->type == FIELD_PART) {
			add_fields(object, f->fields);
			continue;
		}
		json_t *schema = field_schema(f);
		describe(schema, f);
		json_object_set_new(properties, f->name, schema);
		if (f->required)
			json_array_append_new(required, json_string(f->name));
	}
}

static json_t *empty_object_schema(void)
{
	return json_pack("{s:s,s:{},s:[],s:b}", "type", "object", "properties",
	                 "required", "additionalProperties", 0);
}

static json_t *object_schema(const struct field *fields)
{
	json_t *object = empty_object_schema();
	add_fields(object, fields);
	return object;
}

static json_t *const_schema(const char *value)
{
	return json_pack("{s:s}", "const", value);
}

/* event_type and schema_version follow from the type of a record, so they
 * are in no table. */
static void add_type(json_t *object, enum event_type type)
{
	json_t *properties = json_object_get(object, "properties");
	json_t *required = json_object_get(object, "required");
	json_object_set_new(properties, "event_type",
	                    const_schema(event_type_name(type)));
	json_object_set_new(properties, "schema_version",
	                    const_schema(RECORD_SCHEMA_VERSION));
	json_array_append_new(required, json_string("event_type"));
	json_array_append_new(required, json_string("schema_version"));
}

/* If the finding is this one, the outcome is one of its own words; but any
 * may be withdrawn. */
static json_t *outcome_rule(const struct finding_kind *kind)
{
	json_t *words = word_list(kind->outcomes);
	json_array_append_new(words, json_string(FINDING_WITHDRAWN));
	return json_pack("{s:{s:{s:{s:s}}},s:{s:{s:{s:o}}}}", "if",
	                 "properties", "finding", "const", kind->name, "then",
	                 "properties", "outcome", "enum", words);
}

static void add_kinds(json_t *object, const struct kinds *kinds)
{
	json_t *properties = json_object_get(object, "properties");
	json_t *names = json_array(), *rules = json_array();
	for (size_t i = 0; i < kinds->n; i++) {
		const struct finding_kind *kind = kinds->kind[i];
		json_array_append_new(names, json_string(kind->name));
		if (kind->outcomes)
			json_array_append_new(rules, outcome_rule(kind));
		if (!kind->fields)
			continue;
		json_t *detail = object_schema(kind->fields);
		json_object_set_new(detail, "description",
		                    json_string(kind->summary));
		json_object_set_new(properties, kind->name, detail);
	}
	if (json_array_size(names) > 0)
		json_object_set(json_object_get(properties, "finding"), "enum",
		                names);
	if (json_array_size(rules) > 0)
		json_object_set(object, "allOf", rules);
	json_decref(names);
	json_decref(rules);
}

static json_t *record_schema(enum event_type type, const struct kinds *kinds)
{
	json_t *object = empty_object_schema();
	add_type(object, type);
	add_fields(object, event_type_fields(type));
	if (type == EVENT_TCP_FINDING)
		add_kinds(object, kinds);
	return object;
}

static json_t *reference(enum event_type type)
{
	return json_pack("{s:s+}", "$ref", "#/$defs/", event_type_name(type));
}

static json_t *references(enum event_type type)
{
	return json_pack("{s:s,s:o}", "type", "array", "items",
	                 reference(type));
}

static json_t *left_out_schema(void)
{
	return json_pack(
		"{s:s,s:i,s:s}", "type", "integer", "minimum", 1, "description",
		"findings that are not in the list: there was no "
		"temporary file to keep them in, and memory is bounded; "
		"absent if all are there");
}

static json_t *report_schema(const struct kinds *kinds)
{
	return json_pack("{s:s,s:{s:o,s:o,s:o,s:o,s:o,s:o,s:o},s:[ssssss],s:b,"
	                 "s:{s:o,s:o,s:o,s:o}}",
	                 "type", "object", "properties", "schema_version",
	                 const_schema(RECORD_SCHEMA_VERSION), "run",
	                 reference(EVENT_RUN), "stats", reference(EVENT_STATS),
	                 "summary", summary_schema(), "connections",
	                 references(EVENT_TCP_CLOSE), "findings",
	                 references(EVENT_TCP_FINDING), "findings_left_out",
	                 left_out_schema(), "required", "schema_version", "run",
	                 "stats", "summary", "connections", "findings",
	                 "additionalProperties", 0, "$defs", "run",
	                 record_schema(EVENT_RUN, kinds), "stats",
	                 record_schema(EVENT_STATS, kinds), "tcp_close",
	                 record_schema(EVENT_TCP_CLOSE, kinds), "tcp_finding",
	                 record_schema(EVENT_TCP_FINDING, kinds));
}

#define REPORT "report"

const char *schema_type(size_t i)
{
	if (i < N_EVENTS)
		return event_type_name((enum event_type)i);
	return i == N_EVENTS ? REPORT : NULL;
}

/* The head that a reader meets first, then the schema itself. */
static json_t *headed(const char *type, const char *meaning, json_t *body)
{
	json_t *schema =
		json_pack("{s:s,s:s+,s:s,s:s}", "$schema", DIALECT, "$id",
	                  ID_STEM, type, "title", type, "description", meaning);
	json_object_update(schema, body);
	json_decref(body);
	return schema;
}

static json_t *schema_of(const char *type, const struct kinds *kinds)
{
	for (int i = 0; i < N_EVENTS; i++) {
		const enum event_type event = (enum event_type)i;
		if (strcmp(event_type_name(event), type) == 0)
			return headed(type, event_type_meaning(event),
			              record_schema(event, kinds));
	}
	if (strcmp(type, REPORT) == 0)
		return headed(type, "the whole result of a run",
		              report_schema(kinds));
	return NULL;
}

static int unknown_type(const char *type, struct tcpclose_error *err)
{
	char known[128] = "";
	for (size_t i = 0; schema_type(i); i++) {
		const size_t n = strlen(known);
		snprintf(known + n, sizeof(known) - n, "%s%s", i ? ", " : "",
		         schema_type(i));
	}
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 },
	                 "there is no schema of %s; there are %s", type, known);
}

int schema_text(const char *type, const struct finding_kind *const *kinds,
                size_t n_kinds, struct buffer *out, struct tcpclose_error *err)
{
	json_t *schema = schema_of(type, &(struct kinds){ kinds, n_kinds });
	if (!schema)
		return unknown_type(type, err);
	char *text = json_dumps(schema, JSON_INDENT(2));
	json_decref(schema);
	if (!text)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 },
		                 "no memory for the schema of %s", type);
	buffer_text(out, text);
	buffer_char(out, '\n');
	free(text);
	return TCPCLOSE_OK;
}
