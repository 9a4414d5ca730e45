/*
 * third_party_rst: an RST in the name of the peer that the peer did not send.
 *
 *      A                 third party                 B
 *   ESTABLISHED <-- RST -- "from B"              ESTABLISHED
 *   CLOSED      <----------- data -------------- ESTABLISHED
 *               ------------ RST -------------->
 *
 * The model collects what speaks against each RST (tcp/foreign.c); here is
 * told what it did to the end that it reached.
 */
#include "base/text.h"
#include "detect/detector.h"

#define SILENCE INT64_C(2000000000) /* longer than a first RTO, RFC 6298 */

/* In the order in which a later RST may make things worse. */
enum fate { IGNORED, UNDECIDED, KILLED };

/* RSTs in the name of one end. */
struct side {
	uint32_t n;
	uint8_t newest;  /* enum fate */
	bool accepted;   /* any of them, by the rules of the state */
	bool was_open;   /* its receiver was, when the first came */
	bool prompted;   /* the receiver has something to answer */
	int16_t ttl;     /* of the first that is odd, else of the first */
	int16_t own_ttl; /* of the end */
	bool ttl_is_odd;
	int64_t first_ts, last_ts, rst_ts;
	struct frames frames;
};

struct watch {
	struct side side[2]; /* by the end that the RSTs name */
};

/* An end that only an RST in its name says is closed may well be open. */
static bool was_open(const struct step *step)
{
	if (step->conn->closing->rst[step->to].ts != CONN_NEVER)
		return true;
	for (unsigned i = 0; i < step->n_changes; i++) {
		if (step->change[i].end == step->to)
			return step->change[i].from != CLOSED;
	}
	return step->conn->end[step->to].state != CLOSED;
}

static void saw_rst(struct side *s, const struct step *step)
{
	const bool odd = (step->rst.signs & RST_SIGN_TTL) != 0;
	if (s->n == 0) {
		s->first_ts = step->ts;
		s->was_open = was_open(step);
	}
	if (s->n == 0 || (odd && !s->ttl_is_odd)) {
		s->ttl = step->seg->ttl;
		s->own_ttl = step->conn->end[step->from].ttl_low;
		s->ttl_is_odd = odd;
	}
	s->n++;
	s->newest = UNDECIDED;
	s->accepted |= step->rst.accepted;
	s->prompted = false;
	s->rst_ts = s->last_ts = step->ts;
	frames_add(&s->frames, step->seg->frame);
}

static void settle(struct side *s, const struct step *step, enum fate fate)
{
	s->newest = (uint8_t)fate;
	s->last_ts = step->ts;
	frames_add(&s->frames, step->seg->frame);
}

/* The end that was reached speaks: an RST of its own, with no odd sign, says
 * that its connection is gone; anything else, that it is there. */
static void heard(struct side *s, const struct step *step)
{
	if (s->newest != UNDECIDED)
		return;
	if (step_is(step, STEP_RST)) {
		if (s->prompted && step->rst.form == RST_PLAIN &&
		    !(step->rst.signs & RST_SIGN_TTL))
			settle(s, step, KILLED);
	} else if (step->ts - s->rst_ts >
	           conn_crossing(step->conn, step->from)) {
		settle(s, step, IGNORED);
	}
}

/* The end that the RST names says something itself. */
static void prompt(struct side *s, const struct step *step)
{
	const bool first = !s->prompted;
	s->prompted |= step->seq_end > step->seq ||
	               step_is(step, STEP_PROBE | STEP_KEEP_ALIVE);
	if (first && s->prompted) {
		s->last_ts = step->ts;
		frames_add(&s->frames, step->seg->frame);
	}
}

static void observe(void *watch, const struct step *step)
{
	struct watch *w = watch;
	struct side *own = &w->side[step->from], *other = &w->side[step->to];
	if (other->n > 0)
		heard(other, step);
	if (step_is(step, STEP_RESET))
		saw_rst(own, step);
	else if (own->n > 0 && !step_is(step, STEP_RST))
		prompt(own, step);
}

/* ---- judging ------------------------------------------------------------- */

static enum fate fate_of(const struct side *s, const struct moment *m)
{
	if (s->newest != UNDECIDED)
		return (enum fate)s->newest;
	if (!s->was_open)
		return IGNORED;
	return s->accepted && s->prompted && m->now - s->last_ts > SILENCE
	               ? KILLED
	               : UNDECIDED;
}

struct detail {
	struct texts evidence;
	int64_t ttl, own_ttl, rsts;
};

/* clang-format off */
static const char *const outcomes[] = {
	[IGNORED] = "ignored", [UNDECIDED] = "undecided", [KILLED] = "killed",
	NULL
};

/* In the order of enum rst_sign. */
static const char *const signs[] = {
	"ttl", "stepped_seq", "both_ends", "sender_goes_on", "no_timestamp",
	"ip_id", NULL
};
/* clang-format on */

static void fill_detail(const struct side *s, unsigned found, struct detail *d)
{
	d->evidence.n = 0;
	for (unsigned i = 0; signs[i]; i++) {
		if (found >> i & 1)
			texts_add(&d->evidence, signs[i]);
	}
	d->ttl = s->ttl;
	d->own_ttl = s->own_ttl;
	d->rsts = s->n;
}

static enum severity severity_of(enum fate fate)
{
	static const enum severity severities[] = {
		[IGNORED] = SEVERITY_NOTICE,
		[UNDECIDED] = SEVERITY_WARNING,
		[KILLED] = SEVERITY_ERROR,
	};
	return severities[fate];
}

