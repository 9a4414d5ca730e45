/* Decoding a packet, from the outside to the inside. */
#include "decode/decode.h"

#include <assert.h>
#include <string.h>

#include "decode/checksum.h"
#include "decode/ip.h"
#include "decode/link.h"
#include "decode/tcp_header.h"

static void start(struct segment *seg, const struct tcpclose_packet *pkt)
{
	memset(seg, 0, sizeof(*seg));
	seg->ts = pkt->ts;
	seg->frame = pkt->frame;
	seg->source = pkt->source;
}

/* Everything before IP; returns as link readers do. */
static int read_link(uint32_t link_type, bool ignore_vlan, struct rest *rest,
                     struct four_tuple *tuple)
{
	struct four_tuple unused = { 0 };
	const int ether_type = link_read(link_type, rest);
	return encap_read(ether_type, rest, ignore_vlan ? &unused : tuple);
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

enum decode_verdict decode_packet(const struct tcpclose_packet *pkt,
                                  const struct decode_options *options,
                                  struct segment *seg)
{
	start(seg, pkt);
	struct rest rest = rest_of(pkt);
	const int ether_type = read_link(pkt->link_type, options->ignore_vlan,
	                                 &rest, &seg->tuple);
	bool is_summable = false;
	enum decode_verdict verdict =
		read_ip(ether_type, &rest, seg, &is_summable);
	if (verdict != DECODE_TCP)
		return verdict;

	const struct rest whole = rest;
	verdict = tcp_header_read(&rest, seg);
	if (verdict != DECODE_TCP || options->checksums == CHECKSUM_IGNORE)
		return verdict;
	if (!is_summable || whole.missing > 0)
		return verdict;
	seg->checksum_bad = !tcp_checksum_holds(&seg->tuple, whole.bytes);
	return seg->checksum_bad ? DECODE_BAD_CHECKSUM : DECODE_TCP;
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
