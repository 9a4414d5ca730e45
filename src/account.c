#include "account.h"

#include <assert.h>
#include <string.h>

#include "record/ids.h"

/* In either direction. */
static struct four_tuple tuple_of(const struct flow_key *key)
{
	return (struct four_tuple){
		.src = key->addr[0],
		.dst = key->addr[1],
		.sport = key->port[0],
		.dport = key->port[1],
		.vlan = { key->vlan[0], key->vlan[1] },
		.n_vlans = key->n_vlans,
		.ip_version = key->ip_version,
		.tunnel = key->tunnel,
	};
}

static_assert(SEGMENT_VLANS == 2, "tuple_of() has all");

uint64_t account_flow_id(const struct life *life)
{
	const struct conn *c = &life->conn;
	const struct end *client = &c->end[c->opener];
	if (c->flow_id != 0)
		return c->flow_id;
	const struct four_tuple tuple = tuple_of(&life->flow->key);
	const struct flow_identity who = {
		.tuple = &tuple,
		.first_packet = c->first_ts,
		.client_isn = end_is(client, END_SYN) ? &client->iss : NULL,
	};
	return flow_id(&who);
}

void account_init(struct account *a, const struct life *life,
                  const char *source)
{
	const struct four_tuple tuple = tuple_of(&life->flow->key);
	a->life = life;
	a->conn = &life->conn;
	a->source = source;
	a->flow_id = account_flow_id(life);
	a->client = life->conn.opener;
	community_id(&tuple, a->community);
}

/* Field by field, as all that is large: what is made aside and then copied is
 * loaded in blocks that wait for the stores of its parts. */
void account_flow(const struct account *a, enum event_type type,
                  const char *finding, uint64_t ordinal, struct record_flow *f)
{
	const struct conn *c = a->conn;
	const struct flow_key *key = &a->life->flow->key;
	f->event_id = event_id(a->flow_id, type, finding, ordinal);
	f->flow_id = a->flow_id;
	f->community_id = a->community;
	f->stream = (int64_t)c->stream;
	f->incarnation = c->incarnation;
	f->ip_version = key->ip_version;
	f->vlan_id.n = key->n_vlans;
	f->vlan_id.n_more = 0;
	for (unsigned i = 0; i < key->n_vlans; i++)
		f->vlan_id.at[i] = key->vlan[i];
	f->tunnel = NULL;
}

const char *account_role(const struct account *a, unsigned end)
{
	return end == a->client ? "client" : "server";
}

static struct ip_value ip_of(const struct account *a, unsigned end)
{
	const struct flow_key *key = &a->life->flow->key;
	return (struct ip_value){ key->addr[end], key->ip_version };
}

void account_end(const struct account *a, unsigned end, struct record_end *r)
{
	r->ip = ip_of(a, end);
	r->port = a->life->flow->key.port[end];
}

/* ---- how it closed ----------------------------------------------- */

static bool answered(const struct account *a)
{
	return end_is(&a->conn->end[!a->client], END_SYN);
}

/* A third party's RST says whom it names, not who sent it. */
static const char *reset_by(const struct account *a)
{
	const struct closing *k = a->conn->closing;
	if (!k || k->reset_by < 0)
		return NULL;
	if (conn_foreign_rst(a->conn, (unsigned)k->reset_by) != GRADE_NONE)
		return "third_party";
	return account_role(a, (unsigned)k->reset_by);
}

static const char *kind_of(const struct account *a)
{
	const struct conn *c = a->conn;
	const struct closing *k = c->closing;
	if (k && k->reset_by >= 0 && !conn_complete(c)) {
		const bool refused = !c->midstream && !answered(a) &&
		                     k->reset_by == (int)!a->client;
		return refused ? "refused" : "reset";
	}
	if (conn_fin(c, 0) || conn_fin(c, 1))
		return "fin";
	if (!c->midstream && !c->confirmed)
		return "unanswered";
	return "open";
}

/* Judged by first FINs, and by whether one covers the other: a tap may see two
 * that cross in either order (RFC 9293 section 3.6, figure 13). */
static const char *closed_first(const struct account *a)
{
	const struct fin_story *client = conn_fin(a->conn, a->client);
	const struct fin_story *server = conn_fin(a->conn, !a->client);
	if (!client && !server)
		return NULL;
	if (!client || !server)
		return client ? "client" : "server";
	if (server->covered_peer_fin)
		return "client";
	if (client->covered_peer_fin)
		return "server";
	return "both";
}

enum zeek_end { INACTIVE, PARTIAL, SYN_ONLY, OPEN, FINISHED, RESET };

