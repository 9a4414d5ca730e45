#include "write/text_findings.h"

#include <string.h>

#include "base/frame.h"
#include "record/time.h"
#include "write/text.h"

#define INDENT 9

/* A finding as it will be printed; texts that do not fit are cut. */
struct kept {
	int64_t timestamp;
	int severity, confidence; /* places in their words; -1: not known */
	int end;
	struct record_end client, server;
	char message[512], filter[256], outcome[32], kernel[192];
	char source[256];
	char frames[512];  /* empty: it names none */
	bool is_of_source; /* as all of the frames are */
};

struct finding_group {
	const struct finding_kind *kind; /* may be NULL */
	char name[48];
	int64_t n;
	int64_t by_severity[N_SEVERITIES];
	size_t n_kept;
	struct kept kept[FINDINGS_KEPT]; /* worst first, then oldest */
};

void finding_groups_init(struct finding_groups *groups,
                         const struct tcpclose_allocator *alloc)
{
	*groups = (struct finding_groups){ .alloc = alloc };
}

void finding_groups_fini(struct finding_groups *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		alloc_free(groups->alloc, groups->group[i]);
	groups->n = 0;
}

static void copy(char *to, size_t size, const char *from)
{
	const size_t n = from ? strnlen(from, size - 1) : 0;
	if (n)
		memcpy(to, from, n);
	to[n] = '\0';
}

static struct finding_group *group_of(struct finding_groups *groups,
                                      const struct finding_record *r)
{
	for (size_t i = 0; i < groups->n; i++)
		if (strcmp(groups->group[i]->name, r->finding) == 0)
			return groups->group[i];
	if (groups->n == SUMMARY_KINDS)
		return NULL;
	struct finding_group *group =
		alloc_new(groups->alloc, 1, sizeof(*group));
	if (!group)
		return NULL;
	group->kind = r->kind;
	copy(group->name, sizeof(group->name), r->finding);
	groups->group[groups->n++] = group;
	return group;
}

#define FRAMES_SHOWN 6
#define FRAMES_ROOM  (sizeof(((struct kept *)0)->frames) - 24) /* " and ..." */

/* How many from the i-th on are of the same file, as far as they are shown. */
static uint32_t run_of(const struct finding_record *r, uint32_t i)
{
	const struct sources *sources = &r->frame_sources;
	uint32_t end = i + 1;
	while (end < r->frames.n && end < FRAMES_SHOWN &&
	       (sources->n == 0 ||
	        strcmp(sources->at[end], sources->at[i]) == 0))
		end++;
	return end - i;
}

/* "12, 15, 18", or "12, 15, 18 of b.pcap" */
static void describe_run(struct buffer *out, const struct finding_record *r,
                         uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		if (i > first)
			buffer_text(out, ", ");
		buffer_int(out,
		           (int64_t)frame_number((uint64_t)r->frames.at[i]));
	}
	if (r->frame_sources.n > 0) {
		buffer_text(out, " of ");
		text_clean(out, r->frame_sources.at[first]);
	}
}

/* "frames 12, 15, 18 and 4 more", or "frames 12, 15 of a.pcap and 2 of b.pcap".
 * What there is no room for is counted. */
static void describe_frames(struct buffer *out, const struct finding_record *r)
{
	const struct numbers *frames = &r->frames;
	uint32_t shown = 0;
	if (frames->n == 0)
		return;
	buffer_text(out,
	            frames->n + frames->n_more == 1 ? "frame " : "frames ");
	while (shown < frames->n && shown < FRAMES_SHOWN) {
		const size_t before = out->len;
		const uint32_t n = run_of(r, shown);
		if (shown > 0)
			buffer_text(out, " and ");
		describe_run(out, r, shown, n);
		if (out->len > FRAMES_ROOM) {
			out->len = before;
			break;
		}
		shown += n;
	}
	const uint32_t more = frames->n - shown + frames->n_more;
	if (shown == 0)
		buffer_format(out, "%u in all", more);
	else if (more)
		buffer_format(out, " and %u more", more);
}

