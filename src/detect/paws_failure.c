/*
 * paws_failure: an end rejects segments because their timestamp is older than
 * what it has accepted before.
 *
 *      A                         tap                         B
 *              -- TSval 5000 ----|------------------> TS.Recent = 5000
 *              -- TSval  100 ----|------------------> dropped, and answered:
 *              <-----------------|--- ACK as before, TSecr 5000
 *
 * That a segment must fail, the model says (tcp/timestamp.c, facts 3.3); here
 * it is held until the receiver tells what it did with it: an ACK that stands
 * still and echoes a newer timestamp rejects it, an ACK that covers it took
 * it. Rejected data that the receiver lacks is a trouble; a late copy of what
 * it has is what PAWS is for.
 */
#include <stdio.h>
#include <string.h>

#include "detect/detector.h"

#define MS           INT64_C(1000000)
#define SECOND       INT64_C(1000000000)
#define ANSWER_TIME  SECOND    /* for a reply, beyond the round trip */
#define OLD_TICKS    1000      /* 1 s of a clock of 1 ms */
#define SWAP_TIME    (10 * MS) /* frames that a capture may swap, facts 8 */
#define SWAP_TICKS   12        /* as much of a clock of 1 ms, and its edge */
#define STARVED      3         /* the bytes, and two repetitions of them */
#define SUSPECTS_MAX 4

enum kind { KIND_DATA, KIND_FIN, KIND_SYN, KIND_ACK };
enum reaction { REACTION_DUP_ACK, REACTION_DSACK, REACTION_NONE };

/* A segment that fails, as it was sent. */
struct failing {
	uint64_t frame;
	int64_t ts;
	int64_t seq, seq_end;
	int64_t ack_then; /* what the receiver had acknowledged */
	int64_t copy_ts;  /* of a good copy that followed; 0: none */
	struct tcp_ts tsval, ts_recent;
	int32_t behind;
	uint32_t incarnation; /* that it was sent in */
	uint8_t kind;         /* enum kind */
	uint8_t reaction;     /* enum reaction */
	bool certain;
	bool harmful;     /* the receiver lacks what it brings */
	bool wants_reply; /* counts only if the receiver answers it */
};

/* What fails on its way to one end. */
struct side {
	struct failing suspect[SUSPECTS_MAX]; /* not decided, oldest first */
	uint32_t n_suspects;

	struct failing worst; /* of those that count: the one to tell of */
	uint32_t n;           /* that count */
	uint32_t n_rejected, n_accepted, n_certain, n_harmful;
	uint32_t n_same; /* times in a row that same_seq failed */
	uint32_t n_same_most;
	int64_t same_seq, starved_end;
	int64_t first_ts, last_ts;
	struct numbers frames;
};

struct watch {
	struct side side[2];
};

/* ---- a segment is decided -------------------------------------------------
 */

static void count(struct side *s, const struct failing *f)
{
	if (s->n == 0 || f->ts < s->first_ts)
		s->first_ts = f->ts;
	if (f->ts > s->last_ts)
		s->last_ts = f->ts;
	if (s->n == 0 || (f->harmful && !s->worst.harmful))
		s->worst = *f;
	s->n++;
	s->n_certain += f->certain;
	s->n_harmful += f->harmful;
	numbers_add(&s->frames, (int64_t)f->frame);
}

static void drop_suspect(struct side *s, uint32_t i)
{
	s->n_suspects--;
	memmove(&s->suspect[i], &s->suspect[i + 1],
	        (s->n_suspects - i) * sizeof(s->suspect[0]));
}

/* No answer was seen, and none will be. */
static void decide_unanswered(struct side *s, uint32_t i)
{
	const struct failing f = s->suspect[i];
	drop_suspect(s, i);
	if (!f.wants_reply)
		count(s, &f);
}

static void decide_rejected(struct side *s, uint32_t i,
                            const struct step *reply, enum reaction reaction)
{
	struct failing f = s->suspect[i];
	drop_suspect(s, i);
	const struct tcp_ts echo = reply->seg->tsecr;
	f.reaction = (uint8_t)reaction;
	f.certain |= reaction != REACTION_NONE;
	/* The reply names TS.Recent itself, the model had a lower bound. */
	if (reaction != REACTION_NONE && ts_diff(echo, f.ts_recent) > 0) {
		f.behind += ts_diff(echo, f.ts_recent);
		f.ts_recent = echo;
	}
	count(s, &f);
	s->n_rejected++;
	s->last_ts = reply->ts;
	numbers_add(&s->frames, (int64_t)reply->seg->frame);
}

