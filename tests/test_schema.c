/*
 * Schemas: their core checked by hand here, and records checked against them
 * by Python's jsonschema, another's implementation, where it is installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "records.h"
#include "write/explain.h"
#include "write/json_append.h"
#include "write/schema.h"
#include "write/writer.h"

static const struct finding_kind plain_kind = {
	.name = "plain",
	.summary = "a finding without an object",
};
static const struct finding_kind *const kinds[] = { &records_kind,
	                                            &plain_kind };

static void schema_into(struct buffer *out, const char *type)
{
	struct tcpclose_error err = { 0 };
	buffer_init(out, &alloc_default);
	assert_int_equal(schema_text(type, kinds, 2, out, &err), TCPCLOSE_OK);
}

static json_t *schema(const char *type)
{
	struct buffer text;
	schema_into(&text, type);
	json_t *json = json_loadb(text.bytes, text.len, 0, NULL);
	assert_non_null(json);
	buffer_fini(&text);
	return json;
}

static void expect_part(json_t *schema_json, const char *path,
                        const char *expected)
{
	char copy[128];
	snprintf(copy, sizeof(copy), "%s", path);
	json_t *at = schema_json;
	for (char *name = strtok(copy, "/"); name; name = strtok(NULL, "/"))
		at = json_object_get(at, name);
	json_t *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);
	if (!json_equal(at, wanted))
		fail_msg("%s is %s", path, json_dumps(at, JSON_ENCODE_ANY));
	json_decref(wanted);
}

static void the_core_of_tcp_close_is_as_promised(void **state)
{
	(void)state;
	json_t *json = schema("tcp_close");
	expect_part(json, "$schema",
	            "\"https://json-schema.org/draft/2020-12/schema\"");
	expect_part(json, "$id", "\"urn:tcpclose:schema:1.0:tcp_close\"");
	expect_part(json, "title", "\"tcp_close\"");
	expect_part(json, "type", "\"object\"");
	expect_part(json, "additionalProperties", "false");
	expect_part(json, "properties/event_type", "{\"const\":\"tcp_close\"}");
	expect_part(json, "properties/schema_version", "{\"const\":\"1.0\"}");
	expect_part(json, "properties/client/properties/bytes",
	            "{\"type\":\"integer\",\"minimum\":0,"
	            "\"maximum\":9007199254740991,"
	            "\"description\":\"payload it sent; in bytes\"}");
	expect_part(json, "properties/close/properties/kind/enum",
	            "[\"fin\",\"reset\",\"refused\",\"unanswered\",\"open\"]");
	expect_part(json, "properties/close/required", "[\"kind\"]");
	json_decref(json);
}

static void a_finding_may_have_only_its_own_outcomes(void **state)
{
	(void)state;
	json_t *json = schema("tcp_finding");
	expect_part(json, "properties/finding/enum",
	            "[\"lost_final_ack\",\"plain\"]");
	expect_part(json, "properties/lost_final_ack/required", "[\"lost\"]");
	expect_part(json, "allOf",
	            "[{\"if\":{\"properties\":{\"finding\":{\"const\":"
	            "\"lost_final_ack\"}}},\"then\":{\"properties\":"
	            "{\"outcome\":{\"enum\":[\"recovered\",\"reset\","
	            "\"withdrawn\"]}}}}]");
	json_decref(json);
}

static void a_type_that_does_not_exist_is_refused(void **state)
{
	(void)state;
	struct buffer out;
	struct tcpclose_error err = { 0 };
	buffer_init(&out, &alloc_default);
	assert_int_equal(schema_text("tcp_open", kinds, 2, &out, &err),
	                 TCPCLOSE_EOPTION);
	assert_non_null(strstr(err.text, "tcp_close, tcp_finding"));
	assert_int_equal(out.len, 0);
}

/* Keys that no reader of ours could address: dots, capitals. */
static void expect_plain_names(const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		assert_true(strlen(f->name) <= 64);
		assert_int_equal(strspn(f->name, "abcdefghijklmnopqrstuvwxyz"
		                                 "0123456789_"),
		                 strlen(f->name));
		if (f->fields) {
			expect_plain_names(f->fields);
			continue;
		}
		assert_non_null(f->meaning);
		const size_t n = strlen(f->name);
		const bool is_us = n > 3 && !strcmp(f->name + n - 3, "_us");
		assert_int_equal(is_us, f->type == FIELD_DURATION ||
		                                f->type == FIELD_DURATIONS);
		assert_int_equal(!!f->words, f->type == FIELD_WORD ||
		                                     f->type == FIELD_WORDS);
	}
}

