/* The vocabulary: wrapping numbers, intervals, the appending buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clear.h"
#include "base/cursor.h"
#include "base/digits.h"
#include "base/error.h"
#include "base/frame.h"
#include "base/ip.h"
#include "base/seq.h"
#include "base/spans.h"

static void a_number_after_the_wrap_is_later(void **state)
{
	(void)state;
	const struct tcp_seq before = { 0xfffffff0u }, after = { 0x10u };
	assert_true(seq_lt(before, after));
	assert_false(seq_lt(after, before));
	assert_int_equal(seq_diff(after, before), 0x20);
	assert_int_equal(
		ts_diff((struct tcp_ts){ 5 }, (struct tcp_ts){ 0xfffffffbu }),
		10);
}

static void unwrapping_follows_a_transfer_of_nine_gigabytes(void **state)
{
	(void)state;
	const struct tcp_seq isn = { 0xffffff00u };
	int64_t near = 0;
	for (int64_t at = 0; at < 9000000000; at += 1000000007) {
		near = seq_unwrap(seq_wrap(at, isn), isn, near);
		assert_true(near == at);
	}
	assert_true(seq_unwrap(seq_wrap(-1, isn), isn, 1) == -1);
}

static void spans_join_where_they_touch(void **state)
{
	(void)state;
	struct spans set = { 0 };
	spans_add(&set, 10, 20);
	spans_add(&set, 30, 40);
	assert_int_equal(set.n, 2);
	assert_false(spans_cover(&set, 10, 40));
	spans_add(&set, 20, 30);
	assert_int_equal(set.n, 1);
	assert_true(spans_cover(&set, 10, 40));
	assert_false(spans_cover(&set, 9, 11));
	spans_drop_before(&set, 25);
	assert_true(set.span[0].from == 25 && set.span[0].to == 40);
	spans_drop_before(&set, 40);
	assert_int_equal(set.n, 0);
}

/* Random spans against a map of one byte a position. */
static void spans_agree_with_a_bitmap(void **state)
{
	(void)state;
	enum { SPACE = 200 };
	unsigned seed = 7;
	for (int round = 0; round < 300; round++) {
		struct spans set = { 0 };
		unsigned char map[SPACE] = { 0 };
		for (int i = 0; i < 12; i++) {
			seed = seed * 1103515245u + 12345u;
			const int from = (int)(seed >> 16) % (SPACE - 20);
			const int len = (int)(seed >> 8) % 20;
			spans_add(&set, from, from + len);
			memset(map + from, 1, (size_t)len);
		}
		for (int i = 0; i < SPACE; i++)
			assert_int_equal(spans_cover(&set, i, i + 1), map[i]);
		for (uint32_t i = 1; i < set.n; i++)
			assert_true(set.span[i - 1].to < set.span[i].from);
	}
}

static void a_flood_of_holes_costs_a_constant(void **state)
{
	(void)state;
	struct spans set = { 0 };
	for (int64_t i = 0; i < 10000; i++)
		spans_add(&set, i * 10, i * 10 + 1);
	assert_int_equal(set.n, SPANS_MAX);
	assert_true(set.n_joined == 10000 - SPANS_MAX);
	assert_true(set.span[SPANS_MAX - 1].to == 99991);
}

static void a_cursor_never_gives_more_than_it_has(void **state)
{
	(void)state;
	const uint8_t bytes[4] = { 1, 2, 3, 4 };
	struct cursor c = cursor_of(bytes, sizeof(bytes));
	assert_null(cursor_take(&c, 5));
	assert_ptr_equal(cursor_take(&c, 2), bytes);
	cursor_limit(&c, 1);
	assert_null(cursor_take(&c, 2));
	assert_int_equal(be16(bytes), 0x0102);
	assert_int_equal(be32(bytes), 0x01020304);
}

static void a_buffer_writes_numbers_in_decimal(void **state)
{
	(void)state;
	struct buffer b;
	buffer_init(&b, &alloc_default);
	buffer_int(&b, INT64_MIN);
	buffer_char(&b, ' ');
	buffer_uint(&b, UINT64_MAX);
	buffer_char(&b, ' ');
	buffer_uint_padded(&b, 42, 9);
	buffer_format(&b, " %s", "end");
	buffer_char(&b, '\0');
	assert_string_equal(b.bytes, "-9223372036854775808 "
	                             "18446744073709551615 000000042 end");
	buffer_fini(&b);
}

