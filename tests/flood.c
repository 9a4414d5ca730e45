/* Traffic without end. */
#include "flood.h"

#include <string.h>

#include "tcpclose/error.h"

#define MILLISECOND 1000000LL
#define HOLES       40 /* more than a set of spans holds */

/* Who sends and what it has sent, as a script needs to know it. */
struct talk {
	struct analyzer *analyzer;
	struct four_tuple there, back;
	uint32_t seq[2]; /* what the client, the server sends next */
	int64_t *ts;
	uint64_t *frame;
	int status;
};

static struct four_tuple reversed(const struct four_tuple *t)
{
	struct four_tuple r = *t;
	r.src = t->dst;
	r.dst = t->src;
	r.sport = t->dport;
	r.dport = t->sport;
	return r;
}

static struct ip_addr address(uint8_t net, uint32_t host)
{
	const uint8_t bytes[4] = { net, (uint8_t)(host >> 16),
		                   (uint8_t)(host >> 8), (uint8_t)host };
	struct ip_addr ip;
	memset(&ip, 0, sizeof(ip));
	memcpy(&ip, bytes, sizeof(bytes));
	return ip;
}

static void say(struct talk *t, unsigned from, unsigned flags, uint32_t len)
{
	const struct segment seg = {
		.ts = *t->ts += 2 * MILLISECOND,
		.frame = ++*t->frame,
		.tuple = from == 0 ? t->there : t->back,
		.seq = { t->seq[from] },
		.ack = { t->seq[!from] },
		.payload_len = len,
		.window = 64000,
		.flags = (uint8_t)flags,
		.ttl = 64,
	};
	t->seq[from] += segment_len(&seg);
	if (t->status == TCPCLOSE_OK)
		t->status = analyzer_segment(t->analyzer, &seg);
}

static void skip(struct talk *t, unsigned from, uint32_t len)
{
	t->seq[from] += len;
}

static void open_it(struct talk *t)
{
	say(t, 0, TCP_SYN, 0);
	say(t, 1, TCP_SYN | TCP_ACK, 0);
	say(t, 0, TCP_ACK, 0);
}

static void half_close(struct talk *t)
{
	open_it(t);
	say(t, 0, TCP_FIN | TCP_ACK, 0);
	say(t, 1, TCP_ACK, 0);
	skip(t, 0, UINT32_MAX);
	say(t, 0, TCP_FIN | TCP_ACK, 0);
}

static void leave_holes(struct talk *t)
{
	open_it(t);
	for (int i = 0; i < HOLES; i++) {
		skip(t, 0, 1000);
		say(t, 0, TCP_ACK, 100);
	}
	say(t, 0, TCP_FIN | TCP_ACK, 0);
}

static void reset_it(struct talk *t)
{
	open_it(t);
	say(t, 1, TCP_RST | TCP_ACK, 0);
}

static struct talk talk_new(struct analyzer *a, uint8_t net, uint32_t host,
                            uint16_t port, int64_t *ts, uint64_t *frame)
{
	struct talk t = { .analyzer = a, .ts = ts, .frame = frame };
	t.there.src = address(net, host);
	t.there.dst = address(192, 0x000201);
	t.there.sport = (uint16_t)(20000 + host % 30000);
	t.there.dport = port;
	t.there.ip_version = 4;
	t.back = reversed(&t.there);
	t.seq[0] = host * 2654435761u + (uint32_t)*frame * 64000;
	t.seq[1] = host * 40503u + (uint32_t)*frame * 64000;
	return t;
}

static void flood_one(struct talk *t, enum flood_kind kind)
{
	switch (kind) {
	case FLOOD_SYNS:
		say(t, 0, TCP_SYN, 0);
		break;
	case FLOOD_HALF_CLOSES:
		half_close(t);
		break;
	case FLOOD_HOLES:
		leave_holes(t);
		break;
	case FLOOD_LIVES:
		reset_it(t);
		break;
	case N_FLOOD_KINDS:
		break;
	}
}

/* An honest one is short, so that it is over before it could be evicted. */
static void be_honest(struct talk *t)
{
	open_it(t);
	say(t, 0, TCP_ACK | TCP_PSH, 200);
	say(t, 1, TCP_ACK | TCP_PSH, 1000);
	say(t, 0, TCP_FIN | TCP_ACK, 0);
	say(t, 1, TCP_FIN | TCP_ACK, 0);
	t->seq[1]--;
	say(t, 1, TCP_FIN | TCP_ACK, 0);
	say(t, 0, TCP_ACK, 0);
}

int flood_send(struct analyzer *a, const struct flood *flood)
{
	int64_t ts = 1700000000000 * MILLISECOND;
	uint64_t frame = 0;
	uint32_t honest = 0;
	int status = TCPCLOSE_OK;
	for (uint32_t i = 0; i < flood->n_floods && status >= 0; i++) {
		const uint32_t host = flood->kind == FLOOD_LIVES ? i % 50 : i;
		struct talk t = talk_new(a, 198, host, 80, &ts, &frame);
		flood_one(&t, flood->kind);
		status = t.status;
		if (status < 0 ||
		    (uint64_t)i * flood->n_honest / flood->n_floods < honest)
			continue;
		t = talk_new(a, 10, honest++, 443, &ts, &frame);
		be_honest(&t);
		status = t.status;
	}
	return status;
}
