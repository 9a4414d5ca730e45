/* Connections that span sources, as users of the library see them: each frame
 * with the name of its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "capture/capture.h"
#include "detect/detector.h"
#include "packet_sample.h"
#include "tcpclose/tcpclose.h"

#define SECOND INT64_C(1000000000)
#define LIST   8

/* What a record of the kind that is awaited says. */
struct heard {
	const char *type, *finding; /* NULL: not a finding */
	const char *detail;         /* path of a frame in it, or NULL */
	const char *but;            /* the source that is passed over */
	unsigned n;
	char source[64], filter[160], own_source[64], last_source[64];
	int64_t own, first, last;
	unsigned n_frames, n_sources;
	int64_t frame[LIST];
	char frame_source[LIST][64];
};

static void take_frames(struct heard *heard, const struct tcpclose_record *r)
{
	while (tcpclose_record_integer_at(r, "frames", heard->n_frames,
	                                  &heard->frame[heard->n_frames]))
		heard->n_frames++;
	while (tcpclose_record_text_at(r, "frame_sources", heard->n_sources,
	                               heard->frame_source[heard->n_sources],
	                               64))
		heard->n_sources++;
}

static int hear(void *ctx, const struct tcpclose_record *r)
{
	struct heard *heard = ctx;
	char name[64] = "", path[96];
	tcpclose_record_text(r, "finding", name, sizeof(name));
	if (strcmp(tcpclose_record_type(r), heard->type) != 0 ||
	    (heard->finding && strcmp(name, heard->finding) != 0))
		return TCPCLOSE_OK;
	tcpclose_record_text(r, "source", name, sizeof(name));
	if (heard->but && strcmp(name, heard->but) == 0)
		return TCPCLOSE_OK;
	heard->n++;
	heard->n_frames = heard->n_sources = 0;
	tcpclose_record_text(r, "source", heard->source, 64);
	tcpclose_record_text(r, "filter", heard->filter, 160);
	tcpclose_record_integer(r, "first_frame", &heard->first);
	tcpclose_record_integer(r, "last_frame", &heard->last);
	tcpclose_record_text(r, "last_frame_source", heard->last_source, 64);
	if (heard->detail) {
		tcpclose_record_integer(r, heard->detail, &heard->own);
		snprintf(path, sizeof(path), "%s_source", heard->detail);
		tcpclose_record_text(r, path, heard->own_source, 64);
	}
	take_frames(heard, r);
	return TCPCLOSE_OK;
}

static struct tcpclose *listen(struct heard *heard)
{
	const struct tcpclose_callbacks callbacks = { heard, hear };
	struct tcpclose *t = tcpclose_new(NULL, &callbacks, NULL, NULL);
	assert_non_null(t);
	return t;
}

static void finish(struct tcpclose *t)
{
	assert_int_equal(tcpclose_finish(t), TCPCLOSE_OK);
	tcpclose_free(t);
}

/* The packets of a capture, those behind the first `at` of the next source,
 * where they are counted from 1 again. */
static void show_cut(struct tcpclose *t, const char *path, uint64_t at,
                     uint32_t first_source)
{
	struct capture *capture;
	struct tcpclose_packet pkt;
	assert_int_equal(
		capture_open(&capture, &path, 1, NULL, &alloc_default, NULL),
		TCPCLOSE_OK);
	while (capture_next(capture, &pkt, NULL) > 0) {
		const bool is_second = pkt.frame > at;
		pkt.source = first_source + is_second;
		pkt.frame -= is_second ? at : 0;
		assert_int_equal(tcpclose_observe(t, &pkt), TCPCLOSE_OK);
	}
	capture_close(capture);
}

static void run(struct heard *heard, const char *path, uint64_t at)
{
	struct tcpclose *t = listen(heard);
	/* A frame of the first would be its number alone. */
	assert_int_equal(tcpclose_add_source(t, "idle.pcap"), 0);
	assert_int_equal(tcpclose_add_source(t, "a.pcap"), 1);
	assert_int_equal(tcpclose_add_source(t, "b.pcap"), 2);
	show_cut(t, path, at, 1);
	finish(t);
	assert_int_equal(heard->n, 1);
}