static void *no_memory(void *ctx, void *old, size_t size)
{
	(void)ctx, (void)old, (void)size;
	return NULL;
}

static void never_released(void *ctx, void *old)
{
	(void)ctx, (void)old;
	fail();
}

static void a_buffer_without_memory_says_so(void **state)
{
	(void)state;
	const struct tcpclose_allocator none = { NULL, no_memory,
		                                 never_released };
	struct buffer b;
	buffer_init(&b, &none);
	buffer_text(&b, "lost");
	assert_true(b.failed);
	assert_int_equal(b.len, 0);
	buffer_fini(&b);
	assert_null(alloc_new(&alloc_default, SIZE_MAX, 2));
}

static void the_first_error_wins(void **state)
{
	(void)state;
	struct tcpclose_error err = { 0 };
	const struct error_place place = { "a.pcap", 7, 4711 };
	assert_int_equal(error_set(&err, TCPCLOSE_EIO, place, "disk %d", 1),
	                 TCPCLOSE_EIO);
	error_set(&err, TCPCLOSE_ENOMEM, (struct error_place){ 0 }, "second");
	assert_int_equal(err.status, TCPCLOSE_EIO);
	assert_string_equal(err.text, "disk 1");
	assert_string_equal(err.file, "a.pcap");
	assert_int_equal(err.frame, 7);
	assert_int_equal(error_set(NULL, TCPCLOSE_EIO, place, "quiet"),
	                 TCPCLOSE_EIO);
}

static void expect_digits(uint64_t n)
{
	char text[DIGITS_MAX + 1] = { 0 }, expected[32];
	*digits_put(text, n) = '\0';
	snprintf(expected, sizeof(expected), "%" PRIu64, n);
	assert_string_equal(text, expected);

	char eight[9] = { 0 };
	assert_ptr_equal(digits_put6(eight, (uint32_t)(n % DIGITS6)),
	                 eight + 6);
	snprintf(expected, sizeof(expected), "%06" PRIu64, n % DIGITS6);
	assert_string_equal(eight, expected);
	assert_ptr_equal(digits_put3(eight, (uint32_t)(n % 1000)), eight + 3);
	snprintf(expected, sizeof(expected), "%03" PRIu64, n % 1000);
	assert_string_equal(eight, expected);
	digits_put_hex8(eight, (uint32_t)n);
	snprintf(expected, sizeof(expected), "%08" PRIx32, (uint32_t)n);
	assert_string_equal(eight, expected);
	*digits_put_hex(eight, (uint32_t)n) = '\0';
	snprintf(expected, sizeof(expected), "%" PRIx32, (uint32_t)n);
	assert_string_equal(eight, expected);
}

/* All that the table holds, in every place of a number; then every length
 * there is, and what stands next to it. */
static void digits_are_those_of_the_c_library(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 1000; n++) {
		expect_digits(n);
		expect_digits(n * 1000 + 999 - n);
		expect_digits((n * DIGITS6 + n) * DIGITS6 + n);
	}
	for (uint64_t n = 1; n <= UINT64_MAX / 10; n *= 10) {
		expect_digits(n);
		expect_digits(n - 1);
		expect_digits(n * 10 - 1);
	}
	expect_digits(UINT64_MAX);
}

static void expect_address(const struct ip_addr *addr, unsigned version)
{
	char text[IP_TEXT_MAX], expected[IP_TEXT_MAX];
	const int family = version == 6 ? AF_INET6 : AF_INET;
	assert_non_null(
		inet_ntop(family, addr->byte, expected, sizeof(expected)));
	assert_int_equal(ip_text(addr, version, text), strlen(expected));
	assert_string_equal(text, expected);
}

static void an_address_reads_as_the_c_library_writes_it(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 256; n++) {
		const uint8_t up = (uint8_t)n, down = (uint8_t)(255 - n);
		expect_address(&(struct ip_addr){ { up, down, 0, up } }, 4);
		expect_address(&(struct ip_addr){ { down, 10, up, 255 } }, 4);
	}
}

