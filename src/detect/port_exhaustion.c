/*
 * port_exhaustion: a client host uses up the ports from which it can reach one
 * port of one server.
 *
 *	ports  |........ live ........|........ TIME-WAIT ........|  free  |
 *	       0                                                   32768-60999
 *
 * A port is taken while its connection lives and for 60 s afterwards if the
 * client closes first, so 28232 ports allow 470 connections a second
 * (ip_local_port_range, TCP_TIMEWAIT_LEN). Running out shows as nothing on the
 * wire: connect() fails with EADDRNOTAVAIL. What the tap can do is count.
 *
 *	bucket  | 0 | 1 | ... | 59 |    60 of them make one TIME-WAIT
 *	         ^ ports that came to rest in it; free when it is 60 old
 *
 * FIN-WAIT-2 is counted with TIME-WAIT, for the kernel keeps it as long
 * (tcp_fin_timeout). An unanswered SYN is not counted: whoever floods or scans
 * has no sockets.
 */
#include <string.h>

#include "base/text.h"
#include "detect/host_detector.h"

#define BUCKETS    60
#define RING       64 /* a power of two above it */
#define BURST      10 /* buckets that make a rate "sustained" */
#define WARNING_AT 80 /* percent */
#define ERROR_AT   95

/* What is known of one (client, server, server port). */
struct tally {
	int64_t bucket; /* the newest */
	uint32_t rested[RING];
	uint32_t resting; /* sum of the newest BUCKETS */
	uint32_t live;
	uint32_t peak, peak_live; /* most at once, and how many of them lived */
	uint32_t peak_burst;      /* most that came to rest in BURST buckets */
	uint32_t n_reused;        /* taken from TIME-WAIT by a new connection */
	uint16_t lowest, highest; /* of its ports */
	uint32_t source;
	uint32_t n_begun;
	int64_t first_ts, peak_ts, burst_ts;
	int64_t hot_ts; /* when it was last short of ports, or on the way */
	uint64_t first_frame, peak_frame;
};

static bool is_live(enum tcp_state state)
{
	return state == ESTABLISHED || state == FIN_WAIT_1 ||
	       state == CLOSING || state == CLOSE_WAIT || state == LAST_ACK;
}

static bool is_resting(enum tcp_state state)
{
	return state == TIME_WAIT || state == FIN_WAIT_2;
}

/* ---- buckets --------------------------------------------------------------
 */

static int64_t bucket_width(const struct host_rules *rules)
{
	const int64_t width = rules->time_wait / BUCKETS;
	return width > 0 ? width : 1;
}

static int64_t bucket_of(const struct host_rules *rules, int64_t ts)
{
	return ts / bucket_width(rules);
}

/* The same, of what mostly lies in the bucket that is guessed: a division takes
 * longer than all else that is done with it. */
static int64_t bucket_near(const struct host_rules *rules, int64_t ts,
                           int64_t guess)
{
	const int64_t width = bucket_width(rules);
	const int64_t into = ts - guess * width;
	return into >= 0 && into < width ? guess : ts / width;
}

static uint32_t *rested_in(struct tally *t, int64_t bucket)
{
	return &t->rested[(uint64_t)bucket % RING];
}

/* A client whose ports lie further apart than the range has a larger one. */
static uint32_t range_of(const struct tally *t, const struct host_rules *rules)
{
	const uint32_t span = (uint32_t)(t->highest - t->lowest) + 1;
	return span > rules->port_range ? span : rules->port_range;
}

/* So many in BURST buckets fill the range before the first is free again. */
static bool is_too_fast(uint32_t burst, uint32_t range)
{
	return (uint64_t)burst * BUCKETS >= (uint64_t)range * BURST;
}

static uint32_t percent_of(uint32_t ports, uint32_t range)
{
	return (uint32_t)((uint64_t)ports * 100 / (range > 0 ? range : 1));
}

/* How many came to rest in the newest BURST buckets that are over. */
static void note_burst(struct tally *t, const struct host_rules *rules,
                       int64_t ts)
{
	uint32_t burst = 0;
	for (int64_t i = 1; i <= BURST; i++)
		burst += *rested_in(t, t->bucket - i);
	if (is_too_fast(burst, range_of(t, rules)))
		t->hot_ts = ts;
	if (burst > t->peak_burst) {
		t->peak_burst = burst;
		t->burst_ts = ts;
	}
}

