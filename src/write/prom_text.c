#include "write/prom_text.h"

#include "record/time.h"

#define PREFIX "tcpclose_"

static const char *type_word(enum metric_type type)
{
	switch (type) {
	case METRIC_COUNTER:
		return "counter";
	case METRIC_GAUGE:
		return "gauge";
	case METRIC_HISTOGRAM:
		return "histogram";
	case METRIC_NONE:
		break;
	}
	return "untyped";
}

/* The format escapes three characters, and quotes only in labels. */
static void put_escaped(struct buffer *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			buffer_text(out, "\\n");
		else if (*s == '\\')
			buffer_text(out, "\\\\");
		else if (*s == '"')
			buffer_text(out, "\\\"");
		else
			buffer_char(out, *s);
	}
}

/* In a help text a quote stands for itself; the others do not occur. */
void prom_family(const struct prom_text *to, const char *name,
                 enum metric_type type, const char *help)
{
	buffer_format(to->out, "# HELP " PREFIX "%s %s\n", name, help);
	buffer_format(to->out, "# TYPE " PREFIX "%s %s\n", name,
	              type_word(type));
}

static void put_label(struct buffer *out, char before, const char *name,
                      const char *value)
{
	buffer_char(out, before);
	buffer_text(out, name);
	buffer_text(out, "=\"");
	put_escaped(out, value);
	buffer_char(out, '"');
}

static void put_name(const struct prom_text *to, const char *name,
                     const struct prom_label *labels)
{
	char before = '{';
	buffer_text(to->out, PREFIX);
	buffer_text(to->out, name);
	for (; labels && labels->name; labels++) {
		put_label(to->out, before, labels->name, labels->value);
		before = ',';
	}
	if (to->interface) {
		put_label(to->out, before, "interface", to->interface);
		before = ',';
	}
	buffer_text(to->out, before == ',' ? "} " : " ");
}

void prom_sample(const struct prom_text *to, const char *name,
                 const struct prom_label *labels, int64_t value)
{
	put_name(to, name, labels);
	buffer_int(to->out, value);
	buffer_char(to->out, '\n');
}

void prom_sample_seconds(const struct prom_text *to, const char *name,
                         const struct prom_label *labels, int64_t ns)
{
	const uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	put_name(to, name, labels);
	if (ns < 0)
		buffer_char(to->out, '-');
	buffer_uint(to->out, size / (uint64_t)NS_PER_SECOND);
	buffer_char(to->out, '.');
	buffer_uint_padded(to->out, size % (uint64_t)NS_PER_SECOND, 9);
	buffer_char(to->out, '\n');
}
