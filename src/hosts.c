#include "hosts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "record/ids.h"
#include "tcpclose/error.h"

#define FILTER_MAX 256
#define DETAIL_MAX 512
#define DETECTORS  8  /* host detectors */
#define STATES     16 /* a power of two, for its table's sake */
#define LOOK_EVERY INT64_C(1000000000)
#define OPEN_MOST  100 /* of a kind at one look; the others wait a second */

/* Sets of host detectors are bits by index. */
struct hosts {
	struct host_rules rules;
	/* Who minds that the server or the client goes from one state to
	 * another; asked for each change of each connection. */
	uint8_t minds[2][STATES][STATES];
	uint32_t follows;             /* what any of them follows */
	uint32_t followed[DETECTORS]; /* and each */
	int64_t looked;               /* when hosts_look() last did */
	/* One a host detector; NULL: not asked for. */
	struct host_places *places[DETECTORS];
};

static void enable(struct hosts *h, size_t i)
{
	const struct host_detector *d = host_detectors[i];
	const uint8_t self = (uint8_t)(1U << i);
	h->followed[i] = d->follows;
	h->follows |= d->follows;
	for (int at = 0; at < N_TCP_STATES * N_TCP_STATES; at++) {
		const int from = at / N_TCP_STATES, to = at % N_TCP_STATES;
		for (int client = 0; client < 2; client++)
			if (d->minds(client, (enum tcp_state)from,
			             (enum tcp_state)to))
				h->minds[client][from][to] |= self;
	}
}

struct hosts *hosts_new(const struct host_rules *rules, uint64_t enabled,
                        uint64_t budget, const struct tcpclose_allocator *alloc)
{
	struct hosts *h = alloc_new(alloc, 1, sizeof(*h));
	assert(n_host_detectors <= DETECTORS);
	if (!h)
		return NULL;
	h->rules = *rules;
	for (size_t i = 0; i < n_host_detectors; i++) {
		if (!(enabled >> (n_detectors + i) & 1))
			continue;
		h->places[i] =
			host_places_new(host_detectors[i]->tally_size,
		                        budget / n_host_detectors, alloc);
		if (!h->places[i]) {
			hosts_free(h, alloc);
			return NULL;
		}
		enable(h, i);
	}
	return h;
}

void hosts_free(struct hosts *h, const struct tcpclose_allocator *alloc)
{
	if (!h)
		return;
	for (size_t i = 0; i < n_host_detectors; i++)
		host_places_free(h->places[i], alloc);
	alloc_free(alloc, h);
}

size_t hosts_memory(const struct hosts *h)
{
	size_t n = sizeof(*h);
	for (size_t i = 0; i < n_host_detectors; i++) {
		if (h->places[i])
			n += host_places_memory(h->places[i]);
	}
	return n;
}

static void fill_key(struct host_key *key, struct life *life)
{
	const struct flow_key *flow = &life->flow->key;
	const unsigned client = life->conn.opener;
	struct life_book *book = &life->book;
	key->client = flow->addr[client];
	key->server = flow->addr[!client];
	key->port = flow->port[!client];
	key->ip_version = flow->ip_version;
	if (!book->has_bucket) {
		book->bucket = host_key_bucket(key);
		book->has_bucket = true;
	}
	key->bucket = book->bucket;
}

static void show(struct hosts *h, struct life *life, const struct step *step,
                 int64_t now, unsigned set)
{
	struct host_key key;
	const struct host_sight sight = {
		.rules = &h->rules,
		.key = &key,
		.client_port = life->flow->key.port[life->conn.opener],
		.conn = &life->conn,
		.step = step,
		.now = now,
	};
	fill_key(&key, life);
	for (; set; set &= set - 1) {
		const unsigned i = (unsigned)__builtin_ctz(set);
		host_detectors[i]->observe(h->places[i], &sight);
	}
}

/* Those that a step is shown to. */
static unsigned who_minds(const struct hosts *h, const struct conn *c,
                          const struct step *step)
{
	unsigned set = 0;
	if (step_is(step, h->follows)) {
		for (size_t i = 0; i < n_host_detectors; i++)
			set |= (unsigned)step_is(step, h->followed[i]) << i;
	}
	for (unsigned i = 0; i < step->n_changes; i++) {
		const struct state_change *change = &step->change[i];
		const bool is_client = change->end == c->opener;
		set |= h->minds[is_client][change->from][change->to];
	}
	return set;
}

uint32_t hosts_follow(const struct hosts *h)
{
	return h->follows;
}

void hosts_step(struct hosts *h, struct life *life, const struct step *step)
{
	const unsigned set = who_minds(h, &life->conn, step);
	if (set)
		show(h, life, step, step->ts, set);
}

void hosts_over(struct hosts *h, struct life *life, int64_t now)
{
	unsigned set = 0;
	for (size_t i = 0; i < n_host_detectors; i++) {
		if (h->places[i] && host_detectors[i]->minds_end(&life->conn))
			set |= 1U << i;
	}
	if (set)
		show(h, life, NULL, now, set);
}

/* ---- findings as records ------------------------------------------------ */

/* Stands in for a connection's: the same trouble, the same id, while it lasts
 * and when it is over. */
static uint64_t id_of(const struct host_place *place, const char *name)
{
	struct four_tuple tuple;
	memset(&tuple, 0, sizeof(tuple));
	tuple.src = place->key.client;
	tuple.dst = place->key.server;
	tuple.dport = place->key.port;
	tuple.ip_version = (uint8_t)place->key.ip_version;
	const struct flow_identity who = {
		.tuple = &tuple,
		.first_packet = place->since,
	};
	return event_id(flow_id(&who), EVENT_TCP_FINDING, name, 0);
}