/* Time passes: what rested long enough is free. */
static void advance(struct tally *t, const struct host_rules *rules, int64_t ts)
{
	const int64_t now = bucket_near(rules, ts, t->bucket);
	if (now - t->bucket > RING) {
		memset(t->rested, 0, sizeof(t->rested));
		t->resting = 0;
		t->bucket = now;
	}
	while (t->bucket < now) {
		t->bucket++;
		uint32_t *oldest = rested_in(t, t->bucket - BUCKETS);
		t->resting -= *oldest;
		*oldest = 0;
		note_burst(t, rules, ts);
	}
}

static void rest(struct tally *t)
{
	(*rested_in(t, t->bucket))++;
	t->resting++;
}

/* A port that came to rest at `since` does so no more. */
static void unrest(struct tally *t, const struct host_rules *rules,
                   int64_t since)
{
	const int64_t bucket = bucket_near(rules, since, t->bucket);
	if (bucket <= t->bucket - BUCKETS || bucket > t->bucket ||
	    *rested_in(t, bucket) == 0)
		return;
	(*rested_in(t, bucket))--;
	t->resting--;
}

/* ---- counting -------------------------------------------------------------
 */

static void begin(struct tally *t, const struct host_sight *sight)
{
	memset(t, 0, sizeof(*t));
	t->bucket = bucket_of(sight->rules, sight->now);
	t->source = sight->conn->source;
	t->first_ts = sight->conn->first_ts;
	t->first_frame = sight->conn->first_frame;
	t->lowest = t->highest = sight->client_port;
}

static void take_port(struct tally *t, const struct host_sight *sight)
{
	const uint16_t port = sight->client_port;
	t->live++;
	t->n_begun++;
	if (port < t->lowest)
		t->lowest = port;
	if (port > t->highest)
		t->highest = port;
}

static void leave_live(struct tally *t)
{
	if (t->live > 0) /* 0: it began before this place was taken */
		t->live--;
}

static void note_peak(struct tally *t, const struct host_sight *sight)
{
	const uint32_t range = range_of(t, sight->rules);
	/* percent_of() without its division: it is asked for each step. */
	if ((uint64_t)(t->live + t->resting) * 100 >=
	    (uint64_t)range * WARNING_AT)
		t->hot_ts = sight->now;
	if (t->live + t->resting <= t->peak)
		return;
	t->peak = t->live + t->resting;
	t->peak_live = t->live;
	t->peak_ts = sight->now;
	t->peak_frame = sight->conn->last_frame;
}

static int64_t entered(const struct conn *c, const struct state_change *change)
{
	const struct closing *k = c->closing;
	return change->ts -
	       (k ? k->fin[change->end].in_state[change->from] : 0);
}

static void count_change(struct tally *t, const struct host_sight *sight,
                         const struct state_change *change)
{
	const enum tcp_state from = (enum tcp_state)change->from;
	const enum tcp_state to = (enum tcp_state)change->to;
	if (is_live(from) && !is_live(to))
		leave_live(t);
	else if (!is_live(from) && is_live(to))
		take_port(t, sight);
	if (is_resting(from) && is_resting(to) && change->rolled_back)
		return;
	if (is_resting(from) && change->event != TIMED_OUT)
		unrest(t, sight->rules, entered(sight->conn, change));
	if (is_resting(to))
		rest(t);
	if (change->event == REPLACED && from == TIME_WAIT)
		t->n_reused++;
}

/* A connection that is not established takes no port worth counting. */
static bool takes_a_port(const struct host_sight *sight)
{
	const struct step *step = sight->step;
	for (unsigned i = 0; step && i < step->n_changes; i++) {
		if (step->change[i].end == sight->conn->opener &&
		    is_live((enum tcp_state)step->change[i].to))
			return true;
	}
	return false;
}

static struct host_place *place_of(struct host_places *places,
                                   const struct host_sight *sight)
{
	bool is_new = false;
	if (!takes_a_port(sight))
		return host_places_find(places, sight->key, sight->now);
	struct host_place *place =
		host_places_take(places, sight->key, sight->now, &is_new);
	if (is_new)
		begin(place->tally, sight);
	return place;
}

static void count_step(struct tally *t, const struct host_sight *sight)
{
	const struct conn *c = sight->conn;
	const struct step *step = sight->step;
	advance(t, sight->rules, sight->now);
	for (unsigned i = 0; step && i < step->n_changes; i++) {
		if (step->change[i].end == c->opener)
			count_change(t, sight, &step->change[i]);
	}
	if (!step)
		leave_live(t);
	note_peak(t, sight);
}

