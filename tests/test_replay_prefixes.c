/*
 * Captures cut off at any byte, through the program's own action: it ends
 * cleanly, judges every packet that is complete, and says what it could not
 * read with its exit status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture_cut.h"
#include "capture_make.h"
#include "cli/actions.h"
#include "cli/options.h"
#include "tcpclose/error.h"

struct paths {
	char capture[128], out[128];
};

/* What the program's main does, without what it says on standard error. */
static int run(const struct paths *paths)
{
	char out[160], capture[128];
	snprintf(out, sizeof(out), "ndjson:%s", paths->out);
	snprintf(capture, sizeof(capture), "%s", paths->capture);
	/* What this process gave up it would not get back. */
	char keep[] = "--no-sandbox";
	char name[] = "tcpclose", quiet[] = "-q", read[] = "-r", o[] = "-o";
	char *argv[] = { name, quiet, keep, read, capture, o, out, NULL };
	const struct kinds kinds = kinds_all();
	struct options options;
	struct tcpclose_error err = { 0 };
	options_init(&options);
	assert_int_equal(options_parse(&options, 7, argv, &kinds, &err), 0);
	const int code = act_analyze(&options, &kinds);
	options_fini(&options);
	return code;
}

/* Every line is an object; the last, statistics, counts the packets. */
static json_int_t packets_told(const char *path)
{
	char line[8192 + 1];
	json_int_t packets = -1;
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		assert_int_equal(line[strlen(line) - 1], '\n');
		json_t *record = json_loads(line, 0, NULL);
		assert_true(json_is_object(record));
		json_t *n = json_object_get(record, "packets");
		if (n)
			packets = json_integer_value(n);
		json_decref(record);
	}
	fclose(f);
	return packets;
}

/* Nothing can be said of a file whose header is cut. */
static void expect_prefix(const struct paths *paths, const struct cut *cut,
                          size_t size)
{
	assert_int_equal(truncate(paths->capture, (off_t)size), 0);
	const int code = run(paths);
	const size_t whole = cut_whole(cut, size);
	if (cut_is_clean(cut, size) || whole > 0)
		assert_int_equal(code, EXIT_DONE);
	if (whole > 0)
		assert_int_equal(packets_told(paths->out), whole);
	assert_in_range(code, EXIT_DONE, EXIT_NOT_ALL);
}

/* From the whole file down, so that one file serves all. */
static void expect_prefixes(struct scratch *s, const char *path, size_t every)
{
	struct cut cut;
	struct paths paths;
	cut_read(&cut, path);
	snprintf(paths.out, sizeof(paths.out), "%s", scratch_path(s, "out"));
	snprintf(paths.capture, sizeof(paths.capture), "%s",
	         scratch_write(s, "capture", cut.bytes, cut.size));
	for (size_t n = cut.size; n > every; n -= every)
		expect_prefix(&paths, &cut, n);
	cut_free(&cut);
}

/* Complaints about headers that are cut would fill the log. */
static int silence(void **state)
{
	return scratch_make(state) || !freopen("/dev/null", "w", stderr);
}

static void a_pcap_may_end_at_any_byte(void **state)
{
	expect_prefixes(*state, "testdata/last_ack_lost_behind.pcap", 1);
}

static void a_capture_of_ipv6_may_end_at_any_byte(void **state)
{
	expect_prefixes(*state, "testdata/zero_window_pin_released_v6.pcap", 3);
}

static void a_pcapng_may_end_at_any_byte(void **state)
{
	expect_prefixes(*state, "testdata/trouble.pcapng", 37);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pcap_may_end_at_any_byte),
		cmocka_unit_test(a_capture_of_ipv6_may_end_at_any_byte),
		cmocka_unit_test(a_pcapng_may_end_at_any_byte),
	};
	return cmocka_run_group_tests_name("prefixes", tests, silence,
	                                   scratch_remove);
}
