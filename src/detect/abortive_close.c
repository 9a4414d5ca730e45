/*
 * abortive_close: an end ended the connection by RST instead of FIN.
 *
 *      A                         tap                         B
 *   ESTABLISHED ------------ data -----------------------> ESTABLISHED
 *   CLOSED      <----------- RST+ACK --------------------- CLOSED
 *
 * Why it did so a tap can only guess from what was outstanding:
 *
 *   unread_data    bytes that its program had not taken (RFC 2525, 2.17)
 *   keep_alive     its keep-alives were not answered
 *   half_open      it knows of no such connection: a plain RST answers
 *   linger_or_kill nothing of that: SO_LINGER 0, ss -K, a crash, a limit
 *   unknown        a plain RST that answers nothing
 */
#include "base/text.h"
#include "detect/detector.h"

#define SHORTLY_MS 1000

/* What one end that resets did. */
struct side {
	uint32_t n_keep_alives; /* since its peer spoke last */
	uint32_t n_rst;         /* 0: it has not aborted */
	uint8_t kind;           /* enum kind */
	uint8_t sure;           /* enum confidence, of the kind */
	uint8_t before;         /* enum tcp_state, when it aborted */
	bool peer_closed;       /* the peer's FIN had passed */
	bool accepted;
	bool peer_goes_on; /* since the newest RST */
	int64_t peer_unacked, own_unacked;
	int64_t keep_alive_ts; /* first unanswered */
	int64_t late_ts;       /* newest STEP_LATE_DATA to it; 0: none */
	int64_t first_ts, last_ts, rst_ts;
	struct frames frames;
};

struct watch {
	struct side side[2]; /* by the end that aborts */
};

enum kind { UNREAD_DATA, KEEP_ALIVE, HALF_OPEN, LINGER_OR_KILL, UNEXPLAINED };

/* ---- which RSTs ---------------------------------------------------------- */

/* The state that the RST ended, CLOSED if it ended none: a copy, an answer of
 * an end that another RST had closed, or nothing of this life. */
static enum tcp_state state_ended(const struct step *step)
{
	for (unsigned i = 0; i < step->n_changes; i++) {
		const struct state_change *change = &step->change[i];
		if (change->end == step->from && change->event == SENT_RST)
			return (enum tcp_state)change->from;
	}
	return CLOSED;
}

/* Who never answers the SYN+ACK but by RST opened nothing; unless that stands
 * behind data, which it has overtaken or which is lost. */
static bool was_opened(const struct step *step)
{
	const struct conn *c = step->conn;
	const struct end *opener = &c->end[c->opener];
	return c->midstream || opener->handshake == GRADE_CERTAIN ||
	       (step->rst.form == RST_ABORT && step->seq > 1) ||
	       (!end_is(opener, END_SPOKE) && c->end[step->from].bytes > 0);
}

static bool is_open(enum tcp_state state)
{
	return state == ESTABLISHED || state == CLOSE_WAIT ||
	       state == FIN_WAIT_1 || state == FIN_WAIT_2;
}

/* It answers the peer's newest segment by taking over its ACK. */
static bool is_answer(const struct step *step)
{
	const struct end *x = &step->conn->end[step->from];
	const struct end *y = &step->conn->end[step->to];
	return end_is(y, END_SPOKE) && step->seq == x->snd_una &&
	       y->last_ts >= step->ts - step->idle;
}

/* Nothing came since the end last spoke, and it had acknowledged all. */
static bool answers_nothing(const struct step *step)
{
	const struct end *y = &step->conn->end[step->to];
	return end_is(y, END_SPOKE) && y->last_ts < step->ts - step->idle &&
	       conn_unacked(step->conn, step->to) == 0;
}

/*
 * After both FINs every byte is accounted for: an RST then tidies up. A plain
 * RST of an end that has sent its FIN answers, if anything, what came too late
 * for it: data, a FIN, an ACK; others tell of those, and of late data however
 * it is answered.
 */
