/* Capture filters in libpcap's language, whatever the link type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "capture/filter.h"
#include "capture_make.h"

/* A packet from this port to 80, its bytes put in place of those made. */
static void put_tcp(struct made *m, uint32_t interface, uint32_t link,
                    uint16_t sport)
{
	enum { BEFORE_PACKET = 28 };
	uint8_t frame[64];
	const uint32_t n = (uint32_t)made_tcp(frame, link, sport);
	const size_t start = m->b.len;
	made_enhanced(m, interface, m->n_packets, n, n);
	memcpy(m->b.bytes + start + BEFORE_PACKET, frame, n);
}

/* Ethernet and raw IP in one file, which libpcap itself would refuse. */
static void make_mixed(struct made *m)
{
	made_init(m, ORDER_LITTLE);
	made_section(m, UINT64_MAX);
	made_interface(m, LINK_ETHERNET, 0, -1, 0);
	made_interface(m, LINK_RAW, 0, -1, 0);
	put_tcp(m, 0, LINK_ETHERNET, 1000);
	put_tcp(m, 1, LINK_RAW, 1000);
	put_tcp(m, 0, LINK_ETHERNET, 2000);
	put_tcp(m, 1, LINK_RAW, 2000);
}

static void see_mixed(struct seen *seen, struct scratch *s, const char *filter)
{
	struct made m;
	make_mixed(&m);
	const char *path = scratch_save(s, "a", &m);
	see(seen, &path, 1, filter, &alloc_default);
	made_fini(&m);
}

static void a_filter_works_on_every_link_type_of_a_file(void **state)
{
	struct seen seen;
	see_mixed(&seen, *state, "tcp src port 2000");
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.pkt[0].frame, 3);
	assert_int_equal(seen.pkt[0].link_type, LINK_ETHERNET);
	assert_int_equal(seen.pkt[1].frame, 4);
	assert_int_equal(seen.pkt[1].link_type, LINK_RAW);
	assert_int_equal(seen.source.packets, 4);

	see_mixed(&seen, *state, "host 192.0.2.1 and tcp[tcpflags] = 0x11");
	assert_int_equal(seen.n, 4);
	see_mixed(&seen, *state, "udp");
	assert_int_equal(seen.n, 0);
	assert_int_equal(seen.n_broken, 0);
	see_mixed(&seen, *state, "");
	assert_int_equal(seen.n, 4);
}

static void a_wrong_filter_is_told_at_once_in_libpcaps_words(void **state)
{
	struct seen seen;
	see_mixed(&seen, *state, "tcp prot 80");
	assert_int_equal(seen.opened, TCPCLOSE_EOPTION);
	assert_non_null(strstr(seen.err.text, "tcp prot 80"));
	assert_non_null(strstr(seen.err.text, "syntax error"));
}

static void a_filter_that_one_link_type_cannot_have_names_it(void **state)
{
	struct seen seen;
	see_mixed(&seen, *state, "ether host 02:00:00:00:00:01");
	assert_int_equal(seen.opened, TCPCLOSE_OK);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.broken, TCPCLOSE_EOPTION);
	assert_int_equal(seen.err.frame, 2);
	assert_non_null(strstr(seen.err.text, "101 (RAW)"));
}

/* `wlan` means nothing on Ethernet, but the file may be of another kind. */
static void a_filter_need_not_make_sense_on_ethernet(void **state)
{
	(void)state;
	struct filter *f;
	const uint8_t bytes[64] = { 0 };
	const struct tcpclose_packet pkt = {
		.bytes = bytes, .caplen = 64, .len = 64, .link_type = 105
	};
	assert_int_equal(filter_new(&f, "wlan addr4 02:00:00:00:00:01",
	                            &alloc_default, NULL),
	                 TCPCLOSE_OK);
	filter_prepare(f, 105);
	filter_prepare(f, LINK_ETHERNET);
	assert_int_equal(filter_match(f, &pkt, "x", NULL), 0);
	filter_free(f);
}

/* Filtering comes before merging, so a file's turn is its next packet that
 * passes; the rest of a rotation is filtered when its time comes. */
static void many_filtered_files_keep_their_order(void **state)
{
	struct scratch *s = *state;
	for (uint16_t i = 0; i < 20; i++) {
		struct made m;
		char name[3] = { 'f', (char)('a' + i), '\0' };
		made_init(&m, ORDER_LITTLE);
		made_section(&m, UINT64_MAX);
		made_interface(&m, LINK_RAW, 0, 0, 100 - i);
		put_tcp(&m, 0, LINK_RAW, 1);
		put_tcp(&m, 0, LINK_RAW, (uint16_t)(2 + i % 2));
		scratch_save(s, name, &m);
		made_fini(&m);
	}
	struct seen seen;
	const char *dir = s->dir;
	see(&seen, &dir, 1, "src port 3", &alloc_default);
	assert_int_equal(seen.n, 10);
	assert_int_equal(seen.n_broken, 0);
	for (size_t i = 1; i < seen.n; i++)
		assert_true(seen.pkt[i - 1].ts < seen.pkt[i].ts);
	assert_int_equal(seen.pkt[0].frame, 2);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_filter_works_on_every_link_type_of_a_file),
		TEST(a_wrong_filter_is_told_at_once_in_libpcaps_words),
		TEST(a_filter_that_one_link_type_cannot_have_names_it),
		TEST(a_filter_need_not_make_sense_on_ethernet),
		TEST(many_filtered_files_keep_their_order),
	};
	return cmocka_run_group_tests_name("capture filters", tests, NULL,
	                                   NULL);
}
