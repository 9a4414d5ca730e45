/* Many files as one time line, directories, standard input, and files that
 * are no captures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/alloc.h"
#include "capture/looks_like.h"
#include "capture/merge.h"
#include "capture_make.h"

/* A capture of packets at these seconds; ends with a negative one. */
static void save_times(struct scratch *s, const char *name, const int *sec)
{
	struct made m;
	made_init(&m, ORDER_LITTLE);
	made_pcap(&m, MAGIC_MICRO, 4, LINK_ETHERNET);
	for (; *sec >= 0; sec++)
		made_packet(&m, MAGIC_MICRO, (uint32_t)*sec, 0, 60);
	scratch_save(s, name, &m);
	made_fini(&m);
}

static void cut_file(const char *path, off_t size)
{
	assert_int_equal(truncate(path, size), 0);
}

struct three {
	char path[3][128];
	const char *list[3];
};

static const char *const *three_paths(struct scratch *s, struct three *three)
{
	static const char *const names[] = { "a", "b", "c" };
	for (int i = 0; i < 3; i++) {
		snprintf(three->path[i], sizeof(three->path[i]), "%s",
		         scratch_path(s, names[i]));
		three->list[i] = three->path[i];
	}
	return three->list;
}

static void save_three(struct scratch *s)
{
	save_times(s, "a", (const int[]){ 1, 4, 4, 9, -1 });
	save_times(s, "b", (const int[]){ 4, 5, 2, 9, 10, -1 });
	save_times(s, "c", (const int[]){ 0, 4, -1 });
}

static void expect_order(const struct seen *seen, const char *expected)
{
	char got[256] = "";
	for (size_t i = 0; i < seen->n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%c%d",
		         i ? " " : "", (char)('a' + seen->pkt[i].source),
		         (int)(seen->pkt[i].ts / 1000000000));
	assert_string_equal(got, expected);
}

/* Ties go in file order; b's step back from 5 to 2 stays where it is. */
static void files_are_one_time_line(void **state)
{
	struct three three;
	struct seen seen;
	save_three(*state);
	see(&seen, three_paths(*state, &three), 3, NULL, &alloc_default);
	expect_order(&seen, "c0 a1 a4 a4 b4 c4 b5 b2 a9 b9 b10");
	assert_int_equal(seen.n_sources, 3);
}

static void a_directory_stands_for_the_captures_in_it(void **state)
{
	struct scratch *s = *state;
	struct seen seen;
	const char *dir = s->dir;
	save_three(s);
	scratch_write(s, "aa-notes", "no capture", 10);
	scratch_write(s, "ab-empty", "", 0);
	mkdir(scratch_path(s, "ac-dir"), 0700);
	mkfifo(scratch_path(s, "ad-pipe"), 0600);
	see(&seen, &dir, 1, NULL, &alloc_default);
	assert_int_equal(seen.opened, TCPCLOSE_OK);
	expect_order(&seen, "c0 a1 a4 a4 b4 c4 b5 b2 a9 b9 b10");
	assert_int_equal(seen.n_sources, 3);
}

static void a_directory_without_captures_is_an_error(void **state)
{
	struct scratch *s = *state;
	struct seen seen;
	const char *dir = s->dir;
	scratch_write(s, "notes", "no capture", 10);
	see(&seen, &dir, 1, NULL, &alloc_default);
	assert_int_equal(seen.opened, TCPCLOSE_EFORMAT);
	assert_string_equal(seen.err.file, dir);
}

static void a_broken_capture_in_a_directory_costs_only_itself(void **state)
{
	struct scratch *s = *state;
	struct seen seen;
	const char *dir = s->dir;
	save_three(s);
	cut_file(scratch_path(s, "a"), 10);
	see(&seen, &dir, 1, NULL, &alloc_default);
	assert_int_equal(seen.opened, TCPCLOSE_OK);
	expect_order(&seen, "c0 b4 c4 b5 b2 b9 b10");
	assert_int_equal(seen.n_broken, 1);
	assert_int_equal(seen.broken, TCPCLOSE_EFORMAT);
	assert_non_null(strstr(seen.err.text, "inside its file header"));
}

