/* Packed and unpacked a life is what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "capture_make.h"
#include "flow/flow.h"
#include "flow/pack.h"
#include "packet_random.h"

#define SECOND INT64_C(1000000000)
#define START  (1700000000 * SECOND)

/* Some bytes of a thing, with zeros between. */
static void scribble(uint64_t *dice, void *thing, size_t n)
{
	unsigned char *at = thing;
	const uint32_t density = 1 + random_below(dice, 9);
	memset(at, 0, n);
	for (size_t i = 0; i < n; i++) {
		if (random_below(dice, 10) < density)
			at[i] = (unsigned char)random_below(dice, 256);
	}
}

/* Any bytes will do: what they mean, packing does not ask. */
static void draw_life(uint64_t *dice, struct life *l, struct pool *pool)
{
	memset(l, 0, sizeof(*l));
	scribble(dice, &l->conn, sizeof(l->conn));
	scribble(dice, &l->book, sizeof(l->book));
	l->conn.source = 7; /* what models are for */
	l->conn.end[1].wnd = 64000;
	l->conn.last_ts = START;
	l->conn.n_letters =
		(uint8_t)random_below(dice, sizeof(l->conn.letters));
	l->conn.end[0].last_ts = l->conn.end[1].last_ts = START;
	l->conn.closing = NULL;
	l->conn.holes = NULL;
	if (random_below(dice, 3)) {
		l->conn.closing = pool_take(pool, sizeof(struct closing));
		scribble(dice, l->conn.closing, sizeof(struct closing));
	}
	if (random_below(dice, 3) == 0) {
		l->conn.holes = pool_take(pool, sizeof(struct holes));
		scribble(dice, l->conn.holes, sizeof(struct holes));
	}
	l->notes_size =
		1 + random_below(dice,
	                         random_below(dice, 4) ? 600 : PACK_NOTES_MAX);
	if (random_below(dice, 2)) { /* one of few shapes: it has a model */
		l->notes_size = random_below(dice, 2) * 64;
		l->conn.n_letters = 0;
	}
	if (l->notes_size > 0) {
		l->notes = pool_take(pool, l->notes_size);
		scribble(dice, l->notes, l->notes_size);
	}
}

static void expect_part(const void *was, const void *is, size_t n)
{
	assert_int_equal(was != NULL, is != NULL);
	if (was)
		assert_memory_equal(was, is, n);
}

static void expect_life(const struct life *was, const struct life *is)
{
	struct conn a = was->conn, b = is->conn;
	expect_part(a.closing, b.closing, sizeof(*a.closing));
	expect_part(a.holes, b.holes, sizeof(*a.holes));
	assert_int_equal(was->notes_size, is->notes_size);
	expect_part(was->notes, is->notes, was->notes_size);
	/* For which steps they are, only their owner can say again. */
	assert_int_equal(is->heeded, was->notes ? UINT32_MAX : 0);
	assert_memory_equal(&was->book, &is->book, sizeof(was->book));
	a.closing = b.closing = NULL;
	a.holes = b.holes = NULL;
	b.stream = a.stream; /* is kept elsewhere */
	assert_memory_equal(&a, &b, sizeof(a));
}

static void free_life(struct life *l, struct pool *pool)
{
	conn_fini(&l->conn, pool);
	pool_give(pool, l->notes);
}

static void any_life_comes_back_as_it_was(void **state)
{
	(void)state;
	uint64_t dice = 2017;
	struct pool pool;
	static uint8_t packed[PACK_MAX];
	static struct pack_models models;
	memset(&models, 0, sizeof(models));
	pool_init(&pool, &alloc_default, 1 << 30);
	for (int i = 0; i < 3000; i++) {
		struct life was, is;
		memset(&is, 0xaa, sizeof(is));
		draw_life(&dice, &was, &pool);
		assert_true(pack_fits(&was));
		const size_t n =
			pack_life(&models, &was, START, START + i % 3, packed);
		assert_true(n <= PACK_MAX);
		memset(packed + n, 0xee, PACK_MAX - n);
		assert_true(unpack_life(&models, packed, START + i % 3, &is,
		                        &pool));
		expect_life(&was, &is);
		free_life(&was, &pool);
		free_life(&is, &pool);
	}
	assert_int_equal(pool.live, 0);
	pool_fini(&pool);
}

static void without_memory_nothing_is_taken(void **state)
{
	(void)state;
	uint64_t dice = 4;
	struct pool pool, other;
	static uint8_t packed[PACK_MAX];
	static struct pack_models models;
	memset(&models, 0, sizeof(models));
	pool_init(&pool, &alloc_default, 1 << 30);
	for (size_t i = 1; i < 6; i++) {
		struct life was, is;
		struct failing failing;
		do {
			draw_life(&dice, &was, &pool);
		} while (!was.conn.closing || !was.conn.holes || !was.notes);
		pack_life(&models, &was, START, 0, packed);
		failing_init(&failing, i);
		pool_init(&other, &failing.alloc, 0);
		pool_take(&other, 8); /* the first slab of three */
		const bool done = unpack_life(&models, packed, 0, &is, &other);
		if (done)
			free_life(&is, &other);
		assert_true(done || failing.n_calls >= i);
		assert_true(other.live <= 8);
		pool_fini(&other);
		assert_int_equal(failing.n_live, 0);
	}
	pool_fini(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_life_comes_back_as_it_was),
		cmocka_unit_test(without_memory_nothing_is_taken),
	};
	return cmocka_run_group_tests_name("flow/pack", tests, NULL, NULL);
}
