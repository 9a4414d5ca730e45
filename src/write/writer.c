#include "write/writer.h"

#include <string.h>

#include "base/error.h"
#include "write/format.h"

#define OUT_ENOUGH ((size_t)1 << 16) /* hand out blocks of this size */

/* clang-format off */
#define PLANNED(name, suffix)
#define X(name) &writer_##name,
static const struct writer_ops *const writers[] = {
#include "write/writers.def"
	NULL,
};
#undef X
#undef PLANNED

static const struct planned {
	const char *name, *suffix;
} planned[] = {
#define X(name)
#define PLANNED(name, suffix) { #name, suffix },
#include "write/writers.def"
#undef PLANNED
#undef X
};
/* clang-format on */

const struct writer_ops *const *writer_all(void)
{
	return writers;
}

const char *writer_name(const struct writer_ops *ops)
{
	return ops->name;
}

const char *writer_summary(const struct writer_ops *ops)
{
	return ops->summary;
}

const char *const *writer_suffixes(const struct writer_ops *ops)
{
	return ops->suffixes;
}

bool writer_replaces(const struct writer_ops *ops)
{
	return ops->replaces;
}

static bool is_name(const char *name, const char *s, size_t n)
{
	return strlen(name) == n && memcmp(name, s, n) == 0;
}

static bool ends_in(const char *s, const char *suffix)
{
	const size_t n = strlen(s), m = strlen(suffix);
	return n > m && strcmp(s + n - m, suffix) == 0;
}

bool writer_is_lines(const struct writer_ops *ops)
{
	return ops->is_lines;
}

static const struct writer_ops *find_by_name(const char *s, size_t n)
{
	for (size_t i = 0; writers[i]; i++)
		if (is_name(writers[i]->name, s, n))
			return writers[i];
	return NULL;
}

static const struct writer_ops *find_by_suffix(const char *file)
{
	for (size_t i = 0; writers[i]; i++)
		for (size_t k = 0; writers[i]->suffixes[k]; k++)
			if (ends_in(file, writers[i]->suffixes[k]))
				return writers[i];
	return NULL;
}

/* Whether a format that is not built yet is meant; prefix_len 0: no prefix. */
static bool is_planned(const char *argument, size_t prefix_len)
{
	for (size_t i = 0; i < sizeof(planned) / sizeof(planned[0]); i++)
		if (is_name(planned[i].name, argument, prefix_len) ||
		    ends_in(argument, planned[i].suffix))
			return true;
	return false;
}

int writer_choose(struct writer_choice *choice, const char *argument,
                  struct tcpclose_error *err)
{
	const char *colon = strchr(argument, ':');
	const size_t prefix_len = colon ? (size_t)(colon - argument) : 0;
	const struct error_place place = { .file = argument };

	choice->ops = find_by_name(argument, prefix_len);
	choice->file = choice->ops && colon ? colon + 1 : argument;
	if (choice->ops && colon && choice->file[0] == '\0')
		return error_set(err, TCPCLOSE_EOPTION, place,
		                 "no file after the format; "
		                 "write %s:- for standard output",
		                 choice->ops->name);
	if (!choice->ops)
		choice->ops = find_by_suffix(argument);
	if (choice->ops)
		return TCPCLOSE_OK;
	if (is_planned(argument, prefix_len))
		return error_set(err, TCPCLOSE_EUNSUPPORTED, place,
		                 "this format is not built yet");
	return error_set(
		err, TCPCLOSE_EOPTION, place,
		"which format? put text:, ndjson:, json: or prom: in "
		"front, or let the name end in .txt, .ndjson, .json or "
		".prom");
}

int writer_new_state(struct writer *w, size_t size, struct tcpclose_error *err)
{
	w->state = alloc_new(w->options.alloc, 1, size);
	if (w->state)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
	                 "no memory for the %s output", w->ops->name);
}

static void free_writer(struct writer *w)
{
	const struct tcpclose_allocator *alloc = w->options.alloc;
	if (w->ops->free && w->state)
		w->ops->free(w);
	alloc_free(alloc, w->state);
	buffer_fini(&w->out);
	alloc_free(alloc, w);
}

int writer_open(struct writer **out, const struct writer_ops *ops,
                struct sink sink, const struct writer_options *options,
                struct tcpclose_error *err)
{
	struct writer *w = alloc_new(options->alloc, 1, sizeof(*w));
	if (!w)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 },
		                 "no memory for the %s output", ops->name);
	w->ops = ops;
	w->options = *options;
	w->sink = sink;
	buffer_init(&w->out, options->alloc);

	const int status = ops->open ? ops->open(w, err) : TCPCLOSE_OK;
	if (status != TCPCLOSE_OK) {
		free_writer(w);
		return status;
	}
	*out = w;
	return TCPCLOSE_OK;
}

int writer_drain(struct writer *w, struct tcpclose_error *err)
{
	if (w->out.failed)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 },
		                 "no memory for the %s output", w->ops->name);
	if (w->out.len == 0)
		return TCPCLOSE_OK;
	const int status =
		w->sink.write(w->sink.ctx, w->out.bytes, w->out.len, err);
	w->handed += w->out.len;
	buffer_clear(&w->out);
	return status;
}

uint64_t writer_bytes(const struct writer *w)
{
	return w->handed + w->out.len;
}

/* What replaces an output may get through where that did not: a disk has
 * room again. */
static int keep_status(struct writer *w, int status)
{
	if (!w->sink.replaces)
		w->status = status;
	return status;
}

int writer_flush(struct writer *w, struct tcpclose_error *err)
{
	if (w->status != TCPCLOSE_OK)
		return w->status;
	return keep_status(w, writer_drain(w, err));
}

int writer_record(struct writer *w, const struct record *r,
                  struct tcpclose_error *err)
{
	if (w->status != TCPCLOSE_OK)
		return w->status;
	int status = w->ops->record(w, r, err);
	if (status == TCPCLOSE_OK &&
	    (w->out.len >= OUT_ENOUGH || w->out.failed))
		status = writer_drain(w, err);
	return keep_status(w, status);
}

void writer_discard(struct writer *w)
{
	if (w)
		free_writer(w);
}

int writer_close(struct writer *w, const struct summary *summary,
                 struct tcpclose_error *err)
{
	if (!w)
		return TCPCLOSE_OK;
	if (w->status == TCPCLOSE_OK && w->ops->close)
		w->status = w->ops->close(w, summary, err);
	const int status = writer_flush(w, err);
	free_writer(w);
	return status;
}
