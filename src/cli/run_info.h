/*
 * Interface for the run record: what was asked for, and with what.
 */
#ifndef TCPCLOSE_CLI_RUN_INFO_H
#define TCPCLOSE_CLI_RUN_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "record/record.h"

struct inputs;
struct options;
struct sandbox_report;

#define RUN_INFO_TEXT 256

/* The texts that a run record borrows. */
struct run_info {
	struct run_record record;
	char option[TEXTS_MAX][RUN_INFO_TEXT];
	char format[TEXTS_MAX][RUN_INFO_TEXT];
	char link[TEXTS_MAX][RUN_INFO_TEXT];
	char library[TEXTS_MAX][RUN_INFO_TEXT];
};

/*
 * Fill it. `info` must not move as long as the record is in use.
 *
 * sandbox    borrowed as long as the record is in use
 * timestamp  of the first packet, ns
 */
void run_info_fill(struct run_info *info, const struct options *options,
                   const struct inputs *inputs,
                   const struct sandbox_report *sandbox, int64_t timestamp);

/* "libpcap 1.10.3", ...: the libraries in use, i from 0; false after the
 * last. */
bool run_info_library(size_t i, char text[static RUN_INFO_TEXT]);

#endif
