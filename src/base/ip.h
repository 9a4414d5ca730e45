/*
 * Interface for IP addresses as plain values.
 */
#ifndef TCPCLOSE_BASE_IP_H
#define TCPCLOSE_BASE_IP_H

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

#define IP_TEXT_ROOM 48 /* what may be written by who copies in blocks */

/* An address that was written before. */
struct ip_known {
	uint64_t half[2];
	unsigned version; /* 0: none yet */
	uint32_t len;
	char text[IP_TEXT_ROOM];
};

/*
 * The last addresses that were written: few hosts are in most records. Begin
 * with zeros.
 */
struct ip_memo {
	struct ip_known place[8];
};

static inline size_t ip_place(const uint64_t half[static 2])
{
	/* The upper bits of the product depend on all of the address. */
	return (half[0] ^ half[1]) * UINT64_C(0x9e3779b97f4a7c15) >> 61;
}

/* As ip_text(), in half of the time for IPv4 and in a tenth for IPv6, if the
 * address was written before; returns 0 if it was not, or is of version 0. */
static inline size_t ip_text_known(const struct ip_memo *memo,
                                   const struct ip_addr *addr, unsigned version,
                                   char text[static IP_TEXT_ROOM])
{
	uint64_t half[2];
	memcpy(half, addr, sizeof(half));
	const struct ip_known *known = &memo->place[ip_place(half)];
	if (((half[0] ^ known->half[0]) | (half[1] ^ known->half[1])) != 0 ||
	    known->version != version)
		return 0;
	memcpy(text, known->text, IP_TEXT_ROOM);
	return known->len;
}

/* As ip_text(), for the next time. */
size_t ip_text_remember(struct ip_memo *memo, const struct ip_addr *addr,
                        unsigned version, char text[static IP_TEXT_MAX]);

/* 127.0.0.0/8 (RFC 1122 section 3.2.1.3), or ::1 (RFC 4291 section 2.5.3). */
bool ip_is_loopback(const struct ip_addr *addr, unsigned version);

#endif
