/*
 * The plain way of decoding and the general one are the same: what is read at
 * fixed places is what the readers of the layers say. Those alone verify
 * checksums, so verifying takes the general way. Likewise, a timestamp that is
 * known by its first word is the one that the list of options holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "base/frame.h"
#include "capture/capture.h"
#include "decode/plain.h"
#include "decode/tcp_options.h"
#include "packet_fence.h"
#include "packet_random.h"

/* Returns whether the packet is plain. */
static bool expect_both_ways_same(const struct tcpclose_packet *pkt)
{
	const struct decode_options ignore = { CHECKSUM_IGNORE, false };
	const struct decode_options verify = { CHECKSUM_VERIFY, false };
	struct segment seg, general, plain = { .ts = pkt->ts };
	enum decode_verdict verdict = decode_packet(pkt, &verify, &general);
	if (verdict == DECODE_BAD_CHECKSUM)
		verdict = DECODE_TCP;
	general.checksum_bad = false;
	assert_string_equal(
		decode_verdict_name(decode_packet(pkt, &ignore, &seg)),
		decode_verdict_name(verdict));
	if (verdict == DECODE_TCP)
		expect_same(&seg, &general);

	plain.frame = frame_of(pkt->source, pkt->frame);
	plain.source = pkt->source;
	if (!plain_read(pkt, &plain))
		return false;
	assert_int_equal(verdict, DECODE_TCP);
	expect_same(&plain, &general);
	return true;
}

static void expect_plain(const struct segment *seg)
{
	struct segment seen = { .frame = 1 };
	const struct sample s = sample_of(seg, LINKTYPE_ETHERNET);
	const struct tcpclose_packet pkt =
		packet_of(s.bytes, s.size, LINKTYPE_ETHERNET);
	assert_true(plain_read(&pkt, &seen));
	expect_same(&seen, seg);
}

static void what_is_plain_is_read_plainly(void **state)
{
	(void)state;
	const struct segment ipv4 = example_ipv4(), ipv6 = example_ipv6();
	expect_plain(&ipv4);
	expect_plain(&ipv6);
}

static void expect_plain_from(const struct segment *seg, size_t headers)
{
	struct fence fence;
	fence_init(&fence);
	const struct sample s = sample_of(seg, LINKTYPE_ETHERNET);
	for (size_t n = 0; n < s.size; n++) {
		const struct tcpclose_packet pkt =
			fence_packet(&fence, &s, n, s.size);
		assert_int_equal(expect_both_ways_same(&pkt), n >= headers);
	}
	fence_fini(&fence);
}

/* A snap length may leave out the payload, and nothing else. */
static void what_is_cut_before_its_payload_is_not_plain(void **state)
{
	(void)state;
	const struct segment ipv4 = example_ipv4(), ipv6 = example_ipv6();
	expect_plain_from(&ipv4, 14 + 20 + 32);
	expect_plain_from(&ipv6, 14 + 40 + 32);
}

static void every_capture_is_decoded_the_same_both_ways(void **state)
{
	(void)state;
	const char *const path[] = { "testdata" };
	struct capture *c = NULL;
	struct tcpclose_error err = { 0 };
	struct tcpclose_packet pkt;
	unsigned n = 0, n_plain = 0;
	int got;
	assert_int_equal(capture_open(&c, path, 1, NULL, &alloc_default, &err),
	                 TCPCLOSE_OK);
	while ((got = capture_next(c, &pkt, &err)) != 0) {
		if (got < 0)
			continue; /* a broken capture: the others follow */
		n++;
		n_plain += expect_both_ways_same(&pkt);
	}
	capture_close(c);
	assert_in_range(n_plain, n / 4, n - 1);
}

/* A byte of the headers, as a rule: those are what is decoded. */
static void bend(struct sample *s, uint64_t *seed)
{
	const uint32_t size = (uint32_t)s->size;
	const uint32_t end = size < 80 ? size : 80;
	const uint32_t at = random_below(seed, 4) ? random_below(seed, end)
	                                          : random_below(seed, size);
	const uint64_t bent =
		random_below(seed, 2)
			? random_next(seed)
			: s->bytes[at] ^ 1u << random_below(seed, 8);
	s->bytes[at] = (uint8_t)bent;
}

static void broken_packets_are_decoded_the_same_both_ways(void **state)
{
	(void)state;
	struct fence fence;
	fence_init(&fence);
	uint64_t seed = 4;
	struct sample s = { .size = 0 };
	unsigned n_plain = 0;
	enum { N = 200000 };
	for (unsigned i = 0; i < N; i++) {
		struct segment seg;
		if (i % 8 == 0) {
			seg = packet_random(&seed, LINKTYPE_ETHERNET, 40);
			s = sample_of(&seg, LINKTYPE_ETHERNET);
		}
		bend(&s, &seed);
		const uint32_t size = (uint32_t)s.size;
		const size_t caplen = random_below(&seed, 3)
		                              ? size
		                              : random_below(&seed, size + 1);
		const size_t len = random_below(&seed, 2) ? caplen : size;
		const struct tcpclose_packet pkt =
			fence_packet(&fence, &s, caplen, len);
		n_plain += expect_both_ways_same(&pkt);
	}
	fence_fini(&fence);
	assert_in_range(n_plain, N / 50, N / 2);
}

static struct segment read_options(const struct fence *f, const uint8_t *list,
                                   size_t n, bool is_cut)
{
	struct segment seg = { .seq = { 0 } };
	memcpy(f->end - n, list, n);
	tcp_options_read(cursor_of(f->end - n, n), is_cut, &seg);
	return seg;
}

/* A timestamp behind two NOPs is looked for at the start of the list only, and
 * one NOP more moves it away from there without a change of meaning. */
static void a_nop_before_all_options_changes_nothing(void **state)
{
	(void)state;
	static const uint8_t aligned[] = {
		1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8
	};
	struct fence fence;
	fence_init(&fence);
	uint64_t seed = 5;
	unsigned n_timestamps = 0;
	for (unsigned i = 0; i < 100000; i++) {
		uint8_t list[1 + 39] = { 1 };
		for (size_t n = 1; n < sizeof(list); n++)
			list[n] = (uint8_t)random_below(&seed, 12);
		memcpy(list + 1, aligned, sizeof(aligned));
		if (random_below(&seed, 2))
			list[1 + random_below(&seed, 12)] =
				(uint8_t)random_below(&seed, 12);
		const size_t n = random_below(&seed, 40);
		const bool is_cut = random_below(&seed, 2);
		const struct segment seg =
			read_options(&fence, list + 1, n, is_cut);
		const struct segment after =
			read_options(&fence, list, n + 1, is_cut);
		expect_same(&seg, &after);
		n_timestamps += (seg.options & OPTION_TIMESTAMP) != 0;
	}
	assert_in_range(n_timestamps, 20000, 80000);
	fence_fini(&fence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_plain_is_read_plainly),
		cmocka_unit_test(what_is_cut_before_its_payload_is_not_plain),
		cmocka_unit_test(every_capture_is_decoded_the_same_both_ways),
		cmocka_unit_test(broken_packets_are_decoded_the_same_both_ways),
		cmocka_unit_test(a_nop_before_all_options_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
