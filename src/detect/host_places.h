/*
 * Interface for the places in which a host detector keeps what it knows of
 * each (client, server, server port): a fixed number, so that no traffic can
 * make it grow.
 *
 *	key --hash--> set of 4 places   [ k | k |   | k ]
 *
 * A key that comes to a full set takes over the place of least weight, and of
 * these the one that was idle for longest. What was there is forgotten. A key
 * that has more than 1/SETS of all the traffic outweighs newcomers to its set
 * before they displace it. The hash has no secret: who aims at a set can hide
 * his own troubles and those of keys in that set, no more; and results do not
 * depend on the run.
 */
#ifndef TCPCLOSE_DETECT_HOST_PLACES_H
#define TCPCLOSE_DETECT_HOST_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "decode/segment.h"

enum {
	HOST_SETS = 128,
	HOST_WAYS = 4,
	HOST_PLACES = HOST_SETS * HOST_WAYS,
};

#define HOST_NOWHERE SIZE_MAX

/* Compared bytewise: made by host_key_of(). */
struct host_key {
	struct ip_addr client, server;
	uint16_t port; /* of the server */
	uint8_t ip_version;
	uint8_t in_use;
};

struct host_place {
	struct host_key key;
	uint32_t weight; /* the owner's measure of what would be lost */
	int64_t last_ts; /* newest visit */
};

struct host_places {
	struct host_place at[HOST_PLACES];
};

/* tuple as the client sends it. */
struct host_key host_key_of(const struct four_tuple *tuple);

/* The place of a key, which is visited thereby; HOST_NOWHERE if it has none. */
size_t host_places_find(struct host_places *places, const struct host_key *key,
                        int64_t now);

/*
 * The same, but it gets one.
 *
 * is_new   set: the place is taken over, clear what you keep there
 */
size_t host_places_take(struct host_places *places, const struct host_key *key,
                        int64_t now, bool *is_new);

#endif
