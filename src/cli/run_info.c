/* Filling the run record. */
#include "cli/run_info.h"

#include <stdio.h>
#include <string.h>

#include "capture/capture.h"
#include "cli/inputs.h"
#include "cli/option_value.h"
#include "cli/options.h"
#include "decode/decode.h"
#include "host/sandbox.h"
#include "tcpclose/tcpclose.h"

static bool holds(const struct texts *texts, const char *s)
{
	for (uint32_t i = 0; i < texts->n; i++)
		if (strcmp(texts->at[i], s) == 0)
			return true;
	return false;
}

/* Add a copy of s, unless it is there. */
static void add_once(struct texts *texts, char room[][RUN_INFO_TEXT],
                     const char *s)
{
	if (texts->n == TEXTS_MAX || holds(texts, s))
		return;
	snprintf(room[texts->n], RUN_INFO_TEXT, "%s", s);
	texts_add(texts, room[texts->n]);
}

static void add_format(struct run_info *info, const struct capture_source *s)
{
	char text[RUN_INFO_TEXT];
	if (!s->format)
		return;
	snprintf(text, sizeof(text), "%s%s%s", s->format,
	         s->packing ? ", " : "", s->packing ? s->packing : "");
	add_once(&info->record.formats, info->format, text);
}

static void add_links(struct run_info *info, const struct capture_source *s)
{
	for (size_t i = 0; i < s->n_link_types; i++) {
		char text[RUN_INFO_TEXT];
		const char *name = link_type_name(s->link_type[i]);
		if (name)
			snprintf(text, sizeof(text), "%s", name);
		else
			snprintf(text, sizeof(text), "link type %u",
			         s->link_type[i]);
		add_once(&info->record.link_types, info->link, text);
	}
}

static void add_inputs(struct run_info *info, const struct inputs *inputs)
{
	const size_t n = capture_n_sources(inputs->capture);
	info->record.input_count = (int64_t)n;
	for (size_t i = 0; i < n; i++) {
		const struct capture_source *s =
			capture_source(inputs->capture, i);
		texts_add(&info->record.inputs, s->name);
		add_format(info, s);
		add_links(info, s);
	}
}

/* All options that are not at their defaults have scalar fields. */
static bool is_default(const struct option_row *row,
                       const struct options *options,
                       const struct options *defaults)
{
	return memcmp((const char *)options + row->offset,
	              (const char *)defaults + row->offset,
	              sizeof(int64_t)) == 0;
}

static void add_options(struct run_info *info, const struct options *options)
{
	struct options defaults;
	const struct kinds kinds = kinds_all();
	options_init(&defaults);
	defaults.findings = kinds_set(&kinds);
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];
		char text[RUN_INFO_TEXT], name[OPTION_TEXT_MAX];
		if (!row->is_analysis || !options->given[i] ||
		    is_default(row, options, &defaults))
			continue;
		snprintf(text, sizeof(text), "%s%s%s", option_text(row, name),
		         row->argument ? " " : "", options->given[i]);
		add_once(&info->record.options, info->option, text);
	}
}

void run_info_fill(struct run_info *info, const struct options *options,
                   const struct inputs *inputs,
                   const struct sandbox_report *sandbox, int64_t timestamp)
{
	fields_clear(run_record_fields, &info->record);
	info->record.head.timestamp = timestamp;
	info->record.head.source = inputs_only_name(inputs);
	info->record.version = tcpclose_version();
	info->record.live = options->interface != NULL;
	info->record.filter =
		inputs->filter.bytes[0] ? inputs->filter.bytes : NULL;
	add_inputs(info, inputs);
	add_options(info, options);
	for (size_t i = 0; i < sandbox->n; i++)
		texts_add(&info->record.sandbox, sandbox->word[i]);
	for (size_t i = 0; i < TEXTS_MAX; i++) {
		char text[RUN_INFO_TEXT];
		if (!run_info_library(i, text))
			break;
		add_once(&info->record.libraries, info->library, text);
	}
}
