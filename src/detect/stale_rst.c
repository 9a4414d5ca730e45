/*
 * stale_rst: an RST of an earlier life of the four-tuple, or the refusal of an
 * earlier SYN, arrives in the life that is now.
 *
 *      A                         tap                         B
 *                 life 1 --------|--- RST, delayed
 *   SYN-SENT    -- SYN ----------|------------------> SYN-RECEIVED
 *   ESTABLISHED <----------------|---------- SYN+ACK
 *   ?           <----------------|--- RST of life 1
 *
 * Whose an RST is, the model says (tcp/origin.c). What it did is
 * read from what the end that it reached does next: one that was
 * killed is silent, or answers with RST; one that challenges it (RFC 5961
 * section 3.2) or speaks on lives.
 */
#include "base/text.h"
#include "detect/detector.h"

#define SECOND      INT64_C(1000000000)
#define MSL_2       (240 * SECOND) /* RFC 9293 section 3.4.2 */
#define ANSWER_TIME (SECOND / 2)   /* for a challenge ACK, beyond the RTT */
#define SILENCE     (2 * SECOND)   /* longer than a first RTO, RFC 6298 */
#define STORIES_MAX 3

/* In the order in which a later RST may make things worse. */
enum fate { IGNORED, UNDECIDED, CHALLENGED, KILLED };

/* The RSTs of one earlier life, or of earlier SYNs, that reach one end. */
struct story {
	uint64_t flow_id;     /* of the life they belong to */
	uint32_t incarnation; /* of that life; 0: the story is free */
	uint8_t end;          /* reached */
	bool of_syn, exact_numbers, by_timestamp, certain;
	bool duplicate;   /* that life had its RST before */
	bool in_syn_sent; /* the first came before any SYN of the peer */
	uint8_t position; /* enum rst_position, the gravest */
	uint8_t before;   /* enum tcp_state of the end, at the newest */
	uint8_t fate;     /* enum fate: of all but the newest */
	uint8_t newest;   /* enum fate: of the newest */
	bool accepted;    /* the newest one, by the rules of its state */
	bool prompted;    /* by the peer, since the newest */
	uint32_t n;
	int64_t gap;
	int64_t first_ts, last_ts;
	int64_t rst_ts;       /* of the newest */
	int64_t silent_since; /* it, or what the peer sent after it */
	struct numbers frames;
};

struct watch {
	struct story story[STORIES_MAX];
};

/* ---- taking in ----------------------------------------------------------- */

static enum tcp_state state_before(const struct step *step, unsigned end)
{
	for (unsigned i = 0; i < step->n_changes; i++) {
		if (step->change[i].end == end)
			return (enum tcp_state)step->change[i].from;
	}
	return (enum tcp_state)step->conn->end[end].state;
}

static int64_t gap_of(const struct step *step)
{
	const struct past *past = step->rst.past;
	return step->ts - (past ? past->ended : step->conn->first_ts);
}

static bool is_stale(const struct step *step)
{
	const struct conn *c = step->conn;
	return step_is(step, STEP_STALE_RST) &&
	       (end_is(&c->end[0], END_SYN) || end_is(&c->end[1], END_SYN)) &&
	       gap_of(step) <= MSL_2;
}

/* Where the RST is told; the last story takes what no other has room for. */
static struct story *story_of(struct watch *w, const struct step *step)
{
	const struct past *past = step->rst.past;
	const uint32_t incarnation =
		past ? past->incarnation : step->conn->incarnation;
	const bool of_syn = step->rst.belongs != RST_OF_PAST;
	struct story *s = w->story;
	for (unsigned i = 0; i < STORIES_MAX; i++) {
		s = &w->story[i];
		if (s->n == 0)
			break;
		if (s->end == step->to && s->incarnation == incarnation &&
		    s->of_syn == of_syn)
			return s;
	}
	if (s->n > 0)
		return s;
	s->end = (uint8_t)step->to;
	s->incarnation = incarnation;
	s->of_syn = of_syn;
	s->flow_id = past ? past->flow_id : step->conn->flow_id;
	s->gap = gap_of(step);
	s->first_ts = step->ts;
	s->position = (uint8_t)step->rst.position;
	s->exact_numbers = step->rst.sure == GRADE_CERTAIN;
	s->by_timestamp = step->rst.by_timestamp;
	s->duplicate = past && (past->facts[step->from] & PAST_RST);
	return s;
}

