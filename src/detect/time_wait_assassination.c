/*
 * time_wait_assassination: an RST ended TIME-WAIT before its time.
 *
 *      A                         tap                         B
 *   TIME-WAIT  <-- old data -----|--------------------
 *              --- ACK ----------|------------------->  CLOSED
 *   CLOSED     <-- RST ----------|--------------------
 *
 * RFC 1337 section 2, figure 1. What draws the RST is any ACK that TIME-WAIT
 * sends to an end that is closed already: of an old duplicate, of a FIN that
 * came twice, or the last ACK itself if another one was faster (measured in
 * the lab: orderly_last_ack_twice).
 */
#include "base/text.h"
#include "detect/detector.h"

enum draw { NOTHING, LATE_ACK, OLD_DUPLICATE, ABORT };

struct side {
	bool shot, survived, confirmed;
	bool survived_before; /* another RST of that kind */
	bool foreign;     /* the RST came from another distance than its end */
	uint8_t drawn_by; /* enum draw */
	uint64_t answer_frame; /* the ACK that drew it; 0: none */
	int64_t rst_ts, last_ts;
	int64_t lasted;
	uint64_t rst_frame;
	uint64_t proof_frame; /* an RST of the end; 0: none */
};

struct watch {
	struct side side[2]; /* by the end that is in TIME-WAIT */
};

static bool changed(const struct step *step, unsigned end, enum tcp_event event,
                    enum tcp_state from)
{
	for (unsigned i = 0; i < step->n_changes; i++) {
		const struct state_change *c = &step->change[i];
		if (c->end == end && c->event == (uint8_t)event &&
		    (from == UNKNOWN || c->from == (uint8_t)from))
			return true;
	}
	return false;
}

/*
 * TIME-WAIT answers what reaches it. If the closed end had sent something
 * other than its FIN since, that was an old duplicate.
 */
static enum draw drawn_by(const struct step *step, const struct fin_story *fin)
{
	const int64_t prompted = step->ts - step->idle;
	if (step->rst.form != RST_PLAIN)
		return ABORT;
	if (fin->last_acked_ts == CONN_NEVER || fin->last_acked_ts < prompted)
		return NOTHING;
	return prompted > fin->last_ts ? OLD_DUPLICATE : LATE_ACK;
}

/* Since both FINs were acknowledged. */
static int64_t time_in_time_wait(const struct step *step,
                                 const struct fin_story *fin)
{
	const struct fin_story *own = conn_fin(step->conn, step->to);
	int64_t since = fin->acked_ts;
	if (own && own->acked_ts > since)
		since = own->acked_ts;
	return since == CONN_NEVER ? 0 : step->ts - since;
}

static void saw_shot(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_fin(step->conn, step->from);
	if (!fin)
		return;
	*s = (struct side){ .shot = true, .survived_before = s->survived };
	s->drawn_by = (uint8_t)drawn_by(step, fin);
	s->foreign = step->conn->end[step->from].ttl != step->seg->ttl;
	s->rst_ts = s->last_ts = step->ts;
	s->lasted = time_in_time_wait(step, fin);
	s->rst_frame = step->seg->frame;
	if (s->drawn_by == LATE_ACK || s->drawn_by == OLD_DUPLICATE)
		s->answer_frame = fin->last_acked_frame;
}

/* The end that was shot speaks: by RST, if it is dead. */
static void heard(struct side *s, const struct step *step)
{
	if (changed(step, step->from, SURVIVED, UNKNOWN))
		s->survived = true;
	if (!s->confirmed && step_is(step, STEP_RST) &&
	    step->rst.form == RST_PLAIN &&
	    step->ts - s->rst_ts > conn_crossing(step->conn, step->from)) {
		s->confirmed = true;
		s->last_ts = step->ts;
		s->proof_frame = step->seg->frame;
	}
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	if (step_is(step, STEP_RST) && !step_is(step, STEP_STALE_RST) &&
	    changed(step, step->to, HEARD_RST, TIME_WAIT))
		saw_shot(&w->side[step->to], step);
	else if (w->side[step->from].shot && !w->side[step->from].survived)
		heard(&w->side[step->from], step);
}

/* ---- judging --------------------------------------------------------------
 */

/* clang-format off */
static const char *const draws[] = {
	[NOTHING] = "nothing", [LATE_ACK] = "late_ack",
	[OLD_DUPLICATE] = "old_duplicate", [ABORT] = "abort", NULL
};

static const char *const outcomes[] = {
	"confirmed", "reused", "undecided", NULL
};
/* clang-format on */

static const char *outcome_of(const struct side *s, const struct moment *m)
{
	if (s->confirmed)
		return outcomes[0];
	return outcomes[m->reason == END_REUSE ? 1 : 2];
}

static enum confidence sure_of(const struct side *s, const struct conn *conn)
{
	if (s->confirmed)
		return confidence_here(conn, CONFIDENCE_CERTAIN);
	return confidence_here(conn, s->foreign || s->survived_before
	                                     ? CONFIDENCE_POSSIBLE
	                                     : CONFIDENCE_LIKELY);
}

