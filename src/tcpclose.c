/* The library's front: handles over the analyzer and the captures. */
#include "tcpclose/tcpclose.h"

#include <string.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "base/error.h"
#include "capture/capture.h"
#include "detect/detector.h"
#include "tcpclose_record.h"
#include "write/json_plan.h"

struct tcpclose {
	struct tcpclose_allocator alloc;
	struct tcpclose_callbacks callbacks;
	struct analyzer *analyzer;
	struct json_plan *plan; /* for users who want records as JSON */
	char **source;          /* names */
	size_t n_sources;
	struct stats_dropped dropped; /* what the captures themselves counted */
	int64_t truncated_files;
	bool finished;
};

const char *tcpclose_version(void)
{
	return TCPCLOSE_VERSION;
}

const char *tcpclose_status_text(int status)
{
	switch ((enum tcpclose_status)status) {
	case TCPCLOSE_OK:
		return "ok";
	case TCPCLOSE_ENOMEM:
		return "no memory";
	case TCPCLOSE_EIO:
		return "cannot read or write";
	case TCPCLOSE_EFORMAT:
		return "not a capture, or a damaged one";
	case TCPCLOSE_ETRUNCATED:
		return "the last packet is cut off";
	case TCPCLOSE_EOPTION:
		return "an option or a filter makes no sense";
	case TCPCLOSE_EUNSUPPORTED:
		return "not supported here";
	}
	return "unknown status";
}

const char *tcpclose_finding_name(size_t i)
{
	const struct finding_kind *kind = finding_kind_at(i);
	return kind ? kind->name : NULL;
}

const char *tcpclose_finding_summary(size_t i)
{
	const struct finding_kind *kind = finding_kind_at(i);
	return kind ? kind->summary : NULL;
}

