/* IPv4 headers (RFC 791). */
#include "decode/ip.h"

const uint8_t *ip_take_authentication(struct rest *rest)
{
	const uint8_t *header = rest_take(rest, 2);
	if (!header)
		return NULL;
	/* RFC 4302 section 2.2: in units of four bytes, less two of them. */
	const size_t len = (header[1] + 2u) * 4;
	return rest_take(rest, len - 2) ? header : NULL;
}

/* A total length of 0 is what Linux leaves in segments that the interface is
 * to cut (TSO), if they are larger than the field can say: the frame's length
 * is all there is. */
static bool resize_to_total_len(struct rest *rest, size_t header_len,
                                size_t total_len)
{
	if (total_len == 0)
		return rest_len(rest) >= header_len - IPV4_HEADER_MIN;
	if (total_len < header_len)
		return false;
	rest_resize(rest, total_len - IPV4_HEADER_MIN);
	return true;
}

/* What comes behind the options. RFC 791 section 3.2: only the fragment at
 * offset 0 holds the header of the next protocol. */
static enum decode_verdict find_tcp(struct rest *rest, const uint8_t *header)
{
	uint8_t protocol = header[9];
	if (protocol != IP_TCP && protocol != IP_AUTHENTICATION)
		return DECODE_NOT_TCP;
	if (be16(header + 6) & IPV4_FRAGMENT_OFFSET)
		return DECODE_FRAGMENT;
	const size_t header_len = (header[0] & 0x0fu) * 4;
	if (!rest_take(rest, header_len - IPV4_HEADER_MIN))
		return DECODE_TRUNCATED;
	if (protocol == IP_AUTHENTICATION) {
		const uint8_t *next = ip_take_authentication(rest);
		if (!next)
			return rest_blame(rest, DECODE_BAD_IP);
		protocol = *next;
	}
	return protocol == IP_TCP ? DECODE_TCP : DECODE_NOT_TCP;
}

enum decode_verdict ipv4_read(struct rest *rest, struct segment *seg,
                              bool *is_summable)
{
	const uint8_t *header = rest_take(rest, IPV4_HEADER_MIN);
	if (!header)
		return rest_blame(rest, DECODE_BAD_IP);
	const size_t header_len = (header[0] & 0x0fu) * 4;
	const size_t total_len = be16(header + 2);
	if (header[0] >> 4 != 4 || header_len < IPV4_HEADER_MIN)
		return DECODE_BAD_IP;
	if (!resize_to_total_len(rest, header_len, total_len))
		return DECODE_BAD_IP;
	ipv4_fill(seg, header);
	seg->is_fragment = (be16(header + 6) & IPV4_MORE_FRAGMENTS) != 0;
	*is_summable = total_len != 0 && !seg->is_fragment;
	return find_tcp(rest, header);
}
