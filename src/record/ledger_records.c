#include "record/ledger_records.h"

#include <assert.h>
#include <string.h>

#include "record/ids.h"

static_assert((int)RECORD_SETTINGS == (int)N_SETTINGS,
              "tcp_host has a place for every setting");

#define NS_PER_US 1000

/* What one record after the other is made with. */
struct teller {
	const struct ledger *ledger;
	const struct ledger_moment *moment;
	ledger_emit *emit;
	void *ctx;
};

static size_t how_many(const struct teller *t, size_t all)
{
	return t->moment->is_final ? all : LEDGER_TOLD;
}

static struct record_head head_of(const struct teller *t)
{
	return (struct record_head){ t->moment->now, t->moment->source };
}

/* Addresses and port stand in for a connection's. */
static struct record_account account_of(const struct teller *t,
                                        enum event_type type,
                                        const struct offender_key *key)
{
	struct four_tuple tuple;
	memset(&tuple, 0, sizeof(tuple));
	tuple.src = key->peer;
	tuple.dst = key->server;
	tuple.dport = (uint16_t)key->port;
	tuple.ip_version = (uint8_t)key->ip_version;
	const struct flow_identity who = {
		.tuple = &tuple,
		.first_packet = t->moment->began,
	};
	return (struct record_account){
		.event_id = event_id(flow_id(&who), type, NULL, 0),
		.final = t->moment->is_final,
	};
}

static int64_t hundredths(double x)
{
	return (int64_t)(x * 100 + 0.5);
}

static int64_t share(int64_t part, int64_t whole)
{
	return whole > 0 ? hundredths((double)part / (double)whole) : 0;
}

/* ---- routes -------------------------------------------------------------- */

static int64_t time_of(const struct peak *p)
{
	return p->n > 0 ? p->at : ABSENT;
}

static int64_t now_in(const struct teller *t, const struct route *r,
                      enum role role)
{
	return r->time_wait[role].now +
	       resting_count(&r->rest[role], t->moment->now);
}

static struct route_time_wait time_wait_of(const struct teller *t,
                                           const struct route *r,
                                           const struct offender *worst)
{
	const struct ledger *l = t->ledger;
	const struct peak *client = &r->time_wait[ROLE_CLIENT].peak;
	const struct peak *server = &r->time_wait[ROLE_SERVER].peak;
	const double ceiling = ledger_ceiling(l);
	return (struct route_time_wait){
		.held_by_client = r->held[ROLE_CLIENT],
		.held_by_server = r->held[ROLE_SERVER],
		.client_now = now_in(t, r, ROLE_CLIENT),
		.client_peak = client->n,
		.client_peak_at = time_of(client),
		.server_now = now_in(t, r, ROLE_SERVER),
		.server_peak = server->n,
		.server_peak_at = time_of(server),
		.port_range = l->port_range,
		.port_range_share = share(client->n, l->port_range),
		.closes_per_second = hundredths(pace_mean(&r->closes)),
		.closes_per_second_ceiling =
			ceiling > 0 ? hundredths(ceiling) : ABSENT,
		.closes_per_second_peak = r->closes.peak.n,
		.closes_per_second_peak_at = time_of(&r->closes.peak),
		.total = worst ? worst->total : ABSENT,
		.mean = worst ? hundredths(offender_occupancy(worst)) : ABSENT,
	};
}

static int tell_route(const struct teller *t, const struct offender *o)
{
	const struct ledger *l = t->ledger;
	const struct offender_key *key = &o->key;
	const struct route *route = &l->routes.at[o - l->routes.list.at];
	struct route_record r;
	fields_clear(route_record_fields, &r);
	r.head = head_of(t);
	r.account = account_of(t, EVENT_TCP_ROUTE, key);
	r.ip_version = key->ip_version;
	r.client.ip = (struct ip_value){ key->peer, key->ip_version };
	r.server.ip = (struct ip_value){ key->server, key->ip_version };
	r.server.port = key->port;
	r.first_timestamp = o->first;
	r.last_timestamp = o->last;
	r.connections = (int64_t)o->weight;
	r.connections_at_least = (int64_t)(o->weight - o->error);
	r.open = route->established.now;
	r.open_peak = route->established.peak.n;
	r.open_peak_at = time_of(&route->established.peak);
	r.time_wait = time_wait_of(t, route,
	                           offenders_find(&l->worst.time_wait, key));
	r.brief = (struct route_short){
		.over = route->judged,
		.n = route->brief,
		.share = share(route->brief, route->judged),
		.keep_alive_would_save = route_saving(route),
	};
	const struct record record = record_of_route(&r);
	return t->emit(t->ctx, &record);
}

