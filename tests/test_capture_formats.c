/* pcap and pcapng, of every byte order, resolution and age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include <pcap/pcap.h>

#include "base/alloc.h"
#include "capture/timestamp.h"
#include "capture_make.h"

#define SECOND INT64_C(1000000000)

static void pcap_is_read_in_both_orders_and_resolutions(void **state)
{
	const uint32_t magics[] = { MAGIC_MICRO, MAGIC_NANO, MAGIC_PATCHED };
	for (int i = 0; i < 6; i++) {
		const uint32_t magic = magics[i / 2];
		struct made m;
		made_init(&m, i % 2 ? ORDER_BIG : ORDER_LITTLE);
		made_pcap(&m, magic, 4, LINK_ETHERNET);
		made_packet(&m, magic, 1700000000, 123456, 60);
		made_packet(&m, magic, 4294967295, 999999, 0);
		struct seen seen;
		see_file(&seen, scratch_save(*state, "a", &m));
		const int unit = magic == MAGIC_NANO ? 1 : 1000;
		assert_int_equal(seen.n, 2);
		assert_int_equal(seen.n_broken, 0);
		assert_true(seen.pkt[0].ts ==
		            1700000000 * SECOND + 123456 * unit);
		assert_true(seen.pkt[1].ts ==
		            4294967295 * SECOND + 999999 * unit);
		assert_int_equal(seen.pkt[0].caplen, 60);
		assert_int_equal(seen.pkt[0].len, 67);
		assert_int_equal(seen.pkt[0].frame, 1);
		assert_int_equal(seen.pkt[1].frame, 2);
		assert_int_equal(seen.pkt[0].link_type, LINK_ETHERNET);
		assert_int_equal(seen.first[0], made_byte(0, 0));
		assert_string_equal(seen.source.format, "pcap");
		assert_null(seen.source.packing);
		assert_int_equal(seen.source.packets, 2);
		assert_int_equal(seen.source.bytes_read, m.b.len);
		assert_int_equal(seen.source.bytes_total, m.b.len);
		made_fini(&m);
	}
}

static void fcs_bits_are_no_part_of_the_link_type(void **state)
{
	struct made m;
	struct seen seen;
	made_init(&m, ORDER_BIG);
	made_pcap(&m, MAGIC_MICRO, 4, 0x24000000 | LINK_RAW);
	made_packet(&m, MAGIC_MICRO, 1, 0, 40);
	see_file(&seen, scratch_save(*state, "a", &m));
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.pkt[0].link_type, LINK_RAW);
	assert_int_equal(seen.source.n_link_types, 1);
	assert_int_equal(seen.source.link_type[0], LINK_RAW);
	made_fini(&m);
}

static void old_versions_wrote_the_lengths_the_other_way_round(void **state)
{
	const struct {
		uint16_t minor;
		uint32_t first, second;
	} cases[] = {
		{ 4, 20, 99 }, { 3, 20, 99 }, { 3, 99, 20 }, { 2, 99, 20 }
	};
	for (size_t i = 0; i < 4; i++) {
		struct made m;
		struct seen seen;
		made_init(&m, ORDER_LITTLE);
		made_pcap(&m, MAGIC_MICRO, cases[i].minor, LINK_ETHERNET);
		made_pcap_record(&m, MAGIC_MICRO, 1, 0, cases[i].first,
		                 cases[i].second, 20);
		see_file(&seen, scratch_save(*state, "a", &m));
		assert_int_equal(seen.n, 1);
		assert_int_equal(seen.pkt[0].caplen, 20);
		assert_int_equal(seen.pkt[0].len, 99);
		made_fini(&m);
	}
}

static void an_unknown_version_is_named(void **state)
{
	struct made m;
	struct seen seen;
	made_init(&m, ORDER_LITTLE);
	made_pcap(&m, MAGIC_MICRO, 5, LINK_ETHERNET);
	see_file(&seen, scratch_save(*state, "a", &m));
	assert_int_equal(seen.opened, TCPCLOSE_EUNSUPPORTED);
	assert_non_null(strstr(seen.err.text, "2.5"));
	made_fini(&m);
}

static void a_wire_length_below_the_captured_one_is_raised(void **state)
{
	struct made m;
	struct seen seen;
	made_init(&m, ORDER_LITTLE);
	made_pcap(&m, MAGIC_MICRO, 4, LINK_ETHERNET);
	made_pcap_record(&m, MAGIC_MICRO, 1, 0, 60, 20, 60);
	see_file(&seen, scratch_save(*state, "a", &m));
	assert_int_equal(seen.pkt[0].caplen, 60);
	assert_int_equal(seen.pkt[0].len, 60);
	made_fini(&m);
}

/* Two sections of opposite byte order, all that a packet can come in. */
static void make_sections(struct made *m, enum order first, enum order second)
{
	made_init(m, first);
	made_section(m, UINT64_MAX);
	made_interface(m, LINK_ETHERNET, 0, -1, 0);
	made_interface(m, LINK_RAW, 50, 9, 0);
	made_enhanced(m, 0, 1000001, 61, 70);
	made_enhanced(m, 1, 2000000003, 5, 5);
	made_simple(m, 36, 40);
	made_obsolete(m, 1, 3000000004, 6, 90);
	m->order = second;
	made_section(m, 5000);
	made_interface(m, LINK_RAW, 10, 0, 100);
	made_enhanced(m, 0, 7, 8, 8);
	made_simple(m, 10, 40);
}