/* "3 a.pcap, 1 b.pcap", or "3, 4" where all are of the record's source. */
static void expect_frames(const struct heard *heard, const char *expected)
{
	char all[512] = "";
	size_t n = 0;
	for (unsigned i = 0; i < heard->n_frames; i++) {
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%lld",
		                      i ? ", " : "",
		                      (long long)heard->frame[i]);
		if (i < heard->n_sources)
			n += (size_t)snprintf(all + n, sizeof(all) - n, " %s",
			                      heard->frame_source[i]);
	}
	assert_string_equal(all, expected);
	assert_true(heard->n_sources == 0 ||
	            heard->n_sources == heard->n_frames);
}

/* The FIN is 10, its ACK 11, its copy 12, and the ACK of that 13. */
#define TROUBLE "testdata/last_ack_lost_behind.pcap"

static void a_finding_names_the_file_of_each_frame(void **state)
{
	(void)state;
	struct heard heard = { .type = "tcp_finding",
		               .finding = "lost_final_ack",
		               .detail = "lost_final_ack.ack_frame" };
	run(&heard, TROUBLE, 11);
	assert_string_equal(heard.source, "a.pcap");
	expect_frames(&heard, "10 a.pcap, 11 a.pcap, 1 b.pcap, 2 b.pcap");
	assert_int_equal(heard.own, 11);
	assert_string_equal(heard.own_source, "");
	assert_null(strstr(heard.filter, "frame.number"));
}

static void a_frame_of_its_own_has_its_file_beside_it(void **state)
{
	(void)state;
	struct heard heard = { .type = "tcp_finding",
		               .finding = "lost_final_ack",
		               .detail = "lost_final_ack.ack_frame" };
	run(&heard, TROUBLE, 10);
	expect_frames(&heard, "10 a.pcap, 1 b.pcap, 2 b.pcap, 3 b.pcap");
	assert_int_equal(heard.own, 1);
	assert_string_equal(heard.own_source, "b.pcap");

	struct heard copies = { .type = "tcp_finding",
		                .finding = "fin_retransmission",
		                .detail =
		                        "fin_retransmission.first_fin_frame" };
	run(&copies, TROUBLE, 5);
	expect_frames(&copies, "5 b.pcap, 6 b.pcap, 7 b.pcap, 8 b.pcap");
	assert_int_equal(copies.own, 5);
	assert_string_equal(copies.own_source, "b.pcap");
}

static void of_one_file_only_the_record_names_it(void **state)
{
	(void)state;
	struct heard heard = { .type = "tcp_finding",
		               .finding = "lost_final_ack",
		               .detail = "lost_final_ack.ack_frame" };
	run(&heard, TROUBLE, 1000);
	expect_frames(&heard, "10, 11, 12, 13");
	assert_string_equal(heard.own_source, "");
	assert_string_equal(heard.filter, "frame.number in {10, 11, 12, 13}");

	struct heard closed = { .type = "tcp_close" };
	run(&closed, TROUBLE, 1000);
	assert_int_equal(closed.last, 13);
	assert_string_equal(closed.last_source, "");
}

static void a_close_names_the_file_that_it_ended_in(void **state)
{
	(void)state;
	struct heard heard = { .type = "tcp_close" };
	run(&heard, TROUBLE, 11);
	assert_string_equal(heard.source, "a.pcap");
	assert_int_equal(heard.first, 1);
	assert_int_equal(heard.last, 2);
	assert_string_equal(heard.last_source, "b.pcap");
}

/* Packet 11 ended the life before, 12 is the SYN of the next. */
static void what_is_left_of_a_life_knows_its_file(void **state)
{
	(void)state;
	struct heard heard = { .type = "tcp_finding",
		               .finding = "tuple_reuse" };
	run(&heard, "testdata/reuse_client_time_wait.pcap", 11);
	assert_string_equal(heard.source, "b.pcap");
	expect_frames(&heard, "11 a.pcap, 1 b.pcap, 2 b.pcap");

	struct heard late = { .type = "tcp_finding", .finding = "stale_rst" };
	run(&late, "testdata/stale_rst_challenged.pcap", 16);
	expect_frames(&late, "16 a.pcap, 1 b.pcap");
}

/* ---- packets of our own -------------------------------------------------- */

