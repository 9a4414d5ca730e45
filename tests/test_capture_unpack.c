/* Compressed captures: every packing, joined members, cut and damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"
#include "capture_make.h"

struct packed {
	uint8_t *bytes; /* to be freed */
	size_t n;
};

static struct packed pack_gzip(const void *from, size_t n)
{
	z_stream z = { 0 };
	const uLong room = compressBound(n) + 64;
	struct packed p = { malloc(room), 0 };
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8,
	                              Z_DEFAULT_STRATEGY),
	                 Z_OK);
	uint8_t *copy = malloc(n);
	assert_non_null(copy);
	memcpy(copy, from, n);
	z.next_in = copy;
	z.avail_in = (uInt)n;
	z.next_out = p.bytes;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	p.n = z.total_out;
	deflateEnd(&z);
	free(copy);
	return p;
}

static struct packed pack_zstd(const void *from, size_t n)
{
	const size_t room = ZSTD_compressBound(n);
	struct packed p = { malloc(room), 0 };
	p.n = ZSTD_compress(p.bytes, room, from, n, 3);
	assert_false(ZSTD_isError(p.n));
	return p;
}

static struct packed pack_lz4(const void *from, size_t n)
{
	const LZ4F_preferences_t check = {
		.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled,
	};
	const size_t room = LZ4F_compressFrameBound(n, &check);
	struct packed p = { malloc(room), 0 };
	p.n = LZ4F_compressFrame(p.bytes, room, from, n, &check);
	assert_false(LZ4F_isError(p.n));
	return p;
}

static struct packed pack_xz(const void *from, size_t n)
{
	const size_t room = lzma_stream_buffer_bound(n);
	struct packed p = { malloc(room), 0 };
	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL,
	                                         from, n, p.bytes, &p.n, room),
	                 LZMA_OK);
	return p;
}

struct packer {
	const char *name;
	struct packed (*pack)(const void *from, size_t n);
};

static const struct packer packers[] = {
	{ "gzip", pack_gzip },
	{ "zstd", pack_zstd },
	{ "lz4", pack_lz4 },
	{ "xz", pack_xz },
};

#define N_PACKERS (sizeof(packers) / sizeof(*packers))

/* 20 packets; the largest do not compress, so a cut costs packets. */
static void make_sample(struct made *m, uint32_t caplen)
{
	made_init(m, ORDER_LITTLE);
	made_pcap(m, MAGIC_MICRO, 4, LINK_ETHERNET);
	for (uint32_t i = 0; i < 20; i++)
		made_packet(m, MAGIC_MICRO, 1700000000 + i, i, caplen);
}

static void packed_captures_are_recognised_and_read(void **state)
{
	struct made m;
	make_sample(&m, 60);
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct seen seen;
		struct packed p = packers[i].pack(m.b.bytes, m.b.len);
		see_file(&seen, scratch_write(*state, "a", p.bytes, p.n));
		assert_int_equal(seen.n, 20);
		assert_int_equal(seen.n_broken, 0);
		assert_int_equal(seen.first[19], made_byte(19, 0));
		assert_string_equal(seen.source.packing, packers[i].name);
		assert_string_equal(seen.source.format, "pcap");
		assert_int_equal(seen.source.bytes_read, p.n);
		assert_int_equal(seen.source.bytes_total, p.n);
		free(p.bytes);
	}
	made_fini(&m);
}

/* As `cat a.gz b.gz` and parallel compressors make them. The seam is in the
 * midst of a packet; zero bytes follow, as on a tape. */
static void joined_members_are_one_file(void **state)
{
	static const uint8_t zeros[512];
	struct made m;
	make_sample(&m, 60);
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct seen seen;
		struct buffer b;
		buffer_init(&b, &alloc_default);
		const size_t cuts[] = { 0, 3, 300, 300, m.b.len };
		for (size_t k = 1; k < 5; k++) {
			struct packed p = packers[i].pack(
				m.b.bytes + cuts[k - 1], cuts[k] - cuts[k - 1]);
			buffer_put(&b, p.bytes, p.n);
			free(p.bytes);
		}
		buffer_put(&b, zeros, sizeof(zeros));
		see_file(&seen, scratch_write(*state, "a", b.bytes, b.len));
		assert_int_equal(seen.n, 20);
		assert_int_equal(seen.n_broken, 0);
		buffer_fini(&b);
	}
	made_fini(&m);
}

/* Returns how many packets the first n bytes gave. */
static size_t see_cut(struct scratch *scratch, const struct buffer *b, size_t n,
                      size_t at_least)
{
	struct seen seen;
	see_file(&seen, scratch_write(scratch, "a", b->bytes, n));
	if (seen.opened < 0) {
		assert_int_equal(seen.opened, TCPCLOSE_EFORMAT);
		return at_least;
	}
	assert_int_equal(seen.broken, TCPCLOSE_ETRUNCATED);
	assert_int_equal(seen.n_broken, 1);
	assert_int_equal(seen.err.frame, seen.n + 1);
	assert_true(seen.n >= at_least);
	return seen.n;
}

