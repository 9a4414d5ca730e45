/*
 * paws_failure: an end rejects segments because their timestamp is older than
 * what it has accepted before.
 *
 *      A                         tap                         B
 *              -- TSval 5000 ----|------------------> TS.Recent = 5000
 *              -- TSval  100 ----|------------------> dropped, and answered:
 *              <-----------------|--- ACK as before, TSecr 5000
 *
 * That a segment must fail, the model says (tcp/timestamp.c);
 * paws_suspect.c holds it until the receiver tells what it did with it: an ACK
 * that stands still and echoes a newer timestamp rejects it, an ACK that covers
 * it took it. Rejected data that the receiver lacks is a trouble; a late copy
 * of what it has is what PAWS is for.
 */
#include "base/text.h"
#include "detect/detector.h"
#include "detect/paws_suspect.h"

#define STARVED 3 /* the bytes, and two repetitions of them */

struct watch {
	struct paws_side side[2];
};

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	paws_observe(w->side, step);
}

/* ---- judging ------------------------------------------------------------- */

/* clang-format off */
static const char *const outcomes[] = {
	"rejected", "accepted", "undecided", NULL
};

static const char *const kinds[] = {
	[PAWS_DATA] = "data", [PAWS_FIN] = "fin", [PAWS_SYN] = "syn",
	[PAWS_ACK] = "ack", NULL
};

static const char *const reactions[] = {
	[PAWS_DUP_ACK] = "dup_ack", [PAWS_DSACK] = "dsack",
	[PAWS_NONE] = "none", NULL
};
/* clang-format on */

static const char *outcome_of(const struct paws_side *s)
{
	if (s->n_rejected > 0)
		return outcomes[0];
	return outcomes[s->n_accepted > 0 ? 1 : 2];
}

static bool is_starved(const struct paws_side *s)
{
	return s->n_same_most >= STARVED;
}

static enum severity severity_of(const struct paws_side *s,
                                 const struct conn *conn, unsigned end)
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

static void fill_detail(const struct paws_side *s, struct detail *d)
{
	const struct paws_segment *f = &s->worst;
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
static void tell_end(const struct paws_side *s, const struct conn *conn,
                     char *text, size_t size)
{
	const struct paws_segment *f = &s->worst;
	if (f->incarnation != conn->incarnation)
		text_print(text, size, "it strayed from incarnation %u",
		           f->incarnation);
	else if (is_starved(s))
		text_print(text, size,
		           "the same bytes failed %u times in a row",
		           s->n_same_most);
	else if (s->n_accepted == s->n)
		text_print(text, size, "it was taken all the same");
	else if (s->n_harmful == 0)
		text_print(text, size,
		           "a late copy of what had arrived before");
	else if (f->kind == PAWS_SYN)
		text_print(text, size, "TIME-WAIT of incarnation %u %s",
		           conn->incarnation - 1,
		           s->n_rejected > 0 ? "answered it with an ACK"
		                             : "may have refused it");
	else
		text_print(text, size, "%s",
		           f->reaction != PAWS_NONE
		                   ? "a duplicate ACK answered it"
		                   : "no answer to it was seen");
}

static void tell(const struct paws_side *s, const struct conn *conn,
                 unsigned end, struct finding *out)
{
	static const char *const names[] = {
		[PAWS_DATA] = "data",
		[PAWS_FIN] = "its FIN",
		[PAWS_SYN] = "a SYN",
		[PAWS_ACK] = "an ACK",
	};
	const struct paws_segment *f = &s->worst;
	char tail[96];
	tell_end(s, conn, tail, sizeof(tail));
	text_print(
		out->message, sizeof(out->message),
		"%u segment%s of the %s failed PAWS at the %s: %s with TSval "
		"%u, %d tick%s older than TS.Recent %u; %s",
		s->n, s->n == 1 ? "" : "s", end_role(conn, !end),
		end_role(conn, end), names[f->kind], f->tsval.wire, f->behind,
		f->behind == 1 ? "" : "s", f->ts_recent.wire, tail);
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *out)
{
	const struct watch *w = watch;
	const struct paws_side *side = &w->side[end];
	struct paws_side s = *side;
	if (m->reason == END_NOT_YET)
		paws_expire(&s, m->conn, end, m->now);
	else
		paws_settle(&s);
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

static int64_t next_look(const void *watch, const struct moment *m)
{
	const struct watch *w = watch;
	int64_t next = INT64_MAX;
	for (unsigned end = 0; end < 2; end++) {
		struct paws_side s = w->side[end];
		paws_expire(&s, m->conn, end, m->now);
		const int64_t at = paws_expiry(&s, m->conn, end);
		if (at < next)
			next = at;
	}
	return next;
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
	.judge_end = judge_end,
	.next_look = next_look,
};
