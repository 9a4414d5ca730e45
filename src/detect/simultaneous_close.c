/*
 * simultaneous_close: each end sent its FIN before it had the other's.
 *
 *      A                         tap                         B
 *   FIN-WAIT-1  -- FIN -------\  |  /------------- FIN --  FIN-WAIT-1
 *   CLOSING     <-------------/--|--\------------------->  CLOSING
 *               -- ACK ----------|---------------- ACK --
 *   TIME-WAIT                    |                         TIME-WAIT
 *
 * RFC 9293 section 3.6, figure 13. Only first FINs tell: a FIN that is sent
 * again out of CLOSING acknowledges the peer's and looks as if it had come
 * second. Which one the tap sees first says nothing.
 */
#include "base/text.h"
#include "detect/detector.h"

struct watch {
	bool silent[2];     /* the first FIN acknowledged nothing at all */
	int64_t crossing;   /* ns that two segments may need to cross */
	int64_t settled_ts; /* newest ACK of a FIN, or RST */
	bool reset;
	struct frames frames;
};

/* Two FINs neither of which covers the other's; or one, if it is odd by itself
 * (it acknowledges nothing, or was acknowledged before it passed) or an RST
 * comes before the second. All else is no such close, or none so far. */
static bool begins(const struct step *step)
{
	const struct fin_story *own = conn_fin(step->conn, step->from);
	const struct fin_story *peer = conn_fin(step->conn, step->to);
	if (own && peer)
		return step_is(step, STEP_FIN) && !own->covered_peer_fin &&
		       !peer->covered_peer_fin;
	if (step_is(step, STEP_RST))
		return own || peer;
	return own && (step->ack == CONN_NEVER || own->acked_ts != CONN_NEVER);
}

/* What passed before it began: a FIN, and the ACK of it. */
static void recall(struct watch *w, const struct step *step)
{
	for (unsigned end = 0; end < 2; end++) {
		const struct fin_story *fin = conn_fin(step->conn, end);
		if (!fin || (step_is(step, STEP_FIN) && end == step->from))
			continue;
		frames_add(&w->frames, fin->first_frame);
		if (fin->acked_ts != CONN_NEVER &&
		    !(step_is(step, STEP_ACKS_FIN) && end == step->to))
			frames_add(&w->frames, fin->acked_frame);
	}
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	if (w->frames.n == 0)
		recall(w, step);
	if (step_is(step, STEP_FIN)) {
		w->silent[step->from] = step->ack == CONN_NEVER;
		/* Of the newer FIN: its sender has not heard the older. */
		w->crossing = conn_crossing(step->conn, step->from);
	}
	if (step_is(step, STEP_RST) && !step_is(step, STEP_STALE_RST))
		w->reset = true;
	w->settled_ts = step->ts;
	frames_add(&w->frames, step->seg->frame);
}

/* Neither FIN says that the other had arrived. */
static bool both_at_once(const struct watch *w, const struct fin_story *a,
                         const struct fin_story *b)
{
	return a && b && !a->covered_peer_fin && !b->covered_peer_fin &&
	       !w->silent[0] && !w->silent[1];
}

struct detail {
	const char *why;
	struct frame_named first_fin_frame, second_fin_frame;
	int64_t gap;
};

static void fill_detail(const struct watch *w, const struct fin_story *older,
                        const struct fin_story *newer, struct detail *d)
{
	d->gap = newer->first_ts - older->first_ts;
	d->why = d->gap <= w->crossing ? "crossed" : "delayed";
	d->first_fin_frame.frame = older->first_frame;
	d->second_fin_frame.frame = newer->first_frame;
}

static void tell(const struct detail *d, bool crossed, struct finding *f)
{
	char span[SPAN_TEXT_MAX];
	span_text(d->gap, span);
	if (crossed)
		text_print(f->message, sizeof(f->message),
		           "both ends closed at once: their FINs crossed, %s "
		           "apart, so both pass CLOSING and keep TIME-WAIT",
		           span);
	else
		text_print(f->message, sizeof(f->message),
		           "both ends closed by themselves: the second FIN was "
		           "sent %s after the first, which had not arrived by "
		           "then",
		           span);
}

static bool judge(const void *watch, const struct moment *m, unsigned i,
                  struct finding *f)
{
	const struct watch *w = watch;
	const struct fin_story *a = conn_fin(m->conn, 0);
	const struct fin_story *b = conn_fin(m->conn, 1);
	if (i > 0 || !both_at_once(w, a, b))
		return false;

	/* Of one time is the order of the files, and in them. */
	const bool a_first = a->first_ts != b->first_ts
	                             ? a->first_ts < b->first_ts
	                             : a->first_frame < b->first_frame;
	struct detail *d = f->detail;
	fill_detail(w, a_first ? a : b, a_first ? b : a, d);
	f->end = FINDING_OF_BOTH;
	f->severity = SEVERITY_INFO;
	/* What the two FINs say of their senders, no loss can undo. */
	f->confidence = CONFIDENCE_CERTAIN;
	f->outcome = w->reset                 ? "reset"
	             : conn_complete(m->conn) ? "complete"
	                                      : "undecided";
	f->first_ts = a_first ? a->first_ts : b->first_ts;
	f->last_ts = w->settled_ts;
	f->count = 1;
	frames_tell(&w->frames, f);
	tell(d, d->gap <= w->crossing, f);
	return true;
}

/* clang-format off */
static const char *const outcomes[] = {
	"complete", "reset", "undecided", NULL
};

static const char *const reasons[] = { "crossed", "delayed", NULL };

static const struct field fields[] = {
	{ "why", FIELD_WORD, offsetof(struct detail, why), .words = reasons,
	  .required = true,
	  .meaning = "crossed: both FINs were in flight at once; delayed: the "
		     "first was lost, or waited behind lost data" },
	{ "gap_us", FIELD_DURATION, offsetof(struct detail, gap), "us",
	  "between the two FINs at the tap", .required = true },
	FRAME_NAMED("first_fin_frame", offsetof(struct detail, first_fin_frame),
	  .meaning = "the FIN that passed first"),
	FRAME_NAMED("second_fin_frame", offsetof(struct detail, second_fin_frame),
	  .meaning = "the FIN that passed second"),
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_simultaneous_close = {
	.kind = {
		.name = "simultaneous_close",
		.summary = "both ends closed at the same time",
		.source = "RFC 9293 section 3.6, figure 13; section 3.10.7.4",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"Both programs close before either has heard of the other's close. Both ends "
"pass CLOSING instead of FIN-WAIT-2 or CLOSE-WAIT, and both keep TIME-WAIT: the "
"server, too, which else is spared it by a client that closes first.\n"
"It is correct and harmless. It is told because closed_first is \"both\" then, "
"and because it explains TIME-WAIT at an end where nobody expects it.",
		.evidence =
"The first FIN of each end has an ACK number that does not cover the other's "
"FIN. An end that has taken a FIN acknowledges it in all that it sends, so this "
"is certain, wherever the tap stands and whatever it missed.",
		.lookalikes =
"A FIN that is sent again out of CLOSING covers the other FIN; it is not the "
"first. A FIN that merely passes the tap shortly before the other's, but is "
"covered by it, came first. Two FINs in two connections of one four-tuple.",
		.remedy =
"None is needed. If TIME-WAIT at a server is a nuisance, let one side close "
"first by agreement, such as `Connection: close` and waiting for the end of "
"the stream.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_FIN | STEP_RST,
	.follows = STEP_FIN | STEP_ACKS_FIN | STEP_RST,
	.begins = begins,
	.in_close = true,
	.observe = observe,
	.judge = judge,
};
