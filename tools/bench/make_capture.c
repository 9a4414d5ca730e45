/*
 * Makes captures for benchmarks: deterministic from a seed, realistic enough
 * for other tools to read them without complaint.
 *
 *	make_capture KIND PACKETS SEED > FILE
 *
 *	short    short connections of eleven packets, 16,700 begun in a second
 *	         and 100,000 open at a time
 *	spread   the same, 500 begun in a second and 500 open at a time
 *	bulk     a few hundred long transfers in full frames
 *	reuse    500 four-tuples that are opened again and again
 *	flood    SYNs from everywhere, never answered
 *
 * A few in a hundred of the short connections have a trouble: a FIN sent
 * again, a last ACK lost, a reset, a zero window. All but bulk are captured
 * with 96 bytes of each frame.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MAX 1600

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

/* One end of one connection. */
struct end {
	uint32_t ip;
	uint16_t port;
	uint32_t snd_nxt, rcv_nxt;
	uint32_t ts_offset;
	uint16_t ip_id;
};

struct talk {
	uint64_t at; /* us: when its next packet is due */
	struct end end[2];
	uint32_t ts_recent[2];
	unsigned step;
	unsigned trouble;
	unsigned n_data;
	unsigned snaplen;
};

struct plan {
	const char *kind;
	uint64_t n_packets;
	uint64_t n_talks;     /* that are open at once */
	uint64_t open_period; /* us between two openings */
	uint64_t hold;        /* us that a client keeps it open, unused */
	unsigned snaplen;
	bool reuse;
	unsigned n_data;
	unsigned payload;
};

/* splitmix64, Steele, Lea and Flood 2014. */
static uint64_t draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static uint8_t *put16(uint8_t *p, unsigned n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t n)
{
	return put16(put16(p, n >> 16), n & 0xffff);
}