/* What only a presumption spoke against is withdrawn (facts 3.3). */
static void decide_accepted(struct side *s, uint32_t i, const struct step *ack)
{
	const struct failing f = s->suspect[i];
	drop_suspect(s, i);
	if (!f.certain || f.wants_reply)
		return;
	count(s, &f);
	s->n_accepted++;
	s->last_ts = ack->ts;
	numbers_add(&s->frames, (int64_t)ack->seg->frame);
}

/* ---- what the receiver says -----------------------------------------------
 */

/* An ACK that moves nothing and echoes a newer timestamp than the segment's.
 * TIME-WAIT answers a SYN with the numbers of its own life. */
static bool is_reply(const struct failing *f, const struct step *step)
{
	const struct segment *seg = step->seg;
	const struct end *y = &step->conn->end[step->from];
	const bool unmoved = f->kind == KIND_SYN
	                             ? step_is(step, STEP_OUT_OF_WINDOW)
	                             : step_is(step, STEP_PURE_ACK) &&
	                                       step->ack == f->ack_then;
	return unmoved && segment_has(seg, TCP_ACK) && segment_len(seg) == 0 &&
	       (seg->options & OPTION_TIMESTAMP) &&
	       ts_diff(seg->tsecr, f->tsval) > 0 &&
	       step->ts - f->ts >= y->rtt / 2;
}

static bool is_dsack_of(const struct failing *f, const struct step *step)
{
	return step->has_dsack && step->dsack_from < f->seq_end &&
	       step->dsack_to > f->seq;
}

static bool covers(const struct failing *f, const struct step *step)
{
	return f->kind != KIND_ACK && f->seq_end > f->ack_then &&
	       step->ack != CONN_NEVER && step->ack >= f->seq_end &&
	       !step_is(step, STEP_OUT_OF_WINDOW);
}

/* An ACK that covers both the segment and a good copy of it speaks of the copy,
 * unless it came too early to do so. */
static void decide_covered(struct side *s, uint32_t i, const struct step *ack)
{
	const struct failing *f = &s->suspect[i];
	const int64_t rtt = ack->conn->end[ack->from].rtt;
	if (f->copy_ts == 0 || ack->ts - f->copy_ts < rtt)
		decide_accepted(s, i, ack);
	else
		decide_rejected(s, i, ack, REACTION_NONE);
}

static void heard(struct side *s, const struct step *step)
{
	bool replied = false;
	for (uint32_t i = 0; i < s->n_suspects;) {
		const struct failing *f = &s->suspect[i];
		if (covers(f, step)) {
			decide_covered(s, i, step);
		} else if (!replied && is_reply(f, step)) {
			decide_rejected(s, i, step,
			                is_dsack_of(f, step)
			                        ? REACTION_DSACK
			                        : REACTION_DUP_ACK);
			replied = true;
		} else {
			i++;
		}
	}
}

/* ---- what its peer sends --------------------------------------------------
 */

static enum kind kind_of(const struct step *step)
{
	if (segment_has(step->seg, TCP_SYN))
		return KIND_SYN;
	if (segment_has(step->seg, TCP_FIN))
		return KIND_FIN;
	return step->seg->payload_len > 0 ? KIND_DATA : KIND_ACK;
}

/* Both ends must use timestamps. An old ACK that was overtaken says nothing
 * that the receiver would miss (facts 9.4, 12). */
static bool is_of_interest(const struct step *step, enum kind kind)
{
	const struct conn *c = step->conn;
	if (kind == KIND_SYN)
		return true;
	if (!end_is(&c->end[0], END_TIMESTAMPS) ||
	    !end_is(&c->end[1], END_TIMESTAMPS))
		return false;
	return kind != KIND_ACK || (step->paws.behind > OLD_TICKS &&
	                            step->ack > step->snd_una_before);
}

/* Older than this life by the clock, and among the numbers of that one. */
static bool is_of_past(const struct step *step, const struct past *p)
{
	const unsigned from = step->from;
	const struct past_end *x = &p->end[from];
	const struct segment *seg = step->seg;
	if (!(p->facts[from] & PAST_TIMESTAMPS) ||
	    !(p->facts[from] & PAST_SYN) || ts_diff(seg->tsval, x->tsval) > 0)
		return false;
	return seq_diff(seg->seq, x->iss) >= 0 &&
	       seq_diff(x->snd_nxt, seg->seq) >= 0;
}

