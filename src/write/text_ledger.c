/*
 * What the connections together cost their hosts, in the text report. Each
 * section appears only if it has something to say.
 */
#include "write/text.h"

#include <inttypes.h>

#include "base/frame.h"
#include "record/ledger.h"

#define COLUMN 12
#define SHOWN  5
#define MANY   100 /* ends, TIME-WAITs or connections worth a word */

/* ---- sockets by state ---------------------------------------------------- */

bool text_is_crowd(const struct ledger *l)
{
	const struct census *c = &l->census;
	for (int s = 0; s < N_TCP_STATES; s++)
		if (s != CLOSED && s != UNKNOWN && c->peak[s].n >= MANY)
			return true;
	return false;
}

void text_describe_census(struct buffer *out, bool color,
                          const struct ledger *l, int64_t now)
{
	const struct census *c = &l->census;
	text_heading(out, color,
	             "Sockets by state, as netstat or ss would have counted "
	             "them");
	buffer_format(out, "%*s%*s%*s  at\n", COLUMN, "clients", COLUMN,
	              "servers", COLUMN, "most");
	for (int i = 0; i < N_TCP_STATES; i++) {
		const enum tcp_state s = (enum tcp_state)i;
		if (s == CLOSED || s == UNKNOWN || c->peak[s].n == 0)
			continue;
		text_column(out, census_count(c, ROLE_CLIENT, s, now), COLUMN);
		text_column(out, census_count(c, ROLE_SERVER, s, now), COLUMN);
		text_column(out, c->peak[s].n, COLUMN);
		buffer_text(out, "  ");
		text_clock(out, c->peak[s].at);
		buffer_format(out, "  %s\n", tcp_state_shown(s));
	}
}

/* ---- TIME-WAIT ----------------------------------------------------------- */

/* 10.0.0.1 -> 192.0.2.1:443 */
static void write_route(struct buffer *out, const struct offender_key *key)
{
	const struct ip_value client = { key->peer, key->ip_version };
	const struct ip_value server = { key->server, key->ip_version };
	buffer_text(out, "  ");
	text_end(out, &client, ABSENT);
	buffer_text(out, " -> ");
	text_end(out, &server, key->port);
	buffer_char(out, '\n');
}

static bool is_crowded(const struct ledger *l, const struct route *r)
{
	const int64_t client = r->time_wait[ROLE_CLIENT].peak.n;
	return route_time_wait_peak(r) >= MANY || client * 10 >= l->port_range;
}

static void write_peak(struct buffer *out, const struct peak *p)
{
	text_number(out, p->n);
	buffer_text(out, " at once at ");
	text_clock(out, p->at);
}

static void write_time_wait(struct buffer *out, const struct ledger *l,
                            const struct route *r)
{
	const struct peak *client = &r->time_wait[ROLE_CLIENT].peak;
	const struct peak *server = &r->time_wait[ROLE_SERVER].peak;
	if (client->n > 0) {
		buffer_text(out, "    the client held ");
		write_peak(out, client);
		buffer_format(out, ", %.0f %% of its ",
		              100.0 * (double)client->n /
		                      (double)l->port_range);
		text_number(out, l->port_range);
		buffer_text(out, " ports\n");
	}
	if (server->n > 0) {
		buffer_text(out, "    the server held ");
		write_peak(out, server);
		buffer_text(out, ", which take none of the client's ports\n");
	}
	buffer_text(out, "    closes a second: ");
	text_number(out, r->closes.peak.n);
	buffer_text(out, " at most, ");
	text_number(out, (int64_t)(pace_mean(&r->closes) + 0.5));
	buffer_text(out, " on average");
	if (client->n > server->n && ledger_ceiling(l) > 0)
		buffer_format(out, "; its ports allow %.*f for long",
		              ledger_ceiling(l) < 10 ? 1 : 0,
		              ledger_ceiling(l));
	buffer_char(out, '\n');
}

static void write_holders(struct buffer *out, const struct ledger *l)
{
	buffer_text(out, "  held by the end that closes first: ");
	text_count(out, l->held[ROLE_CLIENT], "time by a client",
	           "times by clients");
	buffer_text(out, ", ");
	text_count(out, l->held[ROLE_SERVER], "time by a server",
	           "times by servers");
	buffer_char(out, '\n');
}

