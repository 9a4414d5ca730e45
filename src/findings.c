#include "findings.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "display_filter.h"
#include "notes.h"
#include "record/ids.h"

#define SECOND      INT64_C(1000000000)
#define LOOK_WIDTH  (SECOND / 8) /* as late a look may come */
#define TOLD_MOST   8            /* of one life; more are held back */
#define STORY_STEPS 4            /* more than there are enum finding_end */

/* What was told, or held back, of a life while it lasted. */
struct opening {
	uint8_t detector, end, story;
	bool is_told; /* else held back by the ration */
	bool is_closed;
	int64_t first_ts;
};

struct told {
	struct timer timer;
	struct life *life;
	unsigned n;
	bool is_full; /* and something more was held back for that */
	struct opening opening[TOLD_MOST];
};

int findings_init(struct findings *f, const struct analyzer_options *options,
                  const struct analyzer_sink *sink, struct ledger *ledger,
                  const struct tcpclose_allocator *alloc)
{
	*f = (struct findings){
		.options = options,
		.sink = sink,
		.alloc = alloc,
		.ledger = ledger,
		.detail = alloc_new(alloc, 1, notes_detail_size()),
	};
	fields_clear(kernel_word_fields, &f->silence);
	f->openings.a_second = options->open_rate;
	f->kernel.ask = options->live ? sink->ask_kernel : NULL;
	f->kernel.ctx = sink->ctx;
	f->kernel.ration.a_second = options->kernel_rate;
	return f->detail ? TCPCLOSE_OK : TCPCLOSE_ENOMEM;
}

void findings_fini(struct findings *f)
{
	alloc_free(f->alloc, f->detail);
}

void findings_note_losses(const struct findings *f, struct conn *conn,
                          int64_t now)
{
	if (f->losses.n > 0 && spans_meet(&f->losses, conn->first_ts, now + 1))
		conn->lossy = true;
}

/* What a detector, and the kernel, make of one trouble. Filled step by step:
 * what is not filled yet is not cleared either. */
struct verdict {
	size_t detector; /* its index */
	unsigned n;      /* its n-th trouble of this life */
	struct finding what;
	struct kernel_word word; /* all absent if it was not asked */
};

static void verdict_init(struct verdict *v, size_t detector)
{
	v->detector = detector;
	v->n = 0;
}

static bool reach(struct verdict *v, const struct findings *f,
                  const struct notes *notes, const struct moment *moment)
{
	return notes_judge(notes, v->detector, moment, v->n, f->detail,
	                   &v->what);
}

/* Ask the kernel, and judge again if its word makes a difference. When the
 * four-tuple has a new life, it would speak of that. */
static void consult(struct verdict *v, struct findings *f,
                    const struct account *who, const struct moment *moment)
{
	const bool is_past = moment->reason == END_REUSE;
	v->word = f->silence;
	if (!is_past &&
	    kernel_ask(&f->kernel, who, v->what.end, moment->now, &v->word) &&
	    notes_hear(who->life->notes, v->detector, moment, v->n, &v->word))
		reach(v, f, who->life->notes, moment);
}

/* ---- records ------------------------------------------------------------- */

/* counts: finding_counts() */
static int emit(struct findings *f, const struct finding_record *r, bool counts)
{
	if (counts) {
		f->n++;
		f->n_severity[word_index(severity_words, r->severity)]++;
	}
	const struct record record = record_of_finding(r);
	return f->sink->record(f->sink->ctx, &record);
}

static const char *finding_end_name(const struct account *who,
                                    enum finding_end end)
{
	return end == FINDING_OF_BOTH ? "both"
	                              : account_role(who, (unsigned)end);
}

/* What became of it is told when it is closed. */
static const char *outcome_of(const struct finding *what, bool is_open)
{
	if (is_open)
		return NULL;
	return what->is_dismissed ? FINDING_WITHDRAWN : what->outcome;
}

