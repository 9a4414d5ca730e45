/* Captures from strangers: cut at every byte, damaged at every byte, and
 * read while each allocation fails in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "base/alloc.h"
#include "capture_make.h"

enum { SAMPLES = 10 };

static void sample_pcap(struct made *m, uint32_t magic)
{
	made_pcap(m, magic, 4, LINK_ETHERNET);
	made_packet(m, magic, 1700000000, 1, 60);
	made_packet(m, magic, 1700000001, 2, 0);
	made_packet(m, magic, 1700000002, 3, 1);
	made_packet(m, magic, 1700000003, 4, 77);
}

static void sample_pcapng(struct made *m, int tsresol)
{
	made_section(m, UINT64_MAX);
	made_interface(m, LINK_ETHERNET, 100, tsresol, 0);
	made_enhanced(m, 0, 1000, 60, 60);
	made_obsolete(m, 0, 2000, 3, 10);
	const size_t start = made_block(m, 10);
	made64(m, 1);
	made_block_end(m, start);
	made_simple(m, 9, 9);
	made_section(m, 120);
	for (int i = 0; i < 6; i++)
		made_interface(m, LINK_RAW, 0, tsresol, 5);
	made_enhanced(m, 5, 3000, 41, 60);
	made_statistics(m, 5, 1, 2);
}

/* Sample i: half of them in each byte order. */
static void make_sample(struct made *m, int i)
{
	const uint32_t magics[] = { MAGIC_MICRO, MAGIC_NANO, MAGIC_PATCHED };
	made_init(m, i % 2 ? ORDER_BIG : ORDER_LITTLE);
	if (i / 2 < 3)
		sample_pcap(m, magics[i / 2]);
	else
		sample_pcapng(m, i / 2 == 3 ? -1 : 0x80 | 40);
}

static size_t whole_packets(const struct made *m, size_t size)
{
	size_t n = 0;
	while (n < m->n_packets && m->end[n] <= size)
		n++;
	return n;
}

/* Does a prefix end where a record does? Then nobody can tell that it was
 * cut. The lengths at the blocks' ends show the way. */
static bool ends_at_record(const struct made *m, size_t size)
{
	if (size == m->header)
		return true;
	for (size_t i = 0; i < m->n_packets; i++)
		if (m->end[i] == size)
			return true;
	const uint8_t *bytes = (const uint8_t *)m->b.bytes;
	if (be32(bytes) != 0x0a0d0d0a)
		return false;
	size_t at = 0;
	while (at < size)
		at += order32(m->order, bytes + at + 4);
	return at == size;
}

static void a_capture_cut_anywhere_gives_all_whole_packets(void **state)
{
	for (int i = 0; i < SAMPLES; i++) {
		struct made m;
		struct seen seen;
		make_sample(&m, i);
		const char *path = scratch_save(*state, "a", &m);
		for (size_t n = m.b.len; n-- > 0;) {
			assert_int_equal(truncate(path, (off_t)n), 0);
			see_file(&seen, path);
			if (n < m.header) {
				assert_int_equal(seen.opened, TCPCLOSE_EFORMAT);
				continue;
			}
			assert_int_equal(seen.opened, TCPCLOSE_OK);
			assert_int_equal(seen.n, whole_packets(&m, n));
			for (size_t k = 0; k < seen.n; k++)
				if (seen.pkt[k].caplen)
					assert_int_equal(seen.first[k],
					                 made_byte(k, 0));
			if (ends_at_record(&m, n)) {
				assert_int_equal(seen.n_broken, 0);
				continue;
			}
			assert_int_equal(seen.broken, TCPCLOSE_ETRUNCATED);
			assert_int_equal(seen.n_broken, 1);
			assert_int_equal(seen.err.frame, seen.n + 1);
			assert_in_range(seen.err.offset, m.header, n);
		}
		made_fini(&m);
	}
}

static void a_capture_damaged_anywhere_is_read_or_refused(void **state)
{
	static const uint8_t damages[] = { 0x00, 0x7f, 0x80, 0xff };
	for (int i = 0; i < SAMPLES; i++) {
		struct made m;
		struct seen seen;
		make_sample(&m, i);
		for (size_t n = 0; n < m.b.len; n++)
			for (size_t k = 0; k < sizeof(damages); k++) {
				const char was = m.b.bytes[n];
				m.b.bytes[n] = (char)damages[k];
				see_file(&seen, scratch_save(*state, "a", &m));
				m.b.bytes[n] = was;
				assert_true(seen.n <= m.n_packets);
				assert_true(seen.n_broken <= 1);
			}
		made_fini(&m);
	}
}

static void expect_damage(struct scratch *s, const struct made *m,
                          size_t packets, size_t offset, const char *words)
{
	struct seen seen;
	see_file(&seen, scratch_save(s, "a", m));
	assert_int_equal(seen.opened, TCPCLOSE_OK);
	assert_int_equal(seen.n, packets);
	assert_int_equal(seen.broken, TCPCLOSE_EFORMAT);
	assert_int_equal(seen.err.frame, packets + 1);
	assert_int_equal(seen.err.offset, offset);
	assert_non_null(strstr(seen.err.text, words));
	assert_non_null(strstr(seen.err.file, "/a"));
}

static void a_length_beyond_reason_names_frame_and_offset(void **state)
{
	struct made m;
	make_sample(&m, 1);
	made_patch32(&m, m.end[1] + 8, 262145);
	expect_damage(*state, &m, 2, m.end[1], "262145");
	made_fini(&m);
}

