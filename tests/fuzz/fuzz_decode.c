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
	free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size >= 3)
		decode(bytes, bytes + 3, size - 3);
	return 0;
}