static void every_field_is_well_named_and_explained(void **state)
{
	(void)state;
	for (int type = 0; type < N_EVENTS; type++)
		expect_plain_names(event_type_fields((enum event_type)type));
	expect_plain_names(records_kind.fields);
}

static FILE *file_in(const char *folder, const char *name, const char *ending)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s%s", folder, name, ending);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	return file;
}

static void write_line(FILE *file, const struct record *r)
{
	char line[JSON_LINE_MAX];
	const size_t n = json_append_record(r, line);
	fwrite(line, 1, n, file);
}

static void write_schema(const char *folder, const char *type)
{
	struct buffer text;
	schema_into(&text, type);
	FILE *file = file_in(folder, type, ".schema");
	fwrite(text.bytes, 1, text.len, file);
	fclose(file);
	buffer_fini(&text);
}

union any_record {
	struct close_record close;
	struct finding_record finding;
	struct state_record state;
	struct route_record route;
	struct service_record service;
	struct host_record host;
	struct stats_record stats;
	struct run_record run;
};

/* Every field set, to a value that is in range. */
static void write_full_record(FILE *file, enum event_type type)
{
	union any_record r;
	struct records_detail detail = { 0 };
	memset(&r, 0, sizeof(r));
	records_fill(event_type_fields(type), &r, 7);
	struct record view = { .type = type,
		               .fields = event_type_fields(type),
		               .data = &r };
	if (type == EVENT_TCP_FINDING) {
		records_fill(records_kind.fields, &detail, 7);
		r.finding.finding = records_kind.name;
		r.finding.outcome = "reset";
		view.kind = &records_kind;
		view.detail = &detail;
	}
	write_line(file, &view);
}

static void write_report(const char *folder)
{
	struct buffer out;
	struct writer *w;
	struct writer_choice choice;
	struct tcpclose_error err = { 0 };
	const struct writer_options options = { .alloc = &alloc_default };
	struct summary *summary = calloc(1, sizeof(*summary));
	buffer_init(&out, &alloc_default);
	writer_choose(&choice, "json:-", &err);
	writer_open(&w, choice.ops, sink_to_buffer(&out), &options, &err);

	struct stats_record stats;
	struct run_record run;
	memset(&stats, 0, sizeof(stats));
	memset(&run, 0, sizeof(run));
	records_fill(stats_record_fields, &stats, 7);
	records_fill(run_record_fields, &run, 7);
	struct close_record close = records_close();
	close.server.time_in_close_wait = 1000000;
	const struct finding_record f = records_finding(SEVERITY_ERROR, 1, "m");
	const struct record all[] = { record_of_run(&run),
		                      record_of_close(&close),
		                      record_of_finding(&f),
		                      record_of_stats(&stats) };
	for (size_t i = 0; i < 4; i++) {
		summary_add(summary, &all[i]);
		writer_record(w, &all[i], &err);
	}
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	records_ledger(ledger);
	summary->ledger = ledger;
	assert_int_equal(writer_close(w, summary, &err), TCPCLOSE_OK);
	free(ledger);
	FILE *file = file_in(folder, "report", ".records");
	for (size_t i = 0; i < out.len; i++)
		if (out.bytes[i] != '\n')
			fputc(out.bytes[i], file);
	fputc('\n', file);
	fclose(file);
	buffer_fini(&out);
	free(summary);
}

static void write_samples(const char *folder)
{
	for (int i = 0; i < N_EVENTS; i++) {
		const enum event_type type = (enum event_type)i;
		write_schema(folder, event_type_name(type));
		FILE *file = file_in(folder, event_type_name(type), ".records");
		write_full_record(file, type);
		const struct close_record close = records_close();
		const struct record sparse = record_of_close(&close);
		if (type == EVENT_TCP_CLOSE)
			write_line(file, &sparse);
		fclose(file);
	}
	write_schema(folder, "report");
	write_report(folder);
}