static int tell(struct findings *f, const struct account *who,
                const struct verdict *v, bool is_open)
{
	const struct finding *what = &v->what;
	const struct finding_kind *kind = &detectors[v->detector]->kind;
	char filter[DISPLAY_FILTER_MAX];
	struct finding_record r; /* all fields are set */
	r.head = (struct record_head){ what->last_ts, who->source };
	account_flow(who, EVENT_TCP_FINDING, kind->name,
	             (uint64_t)what->story * STORY_STEPS + what->end, &r.flow);
	account_end(who, who->client, &r.client);
	account_end(who, !who->client, &r.server);
	r.finding = kind->name;
	r.phase = is_open ? "open" : "closed";
	r.severity = severity_name(what->is_dismissed ? SEVERITY_INFO
	                                              : what->severity);
	r.confidence = confidence_name(what->confidence);
	r.end = finding_end_name(who, what->end);
	r.first_timestamp = what->first_ts;
	r.last_timestamp = what->last_ts;
	r.duration = what->last_ts - what->first_ts;
	r.count = what->count;
	numbers_copy(&r.frames, &what->frames);
	sources_tell(&f->ledger->sources, &r.frames, who->source,
	             &r.frame_sources);
	display_filter(who, what,
	               f->options->several_sources || r.frame_sources.n > 0,
	               filter);
	r.outcome = outcome_of(what, is_open);
	r.message = what->message;
	r.filter = filter;
	r.kernel = v->word;
	r.kind = kind;
	r.detail = what->detail;
	sources_name_frames(&f->ledger->sources, who->source, kind->fields,
	                    what->detail);
	const bool counts = finding_counts(&r);
	if (counts) {
		settings_take(&f->ledger->settings, &r);
		worst_take_finding(&f->ledger->worst, &r);
	}
	return emit(f, &r, counts);
}

/* ---- while it lasts ------------------------------------------------------ */

/* NULL: no memory. */
static struct told *told_of(struct findings *f, struct life *life)
{
	struct notes *notes = life->notes;
	if (notes->told)
		return notes->told;
	notes->told = pool_take_zeroed(f->pool, sizeof(*notes->told));
	if (!notes->told)
		return NULL;
	notes->told->life = life;
	return notes->told;
}

static struct opening *find_opening(struct told *told, size_t detector,
                                    const struct finding *what)
{
	for (unsigned i = 0; told && i < told->n; i++) {
		struct opening *o = &told->opening[i];
		if (o->detector == detector && o->end == what->end &&
		    o->story == what->story)
			return o;
	}
	return NULL;
}

/* NULL: it was told, or may not be. */
static struct opening *new_opening(struct findings *f, struct told *told,
                                   size_t detector, const struct finding *what,
                                   int64_t now)
{
	if (find_opening(told, detector, what) || told->is_full)
		return NULL;
	if (told->n == TOLD_MOST) {
		told->is_full = true;
		f->openings.held_back++;
		return NULL;
	}
	struct opening *o = &told->opening[told->n++];
	*o = (struct opening){
		.detector = (uint8_t)detector,
		.end = (uint8_t)what->end,
		.story = what->story,
		.is_told = ration_take(&f->openings, detector, now),
		.first_ts = what->first_ts,
	};
	return o->is_told ? o : NULL;
}

static bool is_worth_opening(const struct findings *f,
                             const struct finding *what)
{
	return what->severity >= SEVERITY_NOTICE &&
	       what->severity >= f->options->min_severity;
}

/* One trouble, if it is worth it, was not told, and the kernel agrees. */
static int open_one(struct findings *f, struct life *life,
                    const struct account *who, const struct moment *moment,
                    struct verdict *v)
{
	const struct notes *notes = life->notes;
	if (!is_worth_opening(f, &v->what) ||
	    find_opening(notes->told, v->detector, &v->what))
		return TCPCLOSE_OK;
	consult(v, f, who, moment);
	if (v->what.is_dismissed)
		return TCPCLOSE_OK;
	struct told *told = told_of(f, life);
	if (!told)
		return TCPCLOSE_ENOMEM;
	if (!new_opening(f, told, v->detector, &v->what, moment->now))
		return TCPCLOSE_OK;
	return tell(f, who, v, true);
}

