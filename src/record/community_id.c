#include "record/ids.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

#define PROTOCOL_TCP 6

struct community_key {
	size_t n;
	uint8_t byte[2 + 16 + 16 + 1 + 1 + 2 + 2];
};

static void put(struct community_key *k, const void *bytes, size_t n)
{
	memcpy(k->byte + k->n, bytes, n);
	k->n += n;
}

static void put_be16(struct community_key *k, uint16_t n)
{
	put(k, (const uint8_t[]){ (uint8_t)(n >> 8), (uint8_t)n }, 2);
}

/* seed, smaller address, larger address, protocol, a zero, their ports. */
static void key_of(struct community_key *k, const struct four_tuple *t)
{
	const bool ordered = tuple_is_ordered(t);
	const size_t n = t->ip_version == 4 ? 4 : 16;
	put_be16(k, 0);
	put(k, ordered ? t->src.byte : t->dst.byte, n);
	put(k, ordered ? t->dst.byte : t->src.byte, n);
	put(k, (const uint8_t[]){ PROTOCOL_TCP, 0 }, 2);
	put_be16(k, ordered ? t->sport : t->dport);
	put_be16(k, ordered ? t->dport : t->sport);
}

void community_id(const struct four_tuple *tuple,
                  char text[static COMMUNITY_ID_MAX])
{
	struct community_key k = { .n = 0 };
	key_of(&k, tuple);

	struct sha1_ctx sha1;
	uint8_t digest[SHA1_DIGEST_SIZE];
	sha1_init(&sha1);
	sha1_update(&sha1, k.n, k.byte);
	sha1_digest(&sha1, sizeof(digest), digest);

	memcpy(text, "1:", 2);
	base64_encode_raw(text + 2, sizeof(digest), digest);
	text[2 + BASE64_ENCODE_RAW_LENGTH(sizeof(digest))] = '\0';
}