static bool is_abort(const struct side *s, const struct step *step)
{
	const struct conn *c = step->conn;
	const bool closed = conn_fin(c, step->from) != NULL;
	const bool plain = step->rst.form == RST_PLAIN;
	if (step->rst.form == RST_REFUSAL ||
	    step->rst.belongs != RST_OF_CONNECTION ||
	    c->closing->rst[step->to].ts != CONN_NEVER)
		return false;
	if (closed &&
	    (conn_fin(c, step->to) || (plain && !answers_nothing(step)) ||
	     rst_answers_late_data(step, s->late_ts)))
		return false;
	return is_open(state_ended(step)) && was_opened(step);
}

/* ---- why ----------------------------------------------------------------- */

/* The peer's newest bytes came shortly before, and it sent none since. */
static bool owes_an_answer(const struct step *step)
{
	const struct end *x = &step->conn->end[step->from];
	const struct end *y = &step->conn->end[step->to];
	const uint32_t now = (uint32_t)(step->ts / 1000000);
	return y->bytes > 0 && now - y->data_ms <= SHORTLY_MS &&
	       (x->bytes == 0 || now - x->data_ms > now - y->data_ms);
}

/*
 * Bytes that no segment acknowledged before the RST, or a closed window, were
 * not read. A server that got a request and says nothing may have read it or
 * not; a client that got an answer has no more to say.
 */
static bool has_unread(const struct step *step, enum confidence *sure)
{
	const struct end *x = &step->conn->end[step->from];
	*sure = CONFIDENCE_LIKELY;
	if (conn_unacked(step->conn, step->to) > 0 ||
	    (end_is(x, END_WINDOW) && x->wnd == 0))
		return true;
	*sure = CONFIDENCE_POSSIBLE;
	return step->from != step->conn->opener && owes_an_answer(step);
}

static enum kind kind_of(const struct side *s, const struct step *step,
                         enum confidence *sure)
{
	*sure = CONFIDENCE_LIKELY;
	if (step->rst.form == RST_PLAIN)
		return is_answer(step) ? HALF_OPEN : UNEXPLAINED;
	if (s->n_keep_alives > 0 &&
	    step->ts - s->keep_alive_ts > conn_crossing(step->conn, step->to))
		return KEEP_ALIVE;
	if (has_unread(step, sure))
		return UNREAD_DATA;
	*sure = CONFIDENCE_LIKELY;
	return LINGER_OR_KILL;
}

/* ---- taking in ----------------------------------------------------------- */

static void begin(struct side *s, const struct step *step)
{
	const struct conn *c = step->conn;
	enum confidence sure;
	s->kind = (uint8_t)kind_of(s, step, &sure);
	s->sure = (uint8_t)sure;
	s->before = (uint8_t)state_ended(step);
	s->peer_closed = conn_fin(c, step->to) != NULL;
	s->peer_unacked = conn_unacked(c, step->to);
	s->own_unacked = conn_unacked(c, step->from);
	s->first_ts = s->kind == KEEP_ALIVE ? s->keep_alive_ts : step->ts;
	if (s->kind != KEEP_ALIVE)
		s->frames.n = s->frames.n_more = 0;
}

static void saw_rst(struct side *s, const struct step *step)
{
	if (s->n_rst == 0) {
		if (!is_abort(s, step))
			return;
		begin(s, step);
	}
	s->n_rst++;
	s->accepted |= step->rst.accepted;
	s->peer_goes_on = false;
	s->rst_ts = s->last_ts = step->ts;
	frames_add(&s->frames, step->seg->frame);
}

static void saw_keep_alive(struct side *s, const struct step *step)
{
	if (s->n_keep_alives++ == 0)
		s->keep_alive_ts = step->ts;
	frames_add(&s->frames, step->seg->frame);
}

/* The end that was, or may be, reset speaks. */
static void heard_peer(struct side *s, const struct step *step)
{
	if (s->n_rst == 0) {
		s->n_keep_alives = 0;
		s->frames.n = s->frames.n_more = 0;
	} else if (step->ts - s->rst_ts >
	           conn_crossing(step->conn, step->from)) {
		s->peer_goes_on = true;
		s->last_ts = step->ts;
	}
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	struct side *own = &w->side[step->from];
	if (step_is(step, STEP_STALE_RST))
		return;
	if (step_is(step, STEP_RST)) {
		saw_rst(own, step);
		return;
	}
	heard_peer(&w->side[step->to], step);
	if (step_is(step, STEP_LATE_DATA))
		w->side[step->to].late_ts = step->ts;
	if (step_is(step, STEP_KEEP_ALIVE) && own->n_rst == 0)
		saw_keep_alive(own, step);
}