/* No frame numbers: all these connections together are the proof. */
static void write_filter(const struct host_finding *f,
                         char out[static FILTER_MAX])
{
	char client[IP_TEXT_MAX], server[IP_TEXT_MAX];
	const char *ip = f->ip_version == 6 ? "ipv6" : "ip";
	ip_text(&f->client, f->ip_version, client);
	ip_text(&f->server, f->ip_version, server);
	snprintf(out, FILTER_MAX,
	         "%s.addr eq %s and %s.addr eq %s and tcp.port eq %u", ip,
	         client, ip, server, f->server_port);
}

static void fill_record(const struct host_finding *f,
                        const struct finding_kind *kind, const char *filter,
                        struct finding_record *r)
{
	const struct finding *what = &f->finding;
	fields_clear(finding_record_fields, r);
	r->head.timestamp = what->last_ts;
	r->flow.ip_version = f->ip_version;
	r->client.ip = (struct ip_value){ f->client, f->ip_version };
	r->client.port = f->client_port ? f->client_port : ABSENT;
	r->server.ip = (struct ip_value){ f->server, f->ip_version };
	r->server.port = f->server_port;
	r->finding = kind->name;
	r->severity = severity_name(what->severity);
	r->confidence = confidence_name(what->confidence);
	r->end = "client";
	r->first_timestamp = what->first_ts;
	r->last_timestamp = what->last_ts;
	r->duration = what->last_ts - what->first_ts;
	r->count = what->count;
	r->frames = what->frames;
	r->outcome = what->outcome;
	r->message = what->message;
	r->filter = filter;
	r->kind = kind;
	r->detail = what->detail;
}

/* A place, and the detector whose it is. */
struct spot {
	const struct host_detector *d;
	struct host_place *place;
	unsigned n_opened; /* by that detector, at this look */
};

enum phase { PHASE_OPEN, PHASE_CLOSED, PHASE_WITHDRAWN };

static int tell(const struct spot *spot, const struct host_finding *f,
                enum phase phase, hosts_emit *emit, void *ctx)
{
	struct finding_record r;
	char filter[FILTER_MAX];
	write_filter(f, filter);
	fill_record(f, &spot->d->kind, filter, &r);
	r.flow.event_id = id_of(spot->place, spot->d->kind.name);
	r.phase = phase == PHASE_OPEN ? "open" : "closed";
	if (phase == PHASE_OPEN)
		r.outcome = NULL;
	return emit(ctx, f, &r);
}

/* What was told, and another connection then refuted. */
static int withdraw(const struct spot *spot, hosts_emit *emit, void *ctx)
{
	const struct host_key *key = &spot->place->key;
	struct host_finding f;
	memset(&f, 0, sizeof(f));
	f.client = key->client;
	f.server = key->server;
	f.ip_version = (uint8_t)key->ip_version;
	f.server_port = key->port;
	f.finding.severity = SEVERITY_INFO;
	f.finding.confidence = CONFIDENCE_POSSIBLE;
	f.finding.first_ts = spot->place->since;
	f.finding.last_ts = spot->place->last_ts;
	f.finding.outcome = FINDING_WITHDRAWN;
	snprintf(f.finding.message, sizeof(f.finding.message),
	         "what was told here turned out to be none: later connections "
	         "speak against it");
	return tell(spot, &f, PHASE_WITHDRAWN, emit, ctx);
}

static int close_spot(const struct spot *spot, const struct host_finding *f,
                      hosts_emit *emit, void *ctx)
{
	const bool was_told = spot->place->is_held;
	spot->place->is_held = false;
	if (f)
		return tell(spot, f, PHASE_CLOSED, emit, ctx);
	return was_told ? withdraw(spot, emit, ctx) : TCPCLOSE_OK;
}

static int look_at(const struct hosts *h, struct spot *spot, int64_t now,
                   hosts_emit *emit, void *ctx)
{
	int64_t detail[DETAIL_MAX / sizeof(int64_t)] = { 0 };
	struct host_place *place = spot->place;
	struct host_finding f;
	assert(spot->d->detail_size <= sizeof(detail));
	memset(&f, 0, sizeof(f));
	f.finding.detail = detail;
	const bool is_there = spot->d->judge(place, &h->rules, &f);
	if (now == INT64_MAX || (place->is_held && !is_there))
		return close_spot(spot, is_there ? &f : NULL, emit, ctx);
	if (is_there && spot->d->is_over(place, &h->rules, now)) {
		const int status = close_spot(spot, &f, emit, ctx);
		spot->d->restart(place, now);
		place->since = now;
		return status;
	}
	if (!is_there || place->is_held || spot->n_opened == OPEN_MOST)
		return TCPCLOSE_OK;
	place->is_held = true;
	spot->n_opened++;
	return tell(spot, &f, PHASE_OPEN, emit, ctx);
}

/* now: INT64_MAX when the run is over. */
static int look(struct hosts *h, int64_t now, hosts_emit *emit, void *ctx)
{
	int status = TCPCLOSE_OK;
	for (size_t i = 0; i < n_host_detectors; i++) {
		struct spot spot = { .d = host_detectors[i] };
		size_t at = 0;
		while (h->places[i] && status >= 0 &&
		       (spot.place = host_places_next(h->places[i], &at)))
			status = look_at(h, &spot, now, emit, ctx);
	}
	return status;
}

int hosts_look(struct hosts *h, int64_t now, hosts_emit *emit, void *ctx)
{
	if (now - h->looked < LOOK_EVERY)
		return TCPCLOSE_OK;
	h->looked = now;
	return look(h, now, emit, ctx);
}

int hosts_judge(struct hosts *h, hosts_emit *emit, void *ctx)
{
	return look(h, INT64_MAX, emit, ctx);
}