static void a_broken_file_is_told_and_the_others_go_on(void **state)
{
	struct three three;
	struct seen seen;
	save_three(*state);
	/* a: two packets and a half; b: nothing but a damaged packet */
	cut_file(scratch_path(*state, "a"), 24 + 2 * 76 + 40);
	struct made m;
	made_init(&m, ORDER_LITTLE);
	made_pcap(&m, MAGIC_MICRO, 4, LINK_ETHERNET);
	made_pcap_record(&m, MAGIC_MICRO, 1, 0, 0xffffffff, 60, 60);
	scratch_save(*state, "b", &m);
	made_fini(&m);
	see(&seen, three_paths(*state, &three), 3, NULL, &alloc_default);
	expect_order(&seen, "c0 a1 a4 c4");
	assert_int_equal(seen.n_broken, 2);
	assert_int_equal(seen.broken, TCPCLOSE_ETRUNCATED);
	assert_string_equal(seen.err.file, three.path[0]);
	assert_int_equal(seen.err.frame, 3);
	assert_int_equal(seen.err.offset, 24 + 2 * 76);
}

static void empty_captures_do_not_disturb(void **state)
{
	struct three three;
	struct seen seen;
	save_three(*state);
	save_times(*state, "a", (const int[]){ -1 });
	see(&seen, three_paths(*state, &three), 3, NULL, &alloc_default);
	expect_order(&seen, "c0 b4 c4 b5 b2 b9 b10");
	assert_int_equal(seen.n_broken, 0);
}

static void a_missing_file_is_named(void **state)
{
	struct seen seen;
	see_file(&seen, scratch_path(*state, "nobody"));
	assert_int_equal(seen.opened, TCPCLOSE_EIO);
	assert_non_null(strstr(seen.err.file, "nobody"));
	assert_non_null(strstr(seen.err.text, "No such file"));
}

