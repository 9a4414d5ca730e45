/*
 * Interface for sentences with numbers in them, put into a place of fixed
 * size. Each finding has several; by snprintf() they took a tenth of a run in
 * which every connection has one.
 */
#ifndef TCPCLOSE_BASE_TEXT_H
#define TCPCLOSE_BASE_TEXT_H

#include <stddef.h>

/*
 * As snprintf(), for %s, %d, %u, %lld, %llu and %% as they stand: no flags,
 * widths or precisions.
 *
 * Returns  the bytes that were put, without the 0 that ends them: fewer than
 *          size, which is at least 1
 */
size_t text_print(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
