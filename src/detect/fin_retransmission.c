/*
 * fin_retransmission: an end sent its FIN more than once.
 *
 * That is a fact. Why it had to is the question, and the answer comes from
 * what else passed:
 *
 *   zero_window  the peer's window is closed: the copies are probes
 *   behind_hole  data before the FIN is missing at the peer
 *   ack_lost     the peer had the FIN; its ACK was lost
 *   peer_gone    the peer has said nothing since
 *   fin_lost     the peer did not have the FIN
 *   spurious     the ACK was on its way: it crossed the copy, or was late;
 *                or the copy went along with an ACK of its own
 */
#include "base/text.h"
#include "detect/detector.h"
#include "record/backoff.h"

#define SECOND      INT64_C(1000000000)
#define LONGEST_RTO (120 * SECOND)        /* tcp_rto_max_ms */
#define DELAYED_ACK (SECOND / 5)          /* TCP_DELACK_MAX */
#define NO_RTO      (150 * SECOND / 1000) /* below TCP_RTO_MIN */

struct side {
	uint32_t n_copies;
	uint32_t n_zero_window; /* copies sent against a closed window */
	uint32_t n_acked;    /* copies sent although an ACK had to be there */
	uint32_t n_with_ack; /* copies that brought a new ACK, and no timeout */
	uint32_t n_crossed;  /* copies that crossed an ACK */
	uint32_t n_late;     /* first ACKs too early to answer a copy */
	uint32_t n_below;    /* peer segments that miss data before the FIN */
	uint32_t n_at_fin;   /* peer segments that lack only the FIN */
	uint32_t n_peer;     /* peer segments since the first copy */
	uint32_t n_acks;     /* ACKs of the FIN */
	uint32_t n_own_rst;  /* ACKs that may have found the end closed */
	bool had_arrived, came_now;
	bool was_ahead;   /* data before the FIN had not passed either */
	bool closes_last; /* it had the peer's FIN when it sent a copy */
	bool ack_came;    /* the first ACK reached it, after a copy */
	bool peer_spoke;  /* between the FIN and its first copy */
	bool reset;
	int64_t first_ts, last_ts;
	struct numbers gaps;
	struct numbers frames;
};

struct watch {
	struct side side[2];
};

static void begin_side(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_sent_fin(step->conn, step->from);
	const struct end *own = &step->conn->end[step->from];
	s->first_ts = fin->first_ts;
	s->n_acks = fin->acked_ts != CONN_NEVER;
	s->n_below = fin->waits && own->snd_una < fin->pos;
	s->was_ahead =
		fin->acked_ts == CONN_NEVER &&
		(own->passed < fin->pos || step_is(step, STEP_FILLS_HOLE));
	s->peer_spoke = step->conn->end[step->to].last_ts > fin->first_ts;
	numbers_add(&s->frames, (int64_t)fin->first_frame);
	if (fin->acked_ts != CONN_NEVER)
		numbers_add(&s->frames, (int64_t)fin->acked_frame);
}

static void saw_copy(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_sent_fin(step->conn, step->from);
	const struct end *peer = &step->conn->end[step->to];
	if (s->n_copies == 0)
		begin_side(s, step);
	s->n_copies++;
	s->n_zero_window += end_is(peer, END_WINDOW) && peer->wnd == 0 &&
	                    fin->acked_ts == CONN_NEVER;
	s->n_acked += step->ack_lost;
	s->n_with_ack +=
		step->ack > step->snd_una_before && fin->last_gap < NO_RTO;
	s->n_crossed += step->may_cross;
	s->closes_last |= conn_fin(step->conn, step->to) &&
	                  step->conn->end[step->from].peer_fin == GRADE_CERTAIN;
	s->last_ts = step->ts;
	numbers_add(&s->gaps, fin->last_gap);
	numbers_add(&s->frames, (int64_t)step->seg->frame);
}

static void saw_ack_of_fin(struct side *s, const struct step *step)
{
	s->n_acks++;
	s->had_arrived |= step->fin_word == FIN_WORD_HAD_ARRIVED;
	s->came_now |= step->fin_word == FIN_WORD_CAME_NOW;
	s->n_late += step_is(step, STEP_ACKS_FIN) && step->ack_early;
	if (step_is(step, STEP_ACKS_FIN | STEP_REACKS_FIN))
		numbers_add(&s->frames, (int64_t)step->seg->frame);
}

