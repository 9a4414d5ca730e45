/* The table's index: what was added is found, the newest first, whatever was
 * taken out meanwhile; and where it cannot grow, it stays in use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "flow/flow.h"
#include "flow/index.h"

#define SECOND INT64_C(1000000000)

static void index_new(struct flow_index *x, size_t n)
{
	assert_true(index_init(x, n, &alloc_default));
}

static bool has(const struct flow_index *x, uint32_t hash, pool_ref ref)
{
	struct index_cell *cell = index_home(x, hash);
	while ((cell = index_match(x, cell, hash))) {
		if (cell->ref == ref)
			return true;
		cell = index_next(x, cell);
	}
	return false;
}

static void the_newest_is_found_at_home(void **state)
{
	(void)state;
	struct flow_index x;
	index_new(&x, 16);
	for (uint32_t i = 1; i <= 8; i++) {
		const uint32_t hash = 4 + i % 2 + 16 * i;
		index_add(&x, hash, i);
		assert_int_equal(index_home(&x, hash)->ref, i);
	}
	for (uint32_t i = 1; i <= 8; i++)
		assert_true(has(&x, 4 + i % 2 + 16 * i, i));
	assert_true(index_grow(&x, &alloc_default));
	assert_int_equal(x.n, 32);
	assert_int_equal(index_home(&x, 4 + 128)->ref, 8); /* still */
	index_fini(&x, &alloc_default);
}

static void one_hash_may_have_several(void **state)
{
	(void)state;
	struct flow_index x;
	index_new(&x, 8);
	for (uint32_t i = 1; i <= 5; i++)
		index_add(&x, 7, i);
	index_remove(&x, 7, 3);
	index_replace(&x, 7, 1, 9);
	assert_true(has(&x, 7, 2) && has(&x, 7, 4) && has(&x, 7, 5));
	assert_true(has(&x, 7, 9));
	assert_false(has(&x, 7, 1) || has(&x, 7, 3) || has(&x, 15, 2));
	index_fini(&x, &alloc_default);
}

/* Hashes of few homes, so that runs meet and go round the end. */
static void it_agrees_with_a_list(void **state)
{
	(void)state;
	enum { N = 96 };
	struct flow_index x;
	bool is_in[N] = { false };
	uint32_t seed = 5, n_in = 0;
	index_new(&x, 32);
	for (int step = 0; step < 20000; step++) {
		seed = seed * 1103515245u + 12345u;
		const uint32_t i = (seed >> 8) % N;
		const uint32_t hash = i * 2654435761u >> 20;
		if (is_in[i])
			index_remove(&x, hash, i + 1);
		else if (n_in + 1 == x.n)
			continue;
		else
			index_add(&x, hash, i + 1);
		n_in += is_in[i] ? UINT32_MAX : 1;
		is_in[i] = !is_in[i];
		if (step == 10000)
			assert_true(index_grow(&x, &alloc_default));
		for (uint32_t k = 0; k < N; k++)
			assert_int_equal(has(&x, k * 2654435761u >> 20, k + 1),
			                 is_in[k]);
	}
	index_fini(&x, &alloc_default);
}

/* An allocator that has no room for an index of twice the first size. */
static void *resize_but_one(void *ctx, void *old, size_t size)
{
	(void)ctx;
	return size == 2048 * sizeof(struct index_cell) ? NULL
	                                                : realloc(old, size);
}

static void release(void *ctx, void *old)
{
	(void)ctx;
	free(old);
}

static int on_step(void *ctx, struct life *life, const struct step *step)
{
	(void)ctx, (void)life, (void)step;
	return 0;
}

static int on_over(void *ctx, struct life *life, enum end_reason reason)
{
	(void)life;
	assert_int_equal(reason, END_EVICTED);
	++*(unsigned *)ctx;
	return 0;
}

static void an_index_that_cannot_grow_makes_room(void **state)
{
	(void)state;
	unsigned n_over = 0;
	const struct tcpclose_allocator alloc = { NULL, resize_but_one,
		                                  release };
	const struct flow_options options = {
		.linger = 60 * SECOND,
		.idle_timeout = 3600 * SECOND,
		.time_wait = 60 * SECOND,
		.max_memory = UINT64_C(1) << 30,
	};
	const struct flow_events events = { .ctx = &n_over,
		                            .step = on_step,
		                            .over = on_over };
	struct flow_table *t = flow_table_new(&options, &events, &alloc);
	assert_non_null(t);
	for (uint16_t i = 0; i < 5000; i++) {
		struct segment seg;
		memset(&seg, 0, sizeof(seg));
		seg.tuple.sport = (uint16_t)(1024 + i);
		seg.tuple.dport = 443;
		seg.tuple.ip_version = 4;
		seg.flags = TCP_SYN;
		seg.ts = 1000 * SECOND;
		seg.frame = i + 1u;
		assert_int_equal(flow_table_segment(t, &seg), 0);
	}
	const struct flow_counts n = flow_table_counts(t);
	assert_in_range(n.flows, 700, 1023);
	assert_int_equal(n.evicted_syns, n_over);
	assert_int_equal(n.flows + n_over, 5000);
	flow_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_is_found_at_home),
		cmocka_unit_test(one_hash_may_have_several),
		cmocka_unit_test(it_agrees_with_a_list),
		cmocka_unit_test(an_index_that_cannot_grow_makes_room),
	};
	return cmocka_run_group_tests_name("flow/index", tests, NULL, NULL);
}
