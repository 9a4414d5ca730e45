/*
 * Interface for IP addresses as plain values.
 */
#ifndef TCPCLOSE_BASE_IP_H
#define TCPCLOSE_BASE_IP_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* In network byte order; IPv4 uses the first four bytes, the rest are zero. */
struct ip_addr {
	uint8_t byte[16];
};

#define IP_TEXT_MAX 46 /* as INET6_ADDRSTRLEN: the longest text, with its 0 */

/* Write an address as RFC 5952 (or dotted quad) text; returns its length. */
size_t ip_text(const struct ip_addr *addr, unsigned version,
               char text[static IP_TEXT_MAX]);

/* A byte of an IPv4 address as text, with a dot behind it. */
struct ip_octet {
	char text[4];
	uint32_t len;
};

extern const struct ip_octet ip_octets[256];

static inline uint64_t ip_octet_text(const struct ip_octet *octet)
{
	uint32_t text_le;
	memcpy(&text_le, octet->text, sizeof(text_le));
	return le32toh(text_le);
}

/* Two of them in one, eight characters at the most; returns how many. */
static inline size_t ipv4_put_half(const uint8_t byte[static 2], char *at)
{
	const struct ip_octet *a = &ip_octets[byte[0]];
	const struct ip_octet *b = &ip_octets[byte[1]];
	const uint64_t text_le =
		htole64(ip_octet_text(a) | ip_octet_text(b) << 8 * a->len);
	memcpy(at, &text_le, sizeof(text_le));
	return a->len + b->len;
}

#define IPV4_TEXT_ROOM 16

/* An IPv4 address, without a 0 behind it; returns its length. By hand:
 * inet_ntop() goes through a format string, and two addresses would take as
 * long as the rest of a record. */
static inline size_t ipv4_put(const struct ip_addr *addr,
                              char text[static IPV4_TEXT_ROOM])
{
	const size_t n = ipv4_put_half(addr->byte, text);
	return n + ipv4_put_half(addr->byte + 2, text + n) - 1;
}

#define IP_TEXT_ROOM 48 /* what may be written by who copies in blocks */

/* An IPv6 address that was written before. */
struct ip_known {
	uint64_t half[2];
	size_t len; /* 0: none yet */
	char text[IP_TEXT_ROOM];
};

/*
 * The last IPv6 addresses that were written: few hosts are in most records, and
 * an IPv4 address is written as soon as found. Begin with zeros.
 */
struct ip_memo {
	struct ip_known place[8];
};

static inline size_t ip_place(const uint64_t half[static 2])
{
	/* The upper bits of the product depend on all of the address. */
	return (half[0] ^ half[1]) * UINT64_C(0x9e3779b97f4a7c15) >> 61;
}

/* As ip_text() of an IPv6 address, in a tenth of the time, if it was written
 * before; returns 0 if it was not. */
static inline size_t ipv6_text_known(const struct ip_memo *memo,
                                     const struct ip_addr *addr,
                                     char text[static IP_TEXT_ROOM])
{
	uint64_t half[2];
	memcpy(half, addr, sizeof(half));
	const struct ip_known *known = &memo->place[ip_place(half)];
	if (((half[0] ^ known->half[0]) | (half[1] ^ known->half[1])) != 0)
		return 0;
	memcpy(text, known->text, IP_TEXT_ROOM);
	return known->len;
}

/* As ip_text() of an IPv6 address, for the next time. */
size_t ipv6_text_remember(struct ip_memo *memo, const struct ip_addr *addr,
                          char text[static IP_TEXT_MAX]);

/* 127.0.0.0/8 (RFC 1122 section 3.2.1.3), or ::1 (RFC 4291 section 2.5.3). */
bool ip_is_loopback(const struct ip_addr *addr, unsigned version);

#endif
