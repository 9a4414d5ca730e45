/*
 * syn_timestamp_drop: a server ignores SYNs of an address because another
 * connection of that address had a newer timestamp.
 *
 *      A, A' behind one address    tap                       B
 *   A: ... connection closed, TSval 9000 ------------>  remembers 9000
 *   A' SYN, TSval 100 -------------|----------------->  dropped in silence
 *   A' SYN again ------------------|----------------->  dropped in silence
 *   A: SYN, TSval 9500 ------------|----------------->  SYN+ACK
 *
 * tcp_tw_recycle did that, on Linux before 4.12: for 60 s it held the newest
 * timestamp of every peer address against all new connections from there
 * (tcp_peer_is_proven()). Hosts behind one translator share an address but no
 * clock. Silence is all there is to see, and loss is silent too; so what counts
 * is that SYNs are ignored if they are behind, and answered if not, without an
 * exception. Any other stack, whose timestamps differ from connection to
 * connection anyway, makes one soon.
 */
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "detect/host_detector.h"

#define SECOND      INT64_C(1000000000)
#define REMEMBERED  (60 * SECOND) /* TCP_PAWS_MSL */
#define PAWS_WINDOW 1             /* ticks: TCP_PAWS_WINDOW */
#define PENDING     6
#define FRAMES_KEPT 12

#define STEP_ANY_SYN (STEP_SYN | STEP_SYN_COPY)

/* A SYN that is behind, and has no answer so far. */
struct pending {
	uint64_t stream; /* of its connection, plus one; 0: free */
	int64_t first_ts, last_ts;
	int64_t age; /* of what it was compared with, at first */
	struct tcp_ts tsval, remembered;
	int32_t behind; /* now: what is remembered may have moved */
	uint32_t n_sent;
	uint32_t source;
	uint16_t port;
	uint8_t n_frames;
	uint64_t frame[3];
};

/* What is known of one (client, server, server port). */
struct tally {
	bool has_ts;
	uint8_t n_pending;
	struct tcp_ts ts; /* remembered of connections that were closed */
	int64_t ts_at;
	uint32_t n_ignored; /* connections, behind */
	uint32_t n_syns;    /* their SYNs */
	uint32_t n_lost; /* connections that were ignored though not behind */
	uint32_t n_answered; /* that were not behind */
	uint32_t n_defied;   /* answered though behind */
	int64_t first_ts, last_ts, answered_ts;
	uint8_t n_frames;

	/* Left as it is when another connection takes the place, as most of
	 * it is never used: what is of it is told by the counts above. */
	struct pending worst;
	uint64_t frame[FRAMES_KEPT];
	struct pending pending[PENDING];
};

static void begin(struct tally *t)
{
	memset(t, 0, offsetof(struct tally, worst));
}

/* ---- what a server would remember -----------------------------------------
 */

static bool ends_orderly(const struct step *step)
{
	for (unsigned i = 0; i < step->n_changes; i++) {
		if (step->change[i].to == TIME_WAIT ||
		    (step->change[i].to == CLOSED &&
		     step->change[i].event == FIN_ACKED))
			return true;
	}
	return false;
}

/* tcp_remember_stamp(): a newer one, or any if the old has expired. */
static void remember(struct tally *t, const struct conn *c, int64_t now)
{
	const struct end *client = &c->end[c->opener];
	if (!end_is(client, END_TIMESTAMPS))
		return;
	if (t->has_ts && ts_diff(client->tsval, t->ts) < 0 &&
	    now - t->ts_at <= REMEMBERED)
		return;
	t->has_ts = true;
	t->ts = client->tsval;
	t->ts_at = now;
}

/* Ticks that a SYN is behind; 0 if it would pass. */
static int32_t behind(const struct tally *t, const struct step *syn)
{
	if (!t->has_ts || !(syn->seg->options & OPTION_TIMESTAMP) ||
	    syn->ts - t->ts_at >= REMEMBERED)
		return 0;
	const int32_t ticks = ts_diff(t->ts, syn->seg->tsval);
	return ticks > PAWS_WINDOW ? ticks : 0;
}

/* ---- SYNs -----------------------------------------------------------------
 */

/* Where the clocks of a client agree, none waits: and all that may wait take up
 * more memory than all the rest. */
static struct pending *pending_of(struct tally *t, const struct conn *c)
{
	if (t->n_pending == 0)
		return NULL;
	for (unsigned i = 0; i < PENDING; i++) {
		if (t->pending[i].stream == c->stream + 1)
			return &t->pending[i];
	}
	return NULL;
}

