#include "base/ip.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

/*
 * A number below 256 and a dot: four bytes, of which those that are zeros in
 * front are shifted out. No branch depends on the address. For n < 256,
 * n / 100 is n * 41 >> 12, and for n < 100, n / 10 is n * 103 >> 10.
 */
static char *put_octet(char *at, uint32_t n)
{
	const uint32_t hundreds = n * 41 >> 12, below = n - hundreds * 100;
	const uint32_t tens = below * 103 >> 10, ones = below - tens * 10;
	const uint32_t zeros = (uint32_t)(n < 100) + (uint32_t)(n < 10);
	const uint32_t digits = hundreds | tens << 8 | ones << 16;
	const uint32_t text = digits + 0x303030 + ((uint32_t)'.' << 24);
	const uint32_t text_le = htole32(text >> 8 * zeros);
	memcpy(at, &text_le, sizeof(text_le));
	return at + 4 - zeros;
}

/* By hand: inet_ntop() goes through a format string, and two addresses would
 * take as long as the rest of a record. */
static size_t ipv4_text(const uint8_t byte[static 4], char *text)
{
	char *at = text;
	for (size_t i = 0; i < 4; i++)
		at = put_octet(at, byte[i]);
	at[-1] = '\0';
	return (size_t)(at - 1 - text);
}

size_t ip_text(const struct ip_addr *addr, unsigned version,
               char text[static IP_TEXT_MAX])
{
	if (version != 6)
		return ipv4_text(addr->byte, text);
	if (!inet_ntop(AF_INET6, addr->byte, text, IP_TEXT_MAX))
		text[0] = '\0';
	return strlen(text);
}
