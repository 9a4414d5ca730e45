/* Pools: objects of every size, slabs that are used again for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "capture_make.h"

#define BIG ((uint64_t)1 << 30)

static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 8;
}

static void each_size_gets_what_it_asked_for(void **state)
{
	(void)state;
	for (size_t size = 1; size <= POOL_OBJECT_MAX; size++) {
		const size_t given = pool_object_bytes(size);
		assert_true(given >= size);
		assert_int_equal(given % 8, 0);
		assert_true(given - size < 8 || (given - size) * 4 < given);
		assert_int_equal(pool_object_bytes(given), given);
	}
}

/* Objects full of their own number, taken and given at random. */
static void churn(uint64_t budget)
{
	enum { N = 3000, ROUNDS = 60000 };
	struct pool p;
	static unsigned char *object[N];
	static size_t size[N];
	uint32_t seed = 3;
	pool_init(&p, &alloc_default, budget);
	memset(object, 0, sizeof(object));
	for (int round = 0; round < ROUNDS; round++) {
		const uint32_t i = draw(&seed) % N;
		if (object[i]) {
			for (size_t k = 0; k < size[i]; k++)
				assert_int_equal(object[i][k], i % 251);
			pool_give(&p, object[i]);
			object[i] = NULL;
			continue;
		}
		size[i] = 1 + draw(&seed) % (draw(&seed) % 20 ? 600 : 9000);
		object[i] = pool_take(&p, size[i]);
		assert_non_null(object[i]);
		assert_int_equal((uintptr_t)object[i] % 8, 0);
		memset(object[i], (int)(i % 251), size[i]);
		const pool_ref ref = pool_ref_of(&p, object[i]);
		assert_int_not_equal(ref, 0);
		assert_ptr_equal(pool_at(&p, ref), object[i]);
	}
	for (uint32_t i = 0; i < N; i++)
		pool_give(&p, object[i]);
	assert_int_equal(p.live, 0);
	assert_int_equal(p.n_spare, p.n_slabs);
	assert_int_equal(p.n_lacking, 0);
	pool_fini(&p);
}

static void objects_keep_what_is_written_into_them(void **state)
{
	(void)state;
	churn(0);
	churn(BIG);
}

static void an_empty_slab_serves_another_size(void **state)
{
	(void)state;
	enum { N = 20000 };
	static void *object[N];
	struct pool p;
	pool_init(&p, &alloc_default, BIG);
	for (int i = 0; i < N; i++)
		object[i] = pool_take(&p, 96);
	const uint64_t taken = p.taken;
	for (int i = 0; i < N; i++)
		pool_give(&p, object[i]);
	for (int i = 0; i < N / 6; i++)
		assert_non_null(pool_take(&p, 512));
	assert_int_equal(p.taken, taken);
	assert_int_equal(p.live, (uint64_t)N / 6 * 512);
	pool_fini(&p);
}

static void slabs_are_counted_by_size(void **state)
{
	(void)state;
	struct pool p;
	pool_init(&p, &alloc_default, 1 << 30);
	const uint64_t slab = UINT64_C(1) << p.slab_bits;
	assert_int_equal(pool_bytes_for(&p, 512), 0);
	void *first = pool_take(&p, 512);
	assert_int_equal(pool_bytes_for(&p, 512), slab);
	for (uint64_t i = 0; i < slab / 512; i++)
		assert_non_null(pool_take(&p, 512));
	assert_int_equal(pool_bytes_for(&p, 512), 2 * slab);
	assert_int_equal(pool_bytes_for(&p, 64), 0);
	pool_give(&p, first);
	assert_int_equal(pool_bytes_for(&p, 512), 2 * slab);
	pool_fini(&p);
}

static void little_is_taken_beside_the_objects(void **state)
{
	(void)state;
	struct pool p;
	pool_init(&p, &alloc_default, BIG);
	for (int i = 0; i < 1000000; i++)
		assert_non_null(pool_take(&p, 72));
	assert_int_equal(p.live, 72000000);
	assert_true(p.taken < p.live + p.live / 10);
	pool_fini(&p);
}