/* A simple block has its predecessor's time. */
static const struct tcpclose_packet in_sections[] = {
	{ .ts = 1000001000, .caplen = 61, .len = 70, .link_type = 1 },
	{ .ts = 2000000003,
	  .caplen = 5,
	  .len = 5,
	  .link_type = 101,
	  .interface = 1 },
	{ .ts = 2000000003, .caplen = 36, .len = 40, .link_type = 1 },
	{ .ts = 3000000004,
	  .caplen = 6,
	  .len = 90,
	  .link_type = 101,
	  .interface = 1 },
	{ .ts = 107 * SECOND,
	  .caplen = 8,
	  .len = 8,
	  .link_type = 101,
	  .interface = 2 },
	{ .ts = 107 * SECOND,
	  .caplen = 10,
	  .len = 40,
	  .link_type = 101,
	  .interface = 2 },
};

static void expect_in_sections(const struct seen *seen)
{
	assert_int_equal(seen->n, 6);
	assert_int_equal(seen->n_broken, 0);
	for (size_t i = 0; i < 6; i++) {
		const struct tcpclose_packet *got = &seen->pkt[i];
		const struct tcpclose_packet *expected = &in_sections[i];
		assert_true(got->ts == expected->ts);
		assert_int_equal(got->caplen, expected->caplen);
		assert_int_equal(got->len, expected->len);
		assert_int_equal(got->link_type, expected->link_type);
		assert_int_equal(got->interface, expected->interface);
		assert_int_equal(got->frame, i + 1);
		assert_int_equal(seen->first[i], made_byte(i, 0));
	}
	assert_string_equal(seen->source.format, "pcapng");
	assert_int_equal(seen->source.n_link_types, 2);
}

static void sections_interfaces_and_all_packet_blocks_are_read(void **state)
{
	struct made m;
	struct seen seen;
	make_sections(&m, ORDER_LITTLE, ORDER_BIG);
	see_file(&seen, scratch_save(*state, "a", &m));
	expect_in_sections(&seen);
	made_fini(&m);
	make_sections(&m, ORDER_BIG, ORDER_LITTLE);
	see_file(&seen, scratch_save(*state, "a", &m));
	expect_in_sections(&seen);
	made_fini(&m);
}

static void unknown_blocks_are_stepped_over(void **state)
{
	struct made m;
	struct seen seen;
	made_init(&m, ORDER_LITTLE);
	made_section(&m, UINT64_MAX);
	made_interface(&m, LINK_ETHERNET, 0, -1, 0);
	made_enhanced(&m, 0, 1, 60, 60);
	const size_t start = made_block(&m, 0x12345);
	for (int i = 0; i < 200000; i++)
		made32(&m, 6);
	made_block_end(&m, start);
	made_enhanced(&m, 0, 2, 60, 60);
	see_file(&seen, scratch_save(*state, "a", &m));
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.n_broken, 0);
	assert_int_equal(seen.pkt[1].frame, 2);
	made_fini(&m);
}