static size_t count_open_files(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static struct rlimit lower_limit(rlim_t files)
{
	struct rlimit old, low;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = files;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	return old;
}

static void pack_file(struct scratch *s, const char *name)
{
	char bytes[4096];
	FILE *from = fopen(scratch_path(s, name), "rb");
	assert_non_null(from);
	const size_t n = fread(bytes, 1, sizeof(bytes), from);
	fclose(from);
	gzFile to = gzopen(s->path, "wb");
	assert_non_null(to);
	assert_int_equal(gzwrite(to, bytes, (unsigned)n), (int)n);
	assert_int_equal(gzclose(to), Z_OK);
}

/* 200 files that all cover the same 200 x 3 seconds, a third of them packed,
 * for a process that may open 32: every one must be closed and opened again
 * many times, at the right place. */
static void more_files_than_may_be_open_are_read(void **state)
{
	enum { FILES = 200, ROUNDS = 3 };
	struct scratch *s = *state;
	for (int i = 0; i < FILES; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%03d", i);
		save_times(s, name,
		           (const int[]){ i, FILES + i, 2 * FILES + i, -1 });
		if (i % 3 == 0)
			pack_file(s, name);
	}
	const char *dir = s->dir;
	struct capture *c;
	struct tcpclose_packet pkt;
	const size_t open_before = count_open_files();
	const struct rlimit old = lower_limit(32);
	assert_int_equal(capture_open(&c, &dir, 1, NULL, &alloc_default, NULL),
	                 TCPCLOSE_OK);
	assert_int_equal(capture_n_sources(c), FILES);
	for (int i = 0; i < FILES * ROUNDS; i++) {
		assert_int_equal(capture_next(c, &pkt, NULL), 1);
		assert_int_equal(pkt.ts / 1000000000, i);
		assert_int_equal(pkt.source, i % FILES);
		assert_int_equal(pkt.frame, i / FILES + 1);
	}
	assert_int_equal(capture_next(c, &pkt, NULL), 0);
	for (size_t i = 0; i < FILES; i++)
		assert_int_equal(capture_source(c, i)->packets, ROUNDS);
	capture_close(c);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(count_open_files(), open_before);
}

/* Files of several buffers each are parked in mid-stream. */
static void a_parked_file_goes_on_where_it_stood(void **state)
{
	enum { FILES = 20, PACKETS = 40 };
	struct scratch *s = *state;
	for (int i = 0; i < FILES; i++) {
		char name[16];
		struct made m;
		snprintf(name, sizeof(name), "f%03d", i);
		made_init(&m, ORDER_BIG);
		made_pcap(&m, MAGIC_MICRO, 4, LINK_ETHERNET);
		for (int k = 0; k < PACKETS; k++)
			made_packet(&m, MAGIC_MICRO, (uint32_t)k, 0, 10000);
		scratch_save(s, name, &m);
		made_fini(&m);
	}
	const char *dir = s->dir;
	struct capture *c;
	struct tcpclose_packet pkt;
	const struct rlimit old = lower_limit(8);
	assert_int_equal(capture_open(&c, &dir, 1, NULL, &alloc_default, NULL),
	                 TCPCLOSE_OK);
	for (int i = 0; i < FILES * PACKETS; i++) {
		assert_int_equal(capture_next(c, &pkt, NULL), 1);
		assert_int_equal(pkt.source, i % FILES);
		assert_int_equal(pkt.bytes[9999],
		                 made_byte((size_t)(i / FILES), 9999));
	}
	assert_int_equal(capture_next(c, &pkt, NULL), 0);
	capture_close(c);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static void a_file_replaced_before_its_turn_is_told(void **state)
{
	enum { FILES = 20 };
	struct scratch *s = *state;
	char name[16];
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "f%03d", i);
		save_times(s, name, (const int[]){ 100 * i, -1 });
	}
	const char *dir = s->dir;
	struct capture *c;
	struct tcpclose_packet pkt;
	struct tcpclose_error err = { 0 };
	assert_int_equal(capture_open(&c, &dir, 1, NULL, &alloc_default, &err),
	                 TCPCLOSE_OK);
	remove(scratch_path(s, name));
	for (int i = 0; i < FILES - 1; i++)
		assert_int_equal(capture_next(c, &pkt, &err), 1);
	assert_int_equal(capture_next(c, &pkt, &err), TCPCLOSE_EIO);
	assert_string_equal(err.file, s->path);
	assert_int_equal(capture_next(c, &pkt, &err), 0);
	capture_close(c);
}

/* Run with the bytes of a file on standard input, through a pipe. */
static void see_through_pipe(struct seen *seen, const struct made *m)
{
	int ends[2];
	const char *path = "-";
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], m->b.bytes, m->b.len), m->b.len);
	close(ends[1]);
	const int old = dup(STDIN_FILENO);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	see(seen, &path, 1, NULL, &alloc_default);
	if (old >= 0) {
		dup2(old, STDIN_FILENO);
		close(old);
	}
}

static void standard_input_is_a_capture_too(void **state)
{
	(void)state;
	struct made m;
	struct seen seen;
	made_init(&m, ORDER_LITTLE);
	made_section(&m, UINT64_MAX);
	made_interface(&m, LINK_RAW, 0, -1, 0);
	made_enhanced(&m, 0, 5, 60, 60);
	see_through_pipe(&seen, &m);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.n_broken, 0);
	assert_int_equal(seen.source.bytes_total, 0);
	assert_int_equal(seen.source.bytes_read, m.b.len);
	made_fini(&m);
}

