/*
 * lost_final_ack: the last ACK of a close did not arrive.
 *
 *      A                         tap                         B
 *   TIME-WAIT  <-- FIN ----------|-------------------- LAST-ACK
 *              --- ACK ----------|--------X
 *   TIME-WAIT  <-- FIN ----------|-------------------- LAST-ACK, still
 *
 * B is in LAST_ACK (or CLOSING): it has A's FIN, sent its own, and closes on
 * the ACK. A copy of B's FIN that passes when that ACK must have been there
 * says it was not (RFC 9293 section 3.10.7.4, fifth step: an end that had it
 * would be closed, and silent). What looks the same and is none of it: an ACK
 * and a copy that cross; an ACK that is merely late, which shows when it
 * comes after all and finds B closed, so that B answers it with RST.
 */
#include "base/text.h"
#include "detect/detector.h"

struct side {
	uint32_t n_copies;  /* of the FIN */
	uint32_t n_proofs;  /* copies that an ACK should have prevented */
	uint32_t n_acks;    /* ACKs of the FIN that passed */
	uint32_t n_reacks;  /* those that came after a copy */
	uint32_t n_own_rst; /* RSTs by this end: ACKs that found it closed */
	bool rtt_known;
	bool had_arrived;   /* the answer to a copy says so */
	bool reset;         /* the peer answered a copy with RST */
	uint64_t ack_frame; /* the ACK that was lost; 0: it never passed */
	int64_t first_ts, last_ts;
	int64_t last_copy_ts;
	struct numbers frames;
};

struct watch {
	struct side side[2];
};

/* The end's FIN answers the peer's, so the ACK of it is the last one. */
static bool is_last_closer(const struct step *step)
{
	const struct conn *c = step->conn;
	return conn_fin(c, step->to) &&
	       c->end[step->from].peer_fin == GRADE_CERTAIN;
}

static void begin_side(struct side *s, const struct fin_story *fin)
{
	s->first_ts = fin->first_ts;
	numbers_add(&s->frames, (int64_t)fin->first_frame);
	if (fin->acked_ts == CONN_NEVER)
		return;
	s->n_acks = 1;
	s->ack_frame = fin->acked_frame;
	numbers_add(&s->frames, (int64_t)fin->acked_frame);
}

static void saw_copy(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_sent_fin(step->conn, step->from);
	if (!is_last_closer(step))
		return;
	if (s->n_copies == 0)
		begin_side(s, fin);
	s->n_copies++;
	s->n_proofs += step->ack_lost;
	s->rtt_known = step->conn->end[step->from].rtt > 0;
	s->last_ts = s->last_copy_ts = step->ts;
	numbers_add(&s->frames, (int64_t)step->seg->frame);
}

/* An answer to a copy: what became of the ACK before it. */
static void saw_ack(struct side *s, const struct step *step)
{
	s->n_acks++;
	s->n_reacks += step_is(step, STEP_REACKS_FIN | STEP_ACKS_FIN);
	s->had_arrived |= step->fin_word == FIN_WORD_HAD_ARRIVED;
	s->last_ts = step->ts;
	numbers_add(&s->frames, (int64_t)step->seg->frame);
}

static bool acks_fin_of(const struct step *step, unsigned end)
{
	const struct fin_story *fin = conn_fin(step->conn, end);
	return fin && step->ack > fin->pos &&
	       step_is(step, STEP_PURE_ACK | STEP_ACKS_FIN | STEP_REACKS_FIN);
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	struct side *own = &w->side[step->from], *peer = &w->side[step->to];

	if (step_is(step, STEP_FIN_COPY))
		saw_copy(own, step);
	if (step_is(step, STEP_RST)) {
		own->n_own_rst += step->rst.form == RST_PLAIN;
		if (peer->n_copies > 0 && step->rst.form == RST_PLAIN) {
			peer->reset = true;
			peer->last_ts = step->ts;
			numbers_add(&peer->frames, (int64_t)step->seg->frame);
		}
	} else if (peer->n_copies > 0 && acks_fin_of(step, step->to)) {
		saw_ack(peer, step);
	}
}

/* ACKs that reached the end: the one that closed it, and each that it then
 * answered with RST. If that is all of them, none was lost. */
static bool all_arrived(const struct side *s, uint32_t n_sent)
{
	const uint32_t arrived = s->n_own_rst > 0 ? 1 + s->n_own_rst : 0;
	if (s->n_proofs > 0)
		return arrived >= s->n_acks;
	/* None passed in time: as many ACKs as FINs means that the first was
	 * late, not lost. */
	return s->n_acks >= n_sent;
}

enum outcome { RECOVERED, WAS_RESET, REUSED, GAVE_UP, UNDECIDED };

/* clang-format off */
static const char *const outcomes[] = {
	"recovered", "reset", "reused", "gave_up", "undecided", NULL
};

static const char *const endings[] = {
	"a later ACK ended it", "the answer was a reset",
	"then the four-tuple was reused", "it gave up unanswered",
	"it is not settled as far as was seen"
};
/* clang-format on */

static enum outcome outcome_of(const struct side *s, const struct moment *m,
                               unsigned end)
{
	const struct end *e = &m->conn->end[end];
	if (s->reset)
		return WAS_RESET;
	if (m->reason == END_REUSE)
		return REUSED;
	/* An ACK passed after the last copy, and nothing speaks against it. */
	if (e->fin_acked != GRADE_NONE)
		return RECOVERED;
	return e->state == CLOSED && e->closed == GRADE_EXPIRED ? GAVE_UP
	                                                        : UNDECIDED;
}

