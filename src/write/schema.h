/*
 * Interface for JSON Schemas (draft 2020-12) of what the writers write, made
 * from the same field tables, so that the two cannot disagree.
 */
#ifndef TCPCLOSE_WRITE_SCHEMA_H
#define TCPCLOSE_WRITE_SCHEMA_H

#include <stddef.h>

#include "record/finding.h"
#include "tcpclose/error.h"

struct buffer;

/*
 * Append the schema of an event type, or of "report" (the .json output), as
 * indented JSON.
 *
 * kinds    all kinds of findings: each adds its object to tcp_finding
 *
 * Returns  TCPCLOSE_OK; TCPCLOSE_EOPTION for a type that does not exist, with
 *          those that do in err; TCPCLOSE_ENOMEM.
 */
int schema_text(const char *type, const struct finding_kind *const *kinds,
                size_t n_kinds, struct buffer *out, struct tcpclose_error *err);

/* "tcp_close", ..., "report"; NULL after the last. */
const char *schema_type(size_t i);

#endif