/* A few hundred addresses for eight places, each often enough to be there. */
static void an_ipv6_address_is_the_same_from_memory(void **state)
{
	(void)state;
	struct ip_memo memo = { 0 };
	size_t n_known = 0;
	for (unsigned i = 0; i < 20000; i++) {
		const uint8_t n = (uint8_t)(i * i % 251 / (1 + i % 30));
		const struct ip_addr addr = { { n, 1, n,
			                        2, [9] = i % 3 ? 0 : n } };
		char text[IP_TEXT_ROOM], expected[IP_TEXT_MAX];
		const size_t len = ip_text(&addr, 6, expected);
		const size_t known = ipv6_text_known(&memo, &addr, text);
		n_known += known > 0;
		assert_int_equal(known ? known
		                       : ipv6_text_remember(&memo, &addr, text),
		                 len);
		assert_memory_equal(text, expected, len);
		memset(text, '?', len);
		assert_int_equal(ipv6_text_known(&memo, &addr, text), len);
		assert_memory_equal(text, expected, len);
	}
	assert_true(n_known > 1000 && n_known < 19000);
}

/* Zeros in every place, among groups of one to four digits. */
static void an_ipv6_address_does_so_too(void **state)
{
	(void)state;
	for (unsigned zeros = 0; zeros < 256; zeros++) {
		for (unsigned digits = 0; digits < 16; digits++) {
			struct ip_addr addr;
			for (unsigned i = 0; i < 8; i++) {
				const unsigned n =
					(zeros >> i & 1) == 0
						? 0
						: 0xb29fu >> (i + digits) % 16;
				addr.byte[2 * i] = (uint8_t)(n >> 8);
				addr.byte[2 * i + 1] = (uint8_t)n;
			}
			expect_address(&addr, 6);
		}
	}
}

/* Neither a byte less nor one more, wherever the last piece ends. */
static void what_is_cleared_is_zero_and_nothing_beyond(void **state)
{
	(void)state;
	unsigned char bytes[4 * CLEAR_PIECE];
	for (size_t n = 0; n < sizeof(bytes) - 1; n++) {
		memset(bytes, 0xa5, sizeof(bytes));
		clear_bytes(bytes + 1, n);
		for (size_t i = 0; i < sizeof(bytes); i++)
			assert_int_equal(bytes[i], i >= 1 && i <= n ? 0 : 0xa5);
	}
}

static void a_frame_is_of_one_source(void **state)
{
	(void)state;
	const uint64_t frame = frame_of(3, 7);
	assert_true(frame_number(frame) == 7);
	assert_int_equal(frame_source(frame), 3);
	assert_true(frame != frame_of(4, 7));
	assert_true(frame_of(0, 7) == 7); /* the first: its number alone */
	assert_true(frame_of(0, 0) == 0);
	const uint64_t last =
		frame_of(FRAME_SOURCE_UNKNOWN - 1, FRAME_NUMBER_MAX);
	assert_true(frame_number(last) == FRAME_NUMBER_MAX);
	assert_int_equal(frame_source(last), FRAME_SOURCE_UNKNOWN - 1);
}

static void a_source_beyond_all_is_none_of_the_others(void **state)
{
	(void)state;
	assert_int_equal(frame_source(frame_of(UINT32_MAX, 1)),
	                 FRAME_SOURCE_UNKNOWN);
	assert_int_equal(frame_source(frame_of(FRAME_SOURCE_UNKNOWN, 1)),
	                 FRAME_SOURCE_UNKNOWN);
	assert_true(frame_number(frame_of(65536 + 2, 9)) == 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_after_the_wrap_is_later),
		cmocka_unit_test(
			unwrapping_follows_a_transfer_of_nine_gigabytes),
		cmocka_unit_test(spans_join_where_they_touch),
		cmocka_unit_test(spans_agree_with_a_bitmap),
		cmocka_unit_test(a_flood_of_holes_costs_a_constant),
		cmocka_unit_test(a_cursor_never_gives_more_than_it_has),
		cmocka_unit_test(a_buffer_writes_numbers_in_decimal),
		cmocka_unit_test(a_buffer_without_memory_says_so),
		cmocka_unit_test(the_first_error_wins),
		cmocka_unit_test(digits_are_those_of_the_c_library),
		cmocka_unit_test(an_address_reads_as_the_c_library_writes_it),
		cmocka_unit_test(an_ipv6_address_is_the_same_from_memory),
		cmocka_unit_test(an_ipv6_address_does_so_too),
		cmocka_unit_test(a_frame_is_of_one_source),
		cmocka_unit_test(a_source_beyond_all_is_none_of_the_others),
		cmocka_unit_test(what_is_cleared_is_zero_and_nothing_beyond),
	};
	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
