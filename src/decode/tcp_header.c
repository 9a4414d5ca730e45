/* The TCP header. */
#include "decode/tcp_header.h"

#include "decode/tcp_options.h"

#define HEADER_MIN 20

/* What every segment says in its first 20 bytes. */
static void fill(struct segment *seg, const uint8_t *header)
{
	seg->tuple.sport = be16(header);
	seg->tuple.dport = be16(header + 2);
	seg->seq.wire = be32(header + 4);
	seg->ack.wire = be32(header + 8);
	seg->flags = header[13];
	seg->window = be16(header + 14);
	seg->checksum = be16(header + 16);
}

enum decode_verdict tcp_header_read(const struct rest *rest,
                                    struct segment *seg)
{
	const enum decode_verdict too_short =
		seg->is_fragment ? DECODE_FIRST_FRAGMENT_SHORT : DECODE_BAD_TCP;
	const size_t len = rest_len(rest);
	if (len < HEADER_MIN)
		return too_short;
	struct cursor bytes = rest->bytes;
	const uint8_t *header = cursor_take(&bytes, HEADER_MIN);
	if (!header)
		return DECODE_TRUNCATED;
	const size_t header_len = (header[12] >> 4) * 4u;
	if (header_len < HEADER_MIN)
		return DECODE_BAD_TCP;
	if (header_len > len)
		return too_short;
	if (len - header_len > SEGMENT_PAYLOAD_MAX)
		return DECODE_BAD_TCP;
	seg->payload_len = (uint32_t)(len - header_len);
	fill(seg, header);

	const size_t options_len = header_len - HEADER_MIN;
	cursor_limit(&bytes, options_len);
	tcp_options_read(bytes, cursor_left(&bytes) < options_len, seg);
	return DECODE_TCP;
}
