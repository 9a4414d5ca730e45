/*
 * Interface for "who has most of it?" in constant memory.
 *
 * The Space-Saving method (Metwally, Agrawal, El Abbadi: Efficient
 * Computation of Frequent and Top-k Elements in Data Streams, 2005): a fixed
 * number of counters; a newcomer takes over the smallest one and inherits its
 * weight as possible error. So a weight is never too small, it is too large
 * by at most `error`, and whoever has more than 1/OFFENDERS of the total is
 * in the list.
 */
#ifndef TCPCLOSE_RECORD_OFFENDERS_H
#define TCPCLOSE_RECORD_OFFENDERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

#define OFFENDERS 64

/* Compared bytewise: fill it from zero. What is not part of it stays zero. */
struct offender_key {
	struct ip_addr peer; /* or client */
	struct ip_addr server;
	uint32_t ip_version;
	uint32_t port; /* of the server */
};

struct offender {
	struct offender_key key;
	uint64_t weight; /* what the list is ordered by; at most `error` high */
	uint64_t error;
	int64_t count;       /* since it is in the list, as all below */
	int64_t total;       /* ns */
	int64_t longest;     /* ns, of one */
	int64_t still;       /* of count: not over when the capture ended */
	int64_t first, last; /* times, ns; first > last: none */
};

struct offenders {
	uint32_t n;
	uint32_t newest;        /* the place that was found last */
	uint8_t tag[OFFENDERS]; /* a hash of each key: finds it quickly */
	struct offender at[OFFENDERS];
};

/* Add weight to a key and return its counter, for the caller to add to. */
struct offender *offenders_add(struct offenders *list,
                               const struct offender_key *key, uint64_t weight);

/* The counter of a key; NULL if it is not in the list. */
const struct offender *offenders_find(const struct offenders *list,
                                      const struct offender_key *key);

/* The k heaviest (fewer if there are fewer), heaviest first; returns how
 * many. Equal weights are in the order of their keys. */
size_t offenders_top(const struct offenders *list, size_t k,
                     const struct offender *top[]);

#endif
