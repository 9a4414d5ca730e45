/*
 * Interface for the files behind outputs. They are opened below a descriptor of
 * their directory, which was opened first, so that rotation needs nothing but
 * that directory.
 */
#ifndef TCPCLOSE_CLI_OUTPUT_FILE_H
#define TCPCLOSE_CLI_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcpclose/error.h"

/* How a file is opened that is none: a pipe, a device. */
enum patience {
	OUTPUT_WAITS_FOR_READER, /* a FIFO's, as open(2) does */
	OUTPUT_NEEDS_READER,     /* there is one, or it is an error */
};

/* The directory of a name, up to base_at; -1 with errno. */
int output_directory(const char *name, size_t base_at);

/*
 * Open a file to append to it, or make it. A regular file is not emptied.
 *
 * created  set to whether it was made
 *
 * Returns  a descriptor, or -1 with errno
 */
int output_file_open(int directory, const char *base, enum patience patience,
                     bool *created);

/* A descriptor of a pipe or a device of our own never waits. */
void output_file_never_waits(int fd);

/* Whether it is a regular file, and its size; -1 if it is none. */
int64_t output_file_size(int fd);

/* The name stands for the open file, or for another one by now, or for none. */
bool output_file_is_named(int directory, const char *base, int fd);

/* Make a regular file empty. */
int output_file_empty(int fd, const char *name, struct tcpclose_error *err);

/*
 * Take a regular file for this process and those that it gives the descriptor
 * to: two that cut off broken lines would cut into each other's. Waits two
 * seconds for one that was killed and is being mended (cli/line_keeper.h).
 *
 * Returns  TCPCLOSE_OK, also where there are no locks; TCPCLOSE_EOPTION if
 *          another run has it
 */
int output_file_lock(int fd, const char *name, struct tcpclose_error *err);

/*
 * Cut off a line without an end, as a process leaves it that was killed while
 * it wrote.
 *
 * Returns  TCPCLOSE_OK; TCPCLOSE_EOPTION if no record ends so; TCPCLOSE_EIO
 */
int output_file_mend(int fd, const char *name, struct tcpclose_error *err);

#endif
