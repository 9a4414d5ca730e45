/*
 * close_wait_leak: an end was told that its peer has closed, and neither
 * closes nor sends anything for a long time.
 *
 *      A                         tap                         B
 *   FIN-WAIT-1  -- FIN ----------|------------------>  CLOSE-WAIT
 *   FIN-WAIT-2  <----------------|------------ ACK --  CLOSE-WAIT
 *      ...                       |                        ...
 *
 * B's ACK makes CLOSE-WAIT certain. That its program has lost the socket is a
 * guess: a half-closed connection may be silent for good reason, and the
 * longer it says nothing the better the guess. The clock stands
 * while B could not send a FIN if it wanted: behind a closed window, or behind
 * data that is not acknowledged.
 */
#include "base/text.h"
#include "detect/detector.h"

#define SECOND      INT64_C(1000000000)
#define SILENT      (60 * SECOND)  /* the peer's FIN-WAIT-2 is over: 4.1 */
#define LONG_SILENT (300 * SECOND) /* no program thinks for so long */

enum ending { STILL_THERE, CLOSED_LATE, RESET_LATE };

/* An end in CLOSE-WAIT. */
struct side {
	uint64_t ack_frame;   /* its ACK of the peer's FIN; 0: none */
	uint64_t heard_frame; /* what it sent last that counts */
	uint64_t ended_frame;
	int64_t acked_ts;
	int64_t since;    /* it could have spoken, and has not */
	int64_t ended_ts; /* its FIN, or an RST of either end */
	uint32_t n_data;  /* segments since the peer's FIN */
	uint8_t ending;   /* enum ending */
	bool held_back;   /* it could not have sent a FIN so far */
};

struct watch {
	struct side side[2];
};

/* A FIN would have to wait: Linux tcp_snd_wnd_test(). */
static bool is_held_back(const struct conn *c, unsigned end)
{
	const struct end *x = &c->end[end], *peer = &c->end[!end];
	return (end_is(peer, END_WINDOW) && peer->wnd == 0) ||
	       (x->snd_una > 0 && x->snd_nxt > x->snd_una);
}

/* An end that has sent its FIN before is in CLOSING or TIME-WAIT. */
static void enter(struct side *s, const struct step *step)
{
	if (conn_fin(step->conn, step->from))
		return;
	s->ack_frame = s->heard_frame = step->seg->frame;
	s->acked_ts = s->since = step->ts;
}

static void end_story(struct side *s, const struct step *step,
                      enum ending ending)
{
	if (s->ack_frame == 0 || s->ending != STILL_THERE)
		return;
	s->ending = (uint8_t)ending;
	s->ended_ts = step->ts;
	s->ended_frame = step->seg->frame;
}

static void saw_own(struct side *s, const struct step *step)
{
	if (step_is(step, STEP_FIN)) {
		end_story(s, step, CLOSED_LATE);
	} else if (step_is(step, STEP_ACKS_FIN)) {
		enter(s, step);
	} else if (step_is(step, STEP_NEW_DATA | STEP_REPEAT)) {
		s->n_data++;
		s->since = step->ts;
		s->heard_frame = step->seg->frame;
	}
}

/* The clock begins anew with the segment that sets the end free. */
static void watch_hold(struct side *s, const struct step *step, unsigned end)
{
	const bool was = s->held_back;
	s->held_back = is_held_back(step->conn, end);
	if (s->ending == STILL_THERE && (was || s->held_back))
		s->since = step->ts;
}

/* An end that acknowledges the peer's FIN when or after it sends its own was
 * never left in CLOSE-WAIT; nor will the other be, whose FIN that was. */
static bool begins(const struct step *step)
{
	return !conn_fin(step->conn, step->from);
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	if (step_is(step, STEP_CLONE | STEP_STALE_RST | STEP_TIME))
		return;
	if (step_is(step, STEP_RST)) {
		end_story(&w->side[0], step, RESET_LATE);
		end_story(&w->side[1], step, RESET_LATE);
		return;
	}
	saw_own(&w->side[step->from], step);
	watch_hold(&w->side[0], step, 0);
	watch_hold(&w->side[1], step, 1);
}

/* ---- judging --------------------------------------------------------------
 */

static int64_t silent_for(const struct side *s, const struct moment *m)
{
	return (s->ending == STILL_THERE ? m->now : s->ended_ts) - s->since;
}

static bool is_leak(const struct side *s, const struct moment *m, unsigned end)
{
	if (s->ack_frame == 0 || silent_for(s, m) <= SILENT)
		return false;
	if (s->ending != STILL_THERE)
		return true;
	/* The capture may have missed its FIN, or what the FIN waits for. */
	return !end_is(&m->conn->end[end], END_TAIL_MISSED) &&
	       !is_held_back(m->conn, end);
}

/* What ends late was no leak after all, and who uses a half-closed connection
 * may be waiting for something. */
static enum confidence sure_of(const struct side *s, const struct conn *c)
{
	const bool alike = s->ending == STILL_THERE && s->n_data == 0;
	return confidence_here(c,
	                       alike ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE);
}

static const char *outcome_of(const struct side *s, const struct moment *m)
{
	if (s->ending == CLOSED_LATE)
		return "closed_late";
	if (s->ending == RESET_LATE)
		return "reset";
	return m->reason == END_REUSE ? "reused" : "never_closed";
}

static const char *outcome_text(const struct side *s, const struct moment *m)
{
	if (s->ending == CLOSED_LATE)
		return "then it closed";
	if (s->ending == RESET_LATE)
		return "then it was reset";
	if (m->reason == END_REUSE)
		return "then the peer opened a new connection on its ports";
	return m->reason == END_NOT_YET ? "it has not closed yet"
	                                : "it has not closed by the end";
}