/* tshark numbers journal entries, custom blocks and sysdig events. */
static void frames_are_numbered_as_in_wireshark(void **state)
{
	const uint32_t numbered[] = {
		9, 0xbad, 0x40000bad, 0x204, 0x216, 0x221
	};
	const uint32_t silent[] = { 4, 10, 0x777, 0x208, 0x217, 0x222 };
	struct made m;
	struct seen seen;
	made_init(&m, ORDER_LITTLE);
	made_section(&m, UINT64_MAX);
	made_interface(&m, LINK_ETHERNET, 0, -1, 0);
	for (size_t i = 0; i < 6; i++) {
		size_t start = made_block(&m, numbered[i]);
		made64(&m, 12345);
		made_block_end(&m, start);
		start = made_block(&m, silent[i]);
		made64(&m, 0);
		made_block_end(&m, start);
		made_enhanced(&m, 0, i, 60, 60);
	}
	see_file(&seen, scratch_save(*state, "a", &m));
	assert_int_equal(seen.n, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(seen.pkt[i].frame, 2 * i + 2);
	assert_int_equal(seen.source.packets, 6);
	made_fini(&m);
}

static void the_last_statistics_of_each_interface_count(void **state)
{
	struct made m;
	struct seen seen;
	made_init(&m, ORDER_BIG);
	made_section(&m, UINT64_MAX);
	made_interface(&m, LINK_ETHERNET, 0, -1, 0);
	made_interface(&m, LINK_ETHERNET, 0, -1, 0);
	made_statistics(&m, 0, 3, 10);
	made_statistics(&m, 1, 1, 0);
	made_statistics(&m, 0, 4, 25);
	made_statistics(&m, 7, 1000, 1000);
	made_section(&m, UINT64_MAX);
	made_interface(&m, LINK_ETHERNET, 0, -1, 0);
	made_statistics(&m, 0, 100, 200);
	see_file(&seen, scratch_save(*state, "a", &m));
	assert_int_equal(seen.n_broken, 0);
	assert_int_equal(seen.source.dropped_interface, 4 + 1 + 100);
	assert_int_equal(seen.source.dropped_kernel, 25 + 0 + 200);
	made_fini(&m);
}

static int64_t ns(uint8_t tsresol, int64_t offset, uint64_t count)
{
	struct time_units units = time_units_of(tsresol);
	units.offset = offset;
	return time_from_units(&units, count);
}

static void every_resolution_becomes_nanoseconds(void **state)
{
	(void)state;
	assert_true(ns(0, 0, 7) == 7 * SECOND);
	assert_true(ns(3, 0, 1500) == 1500000000);
	assert_true(ns(6, 0, 1) == 1000);
	assert_true(ns(9, 0, 1) == 1);
	assert_true(ns(12, 0, 1999) == 1);
	assert_true(ns(28, 0, UINT64_MAX) == 1);
	assert_true(ns(29, 0, UINT64_MAX) == 0);
	assert_true(ns(127, 0, UINT64_MAX) == 0);
	assert_true(ns(0x80, 0, 7) == 7 * SECOND);
	assert_true(ns(0x80 | 1, 0, 3) == 1500000000);
	assert_true(ns(0x80 | 32, 0, 0x180000000) == 1500000000);
	assert_true(ns(0x80 | 63, 0, UINT64_MAX) == 1999999999);
	assert_true(ns(0x80 | 64, 0, UINT64_MAX) == 999999999);
	assert_true(ns(0x80 | 65, 0, UINT64_MAX) == 499999999);
	assert_true(ns(0x80 | 127, 0, UINT64_MAX) == 0);
}

static void times_out_of_range_become_the_nearest_in_range(void **state)
{
	(void)state;
	assert_true(ns(6, 0, UINT64_MAX) == INT64_MAX);
	assert_true(ns(9, 0, UINT64_MAX) == INT64_MAX);
	assert_true(ns(0, 0, UINT64_MAX) == INT64_MAX);
	assert_true(ns(0x80, 0, UINT64_MAX) == INT64_MAX);
	assert_true(ns(9, -1, 0) == -SECOND);
	assert_true(ns(9, INT64_MIN, 0) == INT64_MIN);
	assert_true(ns(9, INT64_MAX, 5) == INT64_MAX);
	assert_true(ns(9, 1700000000, 5) == 1700000000 * SECOND + 5);
}

/* The field's own reader is the judge: libpcap sees the same packets.
 * Returns how many. */
static size_t agree_with_libpcap(pcap_t *pcap, const char *path)
{
	struct capture *c;
	assert_int_equal(capture_open(&c, &path, 1, NULL, &alloc_default, NULL),
	                 TCPCLOSE_OK);
	struct pcap_pkthdr *header;
	const u_char *bytes;
	struct tcpclose_packet pkt;
	size_t n = 0;
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		assert_int_equal(capture_next(c, &pkt, NULL), 1);
		assert_true(pkt.ts ==
		            header->ts.tv_sec * SECOND + header->ts.tv_usec);
		assert_int_equal(pkt.caplen, header->caplen);
		assert_int_equal(pkt.len, header->len);
		if (pkt.caplen)
			assert_memory_equal(pkt.bytes, bytes, pkt.caplen);
		n++;
	}
	assert_true(capture_next(c, &pkt, NULL) <= 0);
	capture_close(c);
	return n;
}

static pcap_t *open_libpcap(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	return pcap_open_offline_with_tstamp_precision(
		path, PCAP_TSTAMP_PRECISION_NANO, why);
}

static void expect_agreement(const char *path, size_t packets)
{
	pcap_t *pcap = open_libpcap(path);
	assert_non_null(pcap);
	assert_int_equal(agree_with_libpcap(pcap, path), packets);
	pcap_close(pcap);
}