static void saw_stale(struct watch *w, const struct step *step)
{
	struct story *s = story_of(w, step);
	if (s->n > 0 && s->newest > s->fate)
		s->fate = s->newest;
	s->before = (uint8_t)state_before(step, step->to);
	s->in_syn_sent |= s->n == 0 && s->before == SYN_SENT;
	if (step->rst.position < s->position)
		s->position = (uint8_t)step->rst.position;
	s->n++;
	s->certain |= step->rst.sure == GRADE_CERTAIN;
	s->accepted = step->rst.accepted;
	s->prompted = false;
	s->newest = UNDECIDED;
	s->rst_ts = s->last_ts = s->silent_since = step->ts;
	numbers_add(&s->frames, (int64_t)step->seg->frame);
}

static void settle(struct story *s, const struct step *step, enum fate fate)
{
	s->newest = (uint8_t)fate;
	s->last_ts = step->ts;
	numbers_add(&s->frames, (int64_t)step->seg->frame);
}

/* An ACK that says nothing new and answers nothing but the RST: not data that
 * came twice or out of order, which SACK blocks would tell. */
static bool is_challenge(const struct story *s, const struct step *step,
                         int64_t crossing)
{
	return step_is(step, STEP_PURE_ACK) && !s->prompted &&
	       step->seg->n_sacks == 0 && s->before != SYN_SENT &&
	       step->ack == step->snd_una_before &&
	       step->seq == step->conn->end[step->from].snd_nxt &&
	       !step_is(step, STEP_PROBE | STEP_KEEP_ALIVE |
	                              STEP_WINDOW_OPENED |
	                              STEP_WINDOW_CLOSED) &&
	       step->ts - s->rst_ts <= crossing + ANSWER_TIME;
}

/* The end that the RST reached speaks. A plain RST answers a segment that
 * found no connection; one with ACK comes from a connection that lives. */
static void heard(struct story *s, const struct step *step)
{
	const int64_t crossing = conn_crossing(step->conn, step->from);
	const bool fatal = s->accepted || s->position == RST_IN_WINDOW;
	const bool crossed = step->ts - s->rst_ts <= crossing;

	if (s->newest == KILLED || s->newest == CHALLENGED)
		return;
	if (step_is(step, STEP_RST) && step->rst.form == RST_PLAIN) {
		if (fatal && s->newest == UNDECIDED)
			settle(s, step, KILLED);
		return;
	}
	if (is_challenge(s, step, crossing)) {
		settle(s, step, CHALLENGED);
		return;
	}
	/* Refusing the SYN that it awaits makes Linux send it again at once,
	 * sooner than a round trip. */
	const bool provoked = s->before == SYN_SENT && !s->accepted &&
	                      step_is(step, STEP_SYN_COPY);
	if (s->newest == UNDECIDED && (provoked || !crossed))
		settle(s, step, IGNORED);
}

/* The peer speaks after the RST: something the end would have to answer. */
static void prompt(struct story *s, const struct step *step)
{
	if (step->seq_end == step->seq &&
	    !step_is(step, STEP_PROBE | STEP_KEEP_ALIVE))
		return;
	if (!s->prompted)
		s->silent_since = step->ts;
	s->prompted = true;
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	const bool stale = step_is(step, STEP_STALE_RST);
	for (unsigned i = 0; i < STORIES_MAX && !stale; i++) {
		struct story *s = &w->story[i];
		if (s->n > 0 && s->end == step->from)
			heard(s, step);
		else if (s->n > 0 && !step_is(step, STEP_RST))
			prompt(s, step);
	}
	if (is_stale(step))
		saw_stale(w, step);
}

/* ---- judging ------------------------------------------------------------- */

static enum fate newest_fate(const struct story *s, const struct moment *m)
{
	if (s->newest != UNDECIDED)
		return (enum fate)s->newest;
	if (s->before == CLOSED)
		return IGNORED;
	if (s->accepted && s->before != TIME_WAIT &&
	    m->now - s->silent_since > SILENCE)
		return KILLED;
	return UNDECIDED;
}

