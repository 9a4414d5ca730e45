/*
 * half_open_cleanup: a SYN met an end that still held an older connection.
 *
 *      A                         tap                         B
 *   SYN-SENT   --- SYN ----------|------------------->  LAST-ACK, say
 *              <-- ACK, old -----|--------------------
 *              --- RST ----------|------------------->  CLOSED
 *              --- SYN again ----|------------------->  SYN-RECEIVED
 *
 * RFC 9293 section 3.5.1, figure 9. The answer and the RST have
 * numbers of the older life, but they belong to the opening of the new one,
 * and the finding is made there.
 */
#include "base/text.h"
#include "detect/detector.h"

#define FRAMES_MAX 12

struct watch {
	uint64_t previous_flow_id; /* 0: not known */
	uint8_t held;              /* enum tcp_state of the end that held it */
	uint8_t end;
	uint32_t n_answers;
	uint32_t n_rsts;    /* by the end that opens */
	uint32_t n_matched; /* those that refuse a captured answer */
	bool old_syn_ack;   /* it answered with a SYN+ACK: figure 8 */
	bool syn_again;
	bool refused;
	int64_t last_answer; /* position that the newest acknowledges */
	int64_t opened_ts;   /* the SYN+ACK; 0: none */
	int64_t last_ts;
	uint8_t n_frames;
	uint64_t frame[FRAMES_MAX]; /* without the SYN */
};

static void note(struct watch *w, const struct step *step)
{
	w->last_ts = step->ts;
	if (w->n_frames < FRAMES_MAX)
		w->frame[w->n_frames++] = step->seg->frame;
}

/* Something with an ACK that the opening end, in SYN-SENT, cannot take. */
static void saw_answer(struct watch *w, const struct step *step)
{
	w->n_answers++;
	w->last_answer = step->ack;
	note(w, step);
}

static void saw_refusal(struct watch *w, const struct step *step)
{
	const struct past *past = past_open(step->pasts);
	const bool matched = w->n_answers > 0 && step->seq == w->last_answer;
	if (w->n_rsts == 0) {
		w->end = (uint8_t)step->to;
		w->old_syn_ack = end_is(&step->conn->end[step->to], END_SYN);
	}
	if (w->n_rsts == 0 && past) {
		const uint8_t state = past->state[step->to];
		w->previous_flow_id = past->flow_id;
		w->held = state == CLOSED ? past->prior[step->to] : state;
	}
	w->n_rsts++;
	w->n_matched += matched;
	note(w, step);
}

static void saw_syn(struct watch *w, const struct step *step)
{
	if (w->n_rsts == 0 || w->opened_ts != 0)
		return;
	if (step->from != w->end) {
		w->syn_again = true;
		note(w, step);
	} else if (step->ack == 1) {
		w->opened_ts = step->ts;
		note(w, step);
	}
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	const struct conn *c = step->conn;
	if (step_is(step, STEP_RST)) {
		if (step->rst.half_open)
			saw_refusal(w, step);
		else if (w->n_rsts > 0 && step->from == w->end &&
		         step->rst.accepted && w->opened_ts == 0)
			w->refused = true;
	} else if (step_is(step, STEP_SYN | STEP_SYN_COPY)) {
		saw_syn(w, step);
	} else if (step->from != c->opener && step->ack != CONN_NEVER &&
	           c->end[c->opener].state == SYN_SENT) {
		saw_answer(w, step);
	}
}

/* ---- judging --------------------------------------------------------------
 */

/*
 * Without the answer, that the SYN was repeated must tell. An end that accepts
 * the first SYN held nothing: the answer was a straggler of the older life.
 */
static bool is_cleanup(const struct watch *w)
{
	if (w->n_rsts == 0 || (w->opened_ts != 0 && !w->syn_again))
		return false;
	return w->n_matched > 0 ||
	       (!w->old_syn_ack && w->n_answers == 0 && w->syn_again);
}

/* clang-format off */
static const char *const outcomes[] = {
	"cleared", "refused", "blocked", "undecided", NULL
};
/* clang-format on */

static const char *outcome_of(const struct watch *w)
{
	if (w->opened_ts != 0)
		return outcomes[0];
	if (w->refused)
		return outcomes[1];
	return outcomes[w->n_rsts > 1 ? 2 : 3];
}

static enum confidence sure_of(const struct watch *w)
{
	return w->n_matched > 0 && w->syn_again ? CONFIDENCE_CERTAIN
	                                        : CONFIDENCE_LIKELY;
}

struct detail {
	uint64_t previous_flow_id;
	const char *held_state;
	int64_t answers, resets;
	int64_t delay;
};