/* Most steps change nothing about the client's port. */
static bool minds(bool is_client, enum tcp_state from, enum tcp_state to)
{
	return is_client && (is_live(from) != is_live(to) || is_resting(from) ||
	                     is_resting(to));
}

/* Whose ports are used up, only who is client can tell. */
static bool knows_client(const struct conn *c)
{
	return c->direction_source != DIRECTION_FIRST_PACKET;
}

static bool minds_end(const struct conn *c)
{
	return knows_client(c) &&
	       is_live((enum tcp_state)c->end[c->opener].state);
}

static void observe(struct host_places *places, const struct host_sight *sight)
{
	struct host_place *place =
		knows_client(sight->conn) ? place_of(places, sight) : NULL;
	if (!place)
		return;
	struct tally *t = place->tally;
	count_step(t, sight);
	place->weight = t->peak;
}

/* ---- judging --------------------------------------------------------------
 */

struct verdict {
	uint32_t range;
	uint32_t percent;
	uint32_t a_second; /* that came to rest, at the most */
	bool too_fast;     /* for all ports to be free again in time */
};

static struct verdict verdict_on(const struct tally *t,
                                 const struct host_rules *rules)
{
	const uint32_t range = range_of(t, rules);
	const double burst_s = (double)rules->time_wait * BURST / BUCKETS / 1e9;
	return (struct verdict){
		.range = range,
		.percent = percent_of(t->peak, range),
		.a_second = (uint32_t)((double)t->peak_burst / burst_s),
		.too_fast = is_too_fast(t->peak_burst, range),
	};
}

struct detail {
	int64_t ports, live, time_wait, range, percent;
	int64_t a_second, reused, connections, lowest, highest;
};

static void fill_detail(const struct tally *t, const struct verdict *v,
                        struct detail *d)
{
	*d = (struct detail){
		.ports = t->peak,
		.live = t->peak_live,
		.time_wait = t->peak - t->peak_live,
		.range = v->range,
		.percent = v->percent,
		.a_second = v->a_second,
		.reused = t->n_reused,
		.connections = t->n_begun,
		.lowest = t->lowest,
		.highest = t->highest,
	};
}

static void tell(const struct host_key *key, const struct verdict *v,
                 const struct detail *d, struct finding *f)
{
	char client[IP_TEXT_MAX], server[IP_TEXT_MAX];
	ip_text(&key->client, key->ip_version, client);
	ip_text(&key->server, key->ip_version, server);
	if (v->percent >= WARNING_AT)
		text_print(
			f->message, sizeof(f->message),
			"%s held %lld ports towards port %u of %s at once, %u "
			"%% of %u: %lld live, %lld in TIME-WAIT or FIN-WAIT-2",
			client, (long long)d->ports, key->port, server,
			v->percent, v->range, (long long)d->live,
			(long long)d->time_wait);
	else
		text_print(
			f->message, sizeof(f->message),
			"%s closed %u connections a second to port %u of %s: "
			"as TIME-WAIT lasts, that uses up %u ports if it "
			"goes on",
			client, v->a_second, key->port, server, v->range);
}

static void judge_tally(const struct tally *t, const struct host_place *place,
                        const struct verdict *v, struct host_finding *out)
{
	struct finding *f = &out->finding;
	const bool counted = v->percent >= WARNING_AT;
	fill_detail(t, v, f->detail);
	f->severity =
		v->percent >= ERROR_AT ? SEVERITY_ERROR : SEVERITY_WARNING;
	f->confidence = counted ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	f->outcome = v->percent >= ERROR_AT ? "exhausted"
	             : counted              ? "near"
	                                    : "too_fast";
	f->first_ts = t->first_ts;
	f->last_ts = counted ? t->peak_ts : t->burst_ts;
	f->count = t->n_begun;
	numbers_add(&f->frames, (int64_t)t->first_frame);
	numbers_add(&f->frames, (int64_t)t->peak_frame);
	out->client = place->key.client;
	out->server = place->key.server;
	out->ip_version = (uint8_t)place->key.ip_version;
	out->server_port = place->key.port;
	out->source = t->source;
	tell(&place->key, v, f->detail, f);
}

static bool judge(const struct host_place *place,
                  const struct host_rules *rules, struct host_finding *out)
{
	const struct tally *t = place->tally;
	const struct verdict v = verdict_on(t, rules);
	if (v.percent < WARNING_AT && !v.too_fast)
		return false;
	judge_tally(t, place, &v, out);
	return true;
}