/* The state that Zeek's TCP analyzer would give an endpoint. */
static enum zeek_end zeek_end(const struct conn *c, unsigned end)
{
	const struct end *e = &c->end[end];
	if (c->closing && c->closing->aborted[end])
		return RESET;
	if (conn_fin(c, end))
		return FINISHED;
	if (!end_is(e, END_SPOKE))
		return INACTIVE;
	if (!end_is(e, END_SYN))
		return PARTIAL;
	return e->snd_una >= 1 ? OPEN : SYN_ONLY; /* its SYN was acknowledged */
}

static bool has_payload(const struct conn *c)
{
	return c->end[0].bytes > 0 || c->end[1].bytes > 0;
}

static bool is_syn_then_rst(const struct conn *c)
{
	return c->letters[0] == 'S' && !strpbrk(c->letters, "HAFG");
}

/* Zeek's words, base/protocols/conn/main.zeek: one meaning a row. */
static const char *conn_state(const struct account *a)
{
	const enum zeek_end o = zeek_end(a->conn, a->client);
	const enum zeek_end r = zeek_end(a->conn, !a->client);
	const bool o_idle = o == INACTIVE || o == PARTIAL;
	const bool r_idle = r == INACTIVE || r == PARTIAL;

	if (r == RESET) {
		if (o == SYN_ONLY || (o == RESET && !has_payload(a->conn)))
			return "REJ";
		return o_idle ? "RSTRH" : "RSTR";
	}
	if (o == RESET && r_idle)
		return is_syn_then_rst(a->conn) ? "RSTOS0" : "OTH";
	if (o == RESET)
		return "RSTO";
	if (o == FINISHED && r == FINISHED)
		return "SF";
	if (o == FINISHED)
		return r_idle ? "SH" : "S2";
	if (r == FINISHED)
		return o_idle ? "SHR" : "S3";
	if (o == SYN_ONLY && r == INACTIVE)
		return "S0";
	return o == OPEN && r != INACTIVE && r != PARTIAL ? "S1" : "OTH";
}

/*
 * Where the tap stands, by how much nearer one end is: a tenth of the other's
 * round trip or less.
 */
static const char *vantage(const struct account *a)
{
	const int64_t client = a->conn->end[a->client].rtt;
	const int64_t server = a->conn->end[!a->client].rtt;
	if (conn_one_sided(a->conn))
		return "one_sided";
	if (client == 0 || server == 0)
		return "unknown";
	if (client * 10 <= server)
		return "near_client";
	return server * 10 <= client ? "near_server" : "middle";
}

static int64_t known(int64_t value, bool is_known)
{
	return is_known ? value : ABSENT;
}

/* ---- each end ---------------------------------------------------- */

static int64_t time_in(const struct fin_story *story, const struct end *e,
                       enum tcp_state state, int64_t until)
{
	int64_t spent = story->in_state[state];
	if (e->state == state && until > e->state_since)
		spent += until - e->state_since;
	return spent > 0 ? spent : ABSENT;
}

/* Most ends are in the states of a close only if there was one. */
static void fill_times(const struct account *a, unsigned end, int64_t until,
                       struct close_end *r)
{
	const struct closing *k = a->conn->closing;
	const struct end *e = &a->conn->end[end];
	r->time_in_fin_wait_1 = r->time_in_fin_wait_2 = ABSENT;
	r->time_in_closing = r->time_in_time_wait = ABSENT;
	r->time_in_close_wait = r->time_in_last_ack = ABSENT;
	if (!k)
		return;
	const struct fin_story *story = &k->fin[end];
	r->time_in_fin_wait_1 = time_in(story, e, FIN_WAIT_1, until);
	r->time_in_fin_wait_2 = time_in(story, e, FIN_WAIT_2, until);
	r->time_in_closing = time_in(story, e, CLOSING, until);
	r->time_in_time_wait = time_in(story, e, TIME_WAIT, until);
	r->time_in_close_wait = time_in(story, e, CLOSE_WAIT, until);
	r->time_in_last_ack = time_in(story, e, LAST_ACK, until);
}