/* Its connection was ignored: nothing answered, however often it asked. */
static void count_ignored(struct tally *t, const struct pending *p)
{
	if (t->n_ignored == 0 || p->first_ts < t->first_ts)
		t->first_ts = p->first_ts;
	if (t->n_ignored == 0 || p->n_sent > t->worst.n_sent)
		t->worst = *p;
	if (p->last_ts > t->last_ts)
		t->last_ts = p->last_ts;
	t->n_ignored++;
	t->n_syns += p->n_sent;
	for (unsigned i = 0; i < p->n_frames && t->n_frames < FRAMES_KEPT; i++)
		t->frame[t->n_frames++] = p->frame[i];
}

/* The oldest gives way; whether it was ignored is known by its third SYN. */
static struct pending *free_pending(struct tally *t)
{
	struct pending *oldest = &t->pending[0];
	if (t->n_pending == 0)
		memset(t->pending, 0, sizeof(t->pending));
	for (unsigned i = 0; i < PENDING; i++) {
		if (t->pending[i].stream == 0) {
			t->n_pending++;
			return &t->pending[i];
		}
		if (t->pending[i].first_ts < oldest->first_ts)
			oldest = &t->pending[i];
	}
	if (oldest->n_sent > 2)
		count_ignored(t, oldest);
	return oldest;
}

static void forget(struct tally *t, struct pending *p)
{
	if (!p)
		return;
	p->stream = 0;
	t->n_pending--;
}

static void note_syn(struct pending *p, const struct step *step)
{
	p->n_sent++;
	p->last_ts = step->ts;
	if (p->n_frames < sizeof(p->frame) / sizeof(p->frame[0]))
		p->frame[p->n_frames++] = step->seg->frame;
}

static void saw_syn(struct tally *t, const struct host_sight *sight)
{
	const struct step *step = sight->step;
	struct pending *p = pending_of(t, sight->conn);
	const int32_t ticks = behind(t, step);
	if (!p && ticks > 0 && step_is(step, STEP_SYN)) {
		p = free_pending(t);
		*p = (struct pending){
			.stream = sight->conn->stream + 1,
			.first_ts = step->ts,
			.age = step->ts - t->ts_at,
			.tsval = step->seg->tsval,
			.remembered = t->ts,
			.source = sight->conn->source,
			.port = sight->client_port,
		};
	}
	if (!p)
		return;
	p->behind = ticks;
	note_syn(p, step);
}

/* The newest SYN of an answered connection was behind, or was not. */
static void saw_answer(struct tally *t, const struct host_sight *sight)
{
	struct pending *p = pending_of(t, sight->conn);
	if (p && p->behind > 0) {
		t->n_defied++;
	} else {
		t->n_answered++;
		t->answered_ts = sight->now;
	}
	forget(t, p);
}

static bool is_silent(const struct conn *c)
{
	return !end_is(&c->end[!c->opener], END_SPOKE);
}

/* The connection is over without an answer, or with one that was none. */
static void saw_end(struct tally *t, const struct host_sight *sight)
{
	const struct conn *c = sight->conn;
	const bool silent = is_silent(c);
	struct pending *p = pending_of(t, c);
	const uint32_t n_sent = c->end[c->opener].packets;
	if (p && silent && p->n_sent > 1)
		count_ignored(t, p);
	else if (!p && silent && n_sent > 1 && !c->midstream)
		t->n_lost++;
	forget(t, p);
}

/* ---- all connections ------------------------------------------------------
 */

/* What may be an orderly end. */
static bool minds(bool is_client, enum tcp_state from, enum tcp_state to)
{
	(void)is_client;
	(void)from;
	return to == TIME_WAIT || to == CLOSED;
}

/* What asked again and had no answer. One SYN alone counts for nothing: if it
 * is behind, it waits until it gives way as the oldest. */
static bool minds_end(const struct conn *c)
{
	return c->direction_source == DIRECTION_SYN &&
	       c->end[c->opener].packets > 1 &&
	       !end_is(&c->end[!c->opener], END_SYN);
}

enum sight_of { NOTHING, SYN, ANSWER, CLOSE, END };

