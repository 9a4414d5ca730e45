/* Which end of a flow is which: the same for both directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "flow/key.h"

static struct segment between(unsigned version, uint16_t sport, uint16_t dport)
{
	struct segment seg = { .tuple = { .ip_version = (uint8_t)version,
		                          .sport = sport,
		                          .dport = dport } };
	memset(&seg.tuple.src, 7, version == 6 ? 16 : 4);
	seg.tuple.dst = seg.tuple.src;
	return seg;
}

static struct segment answer_to(const struct segment *seg)
{
	struct segment back = *seg;
	back.tuple.src = seg->tuple.dst;
	back.tuple.dst = seg->tuple.src;
	back.tuple.sport = seg->tuple.dport;
	back.tuple.dport = seg->tuple.sport;
	return back;
}

/* The segment is sent by end `from`, its answer by the other. */
static void expect_from(const struct segment *seg, unsigned from)
{
	const struct segment back = answer_to(seg);
	struct flow_key one = { 0 }, other = { 0 };
	assert_int_equal(key_of(seg, &one), from);
	assert_int_equal(key_of(&back, &other), !from);
	assert_memory_equal(&one, &other, sizeof(one));
	assert_memory_equal(&one.addr[from], &seg->tuple.src, 16);
	assert_int_equal(one.port[from], seg->tuple.sport);
}

static void each_byte_of_an_address_counts_before_the_port(void **state)
{
	(void)state;
	for (unsigned version = 4; version <= 6; version += 2) {
		for (unsigned i = 0; i < (version == 6 ? 16 : 4); i++) {
			struct segment seg = between(version, 9, 1);
			seg.tuple.dst.byte[i] = 200;
			expect_from(&seg, 0);
			seg.tuple.dst.byte[i] = 1;
			expect_from(&seg, 1);
		}
	}
}

static void the_first_byte_that_differs_counts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 15; i++) {
		struct segment seg = between(6, 1, 9);
		memset(seg.tuple.dst.byte + i, 255, 16 - i);
		seg.tuple.dst.byte[i] = 6;
		expect_from(&seg, 1);
	}
}

static void ports_count_where_the_addresses_are_one(void **state)
{
	(void)state;
	for (unsigned version = 4; version <= 6; version += 2) {
		const struct segment up = between(version, 1, 9);
		const struct segment down = between(version, 9, 1);
		expect_from(&up, 0);
		expect_from(&down, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_byte_of_an_address_counts_before_the_port),
		cmocka_unit_test(the_first_byte_that_differs_counts),
		cmocka_unit_test(ports_count_where_the_addresses_are_one),
	};
	return cmocka_run_group_tests_name("flow/key", tests, NULL, NULL);
}
