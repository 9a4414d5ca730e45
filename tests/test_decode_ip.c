/* IP headers: lengths that can be believed, fragments, extension headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "packet_sample.h"

enum { ETHERNET_HEADER = 14, IPV4_HEADER = 20, IPV6_HEADER = 40 };

static struct sample raw_ipv4(void)
{
	const struct segment seg = example_ipv4();
	return sample_of(&seg, LINKTYPE_RAW);
}

static struct sample raw_ipv6(void)
{
	const struct segment seg = example_ipv6();
	return sample_of(&seg, LINKTYPE_RAW);
}

static void store16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Put an extension header of n bytes before what follows the fixed header of
 * IPv6; its first byte is filled in with what stood there. */
static void extend(struct sample *s, uint8_t kind, const void *header, size_t n)
{
	const uint8_t next = s->bytes[6];
	sample_insert(s, IPV6_HEADER, header, n);
	s->bytes[6] = kind;
	s->bytes[IPV6_HEADER] = next;
	store16(s->bytes + 4, s->size - IPV6_HEADER);
}

/* ---- lengths ---- */

static void padding_of_ethernet_is_no_payload(void **state)
{
	(void)state;
	struct segment seg = example_ipv4();
	seg.payload_len = 0;
	seg.options = 0;
	seg.tsval.wire = seg.tsecr.wire = 0;
	struct sample s = sample_of(&seg, LINKTYPE_ETHERNET);
	sample_insert(&s, s.size, "\xff\xff\xff\xff\xff\xff", 6);
	expect_segment(&s, &seg);
	assert_int_equal(sample_verify(&s), DECODE_TCP);
}

static void padding_behind_ipv6_is_no_payload(void **state)
{
	(void)state;
	const struct segment seg = example_ipv6();
	struct sample s = sample_of(&seg, LINKTYPE_ETHERNET);
	sample_insert(&s, s.size, "\xff\xff\xff\xff", 4);
	expect_segment(&s, &seg);
	assert_int_equal(sample_verify(&s), DECODE_TCP);
}

static void an_offloaded_segment_is_as_long_as_its_frame(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4(), v6 = example_ipv6();
	struct sample s = raw_ipv4();
	store16(s.bytes + 2, 0);
	expect_segment(&s, &v4);
	s = raw_ipv6();
	store16(s.bytes + 4, 0);
	expect_segment(&s, &v6);
}

/* A tool cut the packet and wrote the shorter length into the record. */
static void the_length_of_ip_is_believed_before_that_of_the_frame(void **state)
{
	(void)state;
	struct sample s = raw_ipv4();
	const struct segment whole = example_ipv4();
	struct segment seen;
	s.size = IPV4_HEADER + 32 + 10;
	expect_segment(&s, &whole);
	assert_int_equal(sample_verify(&s), DECODE_TCP);
	s.size = IPV4_HEADER + 19;
	assert_int_equal(sample_decode(&s, &seen), DECODE_TRUNCATED);
}

static void a_length_that_ends_within_the_header_is_bad(void **state)
{
	(void)state;
	struct sample s = raw_ipv4();
	store16(s.bytes + 2, 19);
	expect_verdict(&s, DECODE_BAD_IP);
	s = raw_ipv4();
	s.size = 19;
	expect_verdict(&s, DECODE_BAD_IP);
	s = raw_ipv6();
	s.size = 39;
	expect_verdict(&s, DECODE_BAD_IP);
}

static void a_header_that_is_no_header_is_bad(void **state)
{
	(void)state;
	struct sample s = raw_ipv4();
	s.bytes[0] = 0x44; /* sixteen bytes */
	expect_verdict(&s, DECODE_BAD_IP);
	const struct segment v6 = example_ipv6();
	s = sample_of(&v6, LINKTYPE_ETHERNET);
	s.bytes[ETHERNET_HEADER] = 0x40;
	expect_verdict(&s, DECODE_BAD_IP);
	const struct segment v4 = example_ipv4();
	s = sample_of(&v4, LINKTYPE_ETHERNET);
	s.bytes[ETHERNET_HEADER] = 0x65;
	expect_verdict(&s, DECODE_BAD_IP);
}

/* ---- IPv4 ---- */