/* ---- judging ------------------------------------------------------------- */

struct detail {
	const char *kind, *kind_confidence, *state;
	int64_t peer_unacked, own_unacked, keep_alives, rsts;
};

/* clang-format off */
static const char *const outcomes[] = { "reset", "ignored", "undecided", NULL };

static const char *const kinds[] = {
	[UNREAD_DATA] = "unread_data", [KEEP_ALIVE] = "keep_alive",
	[HALF_OPEN] = "half_open", [LINGER_OR_KILL] = "linger_or_kill",
	[UNEXPLAINED] = "unknown", NULL
};
/* clang-format on */

/* Nothing is outstanding, and it is the client that goes, or the peer had
 * closed: rude, and everyday life. */
static bool is_ordinary(const struct side *s, const struct conn *conn,
                        unsigned end)
{
	return s->kind == LINGER_OR_KILL && s->peer_unacked == 0 &&
	       s->own_unacked == 0 && (s->peer_closed || end == conn->opener);
}

static enum severity severity_of(const struct side *s, const struct conn *conn,
                                 unsigned end)
{
	if (is_ordinary(s, conn, end))
		return SEVERITY_INFO;
	if (s->kind == KEEP_ALIVE ||
	    (s->kind == HALF_OPEN && s->peer_unacked > 0) ||
	    (s->kind == UNREAD_DATA && s->sure != CONFIDENCE_POSSIBLE &&
	     end != conn->opener))
		return SEVERITY_WARNING;
	return SEVERITY_NOTICE;
}

static const char *outcome_of(const struct side *s)
{
	if (s->peer_goes_on)
		return "ignored";
	return s->accepted ? "reset" : "undecided";
}

static void fill_detail(const struct side *s, const struct conn *conn,
                        struct detail *d)
{
	d->kind = kinds[s->kind];
	d->kind_confidence = confidence_name(
		confidence_here(conn, (enum confidence)s->sure));
	d->state = tcp_state_name((enum tcp_state)s->before);
	d->peer_unacked = s->peer_unacked;
	d->own_unacked = s->own_unacked;
	d->keep_alives = s->n_keep_alives;
	d->rsts = s->n_rst;
}

static void tell_unread(const struct side *s, char *why, size_t size)
{
	const char *sure =
		s->sure == CONFIDENCE_LIKELY ? "probably" : "perhaps";
	if (s->peer_unacked > 0)
		text_print(why, size,
		           "it had %s not read all, and %lld bytes were not "
		           "acknowledged",
		           sure, (long long)s->peer_unacked);
	else
		text_print(why, size, "it had %s not read all", sure);
}

static void tell(const struct side *s, const struct conn *conn, unsigned end,
                 struct finding *f)
{
	char why[128];
	const bool sent_fin = conn_fin(conn, end) != NULL;
	switch ((enum kind)s->kind) {
	case UNREAD_DATA:
		tell_unread(s, why, sizeof(why));
		break;
	case KEEP_ALIVE:
		text_print(why, sizeof(why),
		           "%u keep-alive%s had got no answer",
		           s->n_keep_alives, s->n_keep_alives == 1 ? "" : "s");
		break;
	case HALF_OPEN:
		text_print(why, sizeof(why), "it has no such connection");
		break;
	case LINGER_OR_KILL:
		text_print(why, sizeof(why),
		           "its program or an operator ended it at once");
		break;
	case UNEXPLAINED:
		text_print(why, sizeof(why), "no packet tells why");
		break;
	}
	text_print(f->message, sizeof(f->message),
	           "the %s ended the connection by RST in %s %s: %s%s",
	           end_role(conn, end),
	           tcp_state_shown((enum tcp_state)s->before),
	           sent_fin ? "after its FIN" : "instead of FIN", why,
	           s->peer_goes_on ? "; the other end went on" : "");
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[end];
	if (s->n_rst == 0 || conn_foreign_rst(m->conn, end) != GRADE_NONE)
		return false;
	fill_detail(s, m->conn, f->detail);
	f->end = (enum finding_end) !end;
	f->outcome = outcome_of(s);
	f->severity = severity_of(s, m->conn, end);
	f->confidence = confidence_here(m->conn, CONFIDENCE_CERTAIN);
	f->first_ts = s->first_ts;
	f->last_ts = s->last_ts;
	f->count = s->n_rst;
	frames_tell(&s->frames, f);
	tell(s, m->conn, end, f);
	return true;
}

