#include "base/ip.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/digits.h"

/* A number below 256 and a dot, without a branch: zeros in front are shifted
 * out. */
static char *put_octet(char *at, uint32_t n)
{
	const uint32_t text = digits3_of(n) | (uint32_t)'.' << 24;
	const uint32_t zeros = (uint32_t)(n < 100) + (uint32_t)(n < 10);
	const uint32_t text_le = htole32(text >> 8 * zeros);
	memcpy(at, &text_le, sizeof(text_le));
	return at + 4 - zeros;
}

/* By hand: inet_ntop() goes through a format string, and two addresses would
 * take as long as the rest of a record, for IPv6 even longer. */
static size_t ipv4_text(const uint8_t byte[static 4], char *text)
{
	char *at = text;
	for (size_t i = 0; i < 4; i++)
		at = put_octet(at, byte[i]);
	at[-1] = '\0';
	return (size_t)(at - 1 - text);
}

#define GROUPS 8

/* Of the groups of an IPv6 address: from <= i < to. */
struct run {
	unsigned from, to;
};

/* RFC 5952 section 4.2.3: the first of the longest runs of zeros. */
static struct run longest_zeros(const uint16_t group[static GROUPS])
{
	struct run longest = { 0, 0 }, now = { 0, 0 };
	for (unsigned i = 0; i < GROUPS; i++) {
		if (group[i] != 0) {
			now.from = i + 1;
			continue;
		}
		now.to = i + 1;
		if (now.to - now.from > longest.to - longest.from)
			longest = now;
	}
	return longest;
}

static size_t ipv6_text(const uint8_t byte[static 16], char *text)
{
	uint16_t group[GROUPS];
	for (unsigned i = 0; i < GROUPS; i++)
		group[i] = (uint16_t)(byte[2 * i] << 8 | byte[2 * i + 1]);
	struct run zeros = longest_zeros(group);
	if (zeros.to - zeros.from < 2) /* section 4.2.2 */
		zeros = (struct run){ GROUPS, GROUPS };

	char *at = text;
	for (unsigned i = 0; i < GROUPS; i++) {
		if (i == zeros.from) {
			*at++ = ':';
			*at++ = ':';
		}
		if (i >= zeros.from && i < zeros.to)
			continue;
		at = digits_put_hex(at, group[i]);
		if (i + 1 != zeros.from && i + 1 < GROUPS)
			*at++ = ':';
	}
	*at = '\0';
	return (size_t)(at - text);
}

/* "::1" and the addresses that have an IPv4 address in them, with dots. */
static bool begins_in_zeros(const struct ip_addr *addr)
{
	static const uint8_t zeros[10];
	return memcmp(addr->byte, zeros, sizeof(zeros)) == 0;
}

/* Not a part of ip_text(): what it saves and restores costs IPv4 a quarter. */
__attribute__((noinline)) static size_t
any_ipv6_text(const struct ip_addr *addr, char text[static IP_TEXT_MAX])
{
	if (!begins_in_zeros(addr))
		return ipv6_text(addr->byte, text);
	if (!inet_ntop(AF_INET6, addr->byte, text, IP_TEXT_MAX))
		text[0] = '\0';
	return strlen(text);
}

size_t ip_text(const struct ip_addr *addr, unsigned version,
               char text[static IP_TEXT_MAX])
{
	return version == 6 ? any_ipv6_text(addr, text)
	                    : ipv4_text(addr->byte, text);
}

size_t ip_text_remember(struct ip_memo *memo, const struct ip_addr *addr,
                        unsigned version, char text[static IP_TEXT_MAX])
{
	uint64_t half[2];
	memcpy(half, addr, sizeof(half));
	struct ip_known *known = &memo->place[ip_place(half)];
	const size_t len = ip_text(addr, version, text);
	memcpy(known->text, text, IP_TEXT_MAX);
	memcpy(known->half, half, sizeof(half));
	known->version = version;
	known->len = (uint32_t)len;
	return len;
}

bool ip_is_loopback(const struct ip_addr *addr, unsigned version)
{
	static const struct ip_addr one = { { [15] = 1 } };
	if (version == 4)
		return addr->byte[0] == 127;
	return memcmp(addr, &one, sizeof(one)) == 0;
}
