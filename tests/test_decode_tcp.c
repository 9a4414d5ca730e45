/* TCP headers: options, what a snap length leaves, checksums, verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/frame.h"
#include "packet_sample.h"

enum { IPV4_HEADER = 20, TCP_AT = IPV4_HEADER, OPTIONS_AT = TCP_AT + 20 };

/* A SYN without payload whose option list is exactly these bytes. */
#define with_options(...)                                                      \
	syn_with((const uint8_t[]){ __VA_ARGS__ },                             \
	         sizeof((const uint8_t[]){ __VA_ARGS__ }))

static struct segment bare_syn(void)
{
	struct segment seg = example_ipv4();
	seg.flags = TCP_SYN;
	seg.payload_len = 0;
	seg.options = 0;
	seg.tsval.wire = seg.tsecr.wire = 0;
	return seg;
}

static struct sample syn_with(const uint8_t *options, size_t n)
{
	const struct segment seg = bare_syn();
	struct sample s = sample_of(&seg, LINKTYPE_RAW);
	assert_true(n % 4 == 0 && n <= 40);
	sample_insert(&s, OPTIONS_AT, options, n);
	s.bytes[TCP_AT + 12] = (uint8_t)((20 + n) / 4 << 4);
	s.bytes[3] = (uint8_t)s.size;
	return s;
}

/* ---- the fixed header ---- */

static void a_data_offset_must_point_behind_the_header(void **state)
{
	(void)state;
	const struct segment seg = example_ipv4();
	struct sample s = sample_of(&seg, LINKTYPE_RAW);
	s.bytes[TCP_AT + 12] = 0x40;
	expect_verdict(&s, DECODE_BAD_TCP);
	s.bytes[TCP_AT + 12] = 0xf0;
	s.bytes[3] = TCP_AT + 59;
	expect_verdict(&s, DECODE_BAD_TCP);
	s.bytes[3] = TCP_AT + 19;
	expect_verdict(&s, DECODE_BAD_TCP);
}

static void all_eight_flags_are_kept(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 8; bit++) {
		struct segment seg = example_ipv6();
		seg.flags = (uint8_t)(1u << bit);
		const struct sample s = sample_of(&seg, LINKTYPE_ETHERNET);
		expect_segment(&s, &seg);
	}
}

/* A record may claim any length; what IP cannot vouch for has its limit. */
static void a_payload_larger_than_any_window_is_bad(void **state)
{
	(void)state;
	const struct segment seg = example_ipv4();
	struct sample s = sample_of(&seg, LINKTYPE_RAW);
	s.bytes[2] = s.bytes[3] = 0;
	struct tcpclose_packet pkt = packet_of(s.bytes, s.size, LINKTYPE_RAW);
	const struct decode_options options = { CHECKSUM_IGNORE, false };
	struct segment seen;
	pkt.len = TCP_AT + 32 + SEGMENT_PAYLOAD_MAX;
	assert_int_equal(decode_packet(&pkt, &options, &seen), DECODE_TCP);
	assert_int_equal(seen.payload_len, SEGMENT_PAYLOAD_MAX);
	pkt.len++;
	assert_int_equal(decode_packet(&pkt, &options, &seen), DECODE_BAD_TCP);
}

static void what_the_capture_says_is_carried_over(void **state)
{
	(void)state;
	struct segment seg = example_ipv4(), seen;
	const struct sample s = sample_of(&seg, LINKTYPE_RAW);
	struct tcpclose_packet pkt = packet_of(s.bytes, s.size, LINKTYPE_RAW);
	const struct decode_options options = { CHECKSUM_IGNORE, false };
	seg.ts = pkt.ts = 1700000000123456789;
	pkt.frame = 1ull << 40;
	seg.source = pkt.source = 3;
	seg.frame = frame_of(3, 1ull << 40);
	assert_int_equal(decode_packet(&pkt, &options, &seen), DECODE_TCP);
	expect_same(&seen, &seg);
	assert_int_equal(seen.checksum,
	                 s.bytes[TCP_AT + 16] << 8 | s.bytes[TCP_AT + 17]);
}

static void tuples_are_equal_byte_by_byte(void **state)
{
	(void)state;
	const struct segment seg = example_ipv4();
	const struct sample s = sample_of(&seg, LINKTYPE_RAW);
	struct segment one, other;
	memset(&one, 0xff, sizeof(one));
	memset(&other, 0x55, sizeof(other));
	sample_decode(&s, &one);
	sample_decode(&s, &other);
	assert_memory_equal(&one.tuple, &other.tuple, sizeof(one.tuple));
}

