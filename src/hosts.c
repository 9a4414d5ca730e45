#include "hosts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "record/ids.h"
#include "tcpclose/error.h"

#define FILTER_MAX 256
#define DETAIL_MAX 512

struct hosts {
	struct host_rules rules;
	uint32_t follows; /* what any of them is shown */
	/* One a host detector; NULL: not asked for. */
	struct host_places *places[];
};

struct hosts *hosts_new(const struct host_rules *rules, uint64_t enabled,
                        uint64_t budget, const struct tcpclose_allocator *alloc)
{
	struct hosts *h = alloc_new(
		alloc, 1, sizeof(*h) + n_host_detectors * sizeof(void *));
	if (!h)
		return NULL;
	h->rules = *rules;
	for (size_t i = 0; i < n_host_detectors; i++) {
		if (!(enabled >> (n_detectors + i) & 1))
			continue;
		h->follows |= host_detectors[i]->follows;
		h->places[i] =
			host_places_new(host_detectors[i]->tally_size,
		                        budget / n_host_detectors, alloc);
		if (!h->places[i]) {
			hosts_free(h, alloc);
			return NULL;
		}
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
	size_t n = sizeof(*h) + n_host_detectors * sizeof(void *);
	for (size_t i = 0; i < n_host_detectors; i++) {
		if (h->places[i])
			n += host_places_memory(h->places[i]);
	}
	return n;
}

static struct host_key key_of(const struct life *life)
{
	const struct flow_key *flow = &life->flow->key;
	const unsigned client = life->conn.opener;
	return host_key_of(&flow->addr[client], &flow->addr[!client],
	                   flow->port[!client], flow->ip_version);
}

static bool is_shown(const struct hosts *h, size_t i,
                     const struct host_sight *sight)
{
	const struct host_detector *d = host_detectors[i];
	const struct step *step = sight->step;
	return h->places[i] &&
	       (!step || step->n_changes > 0 || step_is(step, d->follows)) &&
	       d->concerns(sight);
}

/* Whose it is, is only worked out if anybody asks. */
static void show(struct hosts *h, const struct life *life,
                 const struct step *step, int64_t now)
{
	struct host_key key;
	struct host_sight sight = {
		.rules = &h->rules,
		.client_port = life->flow->key.port[life->conn.opener],
		.conn = &life->conn,
		.step = step,
		.now = now,
	};
	for (size_t i = 0; i < n_host_detectors; i++) {
		if (!is_shown(h, i, &sight))
			continue;
		if (!sight.key) {
			key = key_of(life);
			sight.key = &key;
		}
		host_detectors[i]->observe(h->places[i], &sight);
	}
}

void hosts_step(struct hosts *h, const struct life *life,
                const struct step *step)
{
	if (step->n_changes > 0 || step_is(step, h->follows))
		show(h, life, step, step->ts);
}

void hosts_over(struct hosts *h, const struct life *life, int64_t now)
{
	show(h, life, NULL, now);
}

/* ---- findings as records ------------------------------------------------ */

/* Stands in for a connection's: the same finding, the same id. */
static uint64_t id_of(const struct host_finding *f, const char *name)
{
	struct four_tuple tuple;
	memset(&tuple, 0, sizeof(tuple));
	tuple.src = f->client;
	tuple.dst = f->server;
	tuple.sport = f->client_port;
	tuple.dport = f->server_port;
	tuple.ip_version = f->ip_version;
	const struct flow_identity who = {
		.tuple = &tuple,
		.first_packet = f->finding.first_ts,
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
	r->flow.event_id = id_of(f, kind->name);
	r->flow.ip_version = f->ip_version;
	r->client.ip = (struct ip_value){ f->client, f->ip_version };
	r->client.port = f->client_port ? f->client_port : ABSENT;
	r->server.ip = (struct ip_value){ f->server, f->ip_version };
	r->server.port = f->server_port;
	r->finding = kind->name;
	r->phase = "closed";
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

/* All that one detector found. */
static int judge(const struct hosts *h, size_t at, hosts_emit *emit, void *ctx)
{
	const struct host_detector *d = host_detectors[at];
	for (unsigned i = 0;; i++) {
		int64_t detail[DETAIL_MAX / sizeof(int64_t)] = { 0 };
		struct host_finding f;
		struct finding_record r;
		char filter[FILTER_MAX];
		assert(d->detail_size <= sizeof(detail));
		memset(&f, 0, sizeof(f));
		f.finding.detail = detail;
		if (!d->judge(h->places[at], &h->rules, i, &f))
			return TCPCLOSE_OK;
		write_filter(&f, filter);
		fill_record(&f, &d->kind, filter, &r);
		const int status = emit(ctx, &f, &r);
		if (status < 0)
			return status;
	}
}

int hosts_judge(const struct hosts *h, hosts_emit *emit, void *ctx)
{
	int status = TCPCLOSE_OK;
	for (size_t i = 0; i < n_host_detectors && status >= 0; i++) {
		if (h->places[i])
			status = judge(h, i, emit, ctx);
	}
	return status;
}
