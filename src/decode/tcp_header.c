/* The TCP header. */
#include "decode/tcp_header.h"

#include "decode/tcp_options.h"

enum decode_verdict tcp_header_read(const struct rest *rest,
                                    struct segment *seg)
{
	const enum decode_verdict too_short =
		seg->is_fragment ? DECODE_FIRST_FRAGMENT_SHORT : DECODE_BAD_TCP;
	const size_t len = rest_len(rest);
	if (len < TCP_HEADER_MIN)
		return too_short;
	struct cursor bytes = rest->bytes;
	const uint8_t *header = cursor_take(&bytes, TCP_HEADER_MIN);
	if (!header)
		return DECODE_TRUNCATED;
	const size_t header_len = tcp_header_len(header);
	if (header_len < TCP_HEADER_MIN)
		return DECODE_BAD_TCP;
	if (header_len > len)
		return too_short;
	if (len - header_len > SEGMENT_PAYLOAD_MAX)
		return DECODE_BAD_TCP;
	seg->payload_len = (uint32_t)(len - header_len);
	tcp_header_fill(seg, header);

	const size_t options_len = header_len - TCP_HEADER_MIN;
	cursor_limit(&bytes, options_len);
	tcp_options_read(bytes, cursor_left(&bytes) < options_len, seg);
	return DECODE_TCP;
}
