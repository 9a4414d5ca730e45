/* What stands before IP: link types, VLAN tags, MPLS, PPPoE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "packet_sample.h"

/* The example over IPv4 or IPv6, with a header of bytes in front of it. */
#define wrapped(seg, link_type, ...)                                           \
	wrap(seg, link_type, (const uint8_t[]){ __VA_ARGS__ },                 \
	     sizeof((const uint8_t[]){ __VA_ARGS__ }))

#define MACS 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa

static struct sample wrap(const struct segment *seg, uint32_t link_type,
                          const uint8_t *header, size_t n)
{
	struct sample s = sample_of(seg, LINKTYPE_RAW);
	sample_wrap(&s, link_type, header, n);
	return s;
}

static void null_is_read_in_either_byte_order(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4(), v6 = example_ipv6();
	const uint8_t families[] = { 10, 24, 28, 30 };
	struct sample s = wrapped(&v4, 0, 2, 0, 0, 0);
	expect_segment(&s, &v4);
	s = wrapped(&v4, 0, 0, 0, 0, 2);
	expect_segment(&s, &v4);
	for (unsigned i = 0; i < sizeof(families); i++) {
		s = wrapped(&v6, 0, families[i], 0, 0, 0);
		expect_segment(&s, &v6);
		s = wrapped(&v6, 108, 0, 0, 0, families[i]);
		expect_segment(&s, &v6);
	}
	s = wrapped(&v4, 0, 7, 0, 0, 0);
	expect_verdict(&s, DECODE_NOT_IP);
}

static void ppp_may_leave_out_what_is_always_the_same(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4(), v6 = example_ipv6();
	struct sample s = wrapped(&v4, 9, 0xff, 0x03, 0x00, 0x21);
	expect_segment(&s, &v4);
	s = wrapped(&v4, 9, 0x00, 0x21);
	expect_segment(&s, &v4);
	s = wrapped(&v4, 9, 0x21);
	expect_segment(&s, &v4);
	s = wrapped(&v6, 50, 0xff, 0x03, 0x57);
	expect_segment(&s, &v6);
	s = wrapped(&v6, 9, 0xff, 0x03, 0x02, 0x81, 0, 1, 1, 64);
	expect_segment(&s, &v6);
	s = wrapped(&v4, 9, 0xff, 0x03, 0xc0, 0x21); /* LCP */
	expect_verdict(&s, DECODE_NOT_IP);
}

static void cisco_hdlc_stands_in_for_ppp(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4(), v6 = example_ipv6();
	struct sample s = wrapped(&v4, 50, 0x0f, 0, 0x08, 0x00);
	expect_segment(&s, &v4);
	s = wrapped(&v6, 50, 0x8f, 0, 0x86, 0xdd);
	expect_segment(&s, &v6);
	s = wrapped(&v4, 104, 0x8f, 0, 0x80, 0x35); /* SLARP */
	expect_verdict(&s, DECODE_NOT_IP);
}

static void snap_carries_ether_types(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4();
	struct sample s = wrapped(&v4, 1, MACS, 0, 160, 0xaa, 0xaa, 3, 0, 0, 0,
	                          0x08, 0x00);
	expect_segment(&s, &v4);
	s = wrapped(&v4, 1, MACS, 0, 160, 0xaa, 0xaa, 3, 0, 0, 0x0c, 0x08,
	            0x00);
	expect_verdict(&s, DECODE_NOT_IP);
	s = wrapped(&v4, 1, MACS, 0, 160, 0x42, 0x42, 3); /* spanning tree */
	expect_verdict(&s, DECODE_NOT_IP);
}

static void cooked_captures_hold_802_2_too(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4();
	struct sample s =
		wrapped(&v4, 113, 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0,
	                4, 0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00);
	expect_segment(&s, &v4);
	s = wrapped(&v4, 276, 0, 1, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0,
	            1, 0, 0);
	expect_verdict(&s, DECODE_NOT_IP);
}