/* ---- options ---- */

static void a_syn_tells_its_options(void **state)
{
	(void)state;
	struct segment seg = bare_syn();
	seg.options = OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMP |
	              OPTION_WSCALE;
	seg.mss = 1460;
	seg.wscale = 7;
	seg.tsval.wire = 0xfffffffe;
	const struct sample s = sample_of(&seg, LINKTYPE_ETHERNET);
	expect_segment(&s, &seg);
}

static void four_sack_blocks_fit(void **state)
{
	(void)state;
	struct segment seg = bare_syn();
	seg.flags = TCP_ACK;
	seg.options = OPTION_SACK;
	seg.n_sacks = 4;
	for (uint32_t i = 0; i < 4; i++)
		seg.sack[i] =
			(struct sack_block){ { i * 100 }, { i * 100 + 50 } };
	const struct sample s = sample_of(&seg, LINKTYPE_ETHERNET);
	expect_segment(&s, &seg);
}

static void a_window_scale_above_14_is_14(void **state)
{
	(void)state;
	struct segment seg = bare_syn();
	const struct sample s = with_options(3, 3, 200, 0);
	seg.options = OPTION_WSCALE;
	seg.wscale = 14;
	expect_segment(&s, &seg);
}

static void nothing_is_read_behind_the_end_of_the_list(void **state)
{
	(void)state;
	const struct segment seg = bare_syn();
	const struct sample s = with_options(1, 0, 2, 4, 5, 0xb4, 0xff, 0);
	expect_segment(&s, &seg);
}

static void unknown_options_are_stepped_over(void **state)
{
	(void)state;
	struct segment seg = bare_syn();
	const struct sample s = with_options(34, 6, 1, 2, 3, 4, 253, 2, 1, 1, 1,
	                                     1, 2, 4, 5, 0xb4);
	seg.options = OPTION_MSS;
	seg.mss = 1460;
	expect_segment(&s, &seg);
}

static void a_broken_list_keeps_what_was_read_before(void **state)
{
	(void)state;
	struct segment seg = bare_syn();
	seg.options = OPTION_MSS;
	seg.mss = 1460;
	seg.options_cut = true;
	struct sample s = with_options(2, 4, 5, 0xb4, 3, 0, 0, 0);
	expect_segment(&s, &seg);
	s = with_options(2, 4, 5, 0xb4, 1, 1, 8, 10); /* beyond the header */
	expect_segment(&s, &seg);
	s = with_options(2, 4, 5, 0xb4, 1, 1, 1, 3); /* no length at all */
	expect_segment(&s, &seg);
}

/* The list can be followed, but one of its members makes no sense. */
static void an_option_of_the_wrong_length_is_not_believed(void **state)
{
	(void)state;
	struct segment seg = bare_syn();
	seg.options = OPTION_MSS;
	seg.mss = 1460;
	seg.options_cut = true;
	struct sample s = with_options(8, 6, 1, 2, 3, 4, 1, 1, 2, 4, 5, 0xb4);
	expect_segment(&s, &seg);
	s = with_options(5, 6, 1, 2, 3, 4, 4, 3, 9, 3, 2, 1, 2, 4, 5, 0xb4);
	expect_segment(&s, &seg);
	s = with_options(5, 2, 5, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 4,
	                 5, 0xb4);
	expect_segment(&s, &seg);
	seg.options = 0;
	seg.mss = 0;
	s = with_options(2, 3, 5, 1);
	expect_segment(&s, &seg);
}

/* ---- what a snap length leaves ---- */

static void a_snap_length_does_not_shorten_the_payload(void **state)
{
	(void)state;
	const struct segment seg = example_ipv4();
	const struct sample s = sample_of(&seg, LINKTYPE_RAW);
	struct segment seen;
	assert_int_equal(sample_decode_cut(&s, OPTIONS_AT + 12, &seen),
	                 DECODE_TCP);
	expect_same(&seen, &seg);
}

static void a_snap_length_may_cut_options(void **state)
{
	(void)state;
	struct segment seg = example_ipv4(), seen;
	seg.options |= OPTION_MSS;
	seg.mss = 536;
	const struct sample s = sample_of(&seg, LINKTYPE_RAW);
	assert_int_equal(sample_decode_cut(&s, OPTIONS_AT + 4, &seen),
	                 DECODE_TCP);
	assert_true(seen.options_cut);
	assert_int_equal(seen.options, OPTION_MSS);
	assert_int_equal(seen.payload_len, 100);
	assert_int_equal(sample_decode_cut(&s, OPTIONS_AT, &seen), DECODE_TCP);
	assert_true(seen.options_cut);
	assert_int_equal(seen.options, 0);
}

