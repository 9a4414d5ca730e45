/*
 * Interface for putting a figure's segments into a real pcapng.
 */
#ifndef TCPCLOSE_TESTS_FIGURE_PCAPNG_H
#define TCPCLOSE_TESTS_FIGURE_PCAPNG_H

#include "capture_make.h"
#include "decode/segment.h"

void figure_pcapng_begin(struct made *file);
void figure_pcapng_add(struct made *file, const struct segment *seg);

#endif
