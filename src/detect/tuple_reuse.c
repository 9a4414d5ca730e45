/*
 * tuple_reuse: a new connection on a four-tuple that one end had not finished
 * with.
 *
 *      A                         tap                         B
 *   TIME-WAIT  --- ACK ----------|------------------->  CLOSED
 *   SYN-SENT   --- SYN ----------|------------------->  SYN-RECEIVED
 *
 * Numbers, timestamps and TIME-WAIT exist to keep the two lives apart; where
 * the second begins within the first one's TIME-WAIT, or while an end still
 * holds the first, they are all there is.
 */
#include "base/text.h"
#include "detect/detector.h"

#define SECOND          INT64_C(1000000000)
#define TIME_WAIT_LASTS (60 * SECOND) /* Linux TCP_TIMEWAIT_LEN */
#define FRAMES_MAX      4

struct watch {
	uint64_t previous_flow_id;
	int64_t gap;
	int64_t last_ts;
	uint8_t opener;
	uint8_t state[2];     /* enum tcp_state: as the SYN found them */
	uint8_t prior[2];     /* before they closed */
	uint8_t took_over[2]; /* enum took_over */
	bool answered;        /* with numbers of the life before */
	bool rejected;        /* which the opener refused by RST */
	bool again;           /* and sent its SYN once more */
	bool accepted, refused;
	/* The last packet before, the SYN, an old answer, the answer. */
	uint8_t n_frames;
	uint64_t frame[FRAMES_MAX];
};

static void note(struct watch *w, uint64_t frame)
{
	if (w->n_frames < FRAMES_MAX)
		w->frame[w->n_frames++] = frame;
}

static void saw_syn(struct watch *w, const struct step *step)
{
	const struct past *past = past_open(step->pasts);
	w->opener = (uint8_t)step->from;
	w->previous_flow_id = past->flow_id;
	w->gap = step->ts - past->ended;
	w->last_ts = step->ts;
	for (unsigned end = 0; end < 2; end++) {
		w->state[end] = past->state[end];
		w->prior[end] = past->prior[end];
	}
	w->took_over[step->from] = (uint8_t)step->took_over;
	note(w, past->last_frame);
	note(w, step->seg->frame);
}

static void saw_answer(struct watch *w, const struct step *step)
{
	w->last_ts = step->ts;
	note(w, step->seg->frame);
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	const enum tcp_state opener =
		(enum tcp_state)step->conn->end[w->opener].state;
	if (step_is(step, STEP_REOPENS)) {
		saw_syn(w, step);
	} else if (w->accepted || w->refused) {
		return;
	} else if (step->from == w->opener) {
		w->again |= w->rejected && step_is(step, STEP_SYN_COPY);
		w->rejected |= w->answered && step_is(step, STEP_RST) &&
		               step->rst.half_open;
	} else if (step_is(step, STEP_SYN) && step->ack == 1) {
		w->accepted = true;
		w->took_over[step->from] = (uint8_t)step->took_over;
		saw_answer(w, step);
	} else if (step_is(step, STEP_RST)) {
		w->refused = step->rst.accepted && opener == CLOSED;
		if (w->refused)
			saw_answer(w, step);
	} else if (step_is(step, STEP_OUT_OF_WINDOW) && opener == SYN_SENT &&
	           step->ack != CONN_NEVER && !w->answered) {
		w->answered = true;
		saw_answer(w, step);
	}
}

/* ---- judging --------------------------------------------------------------
 */

static bool is_held(enum tcp_state state)
{
	return state != UNKNOWN && state != SYN_SENT && state != CLOSED;
}

static bool is_marked(const struct watch *w)
{
	return w->took_over[0] != TOOK_NOTHING ||
	       w->took_over[1] != TOOK_NOTHING;
}

/* The other end answered because it held the life before; a straggler out of
 * that life does not keep it from accepting the SYN. */
static bool old_end_answered(const struct watch *w)
{
	return w->answered && (w->again || !w->accepted);
}

/*
 * What the new life met: what the other end answered from; TIME-WAIT, if its
 * mark is there; else what the other end is presumed to have been in, and if
 * that is closed, the opener.
 */
static enum tcp_state met(const struct watch *w)
{
	const enum tcp_state own = (enum tcp_state)w->state[w->opener];
	enum tcp_state other = (enum tcp_state)w->state[!w->opener];
	const bool answered = old_end_answered(w);
	if (answered && !is_held(other))
		other = (enum tcp_state)w->prior[!w->opener];
	if (is_marked(w) && !answered)
		return TIME_WAIT;
	return is_held(other) ? other : own;
}

/* clang-format off */
enum mark { TW_REUSE, SERVER_REOPENED, NONE };

static const char *const marks[] = {
	[TW_REUSE] = "tw_reuse", [SERVER_REOPENED] = "server_reopened",
	[NONE] = "none", NULL
};

static const char *const outcomes[] = {
	"accepted", "refused", "undecided", NULL
};
/* clang-format on */

static enum mark mark_of(const struct watch *w)
{
	if (w->took_over[w->opener] != TOOK_NOTHING)
		return TW_REUSE;
	return w->took_over[!w->opener] != TOOK_NOTHING ? SERVER_REOPENED
	                                                : NONE;
}

/* Reuse after all was over, or after a reset, concerns nobody. */
static bool concerns(const struct watch *w)
{
	return is_marked(w) || old_end_answered(w) ||
	       (w->gap <= TIME_WAIT_LASTS && is_held(met(w)));
}