static void saw_peer(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_sent_fin(step->conn, step->to);
	s->n_peer++;
	if (step_is(step, STEP_RST)) {
		s->reset = true;
		numbers_add(&s->frames, (int64_t)step->seg->frame);
	} else if (step->ack > fin->pos) {
		if (step_is(step,
		            STEP_PURE_ACK | STEP_ACKS_FIN | STEP_REACKS_FIN))
			saw_ack_of_fin(s, step);
	} else if (step->ack != CONN_NEVER &&
	           (step->ack < fin->pos || step->sacks_fin)) {
		s->n_below++;
	} else if (step->ack == fin->pos) {
		s->n_at_fin++;
	}
}

/* The peer's FIN was sent once and brought the first ACK of the end's own,
 * before any copy: who acknowledges it has had that ACK, and had it late. */
static void saw_own_ack(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_sent_fin(step->conn, step->from);
	const struct fin_story *peer = conn_sent_fin(step->conn, step->to);
	if (fin->acked_ts == CONN_NEVER || fin->n_sent_at_ack > 1 ||
	    peer->n_sent > 1 || fin->acked_frame != peer->first_frame)
		return;
	s->ack_came = true;
	numbers_add(&s->frames, (int64_t)step->seg->frame);
}

/* Only the end that closes last is CLOSED by an ACK, and answers the next one
 * with RST. Before that an RST answers data, or a FIN. */
static bool answers_an_ack(const struct step *step)
{
	return step_is(step, STEP_RST) && step->rst.form == RST_PLAIN &&
	       step->conn->end[step->from].peer_fin == GRADE_CERTAIN;
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	struct side *own = &w->side[step->from];
	if (step_is(step, STEP_CLONE | STEP_TIME))
		return;
	if (step_is(step, STEP_FIN_COPY))
		saw_copy(own, step);
	else if (answers_an_ack(step))
		own->n_own_rst++;
	if (own->n_copies > 0 && step_is(step, STEP_ACKS_FIN))
		saw_own_ack(own, step);
	if (w->side[step->to].n_copies > 0)
		saw_peer(&w->side[step->to], step);
}

/* ---- judgement -------------------------------------------------------------
 */

struct cause {
	const char *word;
	const char *because;
	enum confidence sure;
};

/* As many ACKs came as FINs went, or the end answered a surplus ACK with RST:
 * nothing was lost, the first ACK was late. */
static bool ack_was_late(const struct side *s, const struct fin_story *fin)
{
	if (s->n_own_rst > 0 && s->n_acks <= 1 + s->n_own_rst)
		return true;
	return s->n_acked == 0 && s->n_acks >= fin->n_sent;
}

/* The FIN was there, and all copies came before its ACK was due: RFC 9293
 * section 3.8.6.3. Who has closed itself does not delay it: tcp_fin(). */
static bool ack_was_not_due(const struct side *s)
{
	return s->had_arrived && s->n_acked == 0 && !s->closes_last &&
	       s->last_ts - s->first_ts < DELAYED_ACK;
}

/*
 * A copy that passed when the ACK had to be there, by the least round trip,
 * does not prove that it was lost: it may have been as late as no packet was
 * before. Where that shows, it did not: an end that closes last answers the
 * ACK of its copy with RST if it had closed. And so late twice is too late. If
 * it never passed, the answer to the copy says that it was sent.
 */
static enum confidence sure_of_loss(const struct side *s)
{
	return s->n_acked != 1 || s->closes_last ? CONFIDENCE_CERTAIN
	                                         : CONFIDENCE_LIKELY;
}

static struct cause cause_of(const struct side *s, const struct conn *c,
                             unsigned end)
{
	const struct fin_story *fin = conn_sent_fin(c, end);
	const bool blind = conn_one_sided(c);
	if (s->n_zero_window == s->n_copies)
		return (struct cause){ "zero_window",
			               "the peer's window was closed",
			               CONFIDENCE_CERTAIN };
	if (s->n_below > 0)
		return (struct cause){ "behind_hole",
			               "the peer lacked data before it",
			               CONFIDENCE_CERTAIN };
	if (s->was_ahead && !end_is(&c->end[end], END_GAP))
		return (struct cause){ "behind_hole",
			               "the peer lacked data before it",
			               CONFIDENCE_LIKELY };
	/* BSD's tcp_output() knows no ACK without FIN in these states. */
	if (s->n_with_ack == s->n_copies)
		return (struct cause){ "spurious", "it went along with an ACK",
			               CONFIDENCE_LIKELY };
	if (s->ack_came)
		return (struct cause){ "spurious", "its ACK was only late",
			               CONFIDENCE_CERTAIN };
	if ((s->n_acked > 0 || s->had_arrived || s->n_late > 0 ||
	     s->n_crossed > 0) &&
	    (ack_was_late(s, fin) || ack_was_not_due(s)))
		return (struct cause){ "spurious", "its ACK was only late",
			               CONFIDENCE_LIKELY };
	if (s->n_acked > 0 || s->had_arrived)
		return (struct cause){ "ack_lost", "its ACK was lost",
			               sure_of_loss(s) };
	if (s->n_late > 0 || s->n_crossed > 0)
		return (struct cause){ "spurious", "its ACK crossed the copy",
			               CONFIDENCE_LIKELY };
	if (s->came_now || s->n_at_fin > 0)
		return (struct cause){ "fin_lost", "it had been lost",
			               CONFIDENCE_LIKELY };
	if (s->n_copies >= 3 && s->n_peer == 0 && !s->peer_spoke && !blind)
		return (struct cause){ "peer_gone",
			               "the peer has been silent since",
			               CONFIDENCE_LIKELY };
	return (struct cause){ "unknown", "no packet tells why",
		               CONFIDENCE_POSSIBLE };
}

