/*
 * Interface for IP addresses as plain values.
 */
#ifndef TCPCLOSE_BASE_IP_H
#define TCPCLOSE_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In network byte order; IPv4 uses the first four bytes, the rest are zero. */
struct ip_addr {
	uint8_t byte[16];
};

#define IP_TEXT_MAX 46 /* as INET6_ADDRSTRLEN: the longest text, with its 0 */

/* Write an address as RFC 5952 (or dotted quad) text; returns its length. */
size_t ip_text(const struct ip_addr *addr, unsigned version,
               char text[static IP_TEXT_MAX]);

#define IP_TEXT_ROOM 48 /* what ip_text_memo() may write: whole blocks */

/* An address that was written before. */
struct ip_known {
	uint64_t half[2];
	unsigned version; /* 0: none yet */
	size_t len;
	char text[IP_TEXT_ROOM];
};

/*
 * The last addresses that were written: few hosts are in most records. Begin
 * with zeros.
 */
struct ip_memo {
	struct ip_known place[8];
};

/* As ip_text(), in a third of the time for IPv4 and in a tenth for IPv6 if the
 * address was written before. */
size_t ip_text_memo(struct ip_memo *memo, const struct ip_addr *addr,
                    unsigned version, char text[static IP_TEXT_ROOM]);

/* 127.0.0.0/8 (RFC 1122 section 3.2.1.3), or ::1 (RFC 4291 section 2.5.3). */
bool ip_is_loopback(const struct ip_addr *addr, unsigned version);

#endif
