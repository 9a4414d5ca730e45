/* Composing packets for tests. */
#include "packet_make.h"

#include <string.h>

#define TCP_HEADER_MIN  20
#define TCP_OPTIONS_MAX 40

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8
};

/* Appends, and remembers that something did not fit. */
struct writer {
	uint8_t *out;
	size_t size, room;
	bool failed;
};

static uint8_t *put(struct writer *w, const void *bytes, size_t n)
{
	if (w->failed || w->room - w->size < n) {
		w->failed = true;
		return NULL;
	}
	uint8_t *at = w->out + w->size;
	if (bytes)
		memcpy(at, bytes, n);
	else
		memset(at, 0, n);
	w->size += n;
	return at;
}

static void put8(struct writer *w, unsigned v)
{
	const uint8_t byte = (uint8_t)v;
	put(w, &byte, 1);
}

static void put16(struct writer *w, unsigned v)
{
	put8(w, v >> 8);
	put8(w, v & 0xff);
}

static void put32(struct writer *w, uint32_t v)
{
	put16(w, v >> 16);
	put16(w, v & 0xffff);
}

/* RFC 1071. */
static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static void store_checksum(uint8_t *at, uint32_t sum)
{
	sum = ~sum & 0xffff;
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

/* ---- link ---- */

static unsigned ip_type(const struct segment *seg)
{
	return seg->tuple.ip_version == 4 ? TYPE_IPV4 : TYPE_IPV6;
}

/* The EtherType of the frame, the tags that it announces, and IP's own. */
static unsigned first_type(const struct segment *seg)
{
	const unsigned n = seg->tuple.n_vlans;
	return n == 0 ? ip_type(seg) : n == 1 ? TYPE_VLAN : TYPE_QINQ;
}

static void put_tags(struct writer *w, const struct segment *seg)
{
	for (unsigned i = 0; i < seg->tuple.n_vlans; i++) {
		const bool is_last = i + 1u == seg->tuple.n_vlans;
		put16(w, seg->tuple.vlan[i]);
		put16(w, is_last ? ip_type(seg) : TYPE_VLAN);
	}
}

static void put_ethernet(struct writer *w, const struct segment *seg)
{
	put(w, "\x02\x00\x00\x00\x00\x0b\x02\x00\x00\x00\x00\x0a", 12);
	put16(w, first_type(seg));
	put_tags(w, seg);
}

static void put_sll(struct writer *w, const struct segment *seg)
{
	put(w, "\0\0\0\1\0\6\x02\0\0\0\0\x0a\0\0", 14);
	put16(w, first_type(seg));
	put_tags(w, seg);
}

static void put_sll2(struct writer *w, const struct segment *seg)
{
	put16(w, first_type(seg));
	put(w, "\0\0\0\0\0\2\0\1\0\6\x02\0\0\0\0\x0a\0\0", 18);
	put_tags(w, seg);
}

static void put_ppp(struct writer *w, const struct segment *seg)
{
	put16(w, 0xff03);
	put16(w, seg->tuple.ip_version == 4 ? 0x0021 : 0x0057);
}

static void put_pppoe(struct writer *w, const struct segment *seg)
{
	put(w, "\x11\0\0\1\0\0", 6);
	put16(w, seg->tuple.ip_version == 4 ? 0x0021 : 0x0057);
}

static void put_cisco_hdlc(struct writer *w, const struct segment *seg)
{
	put16(w, 0x0f00);
	put16(w, first_type(seg));
	put_tags(w, seg);
}

static void put_link(struct writer *w, const struct segment *seg,
                     uint32_t link_type)
{
	const unsigned version = seg->tuple.ip_version;
	bool has_ether_type = false;
	switch (link_type) {
	case 0:
	case 108:
		put32(w, version == 4 ? 2 : 30);
		break;
	case LINKTYPE_ETHERNET:
		has_ether_type = true;
		put_ethernet(w, seg);
		break;
	case LINKTYPE_PPP:
	case 50:
		put_ppp(w, seg);
		break;
	case 51:
		put_pppoe(w, seg);
		break;
	case 12:
	case 14:
	case LINKTYPE_RAW:
		break;
	case 104:
		has_ether_type = true;
		put_cisco_hdlc(w, seg);
		break;
	case LINKTYPE_LINUX_SLL:
		has_ether_type = true;
		put_sll(w, seg);
		break;
	case LINKTYPE_LINUX_SLL2:
		has_ether_type = true;
		put_sll2(w, seg);
		break;
	case 228:
		w->failed |= version != 4;
		break;
	case 229:
		w->failed |= version != 6;
		break;
	default:
		w->failed = true;
	}
	w->failed |= seg->tuple.n_vlans > 0 && !has_ether_type;
}

/* ---- IP ---- */

static void put_ipv4(struct writer *w, const struct segment *seg,
                     size_t tcp_len)
{
	const size_t total_len = 20 + tcp_len;
	uint8_t *header = w->out + w->size;
	put16(w, 0x4500);
	put16(w, total_len > UINT16_MAX ? 0 : (unsigned)total_len);
	put16(w, seg->ip_id);
	put16(w, seg->is_fragment ? 0x2000 : 0);
	put8(w, seg->ttl);
	put8(w, 6);
	put16(w, 0);
	put(w, seg->tuple.src.byte, 4);
	put(w, seg->tuple.dst.byte, 4);
	if (!w->failed)
		store_checksum(header + 10, sum_words(0, header, 20));
}

static void put_jumbo(struct writer *w, size_t tcp_len)
{
	put(w, "\x06\x00\xc2\x04", 4);
	put32(w, (uint32_t)(tcp_len + 8));
}

static void put_ipv6(struct writer *w, const struct segment *seg,
                     size_t tcp_len)
{
	enum { HOP_BY_HOP = 0, TCP = 6, FRAGMENT = 44 };
	const size_t payload_len = tcp_len + (seg->is_fragment ? 8 : 0);
	const bool is_jumbo = payload_len > UINT16_MAX;
	w->failed |= is_jumbo && seg->is_fragment;
	put32(w, 0x60000000);
	put16(w, is_jumbo ? 0 : (unsigned)payload_len);
	put8(w, is_jumbo ? HOP_BY_HOP : seg->is_fragment ? FRAGMENT : TCP);
	put8(w, seg->ttl);
	put(w, seg->tuple.src.byte, 16);
	put(w, seg->tuple.dst.byte, 16);
	if (is_jumbo)
		put_jumbo(w, tcp_len);
	if (seg->is_fragment)
		put(w, "\x06\x00\x00\x01\0\0\0\x07", 8);
}

/* ---- TCP ---- */

static void put_options(struct writer *w, const struct segment *seg)
{
	if (seg->options & OPTION_MSS) {
		put16(w, 0x0204);
		put16(w, seg->mss);
	}
	if (seg->options & OPTION_SACK_PERMITTED)
		put16(w, 0x0402);
	if (seg->options & OPTION_TIMESTAMP) {
		put16(w, 0x080a);
		put32(w, seg->tsval.wire);
		put32(w, seg->tsecr.wire);
	}
	if (seg->options & OPTION_WSCALE) {
		put16(w, 0x0303);
		put8(w, seg->wscale);
	}
	if (seg->options & OPTION_SACK) {
		put8(w, 5);
		put8(w, 2 + 8u * seg->n_sacks);
	}
	for (unsigned i = 0; i < seg->n_sacks; i++) {
		put32(w, seg->sack[i].left.wire);
		put32(w, seg->sack[i].right.wire);
	}
	if (seg->options_cut)
		put16(w, 0xfd01); /* a length of 1 counts not even itself */
	while (w->size % 4 != 0)
		put8(w, 0);
}

static void put_tcp_header(struct writer *w, const struct segment *seg,
                           const struct writer *options)
{
	put16(w, seg->tuple.sport);
	put16(w, seg->tuple.dport);
	put32(w, seg->seq.wire);
	put32(w, seg->ack.wire);
	put8(w, (unsigned)(TCP_HEADER_MIN + options->size) / 4 << 4);
	put8(w, seg->flags);
	put16(w, seg->window);
	put32(w, 0); /* checksum, urgent pointer */
	put(w, options->out, options->size);
}

static void put_payload(struct writer *w, size_t n)
{
	uint8_t *payload = put(w, NULL, n);
	for (size_t i = 0; payload && i < n; i++)
		payload[i] = (uint8_t)('a' + i % 26);
}

static void sum_tcp(const struct segment *seg, uint8_t *tcp, size_t len)
{
	const size_t addr_len = seg->tuple.ip_version == 4 ? 4 : 16;
	uint32_t sum = 6 + (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff);
	sum = sum_words(sum, seg->tuple.src.byte, addr_len);
	sum = sum_words(sum, seg->tuple.dst.byte, addr_len);
	store_checksum(tcp + 16, sum_words(sum, tcp, len));
	if (seg->checksum_bad)
		tcp[16] ^= 0x55;
}

size_t packet_make(const struct segment *seg, uint32_t link_type, uint8_t *out,
                   size_t room)
{
	uint8_t list[TCP_OPTIONS_MAX];
	struct writer options = { list, 0, sizeof(list), false };
	put_options(&options, seg);

	struct writer w = { out, 0, room, options.failed };
	const size_t tcp_len = TCP_HEADER_MIN + options.size + seg->payload_len;
	put_link(&w, seg, link_type);
	if (seg->tuple.ip_version == 4)
		put_ipv4(&w, seg, tcp_len);
	else
		put_ipv6(&w, seg, tcp_len);
	const size_t tcp_at = w.size;
	put_tcp_header(&w, seg, &options);
	put_payload(&w, seg->payload_len);
	if (w.failed)
		return 0;
	sum_tcp(seg, out + tcp_at, tcp_len);
	return w.size;
}

struct tcpclose_packet packet_of(const uint8_t *bytes, size_t size,
                                 uint32_t link_type)
{
	return (struct tcpclose_packet){
		.bytes = bytes,
		.caplen = (uint32_t)size,
		.len = (uint32_t)size,
		.link_type = link_type,
		.frame = 1,
	};
}