/* Whatever rested then is free by now. */
static bool is_over(const struct host_place *place,
                    const struct host_rules *rules, int64_t now)
{
	const struct tally *t = place->tally;
	return now - t->hot_ts > rules->time_wait;
}

/* What is live or rests stays so; the most of it is sought anew. */
static void restart(struct host_place *place, int64_t now)
{
	struct tally *t = place->tally;
	t->peak = t->peak_live = t->peak_burst = 0;
	t->n_reused = t->n_begun = 0;
	t->first_ts = now;
	t->first_frame = t->peak_frame;
	place->weight = 0;
}

/* clang-format off */
static const char *const outcomes[] = {
	"exhausted", "near", "too_fast", NULL
};

static const struct field fields[] = {
	{ "ports", FIELD_COUNT, offsetof(struct detail, ports),
	  .required = true,
	  .meaning = "ports that were taken at once, at the most" },
	{ "live_ports", FIELD_COUNT, offsetof(struct detail, live),
	  .meaning = "of these, by connections that lived" },
	{ "time_wait_ports", FIELD_COUNT, offsetof(struct detail, time_wait),
	  .meaning = "of these, by TIME-WAIT or FIN-WAIT-2" },
	{ "port_range", FIELD_COUNT, offsetof(struct detail, range),
	  .required = true,
	  .meaning = "ports that the client is assumed to have: the default "
		     "range of Linux, or as far as its ports lie apart" },
	{ "percent", FIELD_COUNT, offsetof(struct detail, percent),
	  .required = true, .meaning = "the share that was taken" },
	{ "closes_per_second", FIELD_COUNT, offsetof(struct detail, a_second),
	  .meaning = "connections a second that left a TIME-WAIT, over a sixth "
		     "of its time, at the most" },
	{ "reused", FIELD_COUNT, offsetof(struct detail, reused),
	  .meaning = "times a port was taken again out of TIME-WAIT" },
	{ "connections", FIELD_COUNT, offsetof(struct detail, connections),
	  .meaning = "connections that were counted" },
	{ "lowest_port", FIELD_COUNT, offsetof(struct detail, lowest),
	  .meaning = "the lowest port of the client" },
	{ "highest_port", FIELD_COUNT, offsetof(struct detail, highest),
	  .meaning = "the highest port of the client" },
	FIELDS_END,
};
/* clang-format on */

const struct host_detector host_detector_port_exhaustion = {
	.kind = {
		.name = "port_exhaustion",
		.summary = "a client uses up the ports from which it can reach "
			   "a server",
		.source = "RFC 9293 section 3.6.1; RFC 6335 section 6; Linux "
			  "ip_local_port_range",
		.outcomes = outcomes,
		.fields = fields,
		.story =
"A connection is named by two addresses and two ports. To one port of one "
"server a client has only as many connections as it has ports of its own: "
"28232 on Linux unless changed. Each is taken while the connection lives, and "
"60 s longer in TIME-WAIT if the client closes first, which allows some 470 new "
"connections a second.\n"
"When none is left, connect() fails with EADDRNOTAVAIL (\"cannot assign "
"requested address\") and not a packet is sent. Address translators run out in "
"the same way, for all clients behind one outer address together.",
		.evidence =
"The ports of one (client address, server address, server port) that are live, "
"in TIME-WAIT or in FIN-WAIT-2 at the same time: from 80 % of the range a "
"warning, from 95 % an error, both likely at most, because the failure itself "
"is not on the wire. Closes at a rate that fills the range within TIME-WAIT, for "
"10 s, are a warning too, but only possible.",
		.lookalikes =
"A SYN flood or a port scan: SYNs without an answer take no port here. Closes "
"by the server, which leave TIME-WAIT there. A client with a larger range: if "
"its ports lie further apart than the default range, as many are assumed.",
		.remedy =
"Keep connections open and share them (keep-alive, a pool). Where that cannot "
"be: more source addresses, more server ports, a wider ip_local_port_range, or "
"tcp_tw_reuse=1 on the client, which needs timestamps. tcp_fin_timeout does not "
"shorten TIME-WAIT, and tcp_max_tw_buckets only breaks it.",
	},
	.tally_size = sizeof(struct tally),
	.detail_size = sizeof(struct detail),
	.follows = 0,
	.minds = minds,
	.minds_end = minds_end,
	.observe = observe,
	.judge = judge,
	.is_over = is_over,
	.restart = restart,
};