static void tell(const struct side *s, const struct conn *conn, unsigned named,
                 unsigned found, struct finding *f, enum fate fate)
{
	static const char *const fates[] = {
		[IGNORED] = "the connection went on",
		[UNDECIDED] = "nothing tells what it did",
		[KILLED] = "it ended the connection there",
	};
	char why[96];
	if (found & RST_SIGN_GOES_ON)
		text_print(why, sizeof(why), "the %s itself spoke on",
		           end_role(conn, named));
	else if (found & RST_SIGN_TTL)
		text_print(why, sizeof(why), "its TTL is %d, the %s's %d",
		           s->ttl, end_role(conn, named), s->own_ttl);
	else if (found & RST_SIGN_STEPPED_SEQ)
		text_print(why, sizeof(why), "its SEQ guesses ahead");
	else
		text_print(why, sizeof(why), "both ends got one at once");
	text_print(f->message, sizeof(f->message),
	           "%s towards the %s, in the %s's name, %s sent by a third "
	           "party: %s; %s",
	           s->n == 1 ? "an RST" : "several RSTs",
	           end_role(conn, !named), end_role(conn, named),
	           found & RST_SIGN_GOES_ON
	                   ? (s->n == 1 ? "was" : "were")
	                   : (s->n == 1 ? "was probably" : "were probably"),
	           why, fates[fate]);
}

static bool judge_end(const void *watch, const struct moment *m, unsigned named,
                      struct finding *f)
{
	const struct watch *w = watch;
	const struct side *s = &w->side[named];
	const enum tcp_grade sure = conn_foreign_rst(m->conn, named);
	if (s->n == 0 || sure == GRADE_NONE)
		return false;
	const unsigned found = m->conn->closing->rst[named].signs;
	const enum fate fate = fate_of(s, m);
	fill_detail(s, found, f->detail);
	f->end = (enum finding_end) !named;
	f->outcome = outcomes[fate];
	f->severity = severity_of(fate);
	f->confidence = confidence_here(m->conn, sure == GRADE_CERTAIN
	                                                 ? CONFIDENCE_CERTAIN
	                                                 : CONFIDENCE_LIKELY);
	f->first_ts = s->first_ts;
	f->last_ts = s->last_ts;
	f->count = s->n;
	frames_tell(&s->frames, f);
	tell(s, m->conn, named, found, f, fate);
	return true;
}

/* clang-format off */
static const struct field fields[] = {
	{ "evidence", FIELD_WORDS, offsetof(struct detail, evidence),
	  .words = signs,
	  .meaning = "what speaks against the end that it names: another "
		     "distance, a SEQ that guesses ahead, an RST to each end "
		     "at once, an end that goes on; no_timestamp and ip_id "
		     "only corroborate", .required = true },
	{ "ttl", FIELD_COUNT, offsetof(struct detail, ttl),
	  .meaning = "TTL or hop limit of the RST", .required = true },
	{ "own_ttl", FIELD_COUNT, offsetof(struct detail, own_ttl),
	  .meaning = "what all else from the end that it names came with; the "
		     "lowest, if they differ", .required = true },
	{ "rsts", FIELD_COUNT, offsetof(struct detail, rsts),
	  .meaning = "RSTs in the name of that end", .required = true },
	FIELDS_END,
};
/* clang-format on */

const struct detector detector_third_party_rst = {
	.kind = {
		.name = "third_party_rst",
		.summary = "an RST was not sent by the end that it names",
		.source = "RFC 9293 section 3.5.2; RFC 5961 section 1; RFC "
			  "3360; RFC 6864",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"An RST ends a connection whoever wrote it, if its addresses and its sequence "
"number are right. Firewalls that forget or forbid a connection, intrusion "
"prevention, load balancers, tools such as tcpkill, and attackers send RSTs in "
"the name of one end to the other, often to both.\n"
"Both programs then see \"connection reset by peer\", and each blames the other.",
		.evidence =
"Certain if the end that the RST names goes on: later than a round trip after it, "
"and with its own TTL, it sends new data, a FIN, or an ACK of what passed since. "
"Likely if the TTL differs by two or more from all else that this end sent, if "
"several RSTs step through sequence numbers that the end has not reached, or if "
"both ends got an RST within 10 ms and neither answers the other.\n"
"A missing timestamp option and an IP-ID that was copied, or is 0 where the "
"socket counts, corroborate; alone they make no finding.",
		.lookalikes =
"A plain RST out of the same host's kernel, which may begin with another TTL "
"(64, 128, 255) at the same distance. A reset of an earlier connection "
"(stale_rst). A refused SYN. Segments that the end sent before its own RST and "
"that the network or the capture put behind it.",
		.remedy =
"Find the device: the TTL tells its distance from the capture, and captures at "
"several points tell between which of them the RST appears.\n"
"Firewalls and load balancers drop idle connections after minutes: raise their "
"idle timeout or set tcp_keepalive_time below it (and SO_KEEPALIVE in the "
"program). Against forgers: a stack with RFC 5961, TCP-AO or IPsec.",
	},
	.memory = sizeof(struct watch),
	.detail_size = sizeof(struct detail),
	.starts = STEP_RESET,
	.follows = ~(uint32_t)(STEP_CLONE | STEP_TIME),
	.observe = observe,
	.judge_end = judge_end,
};