static uint32_t sum_words(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint8_t *put_options(uint8_t *p, bool syn, uint32_t tsval, uint32_t tsecr)
{
	static const uint8_t opening[8] = { 2, 4, 5, 180, 4, 2, 8, 10 };
	static const uint8_t running[4] = { 1, 1, 8, 10 };
	static const uint8_t scale[4] = { 1, 3, 3, 7 };
	memcpy(p, syn ? opening : running, syn ? 8 : 4);
	p += syn ? 8 : 4;
	p = put32(put32(p, tsval), tsecr);
	if (syn) {
		memcpy(p, scale, 4);
		p += 4;
	}
	return p;
}

struct frame {
	uint64_t us;
	const struct end *from, *to;
	uint32_t seq, ack, tsval, tsecr;
	unsigned flags, window, payload, snaplen;
};

/* Ethernet, IPv4, TCP; payload is zeros, so it adds nothing to a checksum. */
static void write_frame(const struct frame *f)
{
	uint8_t packet[16 + FRAME_MAX] = { 0 };
	uint8_t *const ether = packet + 16, *const ip = ether + 14;
	uint8_t *const tcp = ip + 20;
	const bool syn = f->flags & SYN;
	const unsigned header = f->flags & RST ? 20 : syn ? 40 : 32;
	const unsigned length = 20 + header + f->payload;

	memcpy(ether, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08", 13);
	ip[0] = 0x45;
	put16(ip + 2, length);
	put16(ip + 4, f->from->ip_id);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = 6;
	put32(put32(ip + 12, f->from->ip), f->to->ip);
	put16(ip + 10, fold(sum_words(0, ip, 20)));

	put16(put16(tcp, f->from->port), f->to->port);
	put32(put32(tcp + 4, f->seq), f->ack);
	tcp[12] = (uint8_t)(header << 2);
	tcp[13] = (uint8_t)f->flags;
	put16(tcp + 14, f->window);
	if (header > 20)
		put_options(tcp + 20, syn, f->tsval, f->tsecr);
	uint32_t sum = sum_words(6 + header + f->payload, ip + 12, 8);
	put16(tcp + 16, fold(sum_words(sum, tcp, header)));

	const uint32_t wire = 14 + length;
	const uint32_t record[4] = { (uint32_t)(f->us / 1000000),
				     (uint32_t)(f->us % 1000000),
				     wire < f->snaplen ? wire : f->snaplen,
				     wire };
	memcpy(packet, record, sizeof(record));
	fwrite(packet, 1, 16 + record[2], stdout);
}

static void send(struct talk *t, unsigned from, unsigned flags,
		 unsigned payload, unsigned window)
{
	struct end *x = &t->end[from], *y = &t->end[!from];
	const uint32_t tsval = x->ts_offset + (uint32_t)(t->at / 1000);
	x->ip_id++;
	const struct frame f = {
		.us = t->at,
		.from = x,
		.to = y,
		.seq = x->snd_nxt,
		.ack = flags & ACK ? x->rcv_nxt : 0,
		.tsval = tsval,
		.tsecr = flags & ACK ? t->ts_recent[from] : 0,
		.flags = flags,
		.window = window,
		.payload = payload,
		.snaplen = t->snaplen,
	};
	write_frame(&f);
	t->ts_recent[!from] = tsval;
	x->snd_nxt += payload + !!(flags & (SYN | FIN));
	y->rcv_nxt = x->snd_nxt;
}

/* The same segment again: the end goes back by what it sent last. */
static void send_again(struct talk *t, unsigned from, unsigned flags,
		       unsigned window)
{
	t->end[from].snd_nxt -= !!(flags & (SYN | FIN));
	send(t, from, flags, 0, window);
}

enum { HEALTHY, FIN_AGAIN, LAST_ACK_LOST, RESET, ZERO_WINDOW };

/* When the next packet is due: 9 ms later, or when a timer has run out, or
 * when the client has held the connection for long enough. */
static uint64_t pause_after(const struct talk *t, const struct plan *plan)
{
	const unsigned at = t->step - 4 - t->n_data; /* packets of the close */
	if (at == 0)
		return plan->hold + 9000;
	const bool waits = (t->trouble == FIN_AGAIN && at == 2) ||
			   (t->trouble == LAST_ACK_LOST && at == 3);
	return waits ? 220000 : 9000;
}

/* The next packet of a connection; false if that was the last. */
static bool step(struct talk *t, const struct plan *plan)
{
	const unsigned data = t->n_data, at = t->step++;
	if (at == 0)
		return send(t, 0, SYN, 0, 64240), true;
	if (at == 1)
		return send(t, 1, SYN | ACK, 0, 65160), true;
	if (at == 2)
		return send(t, 0, ACK, 0, 502), true;
	if (at == 3)
		return send(t, 0, PSH | ACK, 120, 502), true;
	if (at < 4 + data) {
		if (at % 3 == 2)
			send(t, 0, ACK, 0,
			     t->trouble == ZERO_WINDOW && at == 5 ? 0 : 501);
		else
			send(t, 1, PSH | ACK, plan->payload, 509);
		return true;
	}
	switch (at - 4 - data) {
	case 0:
		return send(t, 0, FIN | ACK, 0, 501), true;
	case 1:
		if (t->trouble == RESET)
			return send(t, 1, RST | ACK, 0, 0), false;
		return send(t, 1, FIN | ACK, 0, 509), true;
	case 2:
		if (t->trouble == FIN_AGAIN) {
			send_again(t, 1, FIN | ACK, 509);
			return true;
		}
		send(t, 0, ACK, 0, 501);
		return t->trouble == LAST_ACK_LOST;
	case 3:
		if (t->trouble == FIN_AGAIN)
			return send(t, 0, ACK, 0, 501), false;
		return send_again(t, 1, FIN | ACK, 509), true;
	default:
		return send(t, 0, ACK, 0, 501), false;
	}
}

static void begin(struct talk *t, const struct plan *plan, uint64_t number,
		  uint64_t at, uint64_t *seed)
{
	const uint64_t who = plan->reuse ? number % plan->n_talks : number;
	const uint64_t dice = draw(seed);
	*t = (struct talk){ .at = at, .n_data = plan->n_data,
			   .snaplen = plan->snaplen };
	t->end[0].ip = 0x0a000000u + (uint32_t)(who / 28000 % 65536) + 1;
	t->end[0].port = (uint16_t)(32768 + who % 28000);
	t->end[1].ip = 0xc6336401u;
	t->end[1].port = 443;
	for (int i = 0; i < 2; i++) {
		t->end[i].snd_nxt = (uint32_t)draw(seed) | 1;
		t->end[i].ts_offset = plan->reuse ? (uint32_t)(who * 7919) :
						    (uint32_t)draw(seed);
		t->end[i].ip_id = (uint16_t)draw(seed);
	}
	if (dice % 100 < 4)
		t->trouble = FIN_AGAIN + dice / 100 % 4;
}

/* ---- a heap of connections by the time of their next packet --------------- */

static void sink(struct talk *heap, uint64_t n, uint64_t i)
{
	for (;;) {
		uint64_t least = i;
		for (uint64_t child = 2 * i + 1; child <= 2 * i + 2; child++) {
			if (child < n && heap[child].at < heap[least].at)
				least = child;
		}
		if (least == i)
			return;
		const struct talk swapped = heap[i];
		heap[i] = heap[least];
		heap[least] = swapped;
		i = least;
	}
}

static void talk_in_turn(const struct plan *plan, uint64_t seed)
{
	struct talk *heap = malloc(plan->n_talks * sizeof(*heap));
	if (!heap)
		exit(EXIT_FAILURE);
	const uint64_t start = UINT64_C(1700000000000000);
	for (uint64_t i = 0; i < plan->n_talks; i++)
		begin(&heap[i], plan, i, start + i * plan->open_period, &seed);
	uint64_t next = plan->n_talks;
	for (uint64_t n = 0; n < plan->n_packets; n++) {
		struct talk *first = &heap[0];
		if (step(first, plan))
			first->at += pause_after(first, plan);
		else
			begin(first, plan, next++, first->at + 1000, &seed);
		sink(heap, plan->n_talks, 0);
	}
	free(heap);
}

static void flood(const struct plan *plan, uint64_t seed)
{
	for (uint64_t i = 0; i < plan->n_packets; i++) {
		struct talk t = { .at = UINT64_C(1700000000000000) + i * 20,
				  .snaplen = plan->snaplen };
		const uint64_t who = draw(&seed);
		t.end[0].ip = (uint32_t)who | 0x01000000u;
		t.end[0].port = (uint16_t)(who >> 32 | 1024);
		t.end[0].snd_nxt = (uint32_t)draw(&seed);
		t.end[1].ip = 0xc6336401u;
		t.end[1].port = 80;
		send(&t, 0, SYN, 0, 64240);
	}
}

static const struct plan plans[] = {
	{ .kind = "short", .n_talks = 100000, .open_period = 60, .n_data = 4,
	  .payload = 700, .hold = 5900000, .snaplen = 96 },
	{ .kind = "spread", .n_talks = 500, .open_period = 2000, .n_data = 4,
	  .payload = 700, .hold = 900000, .snaplen = 96 },
	{ .kind = "bulk", .n_talks = 300, .open_period = 1000,
	  .n_data = 1000000, .payload = 1448, .snaplen = FRAME_MAX },
	{ .kind = "reuse", .n_talks = 500, .open_period = 300, .reuse = true,
	  .n_data = 4, .payload = 700, .snaplen = 96 },
	{ .kind = "flood", .snaplen = 96 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 4 && i < sizeof(plans) / sizeof(*plans); i++) {
		if (strcmp(plans[i].kind, argv[1]) != 0)
			continue;
		struct plan plan = plans[i];
		plan.n_packets = strtoull(argv[2], NULL, 10);
		const uint64_t seed = strtoull(argv[3], NULL, 10);
		const uint32_t header[6] = { 0xa1b2c3d4u, 0x00040002u, 0, 0,
					     plan.snaplen, 1 };
		fwrite(header, 1, sizeof(header), stdout);
		if (plan.n_talks == 0)
			flood(&plan, seed);
		else
			talk_in_turn(&plan, seed);
		return ferror(stdout) || fflush(stdout) ? EXIT_FAILURE :
							  EXIT_SUCCESS;
	}
	fprintf(stderr, "usage: make_capture "
			"short|spread|bulk|reuse|flood PACKETS SEED > FILE\n");
	return 2;
}
