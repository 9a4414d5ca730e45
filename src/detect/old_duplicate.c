/*
 * old_duplicate: data or a FIN of an earlier life of the four-tuple in the
 * new one.
 *
 *      A                         tap                         B
 *   ESTABLISHED ==============================================  life 2
 *               --- data of life 1, late ----------------->
 *               <-- ACK of what B has in life 2 -----------
 *
 * TIME-WAIT is there to keep them apart; numbers of the new life that begin
 * above the old ones, and timestamps, reject what comes all the same. The
 * model attributes the segment (tcp/old.c); here is what became of it.
 */
#include "base/text.h"
#include "detect/detector.h"

/* In the order in which a later one may make things worse. */
enum fate { REJECTED, UNDECIDED, ACCEPTED };

/* The old segments that reach one end. */
struct story {
	uint32_t n;
	uint64_t flow_id;     /* of the life of the first */
	uint32_t incarnation; /* of that life */
	uint32_t bytes;       /* payload of all of them */
	bool certain, by_timestamp, has_fin;
	bool new_here;  /* the newest could be taken for new */
	bool answered;  /* the end has said something since the newest */
	uint8_t fate;   /* enum fate: of all but the newest */
	uint8_t newest; /* enum fate: of the newest */
	int64_t gap;
	int64_t seq_end; /* of the newest: position in the sender's space */
	int64_t own_nxt; /* what the sender itself has sent in this life */
	int64_t first_ts, last_ts, ts;
	struct frames frames;
};

struct watch {
	struct story story[2]; /* by the end that is reached */
};

static void begin(struct story *s, const struct step *step)
{
	s->flow_id = step->old.past->flow_id;
	s->incarnation = step->old.past->incarnation;
	s->by_timestamp = step->old.by_timestamp;
	s->gap = step->ts - step->old.past->ended;
	s->first_ts = step->ts;
}

/* Only what goes beyond all that its sender has sent in this life, and that a
 * window may hold, can be taken for new. PAWS ought to reject it. */
static bool could_be_new(const struct step *step)
{
	const struct end *x = &step->conn->end[step->from];
	return !step_is(step, STEP_OUT_OF_WINDOW) && step->seq >= 0 &&
	       step->old.sure == GRADE_CERTAIN &&
	       (step_is(step, STEP_NEW_DATA | STEP_FIN) ||
	        step->seq_end > x->snd_nxt);
}

static void saw_old(struct story *s, const struct step *step)
{
	if (s->n == 0)
		begin(s, step);
	else if (s->newest > s->fate)
		s->fate = s->newest;
	s->n++;
	s->bytes += step->seg->payload_len;
	s->certain |= step->old.sure == GRADE_CERTAIN;
	s->has_fin |= segment_has(step->seg, TCP_FIN);
	s->new_here = could_be_new(step);
	s->newest = UNDECIDED;
	s->seq_end = step->seq_end;
	s->own_nxt = step->seq;
	s->ts = s->last_ts = step->ts;
	frames_add(&s->frames, step->seg->frame);
}

static void settle(struct story *s, const struct step *step, enum fate fate)
{
	s->newest = (uint8_t)fate;
	s->last_ts = step->ts;
	frames_add(&s->frames, step->seg->frame);
}

/* The end that it reached speaks: a segment with a place in no window draws
 * an ACK that does not cover it (RFC 9293 section 3.10.7.4 step 1). */
static void heard(struct story *s, const struct step *step)
{
	const bool covers = step->ack != CONN_NEVER && step->ack >= s->seq_end;
	if (s->newest != UNDECIDED || step_is(step, STEP_RST))
		return;
	if (!s->new_here) {
		settle(s, step, REJECTED);
	} else if (covers && s->own_nxt < s->seq_end) {
		settle(s, step, ACCEPTED);
	} else if (step->ts - s->ts > conn_crossing(step->conn, step->from)) {
		settle(s, step, REJECTED);
	}
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	struct story *own = &w->story[step->to], *other = &w->story[step->from];
	if (other->n > 0)
		heard(other, step);
	if (step_is(step, STEP_OLD))
		saw_old(own, step);
	else if (own->n > 0 && step->seq <= own->own_nxt &&
	         step->seq_end > own->own_nxt)
		own->own_nxt = step->seq_end;
}

/* ---- judging ------------------------------------------------------------- */

struct detail {
	int64_t old_incarnation;
	uint64_t old_flow_id;
	const char *segment, *recognised_by;
	int64_t bytes, gap;
};

/* clang-format off */
static const char *const outcomes[] = {
	[REJECTED] = "rejected", [UNDECIDED] = "undecided",
	[ACCEPTED] = "accepted", NULL
};

static const char *const segments[] = { "data", "fin", NULL };
static const char *const signs[] = { "numbers", "timestamp", NULL };
/* clang-format on */

static enum severity severity_of(enum fate fate)
{
	static const enum severity severities[] = {
		[REJECTED] = SEVERITY_INFO,
		[UNDECIDED] = SEVERITY_NOTICE,
		[ACCEPTED] = SEVERITY_ERROR,
	};
	return severities[fate];
}

