/*
 * fin_wait_2_timeout: an end waited in FIN-WAIT-2 until a timer ended it; what
 * its peer sent after that was reset.
 *
 *      A                         tap                         B
 *   FIN-WAIT-1  -- FIN ----------|------------------>  CLOSE-WAIT
 *   FIN-WAIT-2  <----------------|------------ ACK --  CLOSE-WAIT
 *      ...           60 s        |
 *   CLOSED      <----------------|------------ FIN --  LAST-ACK
 *               -- RST ----------|------------------>  CLOSED
 *
 * Nothing on the wire tells that the timer ran out. The RST does:
 * FIN-WAIT-2 takes a FIN and acknowledges it, so one that is answered by a
 * plain RST found no connection. Data is another matter: an end whose program
 * has closed answers data by RST while it still is in FIN-WAIT-2 (RFC 1122
 * section 4.2.2.13; tcp_rcv_state_process()), and only if it has closed is
 * there a timer (tcp_close()). So data that is reset shows the close, whether
 * the timer had run out or not: that is data_after_close. Only after 60 s, the
 * default of tcp_fin_timeout, it probably had.
 */
#include <string.h>

#include "base/text.h"
#include "detect/detector.h"

#define SECOND       INT64_C(1000000000)
#define ANSWER_TIME  SECOND            /* for an RST, beyond the round trip */
#define LEAST_KEPT   (7 * SECOND / 10) /* 3.5 RTO of 200 ms: tcp_time_wait() */
#define DEFAULT_KEPT (60 * SECOND)     /* tcp_fin_timeout */
#define LATEST_KEPT                                                            \
	(DEFAULT_KEPT + 5 * SECOND) /* timers are late, never early            \
	                             */

/* An end that sent its FIN, and what its peer sends it afterwards. */
struct side {
	uint32_t n_late;    /* segments to it, unanswered so far */
	bool has_data;      /* among them */
	bool reset;         /* it answered by RST: the story is complete */
	bool foreign_hops;  /* the RST has another hop count than the end */
	int64_t alive_ts;   /* newest sign of life; 0: none since the FIN */
	int64_t late_ts;    /* the first of the late segments ... */
	int64_t newest_ts;  /* ... and the newest */
	int64_t newest_end; /* where that one ends in its sender's space */
	int64_t since;      /* FIN-WAIT-2, or the sign of life */
	uint64_t late_frame, rst_frame;
	int64_t rst_ts;
};

struct watch {
	struct side side[2];
	bool reset; /* by anybody: nothing after that is a timeout */
};

static enum tcp_state state_before(const struct step *step, unsigned end)
{
	for (unsigned i = 0; i < step->n_changes; i++) {
		if (step->change[i].end == end)
			return (enum tcp_state)step->change[i].from;
	}
	return (enum tcp_state)step->conn->end[end].state;
}

/* A segment that an end in FIN-WAIT-2 must answer. */
static void saw_late(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_sent_fin(step->conn, step->to);
	if (s->n_late == 0) {
		s->since = s->alive_ts > fin->acked_ts ? s->alive_ts
		                                       : fin->acked_ts;
		s->late_ts = step->ts;
		s->late_frame = step->seg->frame;
		s->has_data = false;
	}
	s->n_late++;
	s->has_data |= step_is(step, STEP_LATE_DATA);
	s->newest_ts = step->ts;
	s->newest_end = step->seq_end;
}

/* It speaks, so it is there; and if it acknowledges them, it took them. */
static void saw_alive(struct side *s, const struct step *step)
{
	s->alive_ts = step->ts;
	if (s->n_late > 0 && step->ack >= s->newest_end)
		s->n_late = 0;
}

/* A plain RST that takes its number from the ACK of the late segment. */
static void saw_rst(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_fin(step->conn, step->from);
	const struct end *x = &step->conn->end[step->from];
	const int64_t patience =
		ANSWER_TIME + conn_crossing(step->conn, step->from);
	if (s->n_late == 0 || step->rst.form != RST_PLAIN || !fin ||
	    step->rst.belongs != RST_OF_CONNECTION ||
	    step->seq != fin->pos + 1 || step->ts - s->newest_ts > patience)
		return;
	s->reset = true;
	s->foreign_hops = step->seg->ttl != x->ttl;
	s->rst_ts = step->ts;
	s->rst_frame = step->seg->frame;
}

/*
 * What an end says in FIN-WAIT-2, what it must answer there, and an RST: from
 * what came before nothing is missed, unless FIN-WAIT-2 comes again, because a
 * change that was presumed is taken back, or the FIN was acknowledged before it
 * passed the tap.
 */