/* After a good close and a late ACK nothing is lost with TIME-WAIT, unless
 * the four-tuple is used again. */
static enum severity severity_of(const struct side *s, const char *outcome)
{
	const bool harmless = s->drawn_by == LATE_ACK || s->drawn_by == ABORT;
	return harmless && outcome != outcomes[1] ? SEVERITY_INFO
	                                          : SEVERITY_NOTICE;
}

struct detail {
	const char *drawn_by;
	struct frame_named answer_frame;
	int64_t lasted;
};

static void tell(const struct side *s, const struct conn *conn, unsigned end,
                 struct finding *f)
{
	static const char *const causes[] = {
		[NOTHING] = "that nothing in the capture explains",
		[LATE_ACK] = "that its own late ACK drew",
		[OLD_DUPLICATE] = "that its answer to an old duplicate drew",
		[ABORT] = "by which the peer aborted",
	};
	char span[SPAN_TEXT_MAX];
	const char *ending = "";
	if (f->outcome == outcomes[0])
		ending = "; what came later found it closed";
	else if (f->outcome == outcomes[1])
		ending = "; then the four-tuple was used again";
	text_print(f->message, sizeof(f->message),
	           "an RST %s reached the %s exactly at its RCV.NXT and ended "
	           "its TIME-WAIT after %s%s%s",
	           causes[s->drawn_by], end_role(conn, end),
	           span_text(s->lasted, span),
	           s->confirmed ? "" : ", unless it follows RFC 1337", ending);
}

static void put_frames(const struct side *s, struct numbers *frames)
{
	if (s->answer_frame)
		numbers_add(frames, (int64_t)s->answer_frame);
	numbers_add(frames, (int64_t)s->rst_frame);
	if (s->confirmed)
		numbers_add(frames, (int64_t)s->proof_frame);
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[end];
	if (!s->shot || s->survived)
		return false;
	struct detail *d = f->detail;
	d->drawn_by = draws[s->drawn_by];
	d->answer_frame.frame = s->answer_frame;
	d->lasted = s->lasted;
	f->end = (enum finding_end)end;
	f->outcome = outcome_of(s, m);
	f->severity = severity_of(s, f->outcome);
	f->confidence = sure_of(s, m->conn);
	f->first_ts = s->rst_ts;
	f->last_ts = s->last_ts;
	f->count = 1;
	put_frames(s, &f->frames);
	tell(s, m->conn, end, f);
	return true;
}

/* clang-format off */
static const struct field fields[] = {
	{ "drawn_by", FIELD_WORD, offsetof(struct detail, drawn_by),
	  .words = draws, .required = true,
	  .meaning = "why the peer sent the RST: TIME-WAIT sent an ACK that "
		     "found it closed, the last one or one that answered an old "
		     "duplicate; or it aborted a connection of its own" },
	FRAME_NAMED("answer_frame", offsetof(struct detail, answer_frame),
	  .meaning = "the ACK that drew the RST"),
	{ "time_wait_lasted_us", FIELD_DURATION,
	  offsetof(struct detail, lasted), .unit = "us", .required = true,
	  .meaning = "how long TIME-WAIT had lasted by then" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_time_wait_assassination = {
	.kind = {
		.name = "time_wait_assassination",
		.summary = "an RST ended TIME-WAIT before its time",
		.source = "RFC 1337; RFC 9293 section 3.10.7.4; Linux "
			  "tcp_timewait_state_process()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"An end in TIME-WAIT acknowledges whatever reaches it. If the peer is closed by "
"then, it answers that ACK with an RST, whose number is the very one that "
"TIME-WAIT expects: TIME-WAIT ends, though it was there to guard the next "
"connection on the same ports against stray packets of this one.\n"
"It takes no fault. A last ACK that is late and is sent twice does it after a "
"perfectly good close. The harm comes, if it comes, with the next connection.",
		.evidence =
"An RST exactly at RCV.NXT of an end that is presumed in TIME-WAIT, less than 60 s "
"after the FINs. Likely, for a stack that follows RFC 1337 ignores it and no packet "
"tells; certain once that end answers a later segment with an RST of its own. If it "
"still answers with an ACK it survived, and nothing is reported; an RST that comes "
"after that is possibly ignored like the one before.",
		.lookalikes =
"An RST elsewhere in the window is dropped. An RST of an earlier connection is "
"stale_rst. The RST of half_open_cleanup comes after the SYN of a new connection and "
"is told there. An RST that is sent by the end in TIME-WAIT itself is "
"time_wait_missing.",
		.remedy =
"On Linux set net.ipv4.tcp_rfc1337=1 at the end named here: TIME-WAIT then ignores "
"RSTs. Keep timestamps on, which guard the next connection as well, and do not bind "
"clients to fixed ports.\n"
"drawn_by late_ack, rarely: nothing to do.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_RST,
	.follows = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.observe = observe,
	.judge_end = judge_end,
};
