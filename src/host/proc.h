/*
 * Interface for files of proc(5) that are read again and again: opened once,
 * while the program may, and read through the same descriptor from then on.
 */
#ifndef TCPCLOSE_HOST_PROC_H
#define TCPCLOSE_HOST_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A descriptor; -1 if there is no such file. The caller closes it. */
int host_proc_open(const char *path);

/* Read the file anew, as far as `size` goes, and end it with a 0.
 * Returns false if it cannot be read. */
bool host_proc_read(int descriptor, char *text, size_t size);

/* The decimal number that a text begins with, blanks aside; returns what
 * follows it, or NULL if there is none. */
const char *host_proc_number(const char *text, int64_t *out);

#endif
