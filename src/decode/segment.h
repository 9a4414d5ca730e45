/*
 * A TCP segment as a plain value: nothing borrowed, nothing to free. This is
 * what the rest of the program sees of a packet.
 */
#ifndef TCPCLOSE_DECODE_SEGMENT_H
#define TCPCLOSE_DECODE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/seq.h"

/* RFC 9293 section 3.1; bits as in the header. */
enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

/* Which options a segment carried. Unset is "absent" only if the options were
 * captured whole: see options_cut. */
enum tcp_option {
	OPTION_MSS = 1 << 0,
	OPTION_WSCALE = 1 << 1,
	OPTION_SACK_PERMITTED = 1 << 2,
	OPTION_SACK = 1 << 3,
	OPTION_TIMESTAMP = 1 << 4,
};

#define SEGMENT_VLANS 2 /* QinQ: two tags are part of the identity */
#define SEGMENT_SACKS 4 /* what fits into 40 bytes of options */

/* RFC 7323 section 2.3: no window is larger, so no honest segment is. */
#define SEGMENT_PAYLOAD_MAX (1u << 30)

/* Who speaks to whom, in the direction of travel. Compared bytewise: fill it
 * from zero. */
struct four_tuple {
	struct ip_addr src, dst;
	uint16_t sport, dport;
	uint16_t vlan[SEGMENT_VLANS]; /* outermost first */
	uint8_t n_vlans;
	uint8_t ip_version; /* 4 or 6 */
	uint16_t reserved;  /* zero */
	uint32_t tunnel;    /* 0: not in a tunnel */
};

struct sack_block {
	struct tcp_seq left, right; /* right is one past the last byte */
};

struct segment {
	int64_t ts;      /* nanoseconds since 1970-01-01 UTC */
	uint64_t frame;  /* which packet, of which source: base/frame.h */
	uint32_t source; /* however many there are */
	struct four_tuple tuple;

	struct tcp_seq seq, ack; /* ack is meaningless without TCP_ACK */
	uint32_t payload_len;    /* bytes on the wire, captured or not; at most
	                          * SEGMENT_PAYLOAD_MAX; see is_fragment */
	uint16_t window;         /* as in the header, not scaled */
	uint16_t checksum;       /* as in the header */
	uint8_t flags;           /* enum tcp_flag */
	uint8_t options;         /* enum tcp_option */
	bool options_cut;        /* options missing in the capture, or broken */
	bool checksum_bad;       /* only where checking was asked for */
	bool is_fragment;        /* the first of several IP fragments: the
	                          * segment is longer than payload_len, nobody
	                          * knows how long; its FIN is behind all of it */

	uint16_t mss;
	uint8_t wscale; /* 0 to 14: larger is treated as 14 (RFC 7323 2.3) */
	uint8_t n_sacks;
	struct sack_block sack[SEGMENT_SACKS];
	struct tcp_ts tsval, tsecr;

	uint16_t ip_id; /* IPv4 only */
	bool has_ip_id;
	uint8_t ttl; /* or hop limit */
};

/* Payload, and one each for SYN and FIN: SEG.LEN of RFC 9293. */
static inline uint32_t segment_len(const struct segment *s)
{
	return s->payload_len + ((s->flags & TCP_SYN) != 0) +
	       ((s->flags & TCP_FIN) != 0);
}

static inline bool segment_has(const struct segment *s, enum tcp_flag flag)
{
	return (s->flags & flag) != 0;
}

#endif