static bool copy_frames(struct kept *k, const struct finding_record *r,
                        const struct tcpclose_allocator *alloc)
{
	struct buffer text;
	buffer_init(&text, alloc);
	describe_frames(&text, r);
	buffer_char(&text, '\0');
	const bool had_memory = !text.failed;
	copy(k->frames, sizeof(k->frames), had_memory ? text.bytes : NULL);
	buffer_fini(&text);
	return had_memory;
}

static bool copy_kernel(struct kept *k, const struct kernel_word *word,
                        const struct tcpclose_allocator *alloc)
{
	struct buffer text;
	if (!word->state)
		return true;
	buffer_init(&text, alloc);
	text_kernel_word(&text, word);
	buffer_char(&text, '\0');
	const bool had_memory = !text.failed;
	copy(k->kernel, sizeof(k->kernel), had_memory ? text.bytes : NULL);
	buffer_fini(&text);
	return had_memory;
}

static bool keep(struct kept *k, const struct finding_record *r, int severity,
                 const struct tcpclose_allocator *alloc)
{
	*k = (struct kept){
		.timestamp = r->head.timestamp,
		.severity = severity,
		.confidence = word_index(confidence_words, r->confidence),
		.end = word_index(end_words, r->end),
		.client = r->client,
		.server = r->server,
		.is_of_source = r->frame_sources.n == 0,
	};
	copy(k->message, sizeof(k->message), r->message);
	copy(k->filter, sizeof(k->filter), r->filter);
	copy(k->outcome, sizeof(k->outcome), r->outcome);
	copy(k->source, sizeof(k->source), r->head.source);
	return copy_frames(k, r, alloc) && copy_kernel(k, &r->kernel, alloc);
}

static bool goes_before(int severity, int64_t timestamp, const struct kept *k)
{
	if (severity != k->severity)
		return severity > k->severity;
	return timestamp < k->timestamp;
}

bool finding_groups_add(struct finding_groups *groups,
                        const struct finding_record *r)
{
	struct finding_group *g = group_of(groups, r);
	if (!g)
		return groups->n == SUMMARY_KINDS;

	const int severity = word_index(severity_words, r->severity);
	g->n++;
	if (severity >= 0)
		g->by_severity[severity]++;
	size_t at = g->n_kept;
	while (at > 0 &&
	       goes_before(severity, r->head.timestamp, &g->kept[at - 1]))
		at--;
	if (at == FINDINGS_KEPT)
		return true;
	g->n_kept += g->n_kept < FINDINGS_KEPT;
	memmove(g->kept + at + 1, g->kept + at,
	        (g->n_kept - at - 1) * sizeof(g->kept[0]));
	return keep(&g->kept[at], r, severity, groups->alloc);
}

static bool is_worse(const struct finding_group *a,
                     const struct finding_group *b)
{
	if (a->kept[0].severity != b->kept[0].severity)
		return a->kept[0].severity > b->kept[0].severity;
	if (a->n != b->n)
		return a->n > b->n;
	return strcmp(a->name, b->name) < 0;
}

/* Insertion sort: there are some twenty. */
static void sort(struct finding_groups *groups)
{
	for (size_t i = 1; i < groups->n; i++) {
		struct finding_group *g = groups->group[i];
		size_t at = i;
		for (; at > 0 && is_worse(g, groups->group[at - 1]); at--)
			groups->group[at] = groups->group[at - 1];
		groups->group[at] = g;
	}
}

static void write_time(struct buffer *out, int64_t ns, int64_t day)
{
	const int64_t a_day = 86400 * NS_PER_SECOND;
	if (ns / a_day != day / a_day) {
		text_date(out, ns);
		buffer_char(out, ' ');
	}
	text_clock_us(out, ns);
}