static bool begins(const struct step *step)
{
	const struct fin_story *own = conn_fin(step->conn, step->from);
	if (!own && !conn_fin(step->conn, step->to))
		return false;
	if (step_is(step, STEP_FIN) && own && own->acked_ts != CONN_NEVER)
		return true;
	if (step_is(step, STEP_RST))
		return true;
	/* One walk over the changes: every step of a close comes here. */
	uint8_t from = step->sender->state, to = step->receiver->state;
	bool takes_back = false;
	for (unsigned i = step->n_changes; i-- > 0;) {
		const struct state_change *change = &step->change[i];
		takes_back |= change->rolled_back;
		if (change->end == step->from)
			from = change->from;
		else
			to = change->from;
	}
	return takes_back || from == FIN_WAIT_2 ||
	       (step->seq_end > step->seq && to == FIN_WAIT_2);
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	struct side *own = &w->side[step->from], *peer = &w->side[step->to];

	if (w->reset ||
	    step_is(step, STEP_CLONE | STEP_STALE_RST | STEP_OUT_OF_WINDOW))
		return;
	if (step_is(step, STEP_RST)) {
		saw_rst(own, step);
		w->reset = true;
		return;
	}
	saw_alive(own, step);
	const bool again = peer->n_late > 0 && step->seq_end > step->seq;
	if (again || (step->seq_end > step->seq &&
	              state_before(step, step->to) == FIN_WAIT_2))
		saw_late(peer, step);
}

/* ---- judging --------------------------------------------------------------
 */

static int64_t waited(const struct side *s)
{
	return s->late_ts - s->since;
}

/* A FIN that came at once, and drew its RST only when repeated, may have been
 * taken the first time: then it is TIME-WAIT that is missing. */
static bool is_timeout(const struct side *s)
{
	if (!s->reset || (s->has_data && waited(s) < DEFAULT_KEPT))
		return false;
	return s->n_late == 1 || waited(s) >= LEAST_KEPT;
}

/* One reading only: the first segment was a FIN and drew the RST. Data leaves
 * the doubt above, a repeated segment the doubt that an earlier one was taken
 * and its ACK lost before the tap. */
