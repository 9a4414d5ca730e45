/*
 * Interface for the places in which a host detector keeps what it knows of
 * each (client, server, server port): a fixed number, so that no traffic can
 * make it grow.
 *
 *	key --hash--> set of 4 places   [ k | k |   | k ]
 *
 * A key that comes to a full set takes over the place of least weight, and of
 * these the one that was idle for longest. What was there is forgotten. A key
 * that has more of the traffic than all newcomers to its set outweighs them
 * before they displace it. The hash has no secret: who aims at a set can hide
 * his own troubles and those of the keys in it, no more; and results do not
 * depend on the run.
 */
#ifndef TCPCLOSE_DETECT_HOST_PLACES_H
#define TCPCLOSE_DETECT_HOST_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/ip.h"

/* Compared bytewise. */
struct host_key {
	struct ip_addr client, server;
	uint16_t port;       /* of the server */
	uint16_t ip_version; /* 4 or 6; 0 in a place that is free */
	uint32_t bucket;     /* host_key_bucket(); once for all who look */
};

/* A byte that tells the set, worked out of all that is before. */
uint8_t host_key_bucket(const struct host_key *key);

struct host_place {
	struct host_key key;
	uint32_t weight; /* the owner's measure of what would be lost */
	bool is_held;    /* nobody may take it over: its trouble was told */
	int64_t since;   /* the key's first visit, or the tally began anew */
	int64_t last_ts; /* newest visit */
	void *tally;     /* the owner's; those of a set lie apart, so that its
	                  * keys lie close together */
};

struct host_places;

/*
 * As many places for tallies of that size as fit into `budget` bytes, within
 * reason: no fewer than 64, no more than 1024.
 *
 * Returns  NULL: no memory
 */
struct host_places *host_places_new(size_t tally_size, uint64_t budget,
                                    const struct tcpclose_allocator *alloc);
void host_places_free(struct host_places *places,
                      const struct tcpclose_allocator *alloc);

/* Bytes that they take. */
size_t host_places_memory(const struct host_places *places);

/* The place of a key, which is visited thereby; NULL if it has none. */
struct host_place *host_places_find(struct host_places *places,
                                    const struct host_key *key, int64_t now);

/*
 * The same, but it gets one, unless all that it could have are held.
 *
 * is_new   set: the place is taken over, and its tally is what was left there:
 *          zero at first
 */
struct host_place *host_places_take(struct host_places *places,
                                    const struct host_key *key, int64_t now,
                                    bool *is_new);

/* The next place in use from *i on, which is moved behind it; NULL: none. */
struct host_place *host_places_next(struct host_places *places, size_t *i);

#endif
