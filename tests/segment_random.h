/*
 * Interface for a test that wants whatever two ends and a bad capture may send:
 * segments drawn at random, near where a connection stands, so that most of
 * them mean something.
 */
#ifndef TESTS_SEGMENT_RANDOM_H
#define TESTS_SEGMENT_RANDOM_H

#include "packet_random.h"
#include "tcp/conn.h"

/* Of the end `from`, at ts; *dice as in random_next(). Its frame is 1. */
void segment_random(uint64_t *dice, const struct conn *c, unsigned from,
                    int64_t ts, struct segment *seg);

#endif