enum outcome { ACKED, WAS_RESET, GAVE_UP, UNDECIDED };

/* clang-format off */
static const char *const outcomes[] = {
	"acked", "reset", "gave_up", "undecided", NULL
};

static const char *const endings[] = {
	"then it was acknowledged", "then it was reset", "then it gave up",
	"it is not settled as far as was seen"
};
/* clang-format on */

static enum outcome outcome_of(const struct side *s, const struct moment *m,
                               unsigned end)
{
	const struct end *e = &m->conn->end[end];
	if (s->reset)
		return WAS_RESET;
	if (e->fin_acked != GRADE_NONE)
		return ACKED;
	return e->state == CLOSED && e->closed == GRADE_EXPIRED ? GAVE_UP
	                                                        : UNDECIDED;
}

/* A complete Linux schedule is eight copies, or nine with a tail loss probe,
 * within 54 s: tcp_orphan_retries() counts 0 as 8. */
static enum severity severity_of(const struct side *s, bool gave_up)
{
	const int64_t span = s->last_ts - s->first_ts;
	if (s->n_copies >= 8 && span >= 50 * SECOND)
		return SEVERITY_ERROR;
	if (s->n_copies >= 4 || gave_up)
		return SEVERITY_WARNING;
	return s->n_copies >= 2 ? SEVERITY_NOTICE : SEVERITY_INFO;
}

struct detail {
	const char *cause;
	const char *cause_confidence;
	int64_t copies;
	struct frame_named first_fin_frame;
	int64_t orphan_retries_at_least, orphan_retries_estimate;
	struct numbers gaps;
};

/* tcp_model_timeout() of Linux: how long after the first timeout the n-th is,
 * if the first is after TCP_RTO_MIN and none after more than `longest`. */
static int64_t gives_up_after(int64_t n, int64_t longest)
{
	int64_t rto = SECOND / 5, after = rto;
	for (; n > 0; n--) {
		if (2 * rto <= longest)
			rto *= 2;
		else
			rto = longest;
		after += rto;
	}
	return after;
}

/*
 * Linux gives up at the first timeout that comes (2^(N+1) - 1) * 200 ms or
 * more after the first one, less where the backoff comes to its limit, N being
 * tcp_orphan_retries (retransmits_timed_out()): when it had not yet come to
 * that at the last copy, and had when the next was due, N fits. How many copies
 * that makes depends on the round trip: measured in the lab (peer_silent_*)
 * with 20 ms, four FINs are 1 or 2 and five are 2 or 3; with next to none, four
 * are 1, five 2 and six 3 or 4.
 */
static void estimate_retries(const struct numbers *gaps, struct detail *d)
{
	/* A tail loss probe goes first; the timer starts anew with it. */
	const bool probed =
		gaps->n > 1 && gaps->at[1] < gaps->at[0] + gaps->at[0] / 2;
	int64_t last = 0, gap = gaps->at[0];
	for (uint32_t i = probed ? 2 : 1; i < gaps->n; i++) {
		gap = gaps->at[i];
		last += gap;
	}
	const int64_t cap = backoff_limit(gaps);
	const int64_t longest = cap ? cap : LONGEST_RTO;
	const int64_t due = last + (2 * gap < longest ? 2 * gap : longest);
	for (int64_t n = 1; n <= 15; n++) {
		/* The cap is what was measured, or an eighth less: timers are
		 * late, never early. */
		if (last >= gives_up_after(n, longest) ||
		    gives_up_after(n, longest - cap / 8) > due)
			continue;
		if (d->orphan_retries_at_least == ABSENT)
			d->orphan_retries_at_least = n;
		d->orphan_retries_estimate = n;
	}
}

