/*
 * time_wait_missing: an end that must be in TIME-WAIT knows nothing of it.
 *
 *      A                         tap                         B
 *   TIME-WAIT  <-- FIN ----------|--------------------  LAST-ACK
 *   should be  --- ACK ----------|--------X
 *              <-- FIN again ----|--------------------  LAST-ACK
 *   CLOSED     --- RST ----------|------------------->  CLOSED
 *
 * A has acknowledged B's FIN less than 60 s ago, so it holds TIME-WAIT and
 * would acknowledge the copy (RFC 9293 section 3.10.7.4, eighth step).
 */
#include "base/text.h"
#include "detect/detector.h"

#define SECOND          INT64_C(1000000000)
#define TIME_WAIT_LASTS (60 * SECOND) /* Linux TCP_TIMEWAIT_LEN */

struct side {
	uint32_t n;    /* copies of the peer's FIN that were answered by RST */
	bool waits;    /* for the answer to a copy */
	bool accepted; /* the RST ends the peer */
	bool survived; /* TIME-WAIT was there after all */
	bool foreign;  /* the RST came from another distance */
	uint64_t ack_frame; /* the last ACK before */
	uint64_t copy_frame;
	int64_t ack_ts, copy_ts;
	int64_t first_ts, last_ts;
	int64_t age; /* from that ACK to the first such copy */
	struct numbers frames;
};

struct watch {
	struct side side[2]; /* by the end that should be in TIME-WAIT */
};

/* The end had acknowledged the FIN, which now comes again. */
static void saw_copy(struct side *s, const struct step *step)
{
	const struct fin_story *fin = conn_fin(step->conn, step->from);
	if (!fin || fin->last_acked_ts == CONN_NEVER ||
	    step->ts - fin->last_acked_ts >= TIME_WAIT_LASTS)
		return;
	s->waits = true;
	s->ack_frame = fin->last_acked_frame;
	s->ack_ts = fin->last_acked_ts;
	s->copy_frame = step->seg->frame;
	s->copy_ts = step->ts;
}

/* Its state before this RST; the model lets it end with it. */
static bool was_in_time_wait(const struct step *step)
{
	for (unsigned i = 0; i < step->n_changes; i++) {
		if (step->change[i].end == step->from &&
		    step->change[i].event == SENT_RST)
			return step->change[i].from == TIME_WAIT;
	}
	return false;
}

static void saw_rst(struct side *s, const struct step *step)
{
	const bool answers = s->waits && step->rst.form == RST_PLAIN &&
	                     !step_is(step, STEP_STALE_RST);
	s->waits = false;
	if (!answers || (s->n == 0 && !was_in_time_wait(step)))
		return;
	if (s->n++ == 0) {
		s->first_ts = s->ack_ts;
		s->age = s->copy_ts - s->ack_ts;
		s->foreign = step->conn->end[step->from].ttl != step->seg->ttl;
		numbers_add(&s->frames, (int64_t)s->ack_frame);
	}
	s->accepted = step->rst.accepted;
	s->last_ts = step->ts;
	numbers_add(&s->frames, (int64_t)s->copy_frame);
	numbers_add(&s->frames, (int64_t)step->seg->frame);
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	struct side *own = &w->side[step->from], *peer = &w->side[step->to];
	if (step_is(step, STEP_RST)) {
		saw_rst(own, step);
		return;
	}
	if (step_is(step, STEP_FIN_COPY | STEP_DUPLICATE)) {
		peer->accepted = false; /* it lives on */
		saw_copy(peer, step);
	}
	if (own->n > 0 && step_is(step, STEP_REACKS_FIN))
		own->survived = true;
}

/* ---- judging --------------------------------------------------------------
 */

/* clang-format off */
static const char *const outcomes[] = { "reset", "undecided", NULL };
/* clang-format on */

struct detail {
	struct frame_named ack_frame;
	int64_t age;
};

static bool judge_end(const void *watch, const struct moment *m, unsigned end,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[end];
	if (s->n == 0 || s->survived)
		return false;
	char span[SPAN_TEXT_MAX];
	struct detail *d = f->detail;
	d->ack_frame.frame = (uint64_t)s->frames.at[0];
	d->age = s->age;
	f->end = (enum finding_end)end;
	f->outcome = outcomes[s->accepted ? 0 : 1];
	f->severity = SEVERITY_WARNING;
	f->confidence = confidence_here(
		m->conn, s->foreign ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY);
	f->first_ts = s->first_ts;
	f->last_ts = s->last_ts;
	f->count = s->n;
	f->frames = s->frames;
	text_print(
		f->message, sizeof(f->message),
		"the %s acknowledged the FIN of the %s, but %s later answered "
		"a copy of it with an RST: it holds no TIME-WAIT%s",
		end_role(m->conn, end), end_role(m->conn, !end),
		span_text(s->age, span),
		s->accepted ? ", and the other end was reset" : "");
	return true;
}

/* clang-format off */
static const struct field fields[] = {
	FRAME_NAMED("ack_frame", offsetof(struct detail, ack_frame),
	  .required = true,
	  .meaning = "the last ACK of the FIN, after which TIME-WAIT lasts"),
	{ "time_wait_age_us", FIELD_DURATION, offsetof(struct detail, age),
	  .unit = "us", .required = true,
	  .meaning = "from that ACK to the copy of the FIN that was reset" },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_time_wait_missing = {
	.kind = {
		.name = "time_wait_missing",
		.summary = "an end that should be in TIME-WAIT answered a "
			   "copy of the peer's FIN with an RST",
		.source = "RFC 9293 sections 3.6.1 and 3.10.7.4; Linux "
			  "tcp_time_wait(), inet_twsk_alloc()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"TIME-WAIT is there to acknowledge the peer's FIN once more if the last ACK was "
"lost. An end that answers the copy with an RST has no TIME-WAIT: the peer's close "
"ends in \"connection reset by peer\" although all data were delivered.\n"
"On Linux TIME-WAIT is missing when tcp_max_tw_buckets is reached: a closing socket "
"is then simply dropped, and the log says nothing of it. It is missing as well after a "
"restart of the host, and when it was destroyed with `ss -K`.",
		.evidence =
"The end had sent its FIN and acknowledged the peer's; a copy of that FIN came less "
"than 60 s later and drew an RST without ACK. Likely, because another stack may hold "
"TIME-WAIT for less. An RST before that which ended TIME-WAIT is "
"time_wait_assassination, and an end that still acknowledges a later copy has its "
"TIME-WAIT: nothing is reported then.",
		.lookalikes =
"An RST that answers the first FIN: FIN-WAIT-2 was over (fin_wait_2_timeout). "
"A copy after more than 60 s finds TIME-WAIT over, which is in order. An RST by a "
"box on the path shows by another hop count, which makes it possible only.",
		.remedy =
"Compare `ss -s` or /proc/net/sockstat (TCP: tw) with net.ipv4.tcp_max_tw_buckets and "
"look for TCPTimeWaitOverflow in nstat. Raise the limit; do not lower it to be rid of "
"TIME-WAITs, which cost little memory and no file descriptor.\n"
"The lost ACK itself is lost_final_ack, with outcome reset.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_FIN_COPY | STEP_DUPLICATE,
	.follows = STEP_FIN_COPY | STEP_DUPLICATE | STEP_RST | STEP_REACKS_FIN,
	.observe = observe,
	.judge_end = judge_end,
};