/* Each line damages one number of the first packet block. */
static void damaged_blocks_name_frame_and_offset(void **state)
{
	static const struct {
		size_t at; /* in the block */
		uint32_t number;
		const char *words;
	} cases[] = {
		{ 4, 0, "impossible length" },
		{ 4, 11, "impossible length" },
		{ 4, 102, "impossible length" },
		{ 4, 12, "too few bytes" },
		{ 4, 0x7ffffffc, "too many bytes" },
		{ 4, 96, "differ" },
		{ 8, 1, "unknown interface" },
		{ 20, 4000, "longer than its block" },
		{ 20, 0xffffffff, "longer than its block" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct made m;
		made_init(&m, ORDER_BIG);
		made_section(&m, UINT64_MAX);
		made_interface(&m, LINK_ETHERNET, 0, -1, 0);
		const size_t at = m.b.len;
		made_enhanced(&m, 0, 0, 60, 60);
		made_enhanced(&m, 0, 0, 60, 60);
		made_patch32(&m, at + cases[i].at, cases[i].number);
		expect_damage(*state, &m, 0, at, cases[i].words);
		made_fini(&m);
	}
}

static void an_option_beyond_its_block_is_damage(void **state)
{
	struct made m;
	made_init(&m, ORDER_LITTLE);
	made_section(&m, UINT64_MAX);
	const size_t at = m.b.len;
	const size_t start = made_block(&m, 1);
	made64(&m, 1);
	made16(&m, 9);
	made16(&m, 500);
	made_block_end(&m, start);
	expect_damage(*state, &m, 0, at, "option");
	made_fini(&m);
}

static void a_flood_of_interfaces_is_refused(void **state)
{
	struct made m;
	made_init(&m, ORDER_LITTLE);
	made_section(&m, UINT64_MAX);
	size_t start = 0;
	for (int i = 0; i < 65537; i++) {
		start = made_block(&m, 1);
		made64(&m, 1);
		made_block_end(&m, start);
	}
	expect_damage(*state, &m, 0, start, "interface too many");
	made_fini(&m);
}

static void pack(struct scratch *s, const char *name, const struct made *m)
{
	gzFile to = gzopen(scratch_path(s, name), "wb");
	assert_non_null(to);
	assert_int_equal(gzwrite(to, m->b.bytes, (unsigned)m->b.len),
	                 (int)m->b.len);
	assert_int_equal(gzclose(to), Z_OK);
}

/* A directory of everything that allocates: both formats, many interfaces, a
 * large packet, a packed file, a broken one; or more files than stay open. */
static void fill_directory(struct scratch *s, size_t more_files)
{
	struct made m;
	for (int i = 0; i < SAMPLES; i += 3) {
		char name[2] = { (char)('a' + i), '\0' };
		make_sample(&m, i);
		scratch_save(s, name, &m);
		made_fini(&m);
	}
	make_sample(&m, 7);
	pack(s, "packed", &m);
	m.b.len = 20;
	scratch_save(s, "cut", &m);
	made_fini(&m);
	made_init(&m, ORDER_LITTLE);
	made_pcap(&m, MAGIC_MICRO, 4, LINK_ETHERNET);
	made_patch32(&m, 16, 1000000);
	made_packet(&m, MAGIC_MICRO, 2, 0, 60);
	made_packet(&m, MAGIC_MICRO, 2, 0, 300000);
	scratch_save(s, "large", &m);
	made_fini(&m);
	for (size_t i = 0; i < more_files; i++) {
		char name[24];
		snprintf(name, sizeof(name), "m%zu", i);
		make_sample(&m, (int)(i % SAMPLES));
		scratch_save(s, name, &m);
		made_fini(&m);
	}
}

static void fail_each_allocation(const char *dir)
{
	struct failing f;
	struct seen all, seen;
	failing_init(&f, 0);
	see(&all, &dir, 1, "greater 1 or less 100000", &f.alloc);
	assert_int_equal(all.opened, TCPCLOSE_OK);
	assert_int_equal(f.n_live, 0);
	const size_t n_calls = f.n_calls;
	for (size_t i = 1; i <= n_calls; i++) {
		failing_init(&f, i);
		see(&seen, &dir, 1, "greater 1 or less 100000", &f.alloc);
		assert_int_equal(f.n_live, 0);
		if (seen.opened < 0)
			assert_int_equal(seen.opened, TCPCLOSE_ENOMEM);
		else
			assert_true(seen.n_broken > all.n_broken ||
			            seen.n == all.n);
	}
}

static void each_allocation_may_fail(void **state)
{
	fill_directory(*state, 0);
	fail_each_allocation(((struct scratch *)*state)->dir);
}

static void each_allocation_may_fail_among_resting_files(void **state)
{
	fill_directory(*state, 12);
	fail_each_allocation(((struct scratch *)*state)->dir);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_capture_cut_anywhere_gives_all_whole_packets),
		TEST(a_capture_damaged_anywhere_is_read_or_refused),
		TEST(a_length_beyond_reason_names_frame_and_offset),
		TEST(damaged_blocks_name_frame_and_offset),
		TEST(an_option_beyond_its_block_is_damage),
		TEST(a_flood_of_interfaces_is_refused),
		TEST(each_allocation_may_fail),
		TEST(each_allocation_may_fail_among_resting_files),
	};
	return cmocka_run_group_tests_name("capture faults", tests, NULL, NULL);
}