static void standard_input_can_be_read_only_once(void **state)
{
	(void)state;
	struct seen seen;
	see(&seen, (const char *const[]){ "-", "-" }, 2, NULL, &alloc_default);
	assert_int_equal(seen.opened, TCPCLOSE_EOPTION);
	see(&seen, NULL, 0, NULL, &alloc_default);
	assert_int_equal(seen.opened, TCPCLOSE_EOPTION);
}

static void a_file_that_is_no_capture_is_named(void **state)
{
#define CASE(bytes, word)                                                      \
	{                                                                      \
		bytes, sizeof(bytes) - 1, word                                 \
	}
	static const struct {
		const char *bytes;
		size_t n;
		const char *word;
	} cases[] = {
		CASE("", "empty"),
		CASE("12:00:00.1 IP a.1 > b.2: Flags [F.]\n", "text"),
		CASE("caf\xc3\xa9\n", "text"),
		CASE(" {\"a\": 1}", "JSON"),
		CASE("\n[1]", "JSON"),
		CASE("\x7f"
		     "ELF\2\1\1\0",
		     "ELF"),
		CASE("snoop\0\0\0\0\0\0\2", "editcap"),
		CASE("PK\3\4\24\0\0\0", "unpack it"),
		CASE("BZh91AY&SY\x01", "bzip2"),
		CASE("\0\0\0\0\0\0\0\0", "zero"),
		CASE("\0\0\0\0\x10\x20\x30\x65\2\4\0\x50\0\0\0\x40\0\0", "ERF"),
		CASE("\1\2\3", "unknown"),
	};
#undef CASE
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct seen seen;
		see_file(&seen, scratch_write(*state, "x", cases[i].bytes,
		                              cases[i].n));
		assert_int_equal(seen.opened, TCPCLOSE_EFORMAT);
		assert_non_null(strstr(seen.err.text, cases[i].word));
		assert_non_null(strstr(seen.err.file, "/x"));
	}
}

static void a_tar_archive_is_known_by_its_257th_byte(void **state)
{
	(void)state;
	uint8_t head[512] = "name\0\1";
	memcpy(head + 257, "ustar", 5);
	assert_string_equal(looks_like(cursor_of(head, 512)).what,
	                    "a tar archive");
	assert_string_equal(looks_like(cursor_of(head, 261)).what,
	                    "data of an unknown kind");
}

static void the_heap_gives_turns_in_order(void **state)
{
	(void)state;
	struct turn room[100];
	struct merge m = { room, 0 };
	unsigned seed = 3;
	for (uint32_t i = 0; i < 100; i++) {
		seed = seed * 1103515245u + 12345u;
		merge_add(&m, (struct turn){ (seed >> 16) % 40, i });
	}
	merge_replace(&m, (struct turn){ 20, m.turn[0].source });
	struct turn last = m.turn[0];
	for (size_t n = 100; n > 0; n--) {
		assert_int_equal(m.n, n);
		assert_false(turn_before(m.turn[0], last));
		last = m.turn[0];
		merge_drop(&m);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_one_time_line),
		TEST(a_directory_stands_for_the_captures_in_it),
		TEST(a_directory_without_captures_is_an_error),
		TEST(a_broken_capture_in_a_directory_costs_only_itself),
		TEST(a_broken_file_is_told_and_the_others_go_on),
		TEST(empty_captures_do_not_disturb),
		TEST(a_missing_file_is_named),
		TEST(more_files_than_may_be_open_are_read),
		TEST(a_parked_file_goes_on_where_it_stood),
		TEST(a_file_replaced_before_its_turn_is_told),
		cmocka_unit_test(standard_input_is_a_capture_too),
		cmocka_unit_test(standard_input_can_be_read_only_once),
		TEST(a_file_that_is_no_capture_is_named),
		cmocka_unit_test(a_tar_archive_is_known_by_its_257th_byte),
		cmocka_unit_test(the_heap_gives_turns_in_order),
	};
	return cmocka_run_group_tests_name("capture files", tests, NULL, NULL);
}
