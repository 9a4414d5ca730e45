/*
 * Interface for what puts a field of each type into a line.
 */
#ifndef TCPCLOSE_WRITE_JSON_PUT_H
#define TCPCLOSE_WRITE_JSON_PUT_H

#include "write/json_op.h"

/* Where this much is left, a key and a value of bounded size are put without
 * a further look: the longest is an address, with a quote and a comma. */
#define JSON_SIMPLE_ROOM 116

/* Of an op that was not prepared any further; not for FIELD_PART. */
json_put *json_put_of(enum field_type type);

/* Of a FIELD_WORD that has its prepared words. */
json_put json_put_known_word;

/* A text that was made before, with its comma. */
json_put json_put_constant;

/* At the end of a table: nothing, and on to nothing. */
json_put json_put_stop;

/* Whether nothing is put of what stands at `value`. */
bool json_is_absent(enum field_type type, const char *value);

#endif
