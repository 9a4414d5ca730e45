/* A file that is replaced whole: what its readers see, and what stays when
 * it cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "write/sink_whole.h"

/* A folder of a test's own, and the file in it. */
struct place {
	char folder[64], file[96], beside[128], other[128];
	struct sink_whole whole;
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	*state = p;
	snprintf(p->folder, sizeof(p->folder), "%s",
	         "/tmp/tcpclose_whole_XXXXXX");
	if (!mkdtemp(p->folder))
		return -1;
	snprintf(p->file, sizeof(p->file), "%s/x.prom", p->folder);
	snprintf(p->beside, sizeof(p->beside), "%s%s", p->file,
	         SINK_WHOLE_SUFFIX);
	snprintf(p->other, sizeof(p->other), "%s/other", p->folder);
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	rmdir(p->beside);
	unlink(p->beside);
	unlink(p->file);
	unlink(p->other);
	const int status = rmdir(p->folder); /* nothing else may be there */
	free(p);
	return status;
}

static int write_to(struct place *p, const char *text,
                    struct tcpclose_error *err)
{
	const struct sink sink = sink_to_whole(&p->whole);
	assert_true(sink.replaces);
	return sink.write(sink.ctx, text, strlen(text), err);
}

static void expect_content(const char *file, const char *text)
{
	char found[64] = "";
	const int fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, found, sizeof(found) - 1) >= 0);
	close(fd);
	assert_string_equal(found, text);
}

static void put(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void a_reader_keeps_the_file_it_opened(void **state)
{
	struct place *p = *state;
	char found[64] = "";
	put(p->file, "yesterday\n");
	assert_int_equal(sink_whole_init(&p->whole, p->file, NULL), 0);
	expect_content(p->file, "yesterday\n");
	const int reader = open(p->file, O_RDONLY | O_CLOEXEC);
	assert_int_equal(write_to(p, "one\n", NULL), TCPCLOSE_OK);
	assert_int_equal(write_to(p, "two\n", NULL), TCPCLOSE_OK);
	assert_int_equal(read(reader, found, sizeof(found)), 10);
	assert_string_equal(found, "yesterday\n");
	close(reader);
	expect_content(p->file, "two\n");
	assert_int_not_equal(access(p->beside, F_OK), 0);
}

static void it_is_there_empty_until_the_first_write(void **state)
{
	struct place *p = *state;
	assert_int_equal(sink_whole_init(&p->whole, p->file, NULL), 0);
	expect_content(p->file, "");
}

static void all_may_read_it_whatever_the_umask(void **state)
{
	struct place *p = *state;
	struct stat st;
	const mode_t before = umask(077);
	assert_int_equal(sink_whole_init(&p->whole, p->file, NULL), 0);
	assert_int_equal(write_to(p, "one\n", NULL), TCPCLOSE_OK);
	umask(before);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void what_a_killed_run_left_is_removed(void **state)
{
	struct place *p = *state;
	put(p->beside, "half a li");
	assert_int_equal(sink_whole_init(&p->whole, p->file, NULL), 0);
	assert_int_not_equal(access(p->beside, F_OK), 0);
	put(p->beside, "half a li");
	assert_int_equal(write_to(p, "one\n", NULL), TCPCLOSE_OK);
	expect_content(p->file, "one\n");
}

/* In a folder that others may write to, a link may have been laid there. */
static void nothing_is_written_through_a_link_beside_it(void **state)
{
	struct place *p = *state;
	put(p->other, "precious\n");
	assert_int_equal(symlink("other", p->beside), 0);
	assert_int_equal(sink_whole_init(&p->whole, p->file, NULL), 0);
	assert_int_equal(write_to(p, "one\n", NULL), TCPCLOSE_OK);
	expect_content(p->other, "precious\n");
	expect_content(p->file, "one\n");
}

static void a_link_stays_and_its_target_is_replaced(void **state)
{
	struct place *p = *state;
	struct stat st;
	put(p->other, "old\n");
	assert_int_equal(symlink("other", p->file), 0);
	assert_int_equal(sink_whole_init(&p->whole, p->file, NULL), 0);
	assert_int_equal(write_to(p, "new\n", NULL), TCPCLOSE_OK);
	assert_int_equal(lstat(p->file, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	expect_content(p->other, "new\n");
}

static void what_was_there_stays_when_it_cannot_be_replaced(void **state)
{
	struct place *p = *state;
	struct tcpclose_error err = { 0 };
	assert_int_equal(sink_whole_init(&p->whole, p->file, NULL), 0);
	assert_int_equal(write_to(p, "one\n", NULL), TCPCLOSE_OK);
	assert_int_equal(mkdir(p->beside, 0700), 0);
	assert_int_equal(write_to(p, "two\n", &err), TCPCLOSE_EIO);
	assert_string_equal(err.file, p->file);
	assert_non_null(strstr(err.text, "beside"));
	expect_content(p->file, "one\n");
	assert_int_equal(rmdir(p->beside), 0);
	assert_int_equal(write_to(p, "three\n", NULL), TCPCLOSE_OK);
	expect_content(p->file, "three\n");
}

static void a_folder_that_is_not_there_is_told_at_once(void **state)
{
	struct place *p = *state;
	struct tcpclose_error err = { 0 };
	assert_int_equal(sink_whole_init(&p->whole, "/nowhere/x.prom", &err),
	                 TCPCLOSE_EIO);
	assert_string_equal(err.file, "/nowhere/x.prom");
	assert_non_null(strstr(err.text, "No such file"));
}

static void a_name_beyond_all_paths_is_refused(void **state)
{
	struct place *p = *state;
	struct tcpclose_error err = { 0 };
	char *name = calloc(PATH_MAX + 10, 1);
	memset(name, 'x', PATH_MAX + 5);
	assert_int_equal(sink_whole_init(&p->whole, name, &err), TCPCLOSE_EIO);
	assert_non_null(strstr(err.text, "too long"));
	free(name);
}

#define IN_A_PLACE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_PLACE(a_reader_keeps_the_file_it_opened),
		IN_A_PLACE(it_is_there_empty_until_the_first_write),
		IN_A_PLACE(all_may_read_it_whatever_the_umask),
		IN_A_PLACE(what_a_killed_run_left_is_removed),
		IN_A_PLACE(nothing_is_written_through_a_link_beside_it),
		IN_A_PLACE(a_link_stays_and_its_target_is_replaced),
		IN_A_PLACE(what_was_there_stays_when_it_cannot_be_replaced),
		IN_A_PLACE(a_folder_that_is_not_there_is_told_at_once),
		IN_A_PLACE(a_name_beyond_all_paths_is_refused),
	};
	return cmocka_run_group_tests_name("sink_whole", tests, NULL, NULL);
}