static uint32_t incarnation_of(const struct step *step)
{
	const struct end *x = &step->conn->end[step->from];
	if (end_is(x, END_SYN) && !segment_has(step->seg, TCP_SYN) &&
	    ts_diff(step->seg->tsval, x->first_tsval) < 0) {
		for (const struct past *p = step->pasts; p; p = p->older) {
			if (is_of_past(step, p))
				return p->incarnation;
		}
	}
	return step->conn->incarnation;
}

/* The capture may have swapped it with the segment that is newer. */
static bool may_be_swapped(const struct step *step)
{
	const struct end *y = &step->conn->end[step->to];
	return step->paws.behind <= SWAP_TICKS &&
	       step->ts - y->ts_recent_at <= SWAP_TIME;
}

static struct failing failing_of(const struct step *step, enum kind kind)
{
	const uint32_t incarnation = incarnation_of(step);
	const bool stray = incarnation != step->conn->incarnation ||
	                   step_is(step, STEP_OUT_OF_WINDOW);
	struct failing f = {
		.frame = step->seg->frame,
		.ts = step->ts,
		.seq = step->seq,
		.seq_end = step->seq_end,
		.ack_then = step->conn->end[step->from].snd_una,
		.tsval = step->seg->tsval,
		.ts_recent = step->paws.ts_recent,
		.behind = step->paws.behind,
		.incarnation = incarnation,
		.kind = (uint8_t)kind,
		.reaction = REACTION_NONE,
		.certain = step->paws.sure == GRADE_CERTAIN,
		.harmful = !stray && (step->paws.harmful || kind == KIND_ACK),
	};
	const bool late_copy = !f.harmful && !stray && f.behind <= OLD_TICKS;
	f.wants_reply = late_copy || may_be_swapped(step);
	return f;
}

/* The same bytes again and again: the connection is starved (facts 3.3). */
static void note_starving(struct side *s, const struct failing *f)
{
	if (!f->harmful || f->seq_end <= f->seq)
		return;
	s->n_same = s->n_same > 0 && s->same_seq == f->seq ? s->n_same + 1 : 1;
	s->same_seq = f->seq;
	if (s->n_same > s->n_same_most) {
		s->n_same_most = s->n_same;
		s->starved_end = f->seq_end;
	}
}

static void saw_failing(struct side *s, const struct step *step)
{
	const enum kind kind = kind_of(step);
	if (!is_of_interest(step, kind))
		return;
	if (s->n_suspects == SUSPECTS_MAX)
		decide_unanswered(s, 0);
	struct failing *f = &s->suspect[s->n_suspects++];
	*f = failing_of(step, kind);
	note_starving(s, f);
}

static void saw_good(struct side *s, const struct step *step)
{
	if (step->seq_end <= step->seq || step_is(step, STEP_OUT_OF_WINDOW))
		return;
	if (step->seq <= s->same_seq && step->seq_end > s->same_seq)
		s->n_same = 0;
	for (uint32_t i = 0; i < s->n_suspects; i++) {
		struct failing *f = &s->suspect[i];
		if (step->seq <= f->seq && step->seq_end > f->seq)
			f->copy_ts = step->ts;
	}
}

static void expire(struct side *s, const struct conn *c, unsigned end,
                   int64_t now)
{
	const int64_t patience = ANSWER_TIME + conn_crossing(c, end);
	while (s->n_suspects > 0 && now - s->suspect[0].ts > patience &&
	       s->suspect[0].copy_ts == 0)
		decide_unanswered(s, 0);
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	if (step_is(step, STEP_RST))
		return;
	expire(&w->side[step->to], step->conn, step->to, step->ts);
	heard(&w->side[step->from], step);
	if (step_is(step, STEP_PAWS))
		saw_failing(&w->side[step->to], step);
	else
		saw_good(&w->side[step->to], step);
}

/* ---- judging --------------------------------------------------------------
 */

/* clang-format off */
static const char *const outcomes[] = {
	"rejected", "accepted", "undecided", NULL
};

static const char *const kinds[] = {
	[KIND_DATA] = "data", [KIND_FIN] = "fin", [KIND_SYN] = "syn",
	[KIND_ACK] = "ack", NULL
};

