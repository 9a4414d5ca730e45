#include "batch.h"

#include <assert.h>

static void add(struct batch *b, int64_t ts, uint32_t len,
                enum decode_verdict verdict)
{
	b->packet[b->n++] = (struct batch_packet){ ts, len, verdict };
	if (verdict == DECODE_TCP)
		b->n_segments++;
}

void batch_add(struct batch *b, const struct tcpclose_packet *pkt,
               const struct decode_options *options)
{
	assert(b->n < BATCH_MAX);
	struct segment *seg = &b->seg[b->n_segments];
	enum decode_verdict verdict = decode_packet(pkt, options, seg);
	/* Where its FIN stands in sequence space, no one can tell. */
	if (verdict == DECODE_TCP && seg->is_fragment)
		verdict = DECODE_FRAGMENT;
	add(b, pkt->ts, pkt->len, verdict);
}

void batch_add_segment(struct batch *b, const struct segment *seg)
{
	assert(b->n < BATCH_MAX);
	b->seg[b->n_segments] = *seg;
	add(b, seg->ts, 0, DECODE_TCP);
}
