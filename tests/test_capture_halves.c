/* Captures are opened in two halves, between which a program may lose the
 * right to open them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "capture_make.h"

enum { FILES = 40 };

static const struct capture_options held = { .hold = true };

/* f000, f001, ...: one packet each, a second after another. */
static void save_files(struct scratch *s)
{
	for (uint32_t i = 0; i < FILES; i++) {
		char name[16];
		struct made m;
		snprintf(name, sizeof(name), "f%03u", i);
		made_init(&m, ORDER_LITTLE);
		made_pcap(&m, MAGIC_MICRO, 4, LINK_ETHERNET);
		made_packet(&m, MAGIC_MICRO, i, 0, 60);
		scratch_save(s, name, &m);
		made_fini(&m);
	}
}

static void remove_files(struct scratch *s)
{
	for (unsigned i = 0; i < FILES; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%03u", i);
		assert_int_equal(remove(scratch_path(s, name)), 0);
	}
}

static void expect_files(struct capture *c)
{
	struct tcpclose_packet pkt;
	assert_int_equal(capture_n_sources(c), FILES);
	for (int i = 0; i < FILES; i++) {
		assert_int_equal(capture_next(c, &pkt, NULL), 1);
		assert_int_equal(pkt.ts / 1000000000, i);
	}
	assert_int_equal(capture_next(c, &pkt, NULL), 0);
}

static size_t n_by_name(const struct capture *c)
{
	size_t n = 0, i = 0;
	while (capture_by_name(c, &i))
		n++;
	return n;
}

/* So many that most rest stopped until their packet is due. */
static void held_files_need_no_names(void **state)
{
	struct scratch *s = *state;
	struct capture *c;
	save_files(s);
	assert_int_equal(capture_new(&c, &held, &alloc_default, NULL), 0);
	assert_int_equal(capture_add(c, s->dir, NULL), 0);
	assert_int_equal(n_by_name(c), 0);
	remove_files(s);
	assert_int_equal(capture_begin(c, NULL), 0);
	expect_files(c);
	capture_close(c);
}

/* The process may open 150, and 128 are to spare. */
static void those_too_many_to_hold_are_opened_by_name(void **state)
{
	struct scratch *s = *state;
	struct capture *c;
	struct rlimit old, low;
	save_files(s);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = 150;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(capture_new(&c, &held, &alloc_default, NULL), 0);
	assert_int_equal(capture_add(c, s->dir, NULL), 0);
	assert_in_range(n_by_name(c), 1, FILES - 1);
	assert_int_equal(capture_begin(c, NULL), 0);
	expect_files(c);
	capture_close(c);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static void files_are_not_held_unasked(void **state)
{
	struct scratch *s = *state;
	struct capture *c;
	save_files(s);
	assert_int_equal(capture_new(&c, NULL, &alloc_default, NULL), 0);
	assert_int_equal(capture_add(c, s->dir, NULL), 0);
	assert_int_equal(n_by_name(c), FILES);
	capture_close(c); /* never begun */
}

static void one_that_is_no_capture_is_left_out(void **state)
{
	struct scratch *s = *state;
	struct capture *c;
	struct tcpclose_error err = { 0 };
	char bad[sizeof(s->path)];
	scratch_write(s, "bad", "no capture", 10);
	strcpy(bad, s->path);
	save_files(s);
	char good[sizeof(s->path)];
	strcpy(good, s->path);

	assert_int_equal(capture_new(&c, &held, &alloc_default, NULL), 0);
	assert_int_equal(capture_add(c, bad, NULL), 0);
	assert_int_equal(capture_add(c, good, NULL), 0);
	assert_int_equal(capture_begin(c, &err), TCPCLOSE_EFORMAT);
	assert_string_equal(err.file, bad);
	assert_int_equal(capture_begin(c, NULL), 0);
	assert_int_equal(capture_n_sources(c), 1);
	assert_string_equal(capture_source(c, 0)->name, good);
	capture_close(c);
}

static void one_that_cannot_be_opened_is_left_out(void **state)
{
	struct scratch *s = *state;
	struct capture *c;
	struct tcpclose_error err = { 0 };
	save_files(s);
	assert_int_equal(capture_new(&c, &held, &alloc_default, NULL), 0);
	assert_int_equal(capture_add(c, scratch_path(s, "nobody"), &err),
	                 TCPCLOSE_EIO);
	assert_string_equal(err.file, s->path);
	assert_int_equal(capture_add(c, s->dir, NULL), 0);
	assert_int_equal(capture_begin(c, NULL), 0);
	expect_files(c);
	capture_close(c);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(held_files_need_no_names),
		TEST(those_too_many_to_hold_are_opened_by_name),
		TEST(files_are_not_held_unasked),
		TEST(one_that_is_no_capture_is_left_out),
		TEST(one_that_cannot_be_opened_is_left_out),
	};
	return cmocka_run_group_tests_name("capture halves", tests, NULL, NULL);
}