static struct tcpclose_options default_options(void)
{
	struct analyzer_options a;
	analyzer_options_init(&a);
	return (struct tcpclose_options){
		.size = sizeof(struct tcpclose_options),
		.time_wait = a.time_wait,
		.linger = a.linger,
		.idle_timeout = a.idle_timeout,
		.max_memory = a.max_memory,
	};
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

void tcpclose_options_init(struct tcpclose_options *options, size_t size)
{
	const struct tcpclose_options defaults = default_options();
	memset(options, 0, size);
	memcpy(options, &defaults, smaller(size, sizeof(defaults)));
	options->size = size;
}

static int find_finding(const char *name, size_t n)
{
	const char *known;
	for (size_t i = 0; (known = tcpclose_finding_name(i)); i++)
		if (strlen(known) == n && memcmp(known, name, n) == 0)
			return (int)i;
	return -1;
}

/* "a,b" as a set of kinds. */
static int understand_findings(const char *names, uint64_t *set,
                               struct tcpclose_error *err)
{
	if (!names)
		return TCPCLOSE_OK;
	*set = 0;
	for (const char *at = names;; at++) {
		const size_t n = strcspn(at, ",");
		const int i = find_finding(at, n);
		if (i < 0)
			return error_set(err, TCPCLOSE_EOPTION,
			                 (struct error_place){ 0 },
			                 "there is no finding %.*s",
			                 (int)smaller(n, 64), at);
		*set |= UINT64_C(1) << i;
		at += n;
		if (*at == '\0')
			return TCPCLOSE_OK;
	}
}

static int understand(const struct tcpclose_options *o,
                      struct analyzer_options *a, struct tcpclose_error *err)
{
	const int severity =
		o->min_severity ? word_index(severity_words, o->min_severity)
				: SEVERITY_INFO;
	analyzer_options_init(a);
	if (severity < 0)
		return error_set(err, TCPCLOSE_EOPTION,
		                 (struct error_place){ 0 },
		                 "there is no severity %.64s; it is info, "
		                 "notice, warning or error",
		                 o->min_severity);
	a->min_severity = (enum severity)severity;
	a->time_wait = o->time_wait;
	a->linger = o->linger;
	a->idle_timeout = o->idle_timeout;
	a->max_memory = o->max_memory;
	a->hash_seed = o->hash_seed;
	a->only_troubled = o->only_troubled;
	a->want_states = o->want_states;
	a->several_sources = o->several_sources;
	a->decode.ignore_vlan = o->ignore_vlan;
	a->decode.checksums =
		o->verify_checksums ? CHECKSUM_VERIFY : CHECKSUM_IGNORE;
	return understand_findings(o->findings, &a->findings, err);
}

static int hand_out(void *ctx, const struct record *record)
{
	const struct tcpclose *t = ctx;
	const struct tcpclose_record view = { record, t->plan };
	const int status = t->callbacks.record(t->callbacks.ctx, &view);
	return status < 0 ? status : TCPCLOSE_OK;
}

static const char *source_name(void *ctx, uint32_t i)
{
	const struct tcpclose *t = ctx;
	return i < t->n_sources ? t->source[i] : "packets";
}

static struct tcpclose *new_handle(const struct analyzer_options *options,
                                   const struct tcpclose_callbacks *callbacks,
                                   const struct tcpclose_allocator *alloc)
{
	struct tcpclose *t = alloc_new(alloc, 1, sizeof(*t));
	if (!t)
		return NULL;
	*t = (struct tcpclose){ .alloc = *alloc, .callbacks = *callbacks };
	const struct analyzer_sink sink = {
		.ctx = t,
		.record = hand_out,
		.source_name = source_name,
	};
	t->analyzer = analyzer_new(options, &sink, &t->alloc);
	t->plan = json_plan_new(NULL, 0, &t->alloc);
	if (t->analyzer && t->plan)
		return t;
	tcpclose_free(t);
	return NULL;
}

struct tcpclose *tcpclose_new(const struct tcpclose_options *options,
                              const struct tcpclose_callbacks *callbacks,
                              const struct tcpclose_allocator *allocator,
                              struct tcpclose_error *err)
{
	struct tcpclose_options known = default_options();
	struct analyzer_options analysis;
	if (options)
		memcpy(&known, options, smaller(options->size, sizeof(known)));
	if (understand(&known, &analysis, err) != TCPCLOSE_OK)
		return NULL;
	struct tcpclose *t = new_handle(&analysis, callbacks,
	                                allocator ? allocator : &alloc_default);
	if (!t)
		error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
		          "no memory");
	return t;
}

void tcpclose_free(struct tcpclose *t)
{
	if (!t)
		return;
	const struct tcpclose_allocator alloc = t->alloc;
	analyzer_free(t->analyzer);
	json_plan_free(t->plan);
	for (size_t i = 0; i < t->n_sources; i++)
		alloc_free(&alloc, t->source[i]);
	alloc_free(&alloc, t->source);
	alloc_free(&alloc, t);
}

int64_t tcpclose_add_source(struct tcpclose *t, const char *name)
{
	char **grown = alloc_resize(&t->alloc, t->source, t->n_sources + 1,
	                            sizeof(*grown));
	if (!grown)
		return TCPCLOSE_ENOMEM;
	t->source = grown;
	grown[t->n_sources] = alloc_string(&t->alloc, name);
	if (!grown[t->n_sources])
		return TCPCLOSE_ENOMEM;
	return (int64_t)t->n_sources++;
}

int tcpclose_observe(struct tcpclose *t, const struct tcpclose_packet *pkt)
{
	if (pkt->source > 0)
		analyzer_several_sources(t->analyzer);
	return analyzer_packet(t->analyzer, pkt);
}

/* Remember the first error, and a cut last packet only if there is none. */
static void remember(struct tcpclose_error *worst,
                     const struct tcpclose_error *err)
{
	if (worst->status == TCPCLOSE_OK ||
	    (worst->status == TCPCLOSE_ETRUNCATED &&
	     err->status != TCPCLOSE_ETRUNCATED))
		*worst = *err;
}

