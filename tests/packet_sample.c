/* Packets for tests of decoding. */
#include "packet_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "packet_fence.h"

static const struct decode_options ignore = { CHECKSUM_IGNORE, false };

struct segment example_ipv4(void)
{
	return (struct segment){
		.frame = 1,
		.tuple = { .src = { { 192, 0, 2, 1 } },
		           .dst = { { 198, 51, 100, 2 } },
		           .sport = 40000,
		           .dport = 443,
		           .ip_version = 4 },
		.seq = { 0xfffffff0 },
		.ack = { 0x01020304 },
		.flags = TCP_ACK | TCP_PSH,
		.window = 502,
		.payload_len = 100,
		.options = OPTION_TIMESTAMP,
		.tsval = { 7000 },
		.tsecr = { 8000 },
		.ip_id = 0x1234,
		.has_ip_id = true,
		.ttl = 64,
	};
}

struct segment example_ipv6(void)
{
	struct segment seg = example_ipv4();
	seg.tuple.ip_version = 6;
	seg.tuple.src = (struct ip_addr){ { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	seg.tuple.dst = (struct ip_addr){ { 0x20, 1, 0xd, 0xb8, [15] = 2 } };
	seg.ip_id = 0;
	seg.has_ip_id = false;
	return seg;
}

struct sample sample_of(const struct segment *seg, uint32_t link_type)
{
	struct sample s = { .link_type = link_type };
	s.size = packet_make(seg, link_type, s.bytes, sizeof(s.bytes));
	assert_int_not_equal(s.size, 0);
	return s;
}

void sample_insert(struct sample *s, size_t at, const void *bytes, size_t n)
{
	assert_true(at <= s->size && n <= sizeof(s->bytes) - s->size);
	memmove(s->bytes + at + n, s->bytes + at, s->size - at);
	memcpy(s->bytes + at, bytes, n);
	s->size += n;
}

void sample_wrap(struct sample *s, uint32_t link_type, const void *header,
                 size_t n)
{
	sample_insert(s, 0, header, n);
	s->link_type = link_type;
}

enum decode_verdict sample_decode_cut(const struct sample *s, size_t caplen,
                                      struct segment *seg)
{
	struct tcpclose_packet pkt = packet_of(s->bytes, s->size, s->link_type);
	pkt.caplen = (uint32_t)caplen;
	return decode_packet(&pkt, &ignore, seg);
}

enum decode_verdict sample_decode(const struct sample *s, struct segment *seg)
{
	return sample_decode_cut(s, s->size, seg);
}

enum decode_verdict sample_verify(const struct sample *s)
{
	const struct decode_options verify = { CHECKSUM_VERIFY, false };
	const struct tcpclose_packet pkt =
		packet_of(s->bytes, s->size, s->link_type);
	struct segment seg;
	const enum decode_verdict verdict = decode_packet(&pkt, &verify, &seg);
	if (verdict == DECODE_TCP || verdict == DECODE_BAD_CHECKSUM)
		assert_int_equal(seg.checksum_bad,
		                 verdict == DECODE_BAD_CHECKSUM);
	return verdict;
}

void expect_verdict(const struct sample *s, enum decode_verdict verdict)
{
	struct fence fence;
	struct segment seg;
	fence_init(&fence);
	for (size_t n = 0; n < s->size; n++)
		fence_decode(&fence, s, n, s->size, &seg);
	fence_fini(&fence);
	assert_string_equal(decode_verdict_name(sample_decode(s, &seg)),
	                    decode_verdict_name(verdict));
}

void expect_segment(const struct sample *s, const struct segment *seg)
{
	struct fence fence;
	struct segment seen;
	assert_string_equal(decode_verdict_name(sample_decode(s, &seen)),
	                    "tcp");
	expect_same(&seen, seg);
	fence_init(&fence);
	fence_expect_prefixes(&fence, s);
	fence_fini(&fence);
}

void expect_same(const struct segment *seen, const struct segment *drawn)
{
	assert_int_equal(seen->ts, drawn->ts);
	assert_int_equal(seen->frame, drawn->frame);
	assert_int_equal(seen->source, drawn->source);
	assert_memory_equal(&seen->tuple, &drawn->tuple, sizeof(seen->tuple));
	assert_int_equal(seen->seq.wire, drawn->seq.wire);
	assert_int_equal(seen->ack.wire, drawn->ack.wire);
	assert_int_equal(seen->payload_len, drawn->payload_len);
	assert_int_equal(seen->window, drawn->window);
	assert_int_equal(seen->flags, drawn->flags);
	assert_int_equal(seen->options, drawn->options);
	assert_int_equal(seen->options_cut, drawn->options_cut);
	assert_int_equal(seen->checksum_bad, drawn->checksum_bad);
	assert_int_equal(seen->is_fragment, drawn->is_fragment);
	assert_int_equal(seen->mss, drawn->mss);
	assert_int_equal(seen->wscale, drawn->wscale);
	assert_int_equal(seen->n_sacks, drawn->n_sacks);
	assert_memory_equal(seen->sack, drawn->sack, sizeof(seen->sack));
	assert_int_equal(seen->tsval.wire, drawn->tsval.wire);
	assert_int_equal(seen->tsecr.wire, drawn->tsecr.wire);
	assert_int_equal(seen->ip_id, drawn->ip_id);
	assert_int_equal(seen->has_ip_id, drawn->has_ip_id);
	assert_int_equal(seen->ttl, drawn->ttl);
}
