#include "write/explain.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "write/text.h"

#define INDENT 4

void explain_list(const struct finding_kind *const *kinds, size_t n_kinds,
                  struct buffer *out)
{
	size_t width = 0;
	for (size_t i = 0; i < n_kinds; i++)
		if (strlen(kinds[i]->name) > width)
			width = strlen(kinds[i]->name);
	for (size_t i = 0; i < n_kinds; i++)
		buffer_format(out, "%-*s  %s\n", (int)width, kinds[i]->name,
		              kinds[i]->summary);
}

static void section(struct buffer *out, const char *title, const char *text)
{
	if (!text)
		return;
	buffer_format(out, "\n%s\n", title);
	text_wrap(out, text, INDENT);
}

/* "one of a, b, c" */
static void describe_words(struct buffer *out, const char *const *words)
{
	buffer_text(out, " (one of ");
	for (size_t i = 0; words[i]; i++)
		buffer_format(out, "%s%s", i ? ", " : "", words[i]);
	buffer_char(out, ')');
}

static void describe_field(struct buffer *out, const struct field *f)
{
	struct buffer text;
	buffer_init(&text, out->alloc);
	buffer_text(&text, f->meaning ? f->meaning : "");
	if (f->unit)
		buffer_format(&text, ", in %s", f->unit);
	if (f->words)
		describe_words(&text, f->words);
	buffer_char(&text, '\0');

	buffer_format(out, "%*s%s\n", INDENT, "", f->name);
	if (!text.failed)
		text_wrap(out, text.bytes, (size_t)2 * INDENT);
	buffer_fini(&text);
}

static void describe_fields(struct buffer *out, const struct finding_kind *k)
{
	if (!k->fields)
		return;
	buffer_format(out, "\nFields, in the object `%s`\n", k->name);
	for (const struct field *f = k->fields; f->name; f++)
		describe_field(out, f);
}

static void describe_outcomes(struct buffer *out, const struct finding_kind *k)
{
	if (!k->outcomes)
		return;
	buffer_text(out, "\nOutcomes\n    ");
	for (size_t i = 0; k->outcomes[i]; i++)
		buffer_format(out, "%s%s", i ? ", " : "", k->outcomes[i]);
	buffer_char(out, '\n');
}

static void explain(const struct finding_kind *k, struct buffer *out)
{
	buffer_format(out, "%s: %s\n", k->name, k->summary);
	section(out, "What happens", k->story);
	section(out, "Evidence", k->evidence);
	section(out, "What looks the same and is not reported", k->lookalikes);
	section(out, "What to do", k->remedy);
	describe_outcomes(out, k);
	describe_fields(out, k);
	section(out, "Source", k->source);
}

int explain_finding(const struct finding_kind *const *kinds, size_t n_kinds,
                    const char *name, struct buffer *out,
                    struct tcpclose_error *err)
{
	for (size_t i = 0; i < n_kinds; i++) {
		if (strcmp(kinds[i]->name, name) != 0)
			continue;
		explain(kinds[i], out);
		return TCPCLOSE_OK;
	}
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 },
	                 "there is no finding %s; --list-findings names them",
	                 name);
}