static void fill_end(const struct account *a, unsigned end, int64_t until,
                     struct close_end *r)
{
	const struct conn *c = a->conn;
	const struct end *e = &c->end[end];
	const struct fin_story *fin = conn_fin(c, end);
	const int64_t n_fin = fin ? fin->n_sent : 0;
	r->ip = ip_of(a, end);
	r->port = a->life->flow->key.port[end];
	r->state = tcp_state_name((enum tcp_state)e->state);
	r->state_grade = tcp_grade_name(conn_grade(c, end));
	r->packets = e->packets;
	r->bytes = (int64_t)e->bytes;
	r->fin_sent = n_fin;
	r->fin_retransmits = n_fin > 1 ? n_fin - 1 : 0;
	r->rst_sent = c->closing ? c->closing->n_rst[end] : 0;
	r->zero_windows = e->n_zero_windows;
	r->window_probes = e->n_probes;
	r->keep_alives = e->n_keep_alives;
	r->unacked_bytes = conn_unacked(c, end);
	r->missing_bytes = (int64_t)e->missing;
	r->sequence_start = known(e->iss.wire, end_is(e, END_SYN));
	fill_times(a, end, until, r);
}

/* ---- the record -------------------------------------------------- */

static void fill_story(const struct account *a, const struct moment *m,
                       struct close_story *r)
{
	const struct conn *c = a->conn;
	const struct closing *k = c->closing;
	const bool started = k && k->started != CONN_NEVER;
	r->kind = kind_of(a);
	r->closed_first = closed_first(a);
	r->complete = conn_complete(c);
	r->reset_by = reset_by(a);
	r->end_reason = end_reason_name(m->reason);
	r->started = started ? k->started : ABSENT;
	r->duration = started ? k->last_ts - k->started : ABSENT;
	r->history = c->letters;
	r->conn_state = conn_state(a);
}

void account_close(const struct account *a, const struct moment *m,
                   struct close_record *r)
{
	const struct conn *c = a->conn;
	const struct end *client = &c->end[a->client];
	const struct end *server = &c->end[!a->client];
	const int64_t until = m->reason == END_CLOSED || m->reason == END_REUSE
	                              ? c->last_ts
	                              : m->now;

	r->head = (struct record_head){ c->last_ts, a->source };
	account_flow(a, EVENT_TCP_CLOSE, NULL, 0, &r->flow);
	r->started = c->first_ts;
	r->ended = c->last_ts;
	r->duration = c->last_ts - c->first_ts;
	r->first_frame = c->first_frame;
	r->last_frame = (struct frame_named){ c->last_frame, NULL };
	r->direction_source = direction_source_name(
		(enum direction_source)c->direction_source);
	fill_story(a, m, &r->close);
	fill_end(a, a->client, until, &r->client);
	fill_end(a, !a->client, until, &r->server);
	r->rtt_client = known(client->rtt, client->rtt > 0);
	r->rtt_server = known(server->rtt, server->rtt > 0);
	r->vantage = vantage(a);
	r->capture_loss = conn_is_lossy(c);
	r->severity = NULL;
	r->findings.n = 0;
}

/* ---- of floods --------------------------------------------------- */

/* But for what each has of its own, one record is as the other. */
static bool is_like(const struct account *a, const struct moment *m,
                    const struct unanswered *u)
{
	const struct conn *c = a->conn;
	const struct flow_key *key = &a->life->flow->key;
	return u->series != 0 && u->source == c->source &&
	       u->reason == m->reason && u->is_lossy == c->lossy &&
	       u->ip_version == key->ip_version &&
	       (u->n_vlans | key->n_vlans) == 0;
}

static void begin_series(const struct account *a, const struct moment *m,
                         struct unanswered *u)
{
	const struct flow_key *key = &a->life->flow->key;
	account_close(a, m, &u->close);
	u->series++;
	u->source = a->conn->source;
	u->reason = m->reason;
	u->is_lossy = a->conn->lossy;
	u->ip_version = key->ip_version;
	u->n_vlans = key->n_vlans;
}

void account_unanswered(const struct account *a, const struct moment *m,
                        struct unanswered *u)
{
	const struct conn *c = a->conn;
	const struct flow_key *key = &a->life->flow->key;
	struct close_record *r = &u->close;
	if (!is_like(a, m, u)) {
		begin_series(a, m, u);
		return;
	}
	r->head.timestamp = r->started = r->ended = c->last_ts;
	r->flow.event_id = event_id(a->flow_id, EVENT_TCP_CLOSE, NULL, 0);
	r->flow.flow_id = a->flow_id;
	r->flow.community_id = a->community;
	r->flow.stream = (int64_t)c->stream;
	r->first_frame = r->last_frame.frame = c->last_frame;
	r->close.history = c->letters;
	r->client.ip = ip_of(a, a->client);
	r->client.port = key->port[a->client];
	r->client.sequence_start = c->end[a->client].iss.wire;
	r->server.ip = ip_of(a, !a->client);
	r->server.port = key->port[!a->client];
}
