/* Packets against an unreadable page. */
#include "packet_fence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fence_init(struct fence *f)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	assert_true(page >= SAMPLE_MAX);
	f->size = 2 * page;
	f->map = mmap(NULL, f->size, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(f->map, MAP_FAILED);
	assert_int_equal(mprotect(f->map + page, page, PROT_NONE), 0);
	f->end = f->map + page;
}

void fence_fini(struct fence *f)
{
	munmap(f->map, f->size);
}

struct tcpclose_packet fence_packet(const struct fence *f,
                                    const struct sample *s, size_t caplen,
                                    size_t len)
{
	struct tcpclose_packet pkt =
		packet_of(f->end - caplen, len, s->link_type);
	pkt.caplen = (uint32_t)caplen;
	memcpy(f->end - caplen, s->bytes, caplen);
	return pkt;
}

enum decode_verdict fence_decode(const struct fence *f, const struct sample *s,
                                 size_t caplen, size_t len, struct segment *seg)
{
	const struct decode_options verify = { CHECKSUM_VERIFY, false };
	const struct tcpclose_packet pkt = fence_packet(f, s, caplen, len);
	return decode_packet(&pkt, &verify, seg);
}

static void expect_no_lie(const struct segment *cut,
                          const struct segment *whole)
{
	assert_memory_equal(&cut->tuple, &whole->tuple, sizeof(cut->tuple));
	assert_int_equal(cut->payload_len, whole->payload_len);
	assert_int_equal(cut->seq.wire, whole->seq.wire);
	assert_int_equal(cut->ack.wire, whole->ack.wire);
	assert_int_equal(cut->flags, whole->flags);
	assert_true(cut->options_cut || cut->options == whole->options);
}

void fence_expect_prefixes(const struct fence *f, const struct sample *s)
{
	struct segment whole, cut;
	fence_decode(f, s, s->size, s->size, &whole);
	bool has_header = false;
	for (size_t n = 0; n < s->size; n++) {
		const enum decode_verdict verdict =
			fence_decode(f, s, n, s->size, &cut);
		if (!has_header && verdict == DECODE_TRUNCATED)
			continue;
		assert_int_equal(verdict, DECODE_TCP);
		has_header = true;
		expect_no_lie(&cut, &whole);
	}
}
