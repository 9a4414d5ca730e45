#include "base/ip.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/digits.h"

/* clang-format off */
#define OCTET(n)  { n ".", sizeof(n) }
#define OCTETS(n) OCTET(n "0"), OCTET(n "1"), OCTET(n "2"), OCTET(n "3"), \
                  OCTET(n "4"), OCTET(n "5"), OCTET(n "6"), OCTET(n "7"), \
                  OCTET(n "8"), OCTET(n "9")

const struct ip_octet ip_octets[256] = {
	OCTETS(""),   OCTETS("1"),  OCTETS("2"),  OCTETS("3"),  OCTETS("4"),
	OCTETS("5"),  OCTETS("6"),  OCTETS("7"),  OCTETS("8"),  OCTETS("9"),
	OCTETS("10"), OCTETS("11"), OCTETS("12"), OCTETS("13"), OCTETS("14"),
	OCTETS("15"), OCTETS("16"), OCTETS("17"), OCTETS("18"), OCTETS("19"),
	OCTETS("20"), OCTETS("21"), OCTETS("22"), OCTETS("23"), OCTETS("24"),
	OCTET("250"), OCTET("251"), OCTET("252"), OCTET("253"), OCTET("254"),
	OCTET("255"),
};
/* clang-format on */

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
	if (version == 6)
		return any_ipv6_text(addr, text);
	const size_t n = ipv4_put(addr, text);
	text[n] = '\0';
	return n;
}

size_t ipv6_text_remember(struct ip_memo *memo, const struct ip_addr *addr,
                          char text[static IP_TEXT_MAX])
{
	uint64_t half[2];
	memcpy(half, addr, sizeof(half));
	struct ip_known *known = &memo->place[ip_place(half)];
	known->len = any_ipv6_text(addr, text);
	memcpy(known->text, text, IP_TEXT_MAX);
	memcpy(known->half, half, sizeof(half));
	return known->len;
}

bool ip_is_loopback(const struct ip_addr *addr, unsigned version)
{
	static const struct ip_addr one = { { [15] = 1 } };
	if (version == 4)
		return addr->byte[0] == 127;
	return memcmp(addr, &one, sizeof(one)) == 0;
}
