/*
 * Interface for a test that wants records of any type: each field drawn at
 * random, with what stands at each limit, and without some.
 */
#ifndef TESTS_RECORD_RANDOM_H
#define TESTS_RECORD_RANDOM_H

#include "record/field.h"

/* *seed as in random_next(); at: the field, base: the struct that the table
 * describes. */
void record_random_field(uint64_t *seed, const struct field *f, char *at);
void record_random(uint64_t *seed, const struct field *fields, char *base);

#endif
