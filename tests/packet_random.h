/*
 * Interface for a test that wants random segments: any that packet_make() can
 * put on a given link type, from a fixed seed, so that a failure comes again.
 */
#ifndef TESTS_PACKET_RANDOM_H
#define TESTS_PACKET_RANDOM_H

#include "decode/segment.h"

/* The next of a sequence of random numbers; *state must not be 0. */
uint32_t random_next(uint64_t *state);

/* A number below n. */
uint32_t random_below(uint64_t *state, uint32_t n);

/* A segment with at most max_payload bytes, over either IP version that the
 * link type has, with VLAN tags where it has them. */
struct segment packet_random(uint64_t *state, uint32_t link_type,
                             uint32_t max_payload);

#endif
