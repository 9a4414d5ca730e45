/*
 * Interface for what belongs to one run of a figure. Private to figure*.c.
 */
#ifndef TCPCLOSE_TESTS_FIGURE_RUN_H
#define TCPCLOSE_TESTS_FIGURE_RUN_H

#include <stddef.h>

#include <jansson.h>

/* "over IPv6", ... */
const char *figure_run_name(void *state, size_t run);

/* The records of a run; borrowed. Fails the test of a model figure. */
const json_t *figure_records(void *state, size_t run);

#endif