/* Some samples are compressed, or mix link types: those libpcap refuses. */
static void libpcap_sees_the_same_in_testdata(void **state)
{
	(void)state;
	DIR *dir = opendir("testdata");
	if (!dir)
		skip();
	for (const struct dirent *e; (e = readdir(dir));) {
		char path[300];
		snprintf(path, sizeof(path), "testdata/%s", e->d_name);
		pcap_t *pcap = e->d_name[0] == '.' ? NULL : open_libpcap(path);
		if (!pcap)
			continue;
		agree_with_libpcap(pcap, path);
		pcap_close(pcap);
	}
	closedir(dir);
}

static void libpcap_sees_the_same_in_pcap(void **state)
{
	const uint32_t magics[] = { MAGIC_MICRO, MAGIC_NANO, MAGIC_PATCHED };
	for (int i = 0; i < 6; i++) {
		const uint32_t magic = magics[i / 2];
		struct made m;
		made_init(&m, i % 2 ? ORDER_BIG : ORDER_LITTLE);
		made_pcap(&m, magic, 4, LINK_ETHERNET);
		for (uint32_t k = 0; k < MADE_PACKETS; k++)
			made_packet(&m, magic, 1700000000 + k, k * 1001,
			            k * 43 % 1600);
		expect_agreement(scratch_save(*state, "a", &m), MADE_PACKETS);
		made_fini(&m);
	}
}

static void libpcap_sees_the_same_in_pcapng(void **state)
{
	const int resolutions[] = { -1, 0, 3, 6, 9, 12, 0x80 | 10, 0x80 | 30 };
	for (size_t i = 0; i < 16; i++) {
		const int tsresol = resolutions[i / 2];
		struct made m;
		made_init(&m, i % 2 ? ORDER_BIG : ORDER_LITTLE);
		made_section(&m, UINT64_MAX);
		made_interface(&m, LINK_ETHERNET, 2000, tsresol, 0);
		made_interface(&m, LINK_ETHERNET, 2000, tsresol, 1600000000);
		made_simple(&m, 50, 50);
		made_statistics(&m, 0, 1, 1);
		for (uint32_t k = 1; k < MADE_PACKETS; k++) {
			const uint64_t ts = UINT64_C(12345679) * k;
			if (k % 3)
				made_enhanced(&m, k % 2, ts, k * 43 % 1600,
				              1600);
			else
				made_obsolete(&m, k % 2, ts, k, k + 1);
		}
		expect_agreement(scratch_save(*state, "a", &m), MADE_PACKETS);
		made_fini(&m);
	}
}

static void a_packet_larger_than_the_buffer_is_read(void **state)
{
	struct made m;
	made_init(&m, ORDER_LITTLE);
	made_pcap(&m, MAGIC_MICRO, 4, LINK_ETHERNET);
	made_patch32(&m, 16, 2000000);
	made_packet(&m, MAGIC_MICRO, 1, 0, 60);
	made_packet(&m, MAGIC_MICRO, 2, 0, 1900000);
	made_packet(&m, MAGIC_MICRO, 3, 0, 60);
	struct seen seen;
	see_file(&seen, scratch_save(*state, "a", &m));
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.n_broken, 0);
	assert_int_equal(seen.pkt[1].caplen, 1900000);
	assert_int_equal(seen.first[2], made_byte(2, 0));
	made_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_is_read_in_both_orders_and_resolutions),
		cmocka_unit_test(fcs_bits_are_no_part_of_the_link_type),
		cmocka_unit_test(
			old_versions_wrote_the_lengths_the_other_way_round),
		cmocka_unit_test(an_unknown_version_is_named),
		cmocka_unit_test(
			a_wire_length_below_the_captured_one_is_raised),
		cmocka_unit_test(
			sections_interfaces_and_all_packet_blocks_are_read),
		cmocka_unit_test(unknown_blocks_are_stepped_over),
		cmocka_unit_test(frames_are_numbered_as_in_wireshark),
		cmocka_unit_test(the_last_statistics_of_each_interface_count),
		cmocka_unit_test(every_resolution_becomes_nanoseconds),
		cmocka_unit_test(
			times_out_of_range_become_the_nearest_in_range),
		cmocka_unit_test(libpcap_sees_the_same_in_pcap),
		cmocka_unit_test(libpcap_sees_the_same_in_pcapng),
		cmocka_unit_test(libpcap_sees_the_same_in_testdata),
		cmocka_unit_test(a_packet_larger_than_the_buffer_is_read),
	};
	return cmocka_run_group_tests_name("capture formats", tests,
	                                   scratch_make, scratch_remove);
}
