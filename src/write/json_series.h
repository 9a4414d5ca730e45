/*
 * Interface for the lines of a series (record.series): what its records have
 * in common is made once, and from then on copied, all of it that stands
 * between two fields of which each record has its own.
 */
#ifndef TCPCLOSE_WRITE_JSON_SERIES_H
#define TCPCLOSE_WRITE_JSON_SERIES_H

#include "record/record.h"
#include "tcpclose/alloc.h"
#include "write/json_op.h"

struct json_series;

/* For tables of n_ops at most, with what stops them. NULL without memory. */
struct json_series *json_series_new(size_t n_ops,
                                    const struct tcpclose_allocator *alloc);

/* NULL is fine. */
void json_series_free(struct json_series *s);

/*
 * What puts the records of a series, whose table is `all`, wherever there is
 * room for them without a text cut. NULL: this one is the first of its series,
 * or they have too much in common.
 */
const struct json_op *json_series_ops(struct json_series *s,
                                      const struct json_op *all,
                                      const struct record *r,
                                      struct json_memo *memo);

#endif