void text_describe_time_wait(struct buffer *out, bool color,
                             const struct ledger *l)
{
	size_t top[SHOWN];
	const size_t n =
		routes_top(&l->routes, route_time_wait_peak, SHOWN, top);
	if (n == 0 || !is_crowded(l, &l->routes.at[top[0]]))
		return;
	text_heading(out, color, "TIME-WAIT");
	write_holders(out, l);
	for (size_t i = 0; i < n && is_crowded(l, &l->routes.at[top[i]]); i++) {
		write_route(out, &l->routes.list.at[top[i]].key);
		write_time_wait(out, l, &l->routes.at[top[i]]);
	}
}

/* ---- connections too short ----------------------------------------------- */

static void write_brief(struct buffer *out, const struct route *r)
{
	buffer_text(out, "    ");
	text_number(out, r->brief);
	buffer_text(out, " of ");
	text_count(out, r->judged, "connection", "connections");
	buffer_format(out, " (%.0f %%)\n",
	              100.0 * (double)r->brief / (double)r->judged);
	buffer_text(out, "    ");
	text_number(out, r->established.peak.n);
	buffer_text(out, " kept alive would have done: ");
	text_number(out, route_saving(r));
	buffer_text(out, " fewer ports and TIME-WAITs\n");
}

void text_describe_brief(struct buffer *out, bool color, const struct ledger *l)
{
	size_t top[SHOWN];
	const size_t n = routes_top(&l->routes, route_saving, SHOWN, top);
	if (n == 0 || route_saving(&l->routes.at[top[0]]) < MANY)
		return;
	text_heading(out, color,
	             "Too short to be worth opening: one request or none, "
	             "less than 1 s");
	for (size_t i = 0; i < n; i++) {
		const struct route *r = &l->routes.at[top[i]];
		if (route_saving(r) < MANY)
			break;
		write_route(out, &l->routes.list.at[top[i]].key);
		write_brief(out, r);
	}
}

/* ---- hosts --------------------------------------------------------------- */

/* Of several files it has to be known which one it is of. */
static void write_frame(struct buffer *out, uint64_t frame,
                        const struct source_names *sources, bool names_files)
{
	const char *source = source_elsewhere(sources, frame, NULL);
	if (frame == 0 || (names_files && !source))
		return;
	buffer_format(out, ", frame %" PRIu64, frame_number(frame));
	if (names_files) {
		buffer_text(out, " of ");
		text_clean(out, source);
	}
}

static void write_setting(struct buffer *out, enum setting which,
                          const struct setting_seen *seen,
                          const struct source_names *sources, bool names_files)
{
	buffer_format(out, "    %s = ", setting_name(which));
	text_number(out, seen->least);
	if (seen->most != seen->least) {
		buffer_text(out, " to ");
		text_number(out, seen->most);
	}
	if (setting_unit(which))
		buffer_format(out, " %s", setting_unit(which));
	buffer_format(out, " (%s", confidence_name(seen->confidence));
	if (seen->varies)
		buffer_text(out, ", it varies");
	if (seen->n > 1) {
		buffer_text(out, ", seen ");
		text_count(out, seen->n, "time", "times");
	}
	write_frame(out, seen->frame, sources, names_files);
	buffer_text(out, ")\n");
}

void text_describe_hosts(struct buffer *out, bool color, const struct ledger *l,
                         bool names_files)
{
	const struct settings *all = &l->settings;
	if (all->n == 0)
		return;
	text_heading(out, color, "What the wire betrays of the hosts");
	for (size_t i = 0; i < all->n && i < SHOWN; i++) {
		const struct host_settings *host = &all->host[i];
		buffer_text(out, "  ");
		text_end(out, &host->ip, ABSENT);
		buffer_char(out, '\n');
		for (int s = 0; s < N_SETTINGS; s++)
			if (host->seen[s].n > 0)
				write_setting(out, (enum setting)s,
				              &host->seen[s], &l->sources,
				              names_files);
	}
	if (all->n > SHOWN) {
		buffer_text(out, "  and ");
		text_number(out, (int64_t)all->n - SHOWN);
		buffer_text(out, " more; see -o json:FILE\n");
	}
}
