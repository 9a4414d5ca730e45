#include "segment_random.h"

#include <string.h>

#include "packet_random.h"

#define MS INT64_C(1000000)

static struct tcp_seq near(uint64_t *dice, struct tcp_seq base, int64_t at)
{
	if (random_below(dice, 40) == 0)
		return (struct tcp_seq){ random_below(dice, UINT32_MAX) };
	return seq_wrap(at + (int64_t)random_below(dice, 5) - 2, base);
}

static uint8_t flags_of(uint64_t *dice)
{
	/* clang-format off */
	static const uint8_t usual[] = {
		TCP_ACK, TCP_ACK, TCP_ACK, TCP_ACK | TCP_PSH,
		TCP_FIN | TCP_ACK, TCP_FIN | TCP_ACK, TCP_SYN,
		TCP_SYN | TCP_ACK, TCP_RST, TCP_RST | TCP_ACK,
	};
	/* clang-format on */
	return random_below(dice, 50) == 0
	               ? (uint8_t)random_below(dice, 256)
	               : usual[random_below(dice, sizeof(usual))];
}

static void put_options(uint64_t *dice, const struct conn *c, unsigned to,
                        struct segment *seg)
{
	if (random_below(dice, 4) > 0) {
		seg->options |= OPTION_TIMESTAMP;
		seg->tsval.wire =
			(uint32_t)(seg->ts / MS) - random_below(dice, 3);
		seg->tsecr.wire =
			(uint32_t)(seg->ts / MS) - random_below(dice, 30);
	}
	if (segment_has(seg, TCP_SYN) && random_below(dice, 2)) {
		seg->options |= OPTION_WSCALE | OPTION_SACK_PERMITTED;
		seg->wscale = (uint8_t)random_below(dice, 15);
	}
	for (seg->n_sacks = 0; seg->n_sacks < random_below(dice, 3);
	     seg->n_sacks++) {
		const struct end *y = &c->end[to];
		struct sack_block *block = &seg->sack[seg->n_sacks];
		block->left = near(dice, y->iss, y->snd_una);
		block->right = near(dice, y->iss, y->snd_nxt);
	}
}

void segment_random(uint64_t *dice, const struct conn *c, unsigned from,
                    int64_t ts, struct segment *seg)
{
	const struct end *x = &c->end[from], *y = &c->end[!from];
	memset(seg, 0, sizeof(*seg));
	seg->ts = ts;
	seg->frame = 1;
	seg->flags = flags_of(dice);
	seg->seq = near(dice, x->iss,
	                random_below(dice, 3) ? x->snd_nxt : x->snd_una);
	seg->ack = near(dice, y->iss,
	                random_below(dice, 3) ? y->snd_nxt : y->snd_una);
	seg->payload_len = random_below(dice, 3) ? 0 : random_below(dice, 4);
	seg->window = (uint16_t)(random_below(dice, 5) ? 500 : 0);
	seg->ttl = (uint8_t)(random_below(dice, 20) ? 64 : 50);
	seg->has_ip_id = true;
	seg->ip_id = (uint16_t)random_below(dice, 65536);
	put_options(dice, c, !from, seg);
}
