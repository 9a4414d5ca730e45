/*
 * Interface for --list-findings and --explain: what the detectors say about
 * themselves, as text.
 */
#ifndef TCPCLOSE_WRITE_EXPLAIN_H
#define TCPCLOSE_WRITE_EXPLAIN_H

#include <stddef.h>

#include "record/finding.h"
#include "tcpclose/error.h"

struct buffer;

/* A line for each kind: name and summary. */
void explain_list(const struct finding_kind *const *kinds, size_t n_kinds,
                  struct buffer *out);

/*
 * Everything about one finding.
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EOPTION for a name that does not exist.
 */
int explain_finding(const struct finding_kind *const *kinds, size_t n_kinds,
                    const char *name, struct buffer *out,
                    struct tcpclose_error *err);

#endif