static enum severity severity_of(const struct side *s, enum outcome outcome)
{
	if (outcome == GAVE_UP)
		return SEVERITY_ERROR;
	if (outcome == WAS_RESET || outcome == REUSED || s->n_copies >= 4)
		return SEVERITY_WARNING;
	return SEVERITY_NOTICE;
}

struct detail {
	const char *lost;
	struct frame_named ack_frame;
	int64_t fin_copies, reacked;
};

/* Copies that the lost ACK cost: those before it had another cause. */
static uint32_t copies_of(const struct side *s)
{
	return s->n_proofs > 0 ? s->n_proofs : s->n_copies;
}

static const char *where_lost(const struct side *s, const struct conn *conn,
                              unsigned end)
{
	if (s->n_proofs > 0)
		return "behind_tap";
	return s->had_arrived && !conn_one_sided(conn) &&
	                       !end_is(&conn->end[!end], END_GAP)
	               ? "before_tap"
	               : "unknown";
}

static enum confidence sure_of(const struct side *s, const struct conn *conn)
{
	if (s->n_proofs > 0 && !s->rtt_known && s->n_proofs < 2)
		return confidence_here(conn, CONFIDENCE_LIKELY);
	return confidence_here(conn, CONFIDENCE_CERTAIN);
}

static void tell(const struct side *s, const struct conn *conn, unsigned end,
                 enum outcome outcome, struct finding *f)
{
	char span[SPAN_TEXT_MAX];
	const uint32_t n = copies_of(s);
	const char *where = s->n_proofs > 0  ? " behind the tap"
	                    : s->had_arrived ? " before the tap"
	                                     : "";
	text_print(f->message, sizeof(f->message),
	           "the last ACK to the %s was lost%s: it repeated its FIN %u "
	           "time%s over %s in %s, and %s",
	           end_role(conn, end), where, n, n == 1 ? "" : "s",
	           span_text(s->last_copy_ts - s->first_ts, span),
	           conn_sent_fin(conn, end)->covered_peer_fin ? "LAST-ACK"
	                                                      : "CLOSING",
	           endings[outcome]);
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[end];
	const struct fin_story *fin = conn_fin(m->conn, end);
	if (s->n_copies == 0 || !fin || (s->n_proofs == 0 && !s->had_arrived) ||
	    all_arrived(s, fin->n_sent))
		return false;

	const enum outcome outcome = outcome_of(s, m, end);
	struct detail *d = f->detail;
	d->lost = where_lost(s, m->conn, end);
	d->ack_frame.frame = s->ack_frame;
	d->fin_copies = copies_of(s);
	d->reacked = s->n_reacks;
	f->end = (enum finding_end)end;
	f->outcome = outcomes[outcome];
	f->severity = severity_of(s, outcome);
	f->confidence = sure_of(s, m->conn);
	f->first_ts = s->first_ts;
	f->last_ts = s->last_ts;
	f->count = copies_of(s);
	f->frames = s->frames;
	tell(s, m->conn, end, outcome, f);
	return true;
}

/* clang-format off */
static const char *const places[] = {
	"behind_tap", "before_tap", "unknown", NULL
};

static const struct field fields[] = {
	{ "lost", FIELD_WORD, offsetof(struct detail, lost), .words = places,
	  .meaning = "where, seen from the sender of the ACK" },
	FRAME_NAMED("ack_frame", offsetof(struct detail, ack_frame),
	  .meaning = "the ACK that was lost, if it passed the tap"),
	{ "fin_copies", FIELD_COUNT, offsetof(struct detail, fin_copies),
	  .meaning = "times the FIN was sent again" },
	{ "reacked", FIELD_COUNT, offsetof(struct detail, reacked),
	  .meaning = "ACKs that answered copies" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_lost_final_ack = {
	.kind = {
		.name = "lost_final_ack",
		.summary = "the last ACK of a close did not arrive, so the "
			   "other end kept repeating its FIN",
		.source = "RFC 9293 sections 3.6 and 3.10.7.4; RFC 2883",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"The end that closes last waits in LAST-ACK for one ACK. If that is lost it "
"sends its FIN again, with doubling gaps, until an ACK comes or it gives up; "
"TIME-WAIT at the other end exists to answer it.\n"
"One such loss is ordinary and TIME-WAIT has done its work. Many of them mean "
"that the path towards the closing end loses packets.",
		.evidence =
"A FIN is acknowledged, and the same FIN is seen again when that ACK must have "
"arrived: later than one round trip from the tap to that end and back. Certain "
"if that round trip was measured on this connection or if two copies came.\n"
"Where the ACK was lost before it reached the tap, the answer to the copy tells: "
"a DSACK of the FIN, or a TIME-WAIT that still echoes the timestamp of an earlier "
"FIN, says that the FIN had arrived and only its ACK was missing.",
		.lookalikes =
"An ACK and a copy of the FIN that cross. An ACK that is merely late: the end is "
"closed by the next one and answers the late one with RST. A FIN that was lost "
"itself. A second capture of the same packet.",
		.remedy =
"None if it is rare. If there are many: packet loss towards the end named here.\n"
"Outcome reset: the other end kept no TIME-WAIT; raise tcp_max_tw_buckets if it "
"overflows, and do not shorten TIME-WAIT. tcp_fin_timeout has no effect on "
"LAST-ACK; tcp_orphan_retries decides how long it tries.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_FIN_COPY,
	.follows = STEP_FIN_COPY | STEP_ACKS_FIN | STEP_REACKS_FIN |
		   STEP_PURE_ACK | STEP_RST,
	.observe = observe,
	.judge_end = judge_end,
};