/* Whatever the cut, it is told; no packet comes that is not whole, and the
 * longer the rest, the more packets come. */
static void a_cut_file_gives_what_it_has_and_says_so(void **state)
{
	struct made m;
	make_sample(&m, 60);
	const size_t half = m.end[9];
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct packed p = packers[i].pack(m.b.bytes, half);
		struct packed q =
			packers[i].pack(m.b.bytes + half, m.b.len - half);
		struct buffer b;
		buffer_init(&b, &alloc_default);
		buffer_put(&b, p.bytes, p.n);
		buffer_put(&b, q.bytes, q.n);
		size_t most = 0;
		for (size_t n = 1; n < b.len; n++)
			if (n != p.n)
				most = see_cut(*state, &b, n, most);
		assert_in_range(most, 10, 20);
		buffer_fini(&b);
		free(p.bytes);
		free(q.bytes);
	}
	made_fini(&m);
}

static void damage_is_told_and_never_fatal(void **state)
{
	struct made m;
	make_sample(&m, 200);
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct packed p = packers[i].pack(m.b.bytes, m.b.len);
		for (size_t n = 0; n < p.n; n++) {
			struct seen seen;
			p.bytes[n] ^= 0x55;
			see_file(&seen,
			         scratch_write(*state, "a", p.bytes, p.n));
			p.bytes[n] ^= 0x55;
			assert_true(seen.n <= 20);
		}
		struct seen seen;
		p.bytes[p.n - 3] ^= 0xff;
		see_file(&seen, scratch_write(*state, "a", p.bytes, p.n));
		if (strcmp(packers[i].name, "zstd") != 0) {
			const int status =
				seen.opened < 0 ? seen.opened : seen.broken;
			assert_int_equal(status, TCPCLOSE_EFORMAT);
		}
		free(p.bytes);
	}
	made_fini(&m);
}

static void what_follows_the_packed_data_is_told(void **state)
{
	struct made m;
	make_sample(&m, 60);
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct seen seen;
		struct buffer b;
		buffer_init(&b, &alloc_default);
		struct packed p = packers[i].pack(m.b.bytes, m.b.len);
		buffer_put(&b, p.bytes, p.n);
		buffer_text(&b, "something else");
		see_file(&seen, scratch_write(*state, "a", b.bytes, b.len));
		assert_int_equal(seen.n, 20);
		assert_int_equal(seen.broken, TCPCLOSE_EFORMAT);
		assert_non_null(strstr(seen.err.text, packers[i].name));
		free(p.bytes);
		buffer_fini(&b);
	}
	made_fini(&m);
}

static void packed_data_that_are_no_capture_are_named(void **state)
{
	static const char text[] = "All work and no play makes Jack dull.\n";
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct seen seen;
		struct packed p = packers[i].pack(text, sizeof(text) - 1);
		see_file(&seen, scratch_write(*state, "a", p.bytes, p.n));
		assert_int_equal(seen.opened, TCPCLOSE_EFORMAT);
		assert_non_null(strstr(seen.err.text, packers[i].name));
		assert_non_null(strstr(seen.err.text, "text"));
		free(p.bytes);
	}
}

/* More than any buffer between file and reader holds. */
static void a_large_packed_capture_is_streamed(void **state)
{
	struct made m;
	made_init(&m, ORDER_LITTLE);
	made_pcap(&m, MAGIC_MICRO, 4, LINK_ETHERNET);
	for (uint32_t i = 0; i < 40; i++)
		made_packet(&m, MAGIC_MICRO, i, 0, 60000);
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct seen seen;
		struct packed p = packers[i].pack(m.b.bytes, m.b.len);
		see_file(&seen, scratch_write(*state, "a", p.bytes, p.n));
		assert_int_equal(seen.n, 40);
		assert_int_equal(seen.n_broken, 0);
		assert_int_equal(seen.first[39], made_byte(39, 0));
		free(p.bytes);
	}
	made_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_captures_are_recognised_and_read),
		cmocka_unit_test(joined_members_are_one_file),
		cmocka_unit_test(a_cut_file_gives_what_it_has_and_says_so),
		cmocka_unit_test(damage_is_told_and_never_fatal),
		cmocka_unit_test(what_follows_the_packed_data_is_told),
		cmocka_unit_test(packed_data_that_are_no_capture_are_named),
		cmocka_unit_test(a_large_packed_capture_is_streamed),
	};
	return cmocka_run_group_tests_name("compressed captures", tests,
	                                   scratch_make, scratch_remove);
}