/* The end that bears the consequence is starred. */
static void write_ends(struct buffer *out, const struct kept *k)
{
	enum { CLIENT, SERVER, BOTH }; /* as in end_words */
	if (k->client.ip.version) {
		text_end(out, &k->client.ip, k->client.port);
		if (k->end == CLIENT || k->end == BOTH)
			buffer_char(out, '*');
	}
	if (k->client.ip.version && k->server.ip.version)
		buffer_text(out, " -> ");
	if (k->server.ip.version) {
		text_end(out, &k->server.ip, k->server.port);
		if (k->end == SERVER || k->end == BOTH)
			buffer_char(out, '*');
	}
}

static void write_grade(struct buffer *out, const struct kept *k,
                        bool names_file)
{
	/* In the order of confidence_words. */
	static const char *const words[] = {
		"possible: a pattern, no proof",
		"likely",
		"certain",
	};
	buffer_format(out, "%*s", INDENT, "");
	if (k->confidence >= 0)
		buffer_text(out, words[k->confidence]);
	if (k->outcome[0])
		buffer_format(out, "; outcome: %s", k->outcome);
	if (k->frames[0])
		buffer_format(out, "; %s", k->frames);
	if (k->source[0] && k->is_of_source && names_file) {
		buffer_text(out, k->frames[0] ? " of " : "; began in ");
		text_clean(out, k->source);
	}
	buffer_char(out, '\n');
}

static void write_kernel(struct buffer *out, const struct kept *k)
{
	struct buffer line;
	if (!k->kernel[0])
		return;
	buffer_init(&line, out->alloc);
	buffer_format(&line, "the kernel says: %s", k->kernel);
	buffer_char(&line, '\0');
	if (!line.failed)
		text_wrap(out, line.bytes, INDENT);
	out->failed |= line.failed;
	buffer_fini(&line);
}

static void write_label(struct buffer *out, bool color, int severity)
{
	const bool known = severity >= 0;
	const enum severity s = known ? (enum severity)severity : SEVERITY_INFO;
	text_style(out, color, text_severity_style(s));
	buffer_format(out, "%-*s", INDENT, known ? severity_name(s) : "");
	text_style(out, color, STYLE_PLAIN);
}

static void write_kept(struct buffer *out, const struct kept *k,
                       const struct finding_style *style)
{
	write_label(out, style->color, k->severity);
	write_time(out, k->timestamp, style->day);
	buffer_text(out, "  ");
	write_ends(out, k);
	buffer_char(out, '\n');
	text_wrap(out, k->message, INDENT);
	write_grade(out, k, style->names_files);
	write_kernel(out, k);
	if (k->filter[0]) {
		text_style(out, style->color, STYLE_FAINT);
		buffer_format(out, "%*sWireshark: ", INDENT, "");
		text_clean(out, k->filter);
		text_style(out, style->color, STYLE_PLAIN);
		buffer_char(out, '\n');
	}
}

static void write_name(struct buffer *out, bool color,
                       const struct finding_group *g)
{
	buffer_char(out, '\n');
	text_style(out, color, STYLE_HEADING);
	buffer_text(out, g->name);
	text_style(out, color, STYLE_PLAIN);
	buffer_text(out, ", ");
	text_count(out, g->n, "time", "times");
	if (g->kind && g->kind->summary)
		buffer_format(out, ": %s", g->kind->summary);
	buffer_char(out, '\n');
}

static void write_group(struct buffer *out, const struct finding_group *g,
                        const struct finding_style *style)
{
	write_name(out, style->color, g);
	for (size_t i = 0; i < g->n_kept; i++)
		write_kept(out, &g->kept[i], style);
	if (g->n <= (int64_t)g->n_kept)
		return;
	buffer_format(out, "%*sand ", INDENT, "");
	text_number(out, g->n - (int64_t)g->n_kept);
	buffer_text(out, " more like it; see -o ndjson:FILE\n");
}

void finding_groups_write(struct finding_groups *groups, struct buffer *out,
                          const struct finding_style *style)
{
	sort(groups);
	for (size_t i = 0; i < groups->n; i++)
		write_group(out, groups->group[i], style);
}