static void tell(const struct watch *w, const struct moment *m,
                 struct finding *f)
{
	const struct conn *conn = m->conn;
	char held[40] = "", took[40 + SPAN_TEXT_MAX] = "", span[SPAN_TEXT_MAX];
	const char *ending = "nothing tells what became of it";
	if (w->held != UNKNOWN)
		text_print(held, sizeof(held), " in %s",
		           tcp_state_shown((enum tcp_state)w->held));
	if (w->opened_ts != 0) {
		span_text(w->opened_ts - conn->first_ts, span);
		text_print(took, sizeof(took),
		           "it was accepted %s after the SYN", span);
		ending = took;
	} else if (w->refused) {
		ending = "then the SYN was refused";
	} else if (w->n_rsts > 1) {
		ending = "that did not help";
	}
	text_print(
		f->message, sizeof(f->message),
		"the SYN of the %s met a %s that still held an older "
		"connection%s: its answer had old numbers and was refused by "
		"%u RST%s; %s",
		end_role(conn, !w->end), end_role(conn, w->end), held,
		w->n_rsts, w->n_rsts == 1 ? "" : "s", ending);
}

static void put_frames(const struct watch *w, const struct conn *conn,
                       struct numbers *frames)
{
	numbers_add(frames, (int64_t)conn->first_frame); /* the SYN */
	for (unsigned i = 0; i < w->n_frames; i++)
		numbers_add(frames, (int64_t)w->frame[i]);
}

static bool judge(const void *watch, const struct moment *m, unsigned i,
                  struct finding *f)
{
	const struct watch *w = watch;
	if (i > 0 || !is_cleanup(w))
		return false;
	struct detail *d = f->detail;
	d->previous_flow_id = w->previous_flow_id;
	d->held_state = w->held == UNKNOWN
	                        ? NULL
	                        : tcp_state_name((enum tcp_state)w->held);
	d->answers = w->n_answers;
	d->resets = w->n_rsts;
	d->delay =
		w->opened_ts != 0 ? w->opened_ts - m->conn->first_ts : ABSENT;
	f->end = (enum finding_end)w->end;
	f->outcome = outcome_of(w);
	f->severity = w->n_rsts > 1 ? SEVERITY_WARNING : SEVERITY_INFO;
	f->confidence = confidence_here(m->conn, sure_of(w));
	f->first_ts = m->conn->first_ts;
	f->last_ts = w->last_ts;
	f->count = w->n_rsts;
	put_frames(w, m->conn, &f->frames);
	tell(w, m, f);
	return true;
}

/* clang-format off */
static const struct field fields[] = {
	{ "previous_flow_id", FIELD_ID,
	  offsetof(struct detail, previous_flow_id),
	  .meaning = "flow_id of the connection that was still held, if it is "
		     "known" },
	{ "held_state", FIELD_WORD, offsetof(struct detail, held_state),
	  .words = state_words,
	  .meaning = "the state in which the end held it, if it is known" },
	{ "answers", FIELD_COUNT, offsetof(struct detail, answers),
	  .meaning = "segments with old numbers that answered the SYN",
	  .required = true },
	{ "resets", FIELD_COUNT, offsetof(struct detail, resets),
	  .meaning = "RSTs by which the opening end refused them",
	  .required = true },
	{ "delay_us", FIELD_DURATION, offsetof(struct detail, delay), .unit = "us",
	  .meaning = "from the SYN to the SYN+ACK: what it cost" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_half_open_cleanup = {
	.kind = {
		.name = "half_open_cleanup",
		.summary = "a SYN met an end that still held an older "
			   "connection of the same four-tuple, and reset it",
		.source = "RFC 9293 sections 3.5.1 and 3.10.7.4; RFC 5961 "
			  "section 4; Linux tcp_rcv_synsent_state_process()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"An end can lose its connection without the other noticing: it crashed, was cut "
"off, or closed and left TIME-WAIT while the last ACK was lost. When it opens the "
"same four-tuple again, the other end answers the SYN with an ACK that has the old "
"numbers. The opener refuses that with an RST, which ends the old connection, and "
"its next SYN is accepted.\n"
"So TCP repairs itself, at the cost of a round trip and some 10 ms on a recent "
"Linux, or of 1 s on stacks that wait for their timer.",
		.evidence =
"After the SYN: an ACK with numbers that do not belong to it, an RST without ACK "
"whose SEQ is the number which that acknowledged, the same SYN again, a SYN+ACK. "
"Certain if all of that was captured; likely if a part is missing.\n"
"The finding is made on the new connection, where Wireshark shows these packets "
"too. `end` is the end that held the old one. Where that was in TIME-WAIT, the RST "
"ended TIME-WAIT as well; that is told here and not again.",
		.lookalikes =
"An RST of the older connection that arrives late (stale_rst): no answer with old "
"numbers came before it. A straggler of the older connection, which the opener "
"refuses too, while the first SYN is accepted. A SYN+ACK for a SYN of long ago, which is refused in the "
"same way (RFC 9293 section 3.5, figure 8).",
		.remedy =
"None if it is rare. Many of them with held_state last_ack: last ACKs are lost, "
"see lost_final_ack. With established or close_wait: clients vanish without a "
"FIN; let the application or a keep-alive notice.\n"
"Outcome blocked: the RST does not reach the other end; a firewall that "
"tracks connections may drop it as invalid, or the ACK that should draw it.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_OUT_OF_WINDOW | STEP_RST,
	.follows = STEP_OUT_OF_WINDOW | STEP_RST | STEP_SYN | STEP_SYN_COPY,
	.observe = observe,
	.judge = judge,
};