static void options_of_ipv4_are_stepped_over(void **state)
{
	(void)state;
	const struct segment seg = example_ipv4();
	struct sample s = raw_ipv4();
	sample_insert(&s, IPV4_HEADER, "\x94\x04\0\0\1\1\1\0", 8);
	s.bytes[0] = 0x47;
	store16(s.bytes + 2, s.size);
	expect_segment(&s, &seg);
	assert_int_equal(sample_verify(&s), DECODE_TCP);
	store16(s.bytes + 2, 27);
	expect_verdict(&s, DECODE_BAD_IP);
	store16(s.bytes + 2, 0);
	s.size = 27;
	expect_verdict(&s, DECODE_BAD_IP);
}

static void other_protocols_are_not_tcp(void **state)
{
	(void)state;
	const uint8_t protocols[] = { 1, 4, 17, 41, 47, 50, 58, 59, 132 };
	for (unsigned i = 0; i < sizeof(protocols); i++) {
		struct sample s = raw_ipv4();
		s.bytes[9] = protocols[i];
		expect_verdict(&s, DECODE_NOT_TCP);
		s = raw_ipv6();
		s.bytes[6] = protocols[i];
		expect_verdict(&s, DECODE_NOT_TCP);
	}
}

static void authentication_headers_are_stepped_over(void **state)
{
	(void)state;
	static const uint8_t header[24] = { 6, 4 };
	const struct segment v4 = example_ipv4(), v6 = example_ipv6();
	struct sample s = raw_ipv4();
	sample_insert(&s, IPV4_HEADER, header, sizeof(header));
	s.bytes[9] = 51;
	store16(s.bytes + 2, s.size);
	expect_segment(&s, &v4);
	s.bytes[IPV4_HEADER] = 17;
	expect_verdict(&s, DECODE_NOT_TCP);
	store16(s.bytes + 2, IPV4_HEADER + 23);
	expect_verdict(&s, DECODE_BAD_IP);

	s = raw_ipv6();
	extend(&s, 51, header, sizeof(header));
	expect_segment(&s, &v6);
	assert_int_equal(sample_verify(&s), DECODE_TCP);
}

/* ---- fragments ---- */

static void a_first_fragment_is_decoded_as_far_as_it_goes(void **state)
{
	(void)state;
	struct segment v4 = example_ipv4(), v6 = example_ipv6();
	v4.is_fragment = v6.is_fragment = true;
	v4.checksum_bad = v6.checksum_bad = true;
	struct sample s = sample_of(&v4, LINKTYPE_ETHERNET);
	assert_int_equal(sample_verify(&s), DECODE_TCP);
	v4.checksum_bad = v6.checksum_bad = false;
	expect_segment(&s, &v4);
	s = sample_of(&v6, LINKTYPE_ETHERNET);
	expect_segment(&s, &v6);
}

static void a_later_fragment_holds_no_header(void **state)
{
	(void)state;
	struct sample s = raw_ipv4();
	store16(s.bytes + 6, 0x2000 | 185);
	expect_verdict(&s, DECODE_FRAGMENT);
	store16(s.bytes + 6, 185);
	expect_verdict(&s, DECODE_FRAGMENT);
	s.bytes[9] = 17;
	expect_verdict(&s, DECODE_NOT_TCP);

	s = raw_ipv6();
	extend(&s, 44, "\0\0\x05\xa9\0\0\0\7", 8);
	expect_verdict(&s, DECODE_FRAGMENT);
	s.bytes[IPV6_HEADER] = 60;
	expect_verdict(&s, DECODE_FRAGMENT);
	s.bytes[IPV6_HEADER] = 17;
	expect_verdict(&s, DECODE_NOT_TCP);
}

static void a_first_fragment_may_end_within_the_tcp_header(void **state)
{
	(void)state;
	struct sample s = raw_ipv4();
	store16(s.bytes + 6, 0x2000);
	store16(s.bytes + 2, IPV4_HEADER + 24); /* options are cut */
	expect_verdict(&s, DECODE_FIRST_FRAGMENT_SHORT);
	store16(s.bytes + 2, IPV4_HEADER + 16);
	expect_verdict(&s, DECODE_FIRST_FRAGMENT_SHORT);
}

static void a_fragment_that_is_the_whole_packet_is_none(void **state)
{
	(void)state;
	const struct segment seg = example_ipv6();
	struct sample s = raw_ipv6();
	extend(&s, 44, "\0\0\0\0\0\0\0\7", 8);
	expect_segment(&s, &seg);
	assert_int_equal(sample_verify(&s), DECODE_TCP);
}

