#include "talks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "write/json_append.h"

#define MS    INT64_C(1000000)
#define EPOCH (INT64_C(1700000000) * 1000 * MS)

void talks_init(struct talks *t, enum talks_world world)
{
	memset(t, 0, sizeof(*t));
	t->world = world;
}

void talks_fini(struct talks *t)
{
	free(t->seg);
	memset(t, 0, sizeof(*t));
}

/* ---- segments ------------------------------------------------------------ */

/* One connection while its segments are made. */
struct speech {
	struct talks *t;
	const struct talk *talk;
	int64_t ms;
	uint32_t iss[2]; /* of client, server */
	uint32_t ts[2];  /* the newest TSval */
};

static struct ip_addr address(enum talks_world world, bool server, uint8_t last)
{
	struct ip_addr addr = { { 0 } };
	const uint8_t net = server ? 2 : 1;
	if (world == OVER_IPV6) {
		memcpy(addr.byte, (uint8_t[]){ 0x20, 0x01, 0x0d, 0xb8 }, 4);
		addr.byte[5] = net;
		addr.byte[15] = last;
	} else {
		memcpy(addr.byte, (uint8_t[]){ 10, net, 0, last }, 4);
	}
	return addr;
}

static struct four_tuple tuple(const struct speech *s, bool server)
{
	const struct talk *talk = s->talk;
	const struct ip_addr a = address(s->t->world, false, talk->client);
	const struct ip_addr b = address(s->t->world, true, talk->server);
	struct four_tuple tuple;
	memset(&tuple, 0, sizeof(tuple));
	tuple.src = server ? b : a;
	tuple.dst = server ? a : b;
	tuple.sport = server ? 80 : talk->port;
	tuple.dport = server ? talk->port : 80;
	tuple.ip_version = s->t->world == OVER_IPV6 ? 6 : 4;
	return tuple;
}

static void stamp(struct speech *s, bool server, struct segment *seg)
{
	const uint32_t zero = s->t->world == WRAPPING ? 0u - 5000 : 1000000;
	if (s->talk->no_timestamps)
		return;
	s->ts[server] = zero + (uint32_t)s->ms +
	                (server ? 77777 : (uint32_t)s->talk->clock);
	seg->options |= OPTION_TIMESTAMP;
	seg->tsval.wire = s->ts[server];
	seg->tsecr.wire = s->ts[!server];
}

/* Its n-th sequence number of the sender, acknowledging `ack` of the peer. */
static void say(struct speech *s, int64_t ms, bool server, uint8_t flags,
                uint32_t seq, uint32_t ack)
{
	struct talks *t = s->t;
	struct segment seg;
	memset(&seg, 0, sizeof(seg));
	s->ms = ms;
	seg.ts = EPOCH + ms * MS;
	seg.tuple = tuple(s, server);
	seg.flags = flags;
	seg.seq.wire = s->iss[server] + seq;
	if (flags & TCP_ACK)
		seg.ack.wire = s->iss[!server] + ack;
	seg.window = 64000;
	seg.ttl = 64;
	stamp(s, server, &seg);
	if (server && t->client_only)
		return;
	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : 256;
		t->seg = realloc(t->seg, t->room * sizeof(seg));
		assert_non_null(t->seg);
	}
	t->seg[t->n++] = seg;
}

static void close_it(struct speech *s, int64_t ms)
{
	const bool second = s->talk->close == CLIENT_FIRST;
	if (s->talk->close == STAYS_OPEN)
		return;
	if (s->talk->close == CLIENT_ABORTS) {
		say(s, ms, false, TCP_RST | TCP_ACK, 1, 1);
		return;
	}
	say(s, ms, !second, TCP_FIN | TCP_ACK, 1, 1);
	say(s, ms + 20, second, TCP_FIN | TCP_ACK, 1, 2);
	say(s, ms + 30, !second, TCP_ACK, 2, 2);
}

void talks_add(struct talks *t, struct talk talk)
{
	const uint32_t seed = (uint32_t)talk.at * 2654435761u + talk.port;
	struct speech s = { .t = t, .talk = &talk };
	int64_t ms = talk.at;
	/* A later life of the ports has other numbers. */
	const uint32_t wrapping = 0u - 1 - (uint32_t)(talk.at / 4000 % 2);
	s.iss[0] = t->world == WRAPPING ? wrapping : seed;
	s.iss[1] = t->world == WRAPPING ? wrapping - 1 : seed * 3;

	for (unsigned i = 0; i < (talk.n_syns ? talk.n_syns : 1); i++) {
		ms = talk.at + 1000 * ((INT64_C(1) << i) - 1);
		say(&s, ms, false, TCP_SYN, 0, 0);
	}
	if (talk.answer == REFUSED)
		say(&s, ms + 20, true, TCP_RST | TCP_ACK, 0u - s.iss[1], 1);
	if (talk.answer != ANSWERED)
		return;
	say(&s, ms + 20, true, TCP_SYN | TCP_ACK, 0, 1);
	say(&s, ms + 30, false, TCP_ACK, 1, 1);
	close_it(&s, ms + (talk.lasts ? talk.lasts : 100));
}

/* ---- the analyzer -------------------------------------------------------- */

static int on_record(void *ctx, const struct record *record)
{
	char line[JSON_LINE_MAX];
	const size_t len = json_append_record(record, line);
	json_t *object = json_loadb(line, len, 0, NULL);
	assert_non_null(object);
	assert_int_equal(json_array_append_new(ctx, object), 0);
	return TCPCLOSE_OK;
}

static int by_time(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return memcmp(&x->tuple, &y->tuple, sizeof(x->tuple));
}

static void show_all(struct talks *t, struct analyzer *a, int64_t until)
{
	const struct tcpclose_packet nothing = {
		.ts = EPOCH + until * MS,
		.bytes = (const uint8_t *)"",
		.link_type = 1,
	};
	qsort(t->seg, t->n, sizeof(t->seg[0]), by_time);
	for (size_t i = 0; i < t->n; i++) {
		t->seg[i].frame = i + 1;
		assert_int_equal(analyzer_segment(a, &t->seg[i]), TCPCLOSE_OK);
	}
	assert_int_equal(analyzer_packet(a, &nothing), TCPCLOSE_OK);
	assert_int_equal(analyzer_finish(a), TCPCLOSE_OK);
}

static json_t *only(json_t *records, const char *finding)
{
	json_t *found = json_array(), *record;
	size_t i;
	json_array_foreach(records, i, record)
	{
		const char *name =
			json_string_value(json_object_get(record, "finding"));
		if (name && strcmp(name, finding) == 0)
			json_array_append(found, record);
	}
	json_decref(records);
	return found;
}

json_t *talks_run(struct talks *t, int64_t until, const char *finding)
{
	json_t *records = json_array();
	const struct analyzer_sink sink = { .ctx = records,
		                            .record = on_record };
	struct analyzer_options options;
	analyzer_options_init(&options);
	if (t->port_range)
		options.port_range = t->port_range;
	options.live = t->live;
	if (t->findings)
		options.findings = t->findings;
	struct analyzer *a = analyzer_new(&options, &sink, &alloc_default);
	assert_non_null(a);
	show_all(t, a, until);
	analyzer_free(a);
	return only(records, finding);
}