/* All that one detector makes of the life by now. */
static int open_all_of(struct findings *f, struct life *life,
                       const struct account *who, size_t i, int64_t now)
{
	const struct moment moment = { &life->conn, now, END_NOT_YET };
	struct verdict v;
	int status = TCPCLOSE_OK;
	verdict_init(&v, i);
	for (; status >= 0 && reach(&v, f, life->notes, &moment); v.n++)
		status = open_one(f, life, who, &moment, &v);
	return status;
}

static bool may_wish(const struct notes *notes, size_t i)
{
	return notes_watch(notes, i) && detectors[i]->next_look;
}

/* When time alone may make a trouble of what any of them saw. */
static int64_t earliest_wish(const struct life *life, int64_t now)
{
	const struct moment moment = { &life->conn, now, END_NOT_YET };
	const struct notes *notes = life->notes;
	int64_t earliest = WHEEL_NEVER;
	for (size_t i = 0; i < n_detectors; i++) {
		if (!may_wish(notes, i))
			continue;
		const int64_t at =
			detectors[i]->next_look(notes_watch(notes, i), &moment);
		if (at > now && at < earliest)
			earliest = at;
	}
	return earliest;
}

static int schedule(struct findings *f, struct life *life, int64_t now)
{
	const struct notes *notes = life->notes;
	const int64_t at = earliest_wish(life, now);
	if (at == WHEEL_NEVER && !notes->told)
		return TCPCLOSE_OK;
	struct told *told = told_of(f, life);
	if (!told)
		return TCPCLOSE_ENOMEM;
	if (!f->has_time)
		wheel_init(&f->looks, f->pool, offsetof(struct told, timer),
		           now, LOOK_WIDTH);
	f->has_time = true;
	wheel_set(&f->looks, told, at);
	return TCPCLOSE_OK;
}

static const char *source_of(const struct findings *f, const struct life *life)
{
	return sink_source_name(f->sink, life->conn.source);
}

int findings_open(struct findings *f, struct life *life, int64_t now)
{
	struct notes *notes = life->notes;
	struct account who;
	int status = TCPCLOSE_OK;
	if (!f->options->live || !notes || !notes->touched)
		return status;
	const uint64_t touched = notes->touched;
	notes->touched = 0;
	findings_note_losses(f, &life->conn, now);
	account_init(&who, life, source_of(f, life));
	for (size_t i = 0; i < n_detectors && status >= 0; i++) {
		if (touched >> i & 1)
			status = open_all_of(f, life, &who, i, now);
	}
	return status < 0 ? status : schedule(f, life, now);
}

static int look_at(struct findings *f, struct life *life, int64_t now)
{
	struct account who;
	int status = TCPCLOSE_OK;
	findings_note_losses(f, &life->conn, now);
	account_init(&who, life, source_of(f, life));
	for (size_t i = 0; i < n_detectors && status >= 0; i++) {
		if (may_wish(life->notes, i))
			status = open_all_of(f, life, &who, i, now);
	}
	return status < 0 ? status : schedule(f, life, now);
}

int findings_look(struct findings *f, int64_t now)
{
	const struct told *told;
	int status = TCPCLOSE_OK;
	while (status >= 0 && f->has_time &&
	       (told = wheel_next(&f->looks, now)))
		status = look_at(f, told->life, now);
	return status;
}

/* ---- when it is over ----------------------------------------------------- */

