/* IPv6 headers and those that extend them (RFC 8200). */
#include "decode/ip.h"

/* RFC 8200 section 4.1 has room for seven; an end to hostile chains. */
#define EXTENSIONS_MAX 16

/* A walk along the chain of headers. */
struct chain {
	struct rest *rest;
	struct segment *seg;
	bool is_summable;
	bool wants_jumbo; /* the payload length is 0: is it told elsewhere? */
	uint8_t next;     /* kind of the header that comes next */
};

/* RFC 8200 section 4: in units of eight bytes, the first eight not counted.
 * Returns the header, or NULL if it is cut. */
static const uint8_t *take_extension(struct rest *rest, size_t *len)
{
	const uint8_t *header = rest_take(rest, 2);
	if (!header)
		return NULL;
	*len = (header[1] + 1u) * 8;
	return rest_take(rest, *len - 2) ? header : NULL;
}

/* The length in a jumbo payload option (RFC 2675 section 2), or 0. */
static uint32_t find_jumbo_len(struct cursor options)
{
	enum { PAD1 = 0, JUMBO_PAYLOAD = 0xc2 };
	const uint8_t *kind;
	while ((kind = cursor_take(&options, 1))) {
		if (*kind == PAD1)
			continue;
		const uint8_t *len = cursor_take(&options, 1);
		const uint8_t *value = len ? cursor_take(&options, *len) : NULL;
		if (!value)
			return 0;
		if (*kind == JUMBO_PAYLOAD && *len == 4)
			return be32(value);
	}
	return 0;
}

/*
 * A jumbo length counts this header too (RFC 2675 section 2), and is above
 * 65535 (section 3). Linux writes one into segments that the interface is to
 * cut (BIG TCP). Without one the frame's length is all there is.
 */
static enum decode_verdict step_hop_by_hop(struct chain *c)
{
	const size_t available = rest_len(c->rest);
	size_t len;
	const uint8_t *header = take_extension(c->rest, &len);
	if (!header)
		return rest_blame(c->rest, DECODE_BAD_IP);
	c->next = header[0];
	if (!c->wants_jumbo)
		return DECODE_TCP;
	const uint32_t jumbo_len =
		find_jumbo_len(cursor_of(header + 2, len - 2));
	if (jumbo_len == 0)
		return DECODE_TCP;
	if (jumbo_len <= UINT16_MAX || jumbo_len > available)
		return DECODE_BAD_IP;
	rest_resize(c->rest, jumbo_len - len);
	return DECODE_TCP;
}

/* RFC 8200 section 8.1: while segments are left the checksum is that of the
 * final destination, which the fixed header does not name. */
static enum decode_verdict step_routing(struct chain *c)
{
	size_t len;
	const uint8_t *header = take_extension(c->rest, &len);
	if (!header)
		return rest_blame(c->rest, DECODE_BAD_IP);
	const uint8_t segments_left = header[3];
	c->is_summable = c->is_summable && segments_left == 0;
	c->next = header[0];
	return DECODE_TCP;
}

static enum decode_verdict step_destination(struct chain *c)
{
	size_t len;
	const uint8_t *header = take_extension(c->rest, &len);
	if (!header)
		return rest_blame(c->rest, DECODE_BAD_IP);
	c->next = header[0];
	return DECODE_TCP;
}

static enum decode_verdict step_authentication(struct chain *c)
{
	const uint8_t *header = ip_take_authentication(c->rest);
	if (!header)
		return rest_blame(c->rest, DECODE_BAD_IP);
	c->next = header[0];
	return DECODE_TCP;
}

/* Of a later fragment only the first header of the fragmented part is known,
 * and it may extend IP before TCP comes. */
static enum decode_verdict judge_later_fragment(uint8_t next)
{
	const bool may_be_tcp = next == IP_TCP || next == IP_DESTINATION ||
	                        next == IP_ROUTING || next == IP_AUTHENTICATION;
	return may_be_tcp ? DECODE_FRAGMENT : DECODE_NOT_TCP;
}

/* RFC 8200 section 4.5; a fragment that is the whole packet is just that
 * (RFC 6946). */
static enum decode_verdict step_fragment(struct chain *c)
{
	enum { MORE_FRAGMENTS = 0x0001, FRAGMENT_OFFSET = 0xfff8 };
	const uint8_t *header = rest_take(c->rest, 8);
	if (!header)
		return rest_blame(c->rest, DECODE_BAD_IP);
	c->next = header[0];
	const uint16_t offset_and_more = be16(header + 2);
	if (offset_and_more & FRAGMENT_OFFSET)
		return judge_later_fragment(c->next);
	if (offset_and_more & MORE_FRAGMENTS) {
		c->seg->is_fragment = true;
		c->is_summable = false;
	}
	return DECODE_TCP;
}

/* Step over one header; DECODE_TCP to go on. */
static enum decode_verdict step(struct chain *c)
{
	switch (c->next) {
	case IP_HOP_BY_HOP:
		return step_hop_by_hop(c);
	case IP_ROUTING:
		return step_routing(c);
	case IP_DESTINATION:
		return step_destination(c);
	case IP_FRAGMENT:
		return step_fragment(c);
	case IP_AUTHENTICATION:
		return step_authentication(c);
	default:
		return DECODE_NOT_TCP;
	}
}

enum decode_verdict ipv6_read(struct rest *rest, struct segment *seg,
                              bool *is_summable)
{
	const uint8_t *header = rest_take(rest, IPV6_HEADER);
	if (!header)
		return rest_blame(rest, DECODE_BAD_IP);
	if (header[0] >> 4 != 6)
		return DECODE_BAD_IP;
	ipv6_fill(seg, header);
	const uint16_t payload_len = be16(header + 4);
	if (payload_len != 0)
		rest_resize(rest, payload_len);
	struct chain chain = { rest, seg, .is_summable = payload_len != 0,
		               .wants_jumbo = payload_len == 0,
		               .next = header[6] };
	enum decode_verdict verdict = DECODE_TCP;
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		if (chain.next == IP_TCP || verdict != DECODE_TCP)
			break;
		verdict = step(&chain);
	}
	*is_summable = chain.is_summable;
	if (verdict != DECODE_TCP)
		return verdict;
	return chain.next == IP_TCP ? DECODE_TCP : DECODE_BAD_IP;
}