struct detail {
	int64_t silent, close_wait, data_segments;
	struct frame_named fin_frame, last_heard_frame;
};

static void fill_detail(const struct side *s, const struct moment *m,
                        const struct fin_story *peer, struct detail *d)
{
	d->silent = silent_for(s, m);
	d->close_wait = d->silent +
	                (s->since > s->acked_ts ? s->since - s->acked_ts : 0);
	d->data_segments = s->n_data;
	d->fin_frame.frame = peer->first_frame;
	d->last_heard_frame.frame = s->heard_frame;
}

static void tell(const struct side *s, const struct moment *m, unsigned end,
                 const struct detail *d, struct finding *f)
{
	char silent[SPAN_TEXT_MAX], whole[SPAN_TEXT_MAX];
	const char *sent = s->n_data > 0 ? " since it last sent data" : "";
	text_print(f->message, sizeof(f->message),
	           "the %s has been in CLOSE-WAIT for %s and silent for %s%s; "
	           "%s: its program may have forgotten the socket",
	           end_role(m->conn, end), span_text(d->close_wait, whole),
	           span_text(d->silent, silent), sent, outcome_text(s, m));
}

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[end];
	const struct fin_story *peer = conn_fin(m->conn, !end);
	if (!peer || !is_leak(s, m, end))
		return false;
	struct detail *d = f->detail;
	fill_detail(s, m, peer, d);
	const bool grave = s->ending == STILL_THERE && d->silent > LONG_SILENT;
	f->end = (enum finding_end)end;
	f->outcome = outcome_of(s, m);
	f->severity = grave ? SEVERITY_WARNING : SEVERITY_NOTICE;
	f->confidence = sure_of(s, m->conn);
	f->first_ts = s->acked_ts;
	f->last_ts = s->since + d->silent;
	f->count = 1;
	numbers_add(&f->frames, (int64_t)peer->first_frame);
	numbers_add(&f->frames, (int64_t)s->ack_frame);
	if (s->heard_frame != s->ack_frame)
		numbers_add(&f->frames, (int64_t)s->heard_frame);
	if (s->ended_frame != 0)
		numbers_add(&f->frames, (int64_t)s->ended_frame);
	tell(s, m, end, d, f);
	return true;
}

/* Silence makes it one, without a packet. */
static int64_t next_look(const void *watch, const struct moment *m)
{
	const struct watch *w = watch;
	int64_t next = INT64_MAX;
	for (unsigned end = 0; end < 2; end++) {
		const struct side *s = &w->side[end];
		const int64_t at = s->since + SILENT + 1;
		if (s->ack_frame != 0 && s->ending == STILL_THERE &&
		    !s->held_back && at > m->now && at < next)
			next = at;
	}
	return next;
}

/* clang-format off */
static const char *const outcomes[] = {
	"never_closed", "closed_late", "reset", "reused", NULL
};

static const struct field fields[] = {
	{ "silent_us", FIELD_DURATION, offsetof(struct detail, silent), "us",
	  "time in which it could have closed or sent, and did not",
	  .required = true },
	{ "close_wait_us", FIELD_DURATION, offsetof(struct detail, close_wait),
	  "us", "time in CLOSE-WAIT in all", .required = true },
	{ "data_segments", FIELD_COUNT,
	  offsetof(struct detail, data_segments),
	  .meaning = "data segments it sent in CLOSE-WAIT" },
	FRAME_NAMED("fin_frame", offsetof(struct detail, fin_frame),
	  .meaning = "the peer's FIN"),
	FRAME_NAMED("last_heard_frame", offsetof(struct detail, last_heard_frame),
	  .meaning = "the last thing it sent: its ACK of the FIN, or data"),
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_close_wait_leak = {
	.kind = {
		.name = "close_wait_leak",
		.summary = "an end stays in CLOSE-WAIT: its program does not "
			   "close",
		.source = "RFC 9293 sections 3.6 and 3.10.4",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"The peer has closed and this end has acknowledged it. From then on only its "
"own program can end the connection, by closing; no timer of TCP does. A "
"program that overlooks the end of the stream keeps the socket, its buffers and "
"a file descriptor, until it runs out of them or is restarted.\n"
"The peer does not wait: its FIN-WAIT-2 is gone after some 60 s, and whatever "
"this end sends later is reset (fin_wait_2_timeout).",
		.evidence =
"The peer's FIN, this end's ACK of it, and since then neither FIN nor RST nor "
"data for more than 60 s (notice) or 300 s (warning), in the time of the "
"capture. That it is in CLOSE-WAIT is certain; that it is a leak is likely at "
"most: possible if it sent data in CLOSE-WAIT, or closed after all.\n"
"One such connection is no proof. Many to one server port are: the summary "
"lists the services that spend most time in CLOSE-WAIT.",
		.lookalikes =
"A half-close: data in CLOSE-WAIT sets the clock back. An end that would close "
"but cannot, because the peer's window is closed or its data is not "
"acknowledged. A FIN that the capture missed. A client that keeps idle "
"connections in a pool and finds out about the close when it next uses one: "
"outcome closed_late or reset.",
		.remedy =
"The program must close the socket when it reads the end of the stream, also "
"on its error paths, and must read from idle connections. Find it with `ss -tanp "
"state close-wait`. No sysctl ends CLOSE-WAIT; keep-alives do only where the "
"peer no longer knows the connection.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_ACKS_FIN,
	.follows = UINT32_MAX & ~(uint32_t)STEP_TIME,
	.begins = begins,
	.in_close = true,
	.observe = observe,
	.judge_end = judge_end,
	.next_look = next_look,
};
