#include "record/worst.h"

#include <stdbool.h>

#include "base/text.h"
#include "record/time.h"

static int64_t or_zero(int64_t n)
{
	return n == ABSENT || n < 0 ? 0 : n;
}

static void add_time(struct offender *o, int64_t ns)
{
	o->count++;
	o->total += ns;
	o->longest = ns > o->longest ? ns : o->longest;
}

static struct offender_key key_of(const struct close_record *r)
{
	return (struct offender_key){
		.server = r->server.ip.addr,
		.ip_version = r->server.ip.version,
		.port = (uint32_t)or_zero(r->server.port),
	};
}

static void add_close_wait(struct worst *w, const struct close_record *r)
{
	const int64_t waited = or_zero(r->server.time_in_close_wait);
	if (waited == 0)
		return;
	const struct offender_key key = key_of(r);
	struct offender *o =
		offenders_add(&w->close_wait, &key, (uint64_t)waited / 1000);
	o->still += text_is(r->server.state, "close_wait") &&
	            text_is(r->close.end_reason, "end_of_capture");
	add_time(o, waited);
}

/* Each close counts a little, so that a busy tuple without any TIME_WAIT is
 * still held if there is room. A SYN that nobody answered was no close: a flood
 * of them would push out whoever is there. */
static void add_time_wait(struct worst *w, const struct close_record *r)
{
	if (text_is(r->close.kind, "unanswered"))
		return;
	const int64_t rested = or_zero(r->client.time_in_time_wait) +
	                       or_zero(r->server.time_in_time_wait);
	struct offender_key key = key_of(r);
	key.peer = r->client.ip.addr;
	struct offender *o =
		offenders_add(&w->time_wait, &key, (uint64_t)rested / 1000 + 1);
	add_time(o, rested);
	o->first = r->started < o->first ? r->started : o->first;
	o->last = r->ended > o->last ? r->ended : o->last;
}

void worst_take_close(struct worst *w, const struct close_record *r)
{
	add_close_wait(w, r);
	add_time_wait(w, r);
}

/* `end` cannot finish its close; its peer is the one that pins it. Where no
 * close is to be seen, nobody is accused. */
static void add_pin(struct worst *w, const struct finding_record *r)
{
	if (text_is(r->confidence, "possible"))
		return;
	const bool server_is_pinned = text_is(r->end, "server");
	const struct record_end *peer =
		server_is_pinned ? &r->client : &r->server;
	const struct offender_key key = {
		.peer = peer->ip.addr,
		.ip_version = peer->ip.version,
	};
	struct offender *o = offenders_add(&w->pins, &key, 1);
	add_time(o, or_zero(r->duration));
}

void worst_take_finding(struct worst *w, const struct finding_record *r)
{
	if (text_is(r->finding, "fin_wait_1_pin"))
		add_pin(w, r);
}

/* At least a second: one connection of 2 ms is not 500 closes a second. */
static double seconds_seen(const struct offender *o)
{
	const int64_t ns = o->first < o->last ? o->last - o->first : 0;
	return ns < NS_PER_SECOND ? 1.0 : (double)ns / (double)NS_PER_SECOND;
}

double offender_rate(const struct offender *o)
{
	return (double)o->count / seconds_seen(o);
}

/* The last port rests beyond the last packet, so the time is longer by the
 * mean rest. */
double offender_occupancy(const struct offender *o)
{
	const double rested = (double)o->total / (double)NS_PER_SECOND;
	const double mean = o->count ? rested / (double)o->count : 0;
	return rested / (seconds_seen(o) + mean);
}
