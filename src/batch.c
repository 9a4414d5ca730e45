#include "batch.h"

#include <assert.h>

static void add(struct batch *b, int64_t ts, bool is_tcp)
{
	b->packet[b->n++] = (struct batch_packet){ ts, is_tcp };
	b->n_segments += is_tcp;
}

enum decode_verdict batch_add(struct batch *b,
                              const struct tcpclose_packet *pkt,
                              const struct decode_options *options)
{
	assert(b->n < BATCH_MAX);
	struct segment *seg = &b->seg[b->n_segments];
	const enum decode_verdict verdict = decode_packet(pkt, options, seg);
	/* Where a fragment's FIN stands in sequence space, no one can tell. */
	if (verdict == DECODE_TCP && !seg->is_fragment) {
		add(b, pkt->ts, true);
		return DECODE_TCP;
	}
	add(b, pkt->ts, false);
	return verdict == DECODE_TCP ? DECODE_FRAGMENT : verdict;
}

void batch_add_segment(struct batch *b, const struct segment *seg)
{
	assert(b->n < BATCH_MAX);
	b->seg[b->n_segments] = *seg;
	add(b, seg->ts, true);
}