static void tell(const struct side *s, const char *role,
                 const struct cause *why, enum outcome outcome,
                 struct finding *f)
{
	char span[SPAN_TEXT_MAX], gap[SPAN_TEXT_MAX];
	if (s->n_copies == 1)
		text_print(f->message, sizeof(f->message),
		           "the %s sent its FIN again after %s: %s; %s", role,
		           span_text(s->gaps.at[0], gap), why->because,
		           endings[outcome]);
	else
		text_print(
			f->message, sizeof(f->message),
			"the %s sent its FIN again %u times within %s, first "
			"after %s: %s; %s",
			role, s->n_copies,
			span_text(s->last_ts - s->first_ts, span),
			span_text(s->gaps.at[0], gap), why->because,
			endings[outcome]);
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[end];
	const struct fin_story *fin = conn_fin(m->conn, end);
	if (s->n_copies == 0 || !fin)
		return false;

	const struct cause why = cause_of(s, m->conn, end);
	struct detail *d = f->detail;
	const enum outcome outcome = outcome_of(s, m, end);
	const bool gave_up = outcome == GAVE_UP;
	f->outcome = outcomes[outcome];
	d->cause = why.word;
	d->cause_confidence =
		confidence_name(confidence_here(m->conn, why.sure));
	d->copies = s->n_copies;
	d->first_fin_frame.frame = fin->first_frame;
	d->orphan_retries_at_least = d->orphan_retries_estimate = ABSENT;
	if (gave_up && s->n_copies >= 2)
		estimate_retries(&s->gaps, d);
	d->gaps = s->gaps;
	f->end = (enum finding_end)end;
	f->severity = severity_of(s, gave_up);
	f->confidence = CONFIDENCE_CERTAIN; /* the copies are in the capture */
	f->first_ts = s->first_ts;
	f->last_ts = s->last_ts;
	f->count = s->n_copies;
	f->frames = s->frames;
	tell(s, end_role(m->conn, end), &why, outcome, f);
	return true;
}

/* clang-format off */
static const char *const causes[] = {
	"fin_lost", "ack_lost", "peer_gone", "behind_hole", "zero_window",
	"spurious", "unknown", NULL
};

static const struct field fields[] = {
	{ "cause", FIELD_WORD, offsetof(struct detail, cause), .words = causes,
	  .meaning = "why the FIN was sent again" },
	{ "cause_confidence", FIELD_WORD,
	  offsetof(struct detail, cause_confidence), .words = confidence_words,
	  .meaning = "how sure the cause is; that there were copies is certain" },
	{ "copies", FIELD_COUNT, offsetof(struct detail, copies),
	  .meaning = "times the FIN was sent again" },
	FRAME_NAMED("first_fin_frame", offsetof(struct detail, first_fin_frame),
	  .meaning = "the first FIN"),
	{ "orphan_retries_at_least", FIELD_COUNT,
	  offsetof(struct detail, orphan_retries_at_least),
	  .meaning = "the least tcp_orphan_retries with which the end would have "
		     "given up just then" },
	{ "orphan_retries_estimate", FIELD_COUNT,
	  offsetof(struct detail, orphan_retries_estimate),
	  .meaning = "the greatest one; 8 is what the default 0 acts as" },
	{ "gaps_us", FIELD_DURATIONS, offsetof(struct detail, gaps),
	  .unit = "us", .meaning = "from each FIN to the next copy" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_fin_retransmission = {
	.kind = {
		.name = "fin_retransmission",
		.summary = "an end sent its FIN more than once",
		.source = "RFC 9293 section 3.8.1; RFC 6298; RFC 8985 section 7",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"A FIN is repeated like data until it is acknowledged. On Linux the first copy "
"is often a tail loss probe, some 200 ms after the FIN; then the gaps double.\n"
"One copy is what a single lost packet costs. Many copies mean that the peer is "
"gone, or that one direction of the path is broken; the end sits in FIN-WAIT-1, "
"CLOSING or LAST-ACK all that time.",
		.evidence =
"Segments whose FIN has the same place in sequence space, with a new IP-ID, a new "
"timestamp or 10 ms between them. The fact is certain; the cause is graded apart, "
"by the ACKs, SACKs and echoed timestamps that passed. An ACK that passed in "
"time was likely lost if one copy came all the same, and certainly if two did, or "
"if the end closes last: had it closed, it would answer with RST.",
		.lookalikes =
"A second capture of one packet (same IP-ID and timestamp, within milliseconds). "
"A new FIN of a new connection on the same ports.",
		.remedy =
"ack_lost, fin_lost: packet loss on the path. behind_hole: loss of data, not of "
"the FIN. peer_gone: the host vanished; tcp_orphan_retries=3 shortens the wait "
"from about 107 s to 7 s. tcp_fin_timeout does not: it concerns FIN-WAIT-2 only. "
"zero_window: see fin_wait_1_pin.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_FIN_COPY,
	.follows = UINT32_MAX,
	.observe = observe,
	.judge_end = judge_end,
};