static enum fate fate_of(const struct story *s, const struct moment *m)
{
	const enum fate newest = newest_fate(s, m);
	return s->fate > newest ? (enum fate)s->fate : newest;
}

static enum severity severity_of(const struct story *s, enum fate fate)
{
	switch (fate) {
	case KILLED: /* a TIME-WAIT cut short has lost nothing yet */
		return s->before == TIME_WAIT ? SEVERITY_WARNING
		                              : SEVERITY_ERROR;
	case CHALLENGED:
		return SEVERITY_WARNING;
	case UNDECIDED:
		return s->accepted ? SEVERITY_WARNING : SEVERITY_INFO;
	case IGNORED:
		break;
	}
	return SEVERITY_INFO;
}

/* clang-format off */
static const char *const outcomes[] = {
	[IGNORED] = "ignored", [UNDECIDED] = "undecided",
	[CHALLENGED] = "challenged", [KILLED] = "killed", NULL
};

static const char *const subjects[] = { "connection", "syn", NULL };

static const char *const positions[] = {
	[RST_EXACT] = "exact", [RST_IN_WINDOW] = "in_window",
	[RST_OUT_OF_WINDOW] = "out_of_window", NULL
};

static const char *const signs[] = {
	"timestamp", "refused_syn", "exact_number", "near_number", NULL
};
/* clang-format on */

static const char *sign_of(const struct story *s)
{
	if (s->of_syn)
		return signs[1];
	if (s->by_timestamp)
		return signs[0];
	return signs[s->exact_numbers ? 2 : 3];
}

struct detail {
	int64_t rst_incarnation;
	uint64_t rst_flow_id;
	const char *rst_of;
	const char *recognised_by;
	int64_t gap;
	const char *position;
	int64_t duplicate;
};

static void fill_detail(const struct story *s, struct detail *d)
{
	d->rst_incarnation = s->incarnation;
	d->rst_flow_id = s->flow_id;
	d->rst_of = subjects[s->of_syn];
	d->recognised_by = sign_of(s);
	d->gap = s->gap;
	d->duplicate = s->duplicate;
	d->position = s->in_syn_sent ? NULL : positions[s->position];
}

static void tell(const struct story *s, const struct conn *conn,
                 struct finding *f, enum fate fate)
{
	static const char *const places[] = {
		[RST_EXACT] = " exactly at its RCV.NXT",
		[RST_IN_WINDOW] = " inside its window",
		[RST_OUT_OF_WINDOW] = " outside its window",
	};
	static const char *const fates[] = {
		[IGNORED] = "it was ignored",
		[UNDECIDED] = "nothing tells what it did",
		[CHALLENGED] = "it was challenged, the connection lives",
		[KILLED] = "it ended the connection",
	};
	char span[SPAN_TEXT_MAX];
	const char *role = end_role(conn, s->end);
	const char *place =
		s->in_syn_sent ? " in SYN-SENT" : places[s->position];
	span_text(s->gap, span);
	if (s->of_syn && s->incarnation == conn->incarnation)
		text_print(f->message, sizeof(f->message),
		           "an RST that refuses an earlier copy of the SYN "
		           "reached the %s %s after that SYN was first sent, "
		           "when it had been accepted: %s",
		           role, span, fates[fate]);
	else
		text_print(f->message, sizeof(f->message),
		           "an RST that %s incarnation %u of this four-tuple "
		           "reached the %s in incarnation %u%s, %s after the "
		           "last packet of the earlier one: %s",
		           s->of_syn ? "refuses the SYN of" : "belongs to",
		           s->incarnation, role, conn->incarnation, place, span,
		           fates[fate]);
}