static void raw_ip_tells_its_version(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4(), v6 = example_ipv6();
	struct sample s = sample_of(&v4, 12);
	expect_segment(&s, &v4);
	s = sample_of(&v6, 14);
	expect_segment(&s, &v6);
	s.link_type = 228;
	expect_verdict(&s, DECODE_BAD_IP);
	s.link_type = LINKTYPE_RAW;
	s.bytes[0] = 0x10;
	expect_verdict(&s, DECODE_NOT_IP);
}

static void two_vlan_tags_identify_the_outermost_first(void **state)
{
	(void)state;
	struct segment seg = example_ipv4();
	seg.tuple.n_vlans = 2;
	seg.tuple.vlan[0] = 100;
	seg.tuple.vlan[1] = 7;
	const uint32_t link_types[] = { 1, 113, 276 };
	for (unsigned i = 0; i < 3; i++) {
		const struct sample s = sample_of(&seg, link_types[i]);
		expect_segment(&s, &seg);
	}

	/* The old QinQ type; and a third tag, which the tuple has no room for.
	 */
	const struct segment inner = example_ipv4();
	struct sample s = wrapped(&inner, 1, MACS, 0x91, 0, 0, 100, 0x81, 0,
	                          0xe0, 7, 0x81, 0, 0, 9, 0x08, 0x00);
	expect_segment(&s, &seg);
}

static void a_priority_tag_is_no_vlan(void **state)
{
	(void)state;
	struct segment seg = example_ipv4();
	struct sample s = wrapped(&seg, 1, MACS, 0x81, 0, 0xe0, 0, 0x08, 0x00);
	expect_segment(&s, &seg);
	s = wrapped(&seg, 1, MACS, 0x81, 0, 0, 0, 0x81, 0, 0xff, 0xff, 0x08,
	            0x00);
	seg.tuple.n_vlans = 1;
	seg.tuple.vlan[0] = 4095;
	expect_segment(&s, &seg);
}

static void vlan_tags_can_be_left_out_of_the_identity(void **state)
{
	(void)state;
	struct segment seg = example_ipv6(), seen;
	seg.tuple.n_vlans = 1;
	seg.tuple.vlan[0] = 12;
	const struct sample s = sample_of(&seg, 1);
	const struct tcpclose_packet pkt = packet_of(s.bytes, s.size, 1);
	const struct decode_options options = { .ignore_vlan = true };
	assert_int_equal(decode_packet(&pkt, &options, &seen), DECODE_TCP);
	const struct segment untagged = example_ipv6();
	expect_same(&seen, &untagged);
}

static void a_tagged_802_3_frame_holds_snap(void **state)
{
	(void)state;
	struct segment seg = example_ipv4();
	const struct sample s = wrapped(&seg, 1, MACS, 0x81, 0, 0, 5, 0, 160,
	                                0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00);
	seg.tuple.n_vlans = 1;
	seg.tuple.vlan[0] = 5;
	expect_segment(&s, &seg);
}

static void tags_without_end_are_a_bad_frame(void **state)
{
	(void)state;
	struct sample s = { .size = 400, .link_type = 1 };
	for (size_t i = 12; i < s.size; i += 4)
		memcpy(s.bytes + i, "\x81\x00\x00\x01", 4);
	expect_verdict(&s, DECODE_BAD_LINK);
	for (size_t i = 14; i < s.size; i += 4) /* labels, none at the bottom */
		memset(s.bytes + i, 0, 4);
	memcpy(s.bytes + 12, "\x88\x47", 2);
	expect_verdict(&s, DECODE_BAD_LINK);
}

static void labels_are_stepped_over(void **state)
{
	(void)state;
	struct segment v4 = example_ipv4();
	const struct segment v6 = example_ipv6();
	struct sample s = wrapped(&v4, 1, MACS, 0x88, 0x47, 0, 1, 0x01, 64);
	expect_segment(&s, &v4);
	s = wrapped(&v6, 1, MACS, 0x88, 0x48, 0, 1, 0x00, 64, 0, 2, 0x00, 64, 0,
	            3, 0x01, 64);
	expect_segment(&s, &v6);
	s = wrapped(&v4, 1, MACS, 0x81, 0, 0, 5, 0x88, 0x47, 0, 1, 0x01, 64);
	v4.tuple.n_vlans = 1;
	v4.tuple.vlan[0] = 5;
	expect_segment(&s, &v4);
}