/* ---- IPv6 ---- */

static void extension_headers_are_stepped_over(void **state)
{
	(void)state;
	static const uint8_t options[16] = { 0, 1, 1, 12 };
	static const uint8_t routing[24] = { 0, 2, 0, 0 };
	const struct segment seg = example_ipv6();
	struct sample s = raw_ipv6();
	extend(&s, 60, options, sizeof(options));
	extend(&s, 44, "\0\0\0\0\0\0\0\7", 8);
	extend(&s, 43, routing, sizeof(routing));
	extend(&s, 60, "\0\0\1\4\0\0\0\0", 8);
	extend(&s, 0, "\0\0\5\2\0\0\0\0", 8);
	expect_segment(&s, &seg);
	assert_int_equal(sample_verify(&s), DECODE_TCP);
	store16(s.bytes + 4, 8 + 7); /* ends within the second of them */
	expect_verdict(&s, DECODE_BAD_IP);
}

static void extension_headers_without_end_are_bad(void **state)
{
	(void)state;
	struct sample s = raw_ipv6();
	for (int i = 0; i < 17; i++)
		extend(&s, 60, "\0\0\1\4\0\0\0\0", 8);
	expect_verdict(&s, DECODE_BAD_IP);
}

/* The sum is over the final destination, which is in the routing header. */
static void a_packet_still_on_its_route_is_not_summed(void **state)
{
	(void)state;
	static const uint8_t routing[24] = { 0, 2, 4, 1 };
	struct segment seg = example_ipv6();
	seg.checksum_bad = true;
	struct sample s = sample_of(&seg, LINKTYPE_RAW);
	extend(&s, 43, routing, sizeof(routing));
	assert_int_equal(sample_verify(&s), DECODE_TCP);
	s.bytes[IPV6_HEADER + 3] = 0;
	assert_int_equal(sample_verify(&s), DECODE_BAD_CHECKSUM);
}

/* RFC 2675 section 3: a jumbo length that would not need to be one; and one
 * beyond the frame. */
static void a_jumbo_length_must_be_one(void **state)
{
	(void)state;
	struct sample s = raw_ipv6();
	extend(&s, 0, "\0\0\xc2\x04\0\0\0\x8c", 8);
	store16(s.bytes + 4, 0);
	expect_verdict(&s, DECODE_BAD_IP);
	memcpy(s.bytes + IPV6_HEADER + 4, "\0\1\0\0", 4);
	expect_verdict(&s, DECODE_BAD_IP);
}

static void options_of_ipv6_that_make_no_sense_hide_no_tcp(void **state)
{
	(void)state;
	const struct segment seg = example_ipv6();
	struct sample s = raw_ipv6();
	extend(&s, 0, "\0\0\0\xc2\xff\0\0\0", 8);
	store16(s.bytes + 4, 0);
	expect_segment(&s, &seg);
	memcpy(s.bytes + IPV6_HEADER + 2, "\0\0\0\0\0\xc2", 6);
	expect_segment(&s, &seg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padding_of_ethernet_is_no_payload),
		cmocka_unit_test(padding_behind_ipv6_is_no_payload),
		cmocka_unit_test(an_offloaded_segment_is_as_long_as_its_frame),
		cmocka_unit_test(
			the_length_of_ip_is_believed_before_that_of_the_frame),
		cmocka_unit_test(a_length_that_ends_within_the_header_is_bad),
		cmocka_unit_test(a_header_that_is_no_header_is_bad),
		cmocka_unit_test(options_of_ipv4_are_stepped_over),
		cmocka_unit_test(other_protocols_are_not_tcp),
		cmocka_unit_test(authentication_headers_are_stepped_over),
		cmocka_unit_test(a_first_fragment_is_decoded_as_far_as_it_goes),
		cmocka_unit_test(a_later_fragment_holds_no_header),
		cmocka_unit_test(
			a_first_fragment_may_end_within_the_tcp_header),
		cmocka_unit_test(a_fragment_that_is_the_whole_packet_is_none),
		cmocka_unit_test(extension_headers_are_stepped_over),
		cmocka_unit_test(extension_headers_without_end_are_bad),
		cmocka_unit_test(a_packet_still_on_its_route_is_not_summed),
		cmocka_unit_test(a_jumbo_length_must_be_one),
		cmocka_unit_test(
			options_of_ipv6_that_make_no_sense_hide_no_tcp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
