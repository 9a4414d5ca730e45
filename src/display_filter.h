/*
 * Interface for the Wireshark display filter that shows a finding.
 */
#ifndef TCPCLOSE_DISPLAY_FILTER_H
#define TCPCLOSE_DISPLAY_FILTER_H

#include <stdbool.h>

#include "account.h"
#include "detect/detector.h"

#define DISPLAY_FILTER_MAX 640 /* 24 numbers of 20 digits fit */

/*
 * several_sources  frame and stream numbers are not those of one file, so the
 *                  addresses must do
 */
void display_filter(const struct account *who, const struct finding *f,
                    bool several_sources, char out[static DISPLAY_FILTER_MAX]);

#endif
