/*
 * fin_wait_1_pin: an end cannot finish its close because the other end's
 * window stays 0.
 *
 *      A                         tap                         B
 *   FIN-WAIT-1 <-----------------|--- ACK, window 0 -----  does not read
 *              --- probe --------|--->
 *              <-----------------|--- ACK, window 0 -----
 *              --- probe, twice as late, and so on
 *
 * A has closed, but its FIN waits behind data that B does not take, or is
 * itself not taken. The stall is collected in zero_window.c; here it is asked
 * whether a close was pending at all. What reopens and goes on with anything
 * but a FIN is no trouble of this kind. If A is a socket of this host, its
 * kernel knows.
 */
#include "base/text.h"
#include "detect/detector.h"
#include "detect/zero_window.h"

#define SECOND INT64_C(1000000000)

static void observe(void *watch, const struct step *step)
{
	stalls_observe(watch, step);
}

/* ---- judging ------------------------------------------------------------- */

/* A stall that still lasts, as far as can be seen: it may have given up. */
static void settle_closed(struct stall *s, const struct moment *m)
{
	const struct end *x = &m->conn->end[s->end];
	const bool expired = x->state == CLOSED && x->closed == GRADE_EXPIRED;
	const bool orphan =
		stall_fits_orphan(s) && stall_is_silent(s, m->now, 6);
	stall_take_numbers(s, m->conn);
	if (orphan && s->proof == PROOF_NONE)
		s->proof = PROOF_SILENCE;
	if (expired || orphan || stall_is_silent(s, m->now, 16))
		s->outcome = STALL_GAVE_UP;
}

/* False if it is not to be reported. */
static bool settle(struct stall *s, const struct moment *m)
{
	if (s->phase == STALL_CLOSED && stall_is_proper(s))
		settle_closed(s, m);
	else if (s->phase != STALL_OVER)
		return false;
	if (s->outcome == STALL_GAVE_UP)
		stall_end_in_silence(s);
	return true;
}

static enum confidence sure_of(enum stall_proof proof)
{
	switch (proof) {
	case PROOF_NONE:
		return CONFIDENCE_POSSIBLE;
	case PROOF_SILENCE:
	case PROOF_LONG_FLIGHT:
		return CONFIDENCE_LIKELY;
	case PROOF_KERNEL:
	case PROOF_FLIGHT:
	case PROOF_GONE:
	case PROOF_REFUSAL:
	case PROOF_ABORT:
	case PROOF_FIN:
		break;
	}
	return CONFIDENCE_CERTAIN;
}

/* Longer than 360 s no orphan of Linux lives since 3.18: it ends with the
 * interval in which the backoff comes to 120 s (tcp_probe_timer()). */
static enum severity severity_of(const struct stall *s)
{
	const int64_t lasted = s->last_ts - s->pinned_ts;
	if (lasted > 360 * SECOND)
		return SEVERITY_ERROR;
	if (lasted > 60 * SECOND)
		return SEVERITY_WARNING;
	return lasted >= 5 * SECOND ? SEVERITY_NOTICE : SEVERITY_INFO;
}

/* clang-format off */
static const char *const outcomes[] = {
	[STALL_RELEASED] = "released", [STALL_RESET] = "reset",
	[STALL_GAVE_UP] = "gave_up", [STALL_UNDECIDED] = "undecided", NULL
};

static const char *const fins[] = {
	"on_wire", "held_back", "not_visible", NULL
};

static const char *const proofs[] = {
	[PROOF_NONE] = "none", [PROOF_SILENCE] = "silence",
	[PROOF_LONG_FLIGHT] = "long_flight", [PROOF_KERNEL] = "kernel",
	[PROOF_FLIGHT] = "flight",
	[PROOF_GONE] = "silence_then_reset",
	[PROOF_REFUSAL] = "data_refused", [PROOF_ABORT] = "abort",
	[PROOF_FIN] = "fin", NULL
};
/* clang-format on */

static const char *fin_of(enum stall_proof proof)
{
	if (proof == PROOF_FIN)
		return fins[0];
	return fins[proof == PROOF_FLIGHT || proof == PROOF_LONG_FLIGHT ? 1
	                                                                : 2];
}

struct detail {
	const char *fin;
	const char *close_shown_by;
	int64_t probes, answers;
	struct stall_numbers probe_gaps;
	int64_t zero_window, held_bytes;
	int64_t snd_nxt, rcv_nxt;
};

static void fill_detail(const struct stall *s, struct detail *d)
{
	d->fin = fin_of((enum stall_proof)s->proof);
	d->close_shown_by = proofs[stall_proof(s)];
	d->probes = s->n_probes;
	d->answers = s->n_answers;
	d->probe_gaps = s->gaps;
	d->zero_window = s->last_ts - s->zero_ts;
	d->held_bytes = d->fin == fins[1] ? s->held : ABSENT;
	d->snd_nxt = s->snd_nxt;
	d->rcv_nxt = s->rcv_nxt;
}