static void sizes_without_an_object_left_are_counted(void **state)
{
	(void)state;
	struct pool p;
	pool_init(&p, &alloc_default, 0);
	void *last = NULL;
	void *first = pool_take(&p, POOL_OBJECT_MAX); /* one a slab */
	assert_int_equal(p.n_lacking, 1);
	last = pool_take(&p, POOL_OBJECT_MAX);
	assert_int_equal(p.n_lacking, 1);
	pool_give(&p, first);
	assert_int_equal(p.n_lacking, 1); /* its slab is spare again */
	pool_give(&p, last);
	assert_int_equal(p.n_lacking, 0);
	assert_int_equal(p.n_spare, p.n_slabs);
	pool_fini(&p);
}

static void no_memory_is_no_object(void **state)
{
	(void)state;
	for (size_t i = 1; i <= 4; i++) {
		struct failing failing;
		struct pool p;
		failing_init(&failing, i);
		pool_init(&p, &failing.alloc, 0);
		unsigned n = 0;
		while (pool_take(&p, 1000))
			n++;
		assert_true(i > 2 ? n > 40 : n == 0);
		pool_give(&p, NULL);
		pool_fini(&p);
		assert_int_equal(failing.n_live, 0);
	}
}

/* Fill a pool that already has so many slabs as leave `left` without a name,
 * and say how many objects it had. */
static unsigned fill_near_the_end(uint64_t budget, uint32_t left)
{
	struct pool p;
	unsigned n = 0;
	pool_init(&p, &alloc_default, budget);
	assert_non_null(pool_take(&p, POOL_OBJECT_MAX)); /* a first chunk */
	const uint32_t first = p.n_slabs;
	p.n_slabs = (uint32_t)(POOL_BYTES_MAX >> p.slab_bits) - left;
	while (n < 1000 && pool_take(&p, POOL_OBJECT_MAX))
		n++;
	assert_int_equal(p.n_slabs + left, POOL_BYTES_MAX >> p.slab_bits);
	assert_false(pool_has(&p, POOL_OBJECT_MAX));
	p.n_slabs = first;
	pool_fini(&p);
	return n;
}

static void what_cannot_be_named_is_not_given(void **state)
{
	(void)state;
	/* 15 slabs of four, or 3 slabs of one, without the first. */
	assert_int_equal(fill_near_the_end(BIG, 14), 59);
	assert_int_equal(fill_near_the_end(0, 2), 2);
	assert_int_equal(fill_near_the_end(0, 0), 2);
}

static void the_last_name_is_of_the_last_slab(void **state)
{
	(void)state;
	struct pool p;
	pool_init(&p, &alloc_default, BIG);
	void *object = pool_take(&p, POOL_OBJECT_MAX);
	const pool_ref place =
		pool_ref_of(&p, object) % (1u << (p.slab_bits - 3));
	const uint32_t last = (uint32_t)(POOL_BYTES_MAX >> p.slab_bits) - 1;
	const uint64_t ref = (uint64_t)last << (p.slab_bits - 3) | place;
	assert_true(ref <= UINT32_MAX);
	assert_true(ref + (1u << (p.slab_bits - 3)) > UINT32_MAX);
	pool_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_size_gets_what_it_asked_for),
		cmocka_unit_test(objects_keep_what_is_written_into_them),
		cmocka_unit_test(an_empty_slab_serves_another_size),
		cmocka_unit_test(slabs_are_counted_by_size),
		cmocka_unit_test(little_is_taken_beside_the_objects),
		cmocka_unit_test(sizes_without_an_object_left_are_counted),
		cmocka_unit_test(no_memory_is_no_object),
		cmocka_unit_test(what_cannot_be_named_is_not_given),
		cmocka_unit_test(the_last_name_is_of_the_last_slab),
	};
	return cmocka_run_group_tests_name("base/pool", tests, NULL, NULL);
}
