/*
 * Fuzzing the decoder: a link type, how much was cut off, and the bytes of a
 * packet. What it calls a segment must be one.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint32_t link_types[] = {
#define X(number, reader, name) number,
#include "decode/link_types.def"
#undef X
	UINT32_MAX,
};

static void check_segment(const struct segment *seg)
{
	assert(seg->payload_len <= SEGMENT_PAYLOAD_MAX);
	assert(seg->n_sacks <= SEGMENT_SACKS);
	assert(seg->wscale <= 14);
	assert(seg->tuple.n_vlans <= SEGMENT_VLANS);
	assert(seg->tuple.ip_version == 4 || seg->tuple.ip_version == 6);
	assert(seg->tuple.tunnel == 0);
	assert(seg->has_ip_id == (seg->tuple.ip_version == 4));
	if (seg->n_sacks > 0)
		assert(seg->options & OPTION_SACK);
}

static void expect_equal(const struct segment *a, const struct segment *b)
{
	assert(memcmp(&a->tuple, &b->tuple, sizeof(a->tuple)) == 0);
	assert(a->seq.wire == b->seq.wire && a->ack.wire == b->ack.wire);
	assert(a->payload_len == b->payload_len && a->window == b->window);
	assert(a->checksum == b->checksum && a->flags == b->flags);
	assert(a->options == b->options && a->options_cut == b->options_cut);
	assert(a->is_fragment == b->is_fragment && a->mss == b->mss);
	assert(a->wscale == b->wscale && a->n_sacks == b->n_sacks);
	assert(memcmp(a->sack, b->sack, sizeof(a->sack)) == 0);
	assert(a->tsval.wire == b->tsval.wire);
	assert(a->tsecr.wire == b->tsecr.wire);
	assert(a->ip_id == b->ip_id && a->has_ip_id == b->has_ip_id);
	assert(a->ttl == b->ttl && a->checksum_bad == b->checksum_bad);
}

/* Checksums are verified the general way only: but for them, it must say what
 * the plain way says. */
static void check_both_ways(const struct tcpclose_packet *pkt, bool ignore_vlan)
{
	const struct decode_options ways[] = {
		{ CHECKSUM_IGNORE, ignore_vlan },
		{ CHECKSUM_VERIFY, ignore_vlan },
	};
	struct segment seg[2];
	enum decode_verdict verdict[2];
	for (unsigned i = 0; i < 2; i++) {
		verdict[i] = decode_packet(pkt, &ways[i], &seg[i]);
		if (verdict[i] != DECODE_BAD_CHECKSUM)
			continue;
		verdict[i] = DECODE_TCP;
		seg[i].checksum_bad = false;
	}
	assert(verdict[0] == verdict[1]);
	if (verdict[0] == DECODE_TCP)
		expect_equal(&seg[0], &seg[1]);
}

/* In memory of its own, so that a byte too far is noticed. */
static void decode(const uint8_t head[3], const uint8_t *bytes, size_t n)
{
	const size_t n_types = sizeof(link_types) / sizeof(link_types[0]);
	const struct decode_options options = {
		.checksums = head[1] & 1 ? CHECKSUM_VERIFY : CHECKSUM_IGNORE,
		.ignore_vlan = head[1] & 2,
	};
	uint8_t *own = malloc(n ? n : 1);
	assert(own);
	if (n > 0)
		memcpy(own, bytes, n);
	const struct tcpclose_packet pkt = {
		.bytes = own,
		.caplen = (uint32_t)n,
		.len = (uint32_t)n + head[2] * 16u,
		.link_type = link_types[head[0] % n_types],
		.frame = 1,
	};
	struct segment seg;
	const enum decode_verdict verdict = decode_packet(&pkt, &options, &seg);
	assert((unsigned)verdict < N_DECODE_VERDICTS);
	if (verdict == DECODE_TCP || verdict == DECODE_BAD_CHECKSUM)
		check_segment(&seg);
	assert(verdict != DECODE_BAD_CHECKSUM || seg.checksum_bad);
	check_both_ways(&pkt, options.ignore_vlan);
	free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size >= 3)
		decode(bytes, bytes + 3, size - 3);
	return 0;
}
