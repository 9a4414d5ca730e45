/*
 * data_after_close: an end closed wholly while its peer still sent.
 *
 *      A                         tap                         B
 *   FIN-WAIT-1  --- FIN ---------------------------------> CLOSE-WAIT
 *   FIN-WAIT-2  <-- ACK ----------------------------------
 *               <-- data ---------------------------------
 *   CLOSED      --- RST, SEQ = the data's ACK -----------> CLOSED
 *
 * shutdown() and close() look the same until data comes: who has shut down
 * takes it, who has closed has nobody to read it and sends a plain RST at once
 * (RFC 1122 section 4.2.2.13); lwIP's has an ACK (tcp_abort() by tcp_input()).
 * An orphan whose tcp_fin_timeout ran out answers in the same way; but only who
 * has closed is an orphan (tcp_close()), so it is the close either way. After
 * the default of that timer the time is what is odd, and that is left to
 * fin_wait_2_timeout.
 */
#include "base/text.h"
#include "detect/detector.h"

#define QUIET INT64_C(60000000000) /* tcp_fin_timeout */

/* What an end that has sent a FIN is sent, and answers. */
struct side {
	uint32_t n_rst;
	bool reset;  /* it answered late data, by its own RST */
	bool exact;  /* the RST names that data by its ACK */
	bool by_fin; /* that data is missed: a FIN behind it drew the RST */
	bool accepted;
	bool peer_goes_on; /* since the newest RST */
	int64_t quiet;     /* before the first data since its last word */
	int64_t gap;       /* from the FIN to the data that drew the RST */
	int64_t data_ts, data_ack;
	int64_t rst_ts, last_ts;
	uint64_t data_frame; /* 0: none seen */
	struct frames frames;
};