static void a_pseudowire_with_a_control_word_holds_ethernet(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4();
	struct sample s = wrapped(&v4, 1, MACS, 0x88, 0x47, 0, 1, 0x01, 64, 0,
	                          0, 0, 0, MACS, 0x08, 0x00);
	expect_segment(&s, &v4);
	s = wrapped(&v4, 1, MACS, 0x88, 0x47, 0, 1, 0x01, 64, 0x10, 0, 0, 0);
	expect_verdict(&s, DECODE_NOT_IP); /* RFC 5586: an associated channel */
}

static void pppoe_sessions_hold_ip(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4(), v6 = example_ipv6();
	struct sample s = wrapped(&v4, 1, MACS, 0x88, 0x64, 0x11, 0, 0, 9, 0,
	                          154, 0x00, 0x21);
	expect_segment(&s, &v4);
	s = wrapped(&v6, 1, MACS, 0x88, 0x64, 0x11, 0, 0, 9, 0, 174, 0x00,
	            0x57);
	expect_segment(&s, &v6);
	s = wrapped(&v4, 1, MACS, 0x88, 0x64, 0x11, 0xa7, 0, 9, 0, 0);
	expect_verdict(&s, DECODE_NOT_IP); /* a code that is no session */
	s = wrapped(&v4, 1, MACS, 0x88, 0x64, 0x11, 0, 0, 9, 0, 10, 0xc0, 0x21);
	expect_verdict(&s, DECODE_NOT_IP);
}

static void other_traffic_is_not_ip(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4();
	struct sample s = wrapped(&v4, 1, MACS, 0x08, 0x06); /* ARP */
	expect_verdict(&s, DECODE_NOT_IP);
	s = wrapped(&v4, 1, MACS, 0x88, 0xcc); /* LLDP */
	expect_verdict(&s, DECODE_NOT_IP);
}

static void a_frame_too_short_for_its_link_is_bad(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4();
	struct sample s = sample_of(&v4, 1);
	struct segment seg;
	assert_int_equal(sample_decode_cut(&s, 13, &seg), DECODE_TRUNCATED);
	s.size = 13;
	expect_verdict(&s, DECODE_BAD_LINK);
	s = wrapped(&v4, 1, MACS, 0x81, 0, 0, 5, 0x08, 0x00);
	s.size = 17;
	expect_verdict(&s, DECODE_BAD_LINK);
}

static void an_unknown_link_type_is_said_to_be_one(void **state)
{
	(void)state;
	const struct segment v4 = example_ipv4();
	struct sample s = sample_of(&v4, 1);
	s.link_type = 147;
	expect_verdict(&s, DECODE_UNKNOWN_LINK_TYPE);
	assert_null(link_type_name(147));
	assert_string_equal(link_type_name(276), "linux_sll2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_is_read_in_either_byte_order),
		cmocka_unit_test(ppp_may_leave_out_what_is_always_the_same),
		cmocka_unit_test(cisco_hdlc_stands_in_for_ppp),
		cmocka_unit_test(snap_carries_ether_types),
		cmocka_unit_test(cooked_captures_hold_802_2_too),
		cmocka_unit_test(raw_ip_tells_its_version),
		cmocka_unit_test(two_vlan_tags_identify_the_outermost_first),
		cmocka_unit_test(a_priority_tag_is_no_vlan),
		cmocka_unit_test(vlan_tags_can_be_left_out_of_the_identity),
		cmocka_unit_test(a_tagged_802_3_frame_holds_snap),
		cmocka_unit_test(tags_without_end_are_a_bad_frame),
		cmocka_unit_test(labels_are_stepped_over),
		cmocka_unit_test(
			a_pseudowire_with_a_control_word_holds_ethernet),
		cmocka_unit_test(pppoe_sessions_hold_ip),
		cmocka_unit_test(other_traffic_is_not_ip),
		cmocka_unit_test(a_frame_too_short_for_its_link_is_bad),
		cmocka_unit_test(an_unknown_link_type_is_said_to_be_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
