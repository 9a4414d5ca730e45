/*
 * Interface for a module that fills struct tcpclose_error: the first error
 * wins, later ones are dropped (an idea of jansson's).
 */
#ifndef TCPCLOSE_BASE_ERROR_H
#define TCPCLOSE_BASE_ERROR_H

#include "tcpclose/error.h"

/* Where an error happened. Any part may be missing: NULL, 0. */
struct error_place {
	const char *file;
	uint64_t frame;
	uint64_t offset;
};

/*
 * Record an error and return its status, so that callers write
 * `return error_set(err, TCPCLOSE_EIO, place, "...")`. err may be NULL.
 */
int error_set(struct tcpclose_error *err, enum tcpclose_status status,
              struct error_place place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* No error yet, or none any more. Also where one is declared for each record:
 * of its 900 bytes few are touched. */
void error_clear(struct tcpclose_error *err);

#endif