static const char *const reactions[] = {
	[REACTION_DUP_ACK] = "dup_ack", [REACTION_DSACK] = "dsack",
	[REACTION_NONE] = "none", NULL
};
/* clang-format on */

static const char *outcome_of(const struct side *s)
{
	if (s->n_rejected > 0)
		return outcomes[0];
	return outcomes[s->n_accepted > 0 ? 1 : 2];
}

static bool is_starved(const struct side *s)
{
	return s->n_same_most >= STARVED;
}

static enum severity severity_of(const struct side *s, const struct conn *conn,
                                 unsigned end)
{
	if (s->n_harmful == 0 || s->n_accepted == s->n)
		return SEVERITY_INFO;
	if (is_starved(s) && conn->end[!end].snd_una < s->starved_end)
		return SEVERITY_ERROR;
	if (is_starved(s) || s->n_rejected > 0)
		return SEVERITY_WARNING;
	return SEVERITY_NOTICE;
}

struct detail {
	int64_t tsval, ts_recent, behind_ticks;
	const char *segment;
	int64_t incarnation;
	const char *reaction;
	int64_t needed, tries;
};

static void fill_detail(const struct side *s, struct detail *d)
{
	const struct failing *f = &s->worst;
	d->tsval = f->tsval.wire;
	d->ts_recent = f->ts_recent.wire;
	d->behind_ticks = f->behind;
	d->segment = kinds[f->kind];
	d->incarnation = f->incarnation;
	d->reaction = reactions[f->reaction];
	d->needed = s->n_harmful > 0;
	d->tries = s->n_same_most > 0 ? s->n_same_most : ABSENT;
}

/* What followed, for the end of the sentence. */
static void tell_end(const struct side *s, const struct conn *conn, char *text,
                     size_t size)
{
	const struct failing *f = &s->worst;
	if (f->incarnation != conn->incarnation)
		snprintf(text, size, "it strayed from incarnation %u",
		         f->incarnation);
	else if (is_starved(s))
		snprintf(text, size, "the same bytes failed %u times in a row",
		         s->n_same_most);
	else if (s->n_accepted == s->n)
		snprintf(text, size, "it was taken all the same");
	else if (s->n_harmful == 0)
		snprintf(text, size, "a late copy of what had arrived before");
	else if (f->kind == KIND_SYN)
		snprintf(text, size, "TIME-WAIT of incarnation %u %s",
		         conn->incarnation - 1,
		         s->n_rejected > 0 ? "answered it with an ACK"
		                           : "may have refused it");
	else
		snprintf(text, size, "%s",
		         f->reaction != REACTION_NONE
		                 ? "a duplicate ACK answered it"
		                 : "no answer to it was seen");
}

static void tell(const struct side *s, const struct conn *conn, unsigned end,
                 struct finding *out)
{
	static const char *const names[] = {
		[KIND_DATA] = "data",
		[KIND_FIN] = "its FIN",
		[KIND_SYN] = "a SYN",
		[KIND_ACK] = "an ACK",
	};
	const struct failing *f = &s->worst;
	char tail[96];
	tell_end(s, conn, tail, sizeof(tail));
	snprintf(out->message, sizeof(out->message),
	         "%u segment%s of the %s failed PAWS at the %s: %s with TSval "
	         "%u, %d tick%s older than TS.Recent %u; %s",
	         s->n, s->n == 1 ? "" : "s", end_role(conn, !end),
	         end_role(conn, end), names[f->kind], f->tsval.wire, f->behind,
	         f->behind == 1 ? "" : "s", f->ts_recent.wire, tail);
}

static bool judge_side(const struct side *side, const struct moment *m,
                       unsigned end, struct finding *out)
{
	struct side s = *side;
	while (s.n_suspects > 0)
		decide_unanswered(&s, 0);
	if (s.n == 0)
		return false;
	fill_detail(&s, out->detail);
	out->end = (enum finding_end)end;
	out->outcome = outcome_of(&s);
	out->severity = severity_of(&s, m->conn, end);
	out->confidence =
		confidence_here(m->conn, s.n_certain > 0 ? CONFIDENCE_CERTAIN
	                                                 : CONFIDENCE_LIKELY);
	out->first_ts = s.first_ts;
	out->last_ts = s.last_ts;
	out->count = s.n;
	out->frames = s.frames;
	tell(&s, m->conn, end, out);
	return true;
}