static int note_losses(const struct tcpclose *t, struct capture *capture)
{
	struct capture_loss loss;
	int status = TCPCLOSE_OK;
	while (status >= 0 && capture_take_loss(capture, &loss))
		status = analyzer_note_loss(t->analyzer, loss.from, loss.to);
	return status;
}

static int observe_all(struct tcpclose *t, struct capture *capture,
                       uint32_t first_source, struct tcpclose_error *worst)
{
	struct tcpclose_error err = { 0 };
	struct tcpclose_packet pkt;
	int got, status = TCPCLOSE_OK;
	while (status >= 0 && (got = capture_next(capture, &pkt, &err)) != 0) {
		status = note_losses(t, capture);
		if (status < 0)
			break;
		if (got < 0) {
			t->truncated_files += got == TCPCLOSE_ETRUNCATED;
			remember(worst, &err);
			error_clear(&err);
			continue;
		}
		pkt.source += first_source;
		status = analyzer_gather(t->analyzer, &pkt);
	}
	if (status >= 0)
		status = note_losses(t, capture);
	return status < 0 ? status : analyzer_settle(t->analyzer);
}

static int name_sources(struct tcpclose *t, const struct capture *capture)
{
	for (size_t i = 0; i < capture_n_sources(capture); i++)
		if (tcpclose_add_source(t, capture_source(capture, i)->name) <
		    0)
			return TCPCLOSE_ENOMEM;
	return TCPCLOSE_OK;
}

static void count_drops(struct tcpclose *t, const struct capture *capture)
{
	for (size_t i = 0; i < capture_n_sources(capture); i++) {
		const struct capture_source *s = capture_source(capture, i);
		t->dropped.kernel += (int64_t)s->dropped_kernel;
		t->dropped.interface += (int64_t)s->dropped_interface;
	}
}

static int fail(struct tcpclose_error *err, const struct tcpclose_error *why)
{
	if (err && err->status == TCPCLOSE_OK)
		*err = *why;
	return (int)why->status;
}

int tcpclose_read_files(struct tcpclose *t, const char *const *paths,
                        size_t n_paths, const char *filter,
                        struct tcpclose_error *err)
{
	const struct capture_options how = { .filter = filter };
	const uint32_t first_source = (uint32_t)t->n_sources;
	struct tcpclose_error worst = { 0 };
	struct capture *capture;
	int status =
		capture_open(&capture, paths, n_paths, &how, &t->alloc, &worst);
	if (status != TCPCLOSE_OK)
		return fail(err, &worst);

	status = name_sources(t, capture);
	if (t->n_sources > 1)
		analyzer_several_sources(t->analyzer);
	if (status == TCPCLOSE_OK)
		status = observe_all(t, capture, first_source, &worst);
	count_drops(t, capture);
	capture_close(capture);
	if (status == TCPCLOSE_ENOMEM)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 }, "no memory");
	if (status == TCPCLOSE_OK && worst.status != TCPCLOSE_OK)
		return fail(err, &worst);
	return status;
}

static int hand_out_stats(struct tcpclose *t, bool final)
{
	const char *source = t->n_sources == 1 ? t->source[0] : NULL;
	const int status = analyzer_accounts(t->analyzer, source, final);
	if (status < 0)
		return status;
	struct stats_record stats;
	analyzer_stats(t->analyzer, &stats);
	stats.final = final;
	stats.head.source = source;
	stats.truncated_files = t->truncated_files;
	if (t->dropped.kernel)
		stats.dropped.kernel = t->dropped.kernel;
	if (t->dropped.interface)
		stats.dropped.interface = t->dropped.interface;
	const struct record record = record_of_stats(&stats);
	return hand_out(t, &record);
}

int tcpclose_stats(struct tcpclose *t)
{
	return hand_out_stats(t, false);
}

int tcpclose_finish(struct tcpclose *t)
{
	if (t->finished)
		return TCPCLOSE_OK;
	t->finished = true;
	const int status = analyzer_finish(t->analyzer);
	return status == TCPCLOSE_OK ? hand_out_stats(t, true) : status;
}