static void fill_frames(const struct stall *s, struct numbers *frames)
{
	*frames = (struct numbers){ .n = 0 };
	for (uint32_t i = 0; i < s->frames.n; i++)
		numbers_add(frames, s->frames.at[i]);
	if (s->frames.n_more > 0)
		numbers_add(frames, (int64_t)s->last_probe_frame);
	if (s->end_frame > 0)
		numbers_add(frames, (int64_t)s->end_frame);
	frames->n_more += s->frames.n_more;
}

/* What the end could not do, between its name and how long. */
static void beginning(const struct stall *s, char *text, size_t size)
{
	const enum stall_proof proof = stall_proof(s);
	const char *probably =
		sure_of(proof) == CONFIDENCE_CERTAIN ? "" : "probably ";
	if (stall_is_dismissed(s))
		text_print(text, size,
		           "has not closed, says its kernel, but could send "
		           "nothing");
	else if (proof == PROOF_KERNEL)
		text_print(
			text, size,
			"had closed, says its kernel, and could not send its "
			"FIN");
	else if (proof == PROOF_NONE)
		text_print(text, size,
		           "could send nothing, and may have closed,");
	else if (proof == PROOF_FIN)
		text_print(text, size, "had closed and its FIN was not taken");
	else if (s->held > 0)
		text_print(
			text, size,
			"had %sclosed and could not send its last %lld bytes "
			"and its FIN",
			probably, (long long)s->held);
	else
		text_print(text, size,
		           "had %sclosed and could not send its FIN", probably);
}

static const char *ending(const struct stall *s, const struct conn *conn)
{
	switch ((enum stall_outcome)s->outcome) {
	case STALL_RELEASED:
		return "then the window opened";
	case STALL_RESET:
		return (s->reset_by_reader ? !s->end : s->end) == conn->opener
		               ? "then the client reset the connection"
		               : "then the server reset the connection";
	case STALL_GAVE_UP:
		return "then it gave up";
	case STALL_UNDECIDED:
		break;
	}
	return "it lasts as far as was seen";
}

static void tell(const struct stall *s, const struct conn *conn,
                 struct finding *f)
{
	char span[SPAN_TEXT_MAX], text[96];
	beginning(s, text, sizeof(text));
	text_print(
		f->message, sizeof(f->message),
		"the %s %s for %s, because the window of the %s stayed 0 over "
		"%u probes; %s",
		end_role(conn, s->end), text,
		span_text(s->last_ts - s->zero_ts, span),
		end_role(conn, !s->end), s->n_probes, ending(s, conn));
}

/* A capture may have missed packets; the kernel has not. */
static enum confidence confidence_of(const struct stall *s,
                                     const struct conn *conn)
{
	if (s->word == WORD_CLOSED)
		return CONFIDENCE_CERTAIN;
	return confidence_here(conn, sure_of(stall_proof(s)));
}

static void judge_stall(const struct stall *s, const struct moment *m,
                        struct finding *f)
{
	fill_detail(s, f->detail);
	fill_frames(s, &f->frames);
	f->end = (enum finding_end)s->end;
	f->story = s->number;
	f->is_dismissed = stall_is_dismissed(s);
	f->outcome = outcomes[s->outcome];
	f->severity = severity_of(s);
	f->confidence = confidence_of(s, m->conn);
	f->first_ts = s->zero_ts;
	f->last_ts = s->last_ts;
	f->count = s->n_probes;
	tell(s, m->conn, f);
}

/* The place of the i-th that is to be reported: first those kept, then those
 * that are on. -1: there are no more. */
static int place_of(const struct stalls *all, const struct moment *m,
                    unsigned i, struct stall *settled)
{
	for (int at = 0; at < STALLS_KEPT + 2; at++) {
		*settled = at < STALLS_KEPT ? all->kept[at]
		                            : all->now[at - STALLS_KEPT];
		if (settle(settled, m) && i-- == 0)
			return at;
	}
	return -1;
}

static bool judge(const void *watch, const struct moment *m, unsigned i,
                  struct finding *out)
{
	struct stall s;
	if (place_of(watch, m, i, &s) < 0)
		return false;
	judge_stall(&s, m, out);
	return true;
}

/* One that is over is a matter of the past, and the kernel speaks of now. */
static void hear(void *watch, const struct moment *m, unsigned i,
                 const struct kernel_word *word)
{
	struct stalls *all = watch;
	struct stall s;
	const int at = place_of(all, m, i, &s);
	if (at < STALLS_KEPT || s.phase != STALL_CLOSED)
		return;
	stall_hear(&all->now[at - STALLS_KEPT], tcp_state_named(word->state));
}