struct watch {
	struct side side[2]; /* by the end that closed */
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void saw_data(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_sent_fin(step->conn, step->to);
	const int64_t heard =
		later(step->conn->end[step->to].last_ts, fin->acked_ts);
	const bool is_text = step->seg->payload_len > 0;
	if (s->reset)
		return;
	if (s->data_frame == 0 || heard > s->data_ts)
		s->quiet = fin->acked_ts == CONN_NEVER ? 0 : step->ts - heard;
	s->data_ts = step->ts;
	s->data_ack = step->ack;
	if (!is_text && s->data_frame > 0)
		return; /* the data before it says more */
	s->by_fin = !is_text;
	s->gap = step->ts - fin->first_ts;
	s->data_frame = step->seg->frame;
}

/* The end was not closed before: no RST had reached it, nor left it. */
static bool ends_by_it(const struct step *step)
{
	for (unsigned i = 0; i < step->n_changes; i++) {
		const struct state_change *change = &step->change[i];
		if (change->end == step->from && change->event == SENT_RST)
			return true;
	}
	return false;
}

/* Late data is outstanding; or older data, that crossed the FIN. */
static bool answers_data(const struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_fin(step->conn, step->from);
	if (!fin || conn_unacked(step->conn, step->to) == 0 ||
	    !ends_by_it(step))
		return false;
	if (step->rst.form == RST_ABORT)
		return rst_answers_late_data(step, s->data_ts);
	if (step->rst.form != RST_PLAIN)
		return false;
	if (s->data_frame > 0)
		return s->quiet < QUIET;
	return step->ts - fin->first_ts <=
	       conn_crossing(step->conn, step->from);
}

static void saw_rst(struct side *s, const struct step *step)
{
	if (!s->reset) {
		if (!answers_data(s, step))
			return;
		s->reset = true;
		s->exact = s->data_frame > 0 && step->seq == s->data_ack &&
		           step->rst.form == RST_PLAIN;
		frames_add(&s->frames,
		           conn_sent_fin(step->conn, step->from)->first_frame);
		if (s->data_frame > 0)
			frames_add(&s->frames, s->data_frame);
	}
	s->n_rst++;
	s->accepted |= step->rst.accepted;
	s->peer_goes_on = false;
	s->rst_ts = s->last_ts = step->ts;
	frames_add(&s->frames, step->seg->frame);
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	struct side *own = &w->side[step->from], *other = &w->side[step->to];
	if (step_is(step, STEP_RST)) {
		if (!step_is(step, STEP_STALE_RST))
			saw_rst(own, step);
		return;
	}
	if (step_is(step, STEP_LATE_DATA))
		saw_data(other, step);
	if (other->reset &&
	    step->ts - other->rst_ts > conn_crossing(step->conn, step->from)) {
		other->peer_goes_on = true;
		other->last_ts = step->ts;
	}
}

/* ---- judging ------------------------------------------------------------- */

struct detail {
	int64_t lost_bytes, gap, rsts;
};

static void tell_when(const struct side *s, const char *peer, char *text,
                      size_t size)
{
	char span[SPAN_TEXT_MAX];
	if (s->data_frame == 0)
		text_print(text, size, "when the %s still sent data", peer);
	else if (s->by_fin)
		text_print(text, size,
		           "before it had all that the %s sent, whose FIN came "
		           "%s after its own",
		           peer, span_text(s->gap, span));
	else
		text_print(text, size,
		           "when the %s still sent data, %s after its FIN",
		           peer, span_text(s->gap, span));
}

static void tell(const struct side *s, const struct conn *conn, unsigned end,
                 struct finding *f)
{
	char when[128];
	const struct detail *d = f->detail;
	tell_when(s, end_role(conn, !end), when, sizeof(when));
	text_print(f->message, sizeof(f->message),
	           "the %s had closed %s: it answered with RST, and %lld "
	           "bytes are lost%s",
	           end_role(conn, end), when, (long long)d->lost_bytes,
	           s->peer_goes_on ? "; the sender went on" : "");
}

/*
 * A client that has enough goes every day. A server that does not read on is
 * worse: the RST can destroy its last answer before the client has read that
 * (RFC 9112 section 9.6).
 */
static enum severity severity_of(const struct conn *conn, unsigned end)
{
	return end == conn->opener ? SEVERITY_NOTICE : SEVERITY_WARNING;
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[end];
	const struct fin_story *fin = conn_fin(m->conn, end);
	if (!s->reset || !fin || conn_foreign_rst(m->conn, end) != GRADE_NONE)
		return false;
	struct detail *d = f->detail;
	d->lost_bytes = conn_unacked(m->conn, !end);
	d->gap = s->data_frame > 0 ? s->gap : ABSENT;
	d->rsts = s->n_rst;
	f->end = (enum finding_end)end;
	f->outcome = s->accepted && !s->peer_goes_on ? "reset" : "undecided";
	f->severity = severity_of(m->conn, end);
	f->confidence = confidence_here(m->conn, s->exact ? CONFIDENCE_CERTAIN
	                                                  : CONFIDENCE_LIKELY);
	f->first_ts = fin->first_ts;
	f->last_ts = s->last_ts;
	f->count = s->n_rst;
	frames_tell(&s->frames, f);
	tell(s, m->conn, end, f);
	return true;
}

/* clang-format off */
static const char *const outcomes[] = { "reset", "undecided", NULL };

static const struct field fields[] = {
	{ "lost_bytes", FIELD_COUNT, offsetof(struct detail, lost_bytes),
	  .unit = "bytes",
	  .meaning = "payload that was sent to the closed end and never "
		     "acknowledged", .required = true },
	{ "gap_us", FIELD_DURATION, offsetof(struct detail, gap),
	  .unit = "us",
	  .meaning = "from the FIN to the data, or the peer's FIN, that was "
		     "reset; absent if the data had passed before the FIN" },
	{ "rsts", FIELD_COUNT, offsetof(struct detail, rsts),
	  .meaning = "RSTs that answered", .required = true },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_data_after_close = {
	.kind = {
		.name = "data_after_close",
		.summary = "an end closed wholly while its peer still sent, "
			   "and reset the data",
		.source = "RFC 9293 section 3.10.7.1; RFC 1122 section "
			  "4.2.2.13; RFC 9112 section 9.6; Linux "
			  "tcp_rcv_state_process()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"close() gives up both directions. What the peer sends from then on has no reader, "
"so the kernel answers it with RST: the peer's program gets \"connection reset by "
"peer\" or \"broken pipe\", and its data is lost.\n"
"Clients do this when they have seen enough. If a server does it, the RST can reach "
"the client before its program has read the server's last answer, which is then "
"discarded with the rest.",
		.evidence =
"A FIN; then data towards the end that sent it, new or sent again, that it had not "
"acknowledged, or a FIN behind such data; then a plain RST from that end whose SEQ is "
"the ACK of that segment: certain.\n"
"Likely if the data had passed just before the FIN, within the round trip that it "
"takes to be answered; or if the answer is RST+ACK, which lwIP and gVisor send: a "
"program of Linux that had only shut down may have closed just then, with that data "
"unread.\n"
"The data came less than 60 s after the FIN was acknowledged, or after the end's "
"last word. A shorter tcp_fin_timeout may have run out by then, which changes "
"nothing: who has closed takes no data before, either.",
		.lookalikes =
"A half-close: who has only shut down acknowledges the data. FIN-WAIT-2 that timed "
"out (fin_wait_2_timeout): a late FIN, or data after 60 s of silence. A FIN or an "
"ACK that draws an RST: nothing is lost. A third party's RST. RST+ACK that answers "
"no data (abortive_close).",
		.remedy =
"In the program that closes: shut down for writing, read until the peer's FIN (with "
"a time limit and a limit of bytes), then close. In the program that sends: treat "
"a FIN as \"nobody listens\" if the protocol says so, and be prepared for a reset.\n"
"No sysctl helps: tcp_fin_timeout does not decide whether data is taken.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_LATE_DATA | STEP_RESET,
	.follows = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.in_close = true,
	.observe = observe,
	.judge_end = judge_end,
};