static enum confidence sure_of(const struct side *s, const struct conn *c)
{
	const bool plain = !s->has_data && s->n_late == 1 && !s->foreign_hops;
	return confidence_here(c,
	                       plain ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
}

struct detail {
	const char *cause;
	const char *answered;
	int64_t waited, at_least, at_most, estimate;
	struct frame_named late_frame, rst_frame;
};

static void fill_detail(const struct side *s, const struct fin_story *fin,
                        struct detail *d)
{
	const bool kept = waited(s) >= LEAST_KEPT;
	const int64_t most = s->late_ts - fin->acked_ts;
	const int64_t least = s->since - fin->acked_ts;
	d->cause = kept ? "timeout" : "never_kept";
	d->answered = s->has_data ? "data" : "fin";
	d->waited = waited(s);
	d->at_least = kept && least > 0 ? least : ABSENT;
	d->at_most = kept ? most : ABSENT;
	d->estimate = kept && least <= LATEST_KEPT && most >= DEFAULT_KEPT
	                      ? DEFAULT_KEPT
	                      : ABSENT;
	d->late_frame.frame = s->late_frame;
	d->rst_frame.frame = s->rst_frame;
}

static void tell(const struct side *s, const struct conn *c, unsigned end,
                 const struct detail *d, struct finding *f)
{
	char span[SPAN_TEXT_MAX];
	const char *role = end_role(c, end), *peer = end_role(c, !end);
	const char *what = s->has_data ? "data" : "its FIN";
	const char *doubt =
		s->has_data ? ", or its program had closed wholly" : "";
	span_text(d->waited, span);
	if (strcmp(d->cause, "never_kept") == 0)
		text_print(f->message, sizeof(f->message),
		           "the %s's FIN was reset %s after the %s's own FIN "
		           "was acknowledged: the %s kept no FIN-WAIT-2 at all",
		           peer, span, role, role);
	else
		text_print(f->message, sizeof(f->message),
		           "the %s sent %s after the %s had waited %s in "
		           "FIN-WAIT-2, and was reset: FIN-WAIT-2 had timed "
		           "out%s",
		           peer, what, role, span, doubt);
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[end];
	const struct fin_story *fin = conn_fin(m->conn, end);
	if (!fin || !is_timeout(s))
		return false;
	fill_detail(s, fin, f->detail);
	f->end = (enum finding_end)end;
	f->outcome = s->has_data ? "data_lost" : "fin_reset";
	f->severity = s->has_data ? SEVERITY_WARNING : SEVERITY_NOTICE;
	f->confidence = sure_of(s, m->conn);
	f->first_ts = fin->first_ts;
	f->last_ts = s->rst_ts;
	f->count = 1;
	numbers_add(&f->frames, (int64_t)fin->first_frame);
	numbers_add(&f->frames, (int64_t)fin->acked_frame);
	numbers_add(&f->frames, (int64_t)s->late_frame);
	numbers_add(&f->frames, (int64_t)s->rst_frame);
	tell(s, m->conn, end, f->detail, f);
	return true;
}

/* clang-format off */
static const char *const outcomes[] = { "fin_reset", "data_lost", NULL };

static const char *const causes[] = { "timeout", "never_kept", NULL };

static const char *const segments[] = { "fin", "data", NULL };

static const struct field fields[] = {
	{ "cause", FIELD_WORD, offsetof(struct detail, cause), .words = causes,
	  .required = true,
	  .meaning = "timeout: FIN-WAIT-2 lasted too long; never_kept: it was "
		     "gone sooner than any timer ends it" },
	{ "answered", FIELD_WORD, offsetof(struct detail, answered),
	  .words = segments, .required = true,
	  .meaning = "what was answered by the RST" },
	{ "waited_us", FIELD_DURATION, offsetof(struct detail, waited), "us",
	  "how long the end was idle in FIN-WAIT-2 before that came",
	  .required = true },
	{ "timeout_at_least_us", FIELD_DURATION,
	  offsetof(struct detail, at_least), .unit = "us",
	  .meaning = "its timer cannot have been shorter: it spoke as late as that" },
	{ "timeout_at_most_us", FIELD_DURATION,
	  offsetof(struct detail, at_most), .unit = "us",
	  .meaning = "its timer cannot have been longer" },
	{ "timeout_estimate_us", FIELD_DURATION,
	  offsetof(struct detail, estimate), .unit = "us",
	  .meaning = "the default of Linux, 60 s, if it lies between the two" },
	FRAME_NAMED("late_frame", offsetof(struct detail, late_frame),
	  .meaning = "the first segment that came too late"),
	FRAME_NAMED("rst_frame", offsetof(struct detail, rst_frame),
	  .meaning = "the RST that answers it"),
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_fin_wait_2_timeout = {
	.kind = {
		.name = "fin_wait_2_timeout",
		.summary = "an end waited for its peer's FIN until a timer "
			   "ended FIN-WAIT-2; what came later was reset",
		.source = "RFC 9293 section 3.10.7.4; Linux tcp_fin_timeout, "
			  "tcp_time_wait()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"An end that has closed waits in FIN-WAIT-2 for the peer to close too. The "
"standard lets it wait for ever; Linux gives it tcp_fin_timeout, 60 s unless "
"changed, and then forgets the connection without a word.\n"
"The peer knows nothing of that. When its program closes at last, its FIN is "
"answered by a reset; if it sends data, that data is lost. The end named here "
"is the one that gave up; the cause is the peer, whose program was slow.",
		.evidence =
"The end's FIN was acknowledged, it said nothing more, and a later FIN or data "
"of the peer drew a plain RST that takes its number from that segment's ACK, "
"with no reset before.\n"
"Certain if a first bare FIN drew it: an end in FIN-WAIT-2 acknowledges a FIN. "
"Likely if the segment had been sent before, and if it is data, which counts "
"only after 60 s: see below.\n"
"If the FIN is reset within 0.7 s no timer can have been at work (cause "
"never_kept): the host had no room for FIN-WAIT-2 or TIME-WAIT "
"(tcp_max_tw_buckets), the program had set TCP_LINGER2 below zero, or the host "
"forgot its connections.",
		.lookalikes =
"Data that is reset sooner: the program had closed wholly while its peer still "
"sent, and would not have taken it in FIN-WAIT-2 either (data_after_close). If "
"the host's tcp_fin_timeout is longer than 60 s, so it is for as long.\n"
"A FIN that is sent again and then reset, because TIME-WAIT is gone "
"(time_wait_missing). A half-close that a program holds open: FIN-WAIT-2 after "
"shutdown() has no timeout.",
		.remedy =
"Find out why the peer closes so late (see close_wait_leak): its program does "
"not notice the end of the stream. Raising tcp_fin_timeout only hides it, and "
"lowering it makes more of these. If cause is never_kept: raise "
"tcp_max_tw_buckets.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.follows = UINT32_MAX & ~(uint32_t)STEP_TIME,
	.begins = begins,
	.in_close = true,
	.observe = observe,
	.judge_end = judge_end,
};