static const char *outcome_of(const struct watch *w)
{
	if (w->accepted)
		return outcomes[0];
	return outcomes[w->refused || w->answered ? 1 : 2];
}

struct detail {
	uint64_t previous_flow_id;
	int64_t gap;
	const char *into;
	const char *fingerprint;
};

static void tell(const struct watch *w, const struct conn *conn,
                 struct finding *f)
{
	const enum mark mark = mark_of(w);
	char span[SPAN_TEXT_MAX];
	struct text t = text_begin(f->message, sizeof(f->message));
	text_add(&t, "the ");
	text_add(&t, end_role(conn, w->opener));
	text_add(&t, " opened this four-tuple again ");
	text_add(&t, span_text(w->gap, span));
	text_add(&t, " after the last packet of the connection before, and "
	             "met it in ");
	text_add(&t, tcp_state_shown(met(w)));
	text_add(&t, "; its SYN");
	if (mark == TW_REUSE)
		text_add(&t, ", out of TIME-WAIT,");
	text_add(&t, " was ");
	text_add(&t, f->outcome == outcomes[2] ? "not answered" : f->outcome);
	if (mark == SERVER_REOPENED)
		text_add(&t, " out of TIME-WAIT");
	if (w->again)
		text_add(&t, " after the old end had been reset");
}

static bool judge(const void *watch, const struct moment *m, unsigned i,
                  struct finding *f)
{
	const struct watch *w = watch;
	if (i > 0 || !concerns(w))
		return false;
	struct detail *d = f->detail;
	d->previous_flow_id = w->previous_flow_id;
	d->gap = w->gap;
	d->into = tcp_state_name(met(w));
	d->fingerprint = marks[mark_of(w)];
	f->end = (enum finding_end)w->opener;
	f->outcome = outcome_of(w);
	f->severity = w->again ? SEVERITY_WARNING : SEVERITY_INFO;
	f->confidence = confidence_here(m->conn, is_marked(w) || w->answered
	                                                 ? CONFIDENCE_CERTAIN
	                                                 : CONFIDENCE_LIKELY);
	f->first_ts = m->conn->first_ts;
	f->last_ts = w->last_ts;
	f->count = 1;
	for (unsigned n = 0; n < w->n_frames; n++)
		numbers_add(&f->frames, (int64_t)w->frame[n]);
	tell(w, m->conn, f);
	return true;
}

/* clang-format off */
static const struct field fields[] = {
	{ "previous_flow_id", FIELD_ID,
	  offsetof(struct detail, previous_flow_id),
	  .meaning = "flow_id of the connection before" },
	{ "gap_us", FIELD_DURATION, offsetof(struct detail, gap), "us",
	  "from the last packet of the connection before to the SYN",
	  .required = true },
	{ "into", FIELD_WORD, offsetof(struct detail, into),
	  .words = state_words, .required = true,
	  .meaning = "the state in which the new connection met the one before: "
		     "that of the other end, or if that was closed, of the "
		     "end that opened again" },
	{ "fingerprint", FIELD_WORD, offsetof(struct detail, fingerprint),
	  .words = marks, .required = true,
	  .meaning = "what proves that TIME-WAIT was left for it: the SYN goes "
		     "on from the old sequence number or timestamps (tw_reuse), "
		     "or the SYN+ACK does (server_reopened)" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_tuple_reuse = {
	.kind = {
		.name = "tuple_reuse",
		.summary = "a four-tuple was opened again within TIME-WAIT, or "
			   "while an end still held the connection before",
		.source = "RFC 9293 section 3.6.1; RFC 6191; RFC 7323 appendix "
			  "B.2; Linux tcp_timewait_state_process(), "
			  "tcp_twsk_unique()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"TIME-WAIT keeps a four-tuple out of use until its last packets have died. A new "
"connection may still come earlier: the server takes a SYN that is newer than "
"all it has seen (RFC 6191), and a client may leave its own TIME-WAIT for a new "
"connection, when tcp_tw_reuse allows it or when the program binds a fixed port.\n"
"It is an ordinary thing on a busy proxy and does no harm as long as timestamps "
"keep the two apart. It is told because stray packets of the old connection are "
"of the new one's ports, and because a high rate of it means that ports are short.",
		.evidence =
"The SYN has another sequence number than the one before, and comes at most 60 s "
"after the last packet of a connection that an end was in TIME-WAIT of or had not "
"finished, or it draws an answer with old numbers.\n"
"Certain if Linux left its mark: an initial sequence number of exactly the old "
"SND.NXT + 65537, in the SYN or in the SYN+ACK, or a SYN without ACK that echoes a "
"timestamp of the old connection. Certain too if the old end answered. Likely "
"otherwise, for nobody sees whether TIME-WAIT was still held.",
		.lookalikes =
"A repeated SYN has the same sequence number. Reuse more than 60 s after the end, "
"after a reset or a refused SYN is not told. A SYN of another host behind the same "
"address translation looks alike, without the mark.",
		.remedy =
"None if it is rare. It is a warning where the SYN met an end that had not finished "
"and had to be reset: see half_open_cleanup.\n"
"Where it is frequent: keep connections open and use them again, use more ports "
"or addresses, do not bind clients to fixed ports, leave timestamps on. "
"tcp_tw_reuse_delay sets how long a client waits; tcp_fin_timeout does not change "
"TIME-WAIT.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_REOPENS,
	.follows = STEP_SYN | STEP_SYN_COPY | STEP_RST | STEP_OUT_OF_WINDOW,
	.observe = observe,
	.judge = judge,
};