/* clang-format off */
static const struct field fields[] = {
	{ "kind", FIELD_WORD, offsetof(struct detail, kind), .words = kinds,
	  .meaning = "why, as far as packets tell", .required = true },
	{ "kind_confidence", FIELD_WORD,
	  offsetof(struct detail, kind_confidence), .words = confidence_words,
	  .meaning = "how sure that is; that it was an RST is certain",
	  .required = true },
	{ "state", FIELD_WORD, offsetof(struct detail, state),
	  .words = state_words,
	  .meaning = "of the end that reset, before it did", .required = true },
	{ "peer_unacked_bytes", FIELD_COUNT,
	  offsetof(struct detail, peer_unacked), "bytes",
	  "payload towards the end that reset, not acknowledged before: lost",
	  .required = true },
	{ "own_unacked_bytes", FIELD_COUNT,
	  offsetof(struct detail, own_unacked), "bytes",
	  "payload that it had sent, and of which it does not know whether it "
	  "arrived", .required = true },
	{ "keep_alives", FIELD_COUNT, offsetof(struct detail, keep_alives),
	  .meaning = "keep-alives without an answer before the RST",
	  .required = true },
	{ "rsts", FIELD_COUNT, offsetof(struct detail, rsts),
	  .meaning = "RSTs that it sent", .required = true },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_abortive_close = {
	.kind = {
		.name = "abortive_close",
		.summary = "an end ended the connection by RST instead of FIN",
		.source = "RFC 9293 sections 3.5.1 and 3.10.5; RFC 1122 "
			  "section 4.2.2.13; RFC 2525 section 2.17; Linux "
			  "tcp_send_active_reset()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"A reset discards what is under way in both directions, even data that has arrived "
"but was not read yet, and the other program gets an error instead of an end of "
"file. There is no TIME-WAIT afterwards, so late packets of this connection can "
"meet the next one.\n"
"Programs do it on purpose (SO_LINGER with 0), or by closing a socket whose data "
"they have not read; kernels do it when keep-alives stay unanswered, when a socket "
"is destroyed, or when a packet comes for a connection they do not have.",
		.evidence =
"An RST of this connection from an end that was open, before both FINs were sent. "
"That is certain; the kind is a guess of its own grade.\n"
"unread_data: bytes towards that end had not been acknowledged, or its window was "
"closed (likely); or a request came within the second before, was acknowledged, and "
"not answered (possible). keep_alive: RST with ACK after keep-alives without an "
"answer. half_open: a plain RST with the ACK number of the peer's newest segment as "
"its SEQ. linger_or_kill: RST with ACK, and nothing of that.\n"
"It is info if nothing was outstanding and the client, or an end whose peer had "
"closed, resets.",
		.lookalikes =
"A refused SYN, or a SYN+ACK that is answered by RST: nothing was open. An RST after "
"both FINs. A plain RST of an end that had sent its FIN and answers something, or "
"RST+ACK for data that came after that (data_after_close, fin_wait_2_timeout, "
"time_wait_missing). An RST of an earlier connection (stale_rst) "
"or of a third party, and the plain RST of an end that such a one had killed.",
		.remedy =
"unread_data: let the program read to the end of file before it closes, or shut down "
"first. linger_or_kill: do not use SO_LINGER 0 to avoid TIME-WAIT; look for crashes "
"and for who runs ss -K.\n"
"keep_alive: the path or the peer was gone for tcp_keepalive_time + "
"tcp_keepalive_intvl * tcp_keepalive_probes. half_open: a restart, or a firewall or "
"address translation that forgot the connection: keep-alives below its idle "
"timeout.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_RESET | STEP_KEEP_ALIVE | STEP_LATE_DATA,
	.follows = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.observe = observe,
	.judge_end = judge_end,
};