static void tell(const struct story *s, const struct conn *conn, unsigned end,
                 enum fate fate, struct finding *f)
{
	static const char *const fates[] = {
		[REJECTED] = "it was rejected",
		[UNDECIDED] = "nothing tells what became of it",
		[ACCEPTED] = "it was taken for data of this one",
	};
	char span[SPAN_TEXT_MAX];
	text_print(f->message, sizeof(f->message),
	           "%u segment%s of incarnation %u of this four-tuple (%s, %u "
	           "bytes) reached the %s in incarnation %u, %s after the last "
	           "packet of the earlier one: %s",
	           s->n, s->n == 1 ? "" : "s", s->incarnation,
	           s->has_fin ? "with a FIN" : "data", s->bytes,
	           end_role(conn, end), conn->incarnation,
	           span_text(s->gap, span), fates[fate]);
}

/* When an end that says nothing has had the time to answer the newest. */
static int64_t answer_due(const struct story *s, const struct conn *conn,
                          unsigned end)
{
	return s->ts + conn_crossing(conn, end) + 1;
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct story *s = &w->story[end];
	const bool is_early = m->reason == END_NOT_YET &&
	                      s->newest == UNDECIDED &&
	                      m->now < answer_due(s, m->conn, end);
	if (s->n == 0 || is_early)
		return false;
	const enum fate fate =
		(enum fate)(s->fate > s->newest ? s->fate : s->newest);
	struct detail *d = f->detail;
	d->old_incarnation = s->incarnation;
	d->old_flow_id = s->flow_id;
	d->segment = segments[s->has_fin];
	d->recognised_by = signs[s->by_timestamp];
	d->bytes = s->bytes;
	d->gap = s->gap;
	f->end = (enum finding_end)end;
	f->outcome = outcomes[fate];
	f->severity = severity_of(fate);
	f->confidence = confidence_here(
		m->conn, s->certain ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
	f->first_ts = s->first_ts;
	f->last_ts = s->last_ts;
	f->count = s->n;
	frames_tell(&s->frames, f);
	tell(s, m->conn, end, fate, f);
	return true;
}

static int64_t next_look(const void *watch, const struct moment *m)
{
	const struct watch *w = watch;
	int64_t next = INT64_MAX;
	for (unsigned end = 0; end < 2; end++) {
		const struct story *s = &w->story[end];
		const int64_t due = answer_due(s, m->conn, end);
		if (s->n > 0 && s->newest == UNDECIDED && due > m->now &&
		    due < next)
			next = due;
	}
	return next;
}

/* clang-format off */
static const struct field fields[] = {
	{ "old_incarnation", FIELD_COUNT,
	  offsetof(struct detail, old_incarnation), .required = true,
	  .meaning = "the incarnation that sent the segment" },
	{ "old_flow_id", FIELD_ID, offsetof(struct detail, old_flow_id),
	  .meaning = "flow_id of that incarnation" },
	{ "segment", FIELD_WORD, offsetof(struct detail, segment),
	  .words = segments, .required = true,
	  .meaning = "fin if any of them carries a FIN" },
	{ "recognised_by", FIELD_WORD, offsetof(struct detail, recognised_by),
	  .words = signs, .required = true,
	  .meaning = "what tells that it is not of this incarnation" },
	{ "bytes", FIELD_COUNT, offsetof(struct detail, bytes), "bytes",
	  "payload of all of them", .required = true },
	{ "gap_us", FIELD_DURATION, offsetof(struct detail, gap), "us",
	  "how long after the last packet of its own incarnation it came",
	  .required = true },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_old_duplicate = {
	.kind = {
		.name = "old_duplicate",
		.summary = "data or a FIN of an earlier connection arrived in "
			   "a later one of the same four-tuple",
		.source = "RFC 9293 sections 3.4.2, 3.4.3 and 3.6.1; RFC 7323 "
			  "section 5; RFC 1337",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"A segment can be held up on its way and arrive when its connection is long "
"over. If the same addresses and ports carry a new connection by then, only "
"sequence numbers and timestamps keep it out of that.\n"
"A rejected one costs an ACK and is worth knowing because it shows how late "
"packets can be on this path. An accepted one is corrupt data that no checksum "
"shows.",
		.evidence =
"The SYN of the new connection was seen, the earlier one ended at most 240 s "
"before, and SEQ and ACK are numbers of that one. Certain if the timestamp is "
"older than the first of the new connection: one four-tuple of one host has one "
"clock. Likely, where there are no timestamps, if the numbers lie before the "
"new SYN or farther ahead than a window reaches.\n"
"Rejected means that the end answered, or went on, without acknowledging it; "
"accepted that it acknowledged bytes that only the old segment held.",
		.lookalikes =
"A retransmission in the same connection. A segment far outside the window where "
"no earlier connection is known. A FIN that the other end still repeats because "
"it holds the earlier connection (half_open_cleanup): it is new, with old "
"numbers. A second capture of one packet.",
		.remedy =
"Let TIME-WAIT last: it is meant to outlive such segments. Do not bind clients to "
"a fixed port, leave tcp_tw_reuse off or raise tcp_tw_reuse_delay, and do not "
"lower tcp_max_tw_buckets.\n"
"Keep timestamps on. tcp_fin_timeout has no influence on TIME-WAIT.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_OLD,
	.follows = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.observe = observe,
	.judge_end = judge_end,
	.next_look = next_look,
};