static enum sight_of what_is_seen(const struct host_sight *sight)
{
	const struct conn *c = sight->conn;
	const struct step *step = sight->step;
	if (c->direction_source != DIRECTION_SYN)
		return NOTHING;
	if (!step)
		return END;
	if (!step_is(step, STEP_ANY_SYN))
		return ends_orderly(step) ? CLOSE : NOTHING;
	if (step->from == c->opener)
		return SYN;
	return step_is(step, STEP_SYN) ? ANSWER : NOTHING;
}

/* A client gets a place when there is something to keep of it; one that only
 * begins has none, or a flood would take them all. */
static struct host_place *place_of(struct host_places *places,
                                   const struct host_sight *sight,
                                   enum sight_of what)
{
	bool is_new = false;
	if (what == SYN || (what == END && !is_silent(sight->conn)))
		return host_places_find(places, sight->key, sight->now);
	struct host_place *place =
		host_places_take(places, sight->key, sight->now, &is_new);
	if (is_new) {
		begin(place->tally);
		place->since = sight->conn->first_ts;
	}
	return place;
}

static void observe(struct host_places *places, const struct host_sight *sight)
{
	const enum sight_of what = what_is_seen(sight);
	struct host_place *place =
		what == NOTHING ? NULL : place_of(places, sight, what);
	if (!place)
		return;
	struct tally *t = place->tally;
	if (what == SYN)
		saw_syn(t, sight);
	else if (what == ANSWER)
		saw_answer(t, sight);
	else if (what == CLOSE)
		remember(t, sight->conn, sight->now);
	else
		saw_end(t, sight);
	place->weight = t->n_ignored * 16 + t->has_ts;
}

/* ---- judging --------------------------------------------------------------
 */

struct detail {
	int64_t ignored, syns, answered;
	int64_t tsval, remembered, behind_ticks, age;
};

static bool is_drop(const struct tally *t)
{
	return t->n_ignored > t->n_lost && t->n_defied == 0 &&
	       t->answered_ts > t->first_ts;
}

/* One that was ignored may have been lost three times. */
static enum confidence sure_of(const struct tally *t)
{
	return t->n_ignored > 1 && t->n_answered > 1 && t->n_lost == 0
	               ? CONFIDENCE_LIKELY
	               : CONFIDENCE_POSSIBLE;
}

static void fill_detail(const struct tally *t, struct detail *d)
{
	*d = (struct detail){
		.ignored = t->n_ignored,
		.syns = t->n_syns,
		.answered = t->n_answered,
		.tsval = t->worst.tsval.wire,
		.remembered = t->worst.remembered.wire,
		.behind_ticks = ts_diff(t->worst.remembered, t->worst.tsval),
		.age = t->worst.age,
	};
}

static void tell(const struct host_key *key, const struct detail *d,
                 struct finding *f)
{
	char client[IP_TEXT_MAX], server[IP_TEXT_MAX], age[SPAN_TEXT_MAX];
	ip_text(&key->client, key->ip_version, client);
	ip_text(&key->server, key->ip_version, server);
	text_print(
		f->message, sizeof(f->message),
		"port %u of %s ignored %lld SYNs of %lld connection%s of %s, "
		"%lld ticks behind another one closed %s before, and answered "
		"those that were not",
		key->port, server, (long long)d->syns, (long long)d->ignored,
		d->ignored == 1 ? "" : "s", client, (long long)d->behind_ticks,
		span_text(d->age, age));
}

static void judge_tally(const struct tally *t, const struct host_key *key,
                        struct host_finding *out)
{
	struct finding *f = &out->finding;
	fill_detail(t, f->detail);
	f->severity = SEVERITY_WARNING;
	f->confidence = sure_of(t);
	f->outcome = "unanswered";
	f->first_ts = t->first_ts;
	f->last_ts = t->last_ts;
	f->count = t->n_syns;
	for (unsigned i = 0; i < t->n_frames; i++)
		numbers_add(&f->frames, (int64_t)t->frame[i]);
	out->client = key->client;
	out->server = key->server;
	out->ip_version = (uint8_t)key->ip_version;
	out->client_port = t->n_ignored == 1 ? t->worst.port : 0;
	out->server_port = key->port;
	out->source = t->worst.source;
	tell(key, f->detail, f);
}

/* Live, a connection is taken to be ignored with its third SYN; it may still be
 * answered, and that is told then. */