/* ---- services ------------------------------------------------------------ */

static int tell_service(const struct teller *t, const struct offender *o)
{
	const struct offender_key *key = &o->key;
	struct service_record r;
	fields_clear(service_record_fields, &r);
	r.head = head_of(t);
	r.account = account_of(t, EVENT_TCP_SERVICE, key);
	r.ip_version = key->ip_version;
	r.server.ip = (struct ip_value){ key->server, key->ip_version };
	r.server.port = key->port;
	r.close_wait = (struct service_close_wait){
		.connections = o->count,
		.at_end = o->still,
		.total = (int64_t)o->weight * NS_PER_US,
		.total_at_least = (int64_t)(o->weight - o->error) * NS_PER_US,
		.longest = o->longest,
	};
	const struct record record = record_of_service(&r);
	return t->emit(t->ctx, &record);
}

/* ---- hosts --------------------------------------------------------------- */

static struct host_pins pins_of(const struct offender *o)
{
	return (struct host_pins){
		.count = (int64_t)o->weight,
		.count_at_least = (int64_t)(o->weight - o->error),
		.total = o->total,
		.longest = o->longest,
	};
}

static struct host_setting setting_of(const struct teller *t,
                                      enum setting which,
                                      const struct setting_seen *seen)
{
	return (struct host_setting){
		.value = setting_value(which, seen),
		.at_least = seen->least,
		.at_most = seen->most,
		.varies = seen->varies,
		.confidence = confidence_name(seen->confidence),
		.observations = seen->n,
		.frame = { seen->frame,
		           source_elsewhere(&t->ledger->sources, seen->frame,
		                            t->moment->source) },
		.flow_id = seen->flow_id,
		.evidence = setting_evidence(which),
	};
}

static int tell_host(const struct teller *t, const struct offender_key *key,
                     const struct offender *pins,
                     const struct host_settings *settings)
{
	struct host_record r;
	fields_clear(host_record_fields, &r);
	r.head = head_of(t);
	r.account = account_of(t, EVENT_TCP_HOST, key);
	r.ip_version = key->ip_version;
	r.host.ip = (struct ip_value){ key->peer, key->ip_version };
	if (pins)
		r.pins = pins_of(pins);
	for (int i = 0; settings && i < N_SETTINGS; i++) {
		const struct setting_seen *seen = &settings->seen[i];
		if (seen->n > 0)
			r.setting[i] = setting_of(t, (enum setting)i, seen);
	}
	const struct record record = record_of_host(&r);
	return t->emit(t->ctx, &record);
}

static int tell_hosts(const struct teller *t)
{
	const struct ledger *l = t->ledger;
	const struct offender *top[OFFENDERS];
	const size_t limit = how_many(t, OFFENDERS + SETTINGS_HOSTS);
	size_t n = offenders_top(&l->worst.pins,
	                         limit < OFFENDERS ? limit : OFFENDERS, top);
	for (size_t i = 0; i < n; i++) {
		const struct offender_key *key = &top[i]->key;
		const struct ip_value ip = { key->peer, key->ip_version };
		const int status = tell_host(t, key, top[i],
		                             settings_find(&l->settings, &ip));
		if (status < 0)
			return status;
	}
	for (size_t i = 0; i < l->settings.n && n < limit; i++) {
		const struct host_settings *host = &l->settings.host[i];
		const struct offender_key key = {
			.peer = host->ip.addr,
			.ip_version = host->ip.version,
		};
		if (offenders_find(&l->worst.pins, &key))
			continue;
		const int status = tell_host(t, &key, NULL, host);
		if (status < 0)
			return status;
		n++;
	}
	return 0;
}

/* ---- all of them --------------------------------------------------------- */

static int tell_worst(const struct teller *t, const struct offenders *list,
                      int (*tell)(const struct teller *,
                                  const struct offender *))
{
	const struct offender *top[OFFENDERS];
	const size_t n = offenders_top(list, how_many(t, OFFENDERS), top);
	int status = 0;
	for (size_t i = 0; i < n && status >= 0; i++)
		status = tell(t, top[i]);
	return status;
}

int ledger_hand_out(const struct ledger *l, const struct ledger_moment *m,
                    ledger_emit *emit, void *ctx)
{
	const struct teller t = { l, m, emit, ctx };
	int status = tell_worst(&t, &l->routes.list, tell_route);
	if (status >= 0)
		status = tell_worst(&t, &l->worst.close_wait, tell_service);
	if (status >= 0)
		status = tell_hosts(&t);
	return status < 0 ? status : 0;
}