static void a_list_that_ended_before_the_cut_is_whole(void **state)
{
	(void)state;
	const struct sample s = with_options(2, 4, 5, 0xb4, 0, 0, 0, 0);
	struct segment seen;
	assert_int_equal(sample_decode_cut(&s, OPTIONS_AT + 5, &seen),
	                 DECODE_TCP);
	assert_false(seen.options_cut);
}

static void ports_alone_are_no_segment(void **state)
{
	(void)state;
	const struct segment seg = example_ipv4();
	const struct sample s = sample_of(&seg, LINKTYPE_RAW);
	struct segment seen;
	assert_int_equal(sample_decode_cut(&s, TCP_AT + 8, &seen),
	                 DECODE_TRUNCATED);
	assert_int_equal(sample_decode_cut(&s, TCP_AT + 19, &seen),
	                 DECODE_TRUNCATED);
}

/* ---- checksums ---- */

static void a_wrong_checksum_is_a_verdict_if_asked_for(void **state)
{
	(void)state;
	struct segment segs[] = { example_ipv4(), example_ipv6() };
	for (unsigned i = 0; i < 4; i++) {
		struct segment *seg = &segs[i % 2];
		seg->payload_len = 100 + i / 2; /* odd and even */
		seg->checksum_bad = false;
		struct sample s = sample_of(seg, LINKTYPE_ETHERNET);
		assert_int_equal(sample_verify(&s), DECODE_TCP);
		s.bytes[s.size - 1] ^= 1;
		assert_int_equal(sample_verify(&s), DECODE_BAD_CHECKSUM);
		expect_verdict(&s, DECODE_TCP);
		seg->checksum_bad = true;
		s = sample_of(seg, LINKTYPE_ETHERNET);
		assert_int_equal(sample_verify(&s), DECODE_BAD_CHECKSUM);
	}
}

static void what_was_not_captured_whole_is_not_summed(void **state)
{
	(void)state;
	struct segment seg = example_ipv4();
	seg.checksum_bad = true;
	struct sample s = sample_of(&seg, LINKTYPE_RAW);
	const struct decode_options verify = { CHECKSUM_VERIFY, false };
	struct tcpclose_packet pkt = packet_of(s.bytes, s.size, LINKTYPE_RAW);
	struct segment seen;
	pkt.caplen--;
	assert_int_equal(decode_packet(&pkt, &verify, &seen), DECODE_TCP);
	assert_false(seen.checksum_bad);
	s.bytes[2] = s.bytes[3] = 0; /* to be cut up by the interface */
	assert_int_equal(sample_verify(&s), DECODE_TCP);
}

/* ---- verdicts ---- */

static void verdicts_have_names_of_their_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_DECODE_VERDICTS; i++) {
		const char *name = decode_verdict_name(i);
		assert_true(strlen(decode_verdict_meaning(i)) > 0);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(name, decode_verdict_name(j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_data_offset_must_point_behind_the_header),
		cmocka_unit_test(all_eight_flags_are_kept),
		cmocka_unit_test(a_payload_larger_than_any_window_is_bad),
		cmocka_unit_test(what_the_capture_says_is_carried_over),
		cmocka_unit_test(tuples_are_equal_byte_by_byte),
		cmocka_unit_test(a_syn_tells_its_options),
		cmocka_unit_test(four_sack_blocks_fit),
		cmocka_unit_test(a_window_scale_above_14_is_14),
		cmocka_unit_test(nothing_is_read_behind_the_end_of_the_list),
		cmocka_unit_test(unknown_options_are_stepped_over),
		cmocka_unit_test(a_broken_list_keeps_what_was_read_before),
		cmocka_unit_test(an_option_of_the_wrong_length_is_not_believed),
		cmocka_unit_test(a_snap_length_does_not_shorten_the_payload),
		cmocka_unit_test(a_snap_length_may_cut_options),
		cmocka_unit_test(a_list_that_ended_before_the_cut_is_whole),
		cmocka_unit_test(ports_alone_are_no_segment),
		cmocka_unit_test(a_wrong_checksum_is_a_verdict_if_asked_for),
		cmocka_unit_test(what_was_not_captured_whole_is_not_summed),
		cmocka_unit_test(verdicts_have_names_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
