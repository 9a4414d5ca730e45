/*
 * Decoding, by properties: what was composed is what is decoded; nothing is
 * read beyond what was captured; no bytes are too odd to be judged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "packet_fence.h"
#include "packet_random.h"

static const uint32_t link_types[] = {
#define X(number, reader, name) number,
#include "decode/link_types.def"
#undef X
};
#define N_LINK_TYPES (sizeof(link_types) / sizeof(link_types[0]))

static void what_is_composed_is_what_is_decoded(void **state)
{
	(void)state;
	uint64_t seed = 1;
	for (unsigned i = 0; i < 20000; i++) {
		const uint32_t link_type = link_types[i % N_LINK_TYPES];
		const struct segment seg =
			packet_random(&seed, link_type, 1500);
		const struct sample s = sample_of(&seg, link_type);
		struct segment seen;
		assert_int_equal(sample_decode(&s, &seen), DECODE_TCP);
		expect_same(&seen, &seg);
		assert_int_equal(sample_verify(&s), DECODE_TCP);
	}
}

/* The lengths that IP cannot say: 64 KiB and more on an offloading sender. */
static void a_segment_longer_than_ip_can_say_is_measured(void **state)
{
	(void)state;
	static uint8_t bytes[300000];
	const uint32_t lens[] = { 65475, 65536, 70000, 250000 };
	for (unsigned i = 0; i < 8; i++) {
		struct segment drawn = i % 2 ? example_ipv4() : example_ipv6();
		drawn.payload_len = lens[i / 2];
		const size_t size = packet_make(&drawn, LINKTYPE_ETHERNET,
		                                bytes, sizeof(bytes));
		const struct tcpclose_packet pkt =
			packet_of(bytes, size, LINKTYPE_ETHERNET);
		const struct decode_options verify = { CHECKSUM_VERIFY, false };
		struct segment seen;
		assert_int_equal(decode_packet(&pkt, &verify, &seen),
		                 DECODE_TCP);
		expect_same(&seen, &drawn);
	}
}

static void every_prefix_is_read_within_its_bounds(void **state)
{
	(void)state;
	struct fence fence;
	fence_init(&fence);
	uint64_t seed = 2;
	for (unsigned i = 0; i < 60 * N_LINK_TYPES; i++) {
		const uint32_t link_type = link_types[i % N_LINK_TYPES];
		const struct segment seg = packet_random(&seed, link_type, 20);
		const struct sample s = sample_of(&seg, link_type);
		fence_expect_prefixes(&fence, &s);
	}
	fence_fini(&fence);
}

static void mutate(struct sample *s, uint64_t *seed)
{
	for (uint32_t n = 1 + random_below(seed, 4); n > 0; n--) {
		const uint32_t at = random_below(seed, (uint32_t)s->size);
		s->bytes[at] = (uint8_t)random_next(seed);
	}
}

/* What every reader of a segment may rely on, whatever the bytes. */
static void expect_sane(const struct segment *seg)
{
	assert_true(seg->payload_len <= SEGMENT_PAYLOAD_MAX);
	assert_true(seg->tuple.n_vlans <= SEGMENT_VLANS);
	assert_true(seg->n_sacks <= SEGMENT_SACKS);
	assert_true(seg->wscale <= 14);
	assert_true(seg->tuple.ip_version == 4 || seg->tuple.ip_version == 6);
	assert_int_equal(seg->tuple.tunnel, 0);
	assert_int_equal((seg->options & OPTION_SACK) != 0, seg->n_sacks > 0);
}

/* Bend a sample a little further and judge it: whole, cut by a snap length, or
 * as a frame that ends too early. */
static enum decode_verdict bend_and_decode(const struct fence *f,
                                           struct sample *s, uint64_t *seed)
{
	mutate(s, seed);
	const uint32_t size = (uint32_t)s->size;
	const bool is_cut = random_below(seed, 4) == 0;
	const size_t caplen = is_cut ? random_below(seed, size) : size;
	const size_t len = random_below(seed, 2) ? caplen : size;
	struct segment seg;
	const enum decode_verdict verdict =
		fence_decode(f, s, caplen, len, &seg);
	if (verdict == DECODE_TCP || verdict == DECODE_BAD_CHECKSUM)
		expect_sane(&seg);
	return verdict;
}

static void broken_packets_are_judged_within_their_bounds(void **state)
{
	(void)state;
	struct fence fence;
	fence_init(&fence);
	uint64_t seed = 3, n_verdict[N_DECODE_VERDICTS] = { 0 };
	struct sample s = { .size = 0 };
	for (unsigned i = 0; i < 200000; i++) {
		if (i % 8 == 0) {
			const uint32_t link_type =
				link_types[i / 8 % N_LINK_TYPES];
			const struct segment seg =
				packet_random(&seed, link_type, 40);
			s = sample_of(&seg, link_type);
		}
		n_verdict[bend_and_decode(&fence, &s, &seed)]++;
	}
	for (unsigned v = 0; v < N_DECODE_VERDICTS; v++)
		assert_int_equal(n_verdict[v] > 0,
		                 v != DECODE_UNKNOWN_LINK_TYPE);
	fence_fini(&fence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_composed_is_what_is_decoded),
		cmocka_unit_test(a_segment_longer_than_ip_can_say_is_measured),
		cmocka_unit_test(every_prefix_is_read_within_its_bounds),
		cmocka_unit_test(broken_packets_are_judged_within_their_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