static void add_to_close(struct close_record *close, const char *name,
                         enum severity severity)
{
	const int worst = close->severity
	                          ? word_index(severity_words, close->severity)
	                          : -1;
	if ((int)severity > worst)
		close->severity = severity_name(severity);
	if (close->findings.n == 0 ||
	    close->findings.at[close->findings.n - 1] != name)
		texts_add(&close->findings, name);
}

/* What was told as open is told as closed, however harmless it came to be. */
static int close_one(struct findings *f, const struct account *who,
                     const struct moment *moment, struct verdict *v,
                     struct close_record *close)
{
	const struct notes *notes = who->life->notes;
	struct opening *o = find_opening(notes->told, v->detector, &v->what);
	const bool is_told = o && o->is_told;
	if (o)
		o->is_closed = true;
	if (v->what.severity < f->options->min_severity && !is_told)
		return TCPCLOSE_OK;
	consult(v, f, who, moment);
	f->kernel.n_dismissed += v->what.is_dismissed;
	if (v->what.is_dismissed)
		return is_told ? tell(f, who, v, false) : TCPCLOSE_OK;
	add_to_close(close, detectors[v->detector]->kind.name,
	             v->what.severity);
	return tell(f, who, v, false);
}

static int close_all_of(struct findings *f, const struct account *who, size_t i,
                        const struct moment *moment, struct close_record *close)
{
	struct verdict v;
	int status = TCPCLOSE_OK;
	verdict_init(&v, i);
	for (; status >= 0 && reach(&v, f, who->life->notes, moment); v.n++)
		status = close_one(f, who, moment, &v, close);
	return status;
}

static int withdraw(struct findings *f, const struct account *who,
                    const struct opening *o, int64_t now)
{
	struct verdict v = { .detector = o->detector };
	v.what = (struct finding){
		.severity = SEVERITY_INFO,
		.confidence = CONFIDENCE_POSSIBLE,
		.end = (enum finding_end)o->end,
		.story = o->story,
		.first_ts = o->first_ts,
		.last_ts = now > o->first_ts ? now : o->first_ts,
		.outcome = FINDING_WITHDRAWN,
	};
	v.word = f->silence;
	text_print(v.what.message, sizeof(v.what.message),
	           "what was told here turned out to be none: later packets "
	           "speak against it");
	return tell(f, who, &v, false);
}

int findings_close(struct findings *f, const struct account *who,
                   const struct moment *moment, struct close_record *close)
{
	const struct notes *notes = who->life->notes;
	int status = TCPCLOSE_OK;
	uint64_t left = notes ? notes->watching : 0;
	for (; left && status >= 0; left &= left - 1)
		status = close_all_of(f, who, (size_t)__builtin_ctzll(left),
		                      moment, close);
	if (!notes || !notes->told)
		return status;
	struct told *told = notes->told;
	wheel_clear(&f->looks, told);
	for (unsigned i = 0; i < told->n && status >= 0; i++) {
		const struct opening *o = &told->opening[i];
		if (o->is_told && !o->is_closed)
			status = withdraw(f, who, o, moment->now);
	}
	return status;
}

/* What a host did, other connections may have done while packets were missed;
 * a grade less, as with connections. */
static void weigh(const struct findings *f, const struct finding *what,
                  struct finding_record *r)
{
	if (what->confidence > CONFIDENCE_POSSIBLE &&
	    spans_meet(&f->losses, what->first_ts, what->last_ts + 1))
		r->confidence = confidence_name(what->confidence - 1);
}

int findings_tell(struct findings *f, const struct host_finding *host,
                  struct finding_record *r)
{
	const struct finding *what = &host->finding;
	const bool counts = finding_counts(r);
	if (what->severity < f->options->min_severity && counts)
		return TCPCLOSE_OK;
	weigh(f, what, r);
	r->head.source = sink_source_name(f->sink, host->source);
	sources_tell(&f->ledger->sources, &r->frames, r->head.source,
	             &r->frame_sources);
	return emit(f, r, counts);
}