static bool judge(const void *watch, const struct moment *m, unsigned i,
                  struct finding *out)
{
	const struct watch *w = watch;
	for (unsigned end = 0; end < 2; end++) {
		if (judge_side(&w->side[end], m, end, out) && i-- == 0)
			return true;
	}
	return false;
}

/* clang-format off */
static const struct field fields[] = {
	{ "tsval", FIELD_COUNT, offsetof(struct detail, tsval),
	  .unit = "ticks", .required = true,
	  .meaning = "timestamp of the segment: the first that failed, or the "
		     "first that the receiver needed" },
	{ "ts_recent", FIELD_COUNT, offsetof(struct detail, ts_recent),
	  .unit = "ticks", .required = true,
	  .meaning = "what the receiver compared it with" },
	{ "behind_ticks", FIELD_COUNT, offsetof(struct detail, behind_ticks),
	  .unit = "ticks", .required = true,
	  .meaning = "ts_recent - tsval; Linux ticks once a millisecond" },
	{ "segment", FIELD_WORD, offsetof(struct detail, segment),
	  .words = kinds, .required = true, .meaning = "what failed" },
	{ "incarnation", FIELD_COUNT, offsetof(struct detail, incarnation),
	  .required = true,
	  .meaning = "the incarnation that the segment was sent in" },
	{ "reaction", FIELD_WORD, offsetof(struct detail, reaction),
	  .words = reactions, .required = true,
	  .meaning = "how the receiver answered" },
	{ "needed", FIELD_BOOL, offsetof(struct detail, needed),
	  .required = true,
	  .meaning = "the receiver lacked what was rejected" },
	{ "tries", FIELD_COUNT, offsetof(struct detail, tries),
	  .meaning = "most times in a row that the same bytes failed" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_paws_failure = {
	.kind = {
		.name = "paws_failure",
		.summary = "an end rejected segments for timestamps older than "
			   "what it had accepted",
		.source = "RFC 7323 sections 4.3 and 5; RFC 6191; Linux "
			  "tcp_validate_incoming() and "
			  "tcp_timewait_state_process()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"Every segment carries a timestamp of its sender's clock. The receiver keeps "
"the newest one that came in order, TS.Recent, and drops what is older: that is "
"PAWS, the protection against sequence numbers that have wrapped round.\n"
"Where all is well it only catches late copies of old segments. If something "
"on the way mixes or rewrites clocks, it catches what the receiver needs: the "
"data is sent again and again, each time in vain until a timestamp happens to "
"be new enough, and a connection can starve although no packet is lost. A SYN "
"that is refused so by TIME-WAIT costs a round trip or a second.",
		.evidence =
"The receiver's own ACKs echo TS.Recent. A segment whose TSval is more than one "
"tick older than an echo seen before it must fail: certain. If only segments "
"that passed towards the receiver say so, it is likely, and becomes certain "
"when the receiver answers with an ACK that stands still and echoes a newer "
"timestamp. If an ACK then covers the segment, a finding that was merely likely "
"is withdrawn.\n"
"A segment that the receiver lacks counts at once; a copy of what it has only "
"if it is more than a second old or was answered, and then as information. Two "
"repetitions of the same bytes that fail as well mean starvation.",
		.lookalikes =
"Pure ACKs that were overtaken: they are old, and harm nobody. Data overtaken "
"by newer data: TS.Recent has not moved, so it is taken. A timestamp one tick "
"behind, which Linux tolerates. Frames that the capture swapped within 10 ms. "
"An RST, which PAWS does not examine. A connection idle for more than 2147 s, "
"where TS.Recent is void.",
		.remedy =
"Find what mixes clocks on one four-tuple: a NAT that gives a port to another "
"host within a minute (ports chosen at random make it likely), a load balancer "
"or proxy that rewrites timestamps, a virtual machine that was moved.\n"
"Do not switch timestamps off. tcp_timestamps=0 ends PAWS, and with it the "
"protection, tcp_tw_reuse and exact round-trip times; the clocks stay mixed. "
"tcp_tw_recycle, which made this failure common behind NAT, is gone since "
"Linux 4.12.\n"
"On the host, nstat shows PAWSEstab, PAWSTimewait and PAWSOldAck.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_PAWS,
	.follows = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.observe = observe,
	.judge = judge,
};
