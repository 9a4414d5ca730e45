/*
 * Interface for the captures of a run: opening those that can be opened, and
 * what the run and stats records say about them.
 */
#ifndef TCPCLOSE_CLI_INPUTS_H
#define TCPCLOSE_CLI_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "record/record.h"
#include "tcpclose/error.h"

struct capture;
struct options;

struct inputs {
	struct capture *capture; /* NULL: none could be opened */
	size_t n_failed;         /* inputs that could not be opened, or broke */
	int64_t n_truncated;     /* whose last packet is cut off */
	bool has_stdin;
	bool is_live;
	struct buffer filter; /* its text, ending in a 0 */
};

/*
 * Open the captures, without reading a byte. One that cannot be opened is told
 * and left out; if none is left, or the filter is wrong, that is the status.
 *
 * Returns  TCPCLOSE_OK; TCPCLOSE_EOPTION for a wrong filter; else a status
 *          that was told already: err is empty. inputs_close() is due.
 */
int inputs_open(struct inputs *inputs, const struct options *options,
                struct tcpclose_error *err);
void inputs_close(struct inputs *inputs);

/* Read what the captures begin with. One that turns out to be none is told and
 * left out; false if none is left. */
bool inputs_begin(struct inputs *inputs);

/* The name of source i; "?" for a number that does not exist. */
const char *inputs_name(const struct inputs *inputs, uint32_t i);

/* The source of a record about all inputs: the only one's name, or NULL. */
const char *inputs_only_name(const struct inputs *inputs);

/* What the captures know that the analyzer does not. */
void inputs_fill_stats(const struct inputs *inputs, struct stats_record *stats);

/* With -v: a line for each. */
void inputs_describe(const struct inputs *inputs);

#endif