/* Debian's interpreter first: that is where python3-jsonschema goes. */
static const char *python(void)
{
	static const char *const candidates[] = { "/usr/bin/python3",
		                                  "python3" };
	for (size_t i = 0; i < 2; i++) {
		char command[128];
		snprintf(command, sizeof(command),
		         "%s -c 'from jsonschema import Draft202012Validator' "
		         "2>/dev/null",
		         candidates[i]);
		if (system(command) == 0)
			return candidates[i];
	}
	return NULL;
}

static void remove_samples(const char *folder)
{
	for (size_t i = 0; schema_type(i); i++) {
		char path[256];
		snprintf(path, sizeof(path), "%s/%s.schema", folder,
		         schema_type(i));
		unlink(path);
		snprintf(path, sizeof(path), "%s/%s.records", folder,
		         schema_type(i));
		unlink(path);
	}
	rmdir(folder);
}

static void records_are_valid_against_their_schemas(void **state)
{
	(void)state;
	const char *interpreter = python();
	if (!interpreter) {
		print_message("SKIPPED: schemas are not judged, because "
		              "python3-jsonschema is not installed\n");
		skip();
	}
	char folder[] = "/tmp/tcpclose-schema-XXXXXX";
	assert_non_null(mkdtemp(folder));
	write_samples(folder);
	char command[256];
	snprintf(command, sizeof(command), "%s tests/judge_schemas.py %s",
	         interpreter, folder);
	const int result = system(command);
	remove_samples(folder);
	assert_int_equal(result, 0);
}

static void expect_text(const struct buffer *b, const char *text)
{
	if (!memmem(b->bytes, b->len, text, strlen(text)))
		fail_msg("not found: %s\nin: %.*s", text, (int)b->len,
		         b->bytes);
}

static void a_finding_explains_itself(void **state)
{
	(void)state;
	struct buffer out;
	struct tcpclose_error err = { 0 };
	buffer_init(&out, &alloc_default);
	assert_int_equal(
		explain_finding(kinds, 2, "lost_final_ack", &out, &err),
		TCPCLOSE_OK);
	expect_text(&out, "lost_final_ack: the last ACK did not arrive\n");
	expect_text(&out, "\nWhat happens\n    An end sent its last ACK, but");
	expect_text(&out, "\n    A second paragraph.\n");
	expect_text(&out, "\n      sysctl net.ipv4.tcp_rfc1337\n");
	expect_text(&out, "\nOutcomes\n    recovered, reset\n");
	expect_text(&out, "\n    gaps_us\n        time between copies, in us");
	expect_text(&out, "(one of behind_tap, before_tap, unknown)");
	expect_text(&out, "\nSource\n    RFC 9293 section 3.6\n");
	for (size_t i = 0, column = 0; i < out.len; i++) {
		column = out.bytes[i] == '\n' ? 0 : column + 1;
		assert_true(column <= 80);
	}
	buffer_clear(&out);
	assert_int_equal(explain_finding(kinds, 2, "nonsense", &out, &err),
	                 TCPCLOSE_EOPTION);
	expect_text(
		&(struct buffer){ .bytes = err.text, .len = strlen(err.text) },
		"--list-findings");
	buffer_fini(&out);
}

static void findings_are_listed_in_columns(void **state)
{
	(void)state;
	struct buffer out;
	buffer_init(&out, &alloc_default);
	explain_list(kinds, 2, &out);
	buffer_char(&out, '\0');
	assert_string_equal(out.bytes,
	                    "lost_final_ack  the last ACK did not arrive\n"
	                    "plain           a finding without an object\n");
	buffer_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_core_of_tcp_close_is_as_promised),
		cmocka_unit_test(a_finding_may_have_only_its_own_outcomes),
		cmocka_unit_test(a_type_that_does_not_exist_is_refused),
		cmocka_unit_test(every_field_is_well_named_and_explained),
		cmocka_unit_test(records_are_valid_against_their_schemas),
		cmocka_unit_test(a_finding_explains_itself),
		cmocka_unit_test(findings_are_listed_in_columns),
	};
	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
