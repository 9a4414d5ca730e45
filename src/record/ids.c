#include "record/ids.h"

#include <endian.h>
#include <string.h>
#define XXH_INLINE_ALL /* a flow is hashed at constant length */
#include <xxhash.h>

/* Fixed for ever: part of the promise that ids are the same everywhere. */
#define FLOW_SEED  UINT64_C(0x746370636c6f7365)
#define EVENT_SEED UINT64_C(0x6576656e742f7631)

/* Bytes to be hashed, in one order on every machine. */
struct key {
	size_t n;
	uint8_t byte[160];
};

static void key_bytes(struct key *k, const void *bytes, size_t n)
{
	if (n > sizeof(k->byte) - k->n)
		n = sizeof(k->byte) - k->n;
	memcpy(k->byte + k->n, bytes, n);
	k->n += n;
}

static void key_number(struct key *k, uint64_t number)
{
	const uint64_t number_le = htole64(number);
	key_bytes(k, &number_le, sizeof(number_le));
}

static uint64_t key_hash(const struct key *k, uint64_t seed)
{
	const uint64_t hash = XXH3_64bits_withSeed(k->byte, k->n, seed);
	return hash ? hash : 1;
}

/* As numbers: a call of memcmp() takes longer than all else here. */
static int compare_ipv4(const struct ip_addr *a, const struct ip_addr *b)
{
	uint32_t a_be, b_be;
	memcpy(&a_be, a->byte, sizeof(a_be));
	memcpy(&b_be, b->byte, sizeof(b_be));
	return (be32toh(a_be) > be32toh(b_be)) -
	       (be32toh(a_be) < be32toh(b_be));
}

bool tuple_is_ordered(const struct four_tuple *t)
{
	const int order = t->ip_version == 4
	                          ? compare_ipv4(&t->src, &t->dst)
	                          : memcmp(&t->src, &t->dst, sizeof(t->src));
	return order < 0 || (order == 0 && t->sport <= t->dport);
}

static void key_tuple(struct key *k, const struct four_tuple *t)
{
	const bool ordered = tuple_is_ordered(t);
	const struct ip_addr *low = ordered ? &t->src : &t->dst;
	const struct ip_addr *high = ordered ? &t->dst : &t->src;
	key_bytes(k, low->byte, sizeof(low->byte));
	key_bytes(k, high->byte, sizeof(high->byte));
	key_number(k, ordered ? t->sport : t->dport);
	key_number(k, ordered ? t->dport : t->sport);
	key_number(k, t->ip_version);
	key_number(k, t->tunnel);
	for (size_t i = 0; i < SEGMENT_VLANS; i++)
		key_number(k, i < t->n_vlans ? t->vlan[i] : UINT64_MAX);
}

uint64_t flow_id(const struct flow_identity *flow)
{
	struct key k;
	k.n = 0;
	key_tuple(&k, flow->tuple);
	key_number(&k, (uint64_t)flow->first_packet);
	key_number(&k, flow->client_isn ? flow->client_isn->wire : UINT64_MAX);
	return key_hash(&k, FLOW_SEED);
}

/* The name, with its 0, and not the number: a new type must not change old
 * ids. Copied by its size, not its length: a third of the time of an id. */
static void key_event(struct key *k, enum event_type type)
{
	static const struct {
		size_t size;
		char name[16];
	} events[N_EVENTS] = {
#define X(id, name, meaning) { sizeof(name), name },
#include "record/events.def"
#undef X
	};
	memcpy(k->byte + k->n, events[type].name, sizeof(events[type].name));
	k->n += events[type].size;
}

uint64_t event_id(uint64_t flow, enum event_type type, const char *finding,
                  uint64_t ordinal)
{
	struct key k;
	k.n = 0;
	key_number(&k, flow);
	key_number(&k, ordinal);
	key_event(&k, type);
	if (finding)
		key_bytes(&k, finding, strlen(finding));
	return key_hash(&k, EVENT_SEED);
}