static struct tally as_of_now(const struct host_place *place)
{
	const struct tally *kept = place->tally;
	struct tally t = *kept;
	for (unsigned i = 0; t.n_pending > 0 && i < PENDING; i++) {
		const struct pending *p = &t.pending[i];
		if (p->stream != 0 && p->n_sent > 2)
			count_ignored(&t, p);
	}
	return t;
}

static bool judge(const struct host_place *place,
                  const struct host_rules *rules, struct host_finding *out)
{
	const struct tally t = as_of_now(place);
	(void)rules;
	if (!is_drop(&t))
		return false;
	judge_tally(&t, &place->key, out);
	return true;
}

/* No SYN was ignored for as long as a server remembers, and longer than one
 * that is ignored is repeated. */
static bool is_over(const struct host_place *place,
                    const struct host_rules *rules, int64_t now)
{
	const struct tally t = as_of_now(place);
	(void)rules;
	return now - t.last_ts > 4 * REMEMBERED;
}

/* What the server remembers, and who waits for an answer, stays. */
static void restart(struct host_place *place, int64_t now)
{
	struct tally *t = place->tally;
	t->n_ignored = t->n_syns = t->n_lost = 0;
	t->n_answered = t->n_defied = 0;
	t->n_frames = 0;
	t->first_ts = t->last_ts = t->answered_ts = now;
	place->weight = t->has_ts;
}

/* clang-format off */
static const char *const outcomes[] = { "unanswered", NULL };

static const struct field fields[] = {
	{ "connections_ignored", FIELD_COUNT, offsetof(struct detail, ignored),
	  .required = true,
	  .meaning = "connections none of whose SYNs was answered" },
	{ "syns_ignored", FIELD_COUNT, offsetof(struct detail, syns),
	  .required = true, .meaning = "their SYNs" },
	{ "connections_answered", FIELD_COUNT,
	  offsetof(struct detail, answered),
	  .meaning = "connections to the same port that were answered" },
	{ "tsval", FIELD_COUNT, offsetof(struct detail, tsval),
	  .meaning = "timestamp of a SYN that was ignored" },
	{ "remembered_tsval", FIELD_COUNT, offsetof(struct detail, remembered),
	  .meaning = "newest timestamp of that address before it" },
	{ "behind_ticks", FIELD_COUNT, offsetof(struct detail, behind_ticks),
	  .unit = "ticks", .meaning = "how far it was behind" },
	{ "remembered_for_us", FIELD_DURATION, offsetof(struct detail, age),
	  .unit = "us",
	  .meaning = "how long before the SYN the other connection had closed" },
	FIELDS_END,
};
/* clang-format on */

const struct host_detector host_detector_syn_timestamp_drop = {
	.kind = {
		.name = "syn_timestamp_drop",
		.summary = "SYNs of an address were ignored while other "
			   "connections of it had newer timestamps",
		.source = "RFC 7323 section 5; RFC 6191; Linux before 4.12: "
			  "tcp_tw_recycle, tcp_peer_is_proven()",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"With tcp_tw_recycle a Linux server remembered, for 60 s, the newest timestamp "
"of each peer address and dropped every SYN from there that had an older one. "
"Several hosts behind one address translator share the address, but each has a "
"clock of its own: the one with the newest wins, the others wait for seconds "
"or fail to connect at all, now and then and for no visible reason.\n"
"The setting is gone since Linux 4.12; some load balancers and old servers "
"behave so to this day.",
		.evidence =
"At least two SYNs of one connection without any answer, whose timestamp is "
"older than that of a connection of the same address to the same port which "
"had closed less than 60 s before; and a SYN that was not behind, or had no "
"timestamp, and was answered after that. A single SYN that is behind and "
"answered refutes it.\n"
"Likely if several connections were ignored and several answered, else "
"possible: silence is no proof of a reason.",
		.lookalikes =
"A server that is down or a path that loses SYNs: then others are ignored as "
"well. An ACK instead of silence: the SYN met TIME-WAIT and failed PAWS "
"(paws_failure). Hosts whose timestamps start at random for each connection: "
"half of their SYNs are behind, and answered.",
		.remedy =
"On the server: tcp_tw_recycle=0, or a kernel from 4.12 on. Switching "
"timestamps off cures the symptom and costs more than it brings.",
	},
	.tally_size = sizeof(struct tally),
	.detail_size = sizeof(struct detail),
	.follows = STEP_ANY_SYN,
	.minds = minds,
	.minds_end = minds_end,
	.observe = observe,
	.judge = judge,
	.is_over = is_over,
	.restart = restart,
};
