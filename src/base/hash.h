/*
 * Interface for hashing: XXH3, keyed, so that nobody who sends packets can
 * aim at one bucket.
 */
#ifndef TCPCLOSE_BASE_HASH_H
#define TCPCLOSE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed);

#endif
