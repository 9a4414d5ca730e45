/* The plain way of decoding: three headers at fixed places. */
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

/* The shortest that is plain. */
#define HEADERS (ETHERNET_HEADER + IPV4_HEADER_MIN + TCP_HEADER_MIN)

/* Neither options nor a fragment. Returns how long the TCP segment behind the
 * header is; 0 if there is none that is plain. */
static size_t plain_ipv4(const uint8_t *header, struct segment *seg)
{
	if (header[0] != VERSION_4_NO_OPTIONS || header[9] != IP_TCP ||
	    be16(header + 6) & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET))
		return 0;
	const size_t total_len = be16(header + 2);
	ipv4_fill(seg, header);
	return total_len > IPV4_HEADER_MIN ? total_len - IPV4_HEADER_MIN : 0;
}

/* Likewise; without an extension there is no fragment and no jumbo payload. */
static size_t plain_ipv6(const uint8_t *header, struct segment *seg)
{
	if (header[0] >> 4 != 6 || header[6] != IP_TCP)
		return 0;
	ipv6_fill(seg, header);
	return be16(header + 4);
}

/* With all of the header here and within what IP says, no length is left that
 * could be wrong: the payload is never looked at. */
static bool plain_tcp(const uint8_t *header, struct cursor rest, size_t len,
                      struct segment *seg)
{
	const size_t header_len = tcp_header_len(header);
	if (header_len < TCP_HEADER_MIN || header_len > len)
		return false;
	const size_t options_len = header_len - TCP_HEADER_MIN;
	if (cursor_left(&rest) < options_len)
		return false;
	tcp_header_fill(seg, header);
	seg->payload_len = (uint32_t)(len - header_len);
	struct cursor options = cursor_of(rest.at, options_len);
	tcp_timestamp_take(&options, seg);
	if (cursor_left(&options) > 0)
		tcp_options_read(options, false, seg);
	return true;
}

bool plain_read(const struct tcpclose_packet *pkt, struct segment *seg)
{
	struct cursor rest = cursor_of(pkt->bytes, pkt->caplen);
	const uint8_t *frame = cursor_take(&rest, HEADERS);
	if (!frame || pkt->link_type != LINKTYPE_ETHERNET)
		return false;
	const uint8_t *ip = frame + ETHERNET_HEADER;
	const uint8_t *tcp = ip + IPV4_HEADER_MIN;
	size_t len = 0;
	switch (be16(frame + 12)) {
	case ETHER_TYPE_IPV4:
		len = plain_ipv4(ip, seg);
		break;
	case ETHER_TYPE_IPV6:
		if (!cursor_take(&rest, IPV6_HEADER - IPV4_HEADER_MIN))
			return false;
		len = plain_ipv6(ip, seg);
		tcp = ip + IPV6_HEADER;
		break;
	default:
		return false;
	}
	return plain_tcp(tcp, rest, len, seg);
}