static void show(struct tcpclose *t, struct segment seg, uint8_t flags,
                 int64_t ts, uint32_t source, uint64_t frame)
{
	seg.flags = flags;
	const struct sample s = sample_of(&seg, LINKTYPE_RAW);
	struct tcpclose_packet pkt = packet_of(s.bytes, s.size, LINKTYPE_RAW);
	pkt.ts = 1700000000 * SECOND + ts;
	pkt.source = source;
	pkt.frame = frame;
	assert_int_equal(tcpclose_observe(t, &pkt), TCPCLOSE_OK);
}

static struct segment answer_to(const struct segment *seg)
{
	struct segment back = *seg;
	back.tuple.src = seg->tuple.dst;
	back.tuple.dst = seg->tuple.src;
	back.tuple.sport = seg->tuple.dport;
	back.tuple.dport = seg->tuple.sport;
	back.seq = seg->ack;
	back.ack.wire = seg->seq.wire + 1;
	return back;
}

/* By then only the SYN is kept (flow/syn.h). */
static void a_syn_that_waited_long_is_of_its_file(void **state)
{
	(void)state;
	struct heard heard = { .type = "tcp_close", .but = "d" };
	struct tcpclose *t = listen(&heard);
	struct segment syn = example_ipv4(), other = example_ipv4();
	syn.payload_len = other.payload_len = 0;
	other.tuple.sport++;
	for (int i = 0; i < 4; i++)
		tcpclose_add_source(t,
		                    (const char *[]){ "a", "b", "c", "d" }[i]);
	show(t, syn, TCP_SYN, 0, 2, (UINT64_C(1) << 40) + 9);
	show(t, other, TCP_ACK, 5 * SECOND, 3, 1);
	show(t, answer_to(&syn), TCP_SYN | TCP_ACK, 6 * SECOND, 3, 2);
	show(t, answer_to(&syn), TCP_RST | TCP_ACK, 7 * SECOND, 1, 8);
	finish(t);
	assert_int_equal(heard.n, 1);
	assert_string_equal(heard.source, "c");
	assert_true(heard.first == (INT64_C(1) << 40) + 9);
	assert_int_equal(heard.last, 8);
	assert_string_equal(heard.last_source, "b");
}

/* More sources than a frame can tell apart: the file in which it began is known
 * all the same. */
static void of_sources_beyond_all_only_the_first_is_known(void **state)
{
	(void)state;
	struct heard heard = { .type = "tcp_finding",
		               .finding = "lost_final_ack" };
	struct tcpclose *t = listen(&heard);
	for (unsigned i = 0; i < 65600; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%u", i);
		assert_int_equal(tcpclose_add_source(t, name), i);
	}
	show_cut(t, TROUBLE, 11, 65534);
	finish(t);
	assert_string_equal(heard.source, "65534");
	expect_frames(&heard, "10 65534, 11 65534, 1 unknown, 2 unknown");

	struct heard closed = { .type = "tcp_close" };
	t = listen(&closed);
	show_cut(t, TROUBLE, 11, 70000);
	finish(t);
	assert_string_equal(closed.source, "packets");
	assert_int_equal(closed.first, 1);
	assert_string_equal(closed.last_source, "unknown");
}

/* sources_name_frames() writes it there. */
static void a_frame_in_a_findings_object_has_room_for_its_file(void **state)
{
	(void)state;
	unsigned n = 0;
	const struct finding_kind *kind;
	for (size_t i = 0; (kind = finding_kind_at(i)); i++) {
		for (const struct field *f = kind->fields; f && f->name; f++) {
			if (f->type != FIELD_FRAME)
				continue;
			n++;
			assert_int_equal(f[1].type, FIELD_TEXT);
			assert_int_equal(f[1].offset - f->offset,
			                 offsetof(struct frame_named, source));
		}
	}
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finding_names_the_file_of_each_frame),
		cmocka_unit_test(a_frame_of_its_own_has_its_file_beside_it),
		cmocka_unit_test(of_one_file_only_the_record_names_it),
		cmocka_unit_test(a_close_names_the_file_that_it_ended_in),
		cmocka_unit_test(what_is_left_of_a_life_knows_its_file),
		cmocka_unit_test(a_syn_that_waited_long_is_of_its_file),
		cmocka_unit_test(of_sources_beyond_all_only_the_first_is_known),
		cmocka_unit_test(
			a_frame_in_a_findings_object_has_room_for_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
