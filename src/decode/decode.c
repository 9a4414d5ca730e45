/* Decoding a packet, from the outside to the inside. */
#include "decode/decode.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/frame.h"
#include "decode/checksum.h"
#include "decode/ip.h"
#include "decode/link.h"
#include "decode/plain.h"
#include "decode/tcp_header.h"

/* Members are zeroed by themselves: one memset of it all is a string
 * instruction to gcc 12, which cost a quarter of decoding. */
static void start(struct segment *seg, const struct tcpclose_packet *pkt)
{
	memset(&seg->tuple, 0, sizeof(seg->tuple));
	memset(&seg->seq, 0, sizeof(*seg) - offsetof(struct segment, seq));
	seg->ts = pkt->ts;
	seg->frame = frame_of(pkt->source, pkt->frame);
	seg->source = pkt->source;
}

static void forget_vlans(struct four_tuple *tuple)
{
	tuple->n_vlans = 0;
	memset(tuple->vlan, 0, sizeof(tuple->vlan));
}

static enum decode_verdict read_ip(int ether_type, struct rest *rest,
                                   struct segment *seg, bool *is_summable)
{
	switch (ether_type) {
	case ETHER_TYPE_IPV4:
		return ipv4_read(rest, seg, is_summable);
	case ETHER_TYPE_IPV6:
		return ipv6_read(rest, seg, is_summable);
	case LINK_CUT:
		return rest_blame(rest, DECODE_BAD_LINK);
	case LINK_TOO_DEEP:
		return DECODE_BAD_LINK;
	case LINK_UNKNOWN:
		return DECODE_UNKNOWN_LINK_TYPE;
	default:
		return DECODE_NOT_IP;
	}
}

/* The general way: whatever stands where. Kept out of decode_packet(), which
 * then has no array to guard and less to save: 20 instructions a packet. */
__attribute__((noinline)) static enum decode_verdict
read_layers(const struct tcpclose_packet *pkt,
            const struct decode_options *options, struct segment *seg)
{
	start(seg, pkt);
	struct rest rest = rest_of(pkt);
	const int link = link_read(pkt->link_type, &rest);
	const int ether_type = encap_read(link, &rest, &seg->tuple);
	if (options->ignore_vlan)
		forget_vlans(&seg->tuple);
	bool is_summable = false;
	enum decode_verdict verdict =
		read_ip(ether_type, &rest, seg, &is_summable);
	if (verdict != DECODE_TCP)
		return verdict;

	verdict = tcp_header_read(&rest, seg);
	if (verdict != DECODE_TCP || options->checksums == CHECKSUM_IGNORE)
		return verdict;
	if (!is_summable || rest.missing > 0)
		return verdict;
	seg->checksum_bad = !tcp_checksum_holds(&seg->tuple, rest.bytes);
	return seg->checksum_bad ? DECODE_BAD_CHECKSUM : DECODE_TCP;
}

enum decode_verdict decode_packet(const struct tcpclose_packet *pkt,
                                  const struct decode_options *options,
                                  struct segment *seg)
{
	if (options->checksums == CHECKSUM_IGNORE) {
		start(seg, pkt);
		if (plain_read(pkt, seg))
			return DECODE_TCP;
	}
	return read_layers(pkt, options, seg);
}

const char *decode_verdict_name(enum decode_verdict verdict)
{
	static const char *const names[N_DECODE_VERDICTS] = {
#define X(id, name, meaning) [DECODE_##id] = name,
#include "decode/verdicts.def"
#undef X
	};
	assert(verdict < N_DECODE_VERDICTS);
	return names[verdict];
}

const char *decode_verdict_meaning(enum decode_verdict verdict)
{
	static const char *const meanings[N_DECODE_VERDICTS] = {
#define X(id, name, meaning) [DECODE_##id] = meaning,
#include "decode/verdicts.def"
#undef X
	};
	assert(verdict < N_DECODE_VERDICTS);
	return meanings[verdict];
}