static void judge_story(const struct story *s, const struct moment *m,
                        struct finding *f)
{
	const enum fate fate = fate_of(s, m);
	fill_detail(s, f->detail);
	f->end = (enum finding_end)s->end;
	f->outcome = outcomes[fate];
	f->severity = severity_of(s, fate);
	f->confidence = confidence_here(
		m->conn, s->certain ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
	f->first_ts = s->first_ts;
	f->last_ts = s->last_ts;
	f->count = s->n;
	f->frames = s->frames;
	tell(s, m->conn, f, fate);
}

static bool judge(const void *watch, const struct moment *m, unsigned i,
                  struct finding *out)
{
	const struct watch *w = watch;
	if (i >= STORIES_MAX || w->story[i].n == 0)
		return false;
	judge_story(&w->story[i], m, out);
	out->story = (uint8_t)i;
	return true;
}

/* clang-format off */
static const struct field fields[] = {
	{ "rst_incarnation", FIELD_COUNT,
	  offsetof(struct detail, rst_incarnation), .required = true,
	  .meaning = "the incarnation that the RST belongs to" },
	{ "rst_flow_id", FIELD_ID, offsetof(struct detail, rst_flow_id),
	  .meaning = "flow_id of that incarnation" },
	{ "rst_of", FIELD_WORD, offsetof(struct detail, rst_of),
	  .words = subjects, .required = true,
	  .meaning = "whether it ends a connection or refuses a SYN" },
	{ "recognised_by", FIELD_WORD, offsetof(struct detail, recognised_by),
	  .words = signs, .required = true,
	  .meaning = "what tells that it is not of this incarnation" },
	{ "gap_us", FIELD_DURATION, offsetof(struct detail, gap), "us",
	  "how long after the last packet of its own incarnation it came; "
	  "where it refuses an earlier copy of this incarnation's SYN, how "
	  "long after the first", .required = true },
	{ "position", FIELD_WORD, offsetof(struct detail, position),
	  .words = positions,
	  .meaning = "where its SEQ lies for the end that it reaches; absent "
		     "in SYN-SENT, which has no window yet" },
	{ "duplicate", FIELD_BOOL, offsetof(struct detail, duplicate),
	  .required = true,
	  .meaning = "an RST of that end was seen in its own incarnation too, "
		     "so this may be a second copy of it" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_stale_rst = {
	.kind = {
		.name = "stale_rst",
		.summary = "an RST of an earlier connection arrived in a later "
			   "one of the same four-tuple",
		.source = "RFC 9293 sections 3.4.2 and 3.10.7; RFC 5961 "
			  "section 3; RFC 7323 section 5; Linux "
			  "tcp_validate_incoming()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"The same addresses and ports can carry one connection after another. A reset "
"that was sent in one of them, and was held up on the way, may arrive in the "
"next. TCP tells the two apart by sequence numbers alone: a reset carries no "
"name of its connection, and PAWS does not examine it.\n"
"If its number happens to be exactly the one expected, a healthy connection "
"dies and both programs see \"connection reset by peer\" for which neither is "
"to blame. If it lies elsewhere in the window, a stack that follows RFC 5961 "
"answers with a challenge ACK; outside the window it is dropped.",
		.evidence =
"The SYN of the new connection was seen, the earlier one ended at most 240 s "
"before, and the reset can only be of that one. Certain if its timestamp, or "
"the one it echoes, is older than the new connection; if it refuses, by its "
"ACK number, the SYN of the earlier one; or if its SEQ is exactly where the "
"earlier one stood and has no place in the new one. Likely if its SEQ merely "
"lies among the numbers of the earlier one.\n"
"A refusal of an earlier copy of the same SYN counts too, once the peer has "
"accepted a later copy.\n"
"The outcome is what the end does next: silence or a plain RST means that it "
"was killed, an unprompted ACK that it challenged the reset, anything else "
"that it ignored it.",
		.lookalikes =
"A new client that still meets the old connection at the other end refuses "
"that end's ACK with a reset: it has old numbers, but was sent just now and "
"clears the way (half_open_cleanup). A reset by a box on the path, which "
"shows by another hop count. A reset that the new connection caused itself.",
		.remedy =
"Let TIME-WAIT last: do not bind clients to a fixed port, leave tcp_tw_reuse "
"off (or raise tcp_tw_reuse_delay), and do not lower tcp_max_tw_buckets.\n"
"Close with FIN: a connection that is aborted leaves no TIME-WAIT behind, so "
"its port is free at once and its stray packets meet the next connection.\n"
"Keep timestamps on, and use a stack with RFC 5961 where the reset arrives. "
"tcp_fin_timeout has no influence on TIME-WAIT, which lasts 60 s on Linux.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_STALE_RST,
	.follows = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.observe = observe,
	.judge = judge,
};
