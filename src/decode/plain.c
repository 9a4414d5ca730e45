/* The plain way of decoding: one look at three headers of fixed places. */
#include "decode/plain.h"

#include "decode/ip.h"
#include "decode/link.h"
#include "decode/tcp_header.h"
#include "decode/tcp_options.h"

enum {
	LINKTYPE_ETHERNET = 1,
	ETHERNET_HEADER = 14,
	VERSION_4_NO_OPTIONS = 0x45, /* RFC 791 section 3.1: a header of 20 */
};

#define HEADERS (ETHERNET_HEADER + IPV4_HEADER_MIN + TCP_HEADER_MIN)

bool plain_read(const struct tcpclose_packet *pkt, struct segment *seg)
{
	struct cursor rest = cursor_of(pkt->bytes, pkt->caplen);
	const uint8_t *frame = cursor_take(&rest, HEADERS);
	if (!frame || pkt->link_type != LINKTYPE_ETHERNET)
		return false;
	const uint8_t *ip = frame + ETHERNET_HEADER;
	const uint8_t *tcp = ip + IPV4_HEADER_MIN;
	if (be16(frame + 12) != ETHER_TYPE_IPV4 ||
	    ip[0] != VERSION_4_NO_OPTIONS || ip[9] != IP_TCP ||
	    be16(ip + 6) & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET))
		return false;

	/* With all of the TCP header here and within what IP says, no length
	 * is left that could be wrong: the payload is never looked at. */
	const size_t len = tcp_header_len(tcp);
	const size_t total_len = be16(ip + 2);
	if (len < TCP_HEADER_MIN || total_len < IPV4_HEADER_MIN + len)
		return false;
	const uint8_t *options = cursor_take(&rest, len - TCP_HEADER_MIN);
	if (!options)
		return false;
	ipv4_fill(seg, ip);
	tcp_header_fill(seg, tcp);
	seg->payload_len = (uint32_t)(total_len - IPV4_HEADER_MIN - len);
	tcp_options_read(cursor_of(options, len - TCP_HEADER_MIN), false, seg);
	return true;
}