/* clang-format off */
static const struct field fields[] = {
	{ "fin", FIELD_WORD, offsetof(struct detail, fin), .words = fins,
	  .required = true,
	  .meaning = "on_wire: seen and not taken; held_back: seen once the "
		     "window had opened; not_visible: never seen" },
	{ "close_shown_by", FIELD_WORD, offsetof(struct detail, close_shown_by),
	  .words = proofs, .required = true,
	  .meaning = "what shows that a close was pending" },
	{ "probes", FIELD_COUNT, offsetof(struct detail, probes),
	  .required = true, .meaning = "segments that probed the window" },
	{ "answers", FIELD_COUNT, offsetof(struct detail, answers),
	  .required = true, .meaning = "ACKs with window 0" },
	{ "probe_gaps_us", FIELD_DURATIONS,
	  offsetof(struct detail, probe_gaps), .unit = "us",
	  .meaning = "between the first probes" },
	{ "zero_window_us", FIELD_DURATION,
	  offsetof(struct detail, zero_window), .unit = "us", .required = true,
	  .meaning = "how long the window was seen to be 0" },
	{ "held_bytes", FIELD_COUNT, offsetof(struct detail, held_bytes),
	  .unit = "bytes",
	  .meaning = "what waited with the FIN; only if it was held back" },
	{ "snd_nxt", FIELD_COUNT, offsetof(struct detail, snd_nxt),
	  .required = true,
	  .meaning = "SND.NXT of the end that is pinned, as on the wire: the "
		     "ACK of an RST that is to end it" },
	{ "rcv_nxt", FIELD_COUNT, offsetof(struct detail, rcv_nxt),
	  .required = true,
	  .meaning = "RCV.NXT of the end that is pinned, as on the wire: the "
		     "SEQ of an RST that is to end it" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_fin_wait_1_pin = {
	.kind = {
		.name = "fin_wait_1_pin",
		.summary = "an end could not finish its close because the "
			   "other end's window stayed 0",
		.source = "RFC 9293 section 3.8.6.1; RFC 1122 section "
			  "4.2.2.17; Linux tcp_probe_timer()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"A program closes a connection while data is still unsent, because the reader "
"at the other end has stopped reading and its window is 0. The FIN must wait "
"behind that data, so the closing end probes the window, with gaps that double "
"up to two minutes. Linux shows such a socket as FIN-WAIT-1 (or LAST-ACK) "
"although no FIN is on the wire.\n"
"No program owns the socket any more, but its buffers are full. As long as the "
"reader answers the probes, a Linux orphan lives for four to six minutes; "
"before 3.18, and if a program still holds the socket, without limit. A client "
"that asks for much and reads nothing can pin thousands of them.",
		.evidence =
"The reader's window is 0, and at least three probes pass over five seconds or "
"more, with gaps that double and may then stay the same. A probe is an empty ACK just "
"below the unacknowledged byte (Linux), that byte alone (BSD), or a "
"retransmission of it.\n"
"That a close was pending is certain if the FIN was seen and not taken; if, "
"when the window opens, the rest of the data ends in a FIN without a new "
"request and without a pause; if the end answers data with RST; if it aborts "
"with RST+ACK at its oldest unacknowledged byte; or if it falls silent as an "
"orphan does and later answers with a plain RST. Silence alone makes it "
"likely. Without any of these it is possible: a zero-window stall, and the "
"close not visible.\n"
"Live, with --kernel-states, a socket of this host needs no guess: FIN-WAIT-1, "
"CLOSING or LAST-ACK in its kernel make it certain, ESTAB and CLOSE-WAIT "
"dismiss it.",
		.lookalikes =
"A slow reader on a connection that goes on: the window opens and no FIN "
"follows, which is not reported. Keep-alives, which look like Linux probes but "
"meet an open window and keep an even pace. A window of 0 in an RST or a SYN. "
"The second probe without an answer, which is Linux's rate limit of one answer "
"in 500 ms and no loss.",
		.remedy =
"Give the server a bound: TCP_USER_TIMEOUT on the socket, or a write timeout "
"in the program. To end one now, `ss -K` on its host (for orphans Linux 6.11 "
"or later), or an RST with SEQ rcv_nxt. Restarting the program does not help: "
"the socket is no longer its own.\n"
"tcp_orphan_retries and tcp_fin_timeout do not help while the reader answers; "
"tcp_fin_timeout is about FIN-WAIT-2 alone. tcp_rto_max_ms below 120000 "
"shortens it. tcp_max_orphans resets orphans when there are too many. On Linux "
"before 3.18 (RHEL 7 before 3.10.0-229.6.1): upgrade.\n"
"Many from one address against one server: look at that client.",
	},
	.memory = sizeof(struct stalls),
	.detail_size = sizeof(struct detail),
	.starts = STEP_WINDOW_CLOSED | STEP_PROBE,
	.follows = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.observe = observe,
	.judge = judge,
	.hear = hear,
};
