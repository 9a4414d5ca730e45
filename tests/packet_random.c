/* Random segments. */
#include "packet_random.h"

#include "packet_make.h"

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled"). */
uint32_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)(*state * 0x2545f4914f6cdd1dull >> 32);
}

uint32_t random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((uint64_t)random_next(state) * n >> 32);
}

static struct ip_addr random_address(uint64_t *state, unsigned version)
{
	struct ip_addr addr = { { 0 } };
	for (unsigned i = 0; i < (version == 4 ? 4 : 16); i++)
		addr.byte[i] = (uint8_t)random_next(state);
	return addr;
}

static unsigned random_version(uint64_t *state, uint32_t link_type)
{
	if (link_type == 228)
		return 4;
	return link_type == 229 || random_below(state, 2) ? 6 : 4;
}

static void add_tuple(struct segment *seg, uint64_t *state, uint32_t link_type)
{
	const unsigned version = random_version(state, link_type);
	seg->tuple.ip_version = (uint8_t)version;
	seg->tuple.src = random_address(state, version);
	seg->tuple.dst = random_address(state, version);
	seg->tuple.sport = (uint16_t)random_next(state);
	seg->tuple.dport = (uint16_t)random_next(state);
	if (link_type != LINKTYPE_ETHERNET && link_type != LINKTYPE_LINUX_SLL &&
	    link_type != LINKTYPE_LINUX_SLL2)
		return;
	seg->tuple.n_vlans = (uint8_t)random_below(state, SEGMENT_VLANS + 1);
	for (unsigned i = 0; i < seg->tuple.n_vlans; i++)
		seg->tuple.vlan[i] = (uint16_t)(1 + random_below(state, 4095));
}

static void add_sacks(struct segment *seg, uint64_t *state, uint32_t max)
{
	seg->options |= OPTION_SACK;
	seg->n_sacks = (uint8_t)(1 + random_below(state, max));
	for (unsigned i = 0; i < seg->n_sacks; i++) {
		seg->sack[i].left.wire = random_next(state);
		seg->sack[i].right.wire = random_next(state);
	}
}

/* No more than fits into 40 bytes: SACK beside MSS and window scale is left to
 * stories. */
static void add_options(struct segment *seg, uint64_t *state)
{
	if (random_below(state, 2)) {
		seg->options |= OPTION_TIMESTAMP;
		seg->tsval.wire = random_next(state);
		seg->tsecr.wire = random_next(state);
	}
	if (random_below(state, 3) == 0) {
		add_sacks(seg, state, seg->options & OPTION_TIMESTAMP ? 3 : 4);
		return;
	}
	if (random_below(state, 2)) {
		seg->options |= OPTION_MSS;
		seg->mss = (uint16_t)random_next(state);
	}
	if (random_below(state, 2)) {
		seg->options |= OPTION_WSCALE;
		seg->wscale = (uint8_t)random_below(state, 15);
	}
	if (random_below(state, 2))
		seg->options |= OPTION_SACK_PERMITTED;
	seg->options_cut = random_below(state, 8) == 0;
}

struct segment packet_random(uint64_t *state, uint32_t link_type,
                             uint32_t max_payload)
{
	struct segment seg = { 0 };
	add_tuple(&seg, state, link_type);
	add_options(&seg, state);
	seg.frame = 1;
	seg.seq.wire = random_next(state);
	seg.ack.wire = random_next(state);
	seg.flags = (uint8_t)random_next(state);
	seg.window = (uint16_t)random_next(state);
	seg.payload_len = random_below(state, max_payload + 1);
	seg.ttl = (uint8_t)random_next(state);
	seg.has_ip_id = seg.tuple.ip_version == 4;
	seg.ip_id = seg.has_ip_id ? (uint16_t)random_next(state) : 0;
	seg.is_fragment = random_below(state, 8) == 0;
	return seg;
}
