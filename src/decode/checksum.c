/* The TCP checksum: RFC 9293 section 3.1, in the arithmetic of RFC 1071. */
#include "decode/checksum.h"

#include "decode/ip.h"

/* Add 16-bit words; a last odd byte stands before a zero. 64 bits have room
 * for the carries of any packet. */
static uint64_t add_words(uint64_t sum, const uint8_t *bytes, size_t len)
{
	for (; len >= 2; bytes += 2, len -= 2)
		sum += be16(bytes);
	return len ? sum + ((uint64_t)bytes[0] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

bool tcp_checksum_holds(const struct four_tuple *tuple, struct cursor segment)
{
	/* The pseudo headers of IPv4 and of IPv6 (RFC 8200 section 8.1) differ
	 * in widths, which do not change a sum. */
	const size_t len = cursor_left(&segment);
	const size_t addr_len = tuple->ip_version == 4 ? 4 : 16;
	uint64_t sum = IP_TCP + (uint64_t)len;
	sum = add_words(sum, tuple->src.byte, addr_len);
	sum = add_words(sum, tuple->dst.byte, addr_len);
	sum = add_words(sum, segment.at, len);
	return fold(sum) == 0xffff;
}
