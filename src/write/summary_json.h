/*
 * Interface for the summary as JSON: the report's `summary`, and its schema.
 * These are the only arrays of objects; records have none.
 */
#ifndef TCPCLOSE_WRITE_SUMMARY_JSON_H
#define TCPCLOSE_WRITE_SUMMARY_JSON_H

#include <jansson.h>

#include "record/summary.h"

#define SUMMARY_OFFENDERS 10 /* of each list */

/* A new reference; NULL without memory. */
json_t *summary_json(const struct summary *s);
json_t *summary_schema(void);

/* For its parts. */
json_t *summary_address(const struct ip_addr *ip, uint32_t version);
double summary_two_decimals(double x);

#endif
