/*
 * Interface for the accounts of a run in the report's `summary`: ends at their
 * most, TIME-WAITs, connections too short, settings of hosts.
 */
#ifndef TCPCLOSE_WRITE_LEDGER_JSON_H
#define TCPCLOSE_WRITE_LEDGER_JSON_H

#include <jansson.h>

#include "record/ledger.h"

/* Add members to an object. */
void ledger_json(const struct ledger *l, json_t *summary);

/* Add their schemas to properties; a summary without a ledger lacks them. */
void ledger_schema(json_t *properties);

#endif
